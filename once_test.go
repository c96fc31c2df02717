package exceptional_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// TestOnce stacks everything that calls the handler more than once: one response, one record, one report.
func TestOnce(t *testing.T) {
	bodyDump := middleware.BodyDump(func(echo.Context, []byte, []byte) {})
	requestLogger := middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
		HandleError: true, LogStatus: true,
		LogValuesFunc: func(echo.Context, middleware.RequestLoggerValues) error { return nil },
	})
	//lint:ignore SA1019 applications use it still
	logger := middleware.LoggerWithConfig(middleware.LoggerConfig{Output: new(strings.Builder)})
	quiet := stockRecover()
	stacks := map[string][]echo.MiddlewareFunc{
		"nothing":                        nil,
		"twice":                          {twice},
		"three times":                    {twice, twice, twice},
		"rewrapped":                      {rewraps},
		"rewrapped between":              {twice, rewraps, twice},
		"RequestLogger":                  {requestLogger},
		"BodyDump":                       {bodyDump},
		"RequestLogger, BodyDump":        {requestLogger, bodyDump},
		"BodyDump, RequestLogger":        {bodyDump, requestLogger},
		"Logger":                         {logger},
		"Logger, Recover, RequestLogger": {logger, quiet, requestLogger},
		"Gzip in a logger":               {requestLogger, middleware.Gzip()},
		"a logger in Gzip":               {middleware.Gzip(), requestLogger},
		"ContextTimeout":                 {twice, middleware.ContextTimeout(time.Minute), twice},
		"ours":                           {exceptional.Recover(), twice},
	}
	failures := map[string]struct {
		f      func(echo.Context) error
		status int
	}{
		"plain error":       {func(echo.Context) error { return errors.New("x") }, 500},
		"own error":         {func(echo.Context) error { return httperrors.New(503, "Later.") }, 503},
		"uncomparable":      {func(echo.Context) error { return uncomparable{[]string{"a"}} }, 500},
		"deadline":          {func(echo.Context) error { return fmt.Errorf("x: %w", context.DeadlineExceeded) }, 504},
		"shared sentinel":   {func(echo.Context) error { return echo.ErrInternalServerError }, 500},
		"joined":            {func(echo.Context) error { return errors.Join(errors.New("a"), errors.New("b")) }, 500},
		"own, already sent": {func(c echo.Context) error { err := errors.New("x"); c.Error(err); return err }, 500},
	}
	for stackName, stack := range stacks {
		for failureName, f := range failures {
			for _, with := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/Middleware=%v", stackName, failureName, with), func(t *testing.T) {
					w := new(witness)
					a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}})
					if with {
						a.Use(a.responder.Middleware())
					}
					a.Use(stack...)
					a.GET("/", f.f)
					res := a.get("/", "Accept", api)
					status := f.status
					if failureName == "deadline" && stackName == "ContextTimeout" {
						status = 504 // the inner call answers before ContextTimeout makes it a 503
					}
					if res.StatusCode != status {
						t.Errorf("status %d, want %d", res.StatusCode, status)
					}
					if got := strings.Count(body(t, res), `"status"`); got != 1 {
						t.Errorf("%d documents in the body", got)
					}
					if n := len(a.logs.records(t)); n != 1 {
						t.Errorf("%d log records, want 1:\n%s", n, a.logs.text())
					}
					if n := len(w.reports(t, a.responder)); n != 1 {
						t.Errorf("%d reports, want 1", n)
					}
				})
			}
		}
	}
}

