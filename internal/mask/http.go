package mask

import (
	"net/url"
	"slices"
	"strings"
)

// URL returns the address s, absolute or not, with its password, its secret parameters and everything with the shape of a
// secret hidden. The mask is not percent-encoded: the result is for reading.
func (m *Masker) URL(s string) string {
	s, fragment, hasFragment := strings.Cut(s, "#")
	path, query, hasQuery := strings.Cut(s, "?")
	s = m.path(path)
	if hasQuery {
		s += "?" + m.Form(query)
	}
	if hasFragment { // OAuth's implicit flow sends its token there
		s += "#" + m.Form(fragment)
	}
	return s
}

// path masks a path as it is, or decoded if only that shows a secret.
func (m *Masker) path(s string) string {
	masked := m.Text(s)
	if masked != s || !strings.Contains(s, "%") {
		return masked
	}
	if decoded, err := url.PathUnescape(s); err == nil {
		if masked = m.Text(decoded); masked != decoded {
			return masked
		}
	}
	return s
}

// Form returns the encoded form or query s ("a=1&b=2") with its secrets hidden. The rest stays as it was sent.
func (m *Masker) Form(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for {
		end := strings.IndexAny(s, "&;")
		if end < 0 {
			b.WriteString(m.formPair(s))
			return b.String()
		}
		b.WriteString(m.formPair(s[:end]))
		b.WriteByte(s[end])
		s = s[end+1:]
	}
}

func (m *Masker) formPair(pair string) string {
	name, value, found := strings.Cut(pair, "=")
	if !found {
		if decoded := unescape(pair); m.Text(decoded) != decoded {
			return m.Hide(pair)
		}
		return pair
	}
	if m.Param(unescape(name)) {
		return name + "=" + m.Hide(value)
	}
	return m.formText(name) + "=" + m.formText(value)
}

// formText returns s as it is, or decoded and masked if it holds a secret.
func (m *Masker) formText(s string) string {
	decoded := unescape(s)
	if masked := m.Text(decoded); masked != decoded {
		return masked
	}
	return s
}

func unescape(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

// urlHeaders are the headers that hold a URL.
var urlHeaders = []string{"Referer", "Location", "Content-Location", "Origin", "HX-Current-URL", "X-Original-URL", "X-Rewrite-URL",
	"X-Forwarded-Uri", "Link", "Refresh"}

// authSchemes are the registered authentication schemes and a few common ones. Any other first word of an Authorization
// header may be the first word of a password.
var authSchemes = strings.Fields(`basic bearer digest dpop gnap hoba mutual negotiate oauth privatetoken scram-sha-1 scram-sha-256
	vapid token ntlm aws4-hmac-sha256 apikey hawk`)

// Header returns the value of the header name as it may be shown. Of credentials, the scheme stays.
func (m *Masker) Header(name, value string) string {
	if m.Name(name) {
		scheme, credentials, _ := strings.Cut(value, " ")
		if credentials != "" && strings.HasSuffix(strings.ToLower(name), "authorization") && slices.Contains(authSchemes, strings.ToLower(scheme)) {
			return scheme + " " + m.Hide(credentials)
		}
		return m.Hide(value)
	}
	if slices.ContainsFunc(urlHeaders, func(h string) bool { return strings.EqualFold(h, name) }) {
		return m.URL(value)
	}
	return m.Text(value)
}
