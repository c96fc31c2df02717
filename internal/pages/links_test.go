package pages_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

func linked() *httperrors.Error {
	return httperrors.NotAcceptable("").WithLinks(
		httperrors.Link{URL: "/report.pdf?a=b&c;=d", Title: "Der <Bericht>", Type: "application/pdf", Language: "de"},
		httperrors.Link{URL: "https://example.com/r_1_.txt"},
	)
}

func TestLinks(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	tests := []struct {
		name   string
		err    *httperrors.Error
		lang   string
		format renderer.Format
		want   []string
		lacks  []string
	}{
		{"HTML", linked(), "en", html, []string{
			`<h2>Available versions</h2>`,
			`<li><a href="/report.pdf?a=b&amp;c;=d" rel="alternate" type="application/pdf" hreflang="de" dir="auto">Der &lt;Bericht&gt;</a> <span>(<bdi>de</bdi>, <bdi>application/pdf</bdi>)</span></li>`,
			`<li><a href="https://example.com/r_1_.txt" rel="alternate" dir="auto">https://example.com/r_1_.txt</a></li>`}, nil},
		{"HTML in German", linked(), "de", html, []string{`<h2>Verfügbare Versionen</h2>`}, nil},
		{"text", linked(), "en", text, []string{
			"\nAvailable versions:\n- Der <Bericht> (de, application/pdf): /report.pdf?a=b&c;=d\n- https://example.com/r_1_.txt\n"}, nil},
		{"Markdown", linked(), "en", md, []string{
			"links: [{\"href\":\"/report.pdf?a=b\\u0026c;=d\",\"rel\":\"alternate\",\"title\":\"Der \\u003cBericht\\u003e\",\"type\":\"application/pdf\",\"hreflang\":\"de\"},",
			"\n## Available versions\n\n- [Der \\<Bericht\\>](</report.pdf?a=b\\&c;=d>) (de, application/pdf)\n- <https://example.com/r_1_.txt>\n"}, nil},
		{"JSON", linked(), "en", pjs, []string{`"links":[{"href":"/report.pdf?a=b\u0026c;=d","rel":"alternate","title":"Der \u003cBericht\u003e","type":"application/pdf","hreflang":"de"},` +
			`{"href":"https://example.com/r_1_.txt","rel":"alternate"}]`}, nil},
		{"XML", linked(), "en", pxml, []string{`<links><i><href>/report.pdf?a=b&amp;c;=d</href><rel>alternate</rel>`}, nil},
		{"a 300 is a choice as well", httperrors.MultipleChoices("", "").WithLinks(httperrors.Link{URL: "/a"}), "en", html, []string{"<h2>Available versions</h2>", `href="/a"`}, nil},
		{"a 451 has no versions", httperrors.UnavailableForLegalReasons("", "https://spqr.example/law"), "en", html,
			[]string{`<a href="https://spqr.example/law" dir="auto">https://spqr.example/law</a>`}, []string{"Available versions"}},
		{"a 451 in text", httperrors.UnavailableForLegalReasons("", "https://spqr.example/law"), "en", text, []string{"\n- https://spqr.example/law\n"}, []string{"Available"}},
		{"a 451 in Markdown", httperrors.UnavailableForLegalReasons("", "https://spqr.example/law"), "en", md, []string{"\n- <https://spqr.example/law>\n"}, []string{"Available"}},
		{"a 511 leads to the login", httperrors.NetworkAuthenticationRequired("").WithLinks(httperrors.Link{URL: "https://login.example/", Title: "Log in"}), "en", html,
			[]string{`<a href="https://login.example/" dir="auto">Log in</a>`}, []string{"rel=\"alternate\"", "<form"}},
		{"a path in Markdown is a link, too", httperrors.ErrNotFound.WithLinks(httperrors.Link{URL: "/a_(b)&*"}), "en", md, []string{"- [/a\\_(b)\\&\\*](</a_(b)\\&*>)\n"}, nil},
		{"a colon that html/template would take for the end of a scheme", httperrors.ErrNotFound.WithLinks(httperrors.Link{URL: "?next:a:b/c:d"}), "en", html,
			[]string{`href="?next%3aa%3ab/c:d"`}, []string{"ZgotmplZ"}},
		{"a redirect to such a place", httperrors.SeeOther("#a:b"), "en", html, []string{`href="#a%3ab"`}, []string{"ZgotmplZ"}},
		{"what a browser cannot show is for programs", httperrors.ErrNotFound.WithLinks(httperrors.Link{URL: "urn:isbn:1"}, httperrors.Link{URL: "mailto:a@example.com"}), "en", html,
			[]string{`href="mailto:a@example.com"`}, []string{"urn:isbn", "ZgotmplZ"}},
		{"what a browser cannot show is in the document", httperrors.ErrNotFound.WithLinks(httperrors.Link{URL: "urn:isbn:1"}), "en", pjs, []string{`"href":"urn:isbn:1"`}, nil},
		{"nothing that a browser can show", httperrors.NotAcceptable("").WithLinks(httperrors.Link{URL: "urn:isbn:1"}), "en", html, nil, []string{"<ul", "Available"}},
		{"a title for a terminal", httperrors.ErrNotFound.WithLinks(httperrors.Link{URL: "/a", Title: "\x1b[31mred\nline"}), "en", text, []string{"- [31mred line: /a\n"}, []string{"\x1b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, fragment := range []bool{false, true} {
				a := render(t, r, pages.Choice{Format: tt.format, Language: tt.lang, Fragment: fragment}, &pages.Input{Error: tt.err})
				if a.Err != nil || a.Step != pages.StepBuiltin {
					t.Errorf("step %v, %v", a.Step, a.Err)
				}
				for _, want := range tt.want {
					if !strings.Contains(string(a.Body), want) {
						t.Errorf("no %q in\n%s", want, a.Body)
					}
				}
				for _, not := range tt.lacks {
					if strings.Contains(string(a.Body), not) {
						t.Errorf("%q in\n%s", not, a.Body)
					}
				}
			}
		})
	}
}

