//go:build !race

package pages_test

import (
	"net/http"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// TestAllocations holds the ceilings. The race detector allocates on its own, so it is not asked.
func TestAllocations(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("counting statements allocates")
	}
	r := newRenderer(t, renderer.Options{})
	notFound := httperrors.New(404, "")
	message := httperrors.New(404, "There is no such order.")
	browser := http.Header{"Accept": {chrome}, "Accept-Language": {"de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7"}}
	render := func(f renderer.Format, e *httperrors.Error) func() {
		in := &pages.Input{Error: e, Method: "GET", Path: "/orders/1"}
		c := pages.Choice{Format: f, Language: "en"}
		return func() { r.Render(c, in) }
	}
	for _, tt := range []struct {
		name string
		max  float64
		f    func()
	}{
		{"Choose", 3, func() { r.Choose(browser, renderer.FormatNone) }},
		{"the problem document of a status", 2, render(pjs, notFound)},
		{"the problem document of a message", 2, render(pjs, message)},
		{"the built-in page", 2, render(html, notFound)},
		{"text", 3, render(text, notFound)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for range 3 {
				tt.f()
			}
			if got := testing.AllocsPerRun(200, tt.f); got > tt.max {
				t.Errorf("%v allocations, want %v at most", got, tt.max)
			}
		})
	}
}
