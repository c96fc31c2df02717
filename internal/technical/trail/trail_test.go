package trail_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/slogtest"

	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

func TestLogHandlerIsAHandler(t *testing.T) {
	var out bytes.Buffer
	err := slogtest.TestHandler(trail.LogHandler(slog.NewJSONHandler(&out, nil)), func() (all []map[string]any) {
		for line := range strings.Lines(out.String()) {
			m := map[string]any{}
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatal(err)
			}
			all = append(all, m)
		}
		return all
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAttachTwice(t *testing.T) {
	req := trail.Attach(httptest.NewRequest("GET", "/", nil))
	if again := trail.Attach(req); again != req {
		t.Error("the second Attach made another trail")
	}
}

func TestNothingStaysAfterTheRequest(t *testing.T) {
	collected := make(chan struct{})
	func() {
		req := httptest.NewRequest("POST", "/", strings.NewReader("body"))
		runtime.AddCleanup(req, func(int) { close(collected) }, 0)
		req = trail.Attach(req)
		trail.Note(req.Context(), "x", slog.Any("v", make([]byte, 1<<20)))
		trail.Watch(req.Context(), "r", req)
	}()
	for range 100 {
		runtime.GC()
		select {
		case <-collected:
			return
		default:
			runtime.Gosched()
		}
	}
	t.Error("a request is still reachable after its end")
}

func TestCheapBeforeTheViewerIsKnown(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	req := httptest.NewRequest("POST", "/", strings.NewReader("x"))
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	if n := testing.AllocsPerRun(100, func() { trail.Attach(req) }); n > 4 {
		t.Errorf("Attach allocates %v times, want at most 4", n)
	}
	log := slog.New(trail.LogHandler(slog.DiscardHandler))
	if n := testing.AllocsPerRun(100, func() { log.DebugContext(context.Background(), "m", "a", 1) }); n != 0 {
		t.Errorf("a hidden line outside of a request allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { trail.Note(context.Background(), "m"); trail.Watch(context.Background(), "w", 1) }); n != 0 {
		t.Errorf("Note without a trail allocates %v times", n)
	}
}

func BenchmarkAttach(b *testing.B) {
	for name, req := range map[string]*http.Request{"GET": httptest.NewRequest("GET", "/", nil), "POST": httptest.NewRequest("POST", "/", strings.NewReader("x"))} {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				trail.Attach(req)
			}
		})
	}
}

func BenchmarkHiddenLine(b *testing.B) {
	log := slog.New(trail.LogHandler(slog.DiscardHandler))
	ctx := trail.Attach(httptest.NewRequest("GET", "/", nil)).Context()
	b.ReportAllocs()
	for b.Loop() {
		log.DebugContext(ctx, "query", "rows", 3, "table", "orders")
	}
}
