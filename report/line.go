package report

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// line returns s as it may stand in a log: on one line, printable, valid UTF-8, and of about max bytes at most.
//
// The handlers of log/slog quote what they print, but not all handlers do, and the one behind the initial slog.Default
// writes the message as it is. An error text comes from anywhere: a line feed in it forges a record, an escape sequence
// repaints the terminal of whoever reads the log, and a right-to-left override makes it say something else. So they
// are written as Go would write them in a string literal; all else, quotes and backslashes too, stays as it is.
func line(s string, max int) string {
	// The short form of most log values needs nothing and costs nothing.
	i := 0
	for i < min(len(s), max) && s[i] >= ' ' && s[i] <= '~' {
		i++
	}
	if i == len(s) {
		return s
	}

	var b strings.Builder
	b.Grow(min(len(s), max) + 32)
	b.WriteString(s[:i])
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if b.Len()+utf8.UTFMax > max {
			break
		}
		switch {
		case r == utf8.RuneError && n == 1:
			const digits = "0123456789abcdef"
			b.WriteString(`\x`)
			b.WriteByte(digits[s[i]>>4])
			b.WriteByte(digits[s[i]&15])
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
		i += n
	}
	if i < len(s) {
		b.WriteString("… (")
		b.WriteString(strconv.Itoa(len(s) - i))
		b.WriteString(" bytes more)")
	}
	return b.String()
}
