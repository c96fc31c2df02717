// Package guard runs code of the application where it can do no harm: a panic becomes an error, and a call that takes too
// long is left behind.
//
// [Call] is for code that needs the request's own goroutine, because it gets an echo.Context or a writer. [Within] is for
// code that gets plain data: it is also bounded in time. [Go] is what Within is made of, for callers that wait in their own way.
package guard

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/stack"
)

var (
	// ErrTimeout is in the error of a call that was left behind.
	ErrTimeout = errors.New("no answer")
	// ErrBusy is the error of a call that was not made, because too many earlier ones were left behind.
	ErrBusy = errors.New("not called: too many earlier calls have not returned")
	// ErrExited is the error of a call that ended its goroutine by runtime.Goexit.
	ErrExited = errors.New("no answer: it ended its goroutine")
)

// Call runs f on the calling goroutine and returns its panic as an error, a [*stack.Panic]. It cannot stop a runtime.Goexit.
func Call(f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = stack.Recovered(v)
		}
	}()
	f()
	return nil
}

// A Result is what came of a call.
type Result[T any] struct {
	Value T
	Err   error // the call's own error, a *stack.Panic, or ErrExited
}

// Go runs f on a goroutine of its own and sends its one Result to the channel, which has room for it, so that the caller need not wait.
// The text of an error that f returns is safe to ask for; see [errtree.Contain].
func Go[T any](f func() (T, error)) <-chan Result[T] {
	results := make(chan Result[T], 1)
	start(f, func(r Result[T]) { results <- r })
	return results
}

func start[T any](f func() (T, error), done func(Result[T])) {
	go func() {
		r := Result[T]{Err: ErrExited} // runtime.Goexit runs the deferred function only
		defer func() {
			if v := recover(); v != nil {
				r = Result[T]{Err: stack.Recovered(v)}
			}
			done(r)
		}()
		value, err := f()
		r = Result[T]{Value: value, Err: errtree.Contain(err)}
	}()
}

// A Limit bounds how many calls may be left behind at a time: a function that never returns would otherwise cost a goroutine with
// every request. Calls that are still being waited for do not count. A nil *Limit bounds nothing. It is safe for concurrent use.
type Limit struct {
	max  int32
	left atomic.Int32
}

// NewLimit returns a Limit of n calls.
func NewLimit(n int) *Limit { return &Limit{max: int32(n)} }

// Within runs f on a goroutine of its own and waits at most d. A goroutine cannot be stopped from outside: a call that takes
// longer is left behind, so f must not write to anything that its caller reads, and returns what it found instead.
func Within[T any](l *Limit, d time.Duration, f func() (T, error)) (T, error) {
	var zero T
	if l != nil && l.left.Load() >= l.max {
		return zero, ErrBusy
	}
	const (
		returned  = 1
		abandoned = 2
	)
	var state atomic.Int32
	results := make(chan Result[T], 1)
	start(f, func(r Result[T]) {
		if !state.CompareAndSwap(0, returned) && l != nil {
			l.left.Add(-1)
		}
		results <- r
	})
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case r := <-results:
		return r.Value, r.Err
	case <-timer.C:
	}
	if l != nil {
		l.left.Add(1) // before the call can see that it was abandoned, so that the count is never too small
	}
	if state.CompareAndSwap(0, abandoned) {
		return zero, fmt.Errorf("%w within %s", ErrTimeout, d.Round(time.Millisecond))
	}
	// On a machine that is overloaded, we may wake up later than the answer that we waited for.
	if l != nil {
		l.left.Add(-1)
	}
	r := <-results
	return r.Value, r.Err
}
