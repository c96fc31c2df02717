package exceptional

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/request"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

// Middleware returns a middleware with which HandleError knows more:
//
//   - a response that has been flushed, written past Echo's Response, or hijacked is left alone;
//   - a client that has disconnected is distinguished from a context that a middleware cancelled;
//   - hooks get c as it is here, so a middleware that wraps echo.Context belongs outside;
//   - with Debug or technical viewers, the technical page shows the request's log lines (see [debugview.LogHandler]),
//     the part of its body that the handler had read, and how long it took;
//   - with Config.BareStatuses, an error status without a body gets a page.
//
// Of several, the outermost counts. It belongs first, or right after the middleware that wraps the context. Each request costs a
// few hundred nanoseconds; everything else works without it.
func (r *Responder) Middleware() echo.MiddlewareFunc {
	capture := r.cfg.Debug || r.gate != nil
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			s := stateOf(c)
			if s.Writer != nil {
				return next(c) // installed twice
			}
			res := c.Response()
			s.wrapped, s.Original, s.Start = c, c.Request(), time.Now()
			// Below a time limit c may serve another request when the handler returns: then it is too late to give a page to a bare status.
			hold := r.cfg.BareStatuses && c.Request().Method != http.MethodHead && request.TimeoutWriter(res.Writer) == nil
			s.Writer = request.Track(res.Writer, s, hold)
			res.Writer = s.Writer
			if capture {
				c.SetRequest(trail.Attach(c.Request()))
			}
			err := next(c)
			s.MiddlewareReturned()
			if status := s.Writer.TakeBareStatus(res.Size); status != 0 {
				// Middlewares within may have left a Response or a writer of their own.
				c.SetResponse(res)
				res.Writer = s.Writer
				r.answerBare(c, s, status, err)
			}
			if err == nil && capture {
				trail.Detach(c.Request().Context()) // of a failure, HandleError does it when the page is made
			}
			return err
		}
	}
}

// answerBare gives a page to a response that consists of a status, which the tracking writer has held back. If the handler returned
// an error after all, that is answered here: the middlewares outside see a response that is committed, and leave it alone.
func (r *Responder) answerBare(c echo.Context, s *requestState, status int, err error) {
	res := c.Response()
	res.Committed = false
	if err == nil {
		err = httperrors.New(status, "").WithReport(false) // the application sent it on purpose
		skip := false
		if panicked := guard.Call(func() { skip = (&conn{responder: r, echo: c, state: s}).Skip(err) }); panicked == nil && skip {
			res.WriteHeader(status) // Next knows of no error
			return
		}
	}
	r.HandleError(err, c)
	if !res.Committed && !s.Writer.Begun() {
		res.WriteHeader(status) // Next has not answered
	}
}

// AnswerHere returns a middleware that answers the errors of everything inside it where it stands, with r, whatever
// Echo.HTTPErrorHandler is. The middlewares outside get the error, as an *echo.HTTPError with the status that was sent, which
// loggers and metrics understand, and with the error itself as Internal. If Echo's error handler is a Responder too, it does not
// answer the error a second time. A panic is answered with r too, when a Recover outside has recovered it.
//
// It has two uses. A group of routes gets a configuration of its own: api.Use(apiErrors.AnswerHere()). And a middleware that must
// see the finished response, such as http.TimeoutHandler or one that caches, does when AnswerHere stands inside it.
//
// Inside an http.TimeoutHandler, also that of echo's middleware.Timeout, AnswerHere recovers panics itself, and hooks get an
// echo.Context made for this request, which is not of the application's own type. The error of a handler that takes longer than it
// may is logged and reported, and neither written nor returned: Echo may have given its echo.Context to another request by then.
// So AnswerHere belongs right inside the time limit: a middleware in between that calls c.Error itself, or one that
// hides the writer of the TimeoutHandler by a type without an Unwrap method, can still write to that other request.
func (r *Responder) AnswerHere() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		safe := Recover()(next)
		return func(c echo.Context) error {
			s := stateOf(c)
			if request.TimeoutWriter(c.Response()) != nil {
				return r.runWithinTimeout(c, s, safe)
			}
			panicked := true
			leave := s.EnterAnswerHere(r)
			defer func() { leave(panicked) }()
			err := next(c)
			if err != nil {
				r.HandleError(err, c)
				err = answeredError(err, c.Response().Status)
			}
			panicked = false
			return err
		}
	}
}

// answeredError is err for the middlewares outside: one that reads a status from it reads the one that was sent.
func answeredError(err error, status int) error {
	he, ok := errtree.Find[*echo.HTTPError](err)
	if ok && he.Code == status || status < 300 {
		return err
	}
	return &echo.HTTPError{Code: status, Message: http.StatusText(status), Internal: err}
}
