package report

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/mask"
)

// The defaults of Options.
const (
	defaultLogLimit = 100
	defaultQueue    = 128
	defaultTimeout  = 5 * time.Second
)

// Options configures a Pipeline. The zero Options are valid: failures are logged and nobody else is told.
type Options struct {
	// Logger gets one record for each failure. If nil, it is slog.Default() as it is at the time of the failure.
	Logger *slog.Logger
	// LogLimit is how many records of one level are written in a second; what is over it is counted, and the next
	// record that is written says how many were dropped. The first failure of its kind in a second is always
	// written. 0 means 100; a negative LogLimit means that there is no limit.
	LogLimit int
	// LogStack adds the stack to records of failures that have one.
	LogStack bool
	// Sample decides whether a failure that the logger's level lets through is logged. If nil, all are. Reporters
	// are told regardless. It is called within the request, after the answer, when all is known of the failure, and must
	// not block, change or keep it. If it panics, the failure is logged.
	Sample func(f *Failure) bool
	// Mask makes a text fit for the log: error texts, paths and remarks pass through it. So does the path that
	// reporters get; for other texts they have masks of their own. If nil, it takes out what looks like a password, a
	// token or a key.
	Mask func(text string) string

	// Reporters are told of the failures that Policy reports.
	Reporters []Reporter
	// Policy decides whether the reporters are told of a failure. If nil, it is DefaultPolicy, which a policy may
	// also call. It is called within the request and must not block, change or keep the failure. If it panics,
	// DefaultPolicy decides.
	//
	// Package exceptional calls it before there is an answer, for a page has a reference only if the failure is
	// reported. It knows the error, the status, and the request with its route by then, but not what comes later: how the
	// answer was made, reference, stack, times and trace; the user only if a technical page was in question. A policy
	// that said no is asked again if the page or a hook fails after that.
	Policy func(f *Failure) bool
	// Queue is how many failures may wait for each reporter; what is over it is dropped and counted, and the log is
	// told of it now and then. 0 means 128.
	Queue int
	// Timeout bounds each call of a reporter. 0 means 5 seconds.
	Timeout time.Duration

	now func() time.Time
}

// A Pipeline tells whoever must know of each failure: it writes the log record and feeds the reporters.
//
// Make one with New; the zero Pipeline is not valid. A Pipeline must not be copied, and may be used concurrently. It runs
// no goroutine unless there is something to report.
type Pipeline struct {
	log      *slog.Logger
	logStack bool
	limit    limiter
	sample   func(*Failure) bool
	hide     func(string) string // Options.Mask
	policy   func(*Failure) bool
	now      func() time.Time

	ownPolicy bool

	lanes   []*lane
	sync    []syncLane // the lanes' SyncReporters
	tracers []tracerLane

	logged, sampled, limited, logFailed, hooks atomic.Uint64
	// unsaid counts the records that were left out since the last one that was written.
	unsaid atomic.Uint64

	closing  sync.Once
	closeErr error
}

type syncLane struct {
	*lane
	to SyncReporter
}

type tracerLane struct {
	*lane
	to Tracer
}

// New returns a Pipeline, or all that is wrong with o. Later changes of o have no effect.
func New(o Options) (*Pipeline, error) {
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

	own := o.Policy != nil
	o = o.withDefaults()
	p := &Pipeline{
		ownPolicy: own,
		log:       o.Logger, logStack: o.LogStack,
		sample: o.Sample, hide: o.Mask, policy: o.Policy, now: o.now,
	}
	p.limit.perSecond = o.LogLimit
	for _, r := range o.Reporters {
		l := &lane{to: r, name: reflect.TypeOf(r).String(), limit: o.Queue, timeout: o.Timeout, trouble: p.complain}
		p.lanes = append(p.lanes, l)
		if s, ok := r.(SyncReporter); ok {
			p.sync = append(p.sync, syncLane{l, s})
		}
		if t, ok := r.(Tracer); ok {
			p.tracers = append(p.tracers, tracerLane{l, t})
		}
	}
	return p, nil
}

func (o Options) withDefaults() Options {
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
		o.Policy = DefaultPolicy
	}
	if o.now == nil {
		o.now = time.Now
	}
	return o
}

func isNil(r Reporter) bool {
	if r == nil {
		return true
	}
	switch v := reflect.ValueOf(r); v.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Chan, reflect.Interface, reflect.Slice:
		return v.IsNil()
	}
	return false
}

// Decide asks the policy whether f is reported, once: it keeps the answer in f. An adapter that makes up a reference only
// for failures that somebody will look up asks before it renders the page; otherwise Handle asks. A page or a hook that
// fails after a no makes another failure of it, for which the policy is asked again.
func (p *Pipeline) Decide(f *Failure) bool {
	page, hook := f.PageErr != nil, f.HookPanic
	if !f.decided || !f.Reported && (page && !f.decidedPage || hook && !f.decidedHook) {
		f.decided, f.decidedPage, f.decidedHook = true, page, hook
		f.Reported = p.ask(p.policy, f, DefaultPolicy)
	}
	return f.Reported
}

// Wants reports whether anybody is to be told of f: a reporter, because the policy says so or because it is a SyncReporter,
// or the logger at the level of f. If not, Handle would do nothing, and an adapter can save itself the rest of f. It looks at
// the error, at its origin and status, and at the flags, and a policy of the application at what else it likes (see
// OwnPolicy). It does not allocate.
func (p *Pipeline) Wants(ctx context.Context, f *Failure) bool {
	return len(p.lanes) > 0 && (p.Decide(f) || len(p.sync) > 0) || p.enabled(ctx, level(f))
}

