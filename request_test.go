package exceptional_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

// wire sends raw bytes and reads one answer.
func wire(t *testing.T, s *httptest.Server, request string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// TestRequests: requests of every kind, over the wire.
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
		{"a method nobody knows", "BREW /only-get" + host + "\r\n", 405, true, false},
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
		{"a request id from hell", "GET /plain" + host + "X-Request-Id: <script>alert(1)</script>\r\nAccept: text/html\r\n\r\n", 500, true, false},
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

// A client that leaves while the handler works: nothing is written, and nobody is woken.
func TestClientLeavesOverTheWire(t *testing.T) {
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
	}
	<-ended
	if r := a.logs.records(t); len(r) != 1 || r[0]["status"] != 499.0 || r[0]["level"] != "DEBUG" {
		t.Errorf("%v", r)
	}
}

// A request that somebody made by hand, in a test or a worker, without URL or headers.
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

// What Echo's Response can tell by itself, without Middleware.
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