func TestDifferentErrorAfterCommitIsReported(t *testing.T) {
	w := new(witness)
	a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}})
	first, second := errors.New("first"), errors.New("second")
	a.GET("/", func(c echo.Context) error {
		c.Error(first)
		return second
	})
	a.GET("/late", func(c echo.Context) error {
		_ = c.String(200, "half a ")
		return second
	})
	res := a.get("/", "Accept", api)
	if res.StatusCode != 500 || strings.Count(body(t, res), `"status"`) != 1 {
		t.Errorf("status %d", res.StatusCode)
	}
	res = a.get("/late")
	if got := body(t, res); res.StatusCode != 200 || got != "half a " {
		t.Errorf("a committed response was changed: %d %q", res.StatusCode, got)
	}
	seen := w.reports(t, a.responder)
	if len(seen) != 3 || len(a.logs.records(t)) != 3 {
		t.Fatalf("%d reports and %d records, want 3 each", len(seen), len(a.logs.records(t)))
	}
	for i, want := range []struct {
		err    error
		late   bool
		status int
	}{{first, false, 500}, {second, true, 500}, {second, true, 200}} {
		if f := seen[i]; f.Err != want.err || f.AfterCommit != want.late || f.Status != want.status {
			t.Errorf("report %d: %v after commit %v status %d", i, f.Err, f.AfterCommit, f.Status)
		}
	}
}

// A stream may fail in every round; what one request remembers is bounded.
func TestManyErrorsOnOneRequest(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.GET("/", func(c echo.Context) error {
		for i := range 1000 {
			c.Error(fmt.Errorf("error %d", i))
		}
		return nil
	})
	if res := a.get("/"); res.StatusCode != 500 {
		t.Errorf("status %d", res.StatusCode)
	}
}

// A wrapper around our handler may call it as it likes.
func TestHandlerWrapped(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	inner := a.HTTPErrorHandler
	a.HTTPErrorHandler = func(err error, c echo.Context) {
		inner(err, c)
		inner(fmt.Errorf("again: %w", err), c)
	}
	a.fails("/", errors.New("x"))
	if res := a.get("/"); res.StatusCode != 500 {
		t.Errorf("status %d", res.StatusCode)
	}
	if n := len(a.logs.records(t)); n != 1 {
		t.Errorf("%d records", n)
	}
}

func TestRequestsDoNotInfluenceEachOther(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	shared := errors.New("shared")
	a.Use(twice)
	a.fails("/", shared)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if res := a.get("/"); res.StatusCode != 500 {
					t.Errorf("status %d", res.StatusCode)
				}
			}
		})
	}
	wg.Wait()
	n := 0
	for _, r := range a.logs.records(t) {
		n++
		if d, ok := r["dropped"].(float64); ok {
			n += int(d)
		}
	}
	if n > 400 {
		t.Errorf("%d records for 400 requests", n)
	}
}

// A failure that a Pre middleware has answered stays answered when the router has run.
func TestAnsweredBeforeTheRouter(t *testing.T) {
	first := errors.New("first")
	for name, cfg := range map[string]exceptional.Config{
		"plain":   {},
		"Skipper": {Skipper: func(err error, _ echo.Context) bool { return !errors.Is(err, first) }},
		"skipped": {Skipper: func(err error, _ echo.Context) bool { return errors.Is(err, first) }},
	} {
		a := newApp(t, cfg)
		handled := 0
		a.Pre(func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				c.Error(first)
				if err := next(c); err != nil {
					return err
				}
				return first
			}
		}, twice)
		a.GET("/", func(c echo.Context) error { handled++; return nil })
		a.fails("/again", fmt.Errorf("wrapped: %w", first))
		a.fails("/other", errors.New("second"))
		for path, want := range map[string]int{"/": 1, "/again": 1, "/other": 2} {
			a.logs.buf.Reset()
			res := a.get(path, "Accept", api)
			if res.StatusCode != 500 || strings.Count(body(t, res), "Internal Server Error") != 1 {
				t.Errorf("%s, %s: %d", name, path, res.StatusCode)
			}
			switch n := len(a.logs.records(t)); {
			case name == "skipped" && n != want-1, name == "plain" && n != want, name == "Skipper" && n != 1:
				t.Errorf("%s, %s: %d records\n%s", name, path, n, a.logs.text())
			}
		}
		if handled != 1 {
			t.Errorf("%s: the route's handler ran %d times", name, handled)
		}
	}
}

// copied is what a hook makes of its context for a job that outlives the request: another context with the same handler.
func copied(c echo.Context) (echo.Context, *httptest.ResponseRecorder) {
	rec := httptest.NewRecorder()
	other := c.Echo().NewContext(c.Request().Clone(c.Request().Context()), rec)
	other.SetPath(c.Path())
	other.SetHandler(c.Handler())
	return other, rec
}

