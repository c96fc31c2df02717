package exceptional_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
	"github.com/exceptional-go/exceptional/report"
)

// sdk has a status of its own, as the errors of many SDKs do. That status is an upstream's, not ours.
type sdk struct{ status int }

func (s sdk) Error() string   { return "sdk secret" }
func (s sdk) StatusCode() int { return s.status }

type valueMethods struct{}

func (valueMethods) Error() string { return "secret" }

func joined(errs ...error) error { return errors.Join(errs...) }

func itself() error {
	he := echo.NewHTTPError(http.StatusConflict, "its own cause")
	he.Internal = he
	return he
}

// TestStatus is the main table: what the client gets for which error.
func TestStatus(t *testing.T) {
	const phrase = "" // the standard phrase stands where no public message is given
	tests := []struct {
		name   string
		err    error
		status int
		detail string // the public message; "" for none
	}{
		// Ours.
		{"own error", httperrors.NotFound("No such order."), 404, "No such order."},
		{"own error, wrapped", fmt.Errorf("secret: %w", httperrors.Conflict("Changed meanwhile.")), 409, "Changed meanwhile."},
		{"own error in Echo's", echo.NewHTTPError(500, "secret").SetInternal(httperrors.NotFound("No such order.")), 404, "No such order."},
		{"sentinel", httperrors.ErrForbidden, 403, phrase},
		{"type that speaks HTTP", foreign{418, "Short and stout."}, 418, "Short and stout."},
		{"type with a status only", sdk{404}, 500, phrase},
		{"own error without a message", httperrors.New(503, ""), 503, phrase},

		// Echo's own.
		{"message", echo.NewHTTPError(400, "hello"), 400, "hello"},
		{"sentinel of Echo", echo.ErrNotFound, 404, phrase},
		{"wrapped", fmt.Errorf("secret: %w", echo.ErrNotFound), 404, phrase},
		{"twice wrapped", fmt.Errorf("a: %w", fmt.Errorf("b: %w", echo.NewHTTPError(410, "Gone for good."))), 410, "Gone for good."},
		{"message of a 5xx is private", echo.NewHTTPError(502, "remote http://10.0.0.1 secret"), 502, phrase},
		{"internal with a status wins", echo.NewHTTPError(400, "outer").SetInternal(echo.NewHTTPError(413, "inner")), 413, "inner"},
		{"internal that wraps a status", echo.NewHTTPError(400, "outer").SetInternal(fmt.Errorf("secret: %w", echo.NewHTTPError(413, "inner"))), 413, "inner"},
		{"internal without a status", echo.NewHTTPError(400, "outer").SetInternal(errors.New("secret internal")), 400, "outer"},
		{"composed by Bind", echo.NewHTTPError(400, "secret composed").SetInternal(errors.New("secret composed")), 400, phrase},
		{"binding error", echo.NewBindingError("id", []string{"secret"}, "secret int64", errors.New("secret")), 400, phrase},
		{"binding error, wrapped", fmt.Errorf("x: %w", echo.NewBindingError("id", nil, "secret", nil)), 400, phrase},
		{"error as message", echo.NewHTTPError(400, errors.New("secret")), 400, phrase},
		{"internal is itself", itself(), 409, "its own cause"},
		{"rewritten by a middleware", echo.NewHTTPError(500).WithInternal(httperrors.NotFound("No such order.")), 404, "No such order."},
		{"rate limit", middleware.ErrRateLimitExceeded, 429, "rate limit exceeded"},
		{"validator not registered", echo.ErrValidatorNotRegistered, 500, phrase},

		// Statuses that cannot be sent.
		{"code 0", &echo.HTTPError{Code: 0}, 500, phrase},
		{"code 99", &echo.HTTPError{Code: 99}, 500, phrase},
		{"code 103", &echo.HTTPError{Code: 103}, 500, phrase},
		{"code 200", &echo.HTTPError{Code: 200, Message: "secret"}, 500, phrase},
		{"code 204", &echo.HTTPError{Code: 204}, 500, phrase},
		{"code 1000", &echo.HTTPError{Code: 1000}, 500, phrase},
		{"code -1", &echo.HTTPError{Code: -1}, 500, phrase},
		{"code MinInt", &echo.HTTPError{Code: math.MinInt}, 500, phrase},
		{"code 499 with the client there", echo.NewHTTPError(499, "secret"), 500, phrase},
		{"code 599", echo.NewHTTPError(599), 599, phrase},
		{"code 450, which is not registered", echo.NewHTTPError(450, "Blocked."), 450, "Blocked."},

		// Everybody else's.
		{"plain", errors.New("secret"), 500, phrase},
		{"no rows", fmt.Errorf("secret: %w", sql.ErrNoRows), 404, phrase},
		{"file that is not there", &fs.PathError{Op: "open", Path: "/secret", Err: fs.ErrNotExist}, 404, phrase},
		{"file without permission", &fs.PathError{Op: "open", Path: "/secret", Err: fs.ErrPermission}, 403, phrase},
		{"deadline", context.DeadlineExceeded, 504, phrase},
		{"cancelled, and the client is there", context.Canceled, 500, phrase},
		{"body too large", &http.MaxBytesError{Limit: 1}, 413, phrase},
		{"body too large, in Bind's 400", echo.NewHTTPError(400, "secret").SetInternal(&http.MaxBytesError{Limit: 1}), 413, phrase},
		{"a set status beats a mapping", httperrors.New(503, "Later.").WithCause(context.DeadlineExceeded), 503, "Later."},
		{"a status set in Echo beats a mapping", echo.ErrServiceUnavailable.WithInternal(context.DeadlineExceeded), 503, phrase},
		{"bad JSON", &json.SyntaxError{Offset: 3}, 400, phrase},

		// Trees.
		{"join: the most serious", joined(httperrors.NotFound("a"), httperrors.New(500, ""), context.Canceled), 500, phrase},
		{"join: then the first", joined(httperrors.Conflict("First."), httperrors.NotFound("Second.")), 409, "First."},
		{"join of plain errors", joined(errors.New("secret"), errors.New("secret")), 500, phrase},

		// Hostile values.
		{"typed nil of Echo", (*echo.HTTPError)(nil), 500, phrase},
		{"typed nil of ours", (*httperrors.Error)(nil), 500, phrase},
		{"nil pointer with value methods", (*valueMethods)(nil), 500, phrase},
		{"Error panics", &hostile{"Error panics"}, 500, phrase},
		{"Unwrap panics", &hostile{"Unwrap panics"}, 500, phrase},
		{"cycle", &hostile{"cycle"}, 500, phrase},
		{"huge text", &hostile{"huge"}, 500, phrase},
		{"control characters", &hostile{"control"}, 500, phrase},
		{"uncomparable", uncomparable{[]string{"a"}}, 500, phrase},
		{"uncomparable, wrapped", fmt.Errorf("x: %w", uncomparable{}), 500, phrase},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, exceptional.Config{})
			a.fails("/", tt.err)
			// The other forms are TestStandards' and, for hostile errors, TestBadErrors'.
			for _, accept := range []string{api, browser} {
				res := a.get("/", "Accept", accept)
				if res.StatusCode != tt.status {
					t.Errorf("Accept %s: status %d, want %d", accept, res.StatusCode, tt.status)
				}
				b := body(t, res)
				if b == "" {
					t.Errorf("Accept %s: no body", accept)
				}
				lacks(t, b, "secret", "PANIC", "goroutine", "<nil>", "outer:")
				if tt.detail != "" {
					contains(t, b, tt.detail)
				}
				if accept == browser {
					continue
				}
				doc := map[string]any{}
				if err := json.Unmarshal([]byte(b), &doc); err != nil || res.Header.Get("Content-Type") != "application/problem+json" {
					t.Errorf("Content-Type %q, %v", res.Header.Get("Content-Type"), err)
				}
				if doc["status"] != float64(tt.status) {
					t.Errorf("member status = %v, want %d", doc["status"], tt.status)
				}
				if want := httperrors.Phrase(tt.status); want != "" && doc["title"] != want {
					t.Errorf("member title = %v, want %q", doc["title"], want)
				}
			}
		})
	}
}

