package exceptional

import (
	"context"
	"io"
	"net/http"
	"reflect"
	"runtime"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/engine"
	"github.com/exceptional-go/exceptional/internal/ids"
	"github.com/exceptional-go/exceptional/internal/request"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/renderer"
)

// requestState is the State of one request, with the fields that only Echo needs.
type requestState struct {
	request.State
	wrapped echo.Context // as the application's middleware wrapped it, if Middleware saw that, or nil

	// An application may use its echo.Context for another request without a Reset; see belongsTo.
	response *echo.Response
	header   http.Header
}

// stateKey is where the state is kept in the echo.Context.
const stateKey = "github.com/exceptional-go/exceptional"

// stateOf returns the state of c's request, and attaches a new one to c if there is none.
func stateOf(c echo.Context) *requestState {
	s, _ := c.Get(stateKey).(*requestState)
	if s != nil && s.belongsTo(c) {
		return s
	}
	if w := request.Tracking(c.Response()); w != nil {
		s = w.Owner.(*requestState) // c is a second context of the same request and response
	} else {
		s = &requestState{response: c.Response(), header: requestHeader(c)}
	}
	c.Set(stateKey, s)
	return s
}

// belongsTo reports whether c serves the request that s was made for. A middleware may lend c another Response for a while, or give
// it another *http.Request, which normally shares the header of the first; another request comes with both.
func (s *requestState) belongsTo(c echo.Context) bool {
	return s.response == c.Response() ||
		s.header != nil && reflect.ValueOf(s.header).UnsafePointer() == reflect.ValueOf(requestHeader(c)).UnsafePointer()
}

// requestHeader is the header of c's request, which may be missing in a context made by hand.
func requestHeader(c echo.Context) http.Header {
	if r := c.Request(); r != nil {
		return r.Header
	}
	return nil
}

// conn is the engine's and the request's view of an echo.Context whose request has failed.
type conn struct {
	responder *Responder
	echo      echo.Context
	state     *requestState
	framed    bool // answer with 200, so that a browser shows the answer in a frame
}

var (
	_ engine.Conn  = (*conn)(nil)
	_ request.Flow = (*conn)(nil)
)

// hookContext is the context that hooks of the application get: as its middleware wrapped it, if Middleware saw that.
func (x *conn) hookContext() echo.Context {
	if x.state.wrapped != nil {
		return x.state.wrapped
	}
	return x.echo
}

// The side of the request: which failures are answered, and by whom.

func (x *conn) ResponseWriter() http.ResponseWriter { return x.echo.Response().Writer }

func (x *conn) Begun() bool {
	w := x.state.Writer
	return x.echo.Response().Committed || w != nil && w.Begun()
}

func (x *conn) SetStatus(status int) { x.echo.Response().Status = status }

func (x *conn) Skip(err error) bool {
	skipper := x.responder.cfg.Skipper
	return skipper != nil && skipper(err, x.hookContext())
}

func (x *conn) Next(err error) {
	next := x.responder.cfg.Next
	if next == nil {
		next = x.echo.Echo().DefaultHTTPErrorHandler
	}
	next(err, x.echo)
}

func (x *conn) Answer(err error, lost *request.Answer, skipperPanic error) (request.Answer, bool) {
	if lost != nil {
		x.responder = lost.By.(*Responder)
	}
	out := x.responder.engine.Handle(x, err, engine.Options{Lost: lost, SkipperPanic: skipperPanic})
	out.Answer.By = x.responder
	return out.Answer, out.Abort
}

// The side of the engine: the request and the response.

func (x *conn) Request() *http.Request { return x.echo.Request() }
func (x *conn) State() *request.State  { return &x.state.State }
func (x *conn) Route() string          { return x.echo.Path() }
func (x *conn) Handler() string        { return handlerName(x.echo) }
func (x *conn) Uncompressed() bool     { return request.Uncompressed(x.echo.Response().Writer) }

func (x *conn) Writer() http.ResponseWriter {
	if x.framed {
		return framedWriter{x.echo.Response()}
	}
	return x.echo.Response()
}

