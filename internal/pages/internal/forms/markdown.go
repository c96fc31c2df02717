package forms

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/exceptional-go/exceptional/renderer"
)

// maxMember bounds a member of the front matter.
const maxMember = 8 << 10

// Markdown returns the page for an agent: the members of its problem document as front matter, then prose. The document is
// JSON, whose values are YAML as well.
func Markdown(p *renderer.Page, document []byte) []byte {
	dst := appendFrontMatter(make([]byte, 0, 2<<10), document)
	dst = append(dst, "\n# "...)
	dst = appendEscaped(dst, p.Heading)
	dst = append(dst, '\n')
	happened, todo := sentences(p)
	heading := func(label string) {
		if label != "" {
			dst = append(dst, "\n## "...)
			dst = appendEscaped(dst, label)
			dst = append(dst, '\n')
		}
	}
	if len(happened) > 0 {
		heading(p.Labels.Happened)
		for _, s := range happened {
			dst = append(dst, '\n')
			dst = appendEscaped(dst, s)
			dst = append(dst, '\n')
		}
	}
	if len(p.Errors) > 0 {
		heading(p.Labels.Errors)
		dst = append(dst, '\n')
		for i := range p.Errors {
			dst = append(dst, "- "...)
			dst = appendEscaped(dst, fieldText(&p.Errors[i]))
			dst = append(dst, '\n')
		}
	}
	if todo != "" || p.Wait != "" || p.Location != "" {
		heading(p.Labels.Advice)
	}
	paragraph := func(label, value string) {
		if value == "" {
			return
		}
		dst = append(dst, '\n')
		if label != "" {
			dst = appendEscaped(dst, label)
			dst = append(dst, ": "...)
		}
		dst = appendEscaped(dst, value)
		dst = append(dst, '\n')
	}
	paragraph("", todo)
	paragraph(p.Labels.Wait, p.Wait)
	paragraph(p.Labels.Continue, p.Location)
	paragraph(p.Labels.Reference, reference(p))
	if len(p.Links) > 0 {
		heading(linksHeading(p))
		dst = appendMarkdownLinks(dst, p)
	}
	return dst
}

// appendFrontMatter writes the members of a problem document, each on a line, but for the errors, which are in the prose.
func appendFrontMatter(dst, document []byte) []byte {
	dst = append(dst, "---\n"...)
	dec := json.NewDecoder(bytes.NewReader(document))
	if _, err := dec.Token(); err != nil { // the opening brace
		return append(dst, "---\n"...)
	}
	if !bytes.HasPrefix(document, []byte(`{"type":`)) {
		dst = append(dst, "type: \"about:blank\"\n"...)
	}
	for dec.More() {
		name, err := dec.Token()
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			break // cannot be: the document is ours
		}
		if name != "errors" && len(value) <= maxMember {
			dst = fmt.Appendf(dst, "%s: %s\n", name, value)
		}
	}
	return append(dst, "---\n"...)
}

// appendEscaped writes s so that Markdown shows it as it is: a message cannot add markup, links or HTML.
func appendEscaped(dst []byte, s string) []byte {
	start := true // of a line
	for i := range len(s) {
		c := s[i]
		switch c {
		case '\\', '`', '*', '_', '[', ']', '<', '>', '|', '~', '&', '!':
			dst = append(dst, '\\')
		case '#', '+', '-', '=', '.', ')', ':':
			// It could begin a heading, a list or a rule, or make a link of an address.
			if start || c == '.' && digits(s[:i]) || c == ')' && digits(s[:i]) || c == ':' && i+2 < len(s) && s[i+1] == '/' {
				dst = append(dst, '\\')
			}
		}
		dst = append(dst, c)
		start = c == '\n' || start && c == ' '
	}
	return dst
}

// digits reports whether the last line of s consists of digits.
func digits(s string) bool {
	s = strings.TrimLeft(s[strings.LastIndexByte(s, '\n')+1:], " ")
	if s == "" || len(s) > 9 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// appendMarkdownLinks lists the links as links. A URL that has been checked contains no space, angle bracket or
// backslash; the ampersand is escaped, because it could begin an entity.
func appendMarkdownLinks(dst []byte, p *renderer.Page) []byte {
	dst = append(dst, '\n')
	for i := range p.Links {
		l := &p.Links[i]
		u, _ := url.Parse(l.URL)
		if l.Title == "" && u != nil && u.IsAbs() {
			dst = append(append(append(dst, "- <"...), l.URL...), '>')
		} else {
			title := l.Title
			if title == "" {
				title = l.URL
			}
			dst = append(appendEscaped(append(dst, "- ["...), title), "](<"...)
			dst = append(append(dst, strings.ReplaceAll(l.URL, "&", `\&`)...), ">)"...)
		}
		dst = append(appendEscaped(dst, linkForm(l)), '\n')
	}
	return dst
}
