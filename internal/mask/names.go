package mask

import (
	"bytes"
	"slices"
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

type nameRule struct {
	text  string
	place place
}

var (
	// rulesByFirst has the rules by their first byte: one look at each letter of a name, instead of eighty searches.
	rulesByFirst = func() (byFirst [256][]nameRule) {
		for place, list := range nameRules {
			for _, text := range strings.Fields(list) {
				byFirst[text[0]] = append(byFirst[text[0]], nameRule{text, place})
			}
		}
		return byFirst
	}()
	// paramNames are secret as the whole name of a query or form parameter: OAuth and signed links send them.
	paramNames = map[string]bool{"key": true, "code": true, "state": true, "sig": true, "hmac": true}
	// harmlessWords contain "pass", "signing" or "secret", and mean something else when a word ends with them.
	harmlessWords = strings.Fields(`compass bypass passenger passengers passive passthrough passed assigning designing secretary`)
)

// isRule reports whether the normalized name is itself a built-in rule.
func isRule(name string) bool {
	return name == "password" || name == "passwd" || name == "authorization" ||
		slices.ContainsFunc(rulesByFirst[name[0]], func(r nameRule) bool { return r.text == name })
}

// Name reports whether a value under this name is secret. It allocates nothing for names of ordinary length.
func (m *Masker) Name(name string) bool {
	return m.secret(normalize(name, new(nameBuffer)))
}

// Param is Name for a query or form parameter, where a bare "key", "code", "state", "sig" or "hmac" is secret, too.
func (m *Masker) Param(name string) bool {
	n := normalize(name, new(nameBuffer))
	return m.secret(n) || paramNames[string(n.text)] && !m.plain[string(n.text)]
}

func (m *Masker) secret(n normalizedName) bool {
	if m.plain[string(n.text)] {
		return false
	}
	for i, c := range n.text {
		for _, r := range rulesByFirst[c] {
			if n.matches(r, i) {
				return true
			}
		}
	}
	return m.exact[string(n.text)] || slices.ContainsFunc(m.names, func(part []byte) bool { return bytes.Contains(n.text, part) })
}

// matches reports whether the rule r is met at index i.
func (n normalizedName) matches(r nameRule, i int) bool {
	end := i + len(r.text)
	if end > len(n.text) || string(n.text[i:end]) != r.text {
		return false
	}
	inOneWord := !slices.Contains(n.starts[i+1:end], true)
	switch r.place {
	case wordEdge: // of the name, too, because "O_T_P" is three words
		return i == 0 || end == len(n.text) || inOneWord && (n.starts[i] || n.starts[end])
	case lastWord:
		return end == len(n.text) && n.starts[i] && inOneWord
	}
	return !n.harmless(i)
}

// harmless reports whether index i is inside one of the harmless words.
func (n normalizedName) harmless(i int) bool {
	for _, word := range harmlessWords {
		for start := max(0, i-len(word)+1); start <= i && start+len(word) <= len(n.text); start++ {
			end := start + len(word)
			if string(n.text[start:end]) == word && (end == len(n.text) || n.starts[end]) {
				return true
			}
		}
	}
	return false
}

// A normalizedName is the lower-case letters and digits of a name, and for each whether a word starts there.
type normalizedName struct {
	text   []byte
	starts []bool
}

// A nameBuffer is the memory of a normalizedName of ordinary length, in the stack frame of the function that makes it.
type nameBuffer struct {
	text   [96]byte
	starts [96]bool
}

// normalize makes a normalizedName. Percent escapes are decoded, because the name may be part of a URL. Any other character
// separates words and is dropped, so that neither "pass-word" nor a zero-width space hides a name.
func normalize(name string, buffer *nameBuffer) normalizedName {
	n := normalizedName{buffer.text[:0], buffer.starts[:0]}
	start := true
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '%' && i+2 < len(name) && isHex(name[i+1]) && isHex(name[i+2]) {
			c = unhex(name[i+1])<<4 | unhex(name[i+2])
			i += 2
		}
		switch {
		case isLower(c) || isDigit(c):
		case 'A' <= c && c <= 'Z':
			// A word starts at an upper-case letter after a lower-case one, and at the last of several before a lower-case one.
			if i > 0 && isLower(name[i-1]) || i+1 < len(name) && isLower(name[i+1]) {
				start = true
			}
			c += 'a' - 'A'
		default:
			start = true
			continue
		}
		n.text = append(n.text, c)
		n.starts = append(n.starts, start)
		start = false
	}
	return n
}

func normalized(name string) string { return string(normalize(name, new(nameBuffer)).text) }

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// unhex returns the value of a hexadecimal digit.
func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return (c | 0x20) - 'a' + 10
}

// unambiguous reports whether a name leaves no doubt that a password or a key follows, so that no sentence is expected after it.
func unambiguous(name string) bool {
	n := normalized(name)
	return strings.Contains(n, "passw") || strings.Contains(n, "passphrase") || strings.Contains(n, "secret") ||
		strings.Contains(n, "key") || strings.HasSuffix(n, "pwd")
}
