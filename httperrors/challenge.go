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
	// Realm names the protected space to people. If it is empty there is no realm parameter, except for Basic and Digest,
	// which require one.
	Realm string
	// Token is the token68 of schemes such as Negotiate. If it is set there are no parameters.
	Token string
	// Params are further parameters by name. They are sent in the order of their names, and their values are quoted.
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
		if !consistsOf(strings.TrimRight(c.Token, "="), token68Chars) {
			return "", errToken68
		}
		return c.Scheme + " " + c.Token, nil
	}
	var params []string
	seen := map[string]bool{} // a name must occur once, in any case (RFC 9110, section 11.2)
	add := func(name, value string) {
		if lower := strings.ToLower(name); !seen[lower] {
			seen[lower] = true
			params = append(params, name+"="+quoted(value))
		}
	}
	if c.Realm != "" || strings.EqualFold(c.Scheme, "Basic") || strings.EqualFold(c.Scheme, "Digest") {
		add("realm", c.Realm)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		if !token(name) {
			return "", errParam
		}
		add(name, c.Params[name])
	}
	field := strings.TrimSpace(c.Scheme + " " + strings.Join(params, ", "))
	if len(field) > maxValue {
		return "", errTooLong
	}
	return field, nil
}
