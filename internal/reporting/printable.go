package reporting

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// printable returns s on one line, printable, as valid UTF-8, and of about max bytes at most.
//
// The handlers of log/slog quote what they print, but other handlers do not, and the one behind the initial slog.Default
// writes the message unchanged. An error text comes from anywhere: a line feed in it forges a record, an escape sequence
// repaints a terminal, and a right-to-left override changes what a person reads. They are written as in a Go string literal;
// everything else, quotes and backslashes too, is left unchanged.
func printable(s string, max int) string {
	// Most values are short printable ASCII and are returned unchanged.
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
