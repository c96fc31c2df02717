package exceptional_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

type viewersFunc func(ctx context.Context, group, user string) (bool, error)

func (f viewersFunc) IsMember(ctx context.Context, group, user string) (bool, error) {
	return f(ctx, group, user)
}

type panicking struct{}

func (panicking) Report(context.Context, *report.Failure) error { panic("boom in a reporter") }

// byHeader identifies by a header, for tests: "alice", "alice+super".
func byHeader(c echo.Context) (exceptional.User, error) {
	id, super := strings.CutSuffix(c.Request().Header.Get("X-User"), "+super")
	switch id {
	case "error":
		return exceptional.User{ID: "x", Superuser: true}, errors.New("session store is down")
	case "panic":
		panic("no session")
	}
	return exceptional.User{ID: id, Superuser: super}, nil
}

var members = viewersFunc(func(_ context.Context, group, user string) (bool, error) {
	if group != exceptional.DefaultGroup {
		return false, errors.New("no such group: " + group)
	}
	return user == "alice" || user == "dave", nil
})

const canary = "canary-7f3a"

func isTechnical(s string) bool { return strings.Contains(s, canary) }

// TestWhoSees: a superuser who is a member, and nobody else, in every form.
func TestWhoSees(t *testing.T) {
	block := make(chan struct{})
	defer close(block)
	tests := []struct {
		name    string
		user    string
		viewers exceptional.Viewers
		sees    bool
		why     string
	}{
		{"superuser and member", "alice+super", members, true, "superuser and member"},
		{"nobody", "", members, false, "not signed in"},
		{"ordinary customer", "bob", members, false, "not a superuser"},
		{"superuser, not a member", "carol+super", members, false, "not a member"},
		{"member, not a superuser", "dave", members, false, "not a superuser"},
		{"identity fails", "error", members, false, "session store is down"},
		{"identity panics", "panic", members, false, "no session"},
		{"look-up fails", "alice+super", viewersFunc(func(context.Context, string, string) (bool, error) { return true, errors.New("redis is down") }), false, "redis is down"},
		{"look-up panics", "alice+super", viewersFunc(func(context.Context, string, string) (bool, error) { panic("nil map") }), false, "nil map"},
		{"look-up never ends", "alice+super", viewersFunc(func(context.Context, string, string) (bool, error) { <-block; return true, nil }), false, "no answer within 50ms"},
		{"look-up exits", "alice+super", viewersFunc(func(context.Context, string, string) (bool, error) { runtime.Goexit(); return true, nil }), false, "no answer"},
	}
	for _, tt := range tests {
		for _, accept := range []string{browser, api, "text/plain", "text/markdown", "*/*"} {
			t.Run(tt.name+"/"+accept[:3], func(t *testing.T) {
				a := newApp(t, exceptional.Config{User: byHeader, Viewers: tt.viewers})
				a.fails("/", errors.New(canary))
				res := a.get("/", "Accept", accept, "X-User", tt.user)
				if res.StatusCode != 500 {
					t.Errorf("status %d", res.StatusCode)
				}
				if got := isTechnical(body(t, res)); got != tt.sees {
					t.Errorf("sees it: %v, want %v", got, tt.sees)
				}
				if cc := res.Header.Get("Cache-Control"); cc != "private, no-store" {
					t.Errorf("Cache-Control %q", cc)
				}
				vary := strings.Join(res.Header.Values("Vary"), ", ")
				contains(t, vary, "Cookie", "Authorization")
				records := a.logs.records(t)
				if len(records) != 1 {
					t.Fatalf("%d records", len(records))
				}
				if why, _ := records[0]["viewer"].(string); !strings.Contains(why, tt.why) {
					t.Errorf("viewer = %q, want %q in it", why, tt.why)
				}
			})
		}
	}
}

// Group A of the attack tests: nothing in a request switches the page on.
func TestNoRequestInputSwitchesItOn(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.Echo.Debug = true // Echo's own flag does not either
	a.fails("/", errors.New(canary))
	for _, target := range []string{"/?debug=1", "/?_debug=true&technical=1", "/?format=html&_format=debug", "/?pretty"} {
		for _, headers := range [][]string{
			nil, {"X-Debug", "1"}, {"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-For", "0000::1"}, {"X-Real-Ip", "127.0.0.1"},
			{"X-Original-Url", "/?debug"}, {"X-Http-Method-Override", "DEBUG"}, {"Host", "localhost"}, {"Cookie", "debug=1; superuser=true"},
			{"X-User", "true"}, {"X-User", "alice"}, {"X-User", "Alice+super"}, {"X-User", "alice +super"}, {"X-User", "alice\x00+super"},
		} {
			for _, accept := range []string{browser, api, "text/plain"} {
				res := a.get(target, append([]string{"Accept", accept}, headers...)...)
				b := body(t, res)
				for name, values := range res.Header {
					b += name + ": " + strings.Join(values, ",") + "\n"
				}
				if isTechnical(b) {
					t.Errorf("%s with %q shows it", target, headers)
				}
			}
		}
	}
}

