package exceptional_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// A response can begin without Echo's Response noticing it (labstack/echo#2523).
func TestResponseThatHasBegun(t *testing.T) {
	build := func(cfg exceptional.Config, f func(c echo.Context) error) *httptest.Server {
		a := newApp(t, cfg)
		a.Use(a.responder.Middleware(), exceptional.Recover())
		a.GET("/", f)
		return real(t, a)
	}
	failed := errors.New("too late")

	t.Run("flushed", func(t *testing.T) {
		s := build(exceptional.Config{}, func(c echo.Context) error { c.Response().Flush(); return failed })
		res := fetch(t, s, http.MethodGet, api)
		if res.StatusCode != 200 || body(t, res) != "" {
			t.Errorf("%d", res.StatusCode)
		}
	})
	t.Run("written past the Response", func(t *testing.T) {
		s := build(exceptional.Config{}, func(c echo.Context) error {
			c.Response().Writer.WriteHeader(202)
			_, _ = io.WriteString(c.Response().Writer, "raw")
			return failed
		})
		res := fetch(t, s, http.MethodGet, api)
		if got := body(t, res); res.StatusCode != 202 || got != "raw" {
			t.Errorf("%d %q", res.StatusCode, got)
		}
	})
	t.Run("hijacked", func(t *testing.T) {
		s := build(exceptional.Config{}, func(c echo.Context) error {
			conn, _, err := c.Response().Hijack()
			if err != nil {
				return err
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\nhello")
			return failed
		})
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		all, _ := io.ReadAll(bufio.NewReader(conn))
		if !strings.HasSuffix(string(all), "\r\n\r\nhello") {
			t.Errorf("%q", all)
		}
	})
	t.Run("cut off, on request", func(t *testing.T) {
		f := func(c echo.Context) error {
			_, _ = c.Response().Write([]byte("half a page"))
			c.Response().Flush()
			return failed
		}
		res := fetch(t, build(exceptional.Config{AbortIncomplete: true}, f), http.MethodGet, api)
		if _, err := io.ReadAll(res.Body); err == nil {
			t.Error("the client does not notice")
		}
		res = fetch(t, build(exceptional.Config{}, f), http.MethodGet, api)
		if got := body(t, res); got != "half a page" {
			t.Errorf("without AbortIncomplete: %q", got)
		}
	})
	t.Run("complete bodies are not cut off", func(t *testing.T) {
		s := build(exceptional.Config{AbortIncomplete: true}, func(c echo.Context) error {
			c.Response().Header().Set("Content-Length", "4")
			_, _ = c.Response().Write([]byte("done"))
			return failed
		})
		if got := body(t, fetch(t, s, http.MethodGet, api)); got != "done" {
			t.Errorf("%q", got)
		}
	})
	t.Run("event stream", func(t *testing.T) {
		s := build(exceptional.Config{EventStream: true}, func(c echo.Context) error {
			c.Response().Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(c.Response(), "data: 1\n\n")
			c.Response().Flush()
			return httperrors.New(503, "Later.").WithCause(failed)
		})
		got := body(t, fetch(t, s, http.MethodGet, api))
		contains(t, got, "data: 1\n\n", "event: error\ndata: {", `"status":503`)
		lacks(t, got, "too late")
	})
}

// A client that disconnects is a 499 for loggers and metrics, at Debug in the log. Only Middleware is sure of it, so that without
// Middleware the body is that of a 500.
func TestClientDisconnected(t *testing.T) {
	disconnected, cancel := context.WithCancel(t.Context())
	cancel()
	serve := func(a *app, ctx context.Context) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		a.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
		return rec
	}
	for _, with := range []bool{false, true} {
		t.Run(fmt.Sprintf("disconnected, Middleware %t", with), func(t *testing.T) {
			a := newApp(t, exceptional.Config{})
			sent := 0
			a.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					c.Error(next(c))
					sent = c.Response().Status
					return nil
				}
			})
			if with {
				a.Use(a.responder.Middleware())
			}
			a.GET("/", func(c echo.Context) error { return c.Request().Context().Err() })
			rec := serve(a, disconnected)
			if rec.Code != 499 || sent != 499 || (rec.Body.Len() == 0) != with {
				t.Errorf("written: %d, seen by a logger: %d, %q", rec.Code, sent, rec.Body)
			}
			r := a.logs.records(t)
			if len(r) != 1 || r[0]["level"] != "DEBUG" || r[0]["status"] != 499.0 {
				t.Errorf("%v", r)
			}
		})
	}
	t.Run("disconnected, but the failure is another", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.GET("/", func(c echo.Context) error { return errors.New("a bug") })
		if rec := serve(a, disconnected); rec.Code != 500 {
			t.Errorf("%d", rec.Code)
		}
	})
	t.Run("cancelled by the server itself", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.Use(middleware.ContextTimeout(time.Minute)) // cancels the context on the way out
		a.GET("/", func(c echo.Context) error { return context.Canceled })
		if rec := serve(a, t.Context()); rec.Code != 499 || !strings.Contains(rec.Body.String(), "Internal Server Error") {
			t.Errorf("a client that is there got %d %q", rec.Code, rec.Body)
		}
	})
	t.Run("disconnected behind ContextTimeout, seen by Middleware", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.Use(a.responder.Middleware(), middleware.ContextTimeout(time.Minute))
		a.GET("/", func(c echo.Context) error { return context.Canceled })
		if rec := serve(a, disconnected); rec.Body.Len() != 0 {
			t.Errorf("written: %q", rec.Body)
		}
		b := newApp(t, exceptional.Config{})
		b.Use(b.responder.Middleware(), withContext)
		b.GET("/", func(c echo.Context) error { return context.Canceled })
		if rec := serve(b, t.Context()); rec.Code != 500 {
			t.Errorf("a client that is there got %d", rec.Code)
		}
	})
}

