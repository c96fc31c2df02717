// Package engine is the one flow from an error to a response. It knows net/http and no web framework: an adapter hands it each
// failing request as a [Conn].
//
// [Engine.Handle] runs five steps, each in a file of its name:
//
//	resolve → choose → render → write → report
//
// resolve says what HTTP error an error is. choose says in which form it is answered, and whether to the public or to a
// technical viewer. render makes the body and cannot reach the response, so that what fails there is replaced. write sends
// it, and knows when it must not. report tells the log and the reporters, also when nothing could be written.
//
// After resolve, describe (in report.go) begins the record of the failure if the log or a reporter wants one, because the page shows
// the record's reference. Beside the steps, gate.go decides who is a technical viewer, late.go is for failures of responses that have begun, header.go has
// the header fields of an answer, and rescue.go is for a panic of our own. nethttp_test.go has a small adapter for plain net/http.
package engine

import (
	"io"
	"net/http"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/internal/reporting"
	"github.com/exceptional-go/exceptional/internal/request"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
	"github.com/exceptional-go/exceptional/renderer"
	"github.com/exceptional-go/exceptional/report"
)

// Config is what the steps need. All fields are read only.
type Config struct {
	Debug                 bool
	TechnicalClientErrors bool            // technical viewers see the technical page for the application's own 4xx as well
	Force                 renderer.Format // FormatNone: negotiate
	AbortIncomplete       bool            // cut the connection when a response that has begun is incomplete
	FrameworkJSON         bool            // API clients get the framework's own documents, from Conn.Document
	AskUserForReports     bool            // Conn.User is asked for the reporters
	CustomPolicy          bool            // the application decides what is reported, and may look at all fields of a Failure
	EventStream           bool            // send an error event into a text/event-stream that has begun

	Mask      *mask.Masker    // of names of parameters; nil: the built-in rules
	Gate      *Gate           // nil: there are no technical viewers
	Technical *technical.View // nil if neither Debug nor Gate is set
	Renderer  *pages.Renderer
	Pipeline  *reporting.Pipeline
}

// Engine runs the flow. It is safe for concurrent use.
type Engine struct {
	cfg Config
	now func() time.Time
}

// New returns an engine. The adapter has validated the configuration.
func New(cfg Config) *Engine {
	if cfg.Mask == nil {
		cfg.Mask = mask.Default
	}
	return &Engine{cfg: cfg, now: time.Now}
}

// User is who asks.
type User struct {
	ID        string
	Superuser bool
}

// Conn is the framework's side of one failing request. The engine calls it on the request's goroutine only, and keeps
// nothing of it. The engine guards the methods that run the application's code against panics.
type Conn interface {
	Request() *http.Request
	State() *request.State
	// Writer is where the answer goes. Its header map holds what the failed handler left in it.
	Writer() http.ResponseWriter
	// Uncompressed reports whether the client gets what is written to Writer as it is, so that its length may be announced.
	Uncompressed() bool
	// Raw is the writer below the framework's Response, whose hooks may be what failed.
	Raw() http.ResponseWriter
	// Settle returns what has been sent of the response, and decides about a status that was held back; see [request.State.Settle].
	Settle() request.Sent
	// Panic returns the panic in flight whose recovering middleware called the error handler, or nil.
	Panic(err error) *stack.Panic
	// Translate asks the application what err means; nil means that it has no opinion.
	Translate(err error) error
	User() (User, error)
	Route() string
	Handler() string
	Params() []technical.Param
	// Routes are the routes that could have been meant, for a 404 or 405.
	Routes() []technical.Route
	// Allowed returns the methods that the path has, for a 405 without Allow, or nil if they are not known.
	Allowed() []string
	// AllowedInstead returns them if err is a 404 of the framework's own that should have been a 405, and nil for any other 404.
	AllowedInstead(err error) []string
	RequestID() string
	// External is the application's own renderer, closed over the framework's context, or nil.
	External() func(w io.Writer, name string, p *renderer.Page) error
	// Document is the body for API clients in the framework's own format; see Config.FrameworkJSON. It always returns a
	// body; failure says why another one was meant.
	Document(err error, e *httperrors.Error, origin httperrors.Origin) (body []byte, contentType string, failure error)
	// Warnings remarks on the application's use of the framework, for the log.
	Warnings(err error, status int) []string
}

// Options are for the calls of Handle that differ from the usual one.
type Options struct {
	Preview bool            // show the public page, and neither log nor report
	Lost    *request.Answer // the failure has been answered and reported, and the answer was lost

	SkipperPanic error // a panic of the application's Skipper, or nil
}

// Outcome is how Handle ended.
type Outcome struct {
	Answer request.Answer
	Abort  bool // cut the connection: panic with http.ErrAbortHandler
}

// exchange is one run of the flow: the results of each step, for the steps after it.
type exchange struct {
	conn    Conn
	state   *request.State
	request *http.Request
	options Options
	sent    request.Sent // when the flow began

	resolution resolution
	choice     choice
	answer     answer
	fields     http.Header // of the error; see errorHeader

	failure  *report.Failure // nil if neither the log nor a reporter wants to know
	warnings []string
	crashed  bool  // a warning is about a panic of the application's code
	pageErr  error // why the page is not the one that it should have been
	status   int   // that went out; 0 if nothing was written
	abort    bool
}

// Handle answers err, which is not nil. It does not know whether it has been called for err before: an adapter calls it by way of
// [request.State.Handle], except for a preview.
func (e *Engine) Handle(c Conn, err error, o Options) (out Outcome) {
	defer e.rescue(c, err)
	x := &exchange{conn: c, state: c.State(), request: c.Request(), options: o, sent: c.Settle()}
	if o.SkipperPanic != nil {
		x.crash("Skipper", o.SkipperPanic)
	}

	e.resolve(x, err)
	if x.resolution.abort {
		return Outcome{Abort: true}
	}
	e.describe(x)
	switch {
	case x.sent.Hijacked:
	case x.sent.Committed:
		e.late(x)
	case x.resolution.disconnected && x.state.Original != nil:
		x.writeDisconnected()
	default:
		e.choose(x)
		e.render(x)
		e.write(x)
	}
	e.report(x)

	if e.cfg.Debug || e.cfg.Gate != nil {
		trail.Detach(x.request.Context()) // goroutines that outlive the request would keep its lines and its body alive
	}
	out = Outcome{Answer: request.Answer{Status: x.status}, Abort: x.abort}
	switch {
	case x.failure != nil:
		out.Answer.Reference = x.failure.Reference
	case o.Lost != nil:
		out.Answer.Reference = o.Lost.Reference
	}
	return out
}

// begunBefore reports whether the response had begun before the failure, so that it is left as it is.
func (x *exchange) begunBefore() bool { return x.sent.Committed || x.sent.Hijacked }

func (x *exchange) warn(text string) { x.warnings = append(x.warnings, text) }

// crash is warn for code of the application that panicked. It is reported even where the failure itself would not be.
func (x *exchange) crash(what string, panicked error) {
	x.warn(what + ": " + errorText(panicked))
	x.crashed = true
}
