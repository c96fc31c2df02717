package negotiate

import "testing"

func TestCanonicalTag(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"de", "de"}, {"DE_at", "de-AT"}, {"zh-hant", "zh-Hant"}, {"ZH-hant-tw", "zh-Hant-TW"}, {"es-419", "es-419"},
		{"sl-rozaj-1994", "sl-rozaj-1994"}, {"de-u-CO-Phonebk", "de-u-co-phonebk"}, {"fil", "fil"},
		{"", ""}, {"d", ""}, {"-de", ""}, {"de-", ""}, {"de--at", ""}, {"x-private", ""}, {"../../etc/passwd", ""}, {"de.json", ""},
		{"d1", ""}, {"abcdefghi", ""}, {"dé", ""}, {"de\x00", ""}, {"de-abcdefgh-abcdefgh-abcdefgh-abcdefgh", ""},
	} {
		got, ok := CanonicalTag(tt.in)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("CanonicalTag(%q) = %q, %v, want %q", tt.in, got, ok, tt.want)
		}
	}
}
