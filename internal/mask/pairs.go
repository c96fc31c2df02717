package mask

import "strings"

const (
	maxName  = 128  // bytes looked back for a name
	maxSpace = 64   // bytes of space between a separator and its value
	maxLine  = 4096 // bytes hidden after a name and a colon
)

// pair finds the value in "name=value", "name: value", `"name": "value"` and similar pairs. Their separator is at index i.
func (m *Masker) pair(s string, i int) span {
	end := i
	for end > 0 && i-end < 3 && s[end-1] == ' ' { // `"token" : "x"` and "token = x" are pairs, too
		end--
	}
	name, inQuotes := nameBefore(s, end)
	if name == "" || end < i && s[i] == ':' && !inQuotes && !strings.HasPrefix(s[i:], ":=") {
		return none
	}
	isSecret := m.Name
	if start := end - len(name); s[i] == '=' && start > 0 && (s[start-1] == '?' || s[start-1] == '&') {
		isSecret = m.Param
	}
	if !isSecret(name) {
		return none
	}
	afterSeparator := i + 1
	if afterSeparator < len(s) && (s[afterSeparator] == '=' || s[afterSeparator] == '>') { // ":=", "==", "=>"
		afterSeparator++
	}
	v := afterSeparator
	for v < len(s) && v-afterSeparator < maxSpace && (s[v] == ' ' || s[v] == '\t' || inQuotes && (s[v] == '\n' || s[v] == '\r')) {
		v++
	}
	if v == len(s) {
		return none
	}
	if found, ok := quotedValue(s, v); ok {
		return found
	}
	inText := s[i] == ':' && !inQuotes // such a pair may be part of a sentence
	switch {
	case s[v] == '[' || s[v] == '{':
		return span{v, closing(s, v)}
	case v > afterSeparator && inText:
		return sentenceOrSecret(s, v, name)
	}
	found := span{v, valueEnd(s, v)}
	if value := s[found.from:found.to]; inText && (prose[value] || isPosition(name, value)) {
		return none
	}
	return found
}

// quoted finds the value in `token "8f3a…"`: a quoted text right after a secret name, as %q makes it. Its quote is at index i.
func (m *Masker) quoted(s string, i int) span {
	if i < 4 || s[i-1] != ' ' || !isWord(s[i-2]) {
		return none
	}
	if strings.HasSuffix(s[:i], "invalid port ") {
		// net/url quotes the text after the first colon of an address that it cannot read: the beginning of a password.
		found, _ := quotedValue(s, i)
		if strings.Trim(s[found.from:found.to], ":0123456789") == "" {
			return none
		}
		return found
	}
	if name, _ := nameBefore(s, i-1); !m.Name(name) {
		return none
	}
	found, _ := quotedValue(s, i)
	value := s[found.from:found.to]
	// `invalid cookie "session"` quotes a name, not a value.
	hasWord := strings.ContainsFunc(value, func(r rune) bool { return r < 0x80 && isWord(byte(r)) })
	if len(value) < 4 || m.Name(value) || prose[value] || !hasWord {
		return none
	}
	return found
}

// nameBefore returns the name that ends at index end, and whether it is in quotes.
func nameBefore(s string, end int) (name string, inQuotes bool) {
	if end > 0 && (s[end-1] == '"' || s[end-1] == '\'') {
		mark := s[end-1]
		end--
		if end > 0 && s[end-1] == '\\' { // JSON inside a quoted string
			end--
		}
		start := end
		for start > 0 && end-start < maxName && s[start-1] != mark && s[start-1] != '\n' {
			start--
		}
		return s[start:end], true
	}
	start := end
	for start > 0 && end-start < maxName && inName(s[start-1]) {
		start--
	}
	return s[start:end], false
}

// inName reports whether c can be part of a name that is not in quotes.
func inName(c byte) bool {
	return c < 0x80 && isWord(c) || strings.IndexByte("-.[]%$", c) >= 0
}

