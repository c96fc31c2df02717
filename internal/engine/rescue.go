package engine

import (
	"context"
	"errors"
	"net/http"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/report"
)

// rescue is deferred around the flow. Code of the application is guarded where it is called; what is left is a request or a
// writer that is itself broken, such as a middleware's writer whose Header returns nil. The panic is logged beside the failure,
// and the answer is as simple as possible. The exchange is not used again: it may be in any state.
func (e *Engine) rescue(c Conn, err error) {
	v := recover()
	if v == nil {
		return
	}
	crash := errors.Join(err, stack.Recovered(v))
	_ = guard.Call(func() {
		if s := c.Settle(); !s.Committed && !s.Hijacked {
			writeBare(c.Raw(), http.StatusInternalServerError)
		}
	})
	f := &report.Failure{
		Err: crash, Resolved: httperrors.ErrInternalServerError.WithCause(crash), Status: http.StatusInternalServerError,
		Panic: true, Debug: e.cfg.Debug, Time: e.now(),
	}
	ctx := context.Background()
	_ = guard.Call(func() {
		r := c.Request()
		ctx = r.Context()
		f.Request, f.Method, f.Host, f.RemoteAddr = r, r.Method, r.Host, r.RemoteAddr
		f.Route = c.Route()
		f.Path = e.maskedPath(c, r, f.Route)
	})
	_ = guard.Call(func() {
		if e.cfg.Pipeline.Listening(ctx, f) {
			e.cfg.Pipeline.Handle(ctx, f)
		}
	})
}
