package exceptional_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

//go:noinline
func level3(m map[string]int) { m["a"] = 1 }

//go:noinline
func level2() { level3(nil) }

//go:noinline
func level1() { level2() }

func stockRecover() echo.MiddlewareFunc {
	return middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true})
}

// TestPanics: with each kind of Recover a panic is a 500 with its stack, once.
func TestPanics(t *testing.T) {
	panics := map[string]struct {
		f      func()
		status int
	}{
		"runtime error":            {level1, 500},
		"string":                   {func() { panic("secret") }, 500},
		"error":                    {func() { panic(errors.New("secret")) }, 500},
		"nil":                      {func() { panic(nil) }, 500},
		"uncomparable map":         {func() { panic(map[string]int{"secret": 1}) }, 500},
		"value that cannot print":  {func() { panic(&hostile{"Error panics"}) }, 500},
		"Echo's error":             {func() { panic(echo.NewHTTPError(418, "Teapot.")) }, 418},
		"own error":                {func() { panic(httperrors.Conflict("Changed meanwhile.")) }, 409},
		"an error of the table":    {func() { panic(fmt.Errorf("secret: %w", sql.ErrNoRows)) }, 500},
		"raised again":             {func() { defer func() { panic(recover()) }(); level1() }, 500},
		"another in a deferred f.": {func() { defer func() { panic("second") }(); level1() }, 500},
	}
	recovers := map[string][]echo.MiddlewareFunc{
		"ours":             {exceptional.Recover()},
		"Echo's":           {stockRecover()},
		"ours in Echo's":   {stockRecover(), exceptional.Recover()},
		"Echo's in ours":   {exceptional.Recover(), stockRecover()},
		"ours, called c.E": {twice, exceptional.Recover()},
		"returns":          {middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true, DisableErrorHandler: true})},
	}
	for how, mw := range recovers {
		for what, p := range panics {
			t.Run(how+"/"+what, func(t *testing.T) {
				w := new(witness)
				a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}})
				a.Use(mw...)
				a.GET("/", func(echo.Context) error { p.f(); return nil })
				res := a.get("/", "Accept", api)
				status := p.status
				if how == "returns" && what == "an error of the table" {
					status = 404 // nothing tells it from an error that was returned
				}
				if res.StatusCode != status {
					t.Errorf("status %d, want %d", res.StatusCode, status)
				}
				if status < 500 {
					return // a way to return an error, not a crash
				}
				lacks(t, body(t, res), "secret", "runtime error", "second")
				if n := len(a.logs.records(t)); n != 1 {
					t.Errorf("%d log records:\n%s", n, a.logs.text())
				}
				seen := w.reports(t, a.responder)
				if how == "returns" {
					return // Echo has thrown the stack away, so that a panic looks like an error
				}
				if len(seen) != 1 || !seen[0].Panic {
					t.Fatalf("reports: %d", len(seen))
				}
				f, _ := runtime.CallersFrames(seen[0].Stack[:1]).Next()
				if what == "runtime error" && !strings.HasSuffix(f.Function, ".level3") {
					t.Errorf("the stack begins at %s", f.Function)
				}
				if strings.HasPrefix(f.Function, "runtime.") || strings.Contains(f.File, "middleware/recover.go") {
					t.Errorf("the stack begins at %s", f.Function)
				}
			})
		}
	}
}

func TestAbortHandlerPasses(t *testing.T) {
	for name, value := range map[string]any{
		"bare":    http.ErrAbortHandler,
		"wrapped": fmt.Errorf("upstream: %w", http.ErrAbortHandler),
	} {
		t.Run(name, func(t *testing.T) {
			a := newApp(t, exceptional.Config{})
			a.Use(stockRecover(), exceptional.Recover())
			a.GET("/", func(echo.Context) error { panic(value) })
			defer func() {
				if r := recover(); r != http.ErrAbortHandler {
					t.Errorf("recovered %v", r)
				}
				if n := len(a.logs.records(t)); n != 0 {
					t.Errorf("%d log records", n)
				}
			}()
			a.get("/")
		})
	}
}

func TestGoexitIsLeftAlone(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(exceptional.Recover())
	a.GET("/", func(echo.Context) error { runtime.Goexit(); return nil })
	done := make(chan struct{})
	rec := httptest.NewRecorder()
	go func() {
		defer close(done)
		a.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	}()
	<-done
	if rec.Body.Len() != 0 || len(a.logs.records(t)) != 0 {
		t.Errorf("Goexit was answered: %q", rec.Body)
	}
}

// A panic of a template, a hook or a reporter goes no further.
func TestOurOwnFailuresAreContained(t *testing.T) {
	boom := func() { panic("boom") }
	a := newApp(t, exceptional.Config{
		User:      func(echo.Context) (exceptional.User, error) { boom(); return exceptional.User{}, nil },
		Viewers:   members,
		Reporters: []report.Reporter{panicking{}},
	})
	a.fails("/", httperrors.New(503, "").WithAugment(func(http.ResponseWriter) { boom() }))
	res := a.get("/", "Accept", browser)
	if res.StatusCode != 503 {
		t.Errorf("status %d", res.StatusCode)
	}
	contains(t, body(t, res), "<!doctype html>")
	contains(t, a.logs.text(), "boom")
}

// A status that net/http refuses has not been sent.
func TestStatusThatCannotBeSent(t *testing.T) {
	for _, with := range []bool{false, true} {
		for _, bare := range []bool{false, true} {
			a := newApp(t, exceptional.Config{BareStatuses: bare})
			if with {
				a.Use(a.responder.Middleware())
			}
			a.Use(exceptional.Recover())
			a.GET("/", func(c echo.Context) error { return c.NoContent(1000) })
			if status, text, err := outcome(t, a, "GET"); status != 500 || text == "" || err != nil {
				t.Errorf("Middleware %t, BareStatuses %t: %d %q %v", with, bare, status, text, err)
			}
		}
	}
}

func TestHookBeforeTheHeadersPanics(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.GET("/", func(c echo.Context) error {
		c.Response().Before(func() { panic("session store is down") })
		return httperrors.NotFound("No such order.")
	})
	res := a.get("/")
	if res.StatusCode != 404 || body(t, res) == "" {
		t.Errorf("status %d", res.StatusCode)
	}
	contains(t, a.logs.text(), "session store is down")
}
