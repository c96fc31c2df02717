package mask

import (
	"strings"

	"github.com/exceptional-go/exceptional/internal/text"
)

// Panicked is shown in place of a text that could not be masked because the application's hook panicked.
const Panicked = "(not shown: Mask panicked)"

// MaskPrefix returns the beginning of s masked by f: the whole of s, or at least as much as makes the first max bytes. A
// caller that shows max bytes cuts the result, never s: half of a secret might not be recognised.
//
// f may be a hook of the application. If it panics, MaskPrefix returns Panicked.
func MaskPrefix(s string, max int, f func(string) string) (masked string) {
	defer func() {
		if recover() != nil {
			masked = Panicked
		}
	}()
	if len(s) <= 2*max {
		return f(s)
	}
	// s is cut as well, to bound the time, and the cut may divide a secret. If masks before the cut have made the text much
	// shorter, half of that secret may be among the first max bytes. So s is cut at two places, and only the common prefix
	// of the two results is returned. The clones let the memory of s be freed.
	long := f(strings.Clone(text.Cut(s, 2*max)))
	short := f(strings.Clone(text.Cut(s, 2*max-max/2)))
	n := 0
	for n < min(len(long), len(short)) && long[n] == short[n] {
		n++
	}
	return text.Cut(long, n) + "…"
}
