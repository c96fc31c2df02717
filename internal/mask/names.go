package mask

import (
	"bytes"
	"slices"
	"strings"
)

// The built-in names, normalised: lower case, letters and digits only. The lists of Django, Rails, Sentry and Datadog
// went into them.
var (
	// Found anywhere inside a name.
	anywhere = split(`pass pwd secret token apikey accesskey accountkey appkey applicationkey privatekey encryptionkey
		masterkey licensekey sshkey gpgkey pgpkey sessionkey signaturekey signingkey recaptchakey secretkey signature
		signing credential authoriz authcode authkey authheader cookie session csrf xsrf sessid connectsid cardnumber
		ccnumber creditcard cardno securitycode securityanswer securityquestion certificatepin pincode routingnumber
		accountnumber databaseurl dburl brokerurl redisurl connectionstring connstr pkcs8 pemfile voterid crypt`)
	// Found at either end of a word: "otpCode", "x2fa", but not "footprint" or "className".
	atEnds = split(`pwd otp mfa 2fa cvv cvc iban ssn salt dsn jwt`)
	// Found as the last word: "auth", "user.pin", "twilio_sid".
	lastWord = split(`auth pin sid`)
	// The whole name, of a query or form parameter: what OAuth and signed links send.
	asParam = split(`key code state sig hmac`)
	// Words around "pass" and "signing" that mean something else, when they end a word.
	harmless = split(`compass bypass passenger passengers passive passthrough passed assigning designing secretary`)
)

// byFirst has the rules of anywhere by their first byte: one look at each letter of a name instead of sixty searches.
var byFirst = func() (t [256][][]byte) {
	for _, p := range anywhere {
		t[p[0]] = append(t[p[0]], p)
	}
	return t
}()

func split(s string) [][]byte { return bytes.Fields([]byte(s)) }

// builtin reports whether the normalised n is itself a rule.
func builtin(n string) bool {
	is := func(list [][]byte) bool {
		return slices.ContainsFunc(list, func(b []byte) bool { return string(b) == n })
	}
	return is(anywhere) || is(atEnds) || is(lastWord) || n == "password" || n == "passwd" || n == "authorization"
}

// A normal is a name reduced to its lower-case letters and digits, with the places where a word starts.
type normal struct {
	text   []byte
	starts []bool
}

const ordinary = 96 // letters and digits of a name that fit into its caller's stack frame

// reduce appends name to the two slices. Percent escapes are decoded, for a name may stand inside a URL; whatever is neither letter nor digit
// separates words and is dropped, so that neither "pass-word" nor a zero-width space hides a name.
func reduce(name string, text []byte, starts []bool) normal {
	start := true
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '%' && i+2 < len(name) {
			if hi, lo := unhex(name[i+1]), unhex(name[i+2]); hi >= 0 && lo >= 0 {
				c = byte(hi<<4 | lo)
				i += 2
			}
		}
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
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
		text = append(text, c)
		starts = append(starts, start)
		start = false
	}
	return normal{text, starts}
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func normalName(name string) string {
	return string(reduce(name, nil, nil).text)
}

// boundary reports whether a word ends before index i.
func (n normal) boundary(i int) bool { return i == len(n.text) || n.starts[i] }

// Name reports whether a value under this name is secret. It allocates nothing for names of ordinary length.
func (m *Masker) Name(name string) bool {
	var text [ordinary]byte
	var starts [ordinary]bool
	return m.match(reduce(name, text[:0], starts[:0]))
}

// Param is Name for a query or form parameter, where a bare "key", "code", "state" or "sig" is a secret, too.
func (m *Masker) Param(name string) bool {
	var text [ordinary]byte
	var starts [ordinary]bool
	n := reduce(name, text[:0], starts[:0])
	if m.match(n) {
		return true
	}
	for _, p := range asParam {
		if bytes.Equal(n.text, p) {
			return !m.isPlain(n.text)
		}
	}
	return false
}

func (m *Masker) isPlain(text []byte) bool {
	for _, p := range m.plain {
		if string(text) == p {
			return true
		}
	}
	return false
}

func (m *Masker) match(n normal) bool {
	if len(n.text) < 3 || m.isPlain(n.text) {
		// No rule is shorter than three, but the application's exact names may be.
		return len(n.text) > 0 && m.matchExact(n.text) && !m.isPlain(n.text)
	}
	if m.matchExact(n.text) {
		return true
	}
	for _, p := range m.names {
		if bytes.Contains(n.text, p) {
			return true
		}
	}
	for i, c := range n.text {
		for _, p := range byFirst[c] {
			if bytes.HasPrefix(n.text[i:], p) && !n.harmless(i) {
				return true
			}
		}
	}
	return n.matchWords()
}

func (m *Masker) matchExact(text []byte) bool {
	for _, e := range m.exact {
		if string(text) == e {
			return true
		}
	}
	return false
}

// harmless reports whether index i lies in a word that merely looks like a rule.
func (n normal) harmless(i int) bool {
	for _, h := range harmless {
		for at := max(0, i-len(h)+1); at <= i && at+len(h) <= len(n.text); at++ {
			if bytes.Equal(n.text[at:at+len(h)], h) && n.boundary(at+len(h)) {
				return true
			}
		}
	}
	return false
}

func (n normal) matchWords() bool {
	word := 0
	for end := 1; end <= len(n.text); end++ {
		if !n.boundary(end) {
			continue
		}
		w := n.text[word:end]
		for _, p := range atEnds {
			if bytes.HasPrefix(w, p) || bytes.HasSuffix(w, p) {
				return true
			}
		}
		if end == len(n.text) {
			for _, p := range lastWord {
				if bytes.Equal(w, p) {
					return true
				}
			}
		}
		word = end
	}
	for _, p := range atEnds { // "O_T_P" is three words
		if bytes.HasPrefix(n.text, p) || bytes.HasSuffix(n.text, p) {
			return true
		}
	}
	return false
}

// strong reports whether a name leaves no doubt that a password or key follows, so that prose is not expected after it.
func strong(name string) bool {
	n := normalName(name)
	return strings.Contains(n, "passw") || strings.Contains(n, "passphrase") || strings.Contains(n, "secret") ||
		strings.Contains(n, "key") || strings.HasSuffix(n, "pwd")
}