func (x *conn) Settle() request.Sent {
	res := x.echo.Response()
	if res.Committed && informational(res.Status) && res.Size == 0 {
		res.Committed = false // Early Hints, after which Echo's Response takes nothing more
	}
	sent := request.Sent{Committed: res.Committed, Status: res.Status, Size: res.Size}
	for w, ok := res.Writer.(*echo.Response); ok && !sent.Committed; w, ok = w.Writer.(*echo.Response) {
		// A net/http middleware has a Response of its own around the one that it was given.
		sent = request.Sent{Committed: w.Committed && !informational(w.Status), Status: w.Status, Size: w.Size}
	}
	sent = x.state.Settle(sent, res.Writer)
	if res.Committed && !sent.Committed && !sent.Hijacked {
		x.Uncommit()
	}
	return sent
}

// Uncommit makes the Response forget an answer that was not sent.
func (x *conn) Uncommit() {
	res := x.echo.Response()
	res.Committed, res.Status, res.Size = false, http.StatusOK, 0
}

// informational reports whether the answer is still to come after this status. After 101 there is none.
func informational(status int) bool {
	return 100 <= status && status < 200 && status != http.StatusSwitchingProtocols
}

// Panic finds the frames of a panic that Echo's middleware.Recover has recovered: it calls the error handler from its deferred
// function, under which they still stand.
func (x *conn) Panic(err error) *stack.Panic { return stack.Live(err, isServeHTTP) }

func isServeHTTP(f runtime.Frame) bool {
	return f.Function == "github.com/labstack/echo/v4.(*Echo).ServeHTTP"
}

func (x *conn) Translate(err error) error {
	if x.responder.cfg.Translate == nil {
		return nil
	}
	return x.responder.cfg.Translate(x.hookContext(), err)
}

// userTimeout bounds the context that Config.User gets with its request.
const userTimeout = 250 * time.Millisecond

// User asks with a request whose context is alive: the request's own has often ended by now, because its client has disconnected
// or because a middleware cancels it on the way out, and every look-up with it would fail.
func (x *conn) User() (engine.User, error) {
	c := x.hookContext()
	r := c.Request()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), userTimeout)
	defer cancel()
	c.SetRequest(r.WithContext(ctx))
	defer c.SetRequest(r)
	u, err := x.responder.cfg.User(c)
	return engine.User(u), err
}

func (x *conn) Params() []technical.Param {
	names, values := x.echo.ParamNames(), x.echo.ParamValues()
	params := make([]technical.Param, 0, len(names))
	for i, n := range names {
		if i < len(values) {
			params = append(params, technical.Param{Name: n, Value: values[i]})
		}
	}
	return params
}

func (x *conn) Routes() []technical.Route { return similarRoutes(x.echo) }

// Allowed returns the methods that Echo's router leaves for the handler that makes the 405.
func (x *conn) Allowed() []string {
	if allow, ok := x.echo.Get(echo.ContextKeyHeaderAllow).(string); ok && allow != "" {
		return []string{allow}
	}
	return nil
}

func (x *conn) AllowedInstead(err error) []string {
	if x.responder.cfg.KeepGroup404 || !routersOwn(err) {
		return nil
	}
	return allowedMethods(x.echo)
}

// RequestID prefers the id that a middleware has put into the answer to the one that the client has sent.
func (x *conn) RequestID() string {
	if id := ids.RequestID(x.echo.Response().Header()); id != "" {
		return id
	}
	return ids.RequestID(x.echo.Request().Header)
}

func (x *conn) Document(err error, e *httperrors.Error, origin httperrors.Origin) ([]byte, string, error) {
	body, failure := echoDocument(x.echo, err, e, origin)
	return body, echo.MIMEApplicationJSON, failure
}

func (x *conn) External() func(w io.Writer, name string, p *renderer.Page) error {
	r := x.responder.cfg.Renderer
	if r == nil {
		return nil
	}
	c := x.hookContext()
	return func(w io.Writer, name string, p *renderer.Page) error { return r.Render(w, name, p, c) }
}

func (x *conn) Raw() http.ResponseWriter { return rawWriter{x.echo.Response()} }

// rawWriter writes past the Response, whose hooks may be what failed, and keeps its books.
type rawWriter struct{ *echo.Response }

func (w rawWriter) WriteHeader(status int) {
	w.Response.Status, w.Response.Committed = status, true
	w.Response.Writer.WriteHeader(status)
}

func (w rawWriter) Write(b []byte) (int, error) {
	n, err := w.Response.Writer.Write(b)
	w.Response.Size += int64(n)
	return n, err
}
