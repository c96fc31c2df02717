package ids_test

import (
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/ids"
)

var canonical = regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)

func TestNewReference(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		ref, id := ids.NewReference()
		if !canonical.MatchString(ref) || seen[ref] || id == [16]byte{} {
			t.Fatalf("NewReference() = %q, %x", ref, id)
		}
		seen[ref] = true
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
