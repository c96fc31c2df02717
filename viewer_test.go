package exceptional_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// TestViewers: a superuser who is a member sees the technical page, in every form, and no one else does.
func TestViewers(t *testing.T) {
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
		{"not signed in", "", members, false, "not signed in"},
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

// User and Viewers are asked only when there would be something to show.
func TestViewersAreAskedOnlyIfNeeded(t *testing.T) {
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
		{"404 of a signed-in user", "GET", "/ordres", []string{"Cookie", "session=1"}, true},
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

// The membership question gets a context of its own: the request's has ended, because its deadline is what failed.
func TestViewerOfExpiredRequest(t *testing.T) {
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

// Each form has the line that failed, and the request's log before it.
func TestViewerGetsTheReport(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.Use(a.responder.Middleware(), exceptional.Recover())
	a.GET("/orders/:id", func(c echo.Context) error {
		debugview.Note(c.Request().Context(), "a note on the way")
		prices()["x"] = 1
		return nil
	})
	for _, f := range everyForm {
		res := a.get("/orders/7?debug=0", "Accept", f.accept, "X-User", viewer)
		got := body(t, res)
		if res.StatusCode != 500 || !strings.HasPrefix(res.Header.Get("Content-Type"), f.mediaType) {
			t.Errorf("%s: %d %s", f.name, res.StatusCode, res.Header.Get("Content-Type"))
		}
		contains(t, got, "assignment to entry in nil map", "TestViewerGetsTheReport", "viewer_test.go", "/orders/:id", "a note on the way")
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "private, no-store", "Etag": "", "Access-Control-Allow-Origin": ""} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s = %q, want %q", f.name, name, got, want)
			}
		}
		if n := len(res.Header.Values("Content-Security-Policy")); n > 1 || f.name == "html" && n != 1 {
			t.Errorf("%s: %d policies", f.name, n)
		}
	}
}

// The frames of a panic that Echo's own middleware has recovered are on the page, although that threw them away.
func TestStockRecoverShowsTheFrames(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.Use(middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true, DisableStackAll: true}))
	a.GET("/", func(echo.Context) error { prices()["x"] = 1; return nil })
	a.GET("/error", func(echo.Context) error { panic(errors.New(canary)) })
	for path, want := range map[string]string{"/": "assignment to entry in nil map", "/error": canary} {
		var r report.Report
		doc := problem(t, a.get(path, "Accept", api, "X-User", viewer))
		if err := decode(doc["debug"], &r); err != nil {
			t.Fatal(err)
		}
		if r.Summary.Kind != "panic" || len(r.Stacks) == 0 || r.Stacks[0].Kind != "panic" || !strings.Contains(r.Stacks[0].Frames[0].Function, "TestStockRecover") {
			t.Errorf("%s: summary %+v", path, r.Summary)
		}
		contains(t, r.Summary.Text, want)
	}
}

// The decision names the template of the public page, if there is one.
func TestDecisionNamesTheTemplate(t *testing.T) {
	own := fstest.MapFS{"http_responses/500.html": {Data: []byte("<p>Sorry.</p>")}}
	for _, tt := range []struct {
		name      string
		templates fs.FS
		want      string
	}{
		{"built-in", nil, `The public page came from step "builtin".`},
		{"own", own, `The public page came from step "custom", template "http_responses/500.html".`},
	} {
		a := newApp(t, exceptional.Config{User: byHeader, Viewers: members, Templates: tt.templates})
		a.fails("/", errors.New("x"))
		got := html.UnescapeString(body(t, a.get("/", "Accept", browser, "X-User", viewer)))
		if !strings.Contains(got, tt.want) {
			_, got, _ = strings.Cut(got, "The public page came from")
			t.Errorf("%s: it came from%s, want %s", tt.name, short(got), tt.want)
		}
	}
}

// decode turns what was decoded from JSON into to.
func decode(from, to any) error {
	b, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, to)
}