// The status 499, which has no body, is not taken for one of the application's bare statuses.
func TestClientDisconnectedWithBareStatuses(t *testing.T) {
	disconnected, cancel := context.WithCancel(t.Context())
	cancel()
	a := newApp(t, exceptional.Config{BareStatuses: true})
	a.Use(a.responder.Middleware(), func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error { c.Error(next(c)); return nil }
	})
	a.GET("/", func(c echo.Context) error { return c.Request().Context().Err() })
	rec := httptest.NewRecorder()
	a.ServeHTTP(rec, get("/").WithContext(disconnected))
	if n := len(a.logs.records(t)); n != 1 || rec.Code != 499 || rec.Body.Len() != 0 {
		t.Errorf("%d %q, %d records:\n%s", rec.Code, rec.Body, n, a.logs.text())
	}
}

// A middleware that cancels its own context does not disconnect the client. Without Middleware that looks the same: the status is
// 499, and the client reads an answer.
func TestContextCanceledByMiddleware(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(withContext)
	a.GET("/", func(echo.Context) error { return context.Canceled })
	res := fetch(t, real(t, a), http.MethodGet, api)
	if b := body(t, res); res.StatusCode != 499 || !strings.Contains(b, "Internal Server Error") {
		t.Errorf("a client that is there got %d %q", res.StatusCode, b)
	}
}

// withContext cancels a context of its own on the way out.
func withContext(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithCancel(c.Request().Context())
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// A client that is there reads an answer, wherever the context was cancelled. Without Middleware the status is 499 then.
func TestClientIsThere(t *testing.T) {
	for _, tt := range []struct {
		name  string
		stack func(a *app) []echo.MiddlewareFunc
		want  int
	}{
		{"ContextTimeout outside Middleware", func(a *app) []echo.MiddlewareFunc {
			return []echo.MiddlewareFunc{middleware.ContextTimeout(time.Minute), a.responder.Middleware()}
		}, 500},
		{"a context of its own outside Middleware", func(a *app) []echo.MiddlewareFunc {
			return []echo.MiddlewareFunc{withContext, a.responder.Middleware()}
		}, 500},
		{"a writer that hides the connection", func(*app) []echo.MiddlewareFunc {
			return []echo.MiddlewareFunc{echo.WrapMiddleware(func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					ctx, cancel := context.WithCancel(r.Context())
					defer cancel()
					h.ServeHTTP(opaque{w}, r.WithContext(ctx))
				})
			})}
		}, 499},
	} {
		a := newApp(t, exceptional.Config{})
		a.Use(tt.stack(a)...)
		a.GET("/", func(echo.Context) error { return fmt.Errorf("errgroup: %w", context.Canceled) })
		if status, text, err := outcome(t, a, "GET"); status != tt.want || !strings.Contains(text, "Internal Server Error") || err != nil {
			t.Errorf("%s: %d %q %v", tt.name, status, text, err)
		}
	}
}

// Early Hints are not the answer, also if they were sent through Echo's Response, which takes nothing after them.
func TestEarlyHintsThroughResponse(t *testing.T) {
	for _, with := range []bool{false, true} {
		a := newApp(t, exceptional.Config{})
		if with {
			a.Use(a.responder.Middleware())
		}
		a.GET("/", func(c echo.Context) error {
			c.Response().Header().Set("Link", "</s.css>; rel=preload")
			c.Response().WriteHeader(http.StatusEarlyHints)
			return errors.New(canary)
		})
		if status, text, err := outcome(t, a, "GET"); status != 500 || text == "" || err != nil {
			t.Errorf("Middleware %t: %d %q %v", with, status, text, err)
		}
	}
}

