package report

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// maxAbandoned bounds the calls of one reporter that never came back. A goroutine cannot be ended from outside, so a
// reporter that blocks for ever costs this many of them and is not called again until one returns.
const maxAbandoned = 4

var (
	errPanicked = errors.New("panicked")
	errExited   = errors.New("ended its goroutine")
	errTimeout  = errors.New("took too long")
	errFull     = errors.New("is slower than failures come: the queue is full")
)

// A lane is the way of failures to one reporter. Each reporter has a lane of its own, so that one that is slow delays
// none of the others.
type lane struct {
	to      Reporter
	name    string // for people: the reporter's type
	limit   int    // failures that may wait
	timeout time.Duration
	trouble func(l *lane, err error) // is told of each call that went wrong

	sent, failed, panicked, timedOut, dropped atomic.Uint64
	abandoned                                 atomic.Int64 // calls under way, also those that were given up
	complained                                atomic.Int64 // when the log was told last, in Unix nanoseconds

	mu sync.Mutex // protects what follows; the reporter never runs under it
	// waiting holds the failures that nobody works on yet, oldest first.
	waiting []item
	// idle is closed when the worker ends, and nil while there is none. A worker lives only while there is
	// something to do: an application that never calls Close leaks nothing.
	idle   chan struct{}
	closed bool
	ctx    context.Context // of the calls; made with the first worker, ended by stop
	cancel context.CancelFunc
}

type item struct {
	ctx context.Context
	f   *Failure
}

// room reports whether add would keep a failure, and counts one that it would not.
func (l *lane) room() bool {
	l.mu.Lock()
	full, closed := len(l.waiting) >= l.limit, l.closed
	l.mu.Unlock()
	if !full && !closed {
		return true
	}
	l.dropped.Add(1)
	if !closed {
		l.trouble(l, errFull)
	}
	return false
}

// add queues f. A full queue drops it: memory is bounded, and in an outage the failure that has waited longest tells
// more of the cause than the one that came last.
func (l *lane) add(ctx context.Context, f *Failure) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.waiting) >= l.limit {
		l.dropped.Add(1)
		return
	}
	l.waiting = append(l.waiting, item{ctx, f})
	if l.idle == nil {
		l.idle = make(chan struct{})
		if l.ctx == nil {
			l.ctx, l.cancel = context.WithCancel(context.Background())
		}
		go l.work(l.ctx)
	}
}

func (l *lane) work(stopped context.Context) {
	for {
		l.mu.Lock()
		if len(l.waiting) == 0 {
			l.waiting = nil
			close(l.idle)
			l.idle = nil
			l.mu.Unlock()
			return
		}
		next := l.waiting[0]
		l.waiting[0] = item{} // the array lives on; what is done must not
		l.waiting = l.waiting[1:]
		l.mu.Unlock()

		if l.abandoned.Load() >= maxAbandoned {
			l.dropped.Add(1)
			continue
		}
		err := l.call(stopped, next.ctx, func(ctx context.Context) error { return l.to.Report(ctx, next.f) })
		l.count(err)
	}
}

func (l *lane) count(err error) {
	switch {
	case err == nil:
		l.sent.Add(1)
		return
	case errors.Is(err, errPanicked), errors.Is(err, errExited):
		l.panicked.Add(1)
	case errors.Is(err, errTimeout):
		l.timedOut.Add(1)
	default:
		l.failed.Add(1)
	}
	l.trouble(l, err)
}

// call runs one method of the reporter where it can do no harm: on a goroutine that may panic, exit or never return.
// Its context has the values of ctx and ends with the time-out, or with stopped.
func (l *lane) call(stopped, values context.Context, method func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(values), l.timeout)
	defer cancel()
	defer context.AfterFunc(stopped, cancel)()

	done := make(chan error, 1) // never blocks a call that was given up
	l.abandoned.Add(1)
	go func() {
		err := errExited
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("%w: %s", errPanicked, errtree.Value(v))
			}
			l.abandoned.Add(-1)
			done <- err
		}()
		// Its text is taken here, because an Error method is as little to be trusted as the reporter.
		if e := method(ctx); e != nil {
			err = errors.New(cut(errtree.Text(e), 3*maxText)) // more than the log masks
		} else {
			err = nil
		}
	}()

	// A reporter that minds its context returns a moment after it ended, and says more than we could.
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	grace := time.NewTimer(min(l.timeout/4, time.Second))
	defer grace.Stop()
	select {
	case err := <-done:
		return err
	case <-grace.C:
		return errTimeout
	}
}

// drain waits until nothing waits and nothing runs. When ctx ends first it gives up what is left and says how much.
func (l *lane) drain(ctx context.Context) error {
	for {
		l.mu.Lock()
		l.closed = true
		idle := l.idle
		l.mu.Unlock()
		if idle == nil {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return l.stop(ctx.Err())
		}
	}
}

func (l *lane) stop(cause error) error {
	l.mu.Lock()
	left := len(l.waiting)
	l.dropped.Add(uint64(left))
	l.waiting = nil
	running := l.idle != nil
	cancel := l.cancel
	l.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	if left == 0 && !running {
		return nil
	}
	return fmt.Errorf("report: %s: gave up %d waiting failures: %w", l.name, left, cause)
}
