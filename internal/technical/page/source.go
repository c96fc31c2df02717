package page

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// sourceMarkup is a window of source in HTML. It is the one place where data becomes markup without html/template, which
// would spend half of the page's time on a thousand pieces of highlighted source. Every string that it writes is escaped.
func sourceMarkup(s *report.Source) template.HTML {
	var b strings.Builder
	for _, l := range s.Lines {
		element := "span"
		if l.Number == s.Line {
			element = "mark"
		}
		fmt.Fprintf(&b, `<%s data-n="%d">`, element, l.Number)
		for _, span := range l.Spans {
			code := template.HTMLEscapeString(text.ShowLine(span.Text))
			if span.Class != "" {
				code = `<i class="` + template.HTMLEscapeString(span.Class) + `">` + code + "</i>"
			}
			b.WriteString(code)
		}
		if l.Trimmed > 0 {
			b.WriteString(`<small class="cut">` + trimmedMark(int64(l.Trimmed)) + "</small>")
		}
		b.WriteString("\n</" + element + ">")
		if l.Number == s.Line && s.Column > 0 {
			b.WriteString(caretLine(l, s.Column))
		}
	}
	return template.HTML(b.String())
}

// caretLine is a line with an arrow below column, which counts bytes from 1. Tabs are kept, so that it stands right whatever
// their width.
func caretLine(l report.Line, column int) string {
	before := text.Cut(lineText(l), column-1)
	if len(before) < column-1 {
		return "" // the line is shorter
	}
	blanks := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, before)
	return `<span class="caret" aria-hidden="true">` + blanks + "▲\n</span>"
}

// lineText is the line without its colours.
func lineText(l report.Line) string {
	var b strings.Builder
	for _, s := range l.Spans {
		b.WriteString(s.Text)
	}
	return b.String()
}
