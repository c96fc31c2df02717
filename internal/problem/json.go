package problem

import (
	"strconv"
	"unicode/utf8"
)

// AppendJSON appends d as a JSON object, without a newline at the end, and returns the extended buffer. Members whose
// values cannot be encoded, or take more than 64 KiB, are left out. Strings are escaped as encoding/json does, so that
// the document may stand in HTML. Without extension members it allocates nothing but room in dst.
func AppendJSON(dst []byte, d *Document) []byte {
	o := object{dst: append(dst, '{')}
	o.string("type", d.Type)
	o.string("title", d.Title)
	if d.Status != 0 {
		o.key("status")
		o.dst = strconv.AppendInt(o.dst, int64(d.Status), 10)
	}
	o.string("detail", d.Detail)
	o.string("instance", d.Instance)
	for i, m := range d.Members {
		if d.writable(i) {
			o.member(m)
		}
	}
	if len(d.Errors) > 0 {
		o.key("errors")
		o.dst = append(o.dst, '[')
		for i := range d.Errors {
			if i > 0 {
				o.dst = append(o.dst, ',')
			}
			o.dst = appendFieldError(o.dst, &d.Errors[i])
		}
		o.dst = append(o.dst, ']')
	}
	return append(o.dst, '}')
}

func appendFieldError(dst []byte, e *FieldError) []byte {
	o := object{dst: append(dst, '{')}
	o.string("detail", e.Detail)
	o.string("pointer", e.Pointer)
	o.string("parameter", e.Parameter)
	o.string("header", e.Header)
	o.string("code", e.Code)
	return append(o.dst, '}')
}

// object writes the members of a JSON object whose brace is open.
type object struct {
	dst  []byte
	some bool // a member has been written
}

func (o *object) key(name string) {
	if o.some {
		o.dst = append(o.dst, ',')
	}
	o.some = true
	o.dst = append(appendString(o.dst, name), ':')
}

func (o *object) string(name, value string) {
	if value != "" {
		o.key(name)
		o.dst = appendString(o.dst, value)
	}
}

func (o *object) member(m Member) {
	n, some := len(o.dst), o.some
	o.key(m.Name)
	dst, ok := appendValue(o.dst, m.Value)
	if !ok {
		o.dst, o.some = o.dst[:n], some
		return
	}
	o.dst = dst
}

const hex = "0123456789abcdef"

// appendString appends s as a JSON string, byte for byte as json.Marshal writes it.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\b':
				dst = append(dst, '\\', 'b')
			case '\f':
				dst = append(dst, '\\', 'f')
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[start:i]...), `\ufffd`...)
			start = i + size
		case r == '\u2028' || r == '\u2029': // line ends in JavaScript, though not in JSON
			dst = append(append(dst, s[start:i]...), `\u202`...)
			dst = append(dst, hex[r&15])
			start = i + size
		}
		i += size
	}
	return append(append(dst, s[start:]...), '"')
}
