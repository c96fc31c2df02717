package page

import (
	"strings"
)

// MaxPage bounds the HTML, text and Markdown forms, in bytes.
const MaxPage = 512_000

// Limits of a page. The Report's own are stricter for what View.Report captured; these hold for a Report from elsewhere too.
const (
	showValue     = 4 << 10
	showMessage   = 8 << 10
	showBody      = 16 << 10
	showPreview   = 32 << 10
	showCopy      = 24 << 10 // each text to take along
	showCopies    = 140_000  // all of them, escaped
	showRows      = 400      // of one list
	showFrames    = 100
	showStacks    = 12
	showWindows   = 48 // source windows of a page
	showLines     = 61 // of one window
	showLineBytes = 400
	showNodes     = 200
	showDepth     = 6 // of nested fields
)

// A budget is what is left of a page's size. Escaping multiplies: a kilobyte of quotes is five of HTML, so what counts is what
// will be written, tags included. Who draws first is served first: the model is built in the order of importance.
type budget struct{ left int }

// A clip is a text that may have been cut, with the mark that says so.
type clip struct{ Text, Mark string }

// text makes s visible and cuts it to max bytes, or to what is left. trimmed is the number of bytes that were cut before.
func (b *budget) text(s string, max, trimmed int) clip {
	head, over := cut(s, max)
	head = visible(head)
	for b.left < cost(head) {
		if b.left < 64 {
			head, over = "", over+len(head)
			break
		}
		short, n := cut(head, len(head)*b.left/(cost(head)+1))
		head, over = short, over+n
	}
	b.left -= cost(head)
	c := clip{Text: head}
	if over += max0(trimmed); over > 0 {
		c.Mark = trimmedMark(int64(over))
		b.left -= len(c.Mark) + 30
	}
	return c
}

// short is text for names: a type, a file, a header's name. What is cut is marked within.
func (b *budget) short(s string) string {
	c := b.text(s, 1024, 0)
	return c.Text + c.Mark
}

// take draws the markup of one row and reports whether there is room for it.
func (b *budget) take(n int) bool {
	b.left -= n
	return b.left > 0
}

// cost is the length of s in HTML.
func cost(s string) int {
	return len(s) + 4*(strings.Count(s, `"`)+strings.Count(s, "'")+strings.Count(s, "&")+strings.Count(s, "+")) +
		3*(strings.Count(s, "<")+strings.Count(s, ">"))
}

func max0(n int) int { return max(n, 0) }
