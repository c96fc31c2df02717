package mask

import (
	"slices"
	"strings"
)

const (
	maxUserinfo = 1024 // bytes looked ahead for the @ of a URL
	maxAddress  = 256  // bytes looked back for the password of a data source name, and ahead for its port
)

// userinfo finds the password in "scheme://user:password@host", where index start is after "://". A password may contain
// characters that should have been escaped, so the last @ before a space or quote counts.
func userinfo(s string, start int) span {
	lastAt, colon, slash := -1, -1, -1
scan:
	for i := start; i < len(s) && i < start+maxUserinfo && !endsWord(s[i]); i++ {
		switch s[i] {
		case '@':
			lastAt = i
		case ':':
			if strings.HasPrefix(s[i:], "://") { // the next URL, without a space between
				break scan
			}
			if colon < 0 {
				colon = i
			}
		case '/', '?', '#':
			if slash < 0 {
				slash = i
				if lastAt >= 0 { // the user information is complete, and a path follows
					break scan
				}
			}
		}
	}
	slashInside := slash >= 0 && slash < lastAt
	switch {
	case lastAt < 0:
		return none
	case colon < 0 || colon > lastAt:
		// A user alone is a token if it is as long as one: https://TOKEN@host.
		if slashInside || lastAt-start < 16 {
			return none
		}
		return span{start, lastAt}
	case slashInside && (slash < colon || isDigits(s[colon+1:slash])):
		return none // https://host/a:b@c, https://host:8080/users/@me
	}
	return span{colon + 1, lastAt}
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// dsn finds the password in "user:password@tcp(host)/db" and "user:password@host:port". The @ is at index i.
func dsn(s string, i int) span {
	address := s[i+1:]
	follows := func(prefix string) bool { return strings.HasPrefix(address, prefix) }
	if !slices.ContainsFunc([]string{"tcp(", "tcp6(", "unix(", "(", "/"}, follows) && !isHostPort(address) {
		return none
	}
	colon := -1
	for j := i - 1; j >= 0 && i-j < maxAddress && !endsWord(s[j]); j-- {
		if s[j] == ':' {
			colon = j
		}
	}
	if colon < 0 || strings.HasPrefix(s[colon:], "://") {
		return none
	}
	return span{colon + 1, i}
}

// isHostPort reports whether s begins with a host, a colon and a digit.
func isHostPort(s string) bool {
	i := 0
	for i < len(s) && i < maxAddress && (isWord(s[i]) || s[i] == '.' || s[i] == '-') {
		i++
	}
	return i > 0 && i+1 < len(s) && s[i] == ':' && isDigit(s[i+1])
}

// pem finds the body of a private key in PEM that starts at index i.
func pem(s string, i int) span {
	const begin, dashes, end = "-----BEGIN ", "-----", "-----END "
	if !strings.HasPrefix(s[i:], begin) {
		return none
	}
	from := i + len(begin)
	rest := s[from:]
	label, _, ok := strings.Cut(rest[:min(len(rest), 80)], dashes)
	if ok && strings.Trim(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ") == "" {
		if strings.Contains(label, "CERTIFICATE") || strings.Contains(label, "PUBLIC") {
			return none
		}
		from += len(label) + len(dashes)
	}
	if length := strings.Index(s[from:], end); length >= 0 {
		return span{from, from + length}
	}
	return span{from, len(s)}
}

// card finds a payment card number at index i: 13 to 19 digits, in groups or without, that pass Luhn's test.
func card(s string, i int) span {
	if i > 0 && (s[i-1] == '.' || s[i-1] == '-') {
		return none
	}
	var digits []byte
	var buffer [20]byte // room for one digit more than any card number has
	digits = buffer[:0]
	end, group := i, 0
	var gap byte // between groups: a space or a dash
	for ; end < len(s) && len(digits) < len(buffer); end++ {
		c := s[end]
		if isDigit(c) {
			digits = append(digits, c-'0')
			group++
			continue
		}
		groupEnds := gap == 0 && len(digits) == 4 || gap == c && group >= 4
		if c != ' ' && c != '-' || !groupEnds || end+1 == len(s) || !isDigit(s[end+1]) {
			break
		}
		gap, group = c, 0
	}
	if len(digits) < 13 || len(digits) == len(buffer) || end < len(s) && isWord(s[end]) {
		return none
	}
	isTime := digits[0] == 1 && (len(digits) == 13 || len(digits) == 16 || len(digits) == 19) // in milli-, micro- or nanoseconds
	if digits[0] == 0 || isTime || !luhn(digits) {
		return none
	}
	return span{i, end}
}

// luhn reports whether the last digit is the check digit of the others, by ISO/IEC 7812-1, annex B.
func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
