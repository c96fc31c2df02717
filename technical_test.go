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
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/internal/technical/report"
)

const viewer = "alice+super"

// everyForm is what a client can ask for, with the media type of what a technical viewer gets.
var everyForm = []struct{ name, accept, mediaType string }{
	{"html", browser, "text/html"},
	{"text", "text/plain", "text/plain"},
	{"markdown", "text/markdown", "text/markdown"},
	{"problem", "application/problem+json", "application/problem+json"},
	{"json", api, "application/problem+json"},
}

func header(res *http.Response) string {
	var b bytes.Buffer
	_ = res.Header.Write(&b)
	return b.String()
}

// The two things that make a failure understood are there for each form: the line that failed, and the way there.
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
		contains(t, got, "assignment to entry in nil map", "TestViewerGetsTheReport", "technical_test.go", "/orders/:id", "a note on the way")
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

// What the public saw is said with its template if it has one.
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

// Group A, rows 1 and 2: no byte of the report reaches anybody else, wherever the failure had left something.
func TestNobodyElseGetsAnything(t *testing.T) {
	secrets := []string{"canary-text", "canary-cause", "canary-panic", "canary-note", "canary-header", "canary-field", "technical_test.go", "TestNobodyElse", "nil map"}
	for _, install := range []bool{false, true} {
		a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
		if install {
			a.Use(a.responder.Middleware())
		}
		a.Use(exceptional.Recover())
		a.fails("/error", fmt.Errorf("canary-text: %w", &detailed{"canary-field", errors.New("canary-cause")}))
		a.fails("/own", httperrors.InternalServerError("").WithCause(errors.New("canary-cause")))
		a.fails("/framework", echo.NewHTTPError(500, "canary-text").SetInternal(errors.New("canary-cause")))
		a.Any("/panic", func(c echo.Context) error {
			debugview.Note(c.Request().Context(), "canary-note")
			panic("canary-panic")
		})
		a.Any("/nilmap", func(echo.Context) error { prices()["canary-text"] = 1; return nil })
		for _, path := range []string{"/error", "/own", "/framework", "/panic", "/nilmap"} {
			for _, method := range []string{"GET", "POST", "HEAD"} {
				for _, user := range []string{"", "bob", "carol+super", "dave", "error", "panic"} {
					for _, extra := range [][]string{nil, {"Hx-Request", "true"}, {"Turbo-Frame", "main"}, {"X-Requested-With", "XMLHttpRequest"}, {"Sec-Fetch-Dest", "iframe"}} {
						for _, f := range everyForm {
							res := a.do(method, path, append([]string{"Accept", f.accept, "X-User", user, "X-Trace", "canary-header"}, extra...)...)
							got := header(res) + body(t, res)
							for _, s := range secrets {
								if strings.Contains(got, s) {
									t.Fatalf("%s %s as %q, %s %q: %q is in %s", method, path, user, f.name, extra, s, short(got))
								}
							}
							if res.StatusCode != 500 {
								t.Fatalf("%s %s as %q: %d", method, path, user, res.StatusCode)
							}
						}
					}
				}
			}
		}
	}
}

type detailed struct {
	Field string
	Cause error
}

func (d *detailed) Error() string { return "detailed: " + d.Cause.Error() }
func (d *detailed) Unwrap() error { return d.Cause }

