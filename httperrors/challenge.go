package httperrors

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// Challenge tells a client how to authenticate, in the WWW-Authenticate or Proxy-Authenticate field. It is plain data:
//
//	httperrors.Challenge{Scheme: "Bearer", Realm: "orders", Params: map[string]string{"error": "invalid_token"}}
//
// The zero Challenge is invalid: an error made with it answers 500.
type Challenge struct {
	// Scheme is the authentication scheme, a token.
	Scheme string
	// Realm names the protected space to people. If empty there is no realm parameter, but Basic and Digest have one
	// always, because they must.
	Realm string
	// Token is the token68 of schemes such as Negotiate. If it is set there are no parameters.
	Token string
	// Params are further parameters by name, in whose order they are sent. Their values are quoted as needed.
	Params map[string]string
}

// Basic returns the challenge of HTTP's Basic scheme.
func Basic(realm string) Challenge {
	return Challenge{Scheme: "Basic", Realm: realm, Params: map[string]string{"charset": "UTF-8"}}
}

// Bearer returns the challenge of OAuth's Bearer scheme.
func Bearer(realm string) Challenge { return Challenge{Scheme: "Bearer", Realm: realm} }

var (
	errScheme  = errors.New("challenge: the scheme is not a token")
	errToken68 = errors.New("challenge: not a token68")
	errParam   = errors.New("challenge: a parameter's name is not a token")
)

// field returns c as a field value.
func (c Challenge) field() (string, error) {
	if !token(c.Scheme) {
		return "", errScheme
	}
	if c.Token != "" {
		if !token68(c.Token) {
			return "", errToken68
		}
		return c.Scheme + " " + c.Token, nil
	}
	var b strings.Builder
	b.WriteString(c.Scheme)
	sep := " "
	if c.Realm != "" || strings.EqualFold(c.Scheme, "Basic") || strings.EqualFold(c.Scheme, "Digest") {
		b.WriteString(` realm=`)
		quote(&b, c.Realm)
		sep = ", "
	}
	seen := map[string]bool{"realm": sep == ", "}
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		if !token(name) {
			return "", errParam
		}
		if low := strings.ToLower(name); seen[low] {
			continue // RFC 9110, section 11.2: a name must occur once
		} else {
			seen[low] = true
		}
		b.WriteString(sep)
		b.WriteString(name)
		b.WriteByte('=')
		quote(&b, c.Params[name])
		sep = ", "
		if b.Len() > maxValue {
			break
		}
	}
	if b.Len() > maxValue {
		return "", errTooLong
	}
	return b.String(), nil
}

// quote writes s as a quoted-string. What a field value cannot hold is replaced, so that no realm, whatever language
// it is in, turns a 401 into something else: control characters by a space, letters beyond ASCII by '?'.
func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			b.WriteByte(' ')
		case r > 0x7f:
			b.WriteByte('?')
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

// token68 is the syntax of RFC 9110, section 11.2.
func token68(s string) bool {
	body := strings.TrimRight(s, "=")
	if body == "" {
		return false
	}
	for i := range len(body) {
		c := body[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("-._~+/", c) < 0 {
			return false
		}
	}
	return true
}
