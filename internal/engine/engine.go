// Package engine is the one flow from an error to a response. It knows net/http and no web framework: an adapter hands it
// each failing request as a [Conn].
//
// The flow has five steps, each in a file of its name:
//
//	resolve → choose → render → write → report
//
// resolve says what HTTP error an error is. choose says in which form it is answered, and whether to the public or to a
// technical viewer. render makes the body and cannot reach the response, so that what fails there is replaced. write sends
// it, and knows when it must not. report tells the log and the reporters, also when nothing could be written.
package engine

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/reporting"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/renderer"
	"github.com/exceptional-go/exceptional/report"
)

// Config is what the steps need. All fields are read only.
type Config struct {
	Debug        bool
	ClientErrors bool            // technical viewers see the technical page for the application's own 4xx as well
	Force        renderer.Format // FormatNone: negotiate
	Late         Late
	Framework    bool // API clients get the framework's own documents, from Conn.Document
	Static       bool // an answer that the renderer keeps stays right as long as the engine lives
	OwnPages     bool // the application has templates or a renderer of its own
	Users        bool // Conn.User may be asked
	EventStream  bool // send an error event into a text/event-stream that has begun

	Mask      *mask.Masker    // of names of parameters; nil: the built-in rules
	Gate      *Gate           // nil: there are no technical viewers
	Technical *debugview.View // nil if neither Debug nor Gate is set
	Renderer  *renderer.Renderer
	Pipeline  *reporting.Pipeline
	Translate func(error) error
}

// Late says what happens to a response that had begun when its handler failed.
type Late uint8

// What can be done then.
const (
	LateLeave Late = iota // it ends where it is; the client cannot tell that it is incomplete
	LateAbort             // the connection is cut, so that the client notices
)

// Engine runs the flow. It is safe for concurrent use.
type Engine struct {
	cfg     Config
	now     func() time.Time
	answers staticAnswers
}

// New returns an engine. The configuration has been validated by the adapter.
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

// State is what is known of a response before the engine touches it.
type State struct {
	Committed bool   // status and headers are on their way, by whatever means
	Hijacked  bool   // the connection is somebody else's
	Status    int    // what was sent, if Committed
	Size      int64  // bytes of body sent so far
	Flushed   bool   // the header is known to be on its way, without a body
	Preview   bool   // somebody looks at the public's page: no technical page, and nobody is told
	Crash     string // what panicked of the application's code before the engine was asked
}

// Conn is the framework's side of one failing request. The engine calls it on the request's goroutine only, and keeps
// nothing of it. Methods that run the application's code are guarded against panics by the engine.
type Conn interface {
	Request() *http.Request
	// Writer is where the answer goes. Its header map holds what the failed handler left in it.
	Writer() http.ResponseWriter
	// Plain reports whether what is written to Writer is what the client gets. If something stands between that may
	// compress it, the length is left to net/http, which counts.
	Plain() bool
	// Bare is the writer below the framework's, for the last resort.
	Bare() http.ResponseWriter
	State() State
	// Gone reports whether the client is known to have left. known is false if the adapter cannot tell, because a
	// middleware replaced the request's context by one that it cancels itself.
	Gone() (gone, known bool)
	// Panic returns the panic in flight whose recovering middleware called the error handler, or nil.
	Panic(err error) *stack.Panic
	User() (User, error)
	Route() string
	Handler() string
	Params() []debugview.Param
	// Routes are the routes that could have been meant, for a 404 or 405.
	Routes() []debugview.Route
	// Allowed returns the methods that the path has, for a 404 that should have been a 405 and for a 405 without Allow.
	// nil means that it is not known.
	Allowed(status int) []string
	RequestID() string
	Start() time.Time // zero if not known
	// Values is memory for at least n values of response headers, which nobody else has or gets: a slice for each value would be
	// most of what an answer allocates. What is used of it is cut off its front.
	Values(n int) *[]string
	// Document is the body for API clients in the framework's own format; see Config.Framework. There is one always; failure
	// says why it is not the one that should have been.
	Document(err error, e *httperrors.Error, origin httperrors.Origin) (body []byte, contentType string, failure error)
}

// Outcome is what the adapter has to do when the flow has ended.
type Outcome struct {
	Abort bool // cut the connection: panic with http.ErrAbortHandler
}

// exchange is one run of the flow: what each step leaves for those after it. It lives on the stack of Handle, where it is
// free, and clearing and copying it costs no write barriers; so nothing that is handed to foreign code may point into it.
type exchange struct {
	conn    Conn
	request *http.Request
	state   State

	resolution resolution
	choice     choice
	answer     answer

	deaf     bool // nobody is told of what is logged at deafTo
	deafTo   slog.Level
	probe    *report.Failure // what the policy is asked about; nil until it is
	failure  *report.Failure // nil until somebody will be told
	warnings []string
	crashed  bool // one of them is a panic
	pageErr  error
	sent     int // the status that went out; 0 if nothing was written
	abort    bool
}

// Handle answers err, once. The adapter makes sure that it is called once for each failure; a nil err is its business too.
func (e *Engine) Handle(c Conn, err error) Outcome {
	defer e.rescue(c, err)
	x := &exchange{conn: c, request: c.Request(), state: c.State()}

	if x.state.Crash != "" {
		x.crash(x.state.Crash)
	}
	e.resolve(x, err)
	if x.resolution.abort {
		return Outcome{Abort: true}
	}
	if x.mayWrite() {
		e.choose(x)
		e.render(x)
		e.write(x)
	} else {
		e.prepare(x)
		e.late(x)
	}
	e.report(x)
	if e.cfg.Debug || e.cfg.Gate != nil {
		debugview.Detach(x.request.Context()) // goroutines that outlive the request would keep its lines and its body alive
	}

	x.release()
	return Outcome{Abort: x.abort}
}

// mayWrite reports whether there is a response left to write, and somebody who reads it.
func (x *exchange) mayWrite() bool {
	return !x.state.Committed && !x.state.Hijacked && !x.resolution.gone
}

func (x *exchange) warn(text string) { x.warnings = append(x.warnings, text) }

// crash is warn for code of the application that panicked. It is told even where the failure itself would not be.
func (x *exchange) crash(text string) {
	x.warn(text)
	x.crashed = true
}

// guard runs f, which is the application's code, and reports a panic of it as a text.
func guard(what string, f func()) (failure string) {
	defer func() {
		if r := recover(); r != nil {
			failure = what + ": " + stack.Recovered(r).Error()
		}
	}()
	f()
	return ""
}
