package renderer

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/internal/problem"
)

// document makes the problem document of a page. Its members are the error's own first: what the application says
// outranks what we would add under the same name.
func document(p *Page, f *facts) problem.Document {
	d := problem.Document{
		Type:     clean(f.typ, maxPath, false),
		Title:    p.Title,
		Status:   p.Code,
		Detail:   p.Detail,
		Instance: clean(f.instance, maxPath, false),
	}
	message := ""
	if f.message != "" && p.Message != p.Title {
		message = p.Message
	}
	if d.Detail == "" {
		// What the application wrote for its readers is about this occurrence. The standard explanation is not, and
		// says nothing that the title and the type do not (RFC 9457, section 3.1.4).
		d.Detail, message = message, ""
	}
	if f.in.Error != nil && f.has&hasExtensions != 0 {
		d.Members = members(f.in.Error)
	}
	add := func(name, value string) {
		if value != "" {
			d.Members = append(d.Members, problem.Member{Name: name, Value: value})
		}
	}
	add("message", message)
	add("code", p.Slug)
	add("reference", p.Reference)
	add("request_id", clean(f.in.RequestID, maxWord, false))
	add("trace_id", clean(f.in.TraceID, maxWord, false))
	if p.Retryable {
		d.Members = append(d.Members, problem.Member{Name: "retryable", Value: true})
	} else if final(f) {
		d.Members = append(d.Members, problem.Member{Name: "retryable", Value: false})
	}
	if p.RetryAfter > 0 {
		d.Members = append(d.Members, problem.Member{Name: "retry_after", Value: p.RetryAfter})
	}
	if len(f.links) > 0 {
		d.Members = append(d.Members, problem.Member{Name: "links", Value: documentLinks(f.links)})
	}
	for _, e := range p.Errors {
		d.Errors = append(d.Errors, problem.FieldError{Detail: e.Detail, Pointer: e.Pointer, Parameter: e.Parameter, Header: e.Header, Code: e.Code})
	}
	return d
}

// final reports whether an error that is not retryable would be taken for one that is: by its status, or by a Retry-After field.
func final(f *facts) bool {
	e := f.in.Error
	return e != nil && e.StatusCode() == f.status && (problem.Temporary(f.status) || e.Header()["Retry-After"] != nil)
}

func appendJSON(dst []byte, p *Page, f *facts) []byte {
	d := document(p, f)
	dst = problem.AppendJSON(dst, &d)
	if f.has&hasExtensions != 0 {
		dst = escapeHarmful(dst, `\u%04x`)
	}
	return append(dst, '\n') // a terminal's prompt belongs on a line of its own
}

func appendXML(dst []byte, p *Page, f *facts) []byte {
	d := document(p, f)
	dst = problem.AppendXML(dst, &d)
	if f.has&hasExtensions != 0 {
		dst = escapeHarmful(dst, "&#x%x;")
	}
	return append(dst, '\n')
}

// escapeHarmful writes what clean would have dropped from a text of ours as an escape of the format. The values of
// extension members are data and arrive as they were; but whoever looks at the document on a terminal is not deceived.
func escapeHarmful(b []byte, format string) []byte {
	dangerous := func(r rune) bool { return r >= 0x80 && r <= 0xffff && harmful(r) }
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

// sentences are the paragraphs that text and Markdown consist of: what happened, what to do.
func sentences(p *Page) (happened []string, todo string) {
	if p.Message != p.Title {
		happened = append(happened, p.Message)
	} else if p.Explanation != "" {
		happened = append(happened, p.Explanation)
	}
	if p.Detail != "" {
		happened = append(happened, strings.TrimSpace(p.Detail))
	}
	return happened, p.Advice
}
