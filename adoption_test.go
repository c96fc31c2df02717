package exceptional_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// Defects that real applications met, most of them over a real connection.

// An answer of Next's that was thrown away is for Next to give again.
func TestAnswerOfNextThatWasThrownAway(t *testing.T) {
	for _, with := range []bool{false, true} {
		calls := 0
		a := newApp(t, exceptional.Config{
			Skipper: func(error, echo.Context) bool { return true },
			Next:    func(_ error, c echo.Context) { calls++; _ = c.String(409, "Next") },
		})
		if with {
			a.Use(a.responder.Middleware())
		}
		a.Use(twice, timeouts(time.Minute)["echo's Timeout"], twice)
		a.fails("/", errors.New("boom"))
		if status, text, err := outcome(t, a, "GET"); status != 409 || text != "Next" || err != nil || calls != 2 {
			t.Errorf("Middleware %t: %d %q %v, Next was called %d times", with, status, text, err, calls)
		}
	}
}

// An adapter around HandleError that makes an error of its own for each call does not make two failures of one.
func TestAdapterAroundHandleError(t *testing.T) {
	type wrapper struct{ error }
	calls := 0
	w := new(witness)
	a := newApp(t, exceptional.Config{
		Reporters: []report.Reporter{w},
		Skipper:   func(error, echo.Context) bool { return false },
		Next:      func(error, echo.Context) { calls++ },
	})
	a.HTTPErrorHandler = func(err error, c echo.Context) { a.responder.HandleError(fmt.Errorf("adapted: %w", err), c) }
	a.Use(middleware.BodyDump(func(echo.Context, []byte, []byte) {}))
	a.fails("/", wrapper{errors.New("boom")})
	if status, _, err := outcome(t, a, "GET"); status != 500 || err != nil {
		t.Errorf("%d %v", status, err)
	}
	if n := len(a.logs.records(t)); n != 1 || len(w.reports(t, a.responder)) != 1 || calls != 0 {
		t.Errorf("%d records, Next called %d times", n, calls)
	}
}

// The 405 that was Echo's 404 of a group has no origin in our code.
func TestOriginOfGroup405(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Group("/g", func(next echo.HandlerFunc) echo.HandlerFunc { return next }).GET("/x", func(echo.Context) error { return nil })
	if res := a.do(http.MethodDelete, "/g/x"); res.StatusCode != 405 {
		t.Fatal(res.StatusCode)
	}
	if r := a.logs.records(t)[0]; r["origin"] != nil {
		t.Errorf("origin %v", r["origin"])
	}
}

// A bare status gets its page behind Gzip and a time limit, too: what they make of an empty body is not a body. A short body is one.
func TestBareStatusBehindGzip(t *testing.T) {
	for name, timeout := range timeouts(time.Minute) {
		a := newApp(t, exceptional.Config{BareStatuses: true})
		a.Use(a.responder.Middleware(), middleware.Gzip(), timeout)
		a.GET("/bare", func(c echo.Context) error { return c.NoContent(http.StatusGone) })
		a.GET("/short", func(c echo.Context) error { return c.String(http.StatusGone, "x") })
		s := real(t, a)
		for path, want := range map[string]string{"/bare": "Gone", "/short": "x"} {
			for _, encoding := range []string{"gzip", "identity"} {
				req, _ := http.NewRequest(http.MethodGet, s.URL+path, nil)
				req.Header.Set("Accept", api)
				if encoding == "identity" {
					req.Header.Set("Accept-Encoding", encoding) // otherwise Go's client asks for gzip and decodes it
				}
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				if got := body(t, res); res.StatusCode != 410 || !strings.Contains(got, want) || len(want) == 1 && got != want {
					t.Errorf("%s, %s, %s: %d %q", name, path, encoding, res.StatusCode, got)
				}
			}
		}
	}
}

// Middlewares outside recognise the router's 404 by the context's handler, as Elastic's apmechov4 does.
func TestHandlerOfTheContextStays(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	var before, after uintptr
	a.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			before = reflect.ValueOf(c.Handler()).Pointer()
			c.Error(next(c))
			after = reflect.ValueOf(c.Handler()).Pointer()
			return nil
		}
	})
	a.get("/nowhere")
	if before != after || after == 0 {
		t.Error("the handler of the context has changed")
	}
}

