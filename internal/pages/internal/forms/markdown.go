package forms

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/problem"
	"github.com/exceptional-go/exceptional/internal/text"
	"github.com/exceptional-go/exceptional/renderer"
)

// maxMember bounds a member of the front matter.
const maxMember = 8 << 10

// Markdown returns the page for an agent: the members of the problem document as front matter, then prose. The
// front matter's values are JSON strings, which are YAML strings as well.
func Markdown(p *renderer.Page, d *problem.Document) []byte {
	dst := append(make([]byte, 0, 1024), "---\n"...)
	text := func(name, value string) {
		if value != "" {
			dst = append(dst, name...)
			dst = append(dst, ": "...)
			dst = appendQuoted(dst, value)
			dst = append(dst, '\n')
		}
	}
	text("type", cmp.Or(d.Type, "about:blank"))
	text("title", p.Title)
	dst = append(dst, "status: "...)
	dst = strconv.AppendInt(dst, int64(p.Code), 10)
	dst = append(dst, '\n')
	text("detail", d.Detail)
	text("instance", d.Instance)
	for i := range d.Members {
		// One at a time, as a document of its own: what cannot be encoded is left out, whatever it is.
		m := &d.Members[i]
		if problem.Reserved(m.Name) || !problem.ValidName(m.Name) || repeated(d.Members[:i], m.Name) {
			continue
		}
		one := string(problem.AppendJSON(nil, &problem.Document{Members: d.Members[i : i+1]}))
		if value, ok := onlyMember(one, m.Name); ok {
			dst = append(dst, m.Name...)
			dst = append(dst, ": "...)
			dst = append(dst, value...)
			dst = append(dst, '\n')
		}
	}
	dst = append(dst, "---\n\n# "...)
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

func repeated(members []problem.Member, name string) bool {
	for i := range members {
		if members[i].Name == name {
			return true
		}
	}
	return false
}

// onlyMember cuts the value out of a document that has nothing but the member.
func onlyMember(document, name string) (string, bool) {
	_, value, ok := strings.Cut(document, strconv.Quote(name)+":")
	if !ok || !strings.HasSuffix(value, "}") {
		return "", false
	}
	value = value[:len(value)-1]
	return text.Clean(value, maxMember), len(value) <= maxMember
}

// appendQuoted writes s as a JSON string. The texts of a page have no control characters but line ends.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '<':
			dst = append(dst, `\u003c`...) // what shows front matter may show it as HTML
		default:
			if c < 0x20 || c == 0x7f {
				c = ' '
			}
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
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