// The technical answer obeys the rules of every other one.
func TestDeliveryToAViewer(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.Use(a.responder.Middleware())
	a.Any("/headers", func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Length", "3")
		h.Set("Content-Encoding", "br")
		h.Set("Etag", `"x"`)
		h.Set("Content-Security-Policy", "default-src *")
		h.Set("Access-Control-Allow-Origin", "https://shop.example")
		return errors.New(canary)
	})
	a.fails("/retry", httperrors.ServiceUnavailable("").WithHeader("Retry-After", "120").WithCause(errors.New(canary)))
	a.GET("/committed", func(c echo.Context) error {
		_ = c.String(200, "the beginning")
		return errors.New(canary)
	})
	a.GET("/stream", func(c echo.Context) error {
		c.Response().Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(c.Response(), "data: 1\n\n")
		c.Response().Flush()
		return errors.New(canary)
	})
	a.GET("/hijacked", func(c echo.Context) error {
		conn, _, err := c.Response().Hijack()
		if err != nil {
			return err
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nmine")
		_ = conn.Close()
		return errors.New(canary)
	})
	ended := make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { ended <- struct{}{} }()
		a.ServeHTTP(w, r)
	}))
	defer server.Close()
	ask := func(method, path, accept string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", accept)
		req.Header.Set("X-User", viewer)
		req.Header.Set("Accept-Encoding", "identity")
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		return res, body(t, res)
	}

	res, got := ask("GET", "/headers", browser)
	if !isTechnical(got) || res.StatusCode != 500 || res.ContentLength != int64(len(got)) {
		t.Errorf("%d, Content-Length %d for %d bytes", res.StatusCode, res.ContentLength, len(got))
	}
	if h := res.Header; h.Get("Content-Encoding") != "" || h.Get("Etag") != "" || h.Get("Access-Control-Allow-Origin") != "https://shop.example" ||
		len(h.Values("Content-Security-Policy")) != 1 || strings.Contains(h.Get("Content-Security-Policy"), "*") {
		t.Errorf("headers = %s", header(res))
	}
	if res, got = ask("GET", "/retry", browser); res.StatusCode != 503 || res.Header.Get("Retry-After") != "120" || !isTechnical(got) {
		t.Errorf("%d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	if res, got = ask("HEAD", "/headers", browser); res.StatusCode != 500 || got != "" {
		t.Errorf("HEAD: %d %q", res.StatusCode, got)
	}
	if res, got = ask("GET", "/committed", browser); res.StatusCode != 200 || got != "the beginning" {
		t.Errorf("committed: %d %q", res.StatusCode, short(got))
	}
	if res, got = ask("GET", "/stream", "text/event-stream"); res.StatusCode != 200 || got != "data: 1\n\n" {
		t.Errorf("stream: %d %q", res.StatusCode, short(got))
	}

	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /hijacked HTTP/1.1\r\nHost: x\r\nX-User: %s\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", viewer)
	all, _ := io.ReadAll(bufio.NewReader(conn))
	if !bytes.HasSuffix(all, []byte("\r\n\r\nmine")) {
		t.Errorf("hijacked: %q", all)
	}
	for range 6 {
		<-ended
	}
	if n := len(a.logs.records(t)); n != 6 {
		t.Errorf("%d failures are logged, want 6: %s", n, a.logs.text())
	}
}

// A middleware that compresses compresses the technical page as well.
func TestTechnicalPageThroughGzip(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.Use(middleware.Gzip())
	a.fails("/", errors.New(canary))
	res := a.get("/", "Accept", browser, "X-User", viewer, "Accept-Encoding", "gzip")
	got := body(t, res)
	if res.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(strings.NewReader(got))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		got = string(b)
	}
	if !isTechnical(got) || !strings.HasSuffix(got, "</html>\n") {
		t.Errorf("the page is %s", short(got))
	}
}

// A viewer gets the report in the form that the Accept header asks for, and Vary says that it depends on it.
func TestFormsByAccept(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.fails("/", errors.New(canary))
	for _, tt := range []struct {
		accept, mediaType string
	}{
		{browser, "text/html"},
		{"*/*", "application/problem+json"}, // curl
		{"", "application/problem+json"},
		{"text/html;q=0, application/json", "application/problem+json"},
		{"application/problem+json", "application/problem+json"},
		{"text/markdown, text/html;q=0.5", "text/markdown"},
		{"text/plain", "text/plain"},
		{"nonsense", ""},
	} {
		res := a.get("/", "Accept", tt.accept, "X-User", viewer)
		if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, tt.mediaType) || tt.mediaType == "" && got == "" {
			t.Errorf("%q: %s, want %s", tt.accept, got, tt.mediaType)
		}
		if res.StatusCode != 500 || !isTechnical(body(t, res)) {
			t.Errorf("%q: %d, not the report", tt.accept, res.StatusCode)
		}
		contains(t, strings.Join(res.Header.Values("Vary"), ", "), "Accept", "Cookie", "Authorization")
	}
}

