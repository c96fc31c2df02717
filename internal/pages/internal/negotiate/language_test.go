package negotiate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
)

// lookup looks lines up in a set of tags.
func lookup(fallback string, tags []string, lines ...string) string {
	return negotiate.NewLanguages(fallback, tags).Choose(lines)
}

var someTags = []string{"ar", "de", "en", "fr", "he", "nb", "pt-BR", "sr", "sr-Latn", "zh-Hans", "zh-Hant"}

func TestLanguage_lookup(t *testing.T) {
	for _, tt := range []struct{ name, header, want string }{
		{"absent", "", "en"},
		{"by name", "de", "de"},
		{"in any case", "DE", "de"},
		{"truncated from the right", "de-CH-1996", "de"},
		{"the longest match", "sr-Latn-RS", "sr-Latn"},
		{"a single letter goes with what follows it", "zh-Hant-TW-x-a", "zh-Hant"},
		{"the next range", "da, fr;q=0.5", "fr"},
		{"by weight, not by order", "fr;q=0.5, de;q=0.9", "de"},
		{"by order where the weight is the same", "fr, de", "fr"},
		{"a range is truncated before the next is tried", "de-CH, fr", "de"},
		{"nothing there", "da, fi", "en"},
		{"any is skipped", "*", "en"},
		{"any is skipped, the next counts", "*, fr;q=0.1", "fr"},
		{"any after a name", "da, *;q=0.5", "en"},
		{"a wildcard subtag", "de-*", "de"},
		{"excluded by q=0", "fr;q=0, de;q=0.1", "de"},
		{"the default excluded, another named", "en;q=0, fr;q=0.1", "fr"},
		{"the default excluded, none named", "en;q=0", "ar"},
		{"more than the default excluded", "en;q=0, ar;q=0", "de"},
		{"all excluded", "*;q=0", "en"},
		{"all excluded but one", "*;q=0, fr", "fr"},
		{"the language excluded, a region of it wanted", "de;q=0, de-CH", "en"},
		{"a script wanted, the language excluded", "zh-Hant, zh;q=0", "zh-Hant"},
		{"a prefix excluded", "zh;q=0, zh-Hant;q=0, fr;q=0.1", "fr"},
		{"one bad element", "de;q=abc, fr", "fr"},
		{"an upper case Q", "fr;Q=0.5, de;q=0.4", "fr"},
		{"out of range", "fr;q=1.5, de;q=0.1", "de"},
		{"with spaces", " fr ; q=0.5 ,\tde ; q=0.6 ", "de"},
		{"as POSIX spells it", "de_CH", "de"},
		{"empty elements", ",, ,fr,,", "fr"},
		{"grandfathered", "i-klingon, fr;q=0.1", "fr"},
		{"private", "x-private, fr;q=0.1", "fr"},
		{"Chinese by region", "zh-HK", "zh-Hant"},
		{"Chinese of the mainland", "zh-CN", "zh-Hans"},
		{"Chinese", "zh", "zh-Hans"},
		{"withdrawn code for Hebrew", "iw-IL", "he"},
		{"Norwegian", "no", "nb"},
		{"a macrolanguage's only variety", "pt", "pt-BR"},
		{"another variety", "pt-PT", "pt-BR"},
		{"Danish is not Norwegian", "da", "en"},
		{"Chrome's", "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "de"},
		{"a path", "../../etc/passwd", "en"},
		{"a file", "404.html%00", "en"},
		{"control characters", "d\x00e, fr", "fr"},
		{"invalid UTF-8", "d\xffe, fr", "fr"},
		{"a hyphen at the end", "de-, fr", "fr"},
		{"a hyphen alone", "-, fr", "fr"},
		{"a subtag of nine", "de-abcdefghi, fr", "fr"},
		{"weights with extra parameters", "fr;a=b;q=0.1, de;q=0.2", "de"},
		{"no weight at all", "fr;q=, de;q=0.1", "de"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := lookup("en", someTags, tt.header); got != tt.want {
				t.Errorf("%q: %s, want %s", tt.header, got, tt.want)
			}
		})
	}
}

func TestLanguage_limits(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"600 KB", []string{"de," + strings.Repeat("en,", 2e5)}, "de"},
		{"what lies behind the limit", []string{strings.Repeat("da,", 340) + "de"}, "en"},
		{"the 33rd element", []string{strings.Repeat("da,", 32) + "de"}, "en"},
		{"the 32nd element", []string{strings.Repeat("da,", 31) + "de"}, "de"},
		{"a tag of 400 KB", []string{strings.Repeat("a", 4e5), "de"}, "en"},
		{"several lines", []string{"da", "fr;q=0.1", "de;q=0.2"}, "de"},
		{"cut in two, an element says nothing", []string{strings.Repeat(" ", 1020) + ",de;q=0.001, fr"}, "en"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := lookup("en", someTags, tt.lines...); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestLanguage_default(t *testing.T) {
	if got := lookup("fr", someTags, "fr;q=0"); got != "en" {
		t.Errorf("the default refused: %s, want en", got)
	}
	if got := lookup("fr", someTags, "da"); got != "fr" {
		t.Errorf("nothing there: %s, want fr", got)
	}
	if got := lookup("en", []string{"en"}, "de"); got != "en" {
		t.Errorf("one language: %s, want en", got)
	}
}

// FuzzLanguage: what comes out is a tag of the set, is not one that is refused by name while another was asked for, and
// does not depend on the case.
func FuzzLanguage(f *testing.F) {
	for _, s := range []string{"de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "en;q=0", "zh-Hant-TW-x-a", "*;q=0, fr", "de_CH, ../..", "i-klingon;q=0.5;q=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		got := lookup("en", someTags, header)
		if !slices.Contains(someTags, got) {
			t.Errorf("%q: %q is no tag of the set", header, got)
		}
		if other := lookup("en", someTags, strings.ToUpper(header)); other != got && strings.ToLower(strings.ToUpper(header)) == header {
			t.Errorf("%q: %q, in upper case %q", header, got, other)
		}
		if lines := strings.SplitAfter(header, ","); len(header) < 1000 {
			if other := lookup("en", someTags, lines...); other != got {
				t.Errorf("%q: %q, in several lines %q", header, got, other)
			}
		}
	})
}
