package httperrors

import (
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"
)

var (
	errEmptyURI  = errors.New("empty URI reference")
	errURI       = errors.New("not a URI reference")
	errURIScript = errors.New("a URI that a browser would run, not fetch")
)

// uriReference checks a URI reference of RFC 3986, section 4.1, and returns it in ASCII: what people write there that
// is not allowed, such as letters with accents, spaces and braces, is percent-encoded. Control characters, and the
// backslash, which browsers take for a slash, are not: they are how a redirect is led astray.
func uriReference(s string) (string, error) {
	switch {
	case s == "":
		return "", errEmptyURI
	case len(s) > maxValue:
		return "", errTooLong
	case !utf8.ValidString(s):
		return "", errURI
	}
	afterHost := hostEnd(s)
	fragment := false
	clean := true
	for i := range len(s) {
		c := s[i]
		switch {
		case c < ' ' || c == 0x7f:
			return "", errControl
		case c == '\\':
			return "", errURI
		case c == '%' && (i+2 >= len(s) || !hexDigit(s[i+1]) || !hexDigit(s[i+2])):
			return "", errURI
		case c == '#' && !fragment:
			fragment = true
		case escaped(c, i < afterHost):
			if i < afterHost { // a host is not percent-encoded but written in Punycode, which is the caller's to do
				return "", errURI
			}
			clean = false
		}
	}
	if !clean {
		s = escape(s)
		if len(s) > maxValue {
			return "", errTooLong
		}
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", errURI
	}
	switch strings.ToLower(u.Scheme) {
	case "javascript", "vbscript", "data", "blob", "filesystem", "view-source":
		return "", errURIScript
	}
	return s, nil
}

// hostEnd returns where the scheme and the authority of s end, and 0 if it has no authority.
func hostEnd(s string) int {
	i := strings.Index(s, "//")
	if i < 0 || strings.ContainsAny(s[:i], "/?#") {
		return 0
	}
	if j := strings.IndexAny(s[i+2:], "/?#"); j >= 0 {
		return i + 2 + j
	}
	return len(s)
}

// escaped reports whether c cannot stand for itself. A second '#' is among them: the first is looked at before.
func escaped(c byte, inHost bool) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return false
	case c == '[', c == ']':
		return !inHost
	}
	return strings.IndexByte("-._~:/?@!$&'()*+,;=%", c) < 0
}

func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	fragment := false
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '#' && !fragment:
			fragment = true
			b.WriteByte(c)
		case escaped(c, i < hostEnd(s)):
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func hexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
