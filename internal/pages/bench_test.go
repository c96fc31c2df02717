package pages_test

import (
	"bytes"
	"html/template"
	"net/http"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

const benchTemplate = `<!doctype html><html lang="{{.Language}}"><title>{{.Title}}</title><h1>{{.Title}}</h1><p>{{.Message}}</p>{{with .Reference}}<p>Reference: {{.}}</p>{{end}}<p>{{.Method}} {{.Path}}</p>{{range .Errors}}<li>{{.Detail}}{{end}}</html>`

// BenchmarkRender: "dynamic" beside "bare" is what the renderer adds to html/template.
func BenchmarkRender(b *testing.B) {
	r := newRenderer(b, renderer.Options{Templates: pagesOf("404.html", benchTemplate, "403.html", "<h1>{{.Code}}</h1><p>{{.Message}}</p>", "409.html", "{{upper .Path}}"), Funcs: template.FuncMap{"upper": func(s string) string { return s }}})
	static, message, page := httperrors.New(410, ""), httperrors.New(403, "You may not see this."), httperrors.New(404, "There is no such order.")
	for _, bb := range []struct {
		name   string
		format renderer.Format
		in     pages.Input
	}{
		{"problem JSON, static", pjs, pages.Input{Error: static, Method: "GET", Path: "/"}},
		{"problem JSON, with a reference", pjs, pages.Input{Error: static, Reference: "7K3F-9Q2M-4T", Instance: "urn:x:1"}},
		{"built-in HTML, static", html, pages.Input{Error: static, Method: "GET", Path: "/"}},
		{"built-in HTML, with a reference", html, pages.Input{Error: static, Reference: "7K3F-9Q2M-4T"}},
		{"template of Code and Message", html, pages.Input{Error: message, Method: "GET", Path: "/"}},
		{"template, dynamic", html, pages.Input{Error: page, Method: "GET", Path: "/orders/1", Reference: "7K3F-9Q2M-4T"}},
		{"template, wild", html, pages.Input{Status: 409, Method: "GET", Path: "/orders/1"}},
		{"text, with a reference", text, pages.Input{Error: page, Reference: "7K3F-9Q2M-4T"}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			c := pages.Choice{Format: bb.format, Language: "en"}
			b.ReportAllocs()
			for b.Loop() {
				a := r.Render(c, &bb.in)
				if a.Err != nil {
					b.Fatal(a.Err)
				}
			}
		})
	}
	b.Run("template, bare html_template", func(b *testing.B) {
		t := template.Must(template.New("").Parse(benchTemplate))
		p := &renderer.Page{Code: 404, Title: "Not Found", Message: "There is no such order.", Language: "en", Reference: "7K3F-9Q2M-4T", Method: "GET", Path: "/orders/1"}
		var buf bytes.Buffer
		b.ReportAllocs()
		for b.Loop() {
			buf.Reset()
			if err := t.Execute(&buf, p); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkChoose(b *testing.B) {
	r := newRenderer(b, renderer.Options{})
	for _, bb := range []struct {
		name string
		h    http.Header
	}{
		{"Chrome", http.Header{"Accept": {chrome}}},
		{"Chrome+language", http.Header{"Accept": {chrome}, "Accept-Language": {"de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7"}}},
		{"curl", http.Header{"Accept": {"*/*"}}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Choose(bb.h, renderer.FormatNone)
			}
		})
	}
}
