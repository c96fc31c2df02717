package reporting

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/report"
)

// maxAbandoned bounds the calls of one reporter that never return. A goroutine cannot be ended from outside, so a reporter
// that blocks for ever costs this many goroutines and is not called again until one of the calls returns.
const maxAbandoned = 4

var (
	errFull    = errors.New("the queue is full: failures come faster than the reporter takes them")
	errTimeout = errors.New("took too long")
)

// A queue holds the failures for one reporter and calls it. Each reporter has a queue of its own, so that a slow one delays
// none of the others.
type queue struct {
	reporter report.Reporter
	name     string // for log records and errors: the reporter's type
	size     int
	timeout  time.Duration
	onError  func(q *queue, err error) // is called for each failed call

	sent, notSent atomic.Uint64
	running       atomic.Int32 // calls that have not returned, including those that were abandoned
	lastLogged    atomic.Int64 // when an error was last logged, in Unix nanoseconds

	mu sync.Mutex // protects what follows; the reporter never runs under it
	// waiting holds the failures in the order in which they came, without the one that is being reported.
	waiting []item
	// idle is closed when the worker ends, and nil if there is none. A worker lives only while failures wait: an
	// application that never calls Close leaks no goroutine.
	idle   chan struct{}
	closed bool
	ctx    context.Context // of the calls; made with the first worker, cancelled by stop
	cancel context.CancelFunc
}

type item struct {
	ctx     context.Context
	failure *report.Failure
}

func newQueue(r report.Reporter, o report.Options, onError func(*queue, error)) *queue {
	return &queue{
		reporter: r, name: reflect.TypeOf(r).String(),
		size: o.Queue, timeout: o.Timeout, onError: onError,
	}
}

// room reports whether add would keep a failure, and counts it as dropped otherwise.
func (q *queue) room() bool {
	q.mu.Lock()
	full, closed := len(q.waiting) >= q.size, q.closed
	q.mu.Unlock()
	switch {
	case closed:
		q.notSent.Add(1)
	case full:
		q.failed(errFull)
	}
	return !full && !closed
}

// add queues f. A full queue drops it: memory is bounded, and in an outage the oldest failure says more about the cause
// than the newest.
func (q *queue) add(ctx context.Context, f *report.Failure) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.waiting) >= q.size {
		q.notSent.Add(1)
		return
	}
	q.waiting = append(q.waiting, item{ctx, f})
	if q.idle == nil {
		q.idle = make(chan struct{})
		if q.ctx == nil {
			q.ctx, q.cancel = context.WithCancel(context.Background())
		}
		go q.work(q.ctx)
	}
}

// work reports what waits, one failure after the other, and ends when nothing waits.
func (q *queue) work(stopped context.Context) {
	for {
		q.mu.Lock()
		if len(q.waiting) == 0 {
			q.waiting = nil
			close(q.idle)
			q.idle = nil
			q.mu.Unlock()
			return
		}
		next := q.waiting[0]
		q.waiting[0] = item{} // the array lives on and must not keep the failure alive
		q.waiting = q.waiting[1:]
		q.mu.Unlock()

		err := q.call(stopped, next.ctx, func(ctx context.Context) error { return q.reporter.Report(ctx, next.failure) })
		if err != nil {
			q.failed(err)
		} else {
			q.sent.Add(1)
		}
	}
}

func (q *queue) failed(err error) {
	q.notSent.Add(1)
	q.onError(q, err)
}

// call runs one method of the reporter. Its context has the values of ctx, and ends with the timeout or with stopped.
func (q *queue) call(stopped, values context.Context, method func(context.Context) error) error {
	if q.running.Load() >= maxAbandoned {
		return guard.ErrBusy
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(values), q.timeout)
	defer cancel()
	defer context.AfterFunc(stopped, cancel)()

	q.running.Add(1)
	results := guard.Go(func() (struct{}, error) {
		defer q.running.Add(-1)
		return struct{}{}, method(ctx)
	})
	select {
	case r := <-results:
		return r.Err
	case <-ctx.Done():
	}
	// A reporter that respects its context returns a moment after it ended, with a better error than ours.
	grace := time.NewTimer(min(q.timeout/4, time.Second))
	defer grace.Stop()
	select {
	case r := <-results:
		return r.Err
	case <-grace.C:
		return errTimeout
	}
}

// drain waits until nothing waits and nothing runs. When ctx ends first, it drops the rest and the error says how much.
func (q *queue) drain(ctx context.Context) error {
	for {
		q.mu.Lock()
		q.closed = true
		idle := q.idle
		q.mu.Unlock()
		if idle == nil {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return q.stop(ctx.Err())
		}
	}
}

// stop drops what waits and cancels the call that is running.
func (q *queue) stop(cause error) error {
	q.mu.Lock()
	left := len(q.waiting)
	q.notSent.Add(uint64(left))
	q.waiting = nil
	running := q.idle != nil
	cancel := q.cancel
	q.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	if left == 0 && !running {
		return nil
	}
	return fmt.Errorf("report: %s: gave up %d waiting failures: %w", q.name, left, cause)
}

// flush asks a Flusher to send what it holds.
func (q *queue) flush(ctx context.Context, f report.Flusher) error {
	if err := q.call(ctx, ctx, f.Flush); err != nil {
		return fmt.Errorf("report: %s: flush: %w", q.name, err)
	}
	return nil
}