// quotedValue returns the text between the quotes that open at index v, and whether there are any.
func quotedValue(s string, v int) (found span, ok bool) {
	if strings.HasPrefix(s[v:], `\"`) || strings.HasPrefix(s[v:], `\'`) {
		from := v + 2
		if length := strings.Index(s[from:], s[v:from]); length >= 0 {
			return span{from, from + length}, true
		}
		return span{from, len(s)}, true
	}
	mark := s[v]
	if !isQuote(mark) {
		return none, false
	}
	to := v + 1
	for ; to < len(s) && s[to] != mark; to++ {
		if s[to] == '\\' && mark != '`' && to+1 < len(s) {
			to++
		}
	}
	return span{v + 1, min(to, len(s))}, true
}

// closing returns the index after the bracket that closes the one at index v, or len(s).
func closing(s string, v int) int {
	depth := 0
	for i := v; i < len(s); i++ {
		switch s[i] {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"':
			value, _ := quotedValue(s, i)
			i = value.to
		}
	}
	return len(s)
}

// valueEnd returns the end of the unquoted value at index v. A comma ends it only before a space or another pair, because
// passwords have commas.
func valueEnd(s string, v int) int {
	end := v
	for ; end < len(s) && strings.IndexByte(" \t\n\r&;\"'`<>", s[end]) < 0; end++ {
		if s[end] == ',' && (end+1 == len(s) || s[end+1] == ' ' || pairFollows(s[end+1:])) {
			break
		}
	}
	for end > v+1 && strings.IndexByte(")]}", s[end-1]) >= 0 {
		end--
	}
	return end
}

func pairFollows(s string) bool {
	for i := 0; i < len(s) && i < 32; i++ {
		if s[i] == '=' || s[i] == ':' {
			return i > 0
		}
		if !inName(s[i]) && s[i] != '"' {
			return false
		}
	}
	return false
}

// isPosition reports whether name:value is a file and its line, as in "token.go:42".
func isPosition(name, value string) bool {
	dot := strings.LastIndexByte(name, '.')
	return dot >= 0 && len(name)-dot <= len(".gohtml") && value != "" && strings.Trim(value, "0123456789:") == ""
}

// prose has the words that follow a name in a sentence about a secret: "token is expired".
var prose = func() map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(`a an and already are at by can cannot context could denied did does empty EOF eof error
		errors exceeded expected expired failed failure for forbidden found from got had has have if illegal in incorrect
		invalid is key length lookup malformed mismatch mismatched missing must new nil no none not null of on only or parse
		parsing read required revoked short signature sql the timeout to token too true false unauthorized undefined
		unexpected unknown unset unsupported user using verification was were when while with wrong redis strconv json http
		net io tls crypto x509 dial asn1 hex base64`) {
		set[word] = true
	}
	return set
}()

// sentenceOrSecret decides about "name: words", whose first word is at index v: it may be a sentence ("jwt: token is expired")
// or a secret ("token: 8f3a").
func sentenceOrSecret(s string, v int, name string) span {
	end := valueEnd(s, v)
	first := strings.TrimRight(s[v:end], ".,:;!?")
	if prose[first] || isPosition(name, first) {
		return none
	}
	line := s[v:min(len(s), v+maxLine)]
	if i := strings.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	lineFollows := end < v+len(line)
	n := normalized(name)
	switch {
	case strings.Contains(n, "cookie"), strings.Contains(n, "authoriz"):
		if lowerWord(first) && lineFollows && !strings.Contains(line, "=") {
			return none
		}
		return span{v, v + len(line)}
	case unambiguous(name): // a passphrase has spaces
		if i := strings.IndexAny(line, ",;"); i > 0 {
			line = line[:i]
		}
		return span{v, v + len(line)}
	case lowerWord(first) && len(first) <= 16 && wordFollows(s[end:]):
		return none
	}
	return span{v, v + len(first)}
}

func wordFollows(s string) bool {
	s = strings.TrimLeft(s, ":,; ")
	letter := func(i int) bool { return i < len(s) && (isLower(s[i]) || 'A' <= s[i] && s[i] <= 'Z') }
	return letter(0) && letter(1)
}
