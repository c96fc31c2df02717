package clean_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/internal/pages/internal/clean"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct {
		name, in, line, lines string
	}{
		{"plain", "There is no order 4711.", "There is no order 4711.", "There is no order 4711."},
		{"a line end", "a\nb", "a b", "a\nb"},
		{"CRLF", "a\r\nb\rc", "a b c", "a\nb\nc"},
		{"other line ends", "a\u0085b\u2028c\u2029d", "a b c d", "a\nb\nc\nd"},
		{"a tab", "a\tb", "a b", "a b"},
		{"NUL and escape", "a\x00b\x1b[31mc\x7f\u009b", "ab[31mc", "ab[31mc"},
		{"overrides", "user\u202etxt.exe\u202c", "usertxt.exe", "usertxt.exe"},
		{"isolates", "\u2066a\u2069\u2067b\u2068", "ab", "ab"},
		{"marks of direction", "\u05d0\u200f!", "\u05d0\u200f!", "\u05d0\u200f!"},
		{"joiners", "می\u200cخواهم 👩\u200d🚀", "می\u200cخواهم 👩\u200d🚀", "می\u200cخواهم 👩\u200d🚀"},
		{"a flag spelt in tags", "🏴\U000e0067\U000e007f", "🏴\U000e0067\U000e007f", "🏴\U000e0067\U000e007f"},
		{"hidden text", "a\u2060\ufeff\U000e0001b", "ab", "ab"},
		{"no characters", "a\ufffe\uffff\ufdd0\U0001fffeb", "ab", "ab"},
		{"invalid UTF-8", "a\xffb\xc3", "a\ufffdb\ufffd", "a\ufffdb\ufffd"},
		{"marks", "e\u0301" + strings.Repeat("\u0302", 20), "e\u0301" + strings.Repeat("\u0302", 7), "e\u0301" + strings.Repeat("\u0302", 7)},
		{"too long", strings.Repeat("x", 101), strings.Repeat("x", 100) + "…", strings.Repeat("x", 100) + "…"},
		{"too long, cut at a rune", strings.Repeat("é", 60), strings.Repeat("é", 50) + "…", strings.Repeat("é", 50) + "…"},
		{"just as long", strings.Repeat("é", 50), strings.Repeat("é", 50), strings.Repeat("é", 50)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := clean.Text(tt.in, 100, false); got != tt.line {
				t.Errorf("as a line: %q, want %q", got, tt.line)
			}
			if got := clean.Text(tt.in, 100, true); got != tt.lines {
				t.Errorf("as lines: %q, want %q", got, tt.lines)
			}
		})
	}
	huge := strings.Repeat("\u202e", 10<<20)
	start := time.Now()
	clean.Text(huge, 100, false)
	if d := time.Since(start); d > time.Second {
		t.Errorf("30 MB of what is dropped took %v", d)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\r\n\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := clean.Text(s, 50, true)
		if !utf8.ValidString(got) || len(got) > 50+len("…") {
			t.Errorf("%q", got)
		}
		if len(got) <= 50 && clean.Text(got, 50, true) != got {
			t.Errorf("%q is not clean after all", got)
		}
	})
}
