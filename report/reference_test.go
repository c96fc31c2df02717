package report_test

import (
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/report"
)

var canonical = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)

func TestNewReference(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		ref, id := report.NewReference()
		if !canonical.MatchString(ref) || seen[ref] || id == [16]byte{} {
			t.Fatalf("NewReference() = %q, %x", ref, id)
		}
		seen[ref] = true
		if got, ok := report.ParseReference(ref); !ok || got != ref {
			t.Fatalf("ParseReference(%q) = %q, %t", ref, got, ok)
		}
		// The reference is the beginning of the id, so that one is found by the other.
		const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
		bits := ""
		for _, c := range strings.ReplaceAll(ref, "-", "") {
			n := strings.IndexRune(alphabet, c)
			for b := 4; b >= 0; b-- {
				bits += string(rune('0' + n>>b&1))
			}
		}
		digits := ""
		for i := 0; i < 60; i += 4 {
			n := 0
			for _, b := range bits[i : i+4] {
				n = n<<1 | int(b-'0')
			}
			digits += string("0123456789abcdef"[n])
		}
		if !strings.HasPrefix(hex.EncodeToString(id[:]), digits) {
			t.Fatalf("%q does not begin %x", ref, id)
		}
	}
}

func TestParseReference(t *testing.T) {
	const want = "7K3F-9Q2M-4T01"
	tests := []struct {
		name, in string
		ok       bool
	}{
		{"as printed", "7K3F-9Q2M-4T01", true},
		{"lower case", "7k3f-9q2m-4t01", true},
		{"no dashes", "7K3F9Q2M4T01", true},
		{"spaces", " 7K3F 9Q2M 4T01\r\n", true},
		{"dashes elsewhere", "7K3-F9Q-2M4-T01", true},
		{"en dash and no-break space", "7K3F–9Q2M\u00a04T01", true},
		{"look-alikes", "7k3f-9q2m-4tOI", true},
		{"more look-alikes", "7k3f-9q2m-4tol", true},
		{"U is not in the alphabet", "7K3F-9Q2M-4TU1", false},
		{"too short", "7K3F-9Q2M-4T0", false},
		{"too long", "7K3F-9Q2M-4T012", false},
		{"empty", "", false},
		{"dashes only", "--- ---", false},
		{"endless dashes", strings.Repeat("-", 1<<20) + "7K3F-9Q2M-4T01", false},
		{"other characters", "7K3F-9Q2M-4T0/", false},
		{"markup", "<b>7K3F</b>", false},
		{"not ASCII", "７K3F-9Q2M-4T01", false},
		{"invalid UTF-8", "7K3F-9Q2M-4T0\xff", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := report.ParseReference(tt.in)
			if ok != tt.ok || ok && got != want || !ok && got != "" {
				t.Errorf("ParseReference(%q) = %q, %t, want %q, %t", tt.in, got, ok, want, tt.ok)
			}
		})
	}
}

func FuzzParseReference(f *testing.F) {
	for _, s := range []string{"", "7K3F-9Q2M-4TXV", "oil", "7k3f 9q2m 4txv", "-", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := report.ParseReference(s)
		if !ok {
			if got != "" {
				t.Errorf("ParseReference(%q) = %q, false", s, got)
			}
			return
		}
		if !canonical.MatchString(got) {
			t.Errorf("ParseReference(%q) = %q", s, got)
		}
		if again, ok := report.ParseReference(got); !ok || again != got {
			t.Errorf("ParseReference(%q) = %q, %t", got, again, ok)
		}
	})
}