// Group C, rows 18 and 19, through the front door: what is secret by its name or its shape stands in no form of the report,
// not in the member of a problem document, not in the headers, and not in the log.
func TestSecretsReachNobody(t *testing.T) {
	const (
		named = "hunter2-canary"
		jwt   = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ"
	)
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members, TechnicalClientErrors: true})
	a.Logger.SetOutput(io.Discard)
	a.Use(a.responder.Middleware())
	log := slog.New(debugview.LogHandler(slog.DiscardHandler))
	a.POST("/orders/:token", func(c echo.Context) error {
		ctx := c.Request().Context()
		if _, err := io.ReadAll(c.Request().Body); err != nil {
			return err
		}
		log.DebugContext(ctx, "signing in", "password", named, "dsn", "postgres://shop:"+named+"@db/shop")
		debugview.Note(ctx, "token="+jwt)
		debugview.Watch(ctx, "login", map[string]string{"password": named, "user": "jo"})
		c.Response().Header().Set("X-Left-Behind", named)
		return &login{Password: named, err: fmt.Errorf("dial postgres://shop:%s@db/shop?password=%s: Bearer %s", named, named, jwt)}
	})
	for _, f := range everyForm {
		req := httptest.NewRequest("POST", "/orders/"+named+"?api_key="+named+"&user%5Bpassword%5D="+named, strings.NewReader(`{"user":"jo","password":"`+named+`","deep":[{"secret_key":"`+named+`"}]}`))
		for name, value := range map[string]string{
			"Accept": f.accept, "X-User": viewer, "Content-Type": "application/json", "Authorization": "Bearer " + jwt, "Proxy-Authorization": "Basic " + named, "X-Api-Key": named,
			"X-My-Token": named, "Referer": "https://shop.example/?session=" + named, "Cookie": "session=" + named + "; theme=dark",
		} {
			req.Header.Set(name, value)
		}
		rec := httptest.NewRecorder()
		a.ServeHTTP(rec, req)
		got := rec.Body.String()
		contains(t, got, "jo", "theme") // it is the report
		for _, secret := range []string{named, jwt, "c2lnbmF0dXJlLWNhbmFyeQ"} {
			if i := strings.Index(got, secret); i >= 0 {
				t.Errorf("%s shows %q: …%s…", f.name, secret, got[max(0, i-120):min(len(got), i+60)])
			}
		}
	}
	if got := a.logs.text(); strings.Contains(got, jwt) || strings.Contains(got, named) {
		t.Errorf("the log has a secret: %s", short(got))
	}
}

type login struct {
	Password string
	err      error
}

func (l *login) Error() string { return "login: " + l.err.Error() }
func (l *login) Unwrap() error { return l.err }

// Group B, row 16: nothing of an error goes into a response header, whoever asks. Symfony's X-Debug-Exception does that.
func TestNoHeaderTellsOfTheError(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.Use(a.responder.Middleware(), exceptional.Recover())
	hostile := canary + "\r\nX-Injected: 1\r\n\r\n<script>"
	a.fails("/error", errors.New(hostile))
	a.fails("/wrapped", fmt.Errorf("%s: %w", hostile, errors.New(hostile)))
	a.fails("/own", httperrors.InternalServerError(hostile).WithCause(errors.New(hostile)))
	a.fails("/framework", echo.NewHTTPError(502, hostile).SetInternal(errors.New(hostile)))
	a.GET("/panic", func(echo.Context) error { panic(hostile) })
	a.GET("/template", func(echo.Context) error {
		return template.Must(template.New(canary).Parse("{{.Nope}}")).Execute(io.Discard, 1)
	})
	for _, path := range []string{"/error", "/wrapped", "/own", "/framework", "/panic", "/template"} {
		for _, user := range []string{"", viewer} {
			for _, f := range everyForm {
				res := a.get(path, "Accept", f.accept, "X-User", user)
				if got := header(res); strings.Contains(got, canary) || strings.Contains(got, "Injected") || strings.Contains(got, "technical_test") {
					t.Errorf("%s as %q, %s: %s", path, user, f.name, got)
				}
			}
		}
	}
}

// Group F, rows 33 and 35: the technical answer obeys the rules of every other one.
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

// A middleware that compresses compresses the technical page as well, in HTTP/1.0 it is sent as it is.
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

// Row 34: a viewer gets the report in the form that the Accept header asks for, and Vary says that it depends on it.
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

// Row 36: when a part of the technical page fails the rest stands; when all of it fails, the viewer gets the public page, the
// failure is in the log, and nothing loops.
func TestPanelsThatFailCostThemselves(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members, Technical: debugview.Options{Panels: []debugview.Panel{
		{Title: "Basket", Load: func(context.Context, string) (any, error) { return map[string]int{"books": 3}, nil }},
		{Title: "Broken", Load: func(context.Context, string) (any, error) { panic("no such table") }},
		{Title: "Gone", Load: func(context.Context, string) (any, error) { runtime.Goexit(); return nil, nil }},
		{Title: "Refused", Load: func(_ context.Context, user string) (any, error) { return nil, errors.New("not for " + user) }},
	}}})
	a.fails("/", errors.New(canary))
	got := body(t, a.get("/", "Accept", browser, "X-User", viewer))
	contains(t, got, canary, "books", "no such table", "ended its goroutine", "not for alice")
}

// The trail is gone when the flow ends: a goroutine that the handler left behind keeps neither lines nor body.
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

// Where no authentication has run, in Pre and on paths without a route, nobody is signed in, and that is what the log says.
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
