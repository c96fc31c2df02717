package engine

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/internal/technical/page"
	"github.com/exceptional-go/exceptional/renderer"
)

// answer is a finished response body and its description.
type answer struct {
	body        []byte
	contentType string
	language    string
	csp         string

	step      string // the fallback that made it: "custom", "builtin", …, "technical", or "echo" for the framework's own
	template  string // that made the public page, or ""
	technical bool
}

// render makes the body. The public answer is made first, for every client: a technical viewer is shown what the public saw, and
// gets it instead of a technical page that cannot be made.
func (e *Engine) render(x *exchange) {
	if e.cfg.FrameworkJSON && x.choice.Format == renderer.FormatProblemJSON {
		e.renderDocument(x)
		return
	}
	e.renderPublic(x)
	if x.choice.technical && e.cfg.Technical != nil {
		e.renderTechnical(x)
	}
}

func (e *Engine) renderPublic(x *exchange) {
	in := &pages.Input{
		Error: x.resolution.err, Header: x.errorHeader(), Status: x.resolution.status, Method: x.request.Method, Path: path(x.request),
		External: x.conn.External(),
	}
	if in.External != nil {
		conn := x.conn // and not x, which then would escape to the heap for every answer
		in.Begun = func() bool { s := conn.Settle(); return s.Committed || s.Hijacked }
	}
	if f := x.failure; f != nil && f.Reported {
		in.Reference, in.Instance, in.RequestID, in.TraceID = f.Reference, instance(f.Reference), f.RequestID, f.TraceID
	} else if x.options.Lost != nil {
		in.Reference, in.Instance = x.options.Lost.Reference, instance(x.options.Lost.Reference)
	}
	p := e.cfg.Renderer.Render(x.choice.Choice, in)
	x.answer = answer{
		body: p.Body, contentType: p.ContentType, language: p.ContentLanguage, csp: p.CSP,
		step: p.Step.String(), template: p.Template,
	}
	if p.Err != nil {
		x.pageErr = errors.Join(x.pageErr, p.Err)
	}
}

// renderDocument makes the framework's own document for API clients.
func (e *Engine) renderDocument(x *exchange) {
	a, err := &x.answer, x.resolution.original
	if x.resolution.translated != nil {
		err = x.resolution.translated // the original is not for clients; that is why there is a Translate
	}
	a.step = "echo"
	var failed error
	panicked := guard.Call(func() {
		a.body, a.contentType, failed = x.conn.Document(err, x.resolution.err, x.resolution.origin)
	})
	if panicked != nil {
		failed = fmt.Errorf("framework's document: %s", errorText(panicked))
		a.body, a.contentType = []byte(`{"message":"`+httperrors.Phrase(x.resolution.status)+`"}`+"\n"), "application/json"
	}
	if failed != nil {
		x.pageErr = errors.Join(x.pageErr, failed)
	}
}

// renderTechnical replaces the public answer by the technical one in the same format. A client that reads problem documents
// still gets one, with a member that holds the report.
func (e *Engine) renderTechnical(x *exchange) {
	if x.choice.Fragment {
		return // a piece of an application's page is no place for a document of its own; its reference leads there
	}
	format := page.FormatHTML
	switch x.choice.Format {
	case renderer.FormatText:
		format = page.FormatText
	case renderer.FormatMarkdown:
		format = page.FormatMarkdown
	case renderer.FormatProblemJSON:
		format = page.FormatJSON
	}

	var body []byte
	var contentType, csp string
	var err error
	panicked := guard.Call(func() {
		report := e.cfg.Technical.Report(x.request.Context(), e.technicalInput(x))
		body, contentType, csp, err = page.Render(format, report)
	})
	if panicked != nil {
		body, err = nil, errors.New(errorText(panicked))
	}
	if err != nil {
		x.pageErr = errors.Join(x.pageErr, fmt.Errorf("technical page: %w", err))
	}
	if body == nil {
		return
	}
	a := &x.answer
	if format == page.FormatJSON {
		if spliced, ok := splice(a.body, body); ok {
			a.body, a.technical, a.step = spliced, true, "technical"
		}
		return
	}
	a.body, a.contentType, a.csp, a.language = body, contentType, csp, "en"
	a.technical, a.step = true, "technical"
}

