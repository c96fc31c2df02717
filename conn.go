package exceptional

import (
	"io"
	"net/http"
	"reflect"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/engine"
	"github.com/exceptional-go/exceptional/internal/ids"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/renderer"
)

var _ engine.Conn = (*request)(nil)

func (s *request) Request() *http.Request { return s.echo.Request() }
func (s *request) Route() string          { return s.echo.Path() }

func (s *request) Writer() http.ResponseWriter {
	if s.known().framed {
		return framedWriter{s.echo.Response()}
	}
	return s.echo.Response()
}

// Plain knows net/http's own writers. Behind any other one there may be a compression, and not all of those have an Unwrap by
// which they could be told.
func (s *request) Plain() bool {
	w := s.echo.Response().Writer
	if t, ok := w.(interface{ tracked() http.ResponseWriter }); ok {
		w = t.tracked()
	}
	t := reflect.TypeOf(w)
	if known := writers.Load(); known != nil && known.writer == t {
		return known.plain
	}
	plain := false
	if t != nil && t.Kind() == reflect.Pointer {
		switch t.Elem().PkgPath() {
		case "net/http", "net/http/internal/http2", "net/http/httptest", "golang.org/x/net/http2":
			plain = true
		}
	}
	writers.Store(&writerType{t, plain})
	return plain
}

// writers is the type of writer that was last seen. A server has one or two.
var writers atomic.Pointer[writerType]

type writerType struct {
	writer reflect.Type
	plain  bool
}

func (s *request) State() engine.State {
	res := s.echo.Response()
	now := engine.State{Committed: res.Committed, Status: res.Status, Size: res.Size}
	if now.Committed && informational(res.Status) && res.Size == 0 {
		res.Committed, now.Committed = false, false // Early Hints, after which Echo's Response takes nothing more
	}
	for w, ok := res.Writer.(*echo.Response); ok && !now.Committed; w, ok = w.Writer.(*echo.Response) {
		// Of a net/http middleware, which has a Response of its own around what it was given.
		now.Committed, now.Status, now.Size = w.Committed && !informational(w.Status), w.Status, w.Size
	}
	known := s.known()
	now.Preview, now.Crash = known.preview, known.crash
	if known.writer == nil {
		return now
	}
	t := known.writer
	switch {
	case t.hijacked:
		now.Hijacked = true
	case t.status != 0:
		now.Flushed = t.flushed
		now.Committed, now.Status, now.Size = true, t.status, max(t.size, now.Size)
	case t.held != 0:
		// A bare status that nobody has seen. The error says more.
		t.held = 0
		res.Committed, now.Committed = false, false
	}
	return now
}

// informational reports whether the answer is still to come after this status. After 101 there is none.
func informational(status int) bool {
	return 100 <= status && status < 200 && status != http.StatusSwitchingProtocols
}

// Gone looks at the request as it came in, if Middleware kept it: a client whose request is alive is there. Otherwise it asks
// the connection. CloseNotify is deprecated in favour of the request's context, which is the very thing that a middleware may
// have replaced by one that it cancelled itself; only the connection can tell then, and whoever takes a client for gone that
// is still there sends it an empty 200.
func (s *request) Gone() (gone, known bool) {
	if r := s.known().entry.request; r != nil && r.Context().Err() == nil {
		return false, true
	}
	w := s.echo.Response().Writer
	for {
		//lint:ignore SA1019 see above
		if n, ok := w.(http.CloseNotifier); ok {
			select {
			case <-n.CloseNotify():
				return true, true
			case <-time.After(goneWait(s.echo.Request())):
				return false, true
			}
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			// A server of net/http has a connection, which this writer hides. Without a server the context is all there is; one
			// with a deadline is a middleware's, such as ContextTimeout's.
			ctx := s.echo.Request().Context()
			_, deadline := ctx.Deadline()
			known = ctx.Value(http.ServerContextKey) == nil && (!deadline || s.known().entry.request != nil)
			return known, known
		}
		w = u.Unwrap()
	}
}

// goneWait is how long it takes until CloseNotify has told. In HTTP/1 it has told when the context ends; HTTP/2 starts to watch
// when it is asked.
func goneWait(r *http.Request) time.Duration {
	if r.ProtoMajor < 2 {
		return time.Millisecond
	}
	return 10 * time.Millisecond
}

// Panic finds the frames of a panic that Echo's middleware.Recover has recovered: it calls us from its deferred function,
// under which they still stand.
func (s *request) Panic(err error) *stack.Panic {
	if lastCall(engineFrames) {
		return nil
	}
	return stack.Live(err, isServeHTTP)
}

func isServeHTTP(f runtime.Frame) bool { return f.Function == serveHTTPName }

func (s *request) User() (engine.User, error) {
	u, err := s.responder.cfg.User(hookContext(s.echo))
	return engine.User(u), err
}

func (s *request) Handler() string { return s.responder.handlers.name(s.echo) }

func (s *request) Params() []debugview.Param {
	names, values := s.echo.ParamNames(), s.echo.ParamValues()
	params := make([]debugview.Param, 0, len(names))
	for i, n := range names {
		if i < len(values) {
			params = append(params, debugview.Param{Name: n, Value: values[i]})
		}
	}
	return params
}

func (s *request) Allowed(status int) []string {
	if status == http.StatusMethodNotAllowed {
		// Echo's router leaves it here for whoever makes the 405.
		if allow, ok := s.echo.Get(echo.ContextKeyHeaderAllow).(string); ok && allow != "" {
			return []string{allow}
		}
		return nil
	}
	if s.responder.cfg.KeepGroup404 {
		return nil
	}
	return allowed(s.echo)
}

// RequestID prefers what a middleware has answered to what the client has sent.
func (s *request) RequestID() string {
	if id := ids.RequestID(s.echo.Response().Header()); id != "" {
		return id
	}
	return ids.RequestID(s.echo.Request().Header)
}

func (s *request) Start() time.Time { return s.known().entry.at }

// Values cuts them from a piece of memory that is enough for many responses, and that nobody gets a second time: what has been
// put into a header belongs to its response for good.
func (s *request) Values(n int) *[]string {
	if len(s.spare) < n {
		if s.mark != nil {
			n = valuesAtOnce // there will be other requests for what is left
		}
		s.spare = make([]string, n)
	}
	return &s.spare
}

// valuesAtOnce is small enough that a response which lives long, and keeps all of it, does not matter.
const valuesAtOnce = 64

func (s *request) Document(err error, e *httperrors.Error, origin httperrors.Origin) ([]byte, string, error) {
	body, failure := echoDocument(s.echo, err, e, origin)
	return body, echo.MIMEApplicationJSON, failure
}

// External is the application's renderer, which gets the echo.Context of the request.
func (s *request) External() func(w io.Writer, name string, p *renderer.Page) error {
	if s.responder.cfg.Renderer == nil {
		return nil
	}
	r, c := s.responder.cfg.Renderer, hookContext(s.echo)
	return func(w io.Writer, name string, p *renderer.Page) error { return r.Render(w, name, p, c) }
}

// Bare writes past the Response, whose hooks may be what failed.
func (s *request) Bare() http.ResponseWriter { return bareWriter{s.echo.Response()} }

type bareWriter struct{ *echo.Response }

func (w bareWriter) WriteHeader(status int) {
	w.Response.Status, w.Response.Committed = status, true
	w.Response.Writer.WriteHeader(status)
}

func (w bareWriter) Write(b []byte) (int, error) {
	n, err := w.Response.Writer.Write(b)
	w.Response.Size += int64(n)
	return n, err
}
