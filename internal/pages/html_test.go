package pages_test

import (
	"bytes"
	"errors"
	"html/template"
	"io"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// TestHTML_template holds the built-in page against html/template, byte for byte: testdata/page.html is the same page as a
// template, which knows every context that a text can stand in.
func TestHTML_template(t *testing.T) {
	want := template.Must(template.ParseFiles("testdata/page.html"))
	awkward := "a&b <i>\"'+`=\\ \u00e9\u2028{{.}}</title><!--]]>"
	brands := []renderer.Brand{
		{},
		{Name: awkward, Color: "#0b7a53", Support: "tel:+15550100", Home: "-"},
		{Name: "Books", Logo: "data:image/svg+xml,%3Csvg%20xmlns=%27http://www.w3.org/2000/svg%27/%3E", Home: "https://books.example/?a=b&c=(d)",
			Support: "mailto:help@books.example?subject=a+b", Links: []renderer.Link{{Text: awkward, URL: "/a;b=c?d=e&f=[g]#h"}, {Text: "b", URL: "/%7a/é"}}},
		{Logo: "/static/logo.svg?v=1+2"},
	}
	errs := []*httperrors.Error{
		nil,
		httperrors.New(404, awkward).WithDetail(awkward + "\nsecond line"),
		httperrors.New(410, ""),
		httperrors.New(422, "x").WithType("", awkward).WithErrors(
			httperrors.FieldError{Detail: awkward, Pointer: "/a/0"}, httperrors.FieldError{Detail: "d", Parameter: awkward},
			httperrors.FieldError{Header: "Accept"}, httperrors.FieldError{Detail: "nowhere"}),
		httperrors.ServiceUnavailable("").WithRetryAfter(120e9),
		httperrors.Redirect(303, "/orders?a=1&b=2#c:d"), httperrors.Redirect(301, "?next:page"),
		httperrors.NotAcceptable("").WithLinks(
			httperrors.Link{URL: "/a.pdf?a=b&c;=d", Title: awkward, Type: `text/html; charset="utf-8"`, Language: "de"},
			httperrors.Link{URL: "https://example.com/é (x)'*", Type: "text/plain"}, httperrors.Link{URL: "/b", Language: "fr", Rel: "https://example.com/rel"}),
		httperrors.UnavailableForLegalReasons("", "https://spqr.example/law"),
	}
	for _, brand := range brands {
		var data *renderer.Page
		r := newRenderer(t, renderer.Options{Brand: brand})
		spy := func(_ io.Writer, _ string, p *renderer.Page) error { data = p; return renderer.ErrNoTemplate }
		for i, e := range errs {
			for _, ids := range [][2]string{{}, {"7K3F-9Q2M-4T", "req"}, {"", awkward}} {
				for _, c := range []pages.Choice{{Language: "en"}, {Language: "ar"}, {Language: "de", Fragment: true}, {Language: "en", Fragment: true, Frame: "cart:1"}} {
					c.Format = html
					a := render(t, r, c, &pages.Input{Error: e, Status: 0, Reference: ids[0], RequestID: ids[1], External: spy})
					name := "page"
					if c.Fragment {
						name = "fragment"
					}
					var b bytes.Buffer
					if err := errors.Join(want.ExecuteTemplate(&b, name, data), a.Err); err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(a.Body, b.Bytes()) {
						t.Fatalf("error %d, %+v:\n%s\nwant\n%s", i, c, a.Body, b.Bytes())
					}
				}
			}
		}
	}
}