// The links of one error are never in the answer to another, whatever is kept and molded.
func TestLinks_kept(t *testing.T) {
	own := fstest.MapFS{"http_responses/404.html": {Data: []byte(`{{range .Links}}<a href="{{.URL}}" hreflang="{{.Language}}">{{.Title}}</a>{{else}}none{{end}}`)},
		"http_responses/4xx.html": {Data: []byte(`{{.Code}} {{.Brand.Name}}`)}}
	for name, o := range map[string]renderer.Options{"built-in": {}, "embedded": {EmbedProblem: true}, "of the application": {Templates: own}} {
		t.Run(name, func(t *testing.T) {
			r := newRenderer(t, o)
			for range 4 {
				for _, status := range []int{404, 406, 500} {
					e := httperrors.New(status, "")
					for _, f := range formats {
						for _, link := range []string{"/link-first", "", "/link-second", "/link-third"} {
							in := &pages.Input{Error: e, Reference: "R"}
							if link != "" {
								in.Error = e.WithLinks(httperrors.Link{URL: link, Title: "t" + link[1:]})
							}
							a := render(t, r, pages.Choice{Format: f, Language: "en"}, in)
							for _, l := range []string{"link-first", "link-second", "link-third"} {
								shown := a.Step != pages.StepCustom || status == 404
								if got := strings.Contains(string(a.Body), l); got != (shown && link == "/"+l) {
									t.Errorf("%d with %q in %v has %s: %v\n%s", status, link, f, l, got, a.Body)
								}
							}
						}
					}
				}
			}
		})
	}
}

// Whatever a link is made of: it is refused, or it is one in the header and in every form of the answer.
func TestLinks_random(t *testing.T) {
	r := newRenderer(t, renderer.Options{EmbedProblem: true})
	rng := rand.New(rand.NewPCG(4, 6))
	pieces := []string{"/", "a", "javascript:", "http://", "mailto:", "\r\n", "\x00", "é", "%", "%41", "<", ">", `"`, `\`, "?", "#", "&", ";", "'", " ", "=",
		"text/html", "de", "-", "alternate", ":", "</script", "<!--", "\u202e", "*", "[", "]", "(", ")", "//", "."}
	some := func() string {
		var b strings.Builder
		for range rng.IntN(6) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		return b.String()
	}
	quoted := regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	for range 3000 {
		l := httperrors.Link{URL: some(), Title: some()}
		if rng.IntN(2) == 0 {
			l.Type, l.Language, l.Rel = some(), some(), some()
		}
		e := httperrors.NotAcceptable("").WithLinks(l)
		if len(e.Links()) == 0 {
			if e.Header()["Link"] != nil || !strings.Contains(e.Error(), "[link 0: ") {
				t.Fatalf("%+v: %v, %q", l, e, e.Header()["Link"])
			}
			continue
		}
		l = e.Links()[0]
		field := e.Header().Get("Link")
		if rest, ok := strings.CutPrefix(field, "<"+l.URL+">; rel="); !ok || strings.ContainsAny(quoted.ReplaceAllString(rest, ""), "\"<>,") ||
			strings.ContainsFunc(field, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%+v: Link %q", l, field)
		}
		for _, f := range formats {
			a := render(t, r, pages.Choice{Format: f, Language: "en"}, &pages.Input{Error: e})
			if a.Err != nil || a.Step != pages.StepBuiltin {
				t.Fatalf("%+v in %v: %v", l, f, a.Err)
			}
			switch f {
			case html:
				if s := string(a.Body); strings.Contains(s, "ZgotmplZ") || strings.Count(s, "<script") != 1 || strings.Count(s, "</script") != 1 || strings.Contains(s, "<!--") {
					t.Fatalf("%+v: %s", l, s)
				}
			case pxml:
				var got struct {
					Links []struct {
						URL  string `xml:"href"`
						Rel  string `xml:"rel"`
						Type string `xml:"type"`
					} `xml:"links>i"`
				}
				if err := xml.Unmarshal(a.Body, &got); err != nil || len(got.Links) != 1 || got.Links[0].URL != l.URL || got.Links[0].Rel != l.Rel || got.Links[0].Type != l.Type {
					t.Fatalf("%+v was read as %+v, %v", l, got.Links, err)
				}
			case pjs:
				got, err := httperrors.FromResponse(response(e.StatusCode(), a))
				if err != nil || len(got.Links()) != 1 || got.Links()[0].URL != l.URL || got.Links()[0].Rel != l.Rel || got.Links()[0].Type != l.Type {
					t.Fatalf("%+v was read as %+v, %v", l, got.Links(), err)
				}
			}
		}
	}
}

// response is an answer as a client gets it.
func response(status int, a pages.Answer) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {a.ContentType}}, Body: io.NopCloser(bytes.NewReader(a.Body))}
}