// AbortIncomplete is for bodies that are incomplete. A response that was not to have one, or has all of it, is left alone.
func TestAbortIncomplete(t *testing.T) {
	for _, tt := range []struct {
		name, method string
		send         func(c echo.Context)
		aborts       bool
	}{
		{"204", "GET", func(c echo.Context) { _ = c.NoContent(204) }, false},
		{"304", "GET", func(c echo.Context) { _ = c.NoContent(304) }, false},
		{"201 without a body", "GET", func(c echo.Context) { _ = c.NoContent(201) }, false},
		{"a redirect", "GET", func(c echo.Context) { _ = c.Redirect(302, "/x") }, false},
		{"HEAD", "HEAD", func(c echo.Context) {
			c.Response().Header().Set("Content-Length", "10")
			c.Response().WriteHeader(200)
		}, false},
		{"all that was announced", "GET", func(c echo.Context) {
			c.Response().Header().Set("Content-Length", "4")
			_ = c.String(200, "done")
		}, false},
		{"less than was announced", "GET", func(c echo.Context) {
			c.Response().Header().Set("Content-Length", "10")
			_ = c.String(200, "half")
		}, true},
		{"nothing of what was announced", "GET", func(c echo.Context) {
			c.Response().Header().Set("Content-Length", "10")
			c.Response().WriteHeader(200)
		}, true},
		{"a part of a body without a length", "GET", func(c echo.Context) { _ = c.String(200, "half"); c.Response().Flush() }, true},
		{"the header of a stream", "GET", func(c echo.Context) { c.Response().Flush() }, true},
	} {
		a := newApp(t, exceptional.Config{AbortIncomplete: true})
		a.Use(a.responder.Middleware())
		a.Any("/", func(c echo.Context) error { tt.send(c); return errors.New(canary) })
		if status, text, err := outcome(t, a, tt.method); (err != nil) != tt.aborts {
			t.Errorf("%s: %d %q %v", tt.name, status, text, err)
		}
	}
}

// A net/http middleware gets a Response of its own around the one that Echo shows us.
func TestBegunOnTheOuterResponse(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(echo.WrapMiddleware(func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "begun")
			h.ServeHTTP(w, r)
		})
	}))
	a.fails("/", errors.New(canary))
	if status, text, err := outcome(t, a, "GET"); text != "begun" {
		t.Errorf("%d %q %v", status, text, err)
	}
}

// net/http has nothing to complain about when an error is sent as an event.
func TestEventAfterFlushIsNoSecondHeader(t *testing.T) {
	a := newApp(t, exceptional.Config{EventStream: true})
	a.Use(a.responder.Middleware())
	a.GET("/", func(c echo.Context) error {
		c.Response().Header().Set("Content-Type", "text/event-stream")
		c.Response().Flush()
		return errors.New(canary)
	})
	var says bytes.Buffer
	s := httptest.NewUnstartedServer(a)
	s.Config.ErrorLog = log.New(&says, "", 0)
	s.Start()
	res, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	got := body(t, res)
	s.Close()
	if contains(t, got, "event: error"); says.Len() > 0 {
		t.Errorf("net/http says %q", says.String())
	}
}

// http.ErrAbortHandler means the same when it is returned as when it is raised: no answer, no record, no report.
func TestAbortHandlerReturned(t *testing.T) {
	for name, tt := range map[string]struct {
		fails echo.HandlerFunc
		with  []echo.MiddlewareFunc
	}{
		"returned":                   {func(echo.Context) error { return http.ErrAbortHandler }, nil},
		"returned in a chain":        {func(echo.Context) error { return fmt.Errorf("upstream: %w", http.ErrAbortHandler) }, nil},
		"raised in a chain":          {func(echo.Context) error { panic(fmt.Errorf("upstream: %w", http.ErrAbortHandler)) }, []echo.MiddlewareFunc{middleware.Recover()}},
		"raised in a chain, Recover": {func(echo.Context) error { panic(fmt.Errorf("upstream: %w", http.ErrAbortHandler)) }, []echo.MiddlewareFunc{exceptional.Recover()}},
		"after a part of the answer": {func(c echo.Context) error { _ = c.String(200, "half"); return http.ErrAbortHandler }, nil},
		"classified":                 {func(echo.Context) error { return fmt.Errorf("%w: %w", errors.New("proxy"), http.ErrAbortHandler) }, nil},
	} {
		w := new(witness)
		a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}})
		a.Use(tt.with...)
		a.GET("/", tt.fails)
		if status, text, err := outcome(t, a, "GET"); err == nil {
			t.Errorf("%s: %d %q", name, status, text)
		}
		if reports := w.reports(t, a.responder); len(reports) != 0 || a.logs.text() != "" {
			t.Errorf("%s: %d reports, log %s", name, len(reports), a.logs.text())
		}
	}
	a := newApp(t, exceptional.Config{})
	a.GET("/", func(echo.Context) error { return echo.NewHTTPError(502).SetInternal(http.ErrAbortHandler) })
	if status, _, err := outcome(t, a, "GET"); status != 502 || err != nil {
		t.Errorf("beside a status: %d, %v", status, err)
	}
	b := newApp(t, exceptional.Config{})
	b.GET("/", func(echo.Context) error { return errors.Join(http.ErrAbortHandler, errors.New("the rollback failed")) })
	if status, _, err := outcome(t, b, "GET"); status != 500 || err != nil || !strings.Contains(b.logs.text(), "the rollback failed") {
		t.Errorf("beside a failure: %d, %v, log %s", status, err, b.logs.text())
	}
}

