package exceptional_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
)

// What a writer can do besides writing, it can do behind Middleware, and nothing else: an application asks for http.Pusher by a
// type assertion, and takes one that answers ErrNotSupported for a failure.
func TestMiddlewareHidesNothingOfTheWriter(t *testing.T) {
	gzip := middleware.Gzip()
	for _, tt := range []struct {
		name    string
		h2      bool
		outside []echo.MiddlewareFunc
	}{{"HTTP/1", false, nil}, {"HTTP/2", true, nil}, {"HTTP/1, Gzip", false, []echo.MiddlewareFunc{gzip}}, {"HTTP/2, Gzip", true, []echo.MiddlewareFunc{gzip}}} {
		answers := map[bool]string{}
		for _, with := range []bool{false, true} {
			a := newApp(t, exceptional.Config{})
			a.Use(tt.outside...)
			if with {
				a.Use(a.responder.Middleware())
			}
			a.GET("/", func(c echo.Context) error {
				w := c.Response().Writer
				//lint:ignore SA1019 old handlers of event streams ask for it
				_, notifies := w.(http.CloseNotifier)
				pushed := "no push"
				if p, ok := w.(http.Pusher); ok {
					if err := p.Push("/pushed", nil); errors.Is(err, http.ErrNotSupported) {
						pushed = "push not supported"
					} else {
						pushed = "push"
					}
				}
				return c.String(200, fmt.Sprintf("%s, notifies: %v", pushed, notifies))
			})
			answers[with] = overTheWire(t, a, tt.h2)
		}
		if answers[true] != answers[false] || answers[true] == "" {
			t.Errorf("%s: with Middleware %q, without %q", tt.name, answers[true], answers[false])
		}
	}
}

// overTheWire returns what a real server answers.
func overTheWire(t *testing.T, h http.Handler, h2 bool) string {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = h2
	s.StartTLS()
	defer s.Close()
	client := s.Client()
	if !h2 {
		client.Transport.(*http.Transport).TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	res, err := client.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if (res.ProtoMajor == 2) != h2 {
		t.Fatalf("HTTP/%d", res.ProtoMajor)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A handler that waits for its client by http.CloseNotifier hears that it has gone.
func TestCloseNotifierBehindMiddleware(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(a.responder.Middleware())
	gone := make(chan bool, 1)
	a.GET("/", func(c echo.Context) error {
		_ = c.String(200, "begun")
		c.Response().Flush()
		//lint:ignore SA1019 see above
		n, ok := c.Response().Writer.(http.CloseNotifier)
		if !ok {
			gone <- false
			return nil
		}
		select {
		case <-n.CloseNotify():
			gone <- true
		case <-time.After(5 * time.Second):
			gone <- false
		}
		return nil
	})
	s := httptest.NewServer(a)
	defer s.Close()
	res, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if !<-gone {
		t.Error("the handler has not heard of it")
	}
}

// The tracker of a real server's writer is seen through: the length is known, also of a HEAD, for which net/http cannot count.
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
