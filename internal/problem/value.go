package problem

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
)

// The bounds of one member's value.
const (
	maxValue = 64 << 10 // bytes of JSON
	maxDepth = 64       // levels of arrays and objects
)

// appendValue appends v as JSON. It reports false, with dst of no use, if that cannot be done within the bounds.
func appendValue(dst []byte, v any) (_ []byte, ok bool) {
	switch x := v.(type) {
	case nil:
		return append(dst, "null"...), true
	case bool:
		return strconv.AppendBool(dst, x), true
	case string:
		if len(x) > maxValue {
			return dst, false
		}
		n := len(dst)
		dst = appendString(dst, x)
		return dst, len(dst)-n <= maxValue
	case int:
		return strconv.AppendInt(dst, int64(x), 10), true
	case int64:
		return strconv.AppendInt(dst, x, 10), true
	}
	b, ok := marshal(v)
	return append(dst, b...), ok
}

// marshal is json.Marshal for values that nobody vouches for. The value is measured first: json.Marshal follows
// pointers for as long as they go, and overflowing the stack ends the process.
func marshal(v any) (b []byte, ok bool) {
	defer func() {
		if recover() != nil {
			b, ok = nil, false
		}
	}()
	m := measure{left: maxValue}
	if !m.fits(reflect.ValueOf(v), 0) {
		return nil, false
	}
	encode := json.Marshal
	if len(m.foreign) > 0 {
		encode = func(v any) ([]byte, error) { return encodeForeign(v, m.foreign) }
	}
	b, err := encode(v)
	if err != nil || len(b) > maxValue {
		return nil, false
	}
	if m.custom {
		// json.Marshal checks the syntax of what a MarshalJSON method wrote, not its bytes, depth or names.
		b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
		if len(b) > maxValue || !clean(b) {
			return nil, false
		}
	}
	return b, true
}

// measure adds up the least that a value takes as JSON.
type measure struct {
	left    int
	custom  bool           // part of the value writes itself
	foreign []reflect.Type // what does, by methods that nobody vouches for
}

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

func (m *measure) fits(v reflect.Value, depth int) bool {
	if m.left--; m.left < 0 || depth > 2*maxDepth { // a level of JSON may take a pointer and an interface besides
		return false
	}
	if !v.IsValid() {
		return true
	}
	t := v.Type()
	if t.Implements(jsonMarshaler) || t.Implements(textMarshaler) ||
		v.CanAddr() && (reflect.PointerTo(t).Implements(jsonMarshaler) || reflect.PointerTo(t).Implements(textMarshaler)) {
		m.writes(t)
		return m.inner(v, depth)
	}
	switch v.Kind() {
	case reflect.String:
		m.left -= v.Len()
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || m.fits(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			m.left -= v.Len()
			break
		}
		for i := range v.Len() {
			if !m.fits(v.Index(i), depth+1) {
				return false
			}
		}
	case reflect.Map:
		if t.Key().Kind() != reflect.String || t.Key().Implements(textMarshaler) {
			m.writes(t.Key()) // two keys may have one name
		}
		for it := v.MapRange(); it.Next(); {
			if it.Key().Kind() == reflect.String {
				m.left -= it.Key().Len()
			}
			if !m.fits(it.Value(), depth+1) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := t.Field(i)
			if !f.IsExported() && !f.Anonymous || f.Tag.Get("json") == "-" {
				continue
			}
			if !m.fits(v.Field(i), depth+1) {
				return false
			}
		}
	}
	return m.left >= 0
}

// Inner returns the extension members of a value that writes itself as a problem document, for one of them may hold that value.
// It is set once, by the init of the package that has such values.
var Inner func(v any) []Member

// inner measures what a problem document within a value would hold: encoding it comes back here, and if it is its own member it
// would come back for ever.
func (m *measure) inner(v reflect.Value, depth int) bool {
	if v.CanAddr() && v.Kind() != reflect.Pointer {
		v = v.Addr()
	}
	if Inner == nil || !v.CanInterface() {
		return true
	}
	foreign := m.foreign
	defer func() { m.foreign = foreign }() // the document within looks after its own members
	for _, member := range Inner(v.Interface()) {
		if !m.fits(reflect.ValueOf(member.Value), depth+1) {
			return false
		}
	}
	return m.left >= 0
}

// trusted are the packages whose methods return.
var trusted = map[string]bool{
	"": true, "time": true, "encoding/json": true, "math/big": true, "net": true, "net/netip": true, "net/url": true,
	"github.com/exceptional-go/exceptional/httperrors": true,
}

// writes notes that a value of type t writes itself.
func (m *measure) writes(t reflect.Type) {
	m.custom = true
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	noName := t.PkgPath() == "" && t.Kind() == reflect.Struct // its methods are those of what it embeds
	if (noName || !trusted[t.PkgPath()]) && !slices.Contains(m.foreign, t) {
		m.foreign = append(m.foreign, t)
	}
}

// clean reports whether b, a JSON value, keeps the bound on depth and names no member of an object twice.
func clean(b []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var names []map[string]bool // per open bracket; nil for an array
	isName := false
	for {
		t, err := dec.Token()
		if err != nil {
			return len(names) == 0
		}
		if s, ok := t.(string); ok && isName {
			if names[len(names)-1][s] {
				return false
			}
			names[len(names)-1][s] = true
			isName = false
			continue
		}
		switch t {
		case json.Delim('{'):
			names = append(names, map[string]bool{})
		case json.Delim('['):
			names = append(names, nil)
		case json.Delim('}'), json.Delim(']'):
			names = names[:len(names)-1]
		}
		if len(names) > maxDepth {
			return false
		}
		isName = len(names) > 0 && names[len(names)-1] != nil
	}
}
