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
	s = m.Text(path)
	if s == path {
		s = m.decoded(path, url.PathUnescape)
	}
	if hasQuery {
		s += "?" + m.Form(query)
	}
	if hasFragment { // OAuth's implicit flow sends its token there
		s += "#" + m.Form(fragment)
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
		if m.decoded(pair, url.QueryUnescape) != pair {
			return m.Hide(pair)
		}
		return pair
	}
	if m.Param(unescape(name, url.QueryUnescape)) {
		return name + "=" + m.Hide(value)
	}
	return m.decoded(name, url.QueryUnescape) + "=" + m.decoded(value, url.QueryUnescape)
}

// decoded returns s as it is, or decoded and masked if it holds a secret.
func (m *Masker) decoded(s string, decode func(string) (string, error)) string {
	text := unescape(s, decode)
	if masked := m.Text(text); masked != text {
		return masked
	}
	return s
}

// unescape returns s decoded, or as it is if it cannot be decoded.
func unescape(s string, decode func(string) (string, error)) string {
	if text, err := decode(s); err == nil {
		return text
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
