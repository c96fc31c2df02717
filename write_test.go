package exceptional_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
)

// T16: what described the body that failed goes, what still holds stays.
func TestStaleHeaders(t *testing.T) {
	stale := map[string]string{
		"Content-Type": "text/csv", "Content-Disposition": `attachment; filename="a.csv"`, "Content-Encoding": "br",
		"Cache-Control": "public, max-age=31536000", "Etag": `"x"`, "Content-Length": "5", "Last-Modified": "x",
		"Expires": "x", "Content-Range": "bytes 0-1/2", "Accept-Ranges": "bytes", "Content-Location": "/a", "Location": "/b",
		"Trailer": "X-A", "Content-Language": "fr", "Refresh": "0",
	}
	kept := map[string]string{
		"Allow": "GET", "Www-Authenticate": "Basic", "Retry-After": "3", "Vary": "Origin", "Access-Control-Allow-Origin": "*",
		"Set-Cookie": "a=b", "X-Request-Id": "abc", "Strict-Transport-Security": "max-age=1", "Link": "</s.css>",
	}
	a := newApp(t, exceptional.Config{})
	a.GET("/", func(c echo.Context) error {
		for name, value := range stale {
			c.Response().Header().Set(name, value)
		}
		for name, value := range kept {
			c.Response().Header().Set(name, value)
		}
		return errors.New("x")
	})
	res := a.get("/", "Accept", browser)
	for name, value := range stale {
		if res.Header.Get(name) == value {
			t.Errorf("%s: %s has survived", name, value)
		}
	}
	for name, value := range kept {
		if !strings.HasPrefix(res.Header.Get(name), value) && !strings.Contains(strings.Join(res.Header.Values(name), ","), value) {
			t.Errorf("%s: %q, want %q", name, res.Header.Values(name), value)
		}
	}
	if vary := strings.Join(res.Header.Values("Vary"), ", "); !strings.Contains(vary, "Origin") || !strings.Contains(vary, "Accept") {
		t.Errorf("Vary = %q", vary)
	}
}

func TestVaryStarIsKept(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.GET("/", func(c echo.Context) error { c.Response().Header().Set("Vary", "*"); return errors.New("x") })
	if got := a.get("/").Header.Values("Vary"); len(got) != 1 || got[0] != "*" {
		t.Errorf("Vary = %q", got)
	}
}

// Header values are ours alone: middleware that appends to one reaches neither the next value nor the next response.
func TestHeadersAreNotShared(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.GET("/", func(c echo.Context) error { return httperrors.TooManyRequests("Slow down.").WithHeader("X-A", "1") })
	check := func() {
		rec := httptest.NewRecorder()
		a.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
		want := rec.Result().Header.Clone()
		for name := range rec.Header() {
			rec.Header()[name] = append(rec.Header()[name], "evil")
			rec.Header()[name][0] = "evil"
		}
		for name, values := range want {
			for _, v := range values {
				if v == "evil" {
					t.Errorf("%s = %q", name, values)
				}
			}
		}
	}
	check()
	check()
}

// real runs the application behind net/http's server.
func real(t *testing.T, a *app) *httptest.Server {
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	return s
}

func TestContentLength(t *testing.T) {
	for name, mw := range map[string][]echo.MiddlewareFunc{
		"plain":             nil,
		"outside Gzip":      {middleware.Gzip()},
		"inside Gzip":       {middleware.Gzip(), twice},
		"Gzip, min length":  {middleware.GzipWithConfig(middleware.GzipConfig{MinLength: 1 << 20}), twice},
		"inside BodyDump":   {middleware.BodyDump(func(echo.Context, []byte, []byte) {})},
		"twice compressed?": {middleware.Gzip(), exceptional.Recover(), twice},
	} {
		t.Run(name, func(t *testing.T) {
			a := newApp(t, exceptional.Config{})
			a.Use(mw...)
			a.fails("/", httperrors.NotFound("No such order."))
			s := real(t, a)
			for _, accept := range []string{browser, api} {
				req, _ := http.NewRequest(http.MethodGet, s.URL, nil)
				req.Header.Set("Accept", accept)
				req.Header.Set("Accept-Encoding", "gzip")
				res, err := http.DefaultTransport.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				raw, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil {
					t.Fatalf("%s: %v", accept, err)
				}
				if res.ContentLength >= 0 && res.ContentLength != int64(len(raw)) {
					t.Errorf("Content-Length %d for %d bytes", res.ContentLength, len(raw))
				}
				text := string(raw)
				if res.Header.Get("Content-Encoding") == "gzip" {
					zr, err := gzip.NewReader(strings.NewReader(text))
					if err != nil {
						t.Fatal(err)
					}
					plain, err := io.ReadAll(zr)
					if err != nil {
						t.Fatal(err)
					}
					text = string(plain)
				}
				contains(t, text, "No such order.")
			}
		})
	}
}

