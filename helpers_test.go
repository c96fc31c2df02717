package exceptional_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/report"
)

// silent is a logger for production at Warn, to a handler that does nothing with it.
func silent() *slog.Logger {
	return slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

type foreign struct {
	status  int
	message string
}

func (f foreign) Error() string         { return "foreign secret" }
func (f foreign) StatusCode() int       { return f.status }
func (f foreign) PublicMessage() string { return f.message }

type hostile struct{ how string }

func (h *hostile) Error() string {
	switch h.how {
	case "Error panics":
		panic("in Error")
	case "huge":
		return strings.Repeat("secret ", 1<<20)
	case "control":
		return "secret\r\nSet-Cookie: a=b\x00\x1b[31m"
	}
	return "secret"
}

func (h *hostile) Unwrap() error {
	switch h.how {
	case "Unwrap panics":
		panic("in Unwrap")
	case "cycle":
		return h
	}
	return nil
}

type uncomparable struct{ s []string }

func (uncomparable) Error() string { return "secret" }

type marshaler struct{ err error }

func (m marshaler) MarshalJSON() ([]byte, error) { return []byte(`{"own":"json"}`), m.err }

// logs collects the log records of a test as JSON lines.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logs) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// records returns what was logged, one map for each record.
func (l *logs) records(t testing.TB) []map[string]any {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []map[string]any
	for line := range bytes.Lines(l.buf.Bytes()) {
		m := map[string]any{}
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		all = append(all, m)
	}
	return all
}

func (l *logs) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// app is an Echo application under test.
type app struct {
	*echo.Echo
	logs      *logs
	responder *exceptional.Responder
}

func newApp(t testing.TB, cfg exceptional.Config) *app {
	t.Helper()
	a := &app{Echo: echo.New(), logs: new(logs)}
	if cfg.Logger == nil {
		cfg.Logger = a.logs.logger()
	}
	r, err := exceptional.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	a.responder = r
	a.HTTPErrorHandler = r.HandleError
	a.Echo.Logger.SetOutput(io.Discard)
	return a
}

// fails adds a route that returns err.
func (a *app) fails(path string, err error) {
	a.Any(path, func(echo.Context) error { return err })
}

// do sends a request; headers are name, value, name, value …
func (a *app) do(method, target string, headers ...string) *http.Response {
	req := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	a.ServeHTTP(rec, req)
	return rec.Result()
}

func (a *app) get(target string, headers ...string) *http.Response {
	return a.do(http.MethodGet, target, headers...)
}

const (
	browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
	api     = "application/json"
)

func body(t testing.TB, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// problem decodes a problem document.
func problem(t testing.TB, res *http.Response) map[string]any {
	t.Helper()
	if ct := res.Header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("Content-Type = %q", ct)
	}
	m := map[string]any{}
	b := body(t, res)
	if err := json.Unmarshal([]byte(b), &m); err != nil {
		t.Fatalf("%q: %v", b, err)
	}
	return m
}

func contains(t testing.TB, s string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(s, p) {
			t.Errorf("%q is missing in:\n%s", p, short(s))
		}
	}
}

func lacks(t testing.TB, s string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(s, p) {
			t.Errorf("%q must not stand in:\n%s", p, short(s))
		}
	}
}

func short(s string) string {
	if len(s) > 2000 {
		return s[:2000] + "…"
	}
	return s
}

// witness is a reporter that remembers its failures.
type witness struct {
	mu   sync.Mutex
	seen []*report.Failure
}

func (w *witness) Report(_ context.Context, f *report.Failure) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, f)
	return nil
}

// reports closes the responder, so that every failure has arrived, and returns them.
func (w *witness) reports(t testing.TB, r *exceptional.Responder) []*report.Failure {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := r.Close(ctx); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

// twice hands the error to the handler and returns it as well, as RequestLogger and BodyDump do.
func twice(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		return err
	}
}

// rewraps does so with another error each time, as ContextTimeout and slog-echo do.
func rewraps(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if err == nil {
			return nil
		}
		c.Error(err)
		return echo.NewHTTPError(http.StatusInternalServerError).WithInternal(err)
	}
}

func get(target string) *http.Request { return httptest.NewRequest(http.MethodGet, target, nil) }

func with(r *http.Request, name, value string) *http.Request {
	r.Header.Set(name, value)
	return r
}

func notFound(echo.Context) error { return echo.ErrNotFound }

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

// real runs the application behind net/http's server.
func real(t *testing.T, a *app) *httptest.Server {
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	return s
}

func fetch(t *testing.T, s *httptest.Server, method, accept string) *http.Response {
	t.Helper()
	req, err := http.NewRequest(method, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// outcome is what a client of a real server reads, to the end of the body. err says that it could not.
func outcome(t *testing.T, a *app, method string, headers ...string) (status int, text string, err error) {
	t.Helper()
	req, err := http.NewRequest(method, real(t, a).URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	return res.StatusCode, string(all), err
}

// opaque is a writer without Unwrap, as most that applications write have none.
type opaque struct{ http.ResponseWriter }

var anyForm = []string{browser, api, "text/plain", "text/markdown", "application/problem+xml", "image/png", "*/*", ""}

// fetchH2 asks over HTTP/2.
func fetchH2(t *testing.T, a *app, method, path string) *http.Response {
	t.Helper()
	s := httptest.NewUnstartedServer(a)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	req, err := http.NewRequest(method, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

type renderFunc func(w io.Writer, name string, data any, c echo.Context) error

func (f renderFunc) Render(w io.Writer, name string, data any, c echo.Context) error {
	return f(w, name, data, c)
}

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

// raceEnabled reports whether the race detector is on. It allocates, and empties pools at random.
func raceEnabled() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
