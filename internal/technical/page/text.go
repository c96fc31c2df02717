package page

import (
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// textForm is a Report for a terminal: no colour codes, titles underlined in the first column, where no data ever stands.
func textForm(r *report.Report, d detail, max int) string {
	var b strings.Builder
	head := headline(r)
	b.WriteString(head + "\n" + strings.Repeat("=", min(runes(head), 100)) + "\n")
	list, over := blocks(r, d, max)
	for _, p := range list {
		title := joinNonEmpty(": ", p.Title, p.Of)
		text := "\n" + title + "\n" + strings.Repeat("-", min(runes(title), 100)) + "\n" + indented(p.Text)
		over += appendWithin(&b, text, max)
	}
	if over > 0 {
		b.WriteString("\n" + trimmedMark(int64(over)) + "\n")
	}
	return b.String()
}

// headline is the one line that tells failures apart in a list.
func headline(r *report.Report) string {
	status := ""
	if r.Summary.Status > 0 {
		status = strconv.Itoa(r.Summary.Status)
	}
	brief := func(s string, max int) string {
		s, over := cut(s, max)
		if s = oneLine(s); over > 0 {
			s += "…"
		}
		return s
	}
	s := r.Summary
	return orElse(joinNonEmpty(" · ", joinNonEmpty(" ", status, brief(s.Phrase, 60)), brief(s.Kind, 20), brief(r.Reference, 60), brief(s.Text, 160)), "Report")
}

// appendWithin appends as many whole lines of text as fit into max bytes, and returns how many bytes did not.
func appendWithin(b *strings.Builder, text string, max int) int {
	left := max - b.Len() - 64
	if len(text) <= left {
		b.WriteString(text)
		return 0
	}
	head, _ := cut(text, left)
	head = head[:strings.LastIndexByte(head, '\n')+1]
	b.WriteString(head)
	return len(text) - len(head)
}

func runes(s string) int { return len([]rune(s)) }

func indented(text string) string {
	var b strings.Builder
	b.Grow(len(text) + len(text)/20)
	for l := range strings.Lines(text) {
		if l != "\n" {
			b.WriteString("  ")
		}
		b.WriteString(l)
	}
	return b.String()
}