// One echo.Context that serves several requests, as in a batch endpoint, answers each.
func TestContextUsedAgain(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	failed := httperrors.Conflict("Order 7 is locked.")
	c := a.NewContext(get("/1"), httptest.NewRecorder())
	for i := range 3 {
		rec := httptest.NewRecorder()
		c.SetRequest(get(fmt.Sprint("/", i)))
		c.SetResponse(echo.NewResponse(rec, a.Echo))
		a.HTTPErrorHandler(failed, c)
		if rec.Code != 409 || rec.Body.Len() == 0 {
			t.Errorf("request %d: %d %q", i, rec.Code, rec.Body)
		}
	}
	if n := len(a.logs.records(t)); n != 3 {
		t.Errorf("%d records", n)
	}

	// A context from the pool without a Reset has everything of the request before but its Response and Request.
	p := a.AcquireContext()
	p.SetRequest(get("/4"))
	p.SetResponse(echo.NewResponse(httptest.NewRecorder(), a.Echo))
	a.HTTPErrorHandler(failed, p)
	a.ReleaseContext(p)
	rec := httptest.NewRecorder()
	p.SetRequest(get("/5"))
	p.SetResponse(echo.NewResponse(rec, a.Echo))
	a.HTTPErrorHandler(failed, p)
	if rec.Code != 409 || rec.Body.Len() == 0 || len(a.logs.records(t)) != 5 {
		t.Errorf("from the pool: %d %q, %d records", rec.Code, rec.Body, len(a.logs.records(t)))
	}
}

// A second context of the same request and response, behind Middleware, is the same request.
func TestSecondContextOfOneRequest(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(a.responder.Middleware())
	a.GET("/", func(c echo.Context) error {
		err := httperrors.Conflict("Order 7 is locked.")
		a.NewContext(c.Request(), c.Response()).Error(err)
		return err
	})
	if status, text, err := outcome(t, a, "GET", "Accept", api); status != 409 || strings.Count(text, "locked") != 1 || err != nil {
		t.Errorf("%d %q %v", status, text, err)
	}
	if n := len(a.logs.records(t)); n != 1 {
		t.Errorf("%d records", n)
	}
}

// A client that has disconnected is a 499 and not an error, also behind writers that hide the connection.
func TestDisconnectedBehindOpaqueWriter(t *testing.T) {
	w := new(witness)
	a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}})
	entered, left := make(chan struct{}), make(chan int, 1)
	a.Use(a.responder.Middleware(), func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Writer = opaque{c.Response().Writer}
			c.Error(next(c))
			left <- c.Response().Status
			return nil
		}
	})
	a.GET("/", func(c echo.Context) error {
		close(entered)
		<-c.Request().Context().Done()
		return fmt.Errorf("query: %w", c.Request().Context().Err())
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, real(t, a).URL, nil)
	if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
		res.Body.Close()
	}
	if status := <-left; status != 499 {
		t.Errorf("loggers see %d", status)
	}
	if r := a.logs.records(t); len(r) != 1 || r[0]["level"] != "DEBUG" || r[0]["status"] != 499.0 || len(w.reports(t, a.responder)) != 0 {
		t.Errorf("%v", r)
	}
}

// A status that says that the request failed is a complete answer, with AbortIncomplete too.
func TestAbortIncompleteLeavesErrors(t *testing.T) {
	a := newApp(t, exceptional.Config{AbortIncomplete: true})
	a.GET("/", func(c echo.Context) error { _ = c.JSON(400, echo.Map{"error": "x"}); return errors.New("boom") })
	if status, text, err := outcome(t, a, "GET"); status != 400 || text == "" || err != nil {
		t.Errorf("%d %q %v", status, text, err)
	}
}

// CloseError is what gorilla/websocket and coder/websocket return when the client closes the connection.
type CloseError struct{ Code int }

func (e *CloseError) Error() string { return fmt.Sprint("websocket: close ", e.Code) }

