// Package reporting writes one log record for each failed request and passes it to the application's reporters. Package report
// has the public types: the failure, the reporters, the options.
//
// Read it in this order. [Pipeline.Listening] and [Pipeline.Handle] in pipeline.go are the two steps that the engine calls;
// log.go writes the log record that record.go makes, for which origin.go finds the place where the error was made; limit.go keeps a
// flood of failures from flooding the log. queue.go is the queue of one reporter, request.go the copy of the request that it gets.
package reporting

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/ids"
	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/report"
)

// The defaults of report.Options.
const (
	defaultLogLimit = 100
	defaultQueue    = 128
	defaultTimeout  = 5 * time.Second
)

// A Pipeline logs failures and queues them for the reporters.
//
// Make one with New; the zero Pipeline is not valid. A Pipeline must not be copied, and may be used concurrently. It runs
// no goroutine unless there is something to report.
type Pipeline struct {
	options report.Options // with its defaults filled in
	limit   limiter

	queues  []*queue // one for each reporter, in the order of the options
	hasSync bool     // one of the reporters is a SyncReporter

	// droppedSince counts the records that were left out since the last one that was written.
	droppedSince atomic.Uint64

	closing  sync.Once
	closeErr error
}

// New returns a Pipeline, or an error that lists every invalid field of o. Later changes of o have no effect.
func New(o report.Options) (*Pipeline, error) {
	var faults []error
	for i, r := range o.Reporters {
		if isNil(r) {
			faults = append(faults, fmt.Errorf("report: Reporters[%d] is nil", i))
		}
	}
	if o.Queue < 0 {
		faults = append(faults, fmt.Errorf("report: Queue is negative: %d", o.Queue))
	}
	if o.Timeout < 0 {
		faults = append(faults, fmt.Errorf("report: Timeout is negative: %v", o.Timeout))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}

	p := &Pipeline{options: withDefaults(o)}
	p.limit.perSecond = p.options.LogLimit
	for _, r := range o.Reporters {
		p.queues = append(p.queues, newQueue(r, p.options, p.logQueueError))
		if _, ok := r.(report.SyncReporter); ok {
			p.hasSync = true
		}
	}
	return p, nil
}

func withDefaults(o report.Options) report.Options {
	if o.LogLimit == 0 {
		o.LogLimit = defaultLogLimit
	}
	if o.Queue == 0 {
		o.Queue = defaultQueue
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Mask == nil {
		o.Mask = mask.Default.Text
	}
	if o.Policy == nil {
		o.Policy = report.DefaultPolicy
	}
	return o
}

func isNil(r report.Reporter) bool {
	if r == nil {
		return true
	}
	switch v := reflect.ValueOf(r); v.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Chan, reflect.Interface, reflect.Slice:
		return v.IsNil()
	}
	return false
}

// Reports reports whether there are reporters.
func (p *Pipeline) Reports() bool { return len(p.queues) > 0 }

// Trace returns the ids of the trace that a request belongs to: those of the span in ctx if a reporter knows it, otherwise
// those in the request's header h. Both are empty if there is no trace.
func (p *Pipeline) Trace(ctx context.Context, h http.Header) (traceID, spanID string) {
	for _, q := range p.queues {
		tracer, ok := q.reporter.(report.Tracer)
		if !ok {
			continue
		}
		if err := guard.Call(func() { traceID, spanID = tracer.Trace(ctx) }); err != nil {
			q.failed(err)
		} else if traceID != "" {
			return traceID, spanID
		}
	}
	traceID, spanID, _ = ids.TraceParent(h)
	return traceID, spanID
}

// Listening is the first of two steps. It reports whether the log or a reporter would receive f, and sets f.Reported to the
// policy's answer. The engine calls it once for each failure, before the page is made: the page shows a reference only if the
// failure is reported. If it reports false, the rest of f need not be filled in, unless the page or a hook fails afterwards.
//
// f needs its error, origin, status and flags; a policy of the application may also look at the request. The policy is asked
// only if there is a reporter, or if the logger is enabled for the level of f. Listening allocates nothing.
func (p *Pipeline) Listening(ctx context.Context, f *report.Failure) bool {
	logged := p.Logs(ctx, level(f))
	if !logged && len(p.queues) == 0 {
		return false
	}
	f.Reported = p.ask(p.options.Policy, f, report.DefaultPolicy)
	return logged || f.Reported || p.hasSync
}

