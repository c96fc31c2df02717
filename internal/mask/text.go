package mask

import (
	"strings"
)

// Text returns s with everything in it hidden that has the shape of a secret or stands behind a secret name. It costs one
// pass over s and no allocation if there is nothing to hide.
func (m *Masker) Text(s string) string {
	s = m.shapes(m.Literals(s))
	for _, p := range m.patterns {
		if p.MatchString(s) {
			s = p.ReplaceAllStringFunc(s, m.Hide)
		}
	}
	return s
}

func (m *Masker) shapes(s string) string {
	from, to := m.find(s, 0)
	if from < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 32)
	at := 0
	for from >= 0 {
		b.WriteString(s[at:from])
		b.WriteString(m.Hide(s[from:to]))
		at = to
		from, to = m.find(s, at)
	}
	b.WriteString(s[at:])
	return b.String()
}

// What a byte can be the start, or the middle, of.
const (
	nothing = iota
	separator
	at
	quote
	dash
	word
)

var kinds = func() (k [256]uint8) {
	for _, c := range "=:" {
		k[c] = separator
	}
	k['@'] = at
	for _, c := range "\"'`" {
		k[c] = quote
	}
	k['-'] = dash
	for c := '0'; c <= '9'; c++ {
		k[c] = word
	}
	for _, c := range "ABDNSTabdeghnrswxy" { // first letters of token prefixes and of authentication schemes
		k[c] = word
	}
	return k
}()

// find returns the first span of s at or after lo that is to be hidden, or -1. Every look back and every look ahead that
// does not end in a match is bounded, so that the whole stays linear.
func (m *Masker) find(s string, lo int) (from, to int) {
	for i := lo; i < len(s); i++ {
		switch kinds[s[i]] {
		case nothing:
			continue
		case separator:
			if strings.HasPrefix(s[i:], "://") {
				from, to = userinfo(s, i+3)
			} else {
				from, to = m.pair(s, i)
			}
		case at:
			from, to = dsn(s, i)
		case quote:
			from, to = m.quoted(s, i)
		case dash:
			from, to = pem(s, i)
		case word:
			if i > 0 && isWord(s[i-1]) {
				continue
			}
			from, to = token(s, i)
		}
		// What was hidden before stays hidden, and a mask is not masked again.
		if from >= lo && to > from && !strings.HasPrefix(s[from:], bullets) {
			return from, to
		}
	}
	return -1, -1
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c >= 0x80
}

const maxName = 128 // bytes looked back for a name

func isIdent(c byte) bool {
	return isWord(c) && c < 0x80 || c == '-' || c == '.' || c == '[' || c == ']' || c == '%' || c == '$'
}

// pair finds the value in "name=value", "name: value", `"name": "value"` and their kin, the separator being at i.
func (m *Masker) pair(s string, i int) (from, to int) {
	end := i
	for end > 0 && i-end < 3 && s[end-1] == ' ' {
		end--
	}
	spaced := end < i // "token : x" is a pair, too
	name, inQuotes := nameBefore(s, end)
	if name == "" || spaced && s[i] == ':' && !inQuotes && !strings.HasPrefix(s[i:], ":=") {
		return -1, -1
	}
	if at := end - len(name); s[i] == '=' && at > 0 && (s[at-1] == '?' || s[at-1] == '&') {
		if !m.Param(name) {
			return -1, -1
		}
	} else if !m.Name(name) {
		return -1, -1
	}
	v := i + 1
	if v < len(s) && (s[v] == '=' || s[v] == '>') { // ":=", "==", "=>"
		v++
	}
	gap := v
	for v < len(s) && (s[v] == ' ' || s[v] == '\t' || inQuotes && (s[v] == '\n' || s[v] == '\r')) && v-gap < 64 {
		v++
	}
	if v == len(s) {
		return -1, -1
	}
	if from, to, ok := quotedValue(s, v); ok {
		return from, to
	}
	switch c := s[v]; {
	case c == '[' || c == '{':
		return v, closing(s, v)
	case v > gap && !inQuotes && s[i] == ':':
		return proseOrSecret(s, v, name)
	}
	to = valueEnd(s, v)
	if s[i] == ':' && !inQuotes && (prose[s[v:to]] || position(name, s[v:to])) {
		return -1, -1
	}
	return v, to
}

// nameBefore returns the name that ends at end, and whether it stands in quotes.
func nameBefore(s string, end int) (name string, inQuotes bool) {
	if end > 0 && (s[end-1] == '"' || s[end-1] == '\'') {
		q := s[end-1]
		end--
		if end > 0 && s[end-1] == '\\' { // JSON inside a quoted string
			end--
		}
		start := end
		for start > 0 && end-start < maxName && s[start-1] != q && s[start-1] != '\n' {
			start--
		}
		return s[start:end], true
	}
	start := end
	for start > 0 && end-start < maxName && isIdent(s[start-1]) {
		start--
	}
	return s[start:end], false
}

// quotedValue returns what stands between the quotes that open at v.
func quotedValue(s string, v int) (from, to int, ok bool) {
	if strings.HasPrefix(s[v:], `\"`) || strings.HasPrefix(s[v:], `\'`) {
		from = v + 2
		if i := strings.Index(s[from:], s[v:from]); i >= 0 {
			return from, from + i, true
		}
		return from, len(s), true
	}
	q := s[v]
	if q != '"' && q != '\'' && q != '`' {
		return 0, 0, false
	}
	for to = v + 1; to < len(s) && s[to] != q; to++ {
		if s[to] == '\\' && q != '`' && to+1 < len(s) {
			to++
		}
	}
	return v + 1, min(to, len(s)), true
}

