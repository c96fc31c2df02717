package errtree

import (
	"fmt"
	"reflect"

	"github.com/exceptional-go/exceptional/internal/hook"
)

// The bounds within which a framework's message is given to fmt. A map that holds itself, or an error that is its own
// message, has no end, and overflowing the stack ends the process.
const (
	messageDepth  = 64
	messageNodes  = 10_000
	messageErrors = 8 // messages that are errors that have messages
)

// endlessMessage reports whether the Error method of err, which is the framework's, would print a message without end.
func endlessMessage(err error, depth int) bool {
	if hook.Inspect == nil || IsNil(err) {
		return false
	}
	f, ok := hook.Inspect(err)
	if !ok || f.Message == nil {
		return false
	}
	if _, ok := f.Message.(string); ok {
		return false
	}
	if depth >= messageErrors {
		return true
	}
	nodes := 0
	return !ends(reflect.ValueOf(f.Message), 0, depth, &nodes)
}

// ends reports whether fmt gets to the end of v, within the bounds. It follows what fmt follows: a pointer only where it
// stands at the top, and no further than a method that prints the value.
func ends(v reflect.Value, level, depth int, nodes *int) bool {
	if *nodes++; level > messageDepth || *nodes > messageNodes {
		return false
	}
	if v.IsValid() && v.CanInterface() {
		switch m := v.Interface().(type) {
		case fmt.Formatter:
			return true
		case error:
			return printableWithin(m, depth+1)
		case fmt.Stringer:
			return true
		}
	}
	switch v.Kind() {
	case reflect.Interface:
		return v.IsNil() || ends(v.Elem(), level+1, depth, nodes)
	case reflect.Pointer:
		return level > 0 || v.IsNil() || ends(v.Elem(), level+1, depth, nodes)
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if !ends(it.Key(), level+1, depth, nodes) || !ends(it.Value(), level+1, depth, nodes) {
				return false
			}
		}
	case reflect.Slice, reflect.Array:
		switch v.Type().Elem().Kind() {
		case reflect.Interface, reflect.Map, reflect.Slice, reflect.Array, reflect.Struct, reflect.Pointer:
		default:
			return true
		}
		for i := range v.Len() {
			if !ends(v.Index(i), level+1, depth, nodes) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !ends(v.Field(i), level+1, depth, nodes) {
				return false
			}
		}
	}
	return true
}
