package exceptional_test

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// A policy decides by what it is told, so it is told of the request before it is asked.
func TestPolicySeesTheRequest(t *testing.T) {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelError + 1} {
		w := new(witness)
		var l logs
		a := newApp(t, exceptional.Config{
			Logger:    slog.New(slog.NewJSONHandler(&l, &slog.HandlerOptions{Level: level})),
			Reporters: []report.Reporter{w},
			Reporting: report.Options{Policy: func(f *report.Failure) bool {
				if f.Method != "GET" || f.Host != "example.com" || !strings.HasPrefix(f.Path, "/health/") || f.Handler == "" || f.RequestID != "r-1" ||
					f.RemoteAddr == "" || f.Request == nil || f.Request.URL.RawQuery != "deep=1" {
					t.Errorf("the policy sees %+v", f)
				}
				return f.Route != "/health/:part"
			}},
		})
		a.fails("/health/:part", errors.New("down"))
		a.get("/health/db?deep=1", "X-Request-Id", "r-1")
		if told := w.told(t, a.responder); len(told) != 0 {
			t.Errorf("told of %v, which the policy excludes", told[0].Err)
		}
	}
}

// Reporters learn who was hit, whether or not there is a technical page to be admitted to.
func TestReportNamesTheUser(t *testing.T) {
	gated := exceptional.Config{User: byHeader, Viewers: members}
	for _, tt := range []struct {
		name, method, path, accept string
		cfg                        exceptional.Config
	}{
		{"without viewers", "GET", "/broken", browser, exceptional.Config{User: byHeader}},
		{"viewers", "GET", "/broken", browser, gated},
		{"development", "GET", "/broken", browser, exceptional.Config{User: byHeader, Debug: true}},
		{"HEAD", "HEAD", "/broken", browser, gated},
		{"a form that shows nothing", "GET", "/broken", "application/problem+xml", gated},
		{"after the response had begun", "GET", "/late", browser, gated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := new(witness)
			tt.cfg.Reporters = []report.Reporter{w}
			a := newApp(t, tt.cfg)
			a.fails("/broken", errors.New(canary))
			a.GET("/late", func(c echo.Context) error { _ = c.String(200, "half"); return errors.New(canary) })
			a.do(tt.method, tt.path, "Accept", tt.accept, "X-User", "alice+super")
			if told := w.told(t, a.responder); len(told) != 1 || told[0].User != "alice" {
				t.Errorf("told %d times, of %q", len(told), told[0].User)
			}
		})
	}
}

// A panic of the application's code is told at the level of a fault, whatever the failure was that it was called for.
func TestPanicOfHookIsTold(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  exceptional.Config
		err  error
		says string
	}{
		{"AugmentResponse", exceptional.Config{}, httperrors.NotFound("").WithAugment(func(http.ResponseWriter) { panic("hook broke") }), "AugmentResponse: panic: hook broke"},
		{"Translate", exceptional.Config{Translate: func(echo.Context, error) error { panic("hook broke") }}, httperrors.ErrNotFound, "Translate: panic: hook broke"},
		{"Skipper", exceptional.Config{Skipper: func(error, echo.Context) bool { panic("hook broke") }}, httperrors.ErrNotFound, "Skipper: panic: hook broke"},
	} {
		for _, level := range []slog.Level{slog.LevelInfo, slog.LevelWarn} {
			t.Run(tt.name+", "+level.String(), func(t *testing.T) {
				var l logs
				w := new(witness)
				cfg := tt.cfg
				cfg.Logger = slog.New(slog.NewJSONHandler(&l, &slog.HandlerOptions{Level: level}))
				cfg.Reporters, cfg.User = []report.Reporter{w}, byHeader
				a := newApp(t, cfg)
				a.fails("/", tt.err)
				if res := a.get("/", "X-User", "bob"); res.StatusCode != 404 {
					t.Errorf("status %d", res.StatusCode)
				}
				records := l.records(t)
				if len(records) != 1 || records[0]["level"] != "ERROR" || !strings.Contains(l.text(), tt.says) {
					t.Errorf("log: %s", l.text())
				}
				told := w.told(t, a.responder)
				if len(told) != 1 {
					t.Fatalf("told %d times", len(told))
				}
				if f := told[0]; !f.HookPanic || !slices.Contains(f.Warnings, tt.says) || f.Reference == "" || f.User != "bob" {
					t.Errorf("told of %+v", f)
				}
			})
		}
	}
}

