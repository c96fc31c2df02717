package exceptional_test

import (
	"errors"
	"io"
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

// silent is a logger for production at Warn, to a handler that does nothing with it.
func silent() *slog.Logger {
	return slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

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
