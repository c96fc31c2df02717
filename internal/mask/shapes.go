package mask

import (
	"regexp"
	"slices"
	"strings"
)

const (
	maxUserinfo = 1024 // bytes looked ahead for the @ of a URL
	maxAddress  = 256  // bytes looked back for the password of a data source name, and ahead for its port
)

// userinfo finds the password in "scheme://user:password@host", where index start is after "://". A password may contain
// characters that should have been escaped, so the last @ before a space, a quote or a path counts.
func userinfo(s string, start int) span {
	address, _, _ := strings.Cut(firstWord(s[start:min(len(s), start+maxUserinfo)]), "://") // the next URL, without a space between
	at := strings.IndexByte(address, '@')
	if at < 0 {
		return none
	}
	if length := strings.IndexAny(address[at:], "/?#"); length >= 0 { // a path follows
		address = address[:at+length]
	}
	at = strings.LastIndexByte(address, '@')
	user, _, hasPassword := strings.Cut(address[:at], ":")
	password := len(user) + 1
	slash := strings.IndexAny(address[:at], "/?#")
	switch {
	case !hasPassword:
		// A user alone is a token if it is as long as one: https://TOKEN@host.
		if slash >= 0 || at < 16 {
			return none
		}
		return span{start, start + at}
	case slash >= 0 && (slash < password || isDigits(address[password:slash])):
		return none // https://host/a:b@c, https://host:8080/users/@me
	}
	return span{start + password, start + at}
}

// firstWord returns the beginning of s up to the end of an address.
func firstWord(s string) string {
	for i := range len(s) {
		if endsWord(s[i]) {
			return s[:i]
		}
	}
	return s
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

// cardNumber is a number in one piece, or in groups of four digits and more with a space or a dash between them.
var cardNumber = regexp.MustCompile(`^(?:\d{4}(?: \d{4,})* \d+|\d{4}(?:-\d{4,})*-\d+|\d+)`)

var gaps = strings.NewReplacer(" ", "", "-", "")

// card finds a payment card number at index i: 13 to 19 digits, in groups or without, that pass Luhn's test.
func card(s string, i int) span {
	const longest = 40 // bytes, with the gaps, and room for one digit more than any card number has
	end := i + len(cardNumber.FindString(s[i:min(len(s), i+longest)]))
	digits := gaps.Replace(s[i:end])
	n := len(digits)
	if n < 13 || n > 19 || i > 0 && (s[i-1] == '.' || s[i-1] == '-') || end < len(s) && isWord(s[end]) {
		return none
	}
	isTime := digits[0] == '1' && (n == 13 || n == 16 || n == 19) // in milli-, micro- or nanoseconds
	if digits[0] == '0' || isTime || !luhn(digits) {
		return none
	}
	return span{i, end}
}

// luhn reports whether the last digit is the check digit of the others, by ISO/IEC 7812-1, annex B.
func luhn(digits string) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
