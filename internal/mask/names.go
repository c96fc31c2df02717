package mask

import (
	"slices"
	"strconv"
	"strings"
)

// The built-in names, normalized: lower case, letters and digits only. They include the lists of Django, Rails, Sentry and
// Datadog.
var nameRules = map[place]string{
	anywhere: `pass pwd secret token apikey accesskey accountkey appkey applicationkey privatekey encryptionkey
		masterkey licensekey sshkey gpgkey pgpkey sessionkey signaturekey signingkey recaptchakey secretkey signature
		signing credential authoriz authcode authkey authheader cookie session csrf xsrf sessid connectsid cardnumber
		ccnumber creditcard cardno securitycode securityanswer securityquestion certificatepin pincode routingnumber
		accountnumber databaseurl dburl brokerurl redisurl connectionstring connstr pkcs8 pemfile voterid crypt`,
	wordEdge: `pwd otp mfa 2fa cvv cvc iban ssn salt dsn jwt`,
	lastWord: `auth pin sid`,
}

// A place is where in a name a rule has to be found.
type place int

const (
	anywhere place = iota // but not inside one of the harmless words
	wordEdge              // at the start or end of a word, or of the name: "otpCode", "x2fa", but not "footprint"
	lastWord              // "auth", "user.pin", "twilio_sid"
)

var (
	rules = func() map[place][]string {
		m := map[place][]string{}
		for place, list := range nameRules {
			m[place] = strings.Fields(list)
		}
		return m
	}()
	// paramNames are secret as the whole name of a query or form parameter: OAuth and signed links send them.
	paramNames = []string{"key", "code", "state", "sig", "hmac"}
	// harmlessWords contain "pass", "signing" or "secret", and mean something else when a word ends with them.
	harmlessWords = strings.Fields(`compass bypass passenger passengers passive passthrough passed assigning designing secretary`)
)

// isRule reports whether the normalized name is itself a built-in rule.
func isRule(name string) bool {
	return slices.Contains(rules[anywhere], name) || slices.Contains(rules[wordEdge], name) || slices.Contains(rules[lastWord], name) ||
		name == "password" || name == "passwd" || name == "authorization"
}

// Name reports whether a value under this name is secret.
func (m *Masker) Name(name string) bool {
	words := splitName(name)
	joined := strings.Join(words, "")
	if m.plain[joined] {
		return false
	}
	contains := func(part string) bool { return strings.Contains(joined, part) }
	return m.exact[joined] || slices.ContainsFunc(m.names, contains) || matchesRule(words, joined)
}

// Param is Name for a query or form parameter, where a bare "key", "code", "state", "sig" or "hmac" is secret, too.
func (m *Masker) Param(name string) bool {
	n := normalized(name)
	return m.Name(name) || slices.Contains(paramNames, n) && !m.plain[n]
}

// matchesRule reports whether a built-in rule finds the name that consists of these words.
func matchesRule(words []string, joined string) bool {
	for _, rule := range rules[wordEdge] {
		// Of the name, too, because "O_T_P" is three words.
		if strings.HasPrefix(joined, rule) || strings.HasSuffix(joined, rule) {
			return true
		}
		for _, word := range words {
			if strings.HasPrefix(word, rule) || strings.HasSuffix(word, rule) {
				return true
			}
		}
	}
	if n := len(words); n > 0 && slices.Contains(rules[lastWord], words[n-1]) {
		return true
	}
	harmless := harmlessParts(words, joined)
	return slices.ContainsFunc(rules[anywhere], func(rule string) bool {
		for i := range len(joined) {
			if !harmless[i] && strings.HasPrefix(joined[i:], rule) {
				return true
			}
		}
		return false
	})
}

// harmlessParts reports, for each byte of the joined words, whether it belongs to a harmless word.
func harmlessParts(words []string, joined string) []bool {
	parts := make([]bool, len(joined))
	end := 0
	for _, word := range words {
		end += len(word)
		for _, harmless := range harmlessWords {
			if strings.HasSuffix(joined[:end], harmless) {
				for i := end - len(harmless); i < end; i++ {
					parts[i] = true
				}
			}
		}
	}
	return parts
}

// splitName returns the words of a name in lower-case letters and digits. Percent escapes are decoded, because the name may be
// part of a URL. Any other character separates words, and so does a change of case: one word starts at an upper-case letter
// after a lower-case one, and at the last of several before a lower-case one.
func splitName(name string) []string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '%' && i+2 < len(name) {
			if decoded, err := strconv.ParseUint(name[i+1:i+3], 16, 8); err == nil {
				c = byte(decoded)
				i += 2
			}
		}
		switch {
		case isLower(c) || isDigit(c):
			b.WriteByte(c)
		case 'A' <= c && c <= 'Z':
			if i > 0 && isLower(name[i-1]) || i+1 < len(name) && isLower(name[i+1]) {
				b.WriteByte(' ')
			}
			b.WriteByte(c + 'a' - 'A')
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

// normalized returns the lower-case letters and digits of a name.
func normalized(name string) string { return strings.Join(splitName(name), "") }

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// unambiguous reports whether a name leaves no doubt that a password or a key follows, so that no sentence is expected after it.
func unambiguous(name string) bool {
	n := normalized(name)
	return strings.Contains(n, "passw") || strings.Contains(n, "passphrase") || strings.Contains(n, "secret") ||
		strings.Contains(n, "key") || strings.HasSuffix(n, "pwd")
}
