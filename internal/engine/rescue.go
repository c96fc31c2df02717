package engine

import (
	"context"
	"errors"
	"net/http"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/report"
)

// rescue is deferred around the flow. What the flow calls is guarded where it is called; what is left is a request or a
// writer that is itself broken, such as a middleware's writer whose Header returns nil. It says what has happened and
// answers as far as that is possible. The exchange is not used again: nobody knows what is in it.
func (e *Engine) rescue(c Conn, err error) {
	v := recover()
	if v == nil {
		return
	}
	crash := errors.Join(err, stack.Recovered(v))
	_ = guard("ResponseWriter", func() {
		if s := c.State(); !s.Committed && !s.Hijacked {
			bare(c.Bare(), http.StatusInternalServerError)
		}
	})
	_ = guard("report", func() {
		f := &report.Failure{
			Err: crash, Resolved: httperrors.InternalServerError("").WithCause(crash), Status: http.StatusInternalServerError,
			Panic: true, Debug: e.cfg.Debug, Time: e.now(),
		}
		if req := c.Request(); req != nil {
			f.Request, f.Method, f.Host, f.RemoteAddr = req, req.Method, req.Host, req.RemoteAddr
			if req.URL != nil {
				f.Path = req.URL.Path
			}
			e.cfg.Pipeline.Handle(req.Context(), f)
			return
		}
		e.cfg.Pipeline.Handle(context.Background(), f)
	})
}
