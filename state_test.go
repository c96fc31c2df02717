package exceptional_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

// copied is what a hook makes of its context for a job that outlives the request: another context with the same handler.
func copied(c echo.Context) (echo.Context, *httptest.ResponseRecorder) {
	rec := httptest.NewRecorder()
	other := c.Echo().NewContext(c.Request().Clone(c.Request().Context()), rec)
	other.SetPath(c.Path())
	other.SetHandler(c.Handler())
	return other, rec
}

// A copy of a failing request's context leads to that request's handler and to no other request's, whenever it is used. The
// state behind it is used again for other requests; one processor makes sure that it is the same one.
func TestCopiedContext(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
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

// What a hook raised while a failure was answered is told once, also if the request fails again.
func TestNestedFailureIsToldOnce(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.GET("/", func(c echo.Context) error {
		c.Response().Before(func() { c.Error(errors.New("the hook's")) })
		c.Error(errors.New("first"))
		return errors.New("second")
	})
	a.get("/")
	told := map[any]int{}
	for _, r := range a.logs.records(t) {
		told[r["error"]]++
	}
	if len(told) != 3 || told["first"] != 1 || told["the hook's"] != 1 || told["second"] != 1 {
		t.Errorf("told of %v", told)
	}
}

// A Skipper that answers by c.Error and then says that the error is ours has had it answered.
func TestSkipperThatCallsError(t *testing.T) {
	a := newApp(t, exceptional.Config{Skipper: func(err error, c echo.Context) bool { c.Error(err); return false }})
	a.fails("/", httperrors.NotFound("No such order."))
	res := a.get("/", "Accept", api)
	if n := len(a.logs.records(t)); n != 1 || res.StatusCode != http.StatusNotFound {
		t.Errorf("%d, told %d times", res.StatusCode, n)
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
			t.Errorf("a Response for a while%s: %d, told %d times, %s", name, res.StatusCode, len(a.logs.records(t)), body(t, res))
		}
	}
}
