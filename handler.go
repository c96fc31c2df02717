// Package exceptional replaces Echo's HTTPErrorHandler: a correct answer for every error and panic, and a page that shows
// what broke, in production, to those who may see it.
//
//	e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{})
//
// That one line answers in the form that the client asked for: a styled page for people, a problem document (RFC 9457) for
// programs, text for terminals. It takes Echo's errors, errors of package httperrors, and any other error. It never fails,
// never answers twice, and never shows a client what was not meant for it.
//
// With User and Viewers set, members of the group "Technical Errors" who are also superusers see the error's tree, its
// stack with source, the request and its log where every other client sees the styled page: no identity, no
// group, a database that is down, a time-out or a panic on the way to the answer all mean the public page.
//
// # Middleware that goes with it
//
// [Recover] turns panics into errors with their stack. Echo's middleware.Recover works as well.
//
// [Responder.Middleware] is for applications that want more than the handler alone can know: responses that have been
// flushed or hijacked, clients that have disconnected, the request's log lines and body on the technical page, an echo.Context of
// their own in the hooks.
//
// [Responder.AnswerHere] answers the errors of a group of routes with a configuration of its own, or inside a middleware that must
// see the finished response.
//
// # What to know about other middleware
//
//   - A middleware that reads c.Response().Status after calling next sees 200 for a returned error, because it has not been
//     answered yet (labstack/echo#2015). Use one that looks at the error, as RequestLogger does, or [Responder.AnswerHere].
//   - echo.WrapMiddleware around http.TimeoutHandler sends its buffer before Echo calls the error handler: put AnswerHere inside
//     it. Echo's own middleware.Timeout needs nothing.
//   - An echo.Context that a middleware wrapped is not the one that Echo hands to the error handler (labstack/echo#1545). With
//     Responder.Middleware inside that middleware, hooks get the wrapper; without it, c.(*MyContext) panics in a hook. The
//     panic is contained and logged.
//   - A group with middleware answers a wrong method with 404 in Echo v4 (labstack/echo#1981); see Config.KeepGroup404.
//
// # The packages
//
// Package httperrors has the errors that speak HTTP, and renderer, debugview and report the types that their parts of the Config
// need; groupcache is a Viewers for several replicas. To read the code, begin with HandleError in this package, which is the Echo side
// of internal/request (a failure is answered once) and internal/engine (the five steps from an error to a response).
package exceptional

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/internal/engine"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/internal/reporting"
	"github.com/exceptional-go/exceptional/internal/stack"
)

// Handler returns an error handler for this configuration. It panics if New reports an error, as template.Must does, with
// the same text. Use New for Middleware, AnswerHere, Gallery or Problems, or if there are reporters to close.
func Handler(cfg Config) echo.HTTPErrorHandler {
	r, err := New(cfg)
	if err != nil {
		panic(err)
	}
	return r.HandleError
}

// A Responder answers failed requests. New makes one; the zero Responder is not usable. It is safe for concurrent use, must
// not be copied, and needs no Close unless it has reporters.
type Responder struct {
	cfg      Config
	engine   *engine.Engine
	renderer *pages.Renderer
	pipeline *reporting.Pipeline
	gate     *engine.Gate
}

// HandleError answers err on c, unless that has been done already: middleware such as RequestLogger calls c.Error and
// returns the error as well. A nil err does nothing. An error that comes after its response has begun is logged and reported and
// changes nothing about the response. HandleError does not change err and keeps nothing of c.
//
// It panics with [http.ErrAbortHandler], which makes net/http cut the connection, if err is that error, if Config.Next panics with
// it, or if Config.AbortIncomplete is set and the response is incomplete. It never panics otherwise.
func (r *Responder) HandleError(err error, c echo.Context) {
	if err == nil {
		return // RateLimiter calls c.Error(nil) when its DenyHandler has answered
	}
	s := stateOf(c)
	if here, ok := s.Responder(func() bool { return stack.Find(err) != nil || stack.Live(err, isServeHTTP) != nil }).(*Responder); ok {
		r = here
	}
	if s.Handle(err, &conn{responder: r, echo: c, state: s}) {
		panic(http.ErrAbortHandler)
	}
}
