package exceptional_test

import (
	"errors"
	"fmt"
	"net/http"
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

// timeouts are the ways to run a handler within a time limit by http.TimeoutHandler.
func timeouts(d time.Duration) map[string]echo.MiddlewareFunc {
	return map[string]echo.MiddlewareFunc{
		"http.TimeoutHandler": echo.WrapMiddleware(func(h http.Handler) http.Handler { return http.TimeoutHandler(h, d, "") }),
		//lint:ignore SA1019 most applications use it
		"echo's Timeout": middleware.TimeoutWithConfig(middleware.TimeoutConfig{Timeout: d}),
	}
}

// A handler that overruns its time limit and then fails must not write into the response of the request that Echo has given the
// context to.
func TestOverrunReachesNoOtherClient(t *testing.T) {
	if raceEnabled() {
		t.Skip("echo.WrapMiddleware and echo's Timeout use the echo.Context on two goroutines themselves")
	}
	for name, timeout := range timeouts(5 * time.Millisecond) {
		for _, with := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, Middleware %t", name, with), func(t *testing.T) {
				a := newApp(t, exceptional.Config{})
				if with {
					a.Use(a.responder.Middleware())
				}
				a.Use(exceptional.Recover())
				bobWaits, aliceFails := make(chan struct{}), make(chan struct{})
				a.GET("/alice", func(echo.Context) error {
					<-bobWaits
					defer func() { aliceFails <- struct{}{} }()
					return httperrors.Conflict("Order 7 of Alice is locked.")
				}, timeout, a.responder.AnswerHere())
				a.GET("/bob", func(c echo.Context) error {
					bobWaits <- struct{}{}
					<-aliceFails
					time.Sleep(2 * time.Millisecond) // Alice's error is answered
					return c.String(200, "for bob")
				})
				s := real(t, a)
				fetchText := func(path string) (int, string) {
					res, err := http.Get(s.URL + path)
					if err != nil {
						t.Error(err)
						return 0, ""
					}
					return res.StatusCode, body(t, res)
				}
				const rounds = 10
				for range rounds {
					if status, _ := fetchText("/alice"); status != 503 {
						t.Errorf("alice: %d", status)
					}
					if status, text := fetchText("/bob"); status != 200 || text != "for bob" {
						t.Fatalf("bob: %d %q", status, text)
					}
				}
				records := a.logs.records(t)
				for end := time.Now().Add(5 * time.Second); len(records) < rounds && time.Now().Before(end); records = a.logs.records(t) {
					time.Sleep(time.Millisecond)
				}
				if len(records) < rounds {
					t.Errorf("%d records", len(records))
				}
				for _, r := range records {
					if r["path"] != "/alice" {
						t.Errorf("logged for %v", r["path"])
					}
				}
			})
		}
	}
}

// An error below http.TimeoutHandler is answered with its own status and body, by AnswerHere, by c.Error, and after a part of an answer.
func TestErrorsWithinTimeout(t *testing.T) {
	failures := map[string]echo.HandlerFunc{
		"an error":          func(echo.Context) error { return httperrors.Conflict("Order 7 is locked.") },
		"c.Error, returned": func(c echo.Context) error { err := httperrors.Conflict("Order 7 is locked."); c.Error(err); return err },
		"a panic":           func(echo.Context) error { panic(httperrors.Conflict("Order 7 is locked.")) },
	}
	for name, timeout := range timeouts(time.Minute) {
		for failure, handler := range failures {
			for _, with := range []bool{false, true} {
				for _, here := range []bool{false, true} {
					if name == "http.TimeoutHandler" && !here {
						continue // it sends its buffer before Echo calls the error handler; that is what AnswerHere is for
					}
					t.Run(fmt.Sprintf("%s, %s, Middleware %t, AnswerHere %t", name, failure, with, here), func(t *testing.T) {
						w := new(witness)
						a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}})
						if with {
							a.Use(a.responder.Middleware())
						}
						a.Use(exceptional.Recover(), timeout)
						if here {
							a.Use(a.responder.AnswerHere())
						}
						a.GET("/", handler)
						status, text, err := outcome(t, a, "GET", "Accept", api)
						if status != 409 || strings.Count(text, "Order 7 is locked.") != 1 || err != nil {
							t.Errorf("%d %q %v", status, text, err)
						}
						if n := len(a.logs.records(t)); n != 1 {
							t.Errorf("logged %d times:\n%s", n, a.logs.text())
						}
					})
				}
			}
		}
	}
}

