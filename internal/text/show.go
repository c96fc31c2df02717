package text

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ShowInvisible returns s with each [Invisible] character replaced by visible ones: ␛ for ESC, ⟦U+202E⟧ for a bidirectional
// override. Line feeds and tabs stay. Bytes that are not UTF-8 become U+FFFD, as in encoding/json. Showing a text twice
// changes nothing more.
func ShowInvisible(s string) string { return show(s, true) }

// ShowLine is ShowInvisible for a place that holds one line: a line feed is shown as ␊.
func ShowLine(s string) string { return show(s, false) }

// HasInvisible reports whether s is not UTF-8 or holds a character, other than a line feed or a tab, that [ShowInvisible] replaces.
func HasInvisible(s string) bool { return ShowInvisible(s) != s }

func show(s string, keepLineFeeds bool) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for _, r := range s {
		switch {
		case r == '\t', r == '\n' && keepLineFeeds:
			b.WriteRune(r)
		case r < ' ':
			b.WriteRune('␀' + r) // the block "Control Pictures" has the order of ASCII
		case r == 0x7f:
			b.WriteRune('␡')
		case Invisible(r):
			fmt.Fprintf(&b, "⟦U+%04X⟧", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Line returns s as one printable line of valid UTF-8 for a log. It has about max bytes at most, and ends with the number
// of bytes that were left out.
//
// Not every handler of log/slog quotes what it prints: the one behind the initial slog.Default writes a message as it is. A
// line feed in the text of an error would forge a record there, an escape sequence would repaint the reader's terminal, and a
// right-to-left override would change what the line says. Line writes such characters as in a Go string literal, and leaves
// everything else, quotes and backslashes too, as it is.
func Line(s string, max int) string {
	if len(s) <= max && isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(min(len(s), max) + 32)
	for i := 0; i < len(s); {
		if b.Len()+utf8.UTFMax > max {
			fmt.Fprintf(&b, "%s (%d bytes more)", ellipsis, len(s)-i)
			break
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			literal := strconv.QuoteRune(r)
			b.WriteString(literal[1 : len(literal)-1])
		}
		i += size
	}
	return b.String()
}
