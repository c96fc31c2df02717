package problem

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AppendJSON appends d as a JSON object, without a newline at the end, and returns the extended buffer. Members whose values
// cannot be encoded, or take more than 64 KiB, are left out. Strings are escaped as encoding/json does, so that the document
// may stand in HTML.
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
		list, _ := json.Marshal(d.Errors) // plain strings can always be encoded
		o.dst = append(o.dst, list...)
	}
	return append(o.dst, '}')
}

// object writes the members of a JSON object whose brace is open.
type object struct {
	dst      []byte
	nonEmpty bool // a member has been written
}

func (o *object) key(name string) {
	if o.nonEmpty {
		o.dst = append(o.dst, ',')
	}
	o.nonEmpty = true
	o.dst = append(appendString(o.dst, name), ':')
}

func (o *object) string(name, value string) {
	if value != "" {
		o.key(name)
		o.dst = appendString(o.dst, value)
	}
}

// member writes a member whose value encoding/json encodes, or nothing if it cannot.
func (o *object) member(m Member) {
	before := *o
	o.key(m.Name)
	dst, ok := appendValue(o.dst, m.Value)
	if !ok {
		*o = before
		return
	}
	o.dst = dst
}

// appendString appends s as a JSON string, as json.Marshal writes it.
func appendString(dst []byte, s string) []byte {
	if !plain(s) {
		quoted, _ := json.Marshal(s) // a string can always be encoded
		return append(dst, quoted...)
	}
	return append(append(append(dst, '"'), s...), '"')
}

// plain reports whether s needs no escapes in JSON or in XML. Most strings need none, and then writing them allocates nothing.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || strings.IndexByte(`"\<>&`, c) >= 0 {
			return false
		}
	}
	return true
}
