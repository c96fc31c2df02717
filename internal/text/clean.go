package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	ellipsis = "…"

	// maxMarks is the number of combining marks kept in a row. More than that is not writing: they paint over the lines around them.
	maxMarks = 8
)

// Clean returns s as one line of text for the public: valid UTF-8 without [Harmful] characters, line breaks and tabs replaced
// by spaces. A text longer than max bytes is cut at a character and ends with an ellipsis, which is not counted.
func Clean(s string, max int) string { return clean(s, max, ' ') }

// CleanLines is Clean for a text that may have several lines: each kind of line break becomes a line feed.
func CleanLines(s string, max int) string { return clean(s, max, '\n') }

func clean(s string, max int, lineBreak rune) string {
	if len(s) <= max && isPlain(s) {
		return s
	}
	if len(s) > 8*max {
		s = s[:8*max] // reading megabytes that are dropped anyway would take milliseconds
	}
	var b strings.Builder
	b.Grow(min(len(s), max) + len(ellipsis))
	marks := 0
	for _, r := range strings.ReplaceAll(s, "\r\n", "\n") {
		switch {
		case r == '\n', r == '\r', r == 0x85, r == 0x2028, r == 0x2029:
			r = lineBreak
		case r == '\t':
			r = ' '
		case Harmful(r):
			continue
		}
		if !unicode.Is(unicode.Mn, r) {
			marks = 0
		} else if marks++; marks > maxMarks {
			continue
		}
		if b.Len()+utf8.RuneLen(r) > max {
			return strings.TrimRight(b.String(), " \n") + ellipsis
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isPlain reports whether s consists of printable ASCII characters. Nearly every text does, and is returned as it is.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Cut returns the longest prefix of s that has at most max bytes and does not end inside a character. It shares the memory
// of s: strings.Clone frees the rest.
func Cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	if max < 0 {
		return ""
	}
	return s[:max]
}
