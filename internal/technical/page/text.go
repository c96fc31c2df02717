package page

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/internal/text"
)

// asText writes the page for a terminal: no colour codes, and titles underlined in the first column, where no data ever stands.
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

// assemble joins the blocks as far as limit bytes allow. format makes the body of a block, of which whole lines may be left
// out, and what stands around it.
func (p *page) assemble(s scope, limit int, head string, format func(b block) (before, body, after string)) string {
	var out strings.Builder
	out.WriteString(head)
	over := 0
	for _, b := range p.blocks(s) {
		before, body, after := format(b)
		room := max(0, limit-out.Len()-len(before)-len(after)-64) // 64 for the mark below
		part := body
		if len(part) > room {
			part = part[:strings.LastIndexByte(part[:room], '\n')+1]
			over += len(body) - len(part)
		}
		if part != "" {
			out.WriteString(before + part + after)
		}
	}
	if over > 0 {
		out.WriteString("\n" + trimmedMark(int64(over)) + "\n")
	}
	return out.String()
}

// headline is one line that tells failures apart in a list.
func (p *page) headline() string {
	short := func(s string, limit int) string {
		head := text.Cut(s, limit)
		if len(head) < len(s) {
			head += "…"
		}
		return text.ShowLine(head)
	}
	s := p.Summary
	line := joinNonEmpty(" · ", joinNonEmpty(" ", p.status(), short(s.Phrase, 60)), short(s.Kind, 20), short(p.Reference, 60), short(s.Text, 160))
	return cmp.Or(strings.TrimSpace(line), "Report")
}

func underline(title, with string) string {
	return strings.Repeat(with, min(utf8.RuneCountInString(title), 100)) + "\n"
}

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

// maxCopy bounds each text to take along, in bytes.
const maxCopy = 24 << 10

// A textCopy is a text to take along. It stands in the page as text, so a page without script can be copied from as well.
type textCopy struct{ ID, Title, Note, Text string }

// Rows is the height of the text's field.
func (c textCopy) Rows() int { return min(max(strings.Count(c.Text, "\n")+1, 3), 14) }

// Copies makes the texts to take along.
func (p *page) Copies() []textCopy {
	out := []textCopy{
		{"copy-markdown", "Markdown", "", p.asMarkdown(scopeCopy, "", maxCopy)},
		{"copy-issue", "For an issue", "Without user, addresses, headers and log.",
			p.asMarkdown(scopeIssue, "Reported by the technical error page; the reference finds the full report.", maxCopy)},
	}
	c := newReplay(p.original.Request)
	if c == nil {
		return out
	}
	notes := strings.Join(c.notes, " ")
	for _, code := range []textCopy{
		{"copy-curl", "curl", notes, c.curl() + "\n"},
		{"copy-test", "Go test", notes, c.goTest(p.Reference)},
	} {
		if len(code.Text) <= maxCopy { // cut, it would be another request
			out = append(out, code)
		}
	}
	return out
}