// closing returns the index after the bracket that closes the one at v, or len(s).
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
			_, to, _ := quotedValue(s, i)
			i = to
		}
	}
	return len(s)
}

// valueEnd returns the end of the unquoted value at v. A comma ends it only where another pair or a space follows:
// passwords have commas.
func valueEnd(s string, v int) int {
	i := v
scan:
	for ; i < len(s); i++ {
		switch s[i] {
		case ' ', '\t', '\n', '\r', '&', ';', '"', '\'', '`', '<', '>':
			break scan
		case ',':
			if i+1 == len(s) || s[i+1] == ' ' || pairFollows(s[i+1:]) {
				break scan
			}
		}
	}
	for i > v+1 && strings.IndexByte(")]}", s[i-1]) >= 0 {
		i--
	}
	return i
}

func pairFollows(s string) bool {
	for i := 0; i < len(s) && i < 32; i++ {
		if s[i] == '=' || s[i] == ':' {
			return i > 0
		}
		if !isIdent(s[i]) && s[i] != '"' {
			return false
		}
	}
	return false
}

// position reports whether name:value is a file and its line, as in "token.go:42".
func position(name, value string) bool {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || len(name)-dot > 7 {
		return false
	}
	return value != "" && strings.Trim(value, "0123456789:") == ""
}

// prose are words that follow a name in a sentence about a secret, not as one.
var prose = func() map[string]bool {
	words := strings.Fields(`a an and already are at by can cannot context could denied did does empty EOF eof error errors
		exceeded expected expired failed failure for forbidden found from got had has have if illegal in incorrect invalid is
		key length lookup malformed mismatch mismatched missing must new nil no none not null of on only or parse parsing
		read required revoked short signature sql the timeout to token too true false unauthorized undefined unexpected
		unknown unset unsupported user using verification was were when while with wrong redis strconv json http net io tls
		crypto x509 dial asn1 hex base64 illegal`)
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}()

const maxLine = 4096 // bytes hidden at most behind a name and a colon

// proseOrSecret decides about "name: words": a sentence ("jwt: token is expired") or a secret ("token: 8f3a").
func proseOrSecret(s string, v int, name string) (from, to int) {
	end := valueEnd(s, v)
	first := strings.TrimRight(s[v:end], ".,:;!?")
	if prose[first] || position(name, first) {
		return -1, -1
	}
	eol := min(len(s), v+maxLine)
	if i := strings.IndexAny(s[v:eol], "\r\n"); i >= 0 {
		eol = v + i
	}
	n := normalName(name)
	if strings.Contains(n, "cookie") || strings.Contains(n, "authoriz") {
		if lowerWord(first) && end < eol && !strings.Contains(s[v:eol], "=") {
			return -1, -1
		}
		return v, eol
	}
	if strong(name) {
		// A passphrase has spaces.
		if i := strings.IndexAny(s[v:eol], ",;"); i > 0 {
			eol = v + i
		}
		return v, eol
	}
	if lowerWord(first) && len(first) <= 16 && end < len(s) && wordFollows(s[end:]) {
		return -1, -1
	}
	return v, v + len(first)
}

func lowerWord(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isLower(s[i]) && s[i] != '\'' && s[i] != '-' {
			return false
		}
	}
	return s != ""
}

func wordFollows(s string) bool {
	s = strings.TrimLeft(s, ":,; ")
	i := 0
	for i < len(s) && (isLower(s[i]) || s[i] >= 'A' && s[i] <= 'Z') {
		i++
	}
	return i >= 2
}

// quoted finds the value in `token "8f3a…"`: a quoted text right behind a secret name, as %q makes it.
func (m *Masker) quoted(s string, i int) (from, to int) {
	if i < 4 || s[i-1] != ' ' || !isWord(s[i-2]) {
		return -1, -1
	}
	if strings.HasSuffix(s[:i], "invalid port ") {
		// net/url quotes what follows the first colon of an address that it cannot read: the beginning of a password.
		from, to, _ = quotedValue(s, i)
		if strings.Trim(s[from:to], ":0123456789") == "" {
			return -1, -1
		}
		return from, to
	}
	name, _ := nameBefore(s, i-1)
	if !m.Name(name) {
		return -1, -1
	}
	from, to, _ = quotedValue(s, i)
	value := s[from:to]
	// `invalid cookie "session"` quotes a name, not a value.
	if len(value) < 4 || m.Name(value) || prose[value] || !strings.ContainsFunc(value, func(r rune) bool { return r < 0x80 && isWord(byte(r)) }) {
		return -1, -1
	}
	return from, to
}

// Secrets returns what [Masker.Text] would hide in s, at most 32 values, for [Masker.Knowing]. Short words of small letters
// are left out: they are more likely a rule's mistake, and would then be hidden wherever they occur.
func (m *Masker) Secrets(s string) (values []string) {
	for from, to := m.find(s, 0); from >= 0 && len(values) < 32; from, to = m.find(s, to) {
		if v := s[from:to]; len(v) >= 12 || !lowerWord(v) {
			values = append(values, v)
		}
	}
	return values
}
