package exceptional

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

// entry is the request as it came in, before any middleware changed it.
type entry struct {
	request *http.Request
	at      time.Time
}

// Middleware returns a middleware with which HandleError knows more:
//
//   - a response that has been flushed, written past Echo's Response, or hijacked is left alone;
//   - a client that has gone is told from a context that a middleware cancelled;
//   - hooks get c as it is here, so a middleware that wraps echo.Context belongs outside;
//   - with Debug or technical viewers, the technical page shows the request's log lines (see [debugview.LogHandler]),
//     the part of its body that the handler had read, and how long it took;
//   - with Config.BareStatuses, an error status without a body gets a page.
//
// It belongs first, or right after what wraps the context. Each request costs a few hundred nanoseconds; without it all
// else works.
func (r *Responder) Middleware() echo.MiddlewareFunc {
	capture := r.cfg.Debug || r.gate != nil
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			s := requestOf(c)
			if s.known().writer != nil {
				return next(c) // installed twice
			}
			if s == nil {
				s = new(request)
			}
			res := c.Response()
			known := s.own()
			known.context, known.entry = c, entry{c.Request(), time.Now()}
			res.Writer, known.writer = track(res.Writer, r.cfg.BareStatuses && c.Request().Method != http.MethodHead)
			store(c, s)
			if capture {
				c.SetRequest(trail.Attach(c.Request()))
			}
			err := next(c)
			if held := known.writer.held; held != 0 {
				r.answerBare(c, known.writer, held, err)
			}
			if err == nil && capture {
				trail.Detach(c.Request().Context()) // of a failure, HandleError does it when the page is made
			}
			return err
		}
	}
}

// answerBare gives a page to a response of which a bare status has been held back. If the handler returned an error after all,
// that is what is answered, and here: the middlewares outside see a response that is committed, and leave it alone.
func (r *Responder) answerBare(c echo.Context, t *tracker, status int, err error) {
	res := c.Response()
	t.held, t.hold, res.Committed = 0, false, false // nobody has seen it
	if err == nil {
		err = bareStatus(status)
		if r.cfg.Skipper != nil {
			if skip, _ := r.skips(err, hookContext(c)); skip {
				res.WriteHeader(status) // there is no error that Next could know
				return
			}
		}
	}
	r.HandleError(err, c)
	if !res.Committed && t.status == 0 && !t.hijacked {
		res.WriteHeader(status) // a Next to which it was left has done nothing
	}
}

// bareStatus is the error for a response that consists of a status alone. Whoever sent it knew what it was doing, so it has
// no stack.
func bareStatus(status int) error {
	return httperrors.New(status, "").WithReport(false)
}

// Here returns a middleware that answers the errors of everything inside it where it stands, with r, whatever
// Echo.HTTPErrorHandler is. The error goes on to the middlewares outside, so that they can log it; Echo's handler does not
// answer it again if it is a Responder's. A panic is answered with r as well, by whichever Recover it meets outside.
//
// It has two uses. A group of routes gets a configuration of its own: api.Use(apiErrors.Here()). And a middleware that must
// see the finished response, such as http.TimeoutHandler or one that caches, does when Here stands inside it.
func (r *Responder) Here() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			s := requestOf(c)
			if s == nil {
				s = new(request)
				store(c, s) // the handler has not run yet: nothing may stand in its place
			}
			known := s.own()
			outer, returned := known.responder, false
			known.responder, known.fell = r, nil
			defer func() {
				known.responder = outer
				if !returned && known.fell == nil {
					known.fell = r
				}
			}()
			err := next(c)
			if err != nil {
				r.HandleError(err, c)
			}
			returned = true
			return err
		}
	}
}

// here returns the Responder of the Here that err comes from, and nil if it comes from outside of all.
func (s *request) here(err error) *Responder {
	known := s.known()
	if known.fell != nil && (stack.Find(err) != nil || stack.Live(err, isServeHTTP) != nil) {
		return known.fell
	}
	return known.responder
}
