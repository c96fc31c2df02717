package pages_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// TestLanguage_ofTemplates: a language that only a template is in is offered too.
func TestLanguage_ofTemplates(t *testing.T) {
	files := fstest.MapFS{
		"http_responses/404.html":        {Data: []byte("en {{.Code}} {{.Language}}")},
		"http_responses/404.gsw.html":    {Data: []byte("gsw {{.Code}} {{.Language}}")},
		"http_responses/404.gsw-FR.html": {Data: []byte("gsw-FR {{.Code}} {{.Language}}")},
	}
	r := newRenderer(t, renderer.Options{Templates: files})
	for header, want := range map[string]string{"gsw-CH": "gsw 404 gsw", "gsw-FR": "gsw-FR 404 gsw-FR", "GSW_fr": "gsw-FR 404 gsw-FR", "": "en 404 en"} {
		c := r.Choose(http.Header{"Accept": {"text/html"}, "Accept-Language": {header}}, 0)
		if got := body(r, c, 404); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
	// The other pages are in the language of the texts, and say so.
	for _, f := range formats {
		if a := render(t, r, pages.Choice{Format: f, Language: "gsw"}, &pages.Input{Status: 500}); a.ContentLanguage != "en" || f == html && !strings.Contains(string(a.Body), `<html lang="en"`) {
			t.Errorf("%v: Content-Language %q, %.100s", f, a.ContentLanguage, a.Body)
		}
	}
	if !slices.Contains(r.Languages(), "gsw-FR") {
		t.Errorf("languages %v", r.Languages())
	}
	r = newRenderer(t, renderer.Options{Templates: files, Languages: []string{"en"}})
	c := r.Choose(http.Header{"Accept": {"text/html"}, "Accept-Language": {"gsw"}}, 0)
	if c.Language != "en" {
		t.Errorf("with Languages: %q, want en", c.Language)
	}
}

// TestLanguage_ofVariants: a page in a variety of a language has the texts of the language.
func TestLanguage_ofVariants(t *testing.T) {
	const tmpl = "{{.Language}} {{.Direction}} {{.Title}}"
	r := newRenderer(t, renderer.Options{Templates: pagesOf("404.en-AU.html", tmpl, "404.fa-AF.html", tmpl, "404.pa-Arab.html", tmpl, "4xx.en.html", tmpl, "503.html", tmpl)})
	for _, tt := range []struct {
		header string
		status int
		want   string
	}{
		{"en-AU", 404, "en-AU ltr Not Found"}, {"en-AU", 410, "en ltr Gone"}, {"en-AU", 503, "en ltr Service Unavailable"},
		{"fa-AF", 404, "fa-AF rtl "}, {"pa-Arab-PK", 404, "pa-Arab rtl "},
	} {
		c := r.Choose(http.Header{"Accept": {"text/html"}, "Accept-Language": {tt.header}}, 0)
		a := render(t, r, c, &pages.Input{Status: tt.status})
		if got := string(a.Body); !strings.HasPrefix(got, tt.want) || !strings.HasPrefix(got, a.ContentLanguage+" ") {
			t.Errorf("%s, %d: %q, want %q, Content-Language %q", tt.header, tt.status, got, tt.want, a.ContentLanguage)
		}
	}
}