// If a part of the technical page fails, the rest is shown. If all of it fails, the viewer gets the public page, and the failure is
// in the log.
func TestPanelsThatFailCostThemselves(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members, Technical: debugview.Options{Panels: []debugview.Panel{
		{Title: "Basket", Load: func(context.Context, string) (any, error) { return map[string]int{"books": 3}, nil }},
		{Title: "Broken", Load: func(context.Context, string) (any, error) { panic("no such table") }},
		{Title: "Ended", Load: func(context.Context, string) (any, error) { runtime.Goexit(); return nil, nil }},
		{Title: "Refused", Load: func(_ context.Context, user string) (any, error) { return nil, errors.New("not for " + user) }},
	}}})
	a.fails("/", errors.New(canary))
	got := body(t, a.get("/", "Accept", browser, "X-User", viewer))
	contains(t, got, canary, "books", "no such table", "ended its goroutine", "not for alice")
}

// The trail ends with the request: a goroutine that the handler left behind keeps neither lines nor body.
func TestTrailEndsWithTheRequest(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.Use(a.responder.Middleware())
	var left *http.Request
	handler := func(err error) echo.HandlerFunc {
		return func(c echo.Context) error {
			left = c.Request()
			debugview.Note(left.Context(), canary)
			return err
		}
	}
	a.GET("/fails", handler(errors.New("x")))
	a.GET("/works", handler(nil))
	view, err := technical.New(debugview.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"/fails": true, "/works": false} {
		if got := isTechnical(body(t, a.get(path, "Accept", browser, "X-User", viewer))); got != want {
			t.Errorf("%s: the note is on the page: %v", path, got)
		}
		if r := view.Report(left.Context(), &technical.Input{Err: io.EOF, Request: left}); len(r.Trail.Entries) != 0 {
			t.Errorf("%s: the trail still has %d entries", path, len(r.Trail.Entries))
		}
	}
}

// While one user acts as another, the one who really acts decides: the application's User says who that is.
func TestImpersonation(t *testing.T) {
	user := func(c echo.Context) (exceptional.User, error) {
		id := c.Request().Header.Get("X-User")
		if real := c.Request().Header.Get("X-Really"); real != "" {
			id = real
		}
		return exceptional.User{ID: id, Superuser: id == "alice"}, nil
	}
	a := newApp(t, exceptional.Config{User: user, Viewers: members})
	a.fails("/", errors.New(canary))
	for _, tt := range []struct {
		as, really string
		sees       bool
	}{{"bob", "alice", true}, {"alice", "bob", false}, {"alice", "", true}} {
		if got := isTechnical(body(t, a.get("/", "Accept", browser, "X-User", tt.as, "X-Really", tt.really))); got != tt.sees {
			t.Errorf("%s acting as %s sees it: %v", tt.really, tt.as, got)
		}
	}
}

// Before authentication has run, in Pre and on paths without a route, no user is signed in, and the log says so.
func TestIdentityBeforeAuthentication(t *testing.T) {
	a := newApp(t, exceptional.Config{Viewers: members, User: func(c echo.Context) (exceptional.User, error) {
		id, _ := c.Get("user").(string)
		return exceptional.User{ID: id, Superuser: id != ""}, nil
	}})
	a.Pre(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if c.Request().URL.Path == "/pre" {
				return errors.New(canary)
			}
			return next(c)
		}
	})
	authenticate := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Set("user", "alice")
			return next(c)
		}
	}
	a.GET("/inside", func(echo.Context) error { return errors.New(canary) }, authenticate)
	for _, tt := range []struct {
		path string
		sees bool
	}{{"/pre", false}, {"/inside", true}, {"/nowhere", false}} {
		res := a.get(tt.path, "Accept", browser, "Cookie", "session=1")
		if got := isTechnical(body(t, res)); got != tt.sees {
			t.Errorf("%s: sees it: %v", tt.path, got)
		}
		if got := res.Header.Get("Cache-Control"); got != "private, no-store" { // for the 404, too: it depended on who asked
			t.Errorf("%s: Cache-Control %q", tt.path, got)
		}
	}
	if records := a.logs.records(t); records[0]["viewer"] != "not signed in" {
		t.Errorf("viewer = %v", records[0]["viewer"])
	}
}

// Where the answer depends on who asks, the header of a HEAD says so as well, and names no length, which would be that of another
// user's page (RFC 9110, sections 8.6 and 9.3.2).
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