// An error that is joined to an answered failure is a failure of its own; an error that wraps it is not.
func TestNewsBesideAnsweredFailure(t *testing.T) {
	first, news := errors.New("first"), errors.New("the rollback failed")
	for name, tt := range map[string]struct {
		second error
		want   int
	}{
		"the same":                  {first, 1},
		"wrapped":                   {fmt.Errorf("orders: %w", first), 1},
		"classified":                {fmt.Errorf("%w: %w", errors.New("orders"), first), 1},
		"joined with nothing":       {errors.Join(nil, first), 1},
		"joined with itself":        {errors.Join(first, fmt.Errorf("again: %w", first)), 1},
		"joined with news":          {errors.Join(first, news), 2},
		"joined with news, wrapped": {fmt.Errorf("orders: %w", errors.Join(news, fmt.Errorf("w: %w", first))), 2},
		"news alone":                {news, 2},
	} {
		a := newApp(t, exceptional.Config{})
		a.GET("/", func(c echo.Context) error { c.Error(first); return tt.second })
		if res := a.get("/"); res.StatusCode != 500 {
			t.Errorf("%s: status %d", name, res.StatusCode)
		}
		if n := len(a.logs.records(t)); n != tt.want {
			t.Errorf("%s: %d records, want %d", name, n, tt.want)
		}
		if tt.want == 2 && strings.Contains(name, "news") {
			contains(t, a.logs.text(), news.Error())
		}
	}
}

// A nil pointer is no opinion of Translate's, in an interface too.
func TestTranslateToNilPointer(t *testing.T) {
	a := newApp(t, exceptional.Config{Translate: func(echo.Context, error) error { var e *echo.HTTPError; return e }})
	if res := a.get("/nowhere"); res.StatusCode != 404 {
		t.Errorf("status %d", res.StatusCode)
	}
}

// A client that disconnects while the handler works is logged at Debug, once.
func TestClientDisconnectedOverTheWire(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	begun, ended := make(chan struct{}), make(chan struct{})
	a.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			err := next(c)
			c.Error(err)
			close(ended)
			return err
		}
	})
	a.GET("/", func(c echo.Context) error {
		close(begun)
		<-c.Request().Context().Done()
		return c.Request().Context().Err()
	})
	s := real(t, a)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
		res.Body.Close()
		t.Error("answered")
	}
	<-ended
	if r := a.logs.records(t); len(r) != 1 || r[0]["status"] != 499.0 || r[0]["level"] != "DEBUG" {
		t.Errorf("%v", r)
	}
}

// Without Middleware, Echo's Response says by itself whether the response has begun.
func TestCommittedResponses(t *testing.T) {
	for name, tt := range map[string]struct {
		f      echo.HandlerFunc
		status int
		body   string
	}{
		"a body, then an error":         {func(c echo.Context) error { _ = c.String(200, "done"); return errors.New("x") }, 200, "done"},
		"another status":                {func(c echo.Context) error { _ = c.NoContent(204); return httperrors.Conflict("x") }, 204, ""},
		"a part, then an error":         {func(c echo.Context) error { _, _ = c.Response().Write([]byte("half")); return errors.New("x") }, 200, "half"},
		"XML that fails in the middle":  {func(c echo.Context) error { return c.XML(200, func() {}) }, 200, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"},
		"a part, then a panic":          {func(c echo.Context) error { _, _ = c.Response().Write([]byte("half")); panic("x") }, 200, "half"},
		"an error page, then the error": {func(c echo.Context) error { _ = c.String(409, "mine"); return echo.ErrConflict }, 409, "mine"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newApp(t, exceptional.Config{})
			a.Use(twice, exceptional.Recover())
			a.GET("/", tt.f)
			res := a.get("/", "Accept", api)
			if got := body(t, res); res.StatusCode != tt.status || got != tt.body {
				t.Errorf("%d %q, want %d %q", res.StatusCode, got, tt.status, tt.body)
			}
			if n := len(a.logs.records(t)); n != 1 {
				t.Errorf("%d log records: %s", n, a.logs.text())
			}
		})
	}
}
