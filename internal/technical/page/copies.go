package page

import "strings"

// maxCopy bounds each text to take along, in bytes.
const maxCopy = 24 << 10

// A textCopy is a text to take along. It stands in the page as text, so a page without script can be copied from as well.
type textCopy struct{ ID, Title, Note, Text string }

// Rows is the height of the text's field.
func (c textCopy) Rows() int { return min(max(strings.Count(c.Text, "\n")+1, 3), 14) }

// Copies makes the texts to take along.
func (p *page) Copies() []textCopy {
	out := []textCopy{
		{"copy-markdown", "Markdown", "", p.markdown(scopeCopy, "", maxCopy)},
		{"copy-issue", "For an issue", "Without user, addresses, headers and log.",
			p.markdown(scopeIssue, "Reported by the technical error page; the reference finds the full report.", maxCopy)},
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
