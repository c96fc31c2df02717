package mask

import (
	"net/url"
	"strings"
)

// URL returns the address s, absolute or not, with its password, its secret parameters and all that has the shape of a
// secret hidden. The mask is not percent-encoded: the result is for reading.
func (m *Masker) URL(s string) string {
	head, fragment, hasFragment := strings.Cut(s, "#")
	head, query, hasQuery := strings.Cut(head, "?")
	if !hasQuery && !hasFragment {
		return m.path(s)
	}
	var b strings.Builder
	b.WriteString(m.path(head))
	if hasQuery {
		b.WriteByte('?')
		b.WriteString(m.Form(query))
	}
	if hasFragment { // OAuth's implicit flow sends its token there
		b.WriteByte('#')
		b.WriteString(m.Form(fragment))
	}
	return b.String()
}

// path masks what a path may hide behind escapes, too.
func (m *Masker) path(s string) string {
	masked := m.Text(s)
	if masked != s || strings.IndexByte(s, '%') < 0 {
		return masked
	}
	if plain, err := url.PathUnescape(s); err == nil {
		if t := m.Text(plain); t != plain {
			return t
		}
	}
	return s
}

// Form returns the encoded form or query s ("a=1&b=2") with its secrets hidden. It keeps the rest as it was sent.
func (m *Masker) Form(s string) string {
	if s == "" {
		return s
	}
	var b strings.Builder
	changed := false
	rest, more := s, true
	for more {
		var pair string
		if i := strings.IndexAny(rest, "&;"); i >= 0 {
			pair, rest = rest[:i], rest[i:]
		} else {
			pair, rest, more = rest, "", false
		}
		masked := m.formPair(pair)
		changed = changed || masked != pair
		b.WriteString(masked)
		if more {
			b.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	if !changed {
		return s
	}
	return b.String()
}

func (m *Masker) formPair(pair string) string {
	name, value, found := strings.Cut(pair, "=")
	if !found {
		if plain := unescape(pair); m.Text(plain) != plain {
			return m.Hide(pair)
		}
		return pair
	}
	if m.Param(unescape(name)) {
		return name + "=" + m.Hide(value)
	}
	for _, part := range [...]*string{&name, &value} {
		plain := unescape(*part)
		if t := m.Text(plain); t != plain {
			*part = t
		}
	}
	return name + "=" + value
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// Headers that hold a URL.
var addresses = [...]string{"Referer", "Location", "Content-Location", "Origin", "HX-Current-URL", "X-Original-URL", "X-Rewrite-URL",
	"X-Forwarded-Uri", "Link", "Refresh"}

// Header returns one line of the header name as it may be shown. Of credentials, the scheme stays.
func (m *Masker) Header(name, value string) string {
	if m.Name(name) {
		if scheme, rest, ok := strings.Cut(value, " "); ok && rest != "" && len(scheme) <= 16 && isScheme(scheme) && strings.HasSuffix(strings.ToLower(name), "authorization") {
			return scheme + " " + m.Hide(rest)
		}
		return m.Hide(value)
	}
	for _, h := range addresses {
		if len(h) == len(name) && strings.EqualFold(h, name) {
			return m.URL(value)
		}
	}
	return m.Text(value)
}

// isScheme reports whether s is a registered authentication scheme, not the first word of a password.
func isScheme(s string) bool {
	switch strings.ToLower(s) {
	case "basic", "bearer", "digest", "dpop", "gnap", "hoba", "mutual", "negotiate", "oauth", "privatetoken", "scram-sha-1",
		"scram-sha-256", "vapid", "token", "ntlm", "aws4-hmac-sha256", "apikey", "hawk":
		return true
	}
	return false
}
