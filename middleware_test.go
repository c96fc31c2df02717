package exceptional_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
)

func TestBareStatuses(t *testing.T) {
	a := newApp(t, exceptional.Config{BareStatuses: true})
	a.Use(a.responder.Middleware())
	a.GET("/bare", func(c echo.Context) error { return c.NoContent(404) })
	a.GET("/teapot", func(c echo.Context) error { return c.String(418, "on purpose") })
	a.GET("/empty", func(c echo.Context) error { return c.NoContent(204) })
	a.GET("/challenge", func(c echo.Context) error {
		c.Response().Header().Set("Www-Authenticate", "Basic")
		return c.NoContent(401)
	})
	a.GET("/bare-then-error", func(c echo.Context) error { _ = c.NoContent(404); return httperrors.Conflict("Changed meanwhile.") })
	a.GET("/streamed", func(c echo.Context) error {
		c.Response().WriteHeader(500)
		c.Response().Flush()
		return nil
	})
	for path, want := range map[string]struct {
		status int
		body   string
	}{
		"/bare": {404, "Not Found"}, "/teapot": {418, "on purpose"}, "/empty": {204, ""}, "/challenge": {401, "Unauthorized"},
		"/bare-then-error": {409, "Changed meanwhile."}, "/streamed": {500, ""},
	} {
		res := a.get(path, "Accept", api)
		b := body(t, res)
		if res.StatusCode != want.status || !strings.Contains(b, want.body) || (want.body == "") != (b == "") {
			t.Errorf("%s: %d %q", path, res.StatusCode, b)
		}
	}
	if got := a.get("/challenge").Header.Get("Www-Authenticate"); got != "Basic" {
		t.Errorf("challenge %q", got)
	}
}

type myContext struct {
	echo.Context
	tenant string
}

// Behind Middleware, hooks get the application's own context (labstack/echo#1545).
func TestCustomContextReachesHooks(t *testing.T) {
	tenant := ""
	a := newApp(t, exceptional.Config{
		User: func(c echo.Context) (exceptional.User, error) {
			tenant = c.(*myContext).tenant
			return exceptional.User{}, nil
		},
		Viewers: members,
	})
	a.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error { return next(&myContext{c, "acme"}) }
	}, a.responder.Middleware())
	a.fails("/", errors.New("x"))
	a.get("/", "Accept", browser)
	if tenant != "acme" {
		t.Errorf("tenant = %q", tenant)
	}
}

// AnswerHere gives a group a configuration of its own, and answers inside an http.TimeoutHandler.
func TestAnswerHere(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	text := newApp(t, exceptional.Config{Format: renderer.FormatText})
	a.Use(exceptional.Recover())
	g := a.Group("/text", text.responder.AnswerHere())
	g.GET("/error", func(echo.Context) error { return httperrors.NotFound("No such order.") })
	g.GET("/panic", func(echo.Context) error { level1(); return nil })
	a.fails("/other", httperrors.NotFound("No such order."))
	for path, want := range map[string]string{
		"/text/error": "text/plain", "/text/nowhere": "text/plain", "/text/panic": "text/plain", "/other": "text/html",
	} {
		if ct := a.get(path, "Accept", browser).Header.Get("Content-Type"); !strings.HasPrefix(ct, want) {
			t.Errorf("%s: %s, want %s", path, ct, want)
		}
	}
	if n := len(a.logs.records(t)) + len(text.logs.records(t)); n != 4 {
		t.Errorf("%d records for 4 failures", n)
	}

	b := newApp(t, exceptional.Config{})
	b.Use(echo.WrapMiddleware(func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Minute, "timeout") }), b.responder.AnswerHere())
	b.fails("/", httperrors.NotFound("No such order."))
	res := b.get("/", "Accept", api)
	if res.StatusCode != 404 || !strings.Contains(body(t, res), "No such order.") {
		t.Errorf("inside TimeoutHandler: %d", res.StatusCode)
	}
}