// Reports reports whether there are reporters.
func (p *Pipeline) Reports() bool { return len(p.lanes) > 0 }

// OwnPolicy reports whether Options.Policy was set, so that what it may look at has to be known before it is asked.
func (p *Pipeline) OwnPolicy() bool { return p.ownPolicy }

// Ignores reports whether nobody can want to be told of a failure that is logged at level, as [Severity] says it is: there are
// no reporters, and the logger is not enabled. It asks no policy, so that it costs next to nothing to ask before a Failure is
// made for [Pipeline.Wants].
func (p *Pipeline) Ignores(ctx context.Context, level slog.Level) bool {
	return len(p.lanes) == 0 && !p.enabled(ctx, level)
}

// ask calls a hook of the application. If it panics, otherwise answers.
func (p *Pipeline) ask(hook func(*Failure) bool, f *Failure, otherwise func(*Failure) bool) (yes bool) {
	defer func() {
		if recover() != nil {
			p.hooks.Add(1)
			yes = otherwise(f)
		}
	}()
	return hook(f)
}

// Trace returns the ids of the trace that a request belongs to: those of the span in ctx if a reporter knows it, else
// those in the request's header h, if it has them. Both are empty if there is no trace.
func (p *Pipeline) Trace(ctx context.Context, h http.Header) (traceID, spanID string) {
	for _, t := range p.tracers {
		if traceID, spanID = t.trace(ctx); traceID != "" {
			return traceID, spanID
		}
	}
	traceID, spanID, _ = TraceParent(h)
	return traceID, spanID
}

func (t tracerLane) trace(ctx context.Context) (traceID, spanID string) {
	defer func() {
		if v := recover(); v != nil {
			traceID, spanID = "", ""
			t.count(fmt.Errorf("%w: %s", errPanicked, errtree.Value(v)))
		}
	}()
	return t.to.Trace(ctx)
}

// Handle tells everybody who must know of f, and takes f over: the caller must not change it any more. It writes the log
// record before it returns, and leaves the reporters to a goroutine of theirs. It never panics and never waits for a
// reporter; only the logger's handler, the hooks of Options and a ReportNow take the request's time. ctx is the request's.
func (p *Pipeline) Handle(ctx context.Context, f *Failure) {
	if f == nil {
		return
	}
	if ctx == nil {
		ctx = context.Background()
	}
	reported, l := p.Decide(f), level(f)
	logged := p.enabled(ctx, l)
	if len(f.Stack) == 0 && (reported || logged) {
		f.Stack = origin(f.Err)
	}
	for _, s := range p.sync {
		s.now(ctx, f)
	}
	if logged {
		p.logFailure(ctx, f, l)
	}
	if reported && len(p.lanes) > 0 {
		p.enqueue(ctx, f)
	}
}

func (s syncLane) now(ctx context.Context, f *Failure) {
	defer func() {
		if v := recover(); v != nil {
			s.count(fmt.Errorf("%w: %s", errPanicked, errtree.Value(v)))
		}
	}()
	s.to.ReportNow(ctx, f)
}

func (p *Pipeline) enqueue(ctx context.Context, f *Failure) {
	ready := false
	for _, l := range p.lanes {
		if !l.room() {
			continue
		}
		if !ready {
			// In an outage most failures are dropped, and must not cost a copy before they are.
			f.Method, f.Host, f.Path = cut(f.Method, maxMethod), cut(f.Host, maxValue), p.path(f)
			f.Request = copyMasked(f.Request, f.Path)
			ctx = context.WithoutCancel(ctx)
			ready = true
		}
		l.add(ctx, f)
	}
	if !ready {
		f.Request = nil
	}
}

// path returns the path of f as it may be told.
func (p *Pipeline) path(f *Failure) string {
	s := f.Path
	if s == "" && f.Request != nil && f.Request.URL != nil {
		s = f.Request.URL.Path
	}
	return cut(p.masked(s, maxURLBytes), maxURLBytes)
}

func (p *Pipeline) logFailure(ctx context.Context, f *Failure, l slog.Level) {
	if p.sample != nil && !p.ask(p.sample, f, always) {
		p.sampled.Add(1)
		p.unsaid.Add(1)
		return
	}
	now := p.now()
	if !p.limit.allow(l, kind(f), now) {
		p.limited.Add(1)
		p.unsaid.Add(1)
		return
	}
	p.logged.Add(1)
	// A departed client has ended ctx, and some handlers then write nothing.
	dropped := p.unsaid.Swap(0)
	p.write(context.WithoutCancel(ctx), p.record(f, l, now, dropped), dropped)
}

func always(*Failure) bool { return true }

// enabled is asked before anything is built: a 404 that nobody logs must cost nothing.
func (p *Pipeline) enabled(ctx context.Context, l slog.Level) (yes bool) {
	defer func() {
		if recover() != nil {
			p.logFailed.Add(1)
			yes = true // then write fails as well, and the record goes to the last resort
		}
	}()
	return p.logger().Enabled(ctx, l)
}

// masked returns s as Options.Mask leaves it, or what the first max bytes of it can need.
func (p *Pipeline) masked(s string, max int) string {
	if s == "" {
		return ""
	}
	return mask.MaskPrefix(s, max, p.mask)
}

func (p *Pipeline) mask(s string) (masked string) {
	defer func() {
		if recover() != nil {
			p.hooks.Add(1)
			masked = mask.Panicked
		}
	}()
	return p.hide(s)
}
