package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

const (
	html = renderer.FormatHTML
	pjs  = renderer.FormatProblemJSON
	pxml = renderer.FormatProblemXML
	text = renderer.FormatText
	md   = renderer.FormatMarkdown
)

const (
	chrome  = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
	firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8"
	safari  = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
)

func TestAccept_clients(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	for _, tt := range []struct {
		name, accept string
		want         renderer.Format
	}{
		{"Chrome", chrome, html},
		{"Firefox", firefox, html},
		{"Safari", safari, html},
		{"an old WebKit", "application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5", html},
		{"Lynx", "text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01", html},
		{"w3m", "text/html, text/*;q=0.5, image/*, application/*", html},
		{"curl", "*/*", pjs},
		{"fetch", "*/*", pjs},
		{"axios", "application/json, text/plain, */*", pjs},
		{"jQuery getJSON", "application/json, text/javascript, */*; q=0.01", pjs},
		{"jQuery load", "text/html, */*; q=0.01", html},
		{"Java's HttpURLConnection", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", html},
		{"an image", "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", pjs},
		{"a style sheet", "text/css,*/*;q=0.1", pjs},
		{"an agent", "text/markdown, text/html, */*", md},
		{"an agent that prefers HTML", "text/html, text/markdown;q=0.9", html},
		{"a .NET client", "application/json;odata=verbose", pjs},
		{"Turbo", "text/vnd.turbo-stream.html, text/html, application/xhtml+xml", html},
		{"Go's client", "", pjs},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := r.Choose(accept(tt.accept), renderer.FormatNone).Format; got != tt.want {
				t.Errorf("Choose(Accept: %q) = %v, want %v", tt.accept, got, tt.want)
			}
		})
	}
}