// Middleware and AnswerHere work in either order, and each of them twice.
func TestAnswerHereAndMiddleware(t *testing.T) {
	for name, order := range map[string]func(r *exceptional.Responder) []echo.MiddlewareFunc{
		"Middleware, AnswerHere": func(r *exceptional.Responder) []echo.MiddlewareFunc {
			return []echo.MiddlewareFunc{r.Middleware(), r.AnswerHere()}
		},
		"AnswerHere, Middleware": func(r *exceptional.Responder) []echo.MiddlewareFunc {
			return []echo.MiddlewareFunc{r.AnswerHere(), r.Middleware()}
		},
		"AnswerHere, Middleware, both again": func(r *exceptional.Responder) []echo.MiddlewareFunc {
			return []echo.MiddlewareFunc{r.AnswerHere(), r.Middleware(), r.AnswerHere(), r.Middleware()}
		},
	} {
		for _, pre := range []bool{false, true} {
			a := newApp(t, exceptional.Config{BareStatuses: true})
			if pre {
				a.Pre(order(a.responder)...)
			} else {
				a.Use(order(a.responder)...)
			}
			a.GET("/flushed", func(c echo.Context) error { c.Response().Flush(); return errors.New("x") })
			a.GET("/bare", func(c echo.Context) error { return c.NoContent(404) })
			a.fails("/fails", httperrors.Conflict("Changed meanwhile."))
			if res := a.get("/flushed"); res.StatusCode != 200 || body(t, res) != "" {
				t.Errorf("%s: an answer that had been flushed is %d", name, res.StatusCode)
			}
			if res := a.get("/bare"); res.StatusCode != 404 || body(t, res) == "" {
				t.Errorf("%s: a bare 404 is %d", name, res.StatusCode)
			}
			if res := a.get("/fails", "Accept", api); res.StatusCode != 409 || strings.Count(body(t, res), "Changed meanwhile.") != 1 {
				t.Errorf("%s: a 409 is %d", name, res.StatusCode)
			}
			if n := len(a.logs.records(t)); n != 3 {
				t.Errorf("%s: %d records", name, n)
			}
		}
	}
}

// A failure that the group's Skipper left to its Next has been answered: it is not logged outside, and Next is called once.
func TestAnswerHereAndNext(t *testing.T) {
	for name, next := range map[string]echo.HTTPErrorHandler{
		"Echo's":   nil,
		"careless": func(_ error, c echo.Context) { _ = c.String(503, "Next") },
	} {
		for _, pre := range []bool{false, true} {
			a := newApp(t, exceptional.Config{})
			calls := 0
			inner := newApp(t, exceptional.Config{Next: next, Skipper: func(error, echo.Context) bool { calls++; return true }})
			if pre {
				a.Pre(inner.responder.AnswerHere(), twice)
			} else {
				a.Use(inner.responder.AnswerHere(), twice)
			}
			a.fails("/", errors.New("none of ours"))
			res := a.get("/", "Accept", api)
			if got := body(t, res); res.StatusCode < 500 || strings.Count(got, "Next")+strings.Count(got, "Error") != 1 {
				t.Errorf("%s: %d %q", name, res.StatusCode, got)
			}
			if said := a.logs.text() + inner.logs.text(); said != "" || calls != 1 {
				t.Errorf("%s: Skipper was asked %d times; the log says %s", name, calls, said)
			}
		}
	}
	// A Next that does nothing has answered nothing.
	a := newApp(t, exceptional.Config{})
	inner := newApp(t, exceptional.Config{Next: func(error, echo.Context) {}, Skipper: func(error, echo.Context) bool { return true }})
	a.Use(inner.responder.AnswerHere())
	a.fails("/", errors.New("x"))
	if res := a.get("/"); res.StatusCode != 500 {
		t.Errorf("a Next that does nothing: %d", res.StatusCode)
	}
}