// N20 where the answer depends on who asks: the header of a HEAD says so as well, and names no length, which would be that of
// somebody else's page (RFC 9110, section 8.6).
func TestHEADOfTechnicalPage(t *testing.T) {
	for name, cfg := range map[string]exceptional.Config{
		"viewers":     {User: byHeader, Viewers: members},
		"development": {Debug: true},
	} {
		a := newApp(t, cfg)
		a.fails("/broken", errors.New(canary))
		for _, user := range []string{"alice+super", "bob", ""} {
			for _, accept := range []string{browser, api, "text/plain"} {
				get, head := a.get("/broken", "Accept", accept, "X-User", user), a.do("HEAD", "/broken", "Accept", accept, "X-User", user)
				if b := body(t, head); b != "" || head.StatusCode != get.StatusCode {
					t.Errorf("%s, %q, %s: %d %q", name, user, accept, head.StatusCode, b)
				}
				for _, field := range []string{"Vary", "Cache-Control", "Content-Type"} {
					if g, h := get.Header.Get(field), head.Header.Get(field); g != h {
						t.Errorf("%s, %q, %s: %s of GET %q, of HEAD %q", name, user, accept, field, g, h)
					}
				}
				if n := head.Header.Get("Content-Length"); n != "" {
					t.Errorf("%s, %q, %s: HEAD announces %s bytes", name, user, accept, n)
				}
			}
		}
	}
}

// A status that was held back for a page is sent, whoever answers in the end: Echo takes it for sent, and would leave net/http to
// send a 200.
func TestBareStatusIsNeverLost(t *testing.T) {
	bare := func(c echo.Context) error { return c.NoContent(http.StatusForbidden) }
	barely := func(c echo.Context) error { _ = c.NoContent(http.StatusForbidden); return errors.New("audit failed") }
	silentNext := func(error, echo.Context) {}
	careful := func(next echo.HandlerFunc) echo.HandlerFunc { // answers nothing twice
		return func(c echo.Context) error {
			if err := next(c); err != nil && !c.Response().Committed {
				return err
			}
			return nil
		}
	}
	all := func(error, echo.Context) bool { return true }
	for _, tt := range []struct {
		name    string
		cfg     exceptional.Config
		outer   []echo.MiddlewareFunc
		foreign bool // Echo's own error handler
		handler echo.HandlerFunc
		want    int
	}{
		{"a page", exceptional.Config{}, nil, false, bare, 403},
		{"an error after it", exceptional.Config{}, nil, false, barely, 500},
		{"left to Echo's handler", exceptional.Config{Skipper: all}, nil, false, bare, 403},
		{"left to Echo's handler, an error after it", exceptional.Config{Skipper: all}, nil, false, barely, 500},
		{"left to a Next that does nothing", exceptional.Config{Skipper: all, Next: silentNext}, nil, false, bare, 403},
		{"left to a Next that does nothing, an error after it", exceptional.Config{Skipper: all, Next: silentNext}, nil, false, barely, 403},
		{"swallowed outside", exceptional.Config{}, []echo.MiddlewareFunc{careful}, false, barely, 500},
		{"another error handler", exceptional.Config{}, nil, true, bare, 403},
		{"another error handler, an error after it", exceptional.Config{}, nil, true, barely, 500},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.cfg.BareStatuses = true
			a := newApp(t, tt.cfg)
			if tt.foreign {
				a.HTTPErrorHandler = a.DefaultHTTPErrorHandler
			}
			a.Use(append(tt.outer, a.responder.Middleware())...)
			a.GET("/", tt.handler)
			if res := a.get("/"); res.StatusCode != tt.want {
				t.Errorf("status %d, want %d", res.StatusCode, tt.want)
			}
		})
	}
}

// A sampling hook is asked when all is known of the failure, also of one that nobody reports.
func TestSampleSeesTheFailure(t *testing.T) {
	var seen []*report.Failure
	a := newApp(t, exceptional.Config{
		User: byHeader, Viewers: members,
		Reporting: report.Options{Sample: func(f *report.Failure) bool {
			g := *f
			seen = append(seen, &g)
			return false
		}},
	})
	a.fails("/broken/:id", httperrors.InternalServerError("").WithCause(errors.New("down")))
	a.get("/broken/7", "Accept", browser, "X-User", "alice+super", "X-Request-Id", "r-1")
	a.get("/missing", "Accept", browser)
	if len(seen) != 2 {
		t.Fatalf("asked %d times", len(seen))
	}
	f := seen[0]
	if f.Method != "GET" || f.Route != "/broken/:id" || f.Path != "/broken/7" || f.Handler == "" || f.RequestID != "r-1" || f.User != "alice" ||
		f.Status != 500 || f.Err == nil || f.Resolved == nil || f.Reference == "" || !f.Reported || f.Request == nil || f.Time.IsZero() ||
		f.Format != "html" || f.Language != "en" || f.Viewer == "" || len(f.Stack) == 0 {
		t.Errorf("the hook sees %+v", f)
	}
	if f := seen[1]; f.Status != 404 || f.Path != "/missing" || f.Method != "GET" || f.Reference != "" || f.Step != "builtin" {
		t.Errorf("the hook sees %+v", f)
	}
	if s := a.logs.text(); s != "" {
		t.Errorf("logged %s", s)
	}
}

// What the application calls a secret is one in the log, too.
func TestMaskOfTheApplication(t *testing.T) {
	a := newApp(t, exceptional.Config{Technical: debugview.Options{Mask: debugview.Masking{Names: []string{"membership"}}}})
	a.fails("/cards/:membership", errors.New("no card: membership=4711081500 is unknown"))
	a.get("/cards/4711081500")
	lacks(t, a.logs.text(), "4711081500")
	contains(t, a.logs.text(), "no card", "/cards/")
}
