package mask

import "strings"

// Text returns s with everything in it hidden that has the shape of a secret or follows a secret name. It costs one pass
// over s.
func (m *Masker) Text(s string) string {
	s = m.hideSecrets(m.Literals(s))
	for _, p := range m.patterns {
		if p.MatchString(s) {
			s = p.ReplaceAllStringFunc(s, m.Hide)
		}
	}
	return s
}

func (m *Masker) hideSecrets(s string) string {
	found := m.find(s, 0)
	if found == none {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 32)
	done := 0
	for found != none {
		b.WriteString(s[done:found.from])
		b.WriteString(m.Hide(s[found.from:found.to]))
		done = found.to
		found = m.find(s, done)
	}
	b.WriteString(s[done:])
	return b.String()
}

// Secrets returns the values that [Masker.Text] would hide in s, at most 32, for [Masker.Knowing]. It leaves out short words
// of small letters: they are more likely a rule's mistake, and Knowing would hide them wherever they occur.
func (m *Masker) Secrets(s string) (values []string) {
	for found := m.find(s, 0); found != none && len(values) < 32; found = m.find(s, found.to) {
		if v := s[found.from:found.to]; len(v) >= 12 || !lowerWord(v) {
			values = append(values, v)
		}
	}
	return values
}

// A span is a part of a text that is to be hidden.
type span struct{ from, to int }

// none is the span of a rule that finds nothing.
var none span

// find returns the first span of s at or after index start that is to be hidden. Each rule looks only a bounded number of
// bytes back, and also ahead unless it finds something, so that the time stays linear.
func (m *Masker) find(s string, start int) span {
	for i := start; i < len(s); i++ {
		var found span
		switch c := s[i]; {
		case c == ':' && strings.HasPrefix(s[i:], "://"):
			found = userinfo(s, i+len("://"))
		case c == ':', c == '=':
			found = m.pair(s, i)
		case c == '@':
			found = dsn(s, i)
		case isQuote(c):
			found = m.quoted(s, i)
		case c == '-':
			found = pem(s, i)
		case i == 0 || !isWord(s[i-1]):
			found = token(s, i)
		}
		// A rule may look back to before start, where everything is done, and a mask is not masked again.
		if found.from >= start && found.to > found.from && !strings.HasPrefix(s[found.from:], bullets) {
			return found
		}
	}
	return none
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// isWord reports whether c is part of a word: every byte beyond ASCII is.
func isWord(c byte) bool {
	return isLower(c) || 'A' <= c && c <= 'Z' || isDigit(c) || c == '_' || c >= 0x80
}

// endsWord reports whether c ends an address in a text.
func endsWord(c byte) bool {
	return c <= ' ' || isQuote(c) || c == '<' || c == '>'
}

// lowerWord reports whether s is a word of small letters, as in a sentence.
func lowerWord(s string) bool {
	for i := range len(s) {
		if !isLower(s[i]) && s[i] != '\'' && s[i] != '-' {
			return false
		}
	}
	return s != ""
}
