package exceptional_test

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strconv"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

// Header fields that described the body that failed are removed; the others stay (go.dev/issue/66343).
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

// RFC 9110, section 9.3.2: HEAD has GET's header fields and no body.
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

// RFC 6585 forbids caches to store these.
func TestNeverStored(t *testing.T) {
	for _, status := range []int{428, 429, 431, 511} {
		a := newApp(t, exceptional.Config{})
		a.fails("/", httperrors.New(status, "").WithHeader("Cache-Control", "public, max-age=60"))
		if cc := a.get("/").Header.Get("Cache-Control"); !strings.Contains(cc, "no-store") {
			t.Errorf("%d: Cache-Control %q", status, cc)
		}
	}
}

// The header fields of an error outrank those of its hook, which can set headers only.
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

// A header field that makes a server in front of us send something else, or keep the answer, is removed, whether the handler or the
// error's hook has set it.
func TestHeadersThatTakeTheAnswerAway(t *testing.T) {
	technical := exceptional.Config{User: byHeader, Viewers: members}
	tests := []struct {
		name, header, value string
	}{
		{"a CDN's own Cache-Control outranks ours (RFC 9213)", "CDN-Cache-Control", "max-age=600"},
		{"a CDN's named one", "Cloudflare-CDN-Cache-Control", "max-age=600"},
		{"surrogates", "Surrogate-Control", "max-age=600"},
		{"nginx's cache", "X-Accel-Expires", "600"},
		{"nginx sends another resource", "X-Accel-Redirect", "/protected/secret.pdf"},
		{"Apache sends a file", "X-Sendfile", "/srv/secret.pdf"},
		{"a name in another spelling", "cache-control", "public, max-age=600"},
		{"a length in another spelling", "content-length", "3"},
	}
	for _, tt := range tests {
		set := func(h http.Header) { h[tt.header] = []string{tt.value} }
		file := tt.header == "X-Accel-Redirect" || tt.header == "X-Sendfile" // an error may ask for one
		for where, handler := range map[string]echo.HandlerFunc{
			"left by the handler": func(c echo.Context) error { set(c.Response().Header()); return errors.New(canary) },
			"set by a hook": func(echo.Context) error {
				return httperrors.InternalServerError("").WithCause(errors.New(canary)).WithAugment(func(w http.ResponseWriter) { set(w.Header()) })
			},
		} {
			if file && where == "set by a hook" {
				continue
			}
			t.Run(tt.name+", "+where, func(t *testing.T) {
				a := newApp(t, technical)
				a.GET("/", handler)
				res := a.get("/", "X-User", "alice+super", "Accept", browser)
				if got := res.Header[tt.header]; got != nil {
					t.Errorf("%s: %q", tt.header, got)
				}
				// On a slow machine the gate may say no; what was asked is not for caches either way.
				if cc := res.Header.Get("Cache-Control"); cc != "private, no-store" {
					t.Errorf("Cache-Control: %q", cc)
				}
			})
		}
	}
}

// A hook may set headers; it cannot say what the body is.
func TestHookCannotDescribeTheBody(t *testing.T) {
	for _, header := range []string{"Content-Length", "Content-Encoding", "Transfer-Encoding", "Content-Disposition", "Trailer"} {
		t.Run(header, func(t *testing.T) {
			a := newApp(t, exceptional.Config{})
			a.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					c.Response().Writer = wrapped{c.Response().Writer} // so that the length is left to net/http
					return next(c)
				}
			})
			a.fails("/", httperrors.Conflict("No.").WithAugment(func(w http.ResponseWriter) { w.Header().Set(header, "3") }))
			srv := httptest.NewServer(a)
			defer srv.Close()
			res, err := http.Get(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			if got := res.Header.Get(header); got == "3" {
				t.Errorf("%s: 3", header)
			}
			contains(t, body(t, res), "No.")
		})
	}
}

