package exceptional_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/hook"
)

const serveHTTP = "github.com/labstack/echo/v4.(*Echo).ServeHTTP"

func functionsOf(pcs []uintptr) (names []string) {
	for frames := runtime.CallersFrames(pcs); ; {
		f, more := frames.Next()
		if f.Function != "" {
			names = append(names, f.Function)
		}
		if !more {
			return names
		}
	}
}

// TestEntry: the place where this Echo calls its handlers is known. Where it is not, stacks are longer and errors cost more.
func TestEntry(t *testing.T) {
	if hook.Entry == 0 || functionsOf([]uintptr{hook.Entry})[0] != serveHTTP {
		t.Fatalf("the entry is %#x", hook.Entry)
	}
}

// stackHere is the stack of its caller up to Echo's call of a handler, 32 counters at most.
//
//go:noinline
func stackHere() []uintptr {
	pcs := make([]uintptr, 200)
	pcs = pcs[:runtime.Callers(2, pcs)]
	pcs = pcs[:slices.Index(pcs, hook.Entry)+1]
	return pcs[:min(len(pcs), 32)]
}

//go:noinline
func further(n int, f func() error) error {
	if n == 0 {
		return f()
	}
	err := further(n-1, f)
	return err
}

var errOfPackage = httperrors.ErrConflict.WithMessage("Taken.")

// TestStacksUpToEcho: whatever is around the handler, an error's stack has each frame up to Echo's call, 32 at most. All is
// compared with runtime.Callers in the same place.
func TestStacksUpToEcho(t *testing.T) {
	pass := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error { return next(c) }
	}
	apps := map[string]func(a *app, h echo.HandlerFunc){
		"alone":         func(a *app, h echo.HandlerFunc) { a.GET("/", h) },
		"in middleware": func(a *app, h echo.HandlerFunc) { a.Use(pass, exceptional.Recover(), pass); a.GET("/", h, pass) },
		"before the router": func(a *app, h echo.HandlerFunc) {
			a.Pre(pass, pass)
			a.Use(pass)
			a.GET("/", h)
		},
		"instead of the router": func(a *app, h echo.HandlerFunc) {
			a.Pre(func(echo.HandlerFunc) echo.HandlerFunc { return h })
		},
		"in a group":          func(a *app, h echo.HandlerFunc) { a.Group("", pass, pass).GET("/", h) },
		"of http.HandlerFunc": func(a *app, h echo.HandlerFunc) { a.GET("/", echo.WrapHandler(plainly(h))) },
		"not found":           func(a *app, h echo.HandlerFunc) { a.RouteNotFound("/*", h) },
		"in another Echo": func(a *app, h echo.HandlerFunc) {
			inner := echo.New()
			inner.GET("/", h)
			a.Use(pass, pass)
			a.GET("/", echo.WrapHandler(inner))
		},
	}
	makers := map[string]func() (*httperrors.Error, []uintptr){
		"constructed": func() (*httperrors.Error, []uintptr) { return httperrors.NotFound("x"), stackHere() },
		"derived":     func() (*httperrors.Error, []uintptr) { return errOfPackage.WithDetail("x"), stackHere() },
	}
	server := func(t *testing.T, h http.Handler) {
		s := httptest.NewServer(h)
		defer s.Close()
		res, err := s.Client().Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	for where, add := range apps {
		for how, f := range makers {
			t.Run(where+"/"+how, func(t *testing.T) {
				for _, n := range []int{0, 40, 1, 5, 12, 22, 31, 0, 23} {
					var got, want []string
					a := newApp(t, exceptional.Config{})
					add(a, func(echo.Context) error {
						return further(n, func() error {
							e, pcs := f()
							got, want = functionsOf(e.StackTrace()), functionsOf(pcs)
							return e
						})
					})
					server(t, a)
					if len(got) == 0 || !slices.Equal(got, want) || len(got) < 32 && got[len(got)-1] != serveHTTP {
						t.Errorf("%d deep: %d frames\n%s\nwant %d\n%s", n, len(got), strings.Join(got, "\n"), len(want), strings.Join(want, "\n"))
					}
				}
			})
		}
	}
	if errOfPackage.StackTrace() != nil {
		t.Error("an error of a package has a stack")
	}
}

func plainly(h echo.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _ = h(echo.New().NewContext(r, w)) })
}

// TestStacksWithoutEchosCall: where no handler was called, the stack goes on to its own end.
func TestStacksWithoutEchosCall(t *testing.T) {
	last := func(err error) string {
		var e *httperrors.Error
		if !errors.As(err, &e) {
			return "no Error"
		}
		names := functionsOf(e.StackTrace())
		return names[len(names)-1]
	}
	var got error
	tests := map[string]struct {
		cfg  exceptional.Config
		add  func(a *app)
		want string
	}{
		"a goroutine of a handler": {exceptional.Config{}, func(a *app) {
			a.GET("/", func(echo.Context) error {
				made := make(chan error)
				go func() { made <- httperrors.NotFound("x") }()
				got = <-made
				return got
			})
		}, "runtime.goexit"},
		"a handler that http.TimeoutHandler runs": {exceptional.Config{}, func(a *app) {
			h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got = httperrors.NotFound("x") })
			a.GET("/", echo.WrapHandler(http.TimeoutHandler(h, time.Minute, "")))
		}, "runtime.goexit"},
		"a hook of the error handler": {exceptional.Config{Translate: func(error) error { got = httperrors.NotFound("x"); return got }},
			func(a *app) { a.fails("/", errors.New("x")) }, "runtime.goexit"},
		"the same, called by a middleware": {exceptional.Config{Translate: func(error) error { got = httperrors.NotFound("x"); return got }}, func(a *app) {
			a.GET("/", func(c echo.Context) error { c.Error(errors.New("x")); return nil })
		}, serveHTTP},
		"an after-function of the request's context": {exceptional.Config{}, func(a *app) {
			a.GET("/", func(c echo.Context) error {
				made := make(chan error)
				ctx, cancel := context.WithCancel(c.Request().Context())
				context.AfterFunc(ctx, func() { made <- errOfPackage.WithDetail("x") })
				cancel()
				got = <-made
				return got
			})
		}, "runtime.goexit"},
	}
	for name, tt := range tests {
		for range 2 {
			got = nil
			a := newApp(t, tt.cfg)
			tt.add(a)
			s := httptest.NewServer(a)
			if res, err := s.Client().Get(s.URL); err == nil {
				res.Body.Close()
			}
			s.Close()
			if f := last(got); f != tt.want {
				t.Errorf("%s: the stack ends at %s, want %s", name, f, tt.want)
			}
		}
	}
	if f := last(httperrors.NotFound("x")); f != "runtime.goexit" {
		t.Errorf("in a test the stack ends at %s", f)
	}
}