func TestNilErrorIsNoError(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.GET("/", func(c echo.Context) error {
		c.Error(nil)
		return c.String(200, "fine")
	})
	if res := a.get("/"); res.StatusCode != 200 || body(t, res) != "fine" {
		t.Errorf("c.Error(nil) answered: %d", res.StatusCode)
	}
	if n := len(a.logs.records(t)); n != 0 {
		t.Errorf("%d log records for no error", n)
	}
}

func TestFrameworkErrors(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.GET("/orders", func(c echo.Context) error { return nil })
	a.POST("/orders", func(c echo.Context) error { return nil })

	res := a.get("/nowhere", "Accept", browser)
	if res.StatusCode != 404 || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		t.Errorf("no route: %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	res = a.do(http.MethodDelete, "/orders", "Accept", api)
	if res.StatusCode != 405 || res.Header.Get("Allow") != "OPTIONS, GET, POST" {
		t.Errorf("wrong method: %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
}

// labstack/echo#1981: a group with middleware answers a wrong method with 404.
func TestGroupThatTurns405Into404(t *testing.T) {
	build := func(keep bool) *app {
		a := newApp(t, exceptional.Config{KeepGroup404: keep})
		g := a.Group("/api", func(next echo.HandlerFunc) echo.HandlerFunc { return next })
		g.GET("/orders/:id", func(c echo.Context) error { return httperrors.NotFound("No such order.") })
		g.PUT("/orders/:id", func(c echo.Context) error { return echo.ErrNotFound })
		return a
	}
	a := build(false)
	res := a.do(http.MethodPost, "/api/orders/3", "Accept", api)
	if res.StatusCode != 405 || res.Header.Get("Allow") != "GET, OPTIONS, PUT" {
		t.Errorf("wrong method in a group: %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
	if res := a.get("/api/nowhere"); res.StatusCode != 404 {
		t.Errorf("no route in a group: %d", res.StatusCode)
	}
	if res := a.do(http.MethodPut, "/api/orders/3"); res.StatusCode != 404 {
		t.Errorf("a handler's own 404 became %d", res.StatusCode)
	}
	if res := build(true).do(http.MethodPost, "/api/orders/3"); res.StatusCode != 404 {
		t.Errorf("KeepGroup404: %d", res.StatusCode)
	}
}

// A 404 with a message of the application's own is not one of labstack/echo#1981, and stays a 404.
func TestGroupKeepsOwn404(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	pass := func(next echo.HandlerFunc) echo.HandlerFunc { return next }
	none := func(echo.Context) error { return nil }
	own := a.Group("/own", pass)
	own.GET("/x", none)
	own.RouteNotFound("/*", func(echo.Context) error { return echo.NewHTTPError(404, "No such API.") })
	bare := a.Group("/bare", pass)
	bare.GET("/x", none)
	bare.RouteNotFound("/*", func(echo.Context) error { return echo.ErrNotFound })
	tenants := a.Group("/tenant", func(echo.HandlerFunc) echo.HandlerFunc {
		return func(echo.Context) error { return echo.NewHTTPError(404, "No such tenant.") }
	})
	tenants.GET("/x", none)
	data := a.Group("/data", func(echo.HandlerFunc) echo.HandlerFunc {
		return func(echo.Context) error { return echo.NewHTTPError(404, echo.Map{"tenant": "acme"}) }
	})
	data.GET("/x", none)
	for path, want := range map[string]string{"/own/x": "No such API.", "/bare/x": "Not Found", "/tenant/x": "No such tenant.", "/data/x": "acme"} {
		res := a.do(http.MethodPost, path, "Accept", api)
		if got := body(t, res); res.StatusCode != 404 || !strings.Contains(got, want) {
			t.Errorf("%s: %d %s", path, res.StatusCode, got)
		}
	}
}

// labstack/echo#1981: the methods of a path are those that Echo's router finds for it, however it is encoded and matched.
func TestGroupAllowIsTheRoutersOwn(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(a.responder.Middleware())
	g := a.Group("/api", func(next echo.HandlerFunc) echo.HandlerFunc { return next })
	none := func(echo.Context) error { return nil }
	g.GET("/f/:name", none)
	g.GET("/d/:name", none)
	g.PUT("/d/:name/parts/:part", none)
	g.Add("PROPFIND", "/d/all", none)
	g.GET("/all/*", none)
	nested := g.Group("/v2", func(next echo.HandlerFunc) echo.HandlerFunc { return next })
	nested.DELETE("/x", none)
	for path, want := range map[string]string{
		"/api/f/a":            "GET, OPTIONS",
		"/api/f/a%2Fb":        "GET, OPTIONS",
		"/api/f/a/b":          "GET, OPTIONS", // a parameter at the end of all its routes takes the rest
		"/api/d/a/b":          "",
		"/api/d/a%2Fb":        "GET, OPTIONS",
		"/api/d/a/parts/1":    "OPTIONS, PUT",
		"/api/d/a%2Fparts%2F": "GET, OPTIONS",
		"/api/d/all":          "GET, OPTIONS, PROPFIND",
		"/api/v2/x":           "DELETE, OPTIONS",
		"/api/v2/y":           "",
		"/api/nowhere":        "",
	} {
		status := 405
		if want == "" {
			status = 404
		}
		res := a.do(http.MethodPost, path, "Accept", api)
		if got := res.Header.Get("Allow"); res.StatusCode != status || got != want {
			t.Errorf("%s: %d, Allow %q, want %q", path, res.StatusCode, got, want)
		}
		if want == "" {
			continue
		}
		for _, method := range strings.Split(want, ", ") {
			if res := a.do(method, path, "Accept", api); method != http.MethodOptions && res.StatusCode != 200 {
				t.Errorf("%s %s: %d", method, path, res.StatusCode)
			}
		}
	}
}

// The answer to OPTIONS does not name OPTIONS.
func TestGroupOptions(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Group("/api", func(next echo.HandlerFunc) echo.HandlerFunc { return next }).GET("/x", func(echo.Context) error { return nil })
	if res := a.do(http.MethodOptions, "/api/x", "Accept", api); res.StatusCode != 405 || res.Header.Get("Allow") != "GET" {
		t.Errorf("%d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
}

// Echo's errors are shared by all requests (labstack/echo#1549).
func TestSharedErrorsAreNotChanged(t *testing.T) {
	before := *echo.ErrNotFound
	a := newApp(t, exceptional.Config{Translate: func(_ echo.Context, err error) error { return httperrors.Hide(err) }})
	a.fails("/", echo.ErrForbidden)
	for range 3 {
		a.get("/")
		a.get("/nowhere")
	}
	if *echo.ErrNotFound != before || echo.ErrForbidden.Internal != nil {
		t.Error("one of Echo's errors has changed")
	}
}

func TestTranslate(t *testing.T) {
	mine := errors.New("private, out of stock")
	a := newApp(t, exceptional.Config{Translate: func(_ echo.Context, err error) error {
		switch {
		case errors.Is(err, mine):
			return httperrors.Conflict("Sold out.").WithCause(err)
		case err.Error() == "panic":
			panic("in Translate")
		}
		return nil
	}})
	a.fails("/mine", fmt.Errorf("x: %w", mine))
	a.fails("/other", httperrors.NotFound("No such order."))
	a.fails("/panic", errors.New("panic"))
	if doc := problem(t, a.get("/mine")); doc["status"] != 409.0 || doc["detail"] != "Sold out." {
		t.Errorf("translated: %v", doc)
	}
	if doc := problem(t, a.get("/other")); doc["status"] != 404.0 {
		t.Errorf("not translated: %v", doc)
	}
	if doc := problem(t, a.get("/panic")); doc["status"] != 500.0 {
		t.Errorf("Translate panicked: %v", doc)
	}
	contains(t, a.logs.text(), "in Translate", "private, out of stock")
}

// A structured message is the application's data for its clients; a problem document carries it in a member.
func TestStructuredMessage(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.fails("/map", echo.NewHTTPError(400, echo.Map{"field": "name", "why": "too short"}))
	a.fails("/marshaler", echo.NewHTTPError(400, marshaler{}))
	a.fails("/5xx", echo.NewHTTPError(500, echo.Map{"secret": "x"}))
	a.fails("/func", echo.NewHTTPError(400, func() {}))
	a.fails("/nan", echo.NewHTTPError(400, math.NaN()))
	if m, _ := problem(t, a.get("/map"))["message"].(map[string]any); m["field"] != "name" {
		t.Errorf("map: %v", m)
	}
	if m, _ := problem(t, a.get("/marshaler"))["message"].(map[string]any); m["own"] != "json" {
		t.Errorf("marshaler: %v", m)
	}
	lacks(t, body(t, a.get("/5xx")), "secret")
	for _, path := range []string{"/func", "/nan"} {
		if doc := problem(t, a.get(path)); doc["status"] != 400.0 {
			t.Errorf("%s: %v", path, doc)
		}
	}
}

func TestSkipperAndNext(t *testing.T) {
	var left error
	a := newApp(t, exceptional.Config{
		Skipper: func(err error, c echo.Context) bool {
			if c.Path() == "/panics" {
				panic("in Skipper")
			}
			return strings.HasPrefix(c.Path(), "/legacy")
		},
		Next: func(err error, c echo.Context) {
			left = err
			_ = c.String(599, "legacy")
		},
	})
	a.fails("/legacy", errors.New("x"))
	a.fails("/mine", errors.New("y"))
	a.fails("/panics", errors.New("z"))
	if res := a.get("/legacy"); res.StatusCode != 599 || left == nil {
		t.Errorf("left to Next: %d", res.StatusCode)
	}
	if res := a.get("/mine"); res.StatusCode != 500 {
		t.Errorf("ours: %d", res.StatusCode)
	}
	if res := a.get("/panics"); res.StatusCode != 500 {
		t.Errorf("a Skipper that panics: %d", res.StatusCode)
	}

	b := newApp(t, exceptional.Config{Skipper: func(error, echo.Context) bool { return true }})
	for path, err := range map[string]error{"/nil": (*echo.HTTPError)(nil), "/99": &echo.HTTPError{Code: 99}} {
		b.fails(path, err)
		if res := b.get(path, "Accept", api); res.StatusCode != 500 || problem(t, res)["status"] != 500.0 {
			t.Errorf("%s, at which Echo's handler panics: %d", path, res.StatusCode)
		}
	}
	contains(t, b.logs.text(), "invalid WriteHeader code 99")
	b.fails("/", echo.NewHTTPError(404, "x"))
	if got := body(t, b.get("/")); got != "{\"message\":\"x\"}\n" {
		t.Errorf("without Next: %q", got)
	}
}

func TestRedirectRaisedAsAnError(t *testing.T) {
	for _, debug := range []bool{false, true} {
		a := newApp(t, exceptional.Config{Debug: debug})
		a.fails("/", httperrors.Redirect(303, "/elsewhere"))
		a.fails("/bad", httperrors.Redirect(303, "http://a\r\nb"))
		res := a.get("/", "Accept", browser)
		if res.StatusCode != 303 || res.Header.Get("Location") != "/elsewhere" {
			t.Errorf("Debug %v: %d %q", debug, res.StatusCode, res.Header.Get("Location"))
		}
		if res := a.get("/bad", "Accept", api); res.StatusCode != 500 || res.Header.Get("Location") != "" {
			t.Errorf("invalid location: %d %q", res.StatusCode, res.Header.Get("Location"))
		}
	}
}

// Mistakes that Echo makes easy cost the answer nothing, and are in the log as warnings.
func TestMisuseOfEcho(t *testing.T) {
	t.Cleanup(func() { echo.ErrBadGateway.Internal = nil })
	a := newApp(t, exceptional.Config{})
	a.GET("/shared", func(echo.Context) error { return echo.ErrBadGateway.SetInternal(errors.New("of another request")) })
	a.fails("/copy", echo.ErrServiceUnavailable.WithInternal(errors.New("x")))
	a.fails("/401", httperrors.New(401, "").WithReport(true))
	a.fails("/401-challenge", httperrors.Unauthorized("", httperrors.Basic("x")).WithReport(true))
	for _, tt := range []struct {
		path   string
		status int
		want   string
	}{{"/copy", 503, ""}, {"/shared", 502, "SetInternal"}, {"/401", 401, "WWW-Authenticate"}, {"/401-challenge", 401, ""}} {
		a.logs.buf.Reset()
		res := a.get(tt.path, "Accept", api)
		if res.StatusCode != tt.status {
			t.Errorf("%s: %d", tt.path, res.StatusCode)
		}
		lacks(t, body(t, res), "of another request")
		if tt.want != "" {
			contains(t, a.logs.text(), `"warnings"`, tt.want)
		} else {
			lacks(t, a.logs.text(), `"warnings"`)
		}
	}
}

// TestParity covers the features of django_exceptional_middleware that no other test covers.
func TestParity(t *testing.T) {
	templates := fstest.MapFS{
		"http_responses/404.html":     {Data: []byte(`own 404: {{.Code}} {{.Message}}`)},
		"http_responses/default.html": {Data: []byte(`own default: {{.Code}} {{.Message}}{{with .Err}} err{{end}}`)},
	}
	t.Run("a template for the status, then the default, with the three names", func(t *testing.T) {
		a := newApp(t, exceptional.Config{Templates: templates})
		a.fails("/sold", httperrors.Gone("Sold."))
		if got := body(t, a.get("/nowhere", "Accept", browser)); got != "own 404: 404 Not Found" {
			t.Errorf("%q", got)
		}
		if got := body(t, a.get("/sold", "Accept", browser)); got != "own default: 410 Sold. err" {
			t.Errorf("%q", got)
		}
	})
	t.Run("a renderer of the application's own", func(t *testing.T) {
		var names []string
		a := newApp(t, exceptional.Config{Renderer: renderFunc(func(w io.Writer, name string, data any, c echo.Context) error {
			names = append(names, name)
			if !strings.Contains(name, "default") {
				return renderer.ErrNoTemplate
			}
			_, err := io.WriteString(w, data.(*renderer.Page).Message+" at "+c.Request().URL.Path)
			return err
		})})
		if got := body(t, a.get("/nowhere", "Accept", browser)); got != "Not Found at /nowhere" {
			t.Errorf("%q", got)
		}
		if len(names) < 2 || !strings.Contains(names[0], "404") {
			t.Errorf("asked for %q", names)
		}
	})
	t.Run("well-known errors have their status, and reporters get them", func(t *testing.T) {
		for _, tt := range []struct {
			err    error
			status int
		}{{sql.ErrNoRows, 404}, {fs.ErrPermission, 403}, {io.ErrClosedPipe, 500}} {
			w := new(witness)
			a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}, Reporting: report.Options{Policy: func(*report.Failure) bool { return true }}})
			a.fails("/", tt.err)
			if res := a.get("/"); res.StatusCode != tt.status {
				t.Errorf("%v: %d, want %d", tt.err, res.StatusCode, tt.status)
			}
			if seen := w.reports(t, a.responder); len(seen) != 1 || !errors.Is(seen[0].Err, tt.err) {
				t.Errorf("%v is lost", tt.err)
			}
		}
	})
	t.Run("the router's own failures keep their error", func(t *testing.T) {
		w := new(witness)
		a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}, Reporting: report.Options{Policy: func(*report.Failure) bool { return true }}})
		a.GET("/", notFound)
		a.get("/nowhere")
		a.do(http.MethodPost, "/")
		seen := w.reports(t, a.responder)
		if len(seen) != 2 || !errors.Is(seen[0].Err, echo.ErrNotFound) || !errors.Is(seen[1].Err, echo.ErrMethodNotAllowed) {
			t.Errorf("%d reports", len(seen))
		}
	})
	t.Run("Debug shows the cause, and reports it all the same", func(t *testing.T) {
		w := new(witness)
		a := newApp(t, exceptional.Config{Debug: true, Reporters: []report.Reporter{w}})
		a.fails("/", errors.New("the cause"))
		contains(t, body(t, a.get("/", "Accept", browser)), "the cause")
		if n := len(w.reports(t, a.responder)); n != 1 {
			t.Errorf("%d reports", n)
		}
	})
	t.Run("the default policy of reports", func(t *testing.T) {
		for _, tt := range []struct {
			name string
			err  error
			want int
		}{
			{"own 5xx", httperrors.ServiceUnavailable(""), 1}, {"own 4xx", httperrors.Conflict(""), 0}, {"foreign not found", sql.ErrNoRows, 0},
			{"route not found", echo.ErrNotFound, 0}, {"unexpected", errors.New("x"), 1}, {"own 5xx that says no", httperrors.ServiceUnavailable("").WithReport(false), 0},
			{"own 4xx that says yes", httperrors.Conflict("").WithReport(true), 1},
		} {
			w := new(witness)
			a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}})
			a.fails("/", tt.err)
			a.get("/")
			if n := len(w.reports(t, a.responder)); n != tt.want {
				t.Errorf("%s: %d reports, want %d", tt.name, n, tt.want)
			}
		}
	})
	t.Run("a status without a name", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.fails("/", httperrors.New(555, ""))
		for _, accept := range anyForm {
			if res := a.get("/", "Accept", accept); res.StatusCode != 555 || body(t, res) == "" {
				t.Errorf("Accept %q: %d", accept, res.StatusCode)
			}
		}
	})
	t.Run("a 403 that looks like a 404, to the byte", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.fails("/hidden", httperrors.Hide(httperrors.Forbidden("secret")))
		a.fails("/absent", httperrors.ErrNotFound)
		for _, accept := range anyForm {
			x, y := a.get("/hidden", "Accept", accept), a.get("/absent", "Accept", accept)
			if a, b := body(t, x), body(t, y); x.StatusCode != 404 || a != b || len(x.Header) != len(y.Header) {
				t.Errorf("%d %q, %q", x.StatusCode, short(a), short(b))
			}
		}
	})
}

// A client, or a test, reads an answer back into the error that it was.
func TestAnswersCanBeReadBack(t *testing.T) {
	taken := httperrors.Conflict("Taken.").WithCode("taken")
	a := newApp(t, exceptional.Config{})
	a.fails("/", taken.WithExtension("owner", "ann").WithErrors(httperrors.FieldError{Detail: "in use", Pointer: "/name"}).WithRetryAfter(0))
	for _, accept := range []string{api, browser} {
		e, err := httperrors.FromResponse(a.get("/", "Accept", accept))
		if e == nil || e.StatusCode() != 409 {
			t.Fatalf("Accept %s: %v, %v", accept, e, err)
		}
		if accept == browser {
			continue // a page says no more than its status
		}
		if err != nil || !errors.Is(e, taken) || e.Detail() != "" && e.Detail() != "Taken." || e.PublicMessage() != "Taken." || len(e.Errors()) != 1 || e.Header().Get("Retry-After") != "0" {
			t.Errorf("Accept %s: %v, %v, %v", accept, e, err, e.Header())
		}
	}
}