// N20: HEAD has GET's header fields and no body.
func TestHEAD(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.fails("/", httperrors.NotFound("No such order."))
	s := real(t, a)
	for _, accept := range []string{browser, api, "text/plain"} {
		get, head := fetch(t, s, http.MethodGet, accept), fetch(t, s, http.MethodHead, accept)
		if head.StatusCode != get.StatusCode || body(t, head) != "" {
			t.Errorf("HEAD: %d", head.StatusCode)
		}
		for name := range get.Header {
			if name != "Date" && get.Header.Get(name) != head.Header.Get(name) {
				t.Errorf("%s: GET %q, HEAD %q", name, get.Header.Get(name), head.Header.Get(name))
			}
		}
		if n := len(body(t, get)); get.Header.Get("Content-Length") != strconv.Itoa(n) {
			t.Errorf("Content-Length %q for %d bytes", get.Header.Get("Content-Length"), n)
		}
	}
}

func fetch(t *testing.T, s *httptest.Server, method, accept string) *http.Response {
	t.Helper()
	req, err := http.NewRequest(method, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// N11, N21: a 304 keeps what a 200 would have said and says nothing else.
func TestNotModified(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.GET("/", func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Etag", `"v1"`)
		h.Set("Cache-Control", "max-age=60")
		h.Set("Content-Type", "text/csv")
		return httperrors.New(304, "")
	})
	res := a.get("/", "Accept", browser)
	if res.StatusCode != 304 || body(t, res) != "" || res.Header.Get("Etag") != `"v1"` || res.Header.Get("Cache-Control") != "max-age=60" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	if ct := res.Header.Get("Content-Type"); ct != "" {
		t.Errorf("Content-Type %q", ct)
	}
}

// N17: RFC 6585 forbids caches to store these.
func TestNeverStored(t *testing.T) {
	for _, status := range []int{428, 429, 431, 511} {
		a := newApp(t, exceptional.Config{})
		a.fails("/", httperrors.New(status, "").WithHeader("Cache-Control", "public, max-age=60"))
		if cc := a.get("/").Header.Get("Cache-Control"); !strings.Contains(cc, "no-store") {
			t.Errorf("%d: Cache-Control %q", status, cc)
		}
	}
}

// P14, P15: status, then the hook, then the headers, which outrank it.
func TestAugment(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	wrote := ""
	a.fails("/", httperrors.Conflict("x").WithHeader("X-Order", "header").WithAugment(func(w http.ResponseWriter) {
		http.SetCookie(w, &http.Cookie{Name: "mycookie", MaxAge: -1})
		w.Header().Set("X-Order", "hook")
		w.WriteHeader(200)
		if _, err := w.Write([]byte("body")); err != nil {
			wrote = err.Error()
		}
	}))
	res := a.get("/")
	if res.StatusCode != 409 || !strings.Contains(res.Header.Get("Set-Cookie"), "mycookie=;") || res.Header.Get("X-Order") != "header" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	if wrote == "" {
		t.Error("the hook could write a body")
	}
	if b := body(t, res); !strings.HasPrefix(b, "{") {
		t.Errorf("body %q", b)
	}
}

// T14: what Echo's Response does not notice.
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
	gone, cancel := context.WithCancel(t.Context())
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
			rec := serve(a, gone)
			if rec.Code != 499 || sent != 499 || (rec.Body.Len() == 0) != with {
				t.Errorf("written: %d, seen by a logger: %d, %q", rec.Code, sent, rec.Body)
			}
			r := a.logs.records(t)
			if len(r) != 1 || r[0]["level"] != "DEBUG" || r[0]["status"] != 499.0 {
				t.Errorf("%v", r)
			}
		})
	}
	t.Run("gone, but the failure is another", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.GET("/", func(c echo.Context) error { return errors.New("a bug") })
		if rec := serve(a, gone); rec.Code != 500 {
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
	t.Run("gone, behind ContextTimeout, seen by Middleware", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.Use(a.responder.Middleware(), middleware.ContextTimeout(time.Minute))
		a.GET("/", func(c echo.Context) error { return context.Canceled })
		if rec := serve(a, gone); rec.Body.Len() != 0 {
			t.Errorf("written: %q", rec.Body)
		}
		b := newApp(t, exceptional.Config{})
		b.Use(b.responder.Middleware(), func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				ctx, cancel := context.WithCancel(c.Request().Context())
				defer cancel()
				c.SetRequest(c.Request().WithContext(ctx))
				return next(c)
			}
		})
		b.GET("/", func(c echo.Context) error { return context.Canceled })
		if rec := serve(b, t.Context()); rec.Code != 500 {
			t.Errorf("a client that is there got %d", rec.Code)
		}
	})
}

