package httperrors_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
)

func TestWithLinks(t *testing.T) {
	link := func(l ...httperrors.Link) []httperrors.Link { return l }
	tests := []struct {
		name  string
		err   *httperrors.Error
		want  []httperrors.Link
		field []string
	}{
		{"none", httperrors.NotAcceptable(""), nil, nil},
		{"alternatives of a 406, whose relation goes without saying",
			httperrors.NotAcceptable("").WithLinks(httperrors.Link{URL: "/a.pdf", Type: "application/pdf", Language: "de", Title: "Als PDF"}, httperrors.Link{URL: "/a.txt"}),
			link(httperrors.Link{URL: "/a.pdf", Type: "application/pdf", Language: "de", Title: "Als PDF", Rel: "alternate"}, httperrors.Link{URL: "/a.txt", Rel: "alternate"}),
			[]string{`</a.pdf>; rel="alternate"; type="application/pdf"; hreflang="de"; title="Als PDF"`, `</a.txt>; rel="alternate"`}},
		{"of a 300", httperrors.MultipleChoices("", "/b").WithLinks(httperrors.Link{URL: "/b"}),
			link(httperrors.Link{URL: "/b", Rel: "alternate"}), []string{`</b>; rel="alternate"`}},
		{"a link without a relation is for readers", httperrors.NetworkAuthenticationRequired("").WithLinks(httperrors.Link{URL: "https://login.example/", Title: "Log in"}),
			link(httperrors.Link{URL: "https://login.example/", Title: "Log in"}), nil},
		{"who blocks", httperrors.UnavailableForLegalReasons("", "https://spqr.example/l b"),
			link(httperrors.Link{URL: "https://spqr.example/l%20b", Rel: "blocked-by"}), []string{`<https://spqr.example/l%20b>; rel="blocked-by"`}},
		{"who blocks, and more", httperrors.UnavailableForLegalReasons("", "/b").WithLinks(httperrors.Link{URL: "/why", Rel: "help"}),
			link(httperrors.Link{URL: "/b", Rel: "blocked-by"}, httperrors.Link{URL: "/why", Rel: "help"}), []string{`</b>; rel="blocked-by"`, `</why>; rel="help"`}},
		{"beside fields of the application's own", httperrors.ErrNotFound.WithHeader("Link", "</s>; rel=search").WithLinks(httperrors.Link{URL: "/x", Rel: "related"}),
			link(httperrors.Link{URL: "/x", Rel: "related"}), []string{"</s>; rel=search", `</x>; rel="related"`}},
		{"a relation that is a URI", httperrors.ErrConflict.WithLinks(httperrors.Link{URL: "/x", Rel: "https://example.com/rels/edit"}),
			link(httperrors.Link{URL: "/x", Rel: "https://example.com/rels/edit"}), []string{`</x>; rel="https://example.com/rels/edit"`}},
		{"relations and languages are not case-sensitive", httperrors.ErrConflict.WithLinks(httperrors.Link{URL: "/x", Rel: "Help", Language: "de-AT"}),
			link(httperrors.Link{URL: "/x", Rel: "help", Language: "de-AT"}), []string{`</x>; rel="help"; hreflang="de-AT"`}},
		{"a title that a field cannot hold as it is (RFC 8187)", httperrors.ErrConflict.WithLinks(httperrors.Link{URL: "/x", Rel: "help", Title: "Größe\r\n"}),
			link(httperrors.Link{URL: "/x", Rel: "help", Title: "Größe\r\n"}), []string{`</x>; rel="help"; title*=UTF-8''Gr%C3%B6%C3%9Fe%20%20`}},
		{"a title with quotes", httperrors.ErrConflict.WithLinks(httperrors.Link{URL: "/x", Rel: "help", Title: `a "b" \`}),
			link(httperrors.Link{URL: "/x", Rel: "help", Title: `a "b" \`}), []string{`</x>; rel="help"; title="a \"b\" \\"`}},
		{"parameters of a type are quoted", httperrors.ErrConflict.WithLinks(httperrors.Link{URL: "/x", Rel: "help", Type: `text/html; charset="utf-8"`}),
			link(httperrors.Link{URL: "/x", Rel: "help", Type: `text/html; charset="utf-8"`}), []string{`</x>; rel="help"; type="text/html; charset=\"utf-8\""`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Links(); !slices.Equal(got, tt.want) {
				t.Errorf("Links() = %+v, want %+v", got, tt.want)
			}
			if got := tt.err.Header()["Link"]; !slices.Equal(got, tt.field) {
				t.Errorf("Link = %q, want %q", got, tt.field)
			}
			if strings.Contains(tt.err.Error(), "[") {
				t.Errorf("something was refused: %v", tt.err)
			}
		})
	}
}

// An invalid link is left out, the log says why, and the rest stands.
func TestWithLinks_refused(t *testing.T) {
	for name, l := range map[string]httperrors.Link{
		"the zero link": {}, "script": {URL: "javascript:alert(1)"}, "script in capitals": {URL: "JaVaScRiPt:alert(1)"}, "data": {URL: "data:text/html,x"},
		"a line end": {URL: "/a\r\nSet-Cookie: x=y"}, "NUL": {URL: "/\x00"}, "a backslash": {URL: `/\evil.example`}, "not UTF-8": {URL: "/\xff"},
		"too long": {URL: "/" + strings.Repeat("a", 9<<10)}, "a long title": {URL: "/", Title: strings.Repeat("a", 9<<10)},
		"an invalid type": {URL: "/", Type: "html"}, "a type that is all types": {URL: "/", Type: "*/*"}, "a type with a line end": {URL: "/", Type: "text/html\n"}, "a long type": {URL: "/", Type: "text/" + strings.Repeat("a", 300)},
		"an invalid language": {URL: "/", Language: "de_DE"}, "a language with a quote": {URL: "/", Language: `de"`}, "a language that begins with a digit": {URL: "/", Language: "1de"},
		"a language of too much": {URL: "/", Language: "abcdefghi"}, "a language that ends with a hyphen": {URL: "/", Language: "de-"},
		"two relations": {URL: "/", Rel: "help next"}, "a relation with a quote": {URL: "/", Rel: `a"; title="b`}, "a relation that begins with a digit": {URL: "/", Rel: "1a"}, "a relation that is a path": {URL: "/", Rel: "/help"},
		"a relation that is a script": {URL: "/", Rel: "javascript:x"},
	} {
		t.Run(name, func(t *testing.T) {
			e := httperrors.NotAcceptable("").WithLinks(l, httperrors.Link{URL: "/good"})
			if got := e.Links(); len(got) != 1 || got[0].URL != "/good" || !slices.Equal(e.Header()["Link"], []string{`</good>; rel="alternate"`}) {
				t.Errorf("Links() = %+v, Link %q", got, e.Header()["Link"])
			}
			if e.StatusCode() != 406 || !strings.Contains(e.Error(), "[link 0: ") {
				t.Errorf("%d, %v", e.StatusCode(), e)
			}
		})
	}
	if e := httperrors.UnavailableForLegalReasons("", "javascript:x"); e.StatusCode() != 500 || e.Links() != nil {
		t.Errorf("%d, %+v", e.StatusCode(), e.Links())
	}
	if got := (*httperrors.Error)(nil).Links(); got != nil {
		t.Errorf("a nil error has %+v", got)
	}
}

func TestWithLinks_bounded(t *testing.T) {
	many := make([]httperrors.Link, 1<<20)
	for i := range many {
		many[i] = httperrors.Link{URL: "/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"}
	}
	e := httperrors.NotAcceptable("").WithLinks(many...)
	if n := len(e.Links()); n != 64 || !strings.Contains(e.Error(), "links: more than 64") {
		t.Errorf("%d links, %v", n, e)
	}
	if n := len(e.WithLinks(many[:5]...).Links()); n != 64 {
		t.Errorf("%d links after five more", n)
	}
	size := 0
	for _, v := range e.Header()["Link"] {
		size += len(v)
	}
	if size > 2<<10 || size < 1<<10 {
		t.Errorf("%d bytes of header, of which a proxy takes 4096 altogether", size)
	}
	// All of them find a place in a document, however much they grow when escaped.
	e = httperrors.NotAcceptable("")
	for range 64 {
		e = e.WithLinks(httperrors.Link{URL: "/", Title: strings.Repeat("<", 110)})
	}
	b, _ := json.Marshal(e)
	if got, err := fromResponse(406, "application/problem+json", b); err != nil || len(got.Links()) != 64 {
		t.Errorf("%d bytes: %d links, %v", len(b), len(got.Links()), err)
	}
}

// An error is a value: what is made of it, or of what it hands out, does not change it.
func TestWithLinks_shared(t *testing.T) {
	given := []httperrors.Link{{URL: "/a"}}
	base := httperrors.NotAcceptable("").WithLinks(given...)
	given[0].URL = "/changed"
	base.Links()[0].URL = "/changed"
	b, c := base.WithLinks(httperrors.Link{URL: "/b"}), base.WithLinks(httperrors.Link{URL: "/c"})
	if base.Links()[0].URL != "/a" || len(base.Links()) != 1 || b.Links()[1].URL != "/b" || c.Links()[1].URL != "/c" {
		t.Errorf("%+v, %+v, %+v", base.Links(), b.Links(), c.Links())
	}
	if got := b.Header()["Link"]; len(got) != 2 || !strings.HasPrefix(got[1], "</b>") {
		t.Errorf("Link %q", got)
	}
	if e, _ := httperrors.Resolve(speaks{b}); !slices.Equal(e.Links(), b.Links()) {
		t.Errorf("a type that embeds an error has %+v", e.Links())
	}
}

type speaks struct{ *base }

func (s speaks) Error() string { return "speaks" }

func TestLinks_documents(t *testing.T) {
	e := httperrors.NotAcceptable("").WithLinks(httperrors.Link{URL: "/a?b&c", Title: "</script>", Type: "text/html", Language: "de"}, httperrors.Link{URL: "/b", Rel: "help"})
	asJSON, _ := json.Marshal(e)
	const want = `{"title":"Not Acceptable","status":406,"links":[{"href":"/a?b\u0026c","rel":"alternate","title":"\u003c/script\u003e","type":"text/html","hreflang":"de"},{"href":"/b","rel":"help"}]}`
	if string(asJSON) != want {
		t.Errorf("JSON %s, want %s", asJSON, want)
	}
	asXML, _ := xml.Marshal(e)
	if want := `<links><i><href>/a?b&amp;c</href><rel>alternate</rel><title>&lt;/script&gt;</title><type>text/html</type><hreflang>de</hreflang></i><i><href>/b</href><rel>help</rel></i></links>`; !strings.Contains(string(asXML), want) {
		t.Errorf("XML %s, want %s", asXML, want)
	}
	for name, h := range map[string][]string{"without fields": nil, "as they were sent": e.Header()["Link"], "in one line": {strings.Join(e.Header()["Link"], ", ")}} {
		r := &http.Response{StatusCode: 406, Header: http.Header{"Content-Type": {"application/problem+json"}}, Body: io.NopCloser(bytes.NewReader(asJSON))}
		if h != nil {
			r.Header["Link"] = h
		} else {
			h = e.Header()["Link"]
		}
		got, err := httperrors.FromResponse(r)
		if err != nil || !slices.Equal(got.Links(), e.Links()) || !slices.Equal(got.Header()["Link"], h) || len(maps(got)) != 0 {
			t.Errorf("fields %s: %+v, %q, %v, %v", name, got.Links(), got.Header()["Link"], maps(got), err)
		}
	}
}

// The documents of other servers have members named links, too. Those of another form stay extension members.
func TestLinks_ofOthers(t *testing.T) {
	for _, links := range []string{
		`{"self":"/a"}`, `"x"`, `[]`, `[1]`, `[{}]`, `[{"href":1}]`, `[{"href":"/a","method":"GET"}]`, `[{"href":"javascript:alert(1)"}]`, `[{"href":"/a"},null]`,
		`[{"href":"/a","title":["x"]}]`,
	} {
		e, err := fromResponse(406, "application/problem+json", []byte(`{"status":406,"links":`+links+`}`))
		var want any
		d := json.NewDecoder(strings.NewReader(links))
		d.UseNumber()
		_ = d.Decode(&want)
		if err != nil || e.Links() != nil || e.Header()["Link"] != nil || !reflect.DeepEqual(maps(e)["links"], want) || strings.Contains(e.Error(), "[") {
			t.Errorf("%s: %+v, %v, %v, %v", links, e.Links(), maps(e), e, err)
		}
	}
	// An extension member of that name is the application's own, and goes before.
	e := httperrors.NotAcceptable("").WithExtension("links", 7).WithLinks(httperrors.Link{URL: "/a"})
	if b, _ := json.Marshal(e); string(b) != `{"title":"Not Acceptable","status":406,"links":7}` {
		t.Errorf("%s", b)
	}
}
