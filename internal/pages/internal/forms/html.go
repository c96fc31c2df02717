package forms

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/renderer"
)

// This file writes the built-in page. It is appended and not executed by html/template, which takes twenty times as long.
// TestHTML_template in package pages compares the two, byte for byte: testdata/page.html there is the same page as a template.

// A markup is HTML that is being written.
type markup struct{ bytes []byte }

// raw writes markup as it stands.
func (m *markup) raw(s string) { m.bytes = append(m.bytes, s...) }

// escapes are the characters that are written otherwise in an element or a quoted attribute. html/template escapes the plus
// sign as well, which matters in UTF-7.
var escapes = [256]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&#34;", '\'': "&#39;", '+': "&#43;"}

// text writes s between two pieces of markup, escaped for an element or a quoted attribute.
func (m *markup) text(before, s, after string) {
	m.raw(before)
	start := 0
	for i := range len(s) {
		if escape := escapes[s[i]]; escape != "" {
			m.raw(s[start:i])
			m.raw(escape)
			start = i + 1
		}
	}
	m.raw(s[start:])
	m.raw(after)
}

// url writes the value of an href or src, whose scheme has been checked.
func (m *markup) url(before, s, after string) { m.text(before, percentEncode(s), after) }

// percentEncode encodes the characters that a URL cannot have, as html/template does.
func percentEncode(s string) string {
	var encoded []byte // nil as long as s is returned as it is
	for i := range len(s) {
		allowed := strings.IndexByte("-._~!#$&*+,/:;=?@[]", s[i]) >= 0
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
			allowed = true
		case c == '%':
			allowed = i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
		}
		if !allowed && encoded == nil {
			encoded = append(make([]byte, 0, 2*len(s)), s[:i]...)
		}
		switch {
		case !allowed:
			encoded = fmt.Appendf(encoded, "%%%02x", s[i])
		case encoded != nil:
			encoded = append(encoded, s[i])
		}
	}
	if encoded == nil {
		return s
	}
	return string(encoded)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// HTML returns the built-in page, or a section of it for htmx and Turbo. A whole page contains Page.ProblemScript, if that is not
// empty; in a fragment it has no place, because the page around it may have one already.
func HTML(p *renderer.Page) []byte {
	if p.Fragment {
		m := markup{make([]byte, 0, 2<<10)}
		m.fragment(p)
		return m.bytes
	}
	m := markup{make([]byte, 0, len(p.Brand.Style)+1600)} // enough for most errors in every language
	m.head(p)
	m.raw("<main>\n")
	m.text("<h1>", p.Heading, "</h1>\n")
	m.content(p)
	m.raw("\n</main>")
	m.foot(&p.Brand)
	if p.ProblemScript != "" {
		m.raw("\n")
		m.raw(string(p.ProblemScript))
	}
	m.raw("\n</body>\n</html>\n")
	return m.bytes
}

// fragment writes a section that htmx or Turbo puts into a page. It has a role, so that a screen reader announces it.
func (m *markup) fragment(p *renderer.Page) {
	if p.Frame != "" {
		m.text(`<turbo-frame id="`, p.Frame, "\">\n")
	}
	m.text(`<section class="exceptional" role="alert" lang="`, p.Language, `" `)
	m.text(`dir="`, p.Direction, "\">\n")
	m.text("<h2>", p.Heading, "</h2>\n")
	m.content(p)
	m.raw("\n</section>")
	if p.Frame != "" {
		m.raw("\n</turbo-frame>")
	}
	m.raw("\n")
}

// head writes everything above the headline.
func (m *markup) head(p *renderer.Page) {
	b := &p.Brand
	m.text("<!doctype html>\n<html lang=\"", p.Language, `" `)
	m.text(`dir="`, p.Direction, "\">\n<head>\n<meta charset=\"utf-8\">\n")
	m.text("<title>", p.Heading, "")
	if b.Name != "" {
		m.text(" – ", b.Name, "")
	}
	m.raw(`</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<style>`)
	m.raw(string(b.Style))
	m.raw("</style>\n</head>\n<body>")
	if b.Logo != "" {
		m.url("\n<header>\n<img src=\"", b.Logo, `"`)
		m.text(` alt="`, b.Name, "\">\n</header>")
	} else if b.Name != "" {
		m.text("\n<header>\n<p class=\"name\"><bdi>", b.Name, "</bdi></p>\n</header>")
	}
	m.raw("\n")
}