// A copy of a failing request's context leads to that request's handler and to no other request's, whenever it is used.
func TestCopiedContext(t *testing.T) {
	for _, path := range []string{"/a", "/nowhere"} {
		t.Run(path, func(t *testing.T) {
			a := newApp(t, exceptional.Config{})
			var job echo.Context
			var wrote *httptest.ResponseRecorder
			late := errors.New("the job failed")
			during := func(echo.Context) {}
			a.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					c.Response().Before(func() {
						if job == nil {
							job, wrote = copied(c)
						} else {
							during(c)
						}
					})
					return next(c)
				}
			})
			a.fails("/a", errors.New("a"))
			a.fails("/x", httperrors.NotFound("Of x."))
			a.fails("/y", httperrors.NotFound("Of y."))

			a.get(path)
			before := len(a.logs.records(t))
			run := func() {
				if err := job.Handler()(job); err == nil || err.Error() == "404 Not Found: Of x." {
					t.Errorf("the copy's handler returned %v", err)
				}
			}
			run()
			during = func(echo.Context) {
				during = func(echo.Context) {}
				run()
				a.responder.HandleError(late, job)
				contains(t, body(t, a.get("/y", "Accept", api)), "Of y.")
			}
			contains(t, body(t, a.get("/x", "Accept", api)), "Of x.")
			if wrote.Code != 500 {
				t.Errorf("the copy was answered with %d", wrote.Code)
			}
			records := a.logs.records(t)[before:]
			if len(records) != 3 {
				t.Fatalf("%d records: %v", len(records), records)
			}
			for _, r := range records {
				if r["error"] == late.Error() && r["path"] != path {
					t.Errorf("the copy's failure was logged for %v", r["path"])
				}
			}
			contains(t, body(t, a.get("/y", "Accept", api)), "Of y.")
		})
	}
}

// An error that a hook raised while a failure was answered is logged once, also if the request fails again.
func TestFailureOfHookIsLoggedOnce(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.GET("/", func(c echo.Context) error {
		c.Response().Before(func() { c.Error(errors.New("the hook's")) })
		c.Error(errors.New("first"))
		return errors.New("second")
	})
	a.get("/")
	logged := map[any]int{}
	for _, r := range a.logs.records(t) {
		logged[r["error"]]++
	}
	if len(logged) != 3 || logged["first"] != 1 || logged["the hook's"] != 1 || logged["second"] != 1 {
		t.Errorf("logged %v", logged)
	}
}

// A Skipper that answers by c.Error and then says that the error is ours has had it answered.
func TestSkipperThatCallsError(t *testing.T) {
	a := newApp(t, exceptional.Config{Skipper: func(err error, c echo.Context) bool { c.Error(err); return false }})
	a.fails("/", httperrors.NotFound("No such order."))
	res := a.get("/", "Accept", api)
	if n := len(a.logs.records(t)); n != 1 || res.StatusCode != http.StatusNotFound {
		t.Errorf("%d, logged %d times", res.StatusCode, n)
	}
}

// A middleware that lends its context another Response and takes it back does not make another request of it.
func TestResponseIsReplacedForAWhile(t *testing.T) {
	for name, cfg := range map[string]exceptional.Config{
		"":          {},
		", Skipper": {Skipper: func(error, echo.Context) bool { return false }},
	} {
		a := newApp(t, cfg)
		a.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				own := c.Response()
				c.SetResponse(echo.NewResponse(own.Writer, c.Echo()))
				err := next(c)
				c.Error(err)
				c.SetResponse(own)
				return err
			}
		})
		a.fails("/", httperrors.NotFound("No such order."))
		if res := a.get("/", "Accept", api); res.StatusCode != 404 || len(a.logs.records(t)) != 1 {
			t.Errorf("a Response for a while%s: %d, logged %d times, %s", name, res.StatusCode, len(a.logs.records(t)), body(t, res))
		}
	}
}