// Handle is the second step: it writes the log record and queues f for the reporters. The engine calls it once, after
// [Pipeline.Listening] and after the response, and must not change f any more.
//
// A failed page or a hook that panicked since Listening makes a more serious failure of f: it is then logged as an error, the
// policy is asked again if it said no, and f gets a reference if it has none and is reported now.
//
// The record is written before Handle returns; reporters run on goroutines of their own. Handle never panics and never waits
// for a reporter: only the logger's handler, the functions of the options and a ReportNow take the request's time. ctx is the
// request's.
func (p *Pipeline) Handle(ctx context.Context, f *report.Failure) {
	if !f.Reported && (f.PageErr != nil || f.HookPanic) {
		f.Reported = p.ask(p.options.Policy, f, report.DefaultPolicy)
		if f.Reported && f.Reference == "" {
			f.Reference, f.ID = ids.NewReference() // too late for the page, but the log and the reporters share it
		}
	}
	l := level(f)
	logged := p.Logs(ctx, l)
	if len(f.Stack) == 0 && (f.Reported || logged) {
		f.Stack = origin(f.Err)
	}
	for _, q := range p.queues {
		if s, ok := q.reporter.(report.SyncReporter); ok {
			if err := guard.Call(func() { s.ReportNow(ctx, f) }); err != nil {
				q.failed(err)
			}
		}
	}
	if logged {
		p.logFailure(ctx, f, l)
	}
	if f.Reported && len(p.queues) > 0 {
		p.enqueue(ctx, f)
	}
}

// enqueue adds f to the queue of each reporter.
func (p *Pipeline) enqueue(ctx context.Context, f *report.Failure) {
	copied := false
	for _, q := range p.queues {
		if !q.room() {
			continue
		}
		if !copied {
			// In an outage most failures are dropped, so the copy is made only once there is room.
			f.Method, f.Host, f.Path = cut(f.Method, maxMethod), cut(f.Host, maxValue), p.path(f)
			f.Request = copyMasked(f.Request, f.Path)
			ctx = context.WithoutCancel(ctx)
			copied = true
		}
		q.add(ctx, f)
	}
	if !copied {
		f.Request = nil
	}
}

// path returns the path of f with its secrets masked.
func (p *Pipeline) path(f *report.Failure) string {
	s := f.Path
	if s == "" && f.Request != nil && f.Request.URL != nil {
		s = f.Request.URL.Path
	}
	return cut(p.masked(s, maxURLBytes), maxURLBytes)
}

// ask calls a function of the application. If it panics, fallback answers.
func (p *Pipeline) ask(hook func(*report.Failure) bool, f *report.Failure, fallback func(*report.Failure) bool) (yes bool) {
	if guard.Call(func() { yes = hook(f) }) != nil {
		return fallback(f)
	}
	return yes
}

// Close waits until the queues are empty, then calls Flush on the reporters that are Flushers. When ctx ends first, it drops
// what still waits and the error says how much. Later failures are logged, but not reported. A second call waits as well and
// returns the error of the first; Close may be called concurrently.
func (p *Pipeline) Close(ctx context.Context) error {
	errs := make([]error, len(p.queues)) // in the order of the reporters, so that the text is the same each time
	var all sync.WaitGroup
	for i, q := range p.queues {
		all.Go(func() { errs[i] = q.drain(ctx) })
	}
	all.Wait()
	p.closing.Do(func() {
		for i, q := range p.queues {
			if f, ok := q.reporter.(report.Flusher); ok {
				all.Go(func() { errs[i] = errors.Join(errs[i], q.flush(ctx, f)) })
			}
		}
		all.Wait()
		p.closeErr = errors.Join(errs...)
		p.logDropped(ctx)
	})
	return p.closeErr
}
