package value

import (
	"fmt"
	"strings"

	"github.com/exceptional-go/exceptional/internal/text"
)

// Slack is how many bytes beyond those that are shown are masked, too: of a secret that stands across the end, the half that is
// shown would not be recognised without the rest.
const Slack = 1024

// Show returns the beginning of s masked by mask, as valid UTF-8 of at most n bytes. trimmed is the number of bytes left out, 0 if
// none are, and masked says whether mask changed anything.
func Show(s string, n int, mask func(string) string) (shown string, trimmed int, masked bool) {
	part := text.Cut(s, n+Slack)
	all := mask(part)
	shown = text.Cut(all, n)
	if len(shown) < len(all) || len(part) < len(s) {
		trimmed = max(1, len(s)-len(shown)) // masks may have made it longer
	}
	return strings.ToValidUTF8(shown, "\uFFFD"), trimmed, all != part
}

// PanicText returns the value of a panic as text without calling its methods, which may panic as well.
func PanicText(r any) string {
	switch v := r.(type) {
	case string:
		return text.Cut(v, 200)
	case interface {
		error
		RuntimeError()
	}:
		return text.Cut(v.Error(), 200)
	}
	return fmt.Sprintf("a %T", r)
}
