package exceptional_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// A page that fails is a fault of the application. A logger in production lets no 404 through, and must let this one.
func TestPageFails_loggedInProduction(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  exceptional.Config
	}{
		{"no reporters", exceptional.Config{}},
		{"a reporter", exceptional.Config{Reporters: []report.Reporter{new(witness)}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var l logs
			tt.cfg.Logger = slog.New(slog.NewJSONHandler(&l, &slog.HandlerOptions{Level: slog.LevelWarn}))
			tt.cfg.Renderer = renderFunc(func(io.Writer, string, any, echo.Context) error { return errors.New("no such field") })
			a := newApp(t, tt.cfg)
			if res := a.get("/nowhere", "Accept", browser); res.StatusCode != 404 {
				t.Errorf("status %d", res.StatusCode)
			}
			records := l.records(t)
			if len(records) != 1 || records[0]["level"] != "ERROR" || !strings.Contains(l.text(), "no such field") {
				t.Errorf("log: %s", l.text())
			}
			for _, r := range tt.cfg.Reporters {
				if n := len(r.(*witness).reports(t, a.responder)); n != 1 {
					t.Errorf("%d reports, want 1", n)
				}
			}
		})
	}
}

// A policy sees the whole request.
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
		if reports := w.reports(t, a.responder); len(reports) != 0 {
			t.Errorf("reported %v, which the policy excludes", reports[0].Err)
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
			if reports := w.reports(t, a.responder); len(reports) != 1 || reports[0].User != "alice" {
				t.Errorf("reported %d times, for %q", len(reports), reports[0].User)
			}
		})
	}
}

// A panic of a hook is logged at Error and reported, whatever the failure was that the hook was called for.
func TestPanicOfHookIsReported(t *testing.T) {
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
				reports := w.reports(t, a.responder)
				if len(reports) != 1 {
					t.Fatalf("reported %d times", len(reports))
				}
				if f := reports[0]; !f.HookPanic || !slices.Contains(f.Warnings, tt.says) || f.Reference == "" || f.User != "bob" {
					t.Errorf("reported %+v", f)
				}
			})
		}
	}
}

// A sampling hook sees the complete failure, also one that is not reported.
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