// splice adds the report as the last member of a problem document.
func splice(doc, report []byte) ([]byte, bool) {
	doc = bytes.TrimRight(doc, "\n ")
	if len(doc) < 2 || doc[len(doc)-1] != '}' {
		return nil, false
	}
	out := make([]byte, 0, len(doc)+len(report)+len(`,"debug":}`))
	out = append(out, doc[:len(doc)-1]...)
	if len(doc) > 2 {
		out = append(out, ',')
	}
	out = append(out, `"debug":`...)
	out = append(out, bytes.TrimRight(report, "\n ")...)
	return append(out, '}'), true
}

// technicalInput is what the technical page is made of. Everything in it that costs anything is looked up here, when a viewer is
// known to read it.
func (e *Engine) technicalInput(x *exchange) *technical.Input {
	r, a := &x.resolution, &x.answer
	in := &technical.Input{
		Err: r.original, Status: r.status, Origin: originName(r), Message: r.err.PublicMessage(), Decision: decision(x),
		Request: x.request, Route: x.conn.Route(), Handler: x.conn.Handler(), Params: x.conn.Params(),
		User: x.choice.user.ID, RequestID: x.conn.RequestID(), Start: x.state.Start, ClientDisconnected: r.disconnected,
		PublicType: a.contentType, PublicBody: a.body, PublicTemplate: a.template,
	}
	if r.panic != nil && stack.Find(r.original) == nil {
		in.Err = r.panic // found on the stack: the middleware that recovered it kept the value only
	}
	if r.status == 404 || r.status == 405 {
		in.Routes = x.conn.Routes()
	}
	if f := x.failure; f != nil {
		in.Reference, in.TraceID, in.SpanID = f.Reference, f.TraceID, f.SpanID
	}
	return in
}

// decision explains, step by step, why the public got its answer.
func decision(x *exchange) []string {
	r := &x.resolution
	var steps []string
	add := func(format string, args ...any) { steps = append(steps, fmt.Sprintf(format, args...)) }
	if r.translated != nil {
		add("Translate made it a %T.", r.translated)
	}
	switch {
	case r.panic != nil:
		add("The handler panicked: %d.", r.status)
	case r.origin == httperrors.OriginOwn:
		add("The error says itself that it is a %d.", r.status)
	case r.origin == httperrors.OriginFramework && r.status == 405 && r.err.Unwrap() != nil:
		add("The framework's error says 404, but the path has routes for other methods: 405.")
	case r.origin == httperrors.OriginFramework:
		add("The framework's error says %d.", r.status)
	case r.origin == httperrors.OriginMapped:
		add("The error means nothing to HTTP by itself; the table of well-known errors makes it a %d.", r.status)
	default:
		add("No error in the tree speaks HTTP, and the table of well-known errors does not know it: %d.", r.status)
	}
	add("Format %s, language %s.", x.choice.Format, x.choice.Language)
	if x.answer.template != "" {
		add("The public page came from step %q, template %q.", x.answer.step, x.answer.template)
	} else {
		add("The public page came from step %q.", x.answer.step)
	}
	if x.pageErr != nil {
		add("The page that should have been shown failed: %s", errorText(x.pageErr))
	}
	add("The technical page is shown: %s.", x.choice.viewer)
	return steps
}

func originName(r *resolution) string {
	if r.panic != nil {
		return "panic"
	}
	return r.origin.String()
}

func path(r *http.Request) string {
	if r.URL == nil {
		return ""
	}
	return r.URL.Path
}
