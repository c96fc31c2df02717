package page

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/internal/text"
)

// asText writes the page for a terminal, without colour codes. Its titles are underlined and begin in the first column, where no
// data ever stands.
func (p *page) asText(s scope, limit int) string {
	head := p.headline()
	return p.assemble(s, limit, head+"\n"+underline(head, "="), func(b block) (before, body, after string) {
		title := joinNonEmpty(": ", b.title, b.of)
		return "\n" + title + "\n" + underline(title, "-"), indent(b.text), ""
	})
}

// asMarkdown writes the page as Markdown. All data stands in fences and code spans that are longer than any run of backticks in
// them, so it stays data: it cannot become a heading, a link, an image, a mention or HTML.
func (p *page) asMarkdown(s scope, preface string, limit int) string {
	head := "# " + codeSpan(p.headline()) + "\n"
	if preface != "" {
		head += "\n" + preface + "\n"
	}
	return p.assemble(s, limit, head, func(b block) (before, body, after string) {
		fence := strings.Repeat("`", max(longestRun(b.text)+1, 3))
		return "\n## " + joinNonEmpty(": ", b.title, codeSpan(b.of)) + "\n\n" + fence + b.lang + "\n", b.text, fence + "\n"
	})
}

// assemble writes head and then the blocks, as far as limit bytes allow. format returns the body of a block, of which lines at the
// end are left out if there is no room for them, and the texts before and after it.
func (p *page) assemble(s scope, limit int, head string, format func(b block) (before, body, after string)) string {
	var out strings.Builder
	out.WriteString(head)
	trimmed := 0
	for _, b := range p.blocks(s) {
		before, body, after := format(b)
		room := max(0, limit-out.Len()-len(before)-len(after)-64) // 64 for the mark below
		part := body
		if len(part) > room {
			part = part[:strings.LastIndexByte(part[:room], '\n')+1]
			trimmed += len(body) - len(part)
		}
		if part != "" {
			out.WriteString(before + part + after)
		}
	}
	if trimmed > 0 {
		out.WriteString("\n" + trimmedMark(trimmed) + "\n")
	}
	return out.String()
}

// underline is a line as long as the title, which may be long because it holds data.
func underline(title, with string) string {
	return strings.Repeat(with, min(utf8.RuneCountInString(title), 100)) + "\n"
}

// indent moves all lines of s but empty ones out of the first column, which belongs to the titles.
func indent(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if line != "\n" {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// codeSpan quotes one line of data for Markdown.
func codeSpan(s string) string {
	s = strings.TrimSpace(text.ShowLine(s))
	run := longestRun(s)
	switch {
	case s == "":
		return ""
	case run == 0:
		return "`" + s + "`"
	}
	quote := strings.Repeat("`", run+1)
	return quote + " " + s + " " + quote
}

// longestRun is the length of the longest run of backticks in s.
func longestRun(s string) (longest int) {
	run := 0
	for i := range len(s) {
		if s[i] == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}

// maxCopy bounds each text of the section "Take it along", in bytes.
const maxCopy = 24 << 10

// A textCopy is a text that the viewer may copy into a chat, an issue or a shell. The page holds it in a text area, so that it
// can be copied without script as well.
type textCopy struct{ ID, Title, Note, Text string }

// Rows is the height of the text's field.
func (c textCopy) Rows() int { return min(max(strings.Count(c.Text, "\n")+1, 3), 14) }

// Copies makes the texts to copy. A command or test that is too long is left out: cut, it would be another request.
func (p *page) Copies() []textCopy {
	copies := []textCopy{
		{"copy-markdown", "Markdown", "", p.asMarkdown(scopeCopy, "", maxCopy)},
		{"copy-issue", "For an issue", "Without user, addresses, headers and log.",
			p.asMarkdown(scopeIssue, "Reported by the technical error page; the reference finds the full report.", maxCopy)},
	}
	if r := newReplay(p.original.Request); r != nil {
		notes := strings.Join(r.notes, " ")
		copies = append(copies,
			textCopy{"copy-curl", "curl", notes, r.curl() + "\n"},
			textCopy{"copy-test", "Go test", notes, r.goTest(p.Reference)})
	}
	return slices.DeleteFunc(copies, func(c textCopy) bool { return len(c.Text) > maxCopy })
}
