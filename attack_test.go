package exceptional_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

// What a handler set for its own answer, and what an error's hook sets, does not outlive the failure where it would tell
// somebody between us and the client to send something else, or to keep what we send.
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

// A hook that fails by c.Error must not start the whole flow again, which would end in a stack overflow.
func TestHooksThatCallError(t *testing.T) {
	boom := func(c echo.Context) { c.Error(fmt.Errorf("again: %w", errors.New(canary))) }
	tests := []struct {
		name string
		cfg  exceptional.Config
		use  echo.MiddlewareFunc
		err  error
	}{
		{name: "Before", use: func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				c.Response().Before(func() { boom(c) })
				return next(c)
			}
		}},
		{name: "User", cfg: exceptional.Config{Viewers: members, User: func(c echo.Context) (exceptional.User, error) {
			boom(c)
			return exceptional.User{}, nil
		}}},
		{name: "Renderer", cfg: exceptional.Config{Renderer: rendererFunc(func(c echo.Context) error {
			boom(c)
			return errors.New("no page")
		})}},
		{name: "Translate", cfg: exceptional.Config{Translate: func(c echo.Context, _ error) error { boom(c); return nil }}},
		{name: "Skipper", cfg: exceptional.Config{Skipper: func(_ error, c echo.Context) bool { boom(c); return false }}},
		{name: "Next", cfg: exceptional.Config{
			Skipper: func(error, echo.Context) bool { return true },
			Next:    func(_ error, c echo.Context) { boom(c) },
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, tt.cfg)
			if tt.use != nil {
				a.Use(tt.use)
			}
			a.fails("/", errors.New("first"))
			res := a.get("/", "Accept", browser)
			if res.StatusCode != 500 {
				t.Errorf("status %d", res.StatusCode)
			}
			b := body(t, res)
			lacks(t, b, canary)
			if strings.Count(b, "<html") != 1 {
				t.Errorf("not one page:\n%s", short(b))
			}
			if contains(t, a.logs.text(), "again: "+canary); tt.name != "Next" { // which has taken the first
				contains(t, a.logs.text(), "first")
			}
		})
	}
}

// Next is the application's code as well.
func TestNextThatPanics(t *testing.T) {
	a := newApp(t, exceptional.Config{
		Skipper: func(error, echo.Context) bool { return true },
		Next:    func(error, echo.Context) { panic(canary) },
	})
	a.fails("/", errors.New("first"))
	res := a.get("/")
	if res.StatusCode != 500 {
		t.Errorf("status %d", res.StatusCode)
	}
	lacks(t, body(t, res), canary)
	contains(t, a.logs.text(), "first", canary)
}

// Whatever stands where the response should be, nothing escapes.
func TestBrokenWriters(t *testing.T) {
	tests := []struct {
		name string
		w    http.ResponseWriter
	}{
		{"no header map", headers{func() http.Header { return nil }}},
		{"Header panics", headers{func() http.Header { panic(canary) }}},
		{"no writer", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, exceptional.Config{})
			a.GET("/", func(c echo.Context) error {
				c.Response().Writer = tt.w
				return errors.New("first")
			})
			a.get("/")
			contains(t, a.logs.text(), "first")
		})
	}
}

type headers struct{ header func() http.Header }

func (w headers) Header() http.Header         { return w.header() }
func (w headers) Write(b []byte) (int, error) { return len(b), nil }
func (w headers) WriteHeader(int)             {}

// A serializer that writes nothing has not made a document.
func TestSerializers(t *testing.T) {
	tests := []struct {
		name string
		s    echo.JSONSerializer
	}{
		{"writes nothing", serializerFunc(func(echo.Context) error { return nil })},
		{"panics", serializerFunc(func(echo.Context) error { panic(canary) })},
		{"fails half-way", serializerFunc(func(c echo.Context) error {
			_, _ = c.Response().Write([]byte(`{"mess`))
			return errors.New(canary)
		})},
		{"calls Error", serializerFunc(func(c echo.Context) error { c.Error(errors.New(canary)); return nil })},
		{"there is none", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, exceptional.Config{EchoJSON: true})
			a.JSONSerializer = tt.s
			a.fails("/", echo.NewHTTPError(409, "No."))
			res := a.get("/", "Accept", api)
			b := body(t, res)
			if res.StatusCode != 409 || strings.TrimSpace(b) != `{"message":"Conflict"}` {
				t.Errorf("%d %q", res.StatusCode, b)
			}
		})
	}
}

type serializerFunc func(c echo.Context) error

