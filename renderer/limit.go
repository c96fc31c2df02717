package renderer

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

var (
	errTooLarge = errors.New("the output is larger than Options.MaxBytes")
	errTooSlow  = errors.New("not done within Options.Timeout")
	errNothing  = errors.New("wrote nothing")
	errBusy     = errors.New("too many executions at once")
)

// A buffer receives the output of a template. It refuses what is too much, and everything once it has been closed or has
// refused something: not everybody looks at what Write returns, and a page with a hole in it is none.
type buffer struct {
	bytes  []byte
	limit  int
	full   bool // it has refused something; what is in it is not to be used
	closed atomic.Bool
}

var _ io.Writer = (*buffer)(nil)

// Write implements io.Writer.
func (b *buffer) Write(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, errTooSlow
	}
	if b.full = b.full || len(p) > b.limit-len(b.bytes); b.full {
		return 0, errTooLarge
	}
	b.bytes = append(b.bytes, p...)
	return len(p), nil
}

// WriteString implements io.StringWriter.
func (b *buffer) WriteString(s string) (int, error) {
	if b.closed.Load() {
		return 0, errTooSlow
	}
	if b.full = b.full || len(s) > b.limit-len(b.bytes); b.full {
		return 0, errTooLarge
	}
	b.bytes = append(b.bytes, s...)
	return len(s), nil
}

// Buffers that have grown beyond this are left to the collector: one huge page must not be paid for ever after.
const maxPooled = 64 << 10

var buffers = sync.Pool{New: func() any { return &buffer{bytes: make([]byte, 0, 4<<10)} }}

func newBuffer(limit int) *buffer {
	b := buffers.Get().(*buffer)
	b.reset()
	b.limit = limit
	return b
}

func (b *buffer) reset() { b.bytes, b.full = b.bytes[:0], false }

func (b *buffer) release() {
	if cap(b.bytes) <= maxPooled {
		buffers.Put(b)
	}
}

// guard calls f and makes an error of its panic, or of the end of its goroutine.
func guard(f func() error) (err error) {
	done := false
	defer func() {
		if done {
			return
		}
		if v := recover(); v != nil {
			err = panicked(v)
		}
		// Otherwise runtime.Goexit: it cannot be stopped, and whoever called it ends this goroutine.
	}()
	err = f()
	done = true
	return errtree.Contain(err)
}

func panicked(v any) error {
	if err, ok := v.(error); ok {
		return fmt.Errorf("panicked: %w", errtree.Contain(err))
	}
	return fmt.Errorf("panicked: %s", clean(errtree.Print(v), maxMessage, false))
}

// within calls f on a goroutine of its own and waits for it no longer than d. A goroutine cannot be stopped from
// outside: one that overruns is left behind, and f must touch nothing that anybody else does then.
func within[T any](d time.Duration, f func() T) (value T, err error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: errors.New("ended its goroutine")} // runtime.Goexit
		defer func() { done <- r }()
		r.err = guard(func() error { r.value = f(); return nil })
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
		return value, errTooSlow
	}
}