// A panic that leaves AnswerHere is answered by its responder, whichever middleware recovers it; another error is not.
func TestPanicsThroughAnswerHere(t *testing.T) {
	recovers := func(own error) echo.MiddlewareFunc {
		return func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) (err error) {
				defer func() {
					if recover() != nil {
						err = own
					}
				}()
				return next(c)
			}
		}
	}
	for name, tt := range map[string]struct {
		mw   []echo.MiddlewareFunc
		want string
	}{
		"our Recover":                    {[]echo.MiddlewareFunc{exceptional.Recover()}, "application/json"},
		"Echo's Recover":                 {[]echo.MiddlewareFunc{stockRecover()}, "application/json"},
		"an error of a middleware's own": {[]echo.MiddlewareFunc{recovers(httperrors.Conflict("of the outside"))}, "application/problem+json"},
		"an error after a panic": {[]echo.MiddlewareFunc{func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				_ = recovers(nil)(next)(c)
				return errors.New("of the outside")
			}
		}}, "application/problem+json"},
	} {
		a := newApp(t, exceptional.Config{})
		inner := newApp(t, exceptional.Config{EchoJSON: true})
		innermost := newApp(t, exceptional.Config{EchoJSON: true})
		a.Use(tt.mw...)
		g := a.Group("/g", inner.responder.AnswerHere(), innermost.responder.AnswerHere())
		g.GET("/", func(echo.Context) error { panic("x") })
		if ct := a.get("/g/", "Accept", api).Header.Get("Content-Type"); ct != tt.want {
			t.Errorf("%s: %s, want %s", name, ct, tt.want)
		}
		if n := len(a.logs.records(t)) + len(innermost.logs.records(t)); n != 1 || len(inner.logs.records(t)) != 0 {
			t.Errorf("%s: %d records", name, n)
		}
	}
}

// Middleware's writer is seen through: the length is known, also of a HEAD, for which net/http cannot count.
func TestLengthBehindMiddleware(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(a.responder.Middleware())
	a.fails("/", errors.New("x"))
	s := httptest.NewServer(a)
	defer s.Close()
	res, err := http.Head(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.ContentLength <= 0 {
		t.Errorf("Content-Length %d", res.ContentLength)
	}
}

// A status that was held back for a page is sent, whatever answers in the end: Echo takes it for sent, and would leave net/http to
// send a 200.
func TestBareStatusIsNeverLost(t *testing.T) {
	bare := func(c echo.Context) error { return c.NoContent(http.StatusForbidden) }
	barely := func(c echo.Context) error { _ = c.NoContent(http.StatusForbidden); return errors.New("audit failed") }
	silentNext := func(error, echo.Context) {}
	careful := func(next echo.HandlerFunc) echo.HandlerFunc { // answers nothing twice
		return func(c echo.Context) error {
			if err := next(c); err != nil && !c.Response().Committed {
				return err
			}
			return nil
		}
	}
	all := func(error, echo.Context) bool { return true }
	for _, tt := range []struct {
		name    string
		cfg     exceptional.Config
		outer   []echo.MiddlewareFunc
		foreign bool // Echo's own error handler
		handler echo.HandlerFunc
		want    int
	}{
		{"a page", exceptional.Config{}, nil, false, bare, 403},
		{"an error after it", exceptional.Config{}, nil, false, barely, 500},
		{"left to Echo's handler", exceptional.Config{Skipper: all}, nil, false, bare, 403},
		{"left to Echo's handler, an error after it", exceptional.Config{Skipper: all}, nil, false, barely, 500},
		{"left to a Next that does nothing", exceptional.Config{Skipper: all, Next: silentNext}, nil, false, bare, 403},
		{"left to a Next that does nothing, an error after it", exceptional.Config{Skipper: all, Next: silentNext}, nil, false, barely, 403},
		{"swallowed outside", exceptional.Config{}, []echo.MiddlewareFunc{careful}, false, barely, 500},
		{"another error handler", exceptional.Config{}, nil, true, bare, 403},
		{"another error handler, an error after it", exceptional.Config{}, nil, true, barely, 500},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.cfg.BareStatuses = true
			a := newApp(t, tt.cfg)
			if tt.foreign {
				a.HTTPErrorHandler = a.DefaultHTTPErrorHandler
			}
			a.Use(append(tt.outer, a.responder.Middleware())...)
			a.GET("/", tt.handler)
			if res := a.get("/"); res.StatusCode != tt.want {
				t.Errorf("status %d, want %d", res.StatusCode, tt.want)
			}
		})
	}
}
