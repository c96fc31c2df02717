package mask

import (
	"slices"
	"strings"
)

// A tokenPrefix is how an issuer makes its tokens recognisable.
type tokenPrefix struct {
	text string
	min  int // bytes that have to follow
}

var tokenPrefixes = []tokenPrefix{
	{"AKIA", 12}, {"ASIA", 12}, {"AIza", 20},
	{"ghp_", 16}, {"gho_", 16}, {"ghu_", 16}, {"ghs_", 16}, {"ghr_", 16}, {"github_pat_", 16}, {"glpat-", 12},
	{"sk_live_", 8}, {"sk_test_", 8}, {"rk_live_", 8}, {"rk_test_", 8}, {"whsec_", 8}, {"sk-", 20},
	{"xoxa-", 8}, {"xoxb-", 8}, {"xoxe-", 8}, {"xoxe.", 8}, {"xoxp-", 8}, {"xoxr-", 8}, {"xoxs-", 8},
	{"ya29.", 16}, {"npm_", 24}, {"dop_v1_", 16}, {"hf_", 24}, {"SG.", 24},
}

// token finds a secret that starts at index i, the first byte of a word: a card number, a JWT, a token with a known prefix,
// or the credentials after an authentication scheme.
func token(s string, i int) span {
	if isDigit(s[i]) {
		return card(s, i)
	}
	if strings.HasPrefix(s[i:], "eyJ") { // a JWT begins with {" in base64
		if end := tokenEnd(s, i); end-i >= 12 && strings.Contains(s[i:end], ".") {
			return span{i, end}
		}
		return none
	}
	for _, p := range tokenPrefixes {
		if strings.HasPrefix(s[i:], p.text) {
			if end := tokenEnd(s, i); end-i >= len(p.text)+p.min {
				return span{i, end}
			}
		}
	}
	for _, scheme := range schemes {
		if strings.HasPrefix(s[i:], scheme) {
			return credentials(s, i+len(scheme), strings.EqualFold(scheme, "Bearer "))
		}
	}
	return none
}

// tokenEnd returns the end of the token at index i, without the full stop of a sentence.
func tokenEnd(s string, i int) int {
	for i < len(s) && (s[i] < 0x80 && isWord(s[i]) || strings.IndexByte("-._~+/=", s[i]) >= 0) {
		i++
	}
	for i > 0 && s[i-1] == '.' {
		i--
	}
	return i
}

// schemes are the authentication schemes that credentials follow in a text.
var schemes = []string{"Bearer ", "bearer ", "Basic ", "basic ", "Digest ", "Negotiate ", "Token ", "AWS4-HMAC-SHA256 "}

// aboutSchemes are the words that follow the name of a scheme in a sentence about it.
var aboutSchemes = strings.Fields(`token tokens auth authentication authorization scheme header realm error is required not was or
	and credentials expected missing invalid challenge`)

// credentials finds the credentials at index i, after the name of a scheme. A word of small letters is hidden only after
// Bearer: the other names are ordinary words as well.
func credentials(s string, i int, bearer bool) span {
	for i < len(s) && s[i] == ' ' {
		i++
	}
	end := tokenEnd(s, i)
	text := s[i:end]
	if len(text) < 6 || slices.Contains(aboutSchemes, text) || !bearer && lowerWord(text) {
		return none
	}
	// The parameters of a challenge, and of Digest and AWS credentials, are pairs, whose names tell which are secret.
	equals := strings.IndexByte(text, '=')
	isPair := equals > 0 && strings.Trim(text[equals:], "=") != ""
	if isPair || end < len(s) && s[end] == '"' { // key=value, key="value"
		return none
	}
	return span{i, end}
}
