package exceptional_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

// sink is a ResponseWriter that costs nothing, so that what is measured is the handler.
type sink struct{ h http.Header }

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}

// bench is one case: the application, and the request that fails in it.
type bench struct {
	name   string
	accept string
	cfg    exceptional.Config
	path   string
}

func benchEcho(handler echo.HTTPErrorHandler) *echo.Echo {
	e := echo.New()
	if handler != nil {
		e.HTTPErrorHandler = handler
	}
	plain := errors.New("plain")
	e.GET("/500", func(echo.Context) error { return plain })
	e.GET("/fine", func(c echo.Context) error { return nil })
	if handler == nil {
		e.GET("/409", func(echo.Context) error { return echo.NewHTTPError(409, "Changed meanwhile.") })
	} else {
		e.GET("/409", func(echo.Context) error { return httperrors.Conflict("Changed meanwhile.") })
	}
	return e
}

func serve(b *testing.B, e *echo.Echo, path, accept string) {
	req := httptest.NewRequest(http.MethodGet, path, nil)
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	w := &sink{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.h)
		e.ServeHTTP(w, req)
	}
}

var userTemplate = fstest.MapFS{"http_responses/default.html": {Data: []byte(
	"<!doctype html><title>{{.Message}}</title><h1>{{.Code}}</h1><p>{{.Message}}</p>")}}

// BenchmarkHandler stands beside BenchmarkEchoDefault: one run, the same requests.
func BenchmarkHandler(b *testing.B) {
	for _, bb := range []bench{
		{"404/json", api, exceptional.Config{Logger: silent()}, "/nowhere"},
		{"404/html", browser, exceptional.Config{Logger: silent()}, "/nowhere"},
		{"404/html-template", browser, exceptional.Config{Logger: silent(), Templates: userTemplate}, "/nowhere"},
		{"404/echojson", api, exceptional.Config{Logger: silent(), EchoJSON: true}, "/nowhere"},
		{"500/json", api, exceptional.Config{Logger: slog.New(slog.DiscardHandler)}, "/500"},
		{"500/html", browser, exceptional.Config{Logger: slog.New(slog.DiscardHandler)}, "/500"},
		{"500/logged", api, exceptional.Config{Logger: silent()}, "/500"},
		{"409/json", api, exceptional.Config{Logger: silent()}, "/409"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			serve(b, benchEcho(exceptional.Handler(bb.cfg)), bb.path, bb.accept)
		})
	}
}

// BenchmarkEchoDefault is Echo's own handler for the same requests.
func BenchmarkEchoDefault(b *testing.B) {
	for _, bb := range []bench{{"404", api, exceptional.Config{}, "/nowhere"}, {"500", api, exceptional.Config{}, "/500"}, {"409", api, exceptional.Config{}, "/409"}} {
		b.Run(bb.name, func(b *testing.B) { serve(b, benchEcho(nil), bb.path, bb.accept) })
	}
}

// BenchmarkRecover is what a request that does not fail pays.
func BenchmarkRecover(b *testing.B) {
	b.Run("without", func(b *testing.B) { serve(b, benchEcho(nil), "/fine", "") })
	b.Run("noop", func(b *testing.B) {
		e := benchEcho(nil)
		e.Use(noop)
		serve(b, e, "/fine", "")
	})
	b.Run("with", func(b *testing.B) {
		e := benchEcho(nil)
		e.Use(exceptional.Recover())
		serve(b, e, "/fine", "")
	})
	b.Run("Middleware", func(b *testing.B) {
		r, err := exceptional.New(exceptional.Config{})
		if err != nil {
			b.Fatal(err)
		}
		e := benchEcho(nil)
		e.Use(r.Middleware())
		serve(b, e, "/fine", "")
	})
}

// BenchmarkStack is what an error pays for knowing where it was made, in a handler, beside the runtime's own capture of up to 32
// frames and a request that makes no error at all.
func BenchmarkStack(b *testing.B) {
	for _, bb := range []struct {
		name string
		make func()
	}{
		{"none", func() {}},
		{"Callers32", func() {
			var pcs [32]uintptr
			runtime.Callers(1, pcs[:])
		}},
		{"New", func() { kept = httperrors.New(http.StatusConflict, "") }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			e := echo.New()
			e.GET("/", func(echo.Context) error { bb.make(); return nil })
			serve(b, e, "/", "")
		})
	}
}

var kept error

// allocs is how many allocations one request costs, ServeHTTP included, after ten requests to warm up.
func allocs(e *echo.Echo, path, accept string) float64 {
	req := httptest.NewRequest(http.MethodGet, path, nil)
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	w := &sink{http.Header{}}
	request := func() {
		clear(w.h)
		e.ServeHTTP(w, req)
	}
	for range 10 {
		request()
	}
	return testing.AllocsPerRun(500, request)
}

// TestAllocHandler bounds what an unlogged failure costs. Echo's own handler makes 8 allocations. Times are for benchmarks;
// allocations are exact.
func TestAllocHandler(t *testing.T) {
	if raceEnabled() {
		t.Skip("the race detector allocates, and empties pools at random")
	}
	warn, discard := exceptional.Config{Logger: silent()}, exceptional.Config{Logger: slog.New(slog.DiscardHandler)}
	for _, tt := range []struct {
		name, path, accept string
		cfg                exceptional.Config
		most               float64
	}{
		{"404, problem document", "/nowhere", api, warn, 8},
		{"404, built-in page", "/nowhere", browser, warn, 8},
		{"500 of a plain error, unlogged", "/500", api, discard, 8},
		{"500 of a plain error, unlogged, page", "/500", browser, discard, 8},
		{"409 made in the handler, its stack included", "/409", api, warn, 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := allocs(benchEcho(exceptional.Handler(tt.cfg)), tt.path, tt.accept)
			if got > tt.most {
				t.Errorf("%v allocations, want at most %v", got, tt.most)
			}
			t.Logf("%v allocations", got)
		})
	}
}

// TestAllocRecover holds that a request that does not fail pays nothing to Recover but its defer.
func TestAllocRecover(t *testing.T) {
	if raceEnabled() {
		t.Skip("the race detector allocates, and empties pools at random")
	}
	with := func(m echo.MiddlewareFunc) float64 {
		e := benchEcho(nil)
		e.Use(m)
		return allocs(e, "/fine", "")
	}
	idle := with(noop)
	if got := with(exceptional.Recover()); got > idle {
		t.Errorf("%v allocations with Recover, %v with a middleware that does nothing", got, idle)
	}
}

// noop is a middleware that does nothing, which is what Recover is measured against: Echo itself pays for each.
func noop(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error { return next(c) }
}
