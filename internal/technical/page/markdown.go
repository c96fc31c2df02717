package page

import (
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// markdownForm is a Report as Markdown. All data stands in fences or code spans longer than any run of backticks in it, so it
// stays data: no heading, link, image, table, mention or HTML of its own.
func markdownForm(r *report.Report, d detail, preface string, max int) string {
	var b strings.Builder
	b.WriteString("# " + codeSpan(headline(r)) + "\n")
	if preface != "" {
		b.WriteString("\n" + preface + "\n")
	}
	list, over := blocks(r, d, max)
	for _, p := range list {
		over += appendFence(&b, "\n## "+joinNonEmpty(": ", p.Title, codeSpan(p.Of))+"\n\n", p.Lang, p.Text, max)
	}
	if over > 0 {
		b.WriteString("\n" + trimmedMark(int64(over)) + "\n")
	}
	return b.String()
}

// appendFence appends a title and a fenced text as far as max allows; a fence that was opened is closed.
func appendFence(b *strings.Builder, title, lang, text string, max int) (over int) {
	fence := strings.Repeat("`", maxRun(text, 2)+1)
	room := max - b.Len() - len(title) - 2*len(fence) - len(lang) - 80
	if room < len(text) {
		if room < 200 {
			return len(text)
		}
		head, _ := cut(text, room)
		head = head[:strings.LastIndexByte(head, '\n')+1]
		text, over = head, len(text)-len(head)
	}
	b.WriteString(title + fence + lang + "\n" + text)
	if !strings.HasSuffix(text, "\n") {
		b.WriteByte('\n')
	}
	b.WriteString(fence + "\n")
	return over
}

// codeSpan quotes one line of data.
func codeSpan(s string) string {
	s = strings.TrimSpace(oneLine(s))
	if s == "" {
		return ""
	}
	quote := strings.Repeat("`", maxRun(s, 0)+1)
	if len(quote) == 1 {
		return quote + s + quote
	}
	return quote + " " + s + " " + quote
}

// maxRun is the length of the longest run of backticks in s, at least least.
func maxRun(s string, least int) int {
	run := 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		least = max(least, run)
	}
	return least
}
