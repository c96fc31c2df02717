package mask

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSON returns the JSON text s with the values of secret names, and all that has the shape of a secret, hidden. It keeps
// the layout. s need not be valid or complete: a body that broke the application's decoder is masked as far as it can be
// read, and what cannot be read as JSON is masked as text.
func (m *Masker) JSON(s string) string {
	var b strings.Builder
	j := jsonMasker{m: m, s: s, b: &b}
	j.run()
	if j.at == 0 && !j.changed {
		return j.tail(s)
	}
	return b.String()
}

// A jsonMasker reads tokens and never backtracks. Nesting is a stack of bits, not of calls: hostile input is deep.
type jsonMasker struct {
	m       *Masker
	s       string
	b       *strings.Builder
	at      int // everything before is written to b
	changed bool
}

type level struct {
	object bool
	name   bool // the next string is a name
	secret bool // everything inside is
}

func (j *jsonMasker) run() {
	var stack []level
	secret := false // the next value is
	last := ""      // the last string
	s := j.s
	for i := 0; i < len(s); {
		switch c := s[i]; c {
		case ' ', '\t', '\n', '\r':
			i++
		case ':': // what stood before is a name, even where a comma is missing
			secret = len(stack) > 0 && stack[len(stack)-1].secret || j.m.Name(last)
			i++
		case ',':
			if n := len(stack); n > 0 {
				stack[n-1].name = stack[n-1].object
				secret = stack[n-1].secret
			}
			i++
		case '{', '[':
			if len(stack) >= 512 {
				j.hide(i, len(s), s[i:])
				return
			}
			stack = append(stack, level{object: c == '{', name: c == '{', secret: secret})
			i++
		case '}', ']':
			if len(stack) > 0 {
				stack = stack[:len(stack)-1]
			}
			if n := len(stack); n > 0 {
				secret = stack[n-1].secret
			} else {
				secret = false
			}
			i++
		case '"':
			end, text, closed := jsonString(s, i)
			n := len(stack)
			switch {
			case n > 0 && stack[n-1].name:
				stack[n-1].name = false
				if t := j.m.Text(text); t != text { // a secret may be a key, too
					j.replace(i, end, t)
				}
			case secret && text != "":
				j.hide(i, end, text)
			default:
				if t := j.m.Text(text); t != text {
					j.replace(i, end, t)
				} else if !closed {
					j.write(end)
				}
			}
			last = text
			i = end
		default:
			end := i
			for end < len(s) && strings.IndexByte(" \t\n\r,:{}[]\"", s[end]) < 0 {
				end++
			}
			lit := s[i:end]
			switch {
			case !jsonLiteral(lit): // not JSON from here on
				j.write(i)
				rest := s[i:]
				if secret {
					j.hide(i, end, lit)
					rest = s[end:]
				}
				if len(stack) == 0 && i == 0 {
					j.at, j.changed = 0, false
					return
				}
				j.b.WriteString(j.m.Text(rest))
				j.at, j.changed = len(s), true
				return
			case secret && lit != "null":
				j.hide(i, end, lit)
			default:
				if t := j.m.Text(lit); t != lit { // a card number as a number
					j.replace(i, end, t)
				}
			}
			i = end
		}
	}
	if j.changed {
		j.write(len(s))
	}
}

// tail is for text that is not JSON, or has nothing to hide.
func (j *jsonMasker) tail(s string) string {
	if t := strings.TrimSpace(s); t == "" || t[0] == '{' || t[0] == '[' || t[0] == '"' {
		return s
	}
	return j.m.Text(s)
}

func (j *jsonMasker) write(to int) {
	j.b.WriteString(j.s[j.at:to])
	j.at = to
	j.changed = true
}

func (j *jsonMasker) hide(from, to int, value string) { j.replace(from, to, j.m.Hide(value)) }

func (j *jsonMasker) replace(from, to int, value string) {
	j.write(from)
	j.b.WriteString(quoteJSON(value))
	j.at = to
}

func quoteJSON(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			b.WriteString(`\u00`)
			b.WriteByte("0123456789abcdef"[r>>4])
			b.WriteByte("0123456789abcdef"[r&15])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// jsonString reads the string that opens at i: where it ends and what it says. An escape that is none stands for itself.
func jsonString(s string, i int) (end int, text string, closed bool) {
	end = i + 1
	escaped := false
	for end < len(s) && s[end] != '"' {
		if s[end] == '\\' {
			escaped = true
			end++
		}
		end++
	}
	if end >= len(s) {
		end, text = len(s), s[i+1:]
	} else {
		closed = true
		text = s[i+1 : end]
		end++
	}
	if !escaped {
		return end, text, closed
	}
	var b strings.Builder
	for k := 0; k < len(text); k++ {
		if text[k] != '\\' || k+1 == len(text) {
			b.WriteByte(text[k])
			continue
		}
		k++
		switch text[k] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'b', 'f':
			b.WriteByte(' ')
		case 'u':
			if k+4 < len(text) {
				if r, err := strconv.ParseUint(text[k+1:k+5], 16, 16); err == nil {
					if utf8.ValidRune(rune(r)) {
						b.WriteRune(rune(r))
					} else {
						b.WriteRune(utf8.RuneError)
					}
					k += 4
					continue
				}
			}
			b.WriteString(`\u`)
		default:
			b.WriteByte(text[k])
		}
	}
	return end, b.String(), closed
}

func jsonLiteral(s string) bool {
	switch s {
	case "true", "false", "null":
		return true
	case "":
		return false
	}
	return strings.Trim(s, "0123456789+-.eE") == ""
}
