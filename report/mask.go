package report

import (
	"strings"

	"github.com/exceptional-go/exceptional/internal/mask"
)

// Mask returns text without its secrets, as valid UTF-8, and cut after about max bytes. It masks before it cuts, because half a
// secret might not be recognised. The function hide does the masking; if it is nil, the result is without what looks like a
// password, a token or a key. If hide panics, the text is replaced by a remark.
func Mask(text string, max int, hide func(string) string) string {
	if hide == nil {
		hide = mask.Default.Text
	}
	s := mask.MaskPrefix(text, max, hide)
	if len(s) <= max {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(strings.Clone(s[:max]), "") + "…"
}

// MaskURL returns an absolute or relative URL without its password and without the values of query parameters that are secret by
// their names or by their shapes.
func MaskURL(url string) string { return mask.Default.URL(url) }
