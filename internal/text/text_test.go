package text_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/internal/text"
)

func TestRunes(t *testing.T) {
	tests := []struct {
		name               string
		runes              []rune
		invisible, harmful bool
	}{
		{"letters, marks, symbols", []rune{'a', ' ', '~', 'é', 0x0301, 'ü', '大', '🚀', 0xfe0f, utf8.RuneError}, false, false},
		{"control characters", []rune{0, '\t', '\n', 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0x9f}, true, true},
		{"embeddings and overrides", []rune{0x202a, 0x202b, 0x202c, 0x202d, 0x202e}, true, true},
		{"isolates", []rune{0x2066, 0x2067, 0x2068, 0x2069}, true, true},
		{"deprecated format characters", []rune{0x206a, 0x206f}, true, true},
		{"word joiner and byte order mark", []rune{0x2060, 0xfeff}, true, true},
		{"annotations", []rune{0xfff9, 0xfffa, 0xfffb}, true, true},
		{"line and paragraph separator", []rune{0x2028, 0x2029}, true, true},
		{"language tag", []rune{0xe0001}, true, true},
		{"noncharacters", []rune{0xfffe, 0xffff, 0xfdd0, 0x1fffe, 0x10ffff}, true, true},
		{"tags that spell flags", []rune{0xe0067, 0xe007f}, true, false},
		{"supplementary variation selectors", []rune{0xe0100, 0xe01ef}, true, false},
		{"marks of direction", []rune{0x061c, 0x200e, 0x200f}, true, false},
		{"soft hyphen and zero width space", []rune{0xad, 0x200b}, true, false},
		{"joiners", []rune{0x200c, 0x200d}, false, false},
		{"number signs", []rune{0x0600, 0x06dd}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range tt.runes {
				if got := text.Invisible(r); got != tt.invisible {
					t.Errorf("Invisible(%U) = %v, want %v", r, got, tt.invisible)
				}
				if got := text.Harmful(r); got != tt.harmful {
					t.Errorf("Harmful(%U) = %v, want %v", r, got, tt.harmful)
				}
			}
		})
	}
	for r := range rune(unicode.MaxRune + 1) {
		marks := r == 0x061c || r == 0x200e || r == 0x200f // of a direction of their own
		if unicode.Is(unicode.Bidi_Control, r) && text.Harmful(r) == marks {
			t.Errorf("Harmful(%U), a bidirectional control, = %v", r, !marks)
		}
	}
}

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
		{"noncharacters", "a\ufffe\uffff\ufdd0\U0001fffeb", "ab", "ab"},
		{"invalid UTF-8", "a\xffb\xc3", "a\ufffdb\ufffd", "a\ufffdb\ufffd"},
		{"marks", "e\u0301" + strings.Repeat("\u0302", 20), "e\u0301" + strings.Repeat("\u0302", 7), "e\u0301" + strings.Repeat("\u0302", 7)},
		{"too long", strings.Repeat("x", 101), strings.Repeat("x", 100) + "…", strings.Repeat("x", 100) + "…"},
		{"too long, cut at a character", strings.Repeat("é", 60), strings.Repeat("é", 50) + "…", strings.Repeat("é", 50) + "…"},
		{"just as long", strings.Repeat("é", 50), strings.Repeat("é", 50), strings.Repeat("é", 50)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := text.Clean(tt.in, 100); got != tt.line {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.line)
			}
			if got := text.CleanLines(tt.in, 100); got != tt.lines {
				t.Errorf("CleanLines(%q) = %q, want %q", tt.in, got, tt.lines)
			}
		})
	}
	start := time.Now()
	text.Clean(strings.Repeat("\u202e", 10<<20), 100)
	if d := time.Since(start); d > time.Second {
		t.Errorf("30 MB of dropped characters took %v", d)
	}
}

func TestShowInvisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\n":        "plain\ttext\n",
		"\x1b[31mred":          "␛[31mred",
		"nul\x00 del\x7f cr\r": "nul␀ del␡ cr␍",
		"\u202Ereversed\u202C": "⟦U+202E⟧reversed⟦U+202C⟧",
		"\u2028\u200b\ufeff":   "⟦U+2028⟧⟦U+200B⟧⟦U+FEFF⟧",
		"\u009b31m":            "⟦U+009B⟧31m",
		"\U000E0041 tag":       "⟦U+E0041⟧ tag",
		"bad \xff utf-8":       "bad \uFFFD utf-8",
		"می\u200cخواهم \U0001F468\u200D\U0001F469": "می\u200cخواهم \U0001F468\u200D\U0001F469",
	} {
		got := text.ShowInvisible(in)
		if got != want || text.ShowInvisible(got) != got {
			t.Errorf("ShowInvisible(%q) = %q, want %q", in, got, want)
		}
		if has := text.HasInvisible(in); has != (got != in) {
			t.Errorf("HasInvisible(%q) = %v", in, has)
		}
	}
	if got := text.ShowLine("a\nb\r\nc\td"); got != "a␊b␍␊c\td" {
		t.Errorf("ShowLine = %q", got)
	}
}

func TestLine(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", `an "order" \ a path`, `an "order" \ a path`},
		{"line feed", "a\nlevel=ERROR msg=forged", `a\nlevel=ERROR msg=forged`},
		{"escape sequence", "\x1b[2J\x1b[31mred", `\x1b[2J\x1b[31mred`},
		{"NUL, DEL and C1", "\x00\x7f\u009b", `\x00\x7f\u009b`},
		{"line separators", "a\u2028b\u2029c\u0085d", `a\u2028b\u2029c\u0085d`},
		{"right-to-left override", "a\u202egpj.exe", `a\u202egpj.exe`},
		{"invalid UTF-8", "a\xff\xc3(b", `a\xff\xc3(b`},
		{"other languages", "Größe „zu klein“ 大きい", "Größe „zu klein“ 大きい"},
		{"too long", strings.Repeat("x", 101), strings.Repeat("x", 97) + "… (4 bytes more)"},
		{"too long, four-byte characters", "x" + strings.Repeat("🙂", 30), "x" + strings.Repeat("🙂", 24) + "… (24 bytes more)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := text.Line(tt.in, 100); got != tt.want {
				t.Errorf("Line(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestCut(t *testing.T) {
	tests := []struct {
		in   string
		max  int
		want string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"abc", 0, ""}, {"abc", -1, ""},
		{"éé", 3, "é"}, {"é", 1, ""}, {"€", 2, ""}, {"🙂", 3, ""}, {"a🙂", 4, "a"}, {"a🙂", 5, "a🙂"},
	}
	for _, tt := range tests {
		if got := text.Cut(tt.in, tt.max); got != tt.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", tt.in, tt.max, got, tt.want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a\r\n\u202e\xff", "\x1b[31m", "\u2028 \u0085", "\x80\x80\x80\x80", strings.Repeat("é\n", 100), "🏴\U000e0067\U000e007f"} {
		f.Add(s, 50)
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		max %= 200
		cut := text.Cut(s, max)
		if len(cut) > max && max >= 0 || !strings.HasPrefix(s, cut) || utf8.ValidString(s) && !utf8.ValidString(cut) {
			t.Errorf("Cut(%q, %d) = %q", s, max, cut)
		}
		if max < utf8.UTFMax {
			return
		}
		for name, clean := range map[string]func(string, int) string{"Clean": text.Clean, "CleanLines": text.CleanLines} {
			got := clean(s, max)
			if !utf8.ValidString(got) || len(got) > max+len("…") || strings.ContainsFunc(strings.ReplaceAll(got, "\n", ""), text.Harmful) {
				t.Errorf("%s(%q, %d) = %q", name, s, max, got)
			}
			if len(got) <= max && clean(got, max) != got {
				t.Errorf("%s(%q, %d) is not stable", name, s, max)
			}
		}
		shown := text.ShowLine(s)
		if strings.ContainsFunc(strings.ReplaceAll(shown, "\t", ""), text.Invisible) || text.ShowLine(shown) != shown || text.HasInvisible(shown) {
			t.Errorf("ShowLine(%q) = %q", s, shown)
		}
		line := text.Line(s, max)
		if !utf8.ValidString(line) || len(line) > max+64 || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("Line(%q, %d) = %q", s, max, line)
		}
	})
}

func BenchmarkClean(b *testing.B) {
	for _, s := range []string{"There is no order 4711.", "Заказ № 4711 не найден."} {
		b.Run(s, func(b *testing.B) {
			for b.Loop() {
				text.Clean(s, 256)
			}
		})
	}
}
