package httperrors

import (
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"
)

// The alphabets of HTTP and of URIs.
const (
	alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	tokenChars   = alphanumeric + "!#$%&'*+-.^_`|~"      // RFC 9110, section 5.6.2
	token68Chars = alphanumeric + "-._~+/"               // RFC 9110, section 11.2
	uriChars     = alphanumeric + "-._~:/?@!$&'()*+,;=%" // RFC 3986, but for '#' and brackets, which have one place each
	codeChars    = alphanumeric + "-_."
)

// consistsOf reports whether s is not empty and all of its characters are in the alphabet.
func consistsOf(s, alphabet string) bool { return s != "" && strings.Trim(s, alphabet) == "" }

// token reports whether s is a token of at most 256 bytes.
func token(s string) bool { return len(s) <= 256 && consistsOf(s, tokenChars) }

// validCode reports whether s may be a code. Template names are made from codes, so it cannot begin with a dot.
func validCode(s string) bool { return len(s) <= 64 && consistsOf(s, codeChars) && s[0] != '.' }

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// maxValue bounds the value of a field. Clients and proxies give up at sizes from 8 KiB on.
const maxValue = 8 << 10

var (
	errControl   = errors.New("control character in the value")
	errASCII     = errors.New("value is not ASCII")
	errTooLong   = errors.New("value is longer than 8 KiB")
	errEmptyURI  = errors.New("empty URI reference")
	errURI       = errors.New("not a URI reference")
	errURIScript = errors.New("a URI that a browser would run, not fetch")
)

// fieldValue checks the value of a header field. net/http turns line ends into spaces and sends other control characters as
// they are; both would hide a mistake, so both are refused. Non-ASCII is refused because recipients disagree on its encoding
// (RFC 9110, section 5.5).
func fieldValue(v string) (string, error) {
	v = strings.Trim(v, " \t")
	switch {
	case len(v) > maxValue:
		return "", errTooLong
	case strings.ContainsFunc(v, func(r rune) bool { return r != '\t' && isControl(r) }):
		return "", errControl
	case strings.ContainsFunc(v, func(r rune) bool { return r > 0x7f }):
		return "", errASCII
	}
	return v, nil
}

// quoted returns s as a quoted-string. Characters that a field cannot hold are replaced, so that no text, in any language,
// makes a field invalid: control characters by a space, letters beyond ASCII by '?'.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case isControl(r):
			r = ' '
		case r > 0x7f:
			r = '?'
		case r == '"' || r == '\\':
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}

// mediaRange is a rough check: a type, a subtype, and parameters.
func mediaRange(s string) bool {
	mediaType, _, _ := strings.Cut(s, ";")
	typ, subtype, ok := strings.Cut(strings.TrimSpace(mediaType), "/")
	_, err := fieldValue(s)
	return ok && token(typ) && token(subtype) && err == nil && !strings.Contains(s, ",")
}

// uriReference checks a URI reference of RFC 3986, section 4.1, and returns it in ASCII: characters that are not allowed there
// but often written, such as spaces, braces and letters with accents, are percent-encoded. Control characters are refused, and
// backslashes, which browsers take for slashes: with them a redirect can be made to leave the site.
func uriReference(s string) (string, error) {
	switch {
	case s == "":
		return "", errEmptyURI
	case len(s) > maxValue:
		return "", errTooLong
	case !utf8.ValidString(s) || strings.Contains(s, `\`):
		return "", errURI
	case strings.ContainsFunc(s, isControl):
		return "", errControl
	}
	if _, err := url.PathUnescape(s); err != nil { // a '%' that begins no escape
		return "", errURI
	}
	ref, fragment, hasFragment := strings.Cut(s, "#")
	authority, rest := cutAuthority(ref)
	if authority != "" && !consistsOf(authority, uriChars+"[]") {
		return "", errURI // a host is written in Punycode, not percent-encoded; converting it is the caller's task
	}
	ascii := authority + percentEncode(rest)
	if hasFragment {
		ascii += "#" + percentEncode(fragment)
	}
	if len(ascii) > maxValue {
		return "", errTooLong
	}
	u, err := url.Parse(ascii)
	if err != nil {
		return "", errURI
	}
	switch u.Scheme { // which is in lower case
	case "javascript", "vbscript", "data", "blob", "filesystem", "view-source":
		return "", errURIScript
	}
	return ascii, nil
}

// cutAuthority splits a URI reference without its fragment behind the authority, if it has one.
func cutAuthority(ref string) (authority, rest string) {
	begin := strings.Index(ref, "//")
	if begin < 0 || strings.ContainsAny(ref[:begin], "/?") {
		return "", ref
	}
	if length := strings.IndexAny(ref[begin+2:], "/?"); length >= 0 {
		return ref[:begin+2+length], ref[begin+2+length:]
	}
	return ref, ""
}

// percentEncode encodes the bytes that have no place in a path or a query.
func percentEncode(s string) string {
	if s == "" || consistsOf(s, uriChars) {
		return s
	}
	const hex = "0123456789ABCDEF"
	encoded := make([]byte, 0, len(s)+len(s)/2)
	for i := range len(s) {
		if c := s[i]; strings.IndexByte(uriChars, c) >= 0 {
			encoded = append(encoded, c)
		} else {
			encoded = append(encoded, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(encoded)
}
