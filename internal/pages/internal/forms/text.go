// Package forms writes the built-in forms of a page: HTML, text for terminals and Markdown for agents, a file for each.
package forms

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
)

// Text returns the page for a terminal. The texts have been cleaned: no escape sequence reaches it.
func Text(p *renderer.Page) []byte {
	dst := make([]byte, 0, 512)
	dst = append(dst, p.Heading...)
	dst = append(dst, " ("...)
	dst = strconv.AppendInt(dst, int64(p.Code), 10)
	dst = append(dst, ")\n"...)
	happened, todo := sentences(p)
	for _, s := range happened {
		dst = append(dst, '\n')
		dst = append(dst, s...)
		dst = append(dst, '\n')
	}
	if len(p.Errors) > 0 {
		dst = append(dst, '\n')
		for i := range p.Errors {
			dst = append(dst, "- "...)
			dst = append(dst, fieldText(&p.Errors[i])...)
			dst = append(dst, '\n')
		}
	}
	if todo != "" {
		dst = append(dst, '\n')
		dst = append(dst, todo...)
		dst = append(dst, '\n')
	}
	dst = appendPlainLinks(dst, p)
	lines := 0
	line := func(label, value string) {
		if value == "" {
			return
		}
		if lines++; lines == 1 {
			dst = append(dst, '\n')
		}
		dst = append(dst, label...)
		dst = append(dst, ": "...)
		dst = append(dst, value...)
		dst = append(dst, '\n')
	}
	line(p.Labels.Wait, p.Wait)
	line(p.Labels.Continue, p.Location)
	line(p.Labels.Reference, reference(p))
	return dst
}

// appendPlainLinks lists the links for a terminal.
func appendPlainLinks(dst []byte, p *renderer.Page) []byte {
	if len(p.Links) == 0 {
		return dst
	}
	dst = append(dst, '\n')
	if h := linksHeading(p); h != "" {
		dst = append(append(dst, h...), ":\n"...)
	}
	for i := range p.Links {
		l := &p.Links[i]
		dst = append(dst, "- "...)
		if l.Title == "" {
			dst = append(append(dst, l.URL...), linkForm(l)...)
		} else {
			dst = append(append(dst, l.Title...), linkForm(l)...)
			dst = append(append(dst, ": "...), l.URL...)
		}
		dst = append(dst, '\n')
	}
	return dst
}

// linksHeading returns what stands above the links: those of a 300 and a 406 are what there is instead, and what the others
// are for their titles say.
func linksHeading(p *renderer.Page) string {
	if len(p.Links) > 0 && (p.Code == 300 || p.Code == 406) {
		return p.Labels.Versions
	}
	return ""
}

// linkForm says in what language and form there is what l leads to: " (de, application/pdf)".
func linkForm(l *httperrors.Link) string {
	switch {
	case l.Language != "" && l.Type != "":
		return " (" + l.Language + ", " + l.Type + ")"
	case l.Language != "" || l.Type != "":
		return " (" + l.Language + l.Type + ")"
	}
	return ""
}

// sentences are the paragraphs that text and Markdown consist of: what happened, what to do.
func sentences(p *renderer.Page) (happened []string, todo string) {
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

// reference is what a reader quotes: the reference or, where there is none, the id of the request.
func reference(p *renderer.Page) string {
	if p.Reference != "" {
		return p.Reference
	}
	return p.RequestID
}

// fieldName returns where in the request a fault is.
func fieldName(e *httperrors.FieldError) string { return cmp.Or(e.Pointer, e.Parameter, e.Header) }

// fieldText describes an invalid field in one line.
func fieldText(e *httperrors.FieldError) string {
	where, fault := fieldName(e), cmp.Or(e.Detail, e.Code)
	if where == "" || fault == "" {
		return where + fault
	}
	return where + ": " + fault
}
