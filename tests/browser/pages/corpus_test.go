// Package pages tests the built-in pages with independent checkers: the Nu validator, html-validate, and axe-core in
// a real Chromium.
package pages

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// languages are written in five scripts, two of them from the right.
var languages = []string{"en", "de", "ar", "he", "ja"}

// A page is one document of the corpus.
type page struct {
	name string
	body []byte
	csp  string
}

const logo = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='120' height='36'%3E%3Crect width='120' height='36' fill='%23888'/%3E%3C/svg%3E"

// corpus makes every built-in page in every one of languages, and the richest and strangest that there can be.
func corpus(t *testing.T) []page {
	t.Helper()
	plain := newRenderer(t, renderer.Options{Languages: languages})
	branded := newRenderer(t, renderer.Options{Languages: languages, Brand: renderer.Brand{
		Name: "Riverside Books", Color: "#ffe14d", Support: "tel:+15550100",
		Links: []renderer.Link{{Text: "Service status", URL: "https://status.example.org/?a=b&c=d"}, {Text: "الشروط", URL: "/terms"}},
	}})
	pictured := newRenderer(t, renderer.Options{Languages: languages, Brand: renderer.Brand{
		Name: "Riverside Books", Logo: strings.NewReplacer(" ", "%20", "'", "%27").Replace(logo), Home: "-",
	}})
	embedding := newRenderer(t, renderer.Options{Languages: languages, EmbedProblem: true})
	var all []page
	add := func(r *pages.Renderer, name, lang string, fragment bool, in *pages.Input) {
		a := r.Render(pages.Choice{Format: renderer.FormatHTML, Language: lang, Fragment: fragment}, in)
		if a.Step != pages.StepBuiltin || a.Err != nil || a.ContentLanguage != lang {
			t.Fatalf("%s: %v, %v, %s", name, a.Step, a.Err, a.ContentLanguage)
		}
		body := append([]byte(nil), a.Body...)
		if len(body) > 14<<10 && in.Error == nil {
			t.Errorf("%s: %d bytes, which is more than fits into the first window of a connection", name, len(body))
		}
		if fragment {
			body = fmt.Appendf(nil, "<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<title>A page of the application</title>\n"+
				"<style>body{overflow-wrap:anywhere}</style>\n</head>\n<body>\n<main>\n<h1>A page of the application</h1>\n%s</main>\n</body>\n</html>\n", body)
		}
		all = append(all, page{name, body, a.CSP})
	}
	for _, lang := range languages {
		for status := 300; status < 600; status++ {
			if http.StatusText(status) == "" || status == http.StatusNotModified {
				continue
			}
			in := &pages.Input{Status: status, Reference: "7K3F-9Q2M-4T"}
			add(plain, fmt.Sprintf("%s-%d", lang, status), lang, false, in)
			if status%100 == 4 {
				add(branded, fmt.Sprintf("%s-%d-branded", lang, status), lang, false, in)
				add(branded, fmt.Sprintf("%s-%d-fragment", lang, status), lang, true, in)
			}
		}
		long := strings.Repeat("0123456789abcdef", 20)
		add(branded, lang+"-rich", lang, false, &pages.Input{Error: rich(long), Reference: long})
		add(pictured, lang+"-rich-fragment", lang, true, &pages.Input{Error: rich(long), RequestID: "4bf92f3577b34da6a3ce929d0e0e4736"})
		add(pictured, lang+"-pictured", lang, false, &pages.Input{Status: 503, RequestID: "4bf92f3577b34da6a3ce929d0e0e4736"})
		add(embedding, lang+"-linked", lang, false, &pages.Input{Error: linked(httperrors.NotAcceptable("</script><!--<script>")), Reference: long})
		add(embedding, lang+"-linked-fragment", lang, true, &pages.Input{Error: linked(httperrors.UnavailableForLegalReasons("", "https://spqr.example/law"))})
		add(branded, lang+"-moved", lang, false, &pages.Input{Error: httperrors.Redirect(301, "/new?a=b&c=d")})
	}
	problems, err := branded.Problems(rich("0123456789"), httperrors.TooManyRequests("").WithCode("quota-exceeded").WithRetryAfter(time.Minute).
		WithType("https://shop.example/problems/"+strings.Repeat("quota-exceeded", 20), "Quota exceeded"))
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range languages {
		for _, code := range []string{"", "301", "304", "404", "422", "503", "out-of-stock", "quota-exceeded"} {
			a, ok := problems.Page(code, lang, "problems")
			if code == "" {
				a, ok = problems.Index(lang, "problems")
			}
			if !ok || a.Err != nil {
				t.Fatalf("the page of %q in %s: %v, %v", code, lang, ok, a.Err)
			}
			all = append(all, page{lang + "-problems-" + code, a.Body, a.CSP})
		}
	}
	for _, format := range []string{"html", "json", "xml", "text", "markdown"} {
		all = append(all, page{"gallery-" + format, branded.Gallery(pages.GalleryOptions{Base: "/_errors", Format: format, Language: "ar", Scheme: "dark"}), pages.GalleryCSP()})
	}
	return all
}

// rich is an error that says all that there can be to say.
func rich(long string) *httperrors.Error {
	return httperrors.New(422, "There is no <order> with the number "+long+".").
		WithDetail("Two of the books are no longer in stock.\nNothing has been charged. "+long).
		WithHeader("Retry-After", "120").
		WithErrors(
			httperrors.FieldError{Detail: "must not be empty", Pointer: "/items/0/name", Code: "required"},
			httperrors.FieldError{Detail: "must be a number", Parameter: long},
			httperrors.FieldError{Detail: "is unknown", Header: "Accept-Profile"},
			httperrors.FieldError{Detail: "يجب ألا يكون فارغا"},
		).
		WithCode("out-of-stock")
}

// linked returns e with links of every kind.
func linked(e *httperrors.Error) *httperrors.Error {
	return e.WithLinks(
		httperrors.Link{URL: "/a.pdf?a=b&c=d", Title: "Der Bericht </script>", Type: "application/pdf", Language: "de"},
		httperrors.Link{URL: "/a.html", Title: "التقرير", Type: `text/html; charset="utf-8"`, Language: "ar-EG"},
		httperrors.Link{URL: "https://example.com/" + strings.Repeat("0123456789abcdef", 10), Rel: "https://example.com/rel"},
	)
}

func newRenderer(t *testing.T, o renderer.Options) *pages.Renderer {
	t.Helper()
	r, err := pages.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
