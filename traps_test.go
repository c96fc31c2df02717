package exceptional_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// TestTraps: Echo's traps, by the numbers of our notes, where no other test has them: T1 is TestCustomContextReachesHooks,
// T6 TestSharedErrorsAreNotChanged, T7 and T9 TestStatus, T10 to T12 TestOnce, T14 TestResponseThatHasBegun, T15 TestHere,
// T16 TestStaleHeaders, T17 TestAllowIsAlwaysPresent, T20 TestGroupThatTurns405Into404.
func TestTraps(t *testing.T) {
	t.Run("T1 every hook gets the application's context, or is contained", func(t *testing.T) {
		for _, with := range []bool{true, false} {
			seen := map[string]string{}
			a := newApp(t, exceptional.Config{
				Skipper: func(_ error, c echo.Context) bool {
					seen["Skipper"] = c.(*myContext).tenant
					return c.Path() == "/next"
				},
				Renderer: renderFunc(func(w io.Writer, _ string, _ any, c echo.Context) error {
					seen["Renderer"] = c.(*myContext).tenant
					_, err := io.WriteString(w, "page")
					return err
				}),
			})
			a.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error { return next(&myContext{c, "acme"}) }
			})
			if with {
				a.Use(a.responder.Middleware())
			}
			a.fails("/", errors.New("x"))
			if res := a.get("/", "Accept", browser); res.StatusCode != 500 || body(t, res) == "" {
				t.Errorf("Middleware %v: %d", with, res.StatusCode)
			}
			if with && (seen["Skipper"] != "acme" || seen["Renderer"] != "acme") {
				t.Errorf("%v", seen)
			}
		}
	})
	t.Run("T3 what middleware set before stays", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.Use(middleware.CORS(), middleware.Secure(), middleware.RequestID(), middleware.Gzip())
		a.fails("/", errors.New("x"))
		res := a.get("/", "Origin", "https://example.com", "Accept-Encoding", "gzip", "Accept", api)
		for _, name := range []string{"Access-Control-Allow-Origin", "X-Frame-Options", "X-Request-Id"} {
			if res.Header.Get(name) == "" {
				t.Errorf("%s is gone", name)
			}
		}
		contains(t, strings.Join(res.Header.Values("Vary"), ", "), "Origin", "Accept-Encoding", "Accept")
	})
	t.Run("T4 before the router there is no path", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.Pre(func(echo.HandlerFunc) echo.HandlerFunc { return func(echo.Context) error { return errors.New("x") } })
		if res := a.get("/"); res.StatusCode != 500 {
			t.Errorf("%d", res.StatusCode)
		}
		if r := a.logs.records(t); len(r) != 1 || r[0]["route"] != nil {
			t.Errorf("%v", r)
		}
	})
	t.Run("T5 the router's 404 goes through the middlewares", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.Use(a.responder.Middleware(), twice)
		if res := a.get("/nowhere", "Accept", api); res.StatusCode != 404 || strings.Count(body(t, res), "status") != 1 {
			t.Errorf("%d", res.StatusCode)
		}
	})
	t.Run("T8 no error is no answer", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.GET("/", func(c echo.Context) error { c.Error(nil); c.Error(nil); return httperrors.Conflict("x") })
		if res := a.get("/"); res.StatusCode != 409 {
			t.Errorf("%d", res.StatusCode)
		}
	})
	t.Run("T13 a rewritten error is what it was", func(t *testing.T) {
		w := new(witness)
		a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}})
		a.Use(rewraps)
		a.fails("/", httperrors.NotFound("No such order."))
		if res := a.get("/", "Accept", api); res.StatusCode != 404 {
			t.Errorf("%d", res.StatusCode)
		}
		if n := len(w.told(t, a.responder)); n != 0 {
			t.Errorf("%d reports of a 404", n)
		}
	})
}