// The second answer to a failure whose first one was thrown away has the same reference, and the configuration of the group.
func TestAnswerThatWasThrownAway(t *testing.T) {
	for _, with := range []bool{false, true} {
		a := newApp(t, exceptional.Config{Reporters: []report.Reporter{new(witness)}})
		group := newApp(t, exceptional.Config{Reporters: []report.Reporter{new(witness)}})
		if with {
			a.Use(a.responder.Middleware())
		}
		a.Use(timeouts(time.Minute)["echo's Timeout"])
		a.Group("/g", group.responder.AnswerHere()).GET("/", func(echo.Context) error { return errors.New("boom") })
		res := fetch(t, real(t, a), http.MethodGet, api)
		if res.StatusCode != 404 {
			t.Fatal(res.StatusCode)
		}
		req, _ := http.NewRequest(http.MethodGet, real(t, a).URL+"/g/", nil)
		req.Header.Set("Accept", api)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		doc := problem(t, res)
		records := group.logs.records(t)
		if len(records) != 1 || doc["instance"] != "urn:exceptional:"+fmt.Sprint(records[0]["reference"]) {
			t.Errorf("Middleware %t: %v\n%s", with, doc, group.logs.text())
		}
	}
}

// A part of an answer that went into a buffer which was thrown away does not stand in the way of the error.
func TestPartThrownAway(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(a.responder.Middleware(), timeouts(time.Minute)["echo's Timeout"])
	a.GET("/", func(c echo.Context) error { _ = c.String(200, "half"); return errors.New("boom") })
	status, text, err := outcome(t, a, "GET", "Accept", api)
	if status != 500 || !strings.Contains(text, `"status":500`) || err != nil {
		t.Errorf("%d %q %v", status, text, err)
	}
}

type loopError struct{}

func (l *loopError) Error() string { return "loop" }
func (l *loopError) Unwrap() error { return l }

type panickingAs struct{}

func (panickingAs) Error() string { return "as" }
func (panickingAs) As(any) bool   { panic("as") }

// AnswerHere asks nothing of an error without bounds.
func TestAnswerHereHostileErrors(t *testing.T) {
	for _, err := range []error{&loopError{}, panickingAs{}} {
		a := newApp(t, exceptional.Config{})
		a.Use(a.responder.AnswerHere())
		a.fails("/", err)
		done := make(chan any, 1)
		go func() { defer func() { done <- recover() }(); a.get("/") }()
		select {
		case v := <-done:
			if v != nil {
				t.Errorf("%T: panic %v", err, v)
			}
		case <-time.After(2 * time.Second):
			t.Errorf("%T: AnswerHere does not return", err)
		}
	}
}

// An answer that the handler has written itself is not followed by another one.
func TestSecondAnswerWithinTimeout(t *testing.T) {
	for _, h := range []echo.HandlerFunc{
		func(c echo.Context) error { _ = c.JSON(400, echo.Map{"mine": 1}); return errors.New("boom") },
		func(c echo.Context) error { c.Error(httperrors.Conflict("first")); return errors.New("second") },
	} {
		a := newApp(t, exceptional.Config{})
		a.Use(timeouts(time.Minute)["http.TimeoutHandler"], a.responder.AnswerHere())
		a.GET("/", h)
		if _, text, _ := outcome(t, a, "GET", "Accept", api); strings.Count(text, "}\n{") != 0 {
			t.Errorf("two answers: %q", text)
		}
	}
}

// A status without a body that is sent after Middleware has returned goes out as it is.
func TestBareStatusAfterMiddleware(t *testing.T) {
	a := newApp(t, exceptional.Config{BareStatuses: true, Skipper: func(error, echo.Context) bool { return true },
		Next: func(_ error, c echo.Context) { _ = c.NoContent(418) }})
	a.Use(a.responder.Middleware())
	a.fails("/", errors.New("boom"))
	if status, _, _ := outcome(t, a, "GET"); status != 418 {
		t.Errorf("status %d", status)
	}
}

// Middleware may stand inside a time limit: it sees a buffer that may be thrown away.
func TestMiddlewareWithinTimeout(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(timeouts(time.Minute)["echo's Timeout"], a.responder.Middleware(), a.responder.AnswerHere())
	a.fails("/", errors.New("boom"))
	if status, text, _ := outcome(t, a, "GET"); status != 500 || text == "" {
		t.Errorf("%d %q", status, text)
	}
}