func TestWebSocketClosed(t *testing.T) {
	for code, want := range map[int]string{1000: "DEBUG", 1001: "DEBUG", 1011: "ERROR"} {
		a := newApp(t, exceptional.Config{})
		done := make(chan struct{})
		a.HTTPErrorHandler = func(err error, c echo.Context) { a.responder.HandleError(err, c); close(done) }
		a.Use(a.responder.Middleware())
		a.GET("/", func(c echo.Context) error {
			conn, _, err := c.Response().Hijack()
			if err != nil {
				return err
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
			return fmt.Errorf("read: %w", &CloseError{code})
		})
		if res, err := http.Get(real(t, a).URL); err == nil {
			res.Body.Close()
		}
		<-done
		if r := a.logs.records(t); len(r) != 1 || r[0]["level"] != want {
			t.Errorf("%d: %v", code, r)
		}
	}
}

// multi is *multierror.Error of hashicorp/go-multierror.
type multi struct{ errs []error }

func (m *multi) Error() string          { return fmt.Sprint(m.errs) }
func (m *multi) WrappedErrors() []error { return m.errs }
func (m *multi) Unwrap() error          { return chain(m.errs) }

type chain []error

func (c chain) Error() string { return c[0].Error() }

func (c chain) Unwrap() error {
	if len(c) < 2 {
		return nil
	}
	return c[1:]
}

func (c chain) Is(target error) bool { return errors.Is(c[0], target) }
func (c chain) As(target any) bool   { return errors.As(c[0], target) }

// The 409 in a list of errors is found, wherever it stands.
func TestMultierror(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.fails("/", &multi{[]error{errors.New("rollback"), httperrors.Conflict("Order 7 is locked.")}})
	if status, text, err := outcome(t, a, "GET", "Accept", api); status != 409 || err != nil {
		t.Errorf("%d %q %v", status, text, err)
	}
}

// agreeable says that it is every error there is.
type agreeable struct{ error }

func (agreeable) Is(error) bool { return true }

func TestErrorThatIsEverything(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(exceptional.Recover())
	a.fails("/", agreeable{errors.New("boom")})
	a.GET("/panic", func(echo.Context) error { panic(agreeable{errors.New("boom")}) })
	if status, _, err := outcome(t, a, "GET"); status < 400 || err != nil || len(a.logs.records(t)) != 1 {
		t.Errorf("%d %v %s", status, err, a.logs.text())
	}
	if res, err := http.Get(real(t, a).URL + "/panic"); err != nil || res.StatusCode != 500 {
		t.Errorf("panic: %v", err)
	}
}

// A hook that writes to the context's response has answered: the page is not appended to it.
func TestHookThatWrites(t *testing.T) {
	writes := func(c echo.Context) { _ = c.Redirect(302, "/sign-in") }
	for name, cfg := range map[string]exceptional.Config{
		"User": {Viewers: members, User: func(c echo.Context) (exceptional.User, error) {
			writes(c)
			return exceptional.User{}, nil
		}},
		"Translate": {Translate: func(c echo.Context, _ error) error { writes(c); return nil }},
	} {
		a := newApp(t, cfg)
		a.fails("/", errors.New("boom"))
		rec := httptest.NewRecorder()
		a.ServeHTTP(rec, get("/"))
		if rec.Code != 302 || rec.Body.Len() != 0 || !strings.Contains(a.logs.text(), "boom") {
			t.Errorf("%s: %d %q, log %s", name, rec.Code, rec.Body, a.logs.text())
		}
	}
}

// User gets a request whose context is alive, and ends soon, whatever has become of the request's own.
func TestUserGetsLiveContext(t *testing.T) {
	var user context.Context
	var value any
	type key struct{}
	a := newApp(t, exceptional.Config{Viewers: members, User: func(c echo.Context) (exceptional.User, error) {
		user, value = c.Request().Context(), c.Request().Context().Value(key{})
		return exceptional.User{}, user.Err()
	}})
	a.Use(a.responder.Middleware(), middleware.ContextTimeout(time.Minute))
	a.fails("/", errors.New("boom"))
	a.ServeHTTP(httptest.NewRecorder(), get("/").WithContext(context.WithValue(t.Context(), key{}, "kept")))
	deadline, ok := user.Deadline()
	if !ok || time.Until(deadline) > 250*time.Millisecond || value != "kept" {
		t.Errorf("deadline %v, value %v", deadline, value)
	}
	if strings.Contains(a.logs.text(), "canceled") {
		t.Error(a.logs.text())
	}
}

// Loggers and metrics outside AnswerHere read the status that was sent from the error that it returns.
func TestAnswerHereReturnsTheStatus(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want int
	}{
		{errors.New("boom"), 500}, {fmt.Errorf("load: %w", http.ErrMissingFile), 0}, {httperrors.Conflict("x"), 409},
		{echo.NewBindingError("id", nil, "bad", nil), 400}, {context.DeadlineExceeded, 504},
	} {
		a := newApp(t, exceptional.Config{})
		var got *echo.HTTPError
		var returned error
		a.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				returned = next(c)
				errors.As(returned, &got)
				return returned
			}
		}, a.responder.AnswerHere())
		a.fails("/", tt.err)
		res := a.get("/")
		want := tt.want
		if want == 0 {
			want = res.StatusCode
		}
		if got == nil || got.Code != want || res.StatusCode != want || !errors.Is(returned, tt.err) {
			t.Errorf("%v: answered %d, returned %v", tt.err, res.StatusCode, returned)
		}
		if n := len(a.logs.records(t)); n != 1 {
			t.Errorf("%v: %d records", tt.err, n)
		}
	}
}

// A context made by hand, without a request, does not make the handler panic.
func TestContextWithoutRequest(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	rec := httptest.NewRecorder()
	a.HTTPErrorHandler(errors.New("boom"), a.NewContext(nil, rec))
	if rec.Code != 500 || !strings.Contains(a.logs.text(), "boom") {
		t.Errorf("%d, log %s", rec.Code, a.logs.text())
	}
}
