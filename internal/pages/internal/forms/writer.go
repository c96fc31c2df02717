// Package forms writes the built-in forms of a page: HTML for browsers, text for terminals and Markdown for agents.
//
// Read writer.go first: a form is appended to a writer, whose methods escape the texts. content.go has what the forms say alike,
// and html.go, text.go and markdown.go are the forms.
package forms

import (
	"fmt"
	"strconv"
	"strings"
)

// A writer is a form that is being written. Its methods append a text between two pieces of markup, which are ours: before and
// after are written as they stand, and s is escaped for the form.
//
// The forms are appended and not executed by html/template, which takes twenty times as long. TestHTML_template in package pages
// compares the two, byte for byte: testdata/page.html there is the same page as a template.
type writer struct{ bytes []byte }

// raw appends markup, or text for a terminal.
func (w *writer) raw(parts ...string) {
	for _, s := range parts {
		w.bytes = append(w.bytes, s...)
	}
}

// int appends a number.
func (w *writer) int(n int) { w.bytes = strconv.AppendInt(w.bytes, int64(n), 10) }

// htmlEscapes are the characters that are written otherwise in an element or a quoted attribute. html/template escapes the plus
// sign as well, which matters in UTF-7.
var htmlEscapes = [256]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&#34;", '\'': "&#39;", '+': "&#43;"}

// html appends s as the text of an element or of a quoted attribute.
func (w *writer) html(before, s, after string) {
	w.raw(before)
	start := 0
	for i := range len(s) {
		if escape := htmlEscapes[s[i]]; escape != "" {
			w.raw(s[start:i], escape)
			start = i + 1
		}
	}
	w.raw(s[start:], after)
}

// url appends s as an href or src. Its scheme has been checked before. The bytes that a URL cannot have are percent-encoded, as
// html/template does.
func (w *writer) url(before, s, after string) {
	w.raw(before)
	for i := range len(s) {
		switch {
		case !isURLByte(s[i]) && !isPercentEncoding(s[i:]):
			w.bytes = fmt.Appendf(w.bytes, "%%%02x", s[i])
		case htmlEscapes[s[i]] != "":
			w.raw(htmlEscapes[s[i]])
		default:
			w.bytes = append(w.bytes, s[i])
		}
	}
	w.raw(after)
}

// isURLByte reports whether c stands in a URL as it is.
func isURLByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~!#$&*+,/:;=?@[]", c) >= 0
}

// isPercentEncoding reports whether s begins with an encoded byte, such as "%20".
func isPercentEncoding(s string) bool {
	if len(s) < 3 || s[0] != '%' {
		return false
	}
	_, err := strconv.ParseUint(s[1:3], 16, 8) // refuses signs and underscores in base 16
	return err == nil
}

// markdown appends s so that Markdown shows it as it is: a message cannot add markup, links or HTML.
func (w *writer) markdown(before, s, after string) {
	w.raw(before)
	lineStart := true
	for i := range len(s) {
		c := s[i]
		switch c {
		case '\\', '`', '*', '_', '[', ']', '<', '>', '|', '~', '&', '!':
			w.raw(`\`)
		case '#', '+', '-', '=', '.', ')', ':':
			// At the start of a line, these begin a heading, a list or a rule; behind a number, a list; and "://" makes a link.
			beginsList := (c == '.' || c == ')') && lastLineIsNumber(s[:i])
			if lineStart || beginsList || c == ':' && i+2 < len(s) && s[i+1] == '/' {
				w.raw(`\`)
			}
		}
		w.bytes = append(w.bytes, c)
		lineStart = c == '\n' || lineStart && c == ' '
	}
	w.raw(after)
}

// lastLineIsNumber reports whether the last line of s is a number that could begin a list; Markdown takes nine digits at most.
func lastLineIsNumber(s string) bool {
	s = strings.TrimLeft(s[strings.LastIndexByte(s, '\n')+1:], " ")
	return s != "" && len(s) <= 9 && strings.Trim(s, "0123456789") == ""
}
