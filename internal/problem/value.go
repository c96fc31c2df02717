package problem

import (
	"bytes"
	"encoding"
	"encoding/json"
	"iter"
	"reflect"
	"strconv"
)

// The bounds of one member's value.
const (
	maxValue = 64 << 10 // bytes of JSON
	maxDepth = 64       // levels of arrays and objects
)

// appendValue appends v as JSON. It reports false, with dst of no use, if that cannot be done within the bounds. The most
// frequent types do not need reflection.
func appendValue(dst []byte, v any) (_ []byte, ok bool) {
	switch x := v.(type) {
	case nil:
		return append(dst, "null"...), true
	case bool:
		return strconv.AppendBool(dst, x), true
	case int:
		return strconv.AppendInt(dst, int64(x), 10), true
	case string:
		if len(x) > maxValue {
			return dst, false
		}
		before := len(dst)
		dst = appendString(dst, x)
		return dst, len(dst)-before <= maxValue
	}
	b, ok := marshal(v)
	return append(dst, b...), ok
}

// marshal is json.Marshal for values that are not trusted. They are measured first: json.Marshal follows pointers and calls
// MarshalJSON methods for as long as they go on, and a stack overflow ends the process.
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
	b, err := json.Marshal(v)
	if err != nil || len(b) > maxValue {
		return nil, false
	}
	if m.custom {
		// json.Marshal checks the syntax of the output of a MarshalJSON method, but not its bytes, depth or names.
		b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
		if len(b) > maxValue || !unambiguous(b) {
			return nil, false
		}
	}
	return b, true
}

// measure adds up the least number of bytes that a value takes as JSON.
type measure struct {
	left   int
	custom bool // a part of the value encodes itself
}

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// encodesItself reports whether encoding/json calls a method of v.
func encodesItself(v reflect.Value) bool {
	t := v.Type()
	if t.Implements(jsonMarshaler) || t.Implements(textMarshaler) {
		return true
	}
	p := reflect.PointerTo(t)
	return v.CanAddr() && (p.Implements(jsonMarshaler) || p.Implements(textMarshaler))
}

// fits reports whether v, at this depth, is within the bounds.
func (m *measure) fits(v reflect.Value, depth int) bool {
	if m.left--; m.left < 0 || depth > 2*maxDepth { // a level of JSON may take a pointer and an interface besides
		return false
	}
	if !v.IsValid() || (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil() {
		return true
	}
	if encodesItself(v) {
		m.custom = true
		return m.fitsExtensions(v, depth)
	}
	switch t := v.Type(); v.Kind() {
	case reflect.String:
		m.left -= v.Len()
	case reflect.Pointer, reflect.Interface:
		return m.fits(v.Elem(), depth+1)
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
		// Two keys that encode themselves, or are numbers, may have one name.
		m.custom = m.custom || t.Key().Kind() != reflect.String || t.Key().Implements(textMarshaler)
		for entries := v.MapRange(); entries.Next(); {
			if !m.fits(entries.Key(), depth+1) || !m.fits(entries.Value(), depth+1) {
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

// fitsExtensions measures the members of an error that encodes itself as a problem document: encoding it leads back to
// this package, and would do so for ever if it were a member of its own.
func (m *measure) fitsExtensions(v reflect.Value, depth int) bool {
	if v.CanAddr() && v.Kind() != reflect.Pointer {
		v = v.Addr()
	}
	if !v.CanInterface() {
		return true
	}
	if x, ok := v.Interface().(interface{ Extensions() iter.Seq2[string, any] }); ok {
		for _, value := range x.Extensions() {
			if !m.fits(reflect.ValueOf(value), depth+1) {
				return false
			}
		}
	}
	return m.left >= 0
}

// unambiguous reports whether b, a JSON value, keeps the bound on depth and names no member of an object twice.
func unambiguous(b []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var open []map[string]bool // the names so far, per open bracket; nil for an array
	isName := false
	for {
		t, err := dec.Token()
		if err != nil {
			return len(open) == 0
		}
		if s, ok := t.(string); ok && isName {
			names := open[len(open)-1]
			if names[s] {
				return false
			}
			names[s] = true
			isName = false
			continue
		}
		switch t {
		case json.Delim('{'):
			open = append(open, map[string]bool{})
		case json.Delim('['):
			open = append(open, nil)
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) > maxDepth {
			return false
		}
		isName = len(open) > 0 && open[len(open)-1] != nil
	}
}
