package exceptional_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
)

// allocs is how many allocations one request costs, ServeHTTP included, once what is kept has been made.
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
	if raceEnabled {
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
	if raceEnabled {
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
