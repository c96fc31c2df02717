package page

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// visible returns s with the characters that a reader cannot see, but a terminal, a browser or a language model obeys,
// replaced by something to be seen: ␛ for ESC, ⟦U+202E⟧ for a bidirectional control. Newlines and tabs stay.
// It is idempotent, and it gives for invalid UTF-8 what encoding/json gives, so that a decoded Report renders as the live one.
func visible(s string) string { return reveal(s, false) }

// oneLine is [visible] for places that one line has to hold: a line break is seen, not obeyed, so nothing in a log line
// can forge a second one.
func oneLine(s string) string { return reveal(s, true) }

func reveal(s string, line bool) string {
	i := 0
	for i < len(s) && (s[i] >= ' ' && s[i] < 0x7f || !line && s[i] == '\n' || s[i] == '\t') {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:i])
	for _, r := range s[i:] {
		switch {
		case r == '\n' && !line, r == '\t':
			b.WriteRune(r)
		case r < ' ':
			b.WriteRune('␀' + r)
		case r == 0x7f:
			b.WriteRune('␡')
		case hidden(r):
			code := strings.ToUpper(strconv.FormatInt(int64(r), 16))
			b.WriteString("⟦U+" + "000"[:max0(4-len(code))] + code + "⟧")
		default:
			b.WriteRune(r) // utf8.RuneError for a byte that is not UTF-8
		}
	}
	return b.String()
}

// hidden tells characters without a shape of their own that change how others are read. The joiners U+200C and U+200D stay:
// Persian, Hindi and emoji cannot be written without them.
func hidden(r rune) bool {
	switch {
	case r >= 0x80 && r < 0xa0, // C1: CSI and OSC of an 8-bit terminal among them
		r == 0xad, r == 0x061c, r == 0x180e, r == 0x200b, r == 0x200e, r == 0x200f,
		r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
		r == 0xfeff, r >= 0xfff9 && r <= 0xfffb,
		r >= 0xe0000 && r <= 0xe0fff: // tags and further selectors: text that only a machine reads
		return true
	}
	return false
}

// obeyed reports whether s holds anything but a line break or a tab that visible would change.
func obeyed(s string) bool { return !utf8.ValidString(s) || visible(s) != s }

// cut returns the longest prefix of s that is at most max bytes and ends between two characters, and what was left out.
func cut(s string, max int) (string, int) {
	if max < 0 {
		max = 0
	}
	if len(s) <= max {
		return s, 0
	}
	n := max
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], len(s) - n
}

// trimmedMark is what stands where bytes were left out.
func trimmedMark(n int64) string { return fmt.Sprintf("… trimmed %s", bytesText(n)) }

// bytesText writes a number of bytes for people.
func bytesText(n int64) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 10_000_000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%d MB", n/1_000_000)
}

// count writes a number with its noun: "1 frame", "3 frames".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
