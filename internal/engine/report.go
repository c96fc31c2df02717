package engine

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/ids"
	"github.com/exceptional-go/exceptional/internal/reporting"
	"github.com/exceptional-go/exceptional/report"
)

// describe makes the record of the failure, if the log or a reporter wants to know of it, and its reference, which the page
// shows. A 404 that is neither logged nor reported gets neither, and costs neither.
func (e *Engine) describe(x *exchange) {
	r := &x.resolution
	if x.options.Preview || x.options.Lost != nil {
		return
	}
	status := r.status
	switch {
	case r.disconnected:
		status = StatusClientClosedRequest
	case x.begunBefore():
		status = r.err.StatusCode()
	}
	req, grave := x.request, r.panic != nil || x.pageErr != nil || x.crashed
	if !e.cfg.Pipeline.Reports() && !e.cfg.Pipeline.Logs(req.Context(), reporting.Severity(status, r.err, grave)) {
		return // before a record is made
	}
	f := &report.Failure{
		Err: r.original, Resolved: r.err, Origin: r.origin, Status: status,
		Panic: r.panic != nil, ClientGone: r.disconnected, Debug: e.cfg.Debug,
		AfterCommit: x.begunBefore(), PageErr: x.pageErr, HookPanic: x.crashed, Time: e.now(),
	}
	if x.begunBefore() && !r.disconnected {
		f.Status = x.sent.Status
	}
	f.Request, f.Method, f.Host, f.RemoteAddr = req, req.Method, req.Host, req.RemoteAddr
	f.Route = x.conn.Route()
	f.Path = e.maskedPath(x.conn, req, f.Route)
	if e.cfg.CustomPolicy {
		f.Handler, f.RequestID = x.conn.Handler(), x.conn.RequestID()
	}
	if !e.cfg.Pipeline.Listening(req.Context(), f) {
		return
	}
	x.failure = f
	f.Handler, f.RequestID = x.conn.Handler(), x.conn.RequestID()
	f.TraceID, f.SpanID = e.cfg.Pipeline.Trace(req.Context(), req.Header)
	if f.Reported {
		f.Reference, f.ID = ids.NewReference()
	}
}

// report tells the log and the reporters, once, whatever has become of the response.
func (e *Engine) report(x *exchange) {
	if x.failure == nil && (x.pageErr != nil || len(x.warnings) > 0) {
		e.describe(x) // what failed beside the error may be worth a record
	}
	f := x.failure
	if f == nil {
		return
	}
	r := &x.resolution
	if e.cfg.Pipeline.Reports() {
		e.identify(x)
	}
	f.User, f.Technical, f.Viewer = x.choice.user.ID, x.answer.technical, x.choice.viewer
	f.PageErr, f.Warnings, f.HookPanic = x.pageErr, x.warnings, x.crashed
	if x.answer.step != "" {
		f.Warnings = append(f.Warnings, x.conn.Warnings(r.original, r.status)...)
		f.Format, f.Language, f.Step = x.choice.Format.String(), x.choice.Language, x.answer.step
	}
	if start := x.state.Start; !start.IsZero() {
		f.Duration = f.Time.Sub(start)
	}
	switch {
	case r.panic != nil:
		f.Stack = r.panic.StackTrace()
	case r.origin == httperrors.OriginOwn: // otherwise err was made here, and the pipeline looks for a stack in the error's tree
		f.Stack = r.err.StackTrace()
	}
	e.cfg.Pipeline.Handle(x.request.Context(), f)
}

// identify asks who was signed in, for the reporters, unless the gate has asked already.
func (e *Engine) identify(x *exchange) {
	c := &x.choice
	if !e.cfg.AskUserForReports || c.viewer != "" && c.viewer != development {
		return
	}
	var user User
	var err error
	if panicked := guard.Call(func() { user, err = x.conn.User() }); panicked != nil {
		x.crash("User", panicked)
	} else if err == nil {
		c.user = user
	}
}

// maskedPath is the path without the parameters that are secret by their name: in a link that resets a password, such a parameter
// is all it takes. The technical page masks them too.
func (e *Engine) maskedPath(c Conn, r *http.Request, route string) string {
	p := path(r)
	if !strings.ContainsAny(route, ":{") { // as Echo and net/http write a parameter
		return p
	}
	for _, param := range c.Params() {
		if param.Value == "" || !e.cfg.Mask.Name(param.Name) {
			continue
		}
		hidden := e.cfg.Mask.Hide(param.Value)
		p = strings.ReplaceAll(p, param.Value, hidden)
		if unescaped, err := url.PathUnescape(param.Value); err == nil && unescaped != "" {
			p = strings.ReplaceAll(p, unescaped, hidden) // the router matches the escaped path, if there is one
		}
	}
	return p
}
