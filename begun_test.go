package exceptional_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/report"
)

// outcome is what a client of a real server reads, to the end of the body. err says that it could not.
func outcome(t *testing.T, a *app, method string, headers ...string) (status int, text string, err error) {
	t.Helper()
	req, err := http.NewRequest(method, real(t, a).URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	return res.StatusCode, string(all), err
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

// opaque is a writer without Unwrap, as most that applications write have none.
type opaque struct{ http.ResponseWriter }

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
		{"a part, of nobody knows how much", "GET", func(c echo.Context) { _ = c.String(200, "half"); c.Response().Flush() }, true},
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

// zipped is the writer of a home-made compression.
type zipped struct {
	http.ResponseWriter
	w *gzip.Writer
}

func (z *zipped) WriteHeader(status int) {
	z.Header().Set("Content-Encoding", "gzip")
	z.ResponseWriter.WriteHeader(status)
}
func (z *zipped) Write(b []byte) (int, error) { return z.w.Write(b) }

// N24: no length is announced to a writer that may change it.
func TestLengthBehindUnknownWriter(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			res := c.Response()
			plain := res.Writer
			z := gzip.NewWriter(plain)
			res.Writer = &zipped{plain, z}
			defer func() { _ = z.Close(); res.Writer = plain }()
			if err := next(c); err != nil {
				c.Error(err)
			}
			return nil
		}
	})
	a.fails("/", errors.New(canary))
	status, text, err := outcome(t, a, "GET", "Accept", browser, "Accept-Encoding", "gzip")
	if err != nil || status != 500 {
		t.Fatalf("%d, %d bytes: %v", status, len(text), err)
	}
	z, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if page, err := io.ReadAll(z); err != nil || !strings.Contains(string(page), "</html>") {
		t.Errorf("%q, %v", page, err)
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

// T14: net/http has nothing to complain about when an error is sent as an event.
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

// http.ErrAbortHandler means the same when it is returned as when it is raised: no answer, and nobody told.
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
		if told := w.told(t, a.responder); len(told) != 0 || a.logs.text() != "" {
			t.Errorf("%s: %d reports, log %s", name, len(told), a.logs.text())
		}
	}
	a := newApp(t, exceptional.Config{})
	a.GET("/", func(echo.Context) error { return echo.NewHTTPError(502).SetInternal(http.ErrAbortHandler) })
	if status, _, err := outcome(t, a, "GET"); status != 502 || err != nil {
		t.Errorf("a status that somebody set: %d, %v", status, err)
	}
	b := newApp(t, exceptional.Config{})
	b.GET("/", func(echo.Context) error { return errors.Join(http.ErrAbortHandler, errors.New("the rollback failed")) })
	if status, _, err := outcome(t, b, "GET"); status != 500 || err != nil || !strings.Contains(b.logs.text(), "the rollback failed") {
		t.Errorf("beside a failure: %d, %v, log %s", status, err, b.logs.text())
	}
}

// What is joined to a failure after it has been answered is a failure of its own; what wraps it is not.
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

// A nil pointer is no opinion, whatever interface it is in.
func TestTranslateToNilPointer(t *testing.T) {
	a := newApp(t, exceptional.Config{Translate: func(echo.Context, error) error { var e *echo.HTTPError; return e }})
	if res := a.get("/nowhere"); res.StatusCode != 404 {
		t.Errorf("status %d", res.StatusCode)
	}
}

// N12: the length that goes with a 416 is the handler's to know.
func TestContentRangeOf416(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	for path, tt := range map[string]struct {
		set  string
		err  error
		want string
	}{
		"/416":     {"bytes */1234", echo.ErrRequestedRangeNotSatisfiable, "bytes */1234"},
		"/partial": {"bytes 0-9/1234", echo.ErrRequestedRangeNotSatisfiable, ""},
		"/500":     {"bytes */1234", errors.New(canary), ""},
	} {
		a.GET(path, func(c echo.Context) error { c.Response().Header().Set("Content-Range", tt.set); return tt.err })
		if got := a.get(path).Header.Get("Content-Range"); got != tt.want {
			t.Errorf("%s: %q, want %q", path, got, tt.want)
		}
	}
}
