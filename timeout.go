package exceptional

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/internal/request"
)

// runWithinTimeout is AnswerHere below an http.TimeoutHandler. Such a handler goes on after its time is up, when Echo has
// given c to another request; an answer written to c would reach that request's client. So the error is answered in a context
// made beforehand of the request, the route and the writer of the TimeoutHandler, which discards what comes too late.
func (r *Responder) runWithinTimeout(c echo.Context, s *requestState, next echo.HandlerFunc) error {
	own := newTimeoutContext(c, s)
	err := next(c)
	if err == nil {
		return nil
	}
	if own.ctx.Err() != nil {
		own.writer.SentByOther(http.StatusServiceUnavailable) // the TimeoutHandler
		r.HandleError(err, own)
		return nil // a middleware outside might call c.Error, and c may serve another request
	}
	r.HandleError(err, own)
	return answeredError(err, own.Response().Status)
}

// timeoutContext is a context for one request alone. Outer serves that request, too, for now.
type timeoutContext struct {
	echo.Context
	outer  echo.Context
	ctx    context.Context // the request's; once it has ended, outer may serve another request
	writer *request.Writer // of both, while outer serves the request
}

func newTimeoutContext(c echo.Context, s *requestState) *timeoutContext {
	w := c.Response().Writer
	for outer, ok := w.(*echo.Response); ok; outer, ok = w.(*echo.Response) {
		w = outer.Writer // a Response below this one may be the one that Echo uses again
	}
	own := c.Echo().NewContext(c.Request(), w)
	own.SetPath(c.Path())
	own.SetParamNames(append([]string(nil), c.ParamNames()...)...)
	own.SetParamValues(append([]string(nil), c.ParamValues()...)...)
	own.SetHandler(c.Handler())
	state := &requestState{response: own.Response(), header: c.Request().Header}
	state.DetachFrom(&s.State)
	state.Writer = request.Track(w, state, false) // what the handler writes to c counts as well
	own.Response().Writer, c.Response().Writer = state.Writer, state.Writer
	own.Set(stateKey, state)
	return &timeoutContext{Context: own, outer: c, ctx: c.Request().Context(), writer: state.Writer}
}

// Get also returns what the application's middleware has left in the outer context, such as who is signed in.
func (c *timeoutContext) Get(key string) any {
	if v := c.Context.Get(key); v != nil || c.ctx.Err() != nil {
		return v
	}
	return c.outer.Get(key)
}
