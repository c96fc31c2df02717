package pages

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/problem"
	"github.com/exceptional-go/exceptional/internal/text"
	"github.com/exceptional-go/exceptional/renderer"
)

// document makes the problem document of a page. The error's own members come first, because of two members with one name, package
// problem writes the first.
func document(p *renderer.Page, f *failure) problem.Document {
	d := problem.Document{
		Type:     text.Clean(f.Error.Type(), maxPath),
		Title:    p.Title,
		Status:   p.Code,
		Detail:   p.Detail,
		Instance: text.Clean(f.instance, maxPath),
	}
	// The application's message is about this occurrence, so it is the detail of an error that has no other. The standard explanation
	// is not, and says nothing that the title and the type do not (RFC 9457, section 3.1.4).
	message := ""
	if f.Error.PublicMessage() != "" && p.Message != p.Title {
		message = p.Message
	}
	if d.Detail == "" {
		d.Detail, message = message, ""
	}
	d.Members = slices.Clone(f.extensions)
	add := func(name, value string) {
		if value != "" {
			d.Members = append(d.Members, problem.Member{Name: name, Value: value})
		}
	}
	add("message", message)
	add("code", p.Slug)
	add("reference", p.Reference)
	add("request_id", text.Clean(f.RequestID, maxWord))
	add("trace_id", text.Clean(f.TraceID, maxWord))
	if p.Retryable || f.looksRetryable() {
		d.Members = append(d.Members, problem.Member{Name: "retryable", Value: p.Retryable})
	}
	if p.RetryAfter > 0 {
		d.Members = append(d.Members, problem.Member{Name: "retry_after", Value: p.RetryAfter})
	}
	if links := f.Error.Links(); len(links) > 0 {
		d.Members = append(d.Members, problem.Member{Name: "links", Value: documentLinks(links)})
	}
	for _, e := range p.Errors {
		d.Errors = append(d.Errors, problem.FieldError(e))
	}
	return d
}

// documentLinks returns all of the links: a program may follow those that a browser cannot.
func documentLinks(links []httperrors.Link) []problem.Link {
	list := make([]problem.Link, len(links))
	for i, l := range links {
		list[i] = problem.Link{Href: l.URL, Rel: l.Rel, Title: text.Clean(l.Title, maxWord), Type: l.Type, Hreflang: l.Language}
	}
	return list
}

// appendJSON writes the problem document of a page as JSON.
func appendJSON(dst []byte, p *renderer.Page, f *failure) []byte {
	d := document(p, f)
	dst = problem.AppendJSON(dst, &d)
	if len(f.extensions) > 0 {
		dst = escapeHarmful(dst, `\u%04x`)
	}
	return append(dst, '\n') // a terminal's prompt belongs on a line of its own
}

// appendXML writes it as XML.
func appendXML(dst []byte, p *renderer.Page, f *failure) []byte {
	d := document(p, f)
	dst = problem.AppendXML(dst, &d)
	if len(f.extensions) > 0 {
		dst = escapeHarmful(dst, "&#x%x;")
	}
	return append(dst, '\n')
}

// escapeHarmful replaces the characters that text.Clean would drop by escapes in a format for their number. Extension members are
// data and must arrive unchanged, but must not deceive a person who looks at the document on a terminal.
func escapeHarmful(b []byte, format string) []byte {
	dangerous := func(r rune) bool { return r >= 0x7f && r <= 0xffff && text.Harmful(r) }
	if bytes.IndexFunc(b, dangerous) < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+64)
	for _, r := range string(b) {
		if dangerous(r) {
			out = fmt.Appendf(out, format, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}
