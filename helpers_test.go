package exceptional_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
)

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
