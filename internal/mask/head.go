package mask

import (
	"strings"
	"unicode/utf8"
)

// Panicked stands for a text that was not masked because the application's hook panicked.
const Panicked = "(not shown: Mask panicked)"

// Head returns the beginning of s masked by f: all of it, or as much as the first max bytes of it can need. Whoever wants
// no more than max bytes cuts what Head returns, never s: half a secret has no shape to be known by.
//
// A hook of the application may be behind f. If it panics, Head returns Panicked.
func Head(s string, max int, f func(string) string) (masked string) {
	defer func() {
		if recover() != nil {
			masked = Panicked
		}
	}()
	if len(s) <= 2*max {
		return f(s)
	}
	// Half a secret may stand at this cut as well, and what is masked before it may be so long, and its mask so short, that
	// the first max bytes reach to it. It is not there if the cut is elsewhere.
	long, short := f(cut(s, 2*max)), f(cut(s, 2*max-max/2))
	n := 0
	for n < min(len(long), len(short)) && long[n] == short[n] {
		n++
	}
	for range utf8.UTFMax - 1 {
		if n > 0 && n < len(long) && !utf8.RuneStart(long[n]) {
			n--
		}
	}
	return long[:n] + "…"
}

func cut(s string, max int) string {
	s = strings.Clone(s[:max]) // lets a gigabyte go
	for range utf8.UTFMax - 1 {
		if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n != 1 {
			break
		}
		s = s[:len(s)-1] // half a character, or bytes that are none
	}
	return s
}
