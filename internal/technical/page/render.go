// Package page writes out a [report.Report] as HTML, text, Markdown or JSON. It needs nothing but the Report.
//
// Read render.go first, then model.go and html.go for the page, blocks.go for text and Markdown, curl.go for the request as a
// command.
package page

import (
	"errors"
	"fmt"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/value"
)

// A Form is a way to write out a [report.Report].
type Form uint8

const (
	FormHTML     Form = iota // the technical page
	FormText                 // for a terminal
	FormMarkdown             // for a chat, or a client that asks for it
	FormJSON                 // the Report itself, for tools and for a store
)

// policyInert is for the forms that are no page: whatever a browser makes of them, it may do nothing.
const policyInert = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

// Render writes out r in the form f. csp is the Content-Security-Policy that body is to be sent with, and no other.
//
// It reads r alone: the page of a Report that was stored and decoded is byte for byte the live one. It does no I/O. The
// HTML, text and Markdown forms stay below 512 kB, what had to go is marked.
//
// A body beside an error is a page still: a section of it, or all but the errors and the first stack, could not be rendered.
// The caller sends it and reports err. Without a body there is nothing to show, and the caller answers what the public gets.
// A nil r is such a case. Render never panics; it may be called concurrently.
func Render(f Form, r *report.Report) (body []byte, contentType, csp string, err error) {
	return render(f, r, builtinPage)
}

func render(f Form, r *report.Report, html func() (*htmlPage, error)) (body []byte, contentType, csp string, err error) {
	if r == nil {
		return nil, "", "", errors.New("debugview: no report to render")
	}
	switch f {
	case FormHTML:
		body, csp, err = renderHTML(r, html)
		return body, "text/html; charset=utf-8", csp, err
	case FormText:
		contentType = "text/plain; charset=utf-8"
		body, err = guarded(func() ([]byte, error) { return []byte(textForm(r, everything, MaxPage)), nil })
	case FormMarkdown:
		contentType = "text/markdown; charset=utf-8"
		body, err = guarded(func() ([]byte, error) { return []byte(markdownForm(r, everything, "", MaxPage)), nil })
	case FormJSON:
		contentType = "application/json"
		body, err = guarded(func() ([]byte, error) { return jsonForm(r) })
	default:
		err = fmt.Errorf("debugview: unknown form %d", f)
	}
	return body, contentType, policyInert, err
}

// renderHTML goes down the ladder: the page, a minimal page made without any template, no page.
func renderHTML(r *report.Report, html func() (*htmlPage, error)) (body []byte, csp string, err error) {
	body, err = guarded(func() ([]byte, error) {
		h, err := html()
		if err != nil {
			return nil, err
		}
		csp = h.policyFor(r)
		return h.render(r)
	})
	if body != nil {
		return body, csp, err
	}
	body, second := guarded(func() ([]byte, error) { return minimalPage(r, err), nil })
	return body, minimalPolicy(), errors.Join(err, second)
}

// guarded turns a panic of make into an error without a body.
func guarded(make func() ([]byte, error)) (body []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			body, err = nil, fmt.Errorf("debugview: rendering panicked: %s", value.PanicText(p))
		}
	}()
	return make()
}