// The question is asked only when there would be something to show.
func TestNobodyIsAskedWithoutNeed(t *testing.T) {
	asked, identified := 0, 0
	a := newApp(t, exceptional.Config{
		User: func(c echo.Context) (exceptional.User, error) {
			identified++
			return exceptional.User{ID: "alice", Superuser: true}, nil
		},
		Viewers: viewersFunc(func(context.Context, string, string) (bool, error) {
			asked++
			return true, nil
		}),
	})
	a.fails("/forbidden", httperrors.Forbidden("Members only."))
	a.fails("/moved", httperrors.Redirect(301, "/new"))
	a.fails("/broken", errors.New(canary))
	a.GET("/late", func(c echo.Context) error { _ = c.String(200, "x"); return errors.New(canary) })
	for _, tt := range []struct {
		name, method, path string
		headers            []string
		want               bool
	}{
		{"own 4xx", "GET", "/forbidden", nil, false},
		{"redirect", "GET", "/moved", nil, false},
		{"bot's 404", "GET", "/wp-login.php", nil, false},
		{"404 of somebody signed in", "GET", "/ordres", []string{"Cookie", "session=1"}, true},
		{"HEAD", "HEAD", "/broken", nil, false},
		{"committed", "GET", "/late", nil, false},
		{"fault of the server", "GET", "/broken", nil, true},
		{"a form that shows nothing", "GET", "/broken", []string{"Accept", "application/problem+xml"}, false},
	} {
		asked, identified = 0, 0
		headers := tt.headers
		if len(headers) == 0 || headers[0] != "Accept" {
			headers = append([]string{"Accept", browser}, headers...)
		}
		res := a.do(tt.method, tt.path, headers...)
		if (asked == 1) != tt.want || (identified == 1) != tt.want {
			t.Errorf("%s: asked %d times, identified %d times", tt.name, asked, identified)
		}
		// The header of a HEAD is that of the GET, which is asked about.
		if private := tt.want || tt.method == "HEAD"; private != strings.Contains(res.Header.Get("Cache-Control"), "private") {
			t.Errorf("%s: Cache-Control %q", tt.name, res.Header.Get("Cache-Control"))
		}
	}
}

// The membership question gets a context of its own: the request's is dead, because its deadline is what failed.
func TestRequestIsDeadViewerIsNot(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: viewersFunc(func(ctx context.Context, _, _ string) (bool, error) {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		d, ok := ctx.Deadline()
		return ok && time.Until(d) <= 50*time.Millisecond, nil
	})})
	a.GET("/", func(c echo.Context) error {
		ctx, cancel := context.WithDeadline(c.Request().Context(), time.Now().Add(-time.Second))
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return errors.Join(errors.New(canary), ctx.Err())
	})
	if !isTechnical(body(t, a.get("/", "Accept", browser, "X-User", "alice+super"))) {
		t.Error("the viewer does not see the technical page")
	}
}

func TestTechnical404ListsRoutes(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.GET("/orders/:id", func(echo.Context) error { return nil })
	b := body(t, a.get("/ordres/3", "Accept", browser, "X-User", "alice+super", "Cookie", "s=1"))
	contains(t, b, "/orders/:id")
	lacks(t, body(t, a.get("/ordres/3", "Accept", browser, "X-User", "bob", "Cookie", "s=1")), "/orders/:id")
}

func TestClientErrorsOption(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members, TechnicalClientErrors: true})
	a.fails("/", httperrors.Forbidden("Members only.").WithCause(errors.New(canary)))
	if !isTechnical(body(t, a.get("/", "Accept", browser, "X-User", "alice+super"))) {
		t.Error("the viewer does not see why it is forbidden")
	}
	if isTechnical(body(t, a.get("/", "Accept", browser, "X-User", "bob"))) {
		t.Error("bob sees it")
	}
}

func TestDebug(t *testing.T) {
	a := newApp(t, exceptional.Config{Debug: true})
	a.fails("/500", errors.New(canary))
	a.fails("/403", httperrors.Forbidden("x").WithCause(errors.New(canary)))
	a.fails("/303", httperrors.Redirect(303, "/x").WithCause(errors.New(canary)))
	for path, want := range map[string]bool{"/500": true, "/403": true, "/303": false} {
		if got := isTechnical(body(t, a.get(path, "Accept", browser))); got != want {
			t.Errorf("%s: technical %v", path, got)
		}
	}
	if res := a.get("/303"); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/x" {
		t.Errorf("redirect: %d", res.StatusCode)
	}
}
