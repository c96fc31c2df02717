//go:build !race

package renderer_test

import (
	"net/http"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
)

// TestAllocations holds the ceilings. The race detector allocates on its own, so it is not asked.
func TestAllocations(t *testing.T) {
	r := newRenderer(t, renderer.Options{Templates: pagesOf("404.html", "<h1>{{.Code}}</h1><p>{{.Message}}</p>", "404.de.html", "x")})
	notFound := httperrors.New(404, "")
	message := httperrors.New(404, "There is no such order.")
	browser := http.Header{"Accept": {chrome}, "Accept-Language": {"de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7"}}
	render := func(f renderer.Format, e *httperrors.Error) func() {
		in := &renderer.Input{Error: e, Method: "GET", Path: "/orders/1"}
		c := renderer.Choice{Format: f, Language: "en"}
		return func() { a := r.Render(c, in); a.Release() }
	}
	lines := []string{chrome}
	languages := []string{"de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7"}
	look := renderer.NewLookup("en", someTags)
	for _, tt := range []struct {
		name string
		max  float64
		f    func()
	}{
		{"Choose", 0, func() { r.Choose(browser, renderer.FormatNone) }},
		{"an Accept that is new", 0, func() { renderer.ReadAccept(lines, false) }},
		{"an Accept-Language that is new", 0, func() { look(languages) }},
		{"the problem document of a status", 1, render(pjs, notFound)},
		{"the problem document of a message", 1, render(pjs, message)},
		{"the XML of a status", 1, render(pxml, notFound)},
		{"the built-in page", 1, render(html, httperrors.New(410, ""))},
		{"a template of Code and Message", 1, render(html, message)},
		{"text", 1, render(text, notFound)},
		{"Markdown", 1, render(md, notFound)},
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

// TestAllocations_flood: headers that never come again are not kept.
func TestAllocations_flood(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	buf := []byte("text/html;q=0.100000000, */*")
	h := http.Header{"Accept": {""}}
	i := 0
	if got := testing.AllocsPerRun(1000, func() {
		i++
		for n, d := i, 20; n > 0; n, d = n/10, d-1 {
			buf[d] = byte('0' + n%10)
		}
		h["Accept"][0] = string(buf) // the one allocation
		r.Choose(h, renderer.FormatNone)
	}); got > 1 {
		t.Errorf("%v allocations for a header that is new, want 1, the header", got)
	}
}