// content writes everything about the error below the headline.
func (m *markup) content(p *renderer.Page) {
	if p.Message != "" && p.Message != p.Title && p.Message != p.Heading {
		m.text("<p class=\"what\" dir=\"auto\">", p.Message, "</p>")
	} else if p.Explanation != "" {
		m.text(`<p class="what">`, p.Explanation, "</p>")
	}
	if p.Detail != "" {
		m.text("\n<p class=\"detail\" dir=\"auto\">", p.Detail, "</p>")
	}
	m.fieldErrors(p)
	if p.Advice != "" {
		m.text("\n<p class=\"advice\">", p.Advice, "</p>")
	}
	m.links(p)
	m.buttons(p)
	m.raw("\n<dl>")
	if p.Wait != "" {
		m.text("\n<div><dt>", p.Labels.Wait, "</dt>")
		m.text("<dd>", p.Wait, "</dd></div>")
	}
	if ref := reference(p); ref != "" {
		m.text("\n<div class=\"reference\"><dt>", p.Labels.Reference, "</dt>")
		m.text(`<dd><code dir="ltr">`, ref, "</code></dd></div>")
	}
	m.text("\n<div><dt>", p.Labels.Status, "</dt><dd>")
	m.bytes = strconv.AppendInt(m.bytes, int64(p.Code), 10)
	m.raw("</dd></div>\n</dl>")
	if reference(p) != "" {
		m.text("\n<p class=\"quote\">", p.Labels.Quote, "</p>")
	}
}

// fieldErrors lists the invalid fields of the request.
func (m *markup) fieldErrors(p *renderer.Page) {
	if len(p.Errors) == 0 {
		return
	}
	m.text("\n<h2>", p.Labels.Errors, "</h2>\n<ul class=\"errors\">")
	for i := range p.Errors {
		e := &p.Errors[i]
		m.raw("\n<li>")
		if where := fieldName(e); where != "" {
			m.text(`<code dir="ltr">`, where, "</code> ")
		}
		m.text(`<span dir="auto">`, e.Detail, "</span></li>")
	}
	m.raw("\n</ul>")
}

// links lists the error's links, with the language and the type of the document behind each.
func (m *markup) links(p *renderer.Page) {
	if len(p.Links) == 0 {
		return
	}
	if h := linksHeading(p); h != "" {
		m.text("\n<h2>", h, "</h2>")
	}
	m.raw("\n<ul class=\"others\">")
	for i := range p.Links {
		l := &p.Links[i]
		m.url("\n<li><a href=\"", l.URL, `"`)
		if l.Rel == "alternate" {
			m.raw(` rel="alternate"`)
		}
		if l.Type != "" {
			m.text(` type="`, l.Type, `"`)
		}
		if l.Language != "" {
			m.text(` hreflang="`, l.Language, `"`)
		}
		title := l.Title
		if title == "" {
			title = l.URL
		}
		m.text(` dir="auto">`, title, "</a>")
		if l.Language != "" || l.Type != "" {
			m.raw(" <span>(")
			if l.Language != "" {
				m.text("<bdi>", l.Language, "</bdi>")
			}
			if l.Language != "" && l.Type != "" {
				m.raw(", ")
			}
			if l.Type != "" {
				m.text("<bdi>", l.Type, "</bdi>")
			}
			m.raw(")</span>")
		}
		m.raw("</li>")
	}
	m.raw("\n</ul>")
}

// buttons writes the ways on: where a redirection leads or the home page, and the support.
func (m *markup) buttons(p *renderer.Page) {
	b := &p.Brand
	if p.Location == "" && b.Home == "" && b.Support == "" {
		return
	}
	m.raw("\n<p class=\"links\">")
	switch {
	case p.Location != "":
		m.url(`<a class="button first" href="`, p.Location, `">`)
		m.text("", p.Labels.Continue, "</a>\n")
	case b.Home != "":
		m.raw(`<a class="button`)
		if p.Code == 404 || p.Code == 410 {
			m.raw(" first")
		}
		m.url(`" href="`, b.Home, `">`)
		m.text("", p.Labels.Home, "</a>\n")
	}
	if b.Support != "" {
		m.url(`<a href="`, b.Support, `">`)
		m.text("", p.Labels.Support, "</a>\n")
	}
	m.raw("</p>")
}

// foot writes the brand's links.
func (m *markup) foot(b *renderer.Brand) {
	if len(b.Links) == 0 {
		return
	}
	m.raw("\n<footer>\n<ul>")
	for _, l := range b.Links {
		m.url("\n<li><a href=\"", l.URL, `" dir="auto">`)
		m.text("", l.Text, "</a></li>")
	}
	m.raw("\n</ul>\n</footer>")
}
