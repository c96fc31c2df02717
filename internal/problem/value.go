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
// MarshalJSON methods for as long as they go on, and a stack overflow ends the process. The output of a MarshalJSON method is
// checked afterwards, because json.Marshal checks its syntax alone.
func marshal(v any) (b []byte, ok bool) {
	defer func() {
		if recover() != nil {
			b, ok = nil, false
		}
	}()
	left := budget(maxValue)
	if !left.covers(reflect.ValueOf(v), 0) {
		return nil, false
	}
	b, err := json.Marshal(v)
	b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
	return b, err == nil && len(b) <= maxValue && unambiguous(b)
}

// A budget is a number of bytes of JSON.
type budget int

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

// covers takes the least number of bytes that v takes as JSON, and reports whether there are as many and v, at this depth, is
// not too deep.
func (b *budget) covers(v reflect.Value, depth int) bool {
	if *b--; *b < 0 || depth > 2*maxDepth { // a level of JSON may take a pointer and an interface besides
		return false
	}
	if !v.IsValid() || (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil() {
		return true
	}
	if encodesItself(v) {
		// To encode an error that is a problem document leads back to this package, and would do so for ever if the error
		// were a member of its own.
		if x, ok := v.Interface().(interface{ Extensions() iter.Seq2[string, any] }); ok {
			for _, value := range x.Extensions() {
				if !b.covers(reflect.ValueOf(value), depth+1) {
					return false
				}
			}
		}
		return true
	}
	switch t := v.Type(); v.Kind() {
	case reflect.String:
		*b -= budget(v.Len())
	case reflect.Pointer, reflect.Interface:
		return b.covers(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if !b.covers(v.Index(i), depth+1) {
				return false
			}
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if !b.covers(entries.Key(), depth+1) || !b.covers(entries.Value(), depth+1) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := t.Field(i)
			encoded := (f.IsExported() || f.Anonymous) && f.Tag.Get("json") != "-"
			if encoded && !b.covers(v.Field(i), depth+1) {
				return false
			}
		}
	}
	return *b >= 0
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
