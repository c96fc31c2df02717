package pages_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

var dataBlock = regexp.MustCompile(`(?s)<script type="application/problem\+json">(.*?)</script`)

// embedded returns the one problem document in a page, as the HTML parser would cut it out.
func embedded(t *testing.T, page []byte) map[string]any {
	t.Helper()
	found := dataBlock.FindAllSubmatch(page, -1)
	if len(found) != 1 || bytes.Count(page, []byte("<script")) != 1 {
		t.Fatalf("%d documents in\n%s", len(found), page)
	}
	if bytes.ContainsAny(found[0][1], "<>&") {
		t.Errorf("markup in %s", found[0][1])
	}
	var m map[string]any
	if err := json.Unmarshal(found[0][1], &m); err != nil {
		t.Fatalf("%v in %s", err, found[0][1])
	}
	return m
}

// raw is JSON that an application has made itself.
type raw string

func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }

var hostile = []string{"", `</script><script>alert(1)</script>`, `<!--<script>`, `]]>`, `"};alert(1)//`, "</ScRiPt\n>", "\u2028</script >", `\u003c/script>`, "&lt;/script&gt;", "moldReferenceOfThePage"}

// TestProblemScript: the problem document is in the page (RFC 9457, appendix C), the same that a program gets.
func TestProblemScript(t *testing.T) {
	own := fstest.MapFS{
		"http_responses/default.html": {Data: []byte(`<title>{{.Code}}</title>{{.ProblemScript}}`)},
		"http_responses/default.txt":  {Data: []byte(`{{.Code}}`)},
	}
	external := func(w io.Writer, _ string, p *renderer.Page) error {
		_, err := fmt.Fprintf(w, "<title>%d</title>%s", p.Code, p.ProblemScript)
		return err
	}
	for name, o := range map[string]renderer.Options{
		"built-in": {EmbedProblem: true}, "a template": {Templates: own}, "a template with functions": {Templates: own, Funcs: map[string]any{"f": func() string { return "" }}},
	} {
		t.Run(name, func(t *testing.T) { embeds(t, newRenderer(t, o)) })
	}
	t.Run("a renderer of the application", func(t *testing.T) {
		embeds(t, newRenderer(t, renderer.Options{External: external}))
	})
}

func embeds(t *testing.T, r *pages.Renderer) {
	for round := range 4 {
		for i, s := range hostile {
			e := httperrors.New(422, s).WithDetail(s)
			if i%2 == 0 {
				e = e.WithExtension("hostile", map[string]any{s: s, "raw": raw(`{"a":"</script><!--"}`)}).
					WithErrors(httperrors.FieldError{Detail: s}).WithType("/t?"+strings.ReplaceAll(s, `\`, ""), s).WithLinks(httperrors.Link{URL: "/a", Title: s})
			}
			for _, e := range []*httperrors.Error{nil, e, httperrors.New(500, ""), httperrors.New(500, s)} {
				for _, in := range []pages.Input{
					{Error: e, Reference: "R-" + fmt.Sprint(i), Instance: "urn:ref:" + fmt.Sprint(i)},
					{Error: e, Reference: s, RequestID: s, TraceID: s, Instance: s, Path: s},
					{Error: e, TraceID: "4bf92f"}, {Error: e, RequestID: "q1", TraceID: "4bf92f"}, {Error: e, RequestID: "q2", TraceID: "4bf93f"}, {Error: e},
				} {
					page := render(t, r, pages.Choice{Format: html, Language: "en"}, &in)
					if page.Err != nil {
						t.Fatal(page.Err)
					}
					got := embedded(t, page.Body)
					doc := render(t, r, pages.Choice{Format: pjs, Language: "en"}, &in)
					var want map[string]any
					if err := json.Unmarshal(doc.Body, &want); err != nil {
						t.Fatal(err)
					}
					if !reflect.DeepEqual(got, want) {
						t.Fatalf("round %d, %+v:\n%v, want\n%v", round, in, got, want)
					}
				}
			}
		}
	}
}

// By default there is no document in the page, and never in a fragment, whose page may have one already.
func TestProblemScript_off(t *testing.T) {
	for _, c := range []pages.Choice{{Format: html, Language: "en"}, {Format: html, Language: "en", Fragment: true}} {
		for _, o := range []renderer.Options{{}, {EmbedProblem: c.Fragment}} {
			if a := render(t, newRenderer(t, o), c, &pages.Input{Status: 500, Reference: "R"}); bytes.Contains(a.Body, []byte("<script")) {
				t.Errorf("%s", a.Body)
			}
		}
	}
	var p renderer.Page
	if got := p.ProblemScript; got != "" {
		t.Errorf("the zero Page has %q", got)
	}
}

// The policy is the same: a data block is not run, and so none is needed.
func TestProblemScript_policy(t *testing.T) {
	c, in := pages.Choice{Format: html, Language: "en"}, &pages.Input{Status: 500}
	with, without := render(t, newRenderer(t, renderer.Options{EmbedProblem: true}), c, in), render(t, newRenderer(t, renderer.Options{}), c, in)
	if with.CSP != without.CSP || !strings.HasPrefix(with.CSP, "default-src 'none'") || strings.Contains(with.CSP, "script") {
		t.Errorf("%q, %q", with.CSP, without.CSP)
	}
}
