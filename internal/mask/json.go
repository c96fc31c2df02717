package mask

import (
	"encoding/json"
	"strings"
)

// JSON returns the JSON text s with the values of secret names, and everything with the shape of a secret, hidden. The
// layout stays. s need not be valid or complete: a body that the application's decoder refused is masked as far as it can be
// read, and the part that cannot be read as JSON is masked as text.
//
// A json.Decoder would be shorter, but it stops at the first syntax error, and the values after it would lose their names.
func (m *Masker) JSON(s string) string {
	if start := strings.TrimLeft(s, " \t\r\n"); start == "" || strings.IndexByte(`{["`, start[0]) < 0 {
		return m.Text(s)
	}
	j := jsonMasker{m: m}
	var b strings.Builder
	b.Grow(len(s))
	for s != "" {
		token := jsonToken(s)
		rest := s[len(token):]
		switch c := token[0]; c {
		case '"':
			b.WriteString(j.text(token, rest))
		case '{', '[':
			if len(j.open) == maxDepth {
				b.WriteString(quoteJSON(m.Hide(s)))
				return b.String()
			}
			j.open = append(j.open, j.secret)
			j.isValue = false
			b.WriteString(token)
		case '}', ']':
			j.open = j.open[:max(0, len(j.open)-1)]
			j.secret = j.insideSecret()
			b.WriteString(token)
		case ',':
			j.secret = j.insideSecret()
			j.isValue = false
			b.WriteString(token)
		case ':':
			j.secret = j.insideSecret() || m.Name(j.last)
			j.isValue = true
			b.WriteString(token)
		case ' ', '\t', '\r', '\n':
			b.WriteString(token)
		default:
			if isJSONLiteral(token) {
				b.WriteString(j.value(token, token, j.secret && token != "null"))
				break
			}
			// This is not JSON from here on.
			if j.secret {
				b.WriteString(quoteJSON(m.Hide(token)))
				s = rest
			}
			b.WriteString(m.Text(s))
			return b.String()
		}
		s = rest
	}
	return b.String()
}

// maxDepth is the number of nested objects and arrays up to which a text is read. Everything deeper is hidden.
const maxDepth = 512

// A jsonMasker is the state between two tokens. Nesting is a slice and not recursion, because hostile input is deep.
type jsonMasker struct {
	m       *Masker
	open    []bool // the objects and arrays that are not closed yet: whether each value inside is secret
	secret  bool   // the next value is
	isValue bool   // a colon came before
	last    string // the last string
}

func (j *jsonMasker) insideSecret() bool { return len(j.open) > 0 && j.open[len(j.open)-1] }

// text masks a string. It is a name if a colon follows and none came before; a secret may be there, too, but a name is not hidden
// for the name before it.
func (j *jsonMasker) text(token, rest string) string {
	isName := !j.isValue && strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n"), ":")
	j.last = unquoteJSON(token)
	return j.value(token, j.last, j.secret && !isName)
}

// value returns the token, or a JSON string instead if its text has to be masked.
func (j *jsonMasker) value(token, text string, secret bool) string {
	masked := j.m.Text(text)
	if secret {
		masked = j.m.Hide(text)
	}
	if masked == text {
		return token
	}
	return quoteJSON(masked)
}

// jsonToken returns the first token of s, which may be a single space, or a string that is not closed.
func jsonToken(s string) string {
	const ends = " \t\r\n,:{}[]\""
	if s[0] == '"' {
		end := 1
		for end < len(s) && s[end] != '"' {
			if s[end] == '\\' {
				end++
			}
			end++
		}
		return s[:min(end+1, len(s))]
	}
	if end := strings.IndexAny(s, ends); end >= 0 {
		return s[:max(end, 1)]
	}
	return s
}

func isJSONLiteral(s string) bool {
	return s == "true" || s == "false" || s == "null" || strings.Trim(s, "0123456789+-.eE") == ""
}

func quoteJSON(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s) // a Builder returns no error, and a string can always be encoded
	return strings.TrimSuffix(b.String(), "\n")
}

// unquoteJSON returns the text of a string token, also of one that is not closed or contains line breaks. In a string with an
// invalid escape, the character after the backslash stands for itself, and \uXXXX stays as it is.
func unquoteJSON(token string) string {
	inner := strings.TrimSuffix(token[1:], `"`)
	if !strings.Contains(inner, `\`) {
		return inner
	}
	valid := escapeBreaks.Replace(token)
	for _, quoted := range []string{valid, valid + `"`} {
		var text string
		if json.Unmarshal([]byte(quoted), &text) == nil {
			return text
		}
	}
	return simpleEscapes.Replace(inner)
}

var (
	escapeBreaks  = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`)
	simpleEscapes = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\/`, `/`, `\n`, "\n", `\r`, "\r", `\t`, "\t", `\u`, `\u`, `\`, "")
)
