package exceptional_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
)

// TestR21: what links to what there is instead, to who blocks it or to the login is in every form of the answer; what must not
// be a link is in none, the status stands, and the log says why.
func TestR21_links(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	plain := httperrors.NotAcceptable("")
	a.fails("/plain", plain)
	a.fails("/linked", plain.WithLinks(httperrors.Link{URL: "/the-other"}))
	a.fails("/bad", plain.WithLinks(httperrors.Link{URL: "javascript:alert('the-bad')"}, httperrors.Link{URL: "/x\r\nSet-Cookie: the-bad=1"}, httperrors.Link{URL: "/the-good"}))
	for range 3 { // what is kept of one answer is not in another
		for _, accept := range anyForm {
			for target, want := range map[string]string{"/plain": "", "/linked": "/the-other", "/bad": "/the-good"} {
				res := a.get(target, "Accept", accept)
				text := body(t, res)
				if res.StatusCode != 406 || strings.Contains(text, "the-other") != (target == "/linked") || strings.Contains(text, "the-good") != (target == "/bad") {
					t.Errorf("%s as %q: %d %s", target, accept, res.StatusCode, short(text))
				}
				lacks(t, text, "the-bad", "javascript:")
				if got := res.Header.Get("Link"); want == "" && got != "" || want != "" && got != "<"+want+`>; rel="alternate"` || res.Header.Get("Set-Cookie") != "" {
					t.Errorf("%s: Link %q, %v", target, got, res.Header)
				}
			}
		}
	}
	contains(t, a.logs.text(), "link 0: a URI that a browser would run", "link 1: control character")

	german := a.get("/linked", "Accept", browser, "Accept-Language", "de")
	contains(t, body(t, german), "<h2>Verfügbare Versionen</h2>")
}

// TestR16: the page has the problem document in it that an API client would get, for whoever turns that on.
func TestR16_embedded(t *testing.T) {
	err := httperrors.Conflict("</script><script>alert(1)</script>").WithCode("stale").WithExtension("evil", "<!--</script>")
	for _, on := range []bool{false, true} {
		a := newApp(t, exceptional.Config{Pages: renderer.Options{EmbedProblem: on}})
		a.fails("/", err)
		a.fails("/broken", http.ErrBodyNotAllowed)
		references := map[string]bool{}
		for range 5 {
			res := a.get("/", "Accept", browser)
			page, doc := body(t, res), strings.TrimSpace(body(t, a.get("/", "Accept", api)))
			if got := strings.Contains(page, `<script type="application/problem+json">`+doc+`</script>`); got != on || strings.Count(page, "<script") != strings.Count(page, "</script") || strings.Contains(page, "<script>") {
				t.Errorf("on %v:\n%s\n%s", on, page, doc)
			}
			if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "script-src") {
				t.Errorf("policy %q", csp)
			}
			page = body(t, a.get("/broken", "Accept", browser))
			lacks(t, page, "moldRe")
			if _, rest, ok := strings.Cut(page, `"reference":"`); ok {
				reference, _, _ := strings.Cut(rest, `"`)
				if references[reference] || strings.Count(page, reference) != 3 { // the page, the document and its instance
					t.Errorf("the reference %q in\n%s", reference, page)
				}
				references[reference] = true
			}
		}
		if on != (len(references) == 5) {
			t.Errorf("on %v: %d references", on, len(references))
		}
	}
}