type wrapped struct{ http.ResponseWriter }

func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

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

// RFC 9110, section 8.6: no length is announced to a writer that may change it.
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

// RFC 9110, section 14.4: the length that goes with a 416 is known to the handler.
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

// The technical page over HTTP/1.0, and after Early Hints.
func TestDeliveryOverOldAndNewHTTP(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.Use(a.responder.Middleware())
	a.fails("/broken", errors.New(canary))
	a.GET("/hints", func(c echo.Context) error {
		c.Response().Header().Set("Link", "</s.css>; rel=preload")
		c.Response().Writer.WriteHeader(http.StatusEarlyHints)
		return errors.New(canary)
	})
	s := real(t, a)

	t.Run("HTTP/1.0", func(t *testing.T) {
		for _, user := range []string{"alice+super", "bob"} {
			res := wire(t, s, "GET /broken HTTP/1.0\r\nX-User: "+user+"\r\nAccept: text/html\r\n\r\n")
			b := body(t, res)
			if res.StatusCode != 500 || !res.Close || isTechnical(b) != (user != "bob") || !strings.Contains(b, "</html>") {
				t.Errorf("%s: %d, closes %v, technical %v", user, res.StatusCode, res.Close, isTechnical(b))
			}
		}
	})
	t.Run("after 103 Early Hints", func(t *testing.T) {
		for _, user := range []string{"alice+super", "bob"} {
			hints := 0
			req := earlyHints(t, s, "/hints", user, &hints)
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			b := body(t, res)
			if hints != 1 || res.StatusCode != 500 || isTechnical(b) != (user != "bob") {
				t.Errorf("%s: %d hints, %d, technical %v", user, hints, res.StatusCode, isTechnical(b))
			}
		}
	})
}

func earlyHints(t *testing.T, s *httptest.Server, path, user string, hints *int) *http.Request {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", browser)
	req.Header.Set("X-User", user)
	return req.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
			if code == http.StatusEarlyHints {
				*hints++
			}
			return nil
		},
	}))
}

