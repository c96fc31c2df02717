package errtree

import (
	"fmt"
	"reflect"

	"github.com/exceptional-go/exceptional/internal/hook"
)

// The bounds within which a value that is not ours is given to fmt: a framework's message, what was passed to panic, an
// extension member. A map that holds itself, or an error that is its own message, has no end, and overflowing the stack ends
// the process.
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
	return !endsWithin(f.Message, depth)
}

// Ends reports whether fmt.Sprint(v) should end, and soon. It vouches for what is printed by reflection and for the Error
// methods of wrappers; what other methods do nobody knows.
func Ends(v any) bool { return endsWithin(v, 0) }

func endsWithin(v any, depth int) bool {
	value, ok := v.(reflect.Value) // of which fmt prints what it holds
	if !ok {
		value = reflect.ValueOf(v)
	}
	nodes := 0
	return ends(value, 0, depth, &nodes)
}

// Print is fmt.Sprint for a value that nobody vouches for: an error is printed by [Text], and a value without an end, or with
// a String method that panics, by its type.
func Print(v any) (s string) {
	switch v := v.(type) {
	case string:
		return v
	case error:
		return Text(v)
	case fmt.Formatter:
	case fmt.Stringer: // called here, because fmt prints what the method panics with, which may have no end either
		defer func() {
			if r := recover(); r != nil {
				if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && p.IsNil() {
					s = "<nil>"
					return
				}
				s = reflect.TypeOf(v).String() + " (String panicked: " + Value(r) + ")"
			}
		}()
		return v.String()
	}
	if !Ends(v) {
		return reflect.TypeOf(v).String() + " (not printed: it is endless or too large)"
	}
	return fmt.Sprint(v)
}

// ends reports whether fmt gets to the end of v, within the bounds. It follows what fmt follows: a pointer only where it
// stands at the top, and no further than a method that prints the value.
func ends(v reflect.Value, level, depth int, nodes *int) bool {
	if *nodes++; level > messageDepth || *nodes > messageNodes {
		return false
	}
	if v.IsValid() && v.CanInterface() {
		switch m := v.Interface().(type) {
		case error: // also if it is a Formatter: what that prints is the error's text, in most cases
			return printableWithin(m, depth+1)
		case fmt.Formatter, fmt.Stringer:
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
