package mask

import "strings"

const maxUserinfo = 1024 // bytes looked ahead for the @ of a URL

// userinfo finds the password in "scheme://user:password@host", i being the index after "://". A password may hold any
// character that somebody forgot to escape, so the last @ before a space or quote counts.
func userinfo(s string, i int) (from, to int) {
	last, colon, slash := -1, -1, -1
	for j := i; j < len(s) && j < i+maxUserinfo; j++ {
		c := s[j]
		if c <= ' ' || c == '"' || c == '\'' || c == '`' || c == '<' || c == '>' {
			break
		}
		switch {
		case c == '@':
			last = j
		case c == ':' && strings.HasPrefix(s[j:], "://"): // the next URL, without a space between
			j = len(s)
		case c == ':' && colon < 0:
			colon = j
		case (c == '/' || c == '?' || c == '#') && slash < 0:
			slash = j
			if last >= 0 {
				// The authority had its @; what follows is a path.
				j = len(s)
			}
		}
	}
	if last < 0 {
		return -1, -1
	}
	if colon < 0 || colon > last {
		// A user alone is a token if it is as long as one: https://TOKEN@host.
		if slash >= 0 && slash < last || last-i < 16 {
			return -1, -1
		}
		return i, last
	}
	if slash >= 0 && slash < last && (slash < colon || strings.Trim(s[colon+1:slash], "0123456789") == "") {
		return -1, -1 // https://host:8080/users/@me, https://host/a:b@c
	}
	return colon + 1, last
}

// dsn finds the password in "user:password@tcp(host)/db" and "user:password@host:port", the @ being at i.
func dsn(s string, i int) (from, to int) {
	rest := s[i+1:]
	known := false
	for _, p := range [...]string{"tcp(", "tcp6(", "unix(", "(", "/"} {
		known = known || strings.HasPrefix(rest, p)
	}
	if !known && !hostPort(rest) {
		return -1, -1
	}
	colon := -1
	j := i - 1
	for ; j >= 0 && i-j < 256; j-- {
		c := s[j]
		if c <= ' ' || c == '"' || c == '\'' || c == '`' || c == '<' || c == '>' {
			break
		}
		if c == ':' {
			colon = j
		}
	}
	if colon < 0 || colon+1 >= i || strings.HasPrefix(s[colon:], "://") {
		return -1, -1
	}
	return colon + 1, i
}

func hostPort(s string) bool {
	for i := 0; i < len(s) && i < 256; i++ {
		c := s[i]
		if c == ':' {
			return i > 0 && i+1 < len(s) && '0' <= s[i+1] && s[i+1] <= '9'
		}
		if !isWord(c) && c != '.' && c != '-' {
			return false
		}
	}
	return false
}

