package exceptional

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/engine"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/renderer"
	"github.com/exceptional-go/exceptional/report"
)

// conn is one failing request as the engine sees it. It lives no longer than HandleError.
type conn struct {
	responder *Responder
	echo      echo.Context
	state     *request
	known     *rare // state's
}

var (
	_ engine.Conn = (*conn)(nil)

	conns = sync.Pool{New: func() any { return new(conn) }}
)

func (x *conn) Request() *http.Request { return x.echo.Request() }
func (x *conn) Route() string          { return x.echo.Path() }

func (x *conn) Writer() http.ResponseWriter {
	if x.known.framed {
		return framedWriter{x.echo.Response()}
	}
	return x.echo.Response()
}

func (x *conn) Plain() bool {
	w := x.echo.Response().Writer
	if t, ok := w.(*tracker); ok {
		w = t.ResponseWriter
	}
	_, wraps := w.(interface{ Unwrap() http.ResponseWriter })
	return !wraps
}

func (x *conn) State() engine.State {
	res := x.echo.Response()
	s := engine.State{Committed: res.Committed, Status: res.Status, Size: res.Size}
	s.Preview = x.known.preview
	if x.known.writer == nil {
		return s
	}
	t := x.known.writer
	switch {
	case t.hijacked:
		s.Hijacked = true
	case t.status != 0:
		s.Committed, s.Status, s.Size = true, t.status, max(t.size, s.Size)
	case t.held != 0:
		// A bare status that nobody has seen. The error says more.
		t.held = 0
		res.Committed, s.Committed = false, false
	}
	return s
}

// Gone looks at the request as it came in, if Middleware kept it: its context is net/http's, which nobody but net/http
// cancels. Otherwise it asks the connection. CloseNotify is deprecated in favour of the request's context, which is the very
// thing that a middleware may have replaced by one that it cancelled itself; only the connection can tell then, and whoever
// takes a client for gone that is still there sends it an empty 200.
func (x *conn) Gone() (gone, known bool) {
	if r := x.known.entry.request; r != nil {
		err := r.Context().Err()
		return err != nil && errors.Is(err, context.Canceled), true
	}
	w := x.echo.Response().Writer
	for {
		//lint:ignore SA1019 see above
		if n, ok := w.(http.CloseNotifier); ok {
			select {
			case <-n.CloseNotify():
				return true, true
			case <-time.After(goneWait(x.echo.Request())):
				return false, true
			}
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return false, false
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
func (x *conn) Panic(err error) *stack.Panic {
	if lastCall(engineFrames) {
		return nil
	}
	return stack.Live(err, func(f runtime.Frame) bool { return f.Function == "github.com/labstack/echo/v4.(*Echo).ServeHTTP" })
}

func (x *conn) User() (engine.User, error) {
	u, err := x.responder.cfg.User(hookContext(x.echo))
	return engine.User(u), err
}

func (x *conn) Handler() string { return x.responder.handlers.name(x.echo) }

func (x *conn) Params() []debugview.Param {
	names, values := x.echo.ParamNames(), x.echo.ParamValues()
	params := make([]debugview.Param, 0, len(names))
	for i, n := range names {
		if i < len(values) {
			params = append(params, debugview.Param{Name: n, Value: values[i]})
		}
	}
	return params
}

func (x *conn) Allowed(status int) []string {
	if status == http.StatusMethodNotAllowed {
		// Echo's router leaves it here for whoever makes the 405.
		if allow, ok := x.echo.Get(echo.ContextKeyHeaderAllow).(string); ok && allow != "" {
			return []string{allow}
		}
		return nil
	}
	if x.responder.cfg.KeepGroup404 {
		return nil
	}
	return allowed(x.echo)
}

// RequestID prefers what a middleware has answered to what the client has sent.
func (x *conn) RequestID() string {
	if id := report.RequestID(x.echo.Response().Header()); id != "" {
		return id
	}
	return report.RequestID(x.echo.Request().Header)
}

func (x *conn) Start() time.Time { return x.known.entry.at }

func (x *conn) Values() []string { return x.state.values[:] }

func (x *conn) Document(err error, e *httperrors.Error, origin httperrors.Origin) ([]byte, string) {
	return echoDocument(x.echo, err, e, origin), echo.MIMEApplicationJSON
}

// External is the application's renderer, which gets the echo.Context of the request.
func (x *conn) External() func(w io.Writer, name string, p *renderer.Page) error {
	if x.responder.cfg.Renderer == nil {
		return nil
	}
	r, c := x.responder.cfg.Renderer, hookContext(x.echo)
	return func(w io.Writer, name string, p *renderer.Page) error { return r.Render(w, name, p, c) }
}

// Bare writes past the Response, whose hooks may be what failed.
func (x *conn) Bare() http.ResponseWriter { return bareWriter{x.echo.Response()} }

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