// TestRequests sends requests of every kind over the wire.
func TestRequests(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(a.responder.Middleware(), exceptional.Recover())
	a.fails("/conflict", httperrors.Conflict("Changed meanwhile."))
	a.fails("/plain", errors.New("secret"))
	a.GET("/only-get", func(echo.Context) error { return nil })
	s := real(t, a)

	const host = " HTTP/1.1\r\nHost: x\r\n"
	tests := []struct {
		name    string
		request string
		status  int
		body    bool
		close   bool
	}{
		{"GET", "GET /conflict" + host + "\r\n", 409, true, false},
		{"HEAD", "HEAD /conflict" + host + "\r\n", 409, false, false},
		{"HEAD of a GET route", "HEAD /only-get" + host + "\r\n", 405, false, false},
		{"OPTIONS of a failing route", "OPTIONS /conflict" + host + "\r\n", 409, true, false},
		{"OPTIONS of nothing", "OPTIONS /nowhere" + host + "\r\n", 404, true, false},
		{"an unknown method", "BREW /only-get" + host + "\r\n", 405, true, false},
		{"CONNECT", "CONNECT x:443" + host + "\r\n", 404, true, false},
		{"HTTP/1.0", "GET /conflict HTTP/1.0\r\n\r\n", 409, true, true},
		{"HTTP/1.0, 500", "GET /plain HTTP/1.0\r\n\r\n", 500, true, true},
		{"a body that is never read", "POST /conflict" + host + "Content-Length: 1000000000\r\n\r\nabc", 409, true, true},
		{"Expect: 100-continue, never continued", "POST /conflict" + host + "Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n", 409, true, true},
		{"Range is not for errors", "GET /conflict" + host + "Range: bytes=0-1\r\n\r\n", 409, true, false},
		{"If-None-Match is not for errors", "GET /conflict" + host + "If-None-Match: *\r\n\r\n", 409, true, false},
		{"TE: gzip", "GET /conflict" + host + "TE: gzip\r\n\r\n", 409, true, false},
		{"Upgrade that fails", "GET /conflict" + host + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 409, true, false},
		{"EventSource that fails", "GET /conflict" + host + "Accept: text/event-stream\r\n\r\n", 409, true, false},
		{"markup in the path", "GET /%3Cscript%3Ealert(1)%3C/script%3E" + host + "Accept: text/html\r\n\r\n", 404, true, false},
		{"NUL in the path", "GET /%00" + host + "Accept: text/html\r\n\r\n", 404, true, false},
		{"a long query", "GET /conflict?" + strings.Repeat("a=b&", 16<<10) + host + "\r\n", 409, true, false},
		{"format in the query", "GET /conflict?format=html" + host + "\r\n", 409, true, false},
		{"suffix", "GET /nowhere.json" + host + "\r\n", 404, true, false},
		{"a hostile request id", "GET /plain" + host + "X-Request-Id: <script>alert(1)</script>\r\nAccept: text/html\r\n\r\n", 500, true, false},
		{"forged addresses", "GET /plain" + host + "X-Forwarded-For: 127.0.0.1\r\nX-Real-Ip: ::1\r\nForwarded: for=127.0.0.1\r\nAccept: text/html\r\n\r\n", 500, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := wire(t, s, tt.request)
			if res.StatusCode != tt.status || res.Close != tt.close {
				t.Errorf("status %d, close %v, want %d, %v", res.StatusCode, res.Close, tt.status, tt.close)
			}
			b := body(t, res)
			if (b != "") != tt.body {
				t.Errorf("body %q", short(b))
			}
			lacks(t, b, "secret", "<script>alert", "goroutine")
			if res.Header.Get("Date") == "" || res.Header.Get("Content-Range") != "" {
				t.Errorf("%v", res.Header)
			}
		})
	}
}

func TestHTTP2(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(middleware.Gzip())
	a.fails("/conflict", httperrors.Conflict("Changed meanwhile.").WithHeader("X-A", "b"))
	a.GET("/late", func(c echo.Context) error {
		_, _ = io.WriteString(c.Response(), "half")
		return errors.New("secret")
	})
	res := fetchH2(t, a, http.MethodGet, "/conflict")
	if res.ProtoMajor != 2 || res.StatusCode != 409 || res.Header.Get("X-A") != "b" {
		t.Errorf("%s %d", res.Proto, res.StatusCode)
	}
	contains(t, body(t, res), "Changed meanwhile.")
	if res := fetchH2(t, a, http.MethodHead, "/conflict"); res.StatusCode != 409 || body(t, res) != "" {
		t.Errorf("HEAD: %d", res.StatusCode)
	}
	if got := body(t, fetchH2(t, a, http.MethodGet, "/late")); got != "half" {
		t.Errorf("%q", got)
	}
}

// A request that was made by hand, in a test or a worker, has no URL or no headers.
func TestRequestsMadeByHand(t *testing.T) {
	for name, req := range map[string]*http.Request{
		"nothing":    {},
		"no URL":     {Method: http.MethodGet, Header: http.Header{"Accept": {browser}}},
		"no headers": {Method: http.MethodPost, URL: get("/x").URL},
	} {
		for _, cfg := range []exceptional.Config{{}, {Debug: true}, {EchoJSON: true}} {
			a := newApp(t, cfg)
			for _, err := range []error{echo.ErrNotFound, echo.ErrMethodNotAllowed, errors.New("x"), httperrors.Conflict("x")} {
				rec := httptest.NewRecorder()
				a.HTTPErrorHandler(err, a.NewContext(req, rec))
				if rec.Code < 400 || rec.Body.Len() == 0 {
					t.Errorf("%s, %v: %d", name, err, rec.Code)
				}
			}
		}
	}
}