// pem finds the body of a private key that starts at i.
func pem(s string, i int) (from, to int) {
	const begin, end = "-----BEGIN ", "-----END "
	if !strings.HasPrefix(s[i:], begin) {
		return -1, -1
	}
	rest := s[i+len(begin):]
	label, _, ok := strings.Cut(rest[:min(len(rest), 80)], "-----")
	ok = ok && strings.Trim(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ") == ""
	if ok && (strings.Contains(label, "CERTIFICATE") || strings.Contains(label, "PUBLIC")) {
		return -1, -1
	}
	from = i + len(begin)
	if ok {
		from += len(label) + len("-----")
	}
	if j := strings.Index(s[from:], end); j >= 0 {
		return from, from + j
	}
	return from, len(s)
}

// Tokens that their issuers made recognisable.
var prefixes = []struct {
	prefix string
	min    int // bytes that have to follow
}{
	{"AKIA", 12}, {"ASIA", 12}, {"AIza", 20},
	{"ghp_", 16}, {"gho_", 16}, {"ghu_", 16}, {"ghs_", 16}, {"ghr_", 16}, {"github_pat_", 16}, {"glpat-", 12},
	{"sk_live_", 8}, {"sk_test_", 8}, {"rk_live_", 8}, {"rk_test_", 8}, {"whsec_", 8}, {"sk-", 20},
	{"xoxa-", 8}, {"xoxb-", 8}, {"xoxe-", 8}, {"xoxe.", 8}, {"xoxp-", 8}, {"xoxr-", 8}, {"xoxs-", 8},
	{"ya29.", 16}, {"npm_", 24}, {"dop_v1_", 16}, {"hf_", 24}, {"SG.", 24},
}

// Authentication schemes whose credentials follow in the same breath.
var schemes = [...]string{"Bearer ", "bearer ", "Basic ", "basic ", "Digest ", "Negotiate ", "Token ", "AWS4-HMAC-SHA256 "}

// token finds what starts at i, the first byte of a word: a JWT, a known token, credentials behind their scheme, a card number.
func token(s string, i int) (from, to int) {
	switch c := s[i]; {
	case '0' <= c && c <= '9':
		return card(s, i)
	case c == 'e':
		if strings.HasPrefix(s[i:], "eyJ") {
			if end := tokenEnd(s, i); end-i >= 12 && strings.IndexByte(s[i:end], '.') > 0 {
				return i, end
			}
		}
		return -1, -1
	}
	for _, p := range prefixes {
		if strings.HasPrefix(s[i:], p.prefix) {
			if end := tokenEnd(s, i); end-i >= len(p.prefix)+p.min {
				return i, end
			}
		}
	}
	for _, scheme := range schemes {
		if strings.HasPrefix(s[i:], scheme) {
			return credentials(s, i+len(scheme), scheme[0] == 'B' && scheme[1] == 'e' || scheme[0] == 'b' && scheme[1] == 'e')
		}
	}
	return -1, -1
}

func tokenEnd(s string, i int) int {
	for i < len(s) && (isWord(s[i]) && s[i] < 0x80 || strings.IndexByte("-._~+/=", s[i]) >= 0) {
		i++
	}
	for i > 0 && s[i-1] == '.' { // the end of a sentence
		i--
	}
	return i
}

// Words that follow a scheme's name when somebody writes about it.
var aboutSchemes = map[string]bool{"token": true, "tokens": true, "auth": true, "authentication": true, "authorization": true,
	"scheme": true, "header": true, "realm": true, "error": true, "is": true, "required": true, "not": true, "was": true,
	"or": true, "and": true, "credentials": true, "expected": true, "missing": true, "invalid": true, "challenge": true}

// credentials finds the token at i that follows the name of a scheme. Only Bearer is sure enough of itself to hide a word
// of small letters.
func credentials(s string, i int, bearer bool) (from, to int) {
	for i < len(s) && s[i] == ' ' {
		i++
	}
	end := tokenEnd(s, i)
	text := s[i:end]
	if len(text) < 6 || aboutSchemes[text] {
		return -1, -1
	}
	if j := strings.IndexByte(text, '='); j > 0 && j < len(text) && strings.Trim(text[j:], "=") != "" || end < len(s) && s[end] == '"' {
		// scheme key=value, key="value": the parameters of a challenge, or of Digest and AWS credentials, which the rule
		// for pairs sees by their names.
		return -1, -1
	}
	if !bearer && lowerWord(text) {
		return -1, -1
	}
	return i, end
}

// card finds a payment card number at i: 13 to 19 digits, in groups of four or without, that pass Luhn's test.
func card(s string, i int) (from, to int) {
	if i > 0 && (s[i-1] == '.' || s[i-1] == '-') {
		return -1, -1
	}
	var digits [19]byte
	n, end, group := 0, i, 0
	var sep byte
scan:
	for j := i; j < len(s); j++ {
		switch c := s[j]; {
		case '0' <= c && c <= '9':
			if n == len(digits) {
				return -1, -1
			}
			digits[n] = c - '0'
			n++
			group++
			end = j + 1
		case (c == ' ' || c == '-') && (sep == 0 && n == 4 || sep == c && group >= 4) && j+1 < len(s) && '0' <= s[j+1] && s[j+1] <= '9':
			sep, group = c, 0
		default:
			break scan
		}
	}
	if n < 13 || end < len(s) && isWord(s[end]) {
		return -1, -1
	}
	if d := digits[0]; d == 0 || d == 1 && (n == 13 || n == 16 || n == 19) {
		return -1, -1 // a time in milli-, micro- or nanoseconds
	}
	sum := 0
	for k := range n {
		d := int(digits[n-1-k])
		if k%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	if sum%10 != 0 {
		return -1, -1
	}
	return i, end
}