// A middleware between the time limit and AnswerHere gets no error that it could write to another request.
func TestOverrunWithLoggerBetween(t *testing.T) {
	if raceEnabled() {
		t.Skip("echo.WrapMiddleware uses the echo.Context on two goroutines itself")
	}
	d := 10 * time.Millisecond
	a := newApp(t, exceptional.Config{})
	a.Use(exceptional.Recover())
	var overran sync.WaitGroup
	a.GET("/alice", func(echo.Context) error {
		defer overran.Done()
		time.Sleep(2 * d)
		return httperrors.Conflict("of Alice")
	},
		timeouts(d)["http.TimeoutHandler"], middleware.BodyDump(func(echo.Context, []byte, []byte) {}), a.responder.AnswerHere())
	a.GET("/bob", func(c echo.Context) error { time.Sleep(d + d/2); return c.String(200, "for bob") })
	s := real(t, a)
	bad := 0
	for range 20 {
		overran.Add(1)
		if res, err := http.Get(s.URL + "/alice"); err == nil {
			res.Body.Close()
		}
		if res, err := http.Get(s.URL + "/bob"); err != nil || res.StatusCode != 200 || body(t, res) != "for bob" {
			bad++
		}
		overran.Wait()
	}
	if bad > 0 {
		t.Errorf("bob got another answer %d times of 20", bad)
	}
}

// Middleware inside AnswerHere inside a time limit.
func TestMiddlewareWithinAnswerHere(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(timeouts(time.Minute)["http.TimeoutHandler"], middleware.BodyDump(func(echo.Context, []byte, []byte) {}), a.responder.AnswerHere(), a.responder.Middleware())
	a.fails("/", echo.ErrNotFound)
	if _, text, _ := outcome(t, a, "GET", "Accept", api); strings.Count(text, `"status"`) != 1 {
		t.Errorf("%q", text)
	}
}

// The cookies of an answer that was thrown away are not sent twice.
func TestCookiesOfLostAnswer(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(timeouts(time.Minute)["echo's Timeout"], a.responder.AnswerHere())
	a.fails("/", httperrors.Forbidden("no").WithHeader("Set-Cookie", "a=b"))
	if res := fetch(t, real(t, a), http.MethodGet, api); len(res.Header["Set-Cookie"]) != 1 {
		t.Errorf("%q", res.Header["Set-Cookie"])
	}
}

// Two failures of one request may have the same cause.
func TestTwoFailuresOneCause(t *testing.T) {
	down := errors.New("database is down")
	a := newApp(t, exceptional.Config{})
	a.GET("/", func(c echo.Context) error {
		c.Error(fmt.Errorf("load order 7: %w", down))
		return fmt.Errorf("rollback of payment 9: %w", down)
	})
	a.get("/")
	if n := len(a.logs.records(t)); n != 2 {
		t.Errorf("%d records", n)
	}
}

// A handler that overruns its time limit after a bare status writes nothing to the request of another client.
func TestOverrunOfBareStatus(t *testing.T) {
	if raceEnabled() {
		t.Skip("echo.WrapMiddleware uses the echo.Context on two goroutines itself")
	}
	d := 10 * time.Millisecond
	a := newApp(t, exceptional.Config{BareStatuses: true})
	var overran sync.WaitGroup
	a.GET("/alice", func(c echo.Context) error { defer overran.Done(); _ = c.NoContent(404); time.Sleep(2 * d); return nil },
		timeouts(d)["http.TimeoutHandler"], a.responder.Middleware())
	a.GET("/bob", func(c echo.Context) error { time.Sleep(d + d/2); return c.String(200, "for bob") })
	s := real(t, a)
	bad := 0
	for range 20 {
		overran.Add(1)
		if res, err := http.Get(s.URL + "/alice"); err == nil {
			res.Body.Close()
		}
		if res, err := http.Get(s.URL + "/bob"); err != nil || body(t, res) != "for bob" {
			bad++
		}
		overran.Wait()
	}
	if bad > 0 {
		t.Errorf("bob lost the answer %d times of 20", bad)
	}
}

// The failure of a handler that has overrun its time limit is logged as one that came after the answer, and no page is made for it.
func TestOverrunIsLate(t *testing.T) {
	if raceEnabled() {
		t.Skip("echo.WrapMiddleware uses the echo.Context on two goroutines itself")
	}
	asked := false
	a := newApp(t, exceptional.Config{Viewers: members, User: func(echo.Context) (exceptional.User, error) {
		asked = true
		return exceptional.User{}, nil
	}})
	done := make(chan struct{})
	a.GET("/", func(c echo.Context) error {
		<-c.Request().Context().Done()
		return errors.New("boom")
	}, timeouts(10 * time.Millisecond)["http.TimeoutHandler"], func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error { defer close(done); return next(c) }
	}, a.responder.AnswerHere())
	if status, _, err := outcome(t, a, "GET", "Accept", browser); status != 503 || err != nil {
		t.Errorf("%d %v", status, err)
	}
	<-done
	r := a.logs.records(t)
	if len(r) != 1 || r[0]["after_commit"] != true || r[0]["status"] != 503.0 || r[0]["warnings"] != nil || asked {
		t.Errorf("User asked %t, log %s", asked, a.logs.text())
	}
}