// On a real connection, without Middleware.
func TestClientDisconnectedOverTheWire(t *testing.T) {
	t.Run("cancelled by a middleware", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				ctx, cancel := context.WithCancel(c.Request().Context())
				defer cancel()
				c.SetRequest(c.Request().WithContext(ctx))
				return next(c)
			}
		})
		a.GET("/", func(echo.Context) error { return context.Canceled })
		res := fetch(t, real(t, a), http.MethodGet, api)
		if b := body(t, res); res.StatusCode != 499 || !strings.Contains(b, "Internal Server Error") {
			t.Errorf("a client that is there got %d %q", res.StatusCode, b)
		}
	})
	t.Run("gone", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		entered, left := make(chan struct{}), make(chan struct{})
		a.GET("/", func(c echo.Context) error {
			close(entered)
			<-c.Request().Context().Done()
			return c.Request().Context().Err()
		})
		inner := a.HTTPErrorHandler
		a.HTTPErrorHandler = func(err error, c echo.Context) { inner(err, c); close(left) }
		s := real(t, a)
		ctx, cancel := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		go func() { <-entered; cancel() }()
		if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
			res.Body.Close()
			t.Error("answered")
		}
		<-left
		if r := a.logs.records(t); len(r) != 1 || r[0]["status"] != 499.0 {
			t.Errorf("%v", r)
		}
	})
}

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

// T1, labstack/echo#1545.
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

// A group with a configuration of its own, and T15.
func TestHere(t *testing.T) {
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

// Middleware and Here in either order, and each of them twice.
func TestHereAndMiddleware(t *testing.T) {
	for name, order := range map[string]func(r *exceptional.Responder) []echo.MiddlewareFunc{
		"Middleware, Here": func(r *exceptional.Responder) []echo.MiddlewareFunc {
			return []echo.MiddlewareFunc{r.Middleware(), r.AnswerHere()}
		},
		"Here, Middleware": func(r *exceptional.Responder) []echo.MiddlewareFunc {
			return []echo.MiddlewareFunc{r.AnswerHere(), r.Middleware()}
		},
		"Here, Middleware, both again": func(r *exceptional.Responder) []echo.MiddlewareFunc {
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

// A failure that the group's Skipper left to its Next has been answered: outside, nobody tells of it, and Next is called once.
func TestHereLeavesToNext(t *testing.T) {
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

// A panic that leaves Here is still answered by it, whoever recovers it; another error is not.
func TestPanicsLeaveHere(t *testing.T) {
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
		"Echo's Recover":                 {[]echo.MiddlewareFunc{middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true})}, "application/json"},
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
