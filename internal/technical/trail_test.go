package technical_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

func TestLogHandlerKeepsAllLevels(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(debugview.LogHandler(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelInfo})))
	req := trail.Attach(httptest.NewRequest("GET", "/", nil))
	ctx := req.Context()
	log.With("svc", "orders").WithGroup("db").DebugContext(ctx, "query", "sql", "SELECT 1", "password", "hunter22")
	log.InfoContext(ctx, "done", "n", 3)
	log.DebugContext(context.Background(), "elsewhere")
	debugview.Note(ctx, "noted", slog.String("token", "t0k3n-value"))

	if got := out.String(); strings.Contains(got, "query") || strings.Contains(got, "elsewhere") || !strings.Contains(got, "done") {
		t.Errorf("the application's own log has %q", got)
	}
	r := reportOf(t, debugview.Options{}, &technical.Input{Err: io.EOF, Request: req})
	e := r.Trail.Entries
	if len(e) != 3 {
		t.Fatalf("%d entries: %+v", len(e), e)
	}
	if !e[0].Hidden || e[0].Level != "DEBUG" || e[1].Hidden || e[2].Kind != "note" {
		t.Errorf("entries = %+v", e)
	}
	if f := e[0].Fields; len(f) != 3 || f[0].Name != "svc" || f[1].Name != "db.sql" || f[1].Value != "SELECT 1" || !f[2].Masked {
		t.Errorf("fields = %+v", f)
	}
	if all := encode(t, r); strings.Contains(all, "hunter22") || strings.Contains(all, "t0k3n-value") {
		t.Error("the trail shows a secret")
	}
}

func TestValuesAreWrittenDownWhenLogged(t *testing.T) {
	log := slog.New(debugview.LogHandler(nil))
	req := trail.Attach(httptest.NewRequest("GET", "/", nil))
	cart := map[string]int{"apples": 1}
	log.DebugContext(req.Context(), "cart", "cart", cart)
	cart["apples"] = 2
	r := reportOf(t, debugview.Options{}, &technical.Input{Err: io.EOF, Request: req})
	if got := r.Trail.Entries[0].Fields[0].Value; got != `map["apples":1]` {
		t.Errorf("cart = %s", got)
	}
}

func TestBodyPassesUnchanged(t *testing.T) {
	body := strings.Repeat("0123456789", 10_000)
	req := httptest.NewRequest("POST", "/", io.NopCloser(strings.NewReader(body)))
	req.Header.Set("Content-Type", "text/plain")
	req = trail.Attach(req)
	got, err := io.ReadAll(req.Body)
	if err != nil || string(got) != body {
		t.Errorf("the handler read %d bytes, %v", len(got), err)
	}
	r := reportOf(t, debugview.Options{}, &technical.Input{Err: io.EOF, Request: req})
	if b := r.Request.Body; b.Read != int64(len(body)) || len(b.Text) > 16<<10 || b.Complete || b.Trimmed == 0 {
		t.Errorf("read %d, %d shown, complete %v, trimmed %d", b.Read, len(b.Text), b.Complete, b.Trimmed)
	}
	binary := httptest.NewRequest("POST", "/", strings.NewReader(body))
	binary.Header.Set("Content-Type", "application/octet-stream")
	binary = trail.Attach(binary)
	io.Copy(io.Discard, binary.Body)
	r = reportOf(t, debugview.Options{}, &technical.Input{Err: io.EOF, Request: binary})
	if b := r.Request.Body; b.Text != "" || b.Note == "" || b.Read != int64(len(body)) {
		t.Errorf("body = %+v", b)
	}
}

func TestDetach(t *testing.T) {
	req := trail.Attach(httptest.NewRequest("GET", "/", nil))
	debugview.Note(req.Context(), "a")
	debugview.Watch(req.Context(), "b", 1)
	trail.Detach(req.Context())
	debugview.Note(req.Context(), "c")
	debugview.Watch(req.Context(), "d", 1)
	trail.Detach(context.Background())
	r := reportOf(t, debugview.Options{}, &technical.Input{Err: io.EOF, Request: req})
	if len(r.Trail.Entries) != 0 || len(r.Watches) != 0 {
		t.Errorf("trail = %+v, watches = %+v", r.Trail, r.Watches)
	}
}

func TestTrailIsSafeForConcurrentUse(t *testing.T) {
	req := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", 100_000)))
	req.Header.Set("Content-Type", "text/plain")
	req = trail.Attach(req)
	log := slog.New(debugview.LogHandler(slog.DiscardHandler))
	v := newView(t, debugview.Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 200 {
				log.DebugContext(req.Context(), "m", "i", i)
				debugview.Watch(req.Context(), "w", i)
				if i == 0 {
					req.Body.Read(make([]byte, 100))
				}
			}
		}()
	}
	for range 20 {
		v.Report(req.Context(), &technical.Input{Err: io.EOF, Request: req})
	}
	wg.Wait()
}
