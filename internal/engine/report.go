package engine

import (
	"log/slog"
	"net/url"
	"strings"
	"sync"

	"github.com/exceptional-go/exceptional/internal/ids"
	"github.com/exceptional-go/exceptional/internal/reporting"
	"github.com/exceptional-go/exceptional/report"
)

// prepare makes the record of the failure, if anybody is to be told of it, and its reference, which the page shows. A 404
// that nobody reports and nobody logs gets neither, and costs neither.
func (e *Engine) prepare(x *exchange) {
	if x.state.Preview {
		return
	}
	r := &x.resolution
	begun := x.state.Committed || x.state.Hijacked
	status := r.status
	switch {
	case r.gone:
		status = StatusClientGone
	case begun:
		status = r.err.StatusCode()
	}
	if e.ignored(x, reporting.Severity(status, r.err, r.panic != nil || x.pageErr != nil || x.crashed)) {
		return
	}
	f := report.Failure{
		Err: r.original, Resolved: r.err, Origin: r.origin, Status: r.status,
		Panic: r.panic != nil, ClientGone: r.gone, Debug: e.cfg.Debug,
		AfterCommit: begun, PageErr: x.pageErr, HookPanic: x.crashed,
	}
	if f.AfterCommit {
		f.Status = x.state.Status
	}
	if r.gone {
		f.Status = StatusClientGone
	}
	if e.cfg.Pipeline.OwnPolicy() {
		e.complete(x, &f)
	}
	if !e.wants(x, &f) {
		return
	}
	e.describe(x)
}

// ignored reports whether nobody is to be told of what is logged at this level. For a 500 it is asked twice.
func (e *Engine) ignored(x *exchange, level slog.Level) bool {
	if !x.deaf || x.deafTo != level {
		x.deaf, x.deafTo = e.cfg.Pipeline.Ignores(x.request.Context(), level), level
	}
	return x.deaf
}

// wants asks the policy. It may keep what it is asked about, for all the compiler knows, so it is asked about a copy; only a
// failure that somebody is told of is worth an allocation of its own.
func (e *Engine) wants(x *exchange, f *report.Failure) bool {
	if x.probe == nil {
		x.probe = probes.Get().(*report.Failure)
		*x.probe = *f
	}
	x.probe.PageErr, x.probe.HookPanic = f.PageErr, f.HookPanic // the policy has been asked before
	return e.cfg.Pipeline.Wants(x.request.Context(), x.probe)
}

var probes = sync.Pool{New: func() any { return new(report.Failure) }}

func (x *exchange) release() {
	x.answer.release()
	if x.probe != nil {
		*x.probe = report.Failure{}
		probes.Put(x.probe)
	}
}

// describe makes the record, as far as the page needs it.
func (e *Engine) describe(x *exchange) {
	f := new(report.Failure)
	*f = *x.probe
	x.failure = f
	f.Time = e.now()
	if e.cfg.Pipeline.Decide(f) {
		f.Reference, f.ID = ids.NewReference()
	}
	f.RequestID = x.conn.RequestID()
	f.TraceID, f.SpanID = e.cfg.Pipeline.Trace(x.request.Context(), x.request.Header)
}

// report tells the log and the reporters, once, whatever has become of the response.
func (e *Engine) report(x *exchange) {
	if x.failure == nil && (x.pageErr != nil || len(x.warnings) > 0 || !x.mayWrite()) {
		e.prepare(x)
	}
	f := x.failure
	if f == nil {
		return
	}
	r := &x.resolution
	f.PageErr, f.HookPanic = x.pageErr, x.crashed // which the policy wants to know
	if e.cfg.Pipeline.Decide(f) && e.cfg.Pipeline.Reports() {
		e.identify(x)
	}
	e.complete(x, f)
	f.Warnings, f.HookPanic = x.warnings, x.crashed
	if w, ok := x.conn.(warner); ok && x.mayWrite() {
		f.Warnings = append(f.Warnings, w.Warnings(r.original, r.status)...)
	}
	if e.cfg.Pipeline.Decide(f) && f.Reference == "" {
		f.Reference, f.ID = ids.NewReference() // too late for the page: it, or what came after it, is what failed
	}
	f.Technical, f.Viewer = x.answer.technical, x.choice.viewer
	if x.mayWrite() {
		f.Format, f.Language, f.Step = x.choice.Format.String(), x.choice.Language, x.step()
	}
	if start := x.conn.Start(); !start.IsZero() {
		f.Duration = f.Time.Sub(start)
	}
	if r.panic != nil {
		f.Stack = r.panic.StackTrace()
	} else {
		f.Stack = r.err.StackTrace()
	}
	e.cfg.Pipeline.Handle(x.request.Context(), f)
}

// complete adds what is known of the request to f.
func (e *Engine) complete(x *exchange, f *report.Failure) {
	req := x.request
	f.Request = req
	f.Method, f.Host, f.RemoteAddr = req.Method, req.Host, req.RemoteAddr
	f.Route = x.conn.Route()
	f.Path = e.maskedPath(x, f.Route)
	f.Handler = x.conn.Handler()
	f.RequestID = x.conn.RequestID()
	f.User = x.choice.user.ID
}

// identify finds out who asked, for the reporters. The gate knows where there was a page to show.
func (e *Engine) identify(x *exchange) {
	c := &x.choice
	if c.viewer != "" && c.viewer != development || !e.cfg.Users {
		return
	}
	var err error
	if failure := guard("User", func() { c.user, err = x.conn.User() }); failure != "" {
		x.crash(failure)
	} else if err != nil {
		c.user = User{}
	}
}

// maskedPath is the path without the parameters that are secret by their name: in a link that resets a password, that is all
// it takes. The technical page does the same.
func (e *Engine) maskedPath(x *exchange, route string) string {
	p := path(x)
	if !strings.Contains(route, ":") {
		return p
	}
	for _, param := range x.conn.Params() {
		if param.Value == "" || !e.cfg.Mask.Name(param.Name) {
			continue
		}
		hidden := e.cfg.Mask.Hide(param.Value)
		p = strings.ReplaceAll(p, param.Value, hidden)
		if plain, err := url.PathUnescape(param.Value); err == nil && plain != "" {
			p = strings.ReplaceAll(p, plain, hidden) // the router matches the escaped path, if there is one
		}
	}
	return p
}

// warner is what a Conn may have beside its methods: remarks on the application's use of its framework, for the log.
type warner interface {
	Warnings(err error, status int) []string
}

// step names the rung of the ladder that made the public page.
func (x *exchange) step() string {
	if x.answer.technical {
		return "technical"
	}
	if step, _, ok := x.answer.origin(); ok {
		return step.String()
	}
	return "echo"
}