func (f serializerFunc) Serialize(c echo.Context, _ any, _ string) error { return f(c) }
func (f serializerFunc) Deserialize(echo.Context, any) error             { return nil }

// The gallery that somebody may not see leaves no trace in a cache, and neither do its pages.
func TestGalleryIsNotStored(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.responder.Gallery(a.Group("/errors"))
	for _, target := range []string{"/errors", "/errors/404", "/errors/409?frame=1", "/errors/777"} {
		for _, user := range []string{"", "alice+super"} {
			res := a.get(target, "X-User", user)
			if cc := res.Header.Get("Cache-Control"); !strings.Contains(cc, "no-store") {
				t.Errorf("%s for %q: %d, Cache-Control %q", target, user, res.StatusCode, cc)
			}
		}
	}
}

// An error type by value, nested until a comparison or a text of it takes the stack.
type shell struct{ error }

func (s shell) Unwrap() error { return s.error }

type recursive struct{ next *recursive }

//lint:ignore SA5007 that is the attack
func (r *recursive) Error() string { return "r: " + r.next.Error() }
func (r *recursive) Unwrap() error { return r.next }

func TestHostileErrors(t *testing.T) {
	deep := error(errors.New(canary))
	for range 100_000 {
		deep = shell{deep}
	}
	cyclic := new(recursive)
	cyclic.next = cyclic
	tests := []struct {
		name string
		err  error
	}{
		{"a hundred thousand values", deep},
		{"wrapped by one of ours", httperrors.BadGateway("").WithCause(deep)},
		{"a cycle whose text recurses", cyclic},
		{"a wrapper of that", shell{errors.Join(deep, shell{cyclic})}},
		{"in a panic", shell{errors.Join(cyclic, deep)}},
		{"a framework's message that is one", &echo.HTTPError{Code: 400, Message: cyclic, Internal: deep}},
	}
	for _, tt := range tests {
		for _, mode := range []exceptional.Config{{}, {EchoJSON: true}, {Debug: true}, {Translate: func(_ echo.Context, err error) error { return shell{err} }}} {
			for _, accept := range []string{browser, api, "text/plain"} {
				t.Run(tt.name, func(t *testing.T) {
					a := newApp(t, mode)
					a.Use(exceptional.Recover())
					a.GET("/", func(c echo.Context) error {
						if tt.name == "in a panic" {
							panic(tt.err)
						}
						c.Error(tt.err)
						return shell{tt.err}
					})
					res := a.get("/", "Accept", accept)
					if res.StatusCode < 400 || body(t, res) == "" {
						t.Errorf("status %d", res.StatusCode)
					}
					if n := len(a.logs.records(t)); n != 1 {
						t.Errorf("%d records", n)
					}
				})
			}
		}
	}
}

// TestHostilePanicValues: a value without an end, printed, takes the process with it.
func TestHostilePanicValues(t *testing.T) {
	self := map[string]any{"token": canary}
	self["self"] = self
	list := []any{self, nil}
	list[1] = list
	for name, value := range map[string]any{"a map": self, "a list": list, "a pointer": &list, "in an error's message": echo.NewHTTPError(400, self)} {
		for _, cfg := range []exceptional.Config{{}, {EchoJSON: true}, {Debug: true}, {Translate: func(echo.Context, error) error { panic(value) }}} {
			for _, accept := range []string{browser, api, "text/plain"} {
				t.Run(name, func(t *testing.T) {
					a := newApp(t, cfg)
					a.Use(exceptional.Recover())
					a.GET("/", func(echo.Context) error { panic(value) })
					if res := a.get("/", "Accept", accept); res.StatusCode < 400 || body(t, res) == "" {
						t.Errorf("status %d", res.StatusCode)
					}
					if n := len(a.logs.records(t)); n != 1 {
						t.Errorf("%d records", n)
					}
				})
			}
		}
	}
}

type hostileHandler struct{ slog.Handler }

func (hostileHandler) Enabled(context.Context, slog.Level) bool  { panic(canary) }
func (hostileHandler) Handle(context.Context, slog.Record) error { panic(canary) }

func TestLoggerThatPanics(t *testing.T) {
	a := newApp(t, exceptional.Config{Logger: slog.New(hostileHandler{})})
	a.fails("/", errors.New("x"))
	if res := a.get("/"); res.StatusCode != 500 || strings.Contains(body(t, res), canary) {
		t.Errorf("status %d", res.StatusCode)
	}
}

type rendererFunc func(c echo.Context) error

func (f rendererFunc) Render(_ io.Writer, _ string, _ any, c echo.Context) error { return f(c) }
