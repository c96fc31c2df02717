// Package clean makes text that can stand in a page, whatever an error says.
package clean

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxMarks = 8 // combining marks in a row; no script of the world needs more

// Text returns s as text that can stand in any of our formats: valid UTF-8 without control characters, without the
// characters that turn the direction of the text around it, at most limit bytes. Line ends survive if lines is true;
// otherwise they become spaces. Markup is not its business: each format escapes for itself.
func Text(s string, limit int, lines bool) string {
	if len(s) <= limit {
		i := 0
		for i < len(s) && ' ' <= s[i] && s[i] < 0x7f {
			i++
		}
		if i == len(s) {
			return s
		}
	}
	return slow(s, limit, lines)
}

func slow(s string, limit int, lines bool) string {
	const ellipsis = "…"
	// Nor is more than this looked at: megabytes of what is dropped anyway would cost as many milliseconds.
	if len(s) > 8*limit {
		s = s[:8*limit]
	}
	var b strings.Builder
	b.Grow(min(len(s), limit) + len(ellipsis))
	marks := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\r' && strings.HasPrefix(s[i+1:], "\n"):
			i += n
			continue
		case r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029:
			r = ' '
			if lines {
				r = '\n'
			}
		case r == '\t':
			r = ' '
		case unicode.Is(unicode.Mn, r):
			if marks++; marks > maxMarks {
				i += n
				continue
			}
		case Harmful(r):
			i += n
			continue
		}
		if !unicode.Is(unicode.Mn, r) {
			marks = 0
		}
		if b.Len()+utf8.RuneLen(r) > limit {
			return strings.TrimRight(b.String(), " \n") + ellipsis
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

// Harmful reports whether r is dropped from texts: a control character, one that reorders what stands beside it, one
// that is no character (XML and the Nu validator refuse those), or one that hides text. The joiners U+200C and U+200D
// are kept, because Persian, the Indic scripts and emoji need them, and so are the marks U+200E and U+200F, which
// Hebrew and Arabic texts use and which reorder nothing beyond themselves.
func Harmful(r rune) bool {
	switch {
	case r < 0x20, 0x7f <= r && r < 0xa0: // C0, DEL, C1
		return true
	case 0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069: // bidirectional embeddings, overrides, isolates
		return true
	case r == 0x2060, r == 0xfeff, 0x206a <= r && r <= 0x206f, 0xfff9 <= r && r <= 0xfffb:
		return true
	case 0xe0000 <= r && r < 0xe0020: // a language tag; from U+E0020 on they spell flags
		return true
	case r&0xfffe == 0xfffe, 0xfdd0 <= r && r <= 0xfdef: // noncharacters
		return true
	}
	return false
}