// TestAccept_hostile has the bad inputs; the format only has to be one that can be given reasons for.
func TestAccept_hostile(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	for _, tt := range []struct {
		accept string
		want   renderer.Format
	}{
		{" ", pjs}, {"*", pjs}, {"*/*;q=0", pjs}, {"text/html;q=0", pjs}, {"*/html", pjs}, {"text", pjs}, {"/", pjs}, {";q=1", pjs},
		{"q=1", pjs}, {"text/html;q=", pjs}, {"text/html;q", pjs}, {"text/html;q=abc", pjs}, {"text/html;q=1.0001", pjs},
		{"text/html;q=-1", pjs}, {"text/html;q=NaN", pjs}, {"text/html;q=1e9", pjs}, {"text/html;q=00.5", pjs}, {"text/html;q=.", pjs},
		{`text/html;q="0.5"`, html}, {"text/html;Q=0.5", html}, {"text/html;q=.5", html}, {"text/html;q=1.000000", html},
		{"text/html;q=0.00001", html}, {"text/html;q=0;q=1", pjs}, {"text/html;q=1;q=0", html},
		{`text/html;a="b`, pjs}, {`text/html;a="b\`, pjs}, {`"text/html", text/plain`, text}, {`te"xt/html, text/plain`, pjs},
		{"text/html\x00", pjs}, {"text/html\xff, text/plain", text}, {"text /html", pjs}, {"text/html\r\n", pjs},
		{"\ttext/html\t;\tq=1\t", html}, {"text/html;;;;q=0.1;;", html}, {"text/html;charset=UTF-8", html}, {`text/html;charset="utf-8"`, html},
		{"text/html;charset=iso-8859-1", html}, {"image/*", pjs}, {"application/vnd.api+json", pjs},
		{strings.Repeat(",", 8000) + "text/html", html},
		{strings.Repeat(",", 1<<20), pjs}, {"text/html" + strings.Repeat(";", 1<<20), pjs}, {strings.Repeat("text/html,", 26e4), pjs},
		{strings.Repeat("a/b,", 63) + "text/html", html}, {strings.Repeat("a/b,", 64) + "text/html", pjs},
		{"text/html" + strings.Repeat(";a=b", 2000), html}, {"text/html;" + strings.Repeat("a", 1<<20), pjs},
		{"te\u017ft/html", pjs}, {"text/mar\u212adown", pjs}, // what folds to ASCII is not ASCII
	} {
		if got := r.Choose(accept(tt.accept), renderer.FormatNone).Format; got != tt.want {
			t.Errorf("Choose(Accept: %.60q) = %v, want %v", tt.accept, got, tt.want)
		}
	}
}

func TestChoose_htmxAndTurbo(t *testing.T) {
	r := newRenderer(t, renderer.Options{Languages: []string{"en"}})
	for _, tt := range []struct {
		name     string
		header   http.Header
		force    renderer.Format
		want     renderer.Format
		fragment bool
		frame    string
		vary     string
	}{
		{"a browser", http.Header{"Accept": {chrome}}, 0, html, false, "", "Accept, HX-Request, Turbo-Frame"},
		{"curl", http.Header{"Accept": {"*/*"}}, 0, pjs, false, "", "Accept, HX-Request"},
		{"a program", http.Header{"Accept": {"application/json"}}, 0, pjs, false, "", "Accept"},
		{"fetch", http.Header{"Accept": {"*/*"}, "Sec-Fetch-Dest": {"empty"}}, 0, pjs, false, "", "Accept, HX-Request"},
		{"an XHR", http.Header{"Accept": {"*/*"}, "X-Requested-With": {"XMLHttpRequest"}}, 0, pjs, false, "", "Accept, HX-Request"},
		{"htmx", http.Header{"Accept": {"*/*"}, "Hx-Request": {"true"}}, 0, html, true, "", "Accept, HX-Request, HX-Boosted, HX-History-Restore-Request"},
		{"htmx without Accept", http.Header{"Hx-Request": {"true"}}, 0, html, true, "", "Accept, HX-Request, HX-Boosted, HX-History-Restore-Request"},
		{"htmx that lists HTML", http.Header{"Accept": {"text/html"}, "Hx-Request": {"true"}}, 0, html, true, "", "Accept, HX-Request, HX-Boosted, HX-History-Restore-Request"},
		{"htmx that wants JSON", http.Header{"Accept": {"application/json"}, "Hx-Request": {"true"}}, 0, pjs, false, "", "Accept"},
		{"htmx that refuses HTML", http.Header{"Accept": {"text/html;q=0, */*"}, "Hx-Request": {"true"}}, 0, pjs, false, "", "Accept"},
		{"htmx, boosted", http.Header{"Accept": {"*/*"}, "Hx-Request": {"true"}, "Hx-Boosted": {"true"}}, 0, html, false, "", "Accept, HX-Request, HX-Boosted, HX-History-Restore-Request"},
		{"htmx, restoring", http.Header{"Accept": {"*/*"}, "Hx-Request": {"true"}, "Hx-History-Restore-Request": {"true"}}, 0, html, false, "", "Accept, HX-Request, HX-Boosted, HX-History-Restore-Request"},
		{"not htmx", http.Header{"Accept": {"*/*"}, "Hx-Request": {"false"}}, 0, pjs, false, "", "Accept, HX-Request"},
		{"Turbo", http.Header{"Accept": {"text/html, application/xhtml+xml"}, "Turbo-Frame": {"cart"}}, 0, html, true, "cart", "Accept, HX-Request, Turbo-Frame"},
		{"Turbo with a hostile frame", http.Header{"Accept": {"text/html"}, "Turbo-Frame": {`"><script>`}}, 0, html, false, "", "Accept, HX-Request, Turbo-Frame"},
		{"forced JSON", http.Header{"Accept": {chrome}}, pjs, pjs, false, "", ""},
		{"forced HTML", http.Header{"Accept": {"*/*"}}, html, html, false, "", "HX-Request, Turbo-Frame"},
		{"forced nonsense", http.Header{"Accept": {"text/plain"}}, 200, text, false, "", "Accept"},
		{"no header at all", nil, 0, pjs, false, "", "Accept, HX-Request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := r.Choose(tt.header, tt.force)
			if c.Format != tt.want || c.Fragment != tt.fragment || c.Frame != tt.frame || c.Vary != tt.vary {
				t.Errorf("Choose = %+v, want %v, fragment %v, frame %q, Vary %q", c, tt.want, tt.fragment, tt.frame, tt.vary)
			}
		})
	}
}

// TestChoose_vary: with languages to choose from, every answer depends on Accept-Language, the default one too.
func TestChoose_vary(t *testing.T) {
	r := newRenderer(t, renderer.Options{Templates: pagesOf("404.tlh.html", "Qu’vatlh")})
	for want, h := range map[string]http.Header{
		"Accept, Accept-Language":                          {"Accept": {"application/json"}},
		"Accept, Accept-Language, HX-Request":              {},
		"Accept, Accept-Language, HX-Request, Turbo-Frame": {"Accept": {"text/html"}, "Accept-Language": {"xx"}},
	} {
		if got := r.Choose(h, renderer.FormatNone).Vary; got != want {
			t.Errorf("Choose(%v).Vary = %q, want %q", h, got, want)
		}
	}
	if got, want := r.Choose(nil, renderer.FormatText).Vary, "Accept-Language"; got != want {
		t.Errorf("forced: Vary = %q, want %q", got, want)
	}
}

func accept(s string) http.Header { return http.Header{"Accept": {s}} }

func newRenderer(t testing.TB, o renderer.Options) *pages.Renderer {
	t.Helper()
	r, err := pages.New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return r
}
