package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/internal/technical/page"
	"github.com/exceptional-go/exceptional/renderer"
)

// answer is a finished response body and what is said of it.
type answer struct {
	body        []byte
	contentType string
	language    string
	csp         string
	length      string // len(body) in decimal, "" to leave it to net/http
	technical   bool

	// What the public gets: an answer that was kept, or else one that was made for this request, whose buffer is pooled. There
	// is neither if it is the framework's own.
	kept *renderer.Answer
	made *made
}

// made is what it takes to make an answer. It is pooled because the renderer's caller may be foreign code, so that it cannot be on
// the stack.
type made struct {
	in     renderer.Input
	public renderer.Answer
}

var mades = sync.Pool{New: func() any { return new(made) }}

func (a *answer) take(p *renderer.Answer) {
	a.body, a.contentType, a.language, a.csp, a.length = p.Body, p.ContentType, p.ContentLanguage, p.CSP, p.Length
}

// origin returns the rung of the ladder that the public's answer comes from, and the name of its template if it has one. ok is
// false if the answer is the framework's own.
func (a *answer) origin() (step renderer.Step, template string, ok bool) {
	if a.kept != nil {
		return a.kept.Step, a.kept.Template, true
	}
	if a.made != nil {
		return a.made.public.Step, a.made.public.Template, true
	}
	return 0, "", false
}

func (a *answer) release() {
	if a.made != nil {
		a.made.public.Release()
		*a.made = made{}
		mades.Put(a.made)
	}
}

// render makes the body. The public answer is made first, for everybody: a technical viewer is shown what the public saw, and
// gets it instead of a technical page that cannot be made.
func (e *Engine) render(x *exchange) {
	e.prepare(x)
	e.renderPublic(x)
	if x.choice.technical && e.cfg.Technical != nil {
		e.renderTechnical(x)
	}
}

func (e *Engine) renderPublic(x *exchange) {
	a := &x.answer
	if e.cfg.Framework && x.choice.Format == renderer.FormatProblemJSON {
		e.renderDocument(x)
		return
	}
	if a.kept = e.kept(x); a.kept != nil {
		a.take(a.kept)
		return
	}
	a.made = mades.Get().(*made)
	in := &a.made.in
	in.Error, in.Status, in.Method, in.Path = x.resolution.err, x.resolution.status, x.request.Method, path(x)
	if f := x.failure; f != nil && f.Reported {
		in.Reference, in.Instance, in.RequestID, in.TraceID = f.Reference, instance(f.Reference), f.RequestID, f.TraceID
	}
	if ext, ok := x.conn.(external); ok {
		in.External = ext.External()
	}
	p := &a.made.public
	*p = e.cfg.Renderer.Render(x.choice.Choice, in)
	a.take(p)
	if p.Err != nil {
		x.pageErr = errors.Join(x.pageErr, p.Err)
	}
}

// kept returns the answer if it has been made before and depends on nothing but the form that was chosen and the error's own
// words, and nil if it has to be made.
func (e *Engine) kept(x *exchange) *renderer.Answer {
	r, c := &x.resolution, &x.choice.Choice
	if !e.cfg.Static || x.failure != nil || c.Frame != "" || !r.err.Brief() {
		return nil
	}
	message := r.err.PublicMessage()
	if message == "" {
		if p := e.answers.find(r.status, c); p != nil {
			return p
		}
	}
	p := e.cfg.Renderer.Kept(c, r.status, message, r.err.Retryable())
	if message == "" && p != nil {
		e.answers.keep(r.status, c, p)
	}
	return p
}

// renderDocument makes the framework's own document for API clients.
func (e *Engine) renderDocument(x *exchange) {
	a, err := &x.answer, x.resolution.original
	if x.resolution.translated != nil {
		err = x.resolution.translated // the original is not for clients; that is why there is a Translate
	}
	var failed error
	if failure := guard("framework's document", func() {
		a.body, a.contentType, failed = x.conn.Document(err, x.resolution.err, x.resolution.origin)
	}); failure != "" {
		failed = errors.New(failure)
		a.body, a.contentType = []byte(`{"message":"`+httperrors.Phrase(x.resolution.status)+`"}`+"\n"), "application/json"
	}
	if failed != nil {
		x.pageErr = errors.Join(x.pageErr, failed)
	}
	a.length = strconv.Itoa(len(a.body))
}

// renderTechnical replaces the public answer by the technical one in the same format. A client that reads problem documents
// still gets one, with a member that holds the report.
func (e *Engine) renderTechnical(x *exchange) {
	a := &x.answer
	form := page.FormHTML
	switch x.choice.Format {
	case renderer.FormatText:
		form = page.FormText
	case renderer.FormatMarkdown:
		form = page.FormMarkdown
	case renderer.FormatProblemJSON:
		form = page.FormJSON
	}
	if _, _, ok := a.origin(); !ok {
		return // the framework's own format was asked for, and has no place for a report
	}
	if x.choice.Fragment {
		return // a piece of somebody's page is no place for a document of its own; its reference leads there
	}

	var body []byte
	var contentType, csp string
	var err error
	if failure := guard("technical page", func() {
		report := e.cfg.Technical.Report(x.request.Context(), e.technicalInput(x))
		body, contentType, csp, err = e.cfg.Technical.Render(form, report)
	}); failure != "" {
		body, err = nil, errors.New(failure)
	}
	if err != nil {
		x.pageErr = errors.Join(x.pageErr, fmt.Errorf("technical page: %w", err))
	}
	if body == nil {
		return
	}
	if form == page.FormJSON {
		spliced, ok := splice(a.body, body)
		if !ok {
			return
		}
		a.body, a.length, a.technical = spliced, strconv.Itoa(len(spliced)), true
		return
	}
	a.body, a.contentType, a.csp, a.language = body, contentType, csp, "en"
	a.length, a.technical = strconv.Itoa(len(body)), true
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

// technicalInput is what the technical page is told. Everything in it that costs anything is looked up here, when a viewer
// is known to read it.
func (e *Engine) technicalInput(x *exchange) *technical.Input {
	r, a := &x.resolution, &x.answer
	in := &technical.Input{
		Err: r.original, Status: r.status, Origin: originName(r), Message: r.err.PublicMessage(), Decision: decision(x),
		Request: x.request, Route: x.conn.Route(), Handler: x.conn.Handler(), Params: x.conn.Params(),
		User: x.choice.user.ID, RequestID: x.conn.RequestID(), Start: x.conn.Start(),
		PublicType: a.contentType, PublicBody: a.body,
	}
	_, in.PublicTemplate, _ = a.origin()
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

// decision tells, step by step, why the public got what it got.
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
	case r.origin == httperrors.OriginFramework:
		add("The framework's error says %d.", r.status)
	case r.origin == httperrors.OriginMapped:
		add("The error means nothing to HTTP by itself; the table of well-known errors makes it a %d.", r.status)
	default:
		add("Nothing in the error's tree speaks HTTP, and the table of well-known errors does not know it: %d.", r.status)
	}
	add("Format %s, language %s.", x.choice.Format, x.choice.Language)
	switch step, template, ok := x.answer.origin(); {
	case ok && template != "":
		add("The public page came from step %q, template %q.", step, template)
	case ok:
		add("The public page came from step %q.", step)
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

func path(x *exchange) string {
	if x.request.URL == nil {
		return ""
	}
	return x.request.URL.Path
}

// external is what a Conn may have beside its methods: the application's own renderer, closed over the framework's context.
type external interface {
	External() func(w io.Writer, name string, p *renderer.Page) error
}
