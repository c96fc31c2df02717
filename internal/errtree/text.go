package errtree

import (
	"fmt"
	"reflect"
	"runtime"

	"github.com/exceptional-go/exceptional/internal/hook"
)

// Text returns err.Error(), or a substitute: "<nil>" for a nil pointer, and the type with an explanation in parentheses if
// the method panics, or if it might never return because the tree is too large or has a cycle.
func Text(err error) string {
	if IsNil(err) {
		return "<nil>"
	}
	if !Ends(err) {
		return reflect.TypeOf(err).String() + " (not printed: its error tree is endless or too large)"
	}
	text, _ := call(err, "Error", err.Error)
	return text
}

// call calls method, which is a method of v with this name, and describes its panic if it panics.
func call(v any, name string, method func() string) (text string, panicked bool) {
	defer func() {
		if r := recover(); r != nil {
			text, panicked = reflect.TypeOf(v).String()+" ("+name+" panicked: "+panicText(r)+")", true
		}
	}()
	return method(), false
}

// Contain returns err if its Error method can be called safely, and otherwise an error with the text that [Text] has for
// it. It makes an error fit for code that calls Error, as fmt.Errorf does. An error whose tree is endless is not wrapped:
// errors.Is would never return.
func Contain(err error) error {
	if err == nil {
		return nil
	}
	if !IsNil(err) && !Ends(err) {
		return &contained{text: Text(err)}
	}
	if _, panicked := call(err, "Error", func() string { return err.Error() }); panicked {
		return &contained{Text(err), err}
	}
	return err
}

type contained struct {
	text string
	err  error
}

func (c *contained) Error() string { return c.text }
func (c *contained) Unwrap() error { return c.err }

// panicText describes a panic value without calling its methods: the text of a string, of a number and of the runtime's own
// errors, and otherwise the type.
func panicText(v any) string {
	switch x := v.(type) {
	case nil:
		return "nil"
	case string:
		return x
	case runtime.Error:
		if text := recovering(x.Error); text != "" {
			return text
		}
	}
	t := reflect.TypeOf(v)
	if scalar(t.Kind()) && t.NumMethod() == 0 {
		return fmt.Sprint(v)
	}
	// An error may panic with itself, so its Error method is not an option.
	return "a value of type " + t.String()
}

// Print is fmt.Sprint for a value that is not trusted. An error is printed by [Text]; a value that would be printed without
// end, or whose String method panics, is named by its type.
func Print(v any) string {
	switch x := v.(type) {
	case error:
		return Text(x)
	case fmt.Formatter:
	case fmt.Stringer: // called here: fmt prints the value of a panic, which may be endless as well
		if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && p.IsNil() {
			return "<nil>"
		}
		text, _ := call(v, "String", x.String)
		return text
	}
	if !Ends(v) {
		return reflect.TypeOf(v).String() + " (not printed: it is endless or too large)"
	}
	return fmt.Sprint(v)
}

// The bounds within which an Error method or fmt is expected to return. A stack overflow ends the process and cannot be
// recovered from. A map may hold itself, an error may wrap itself, and forty pairs on end have 2^40 paths.
const (
	printDepth = 256
	printNodes = 10_000
)

// Ends reports whether fmt.Sprint(v) and, for an error, its Error method should return. It knows what fmt prints by reflection
// and what the Error methods of wrappers call, which is nearly always that of what they wrap; other methods are trusted.
func Ends(v any) bool {
	nodes := printBudget(printNodes)
	return nodes.allowsValue(reflect.ValueOf(v), 0, true)
}

// printBudget is the number of values that may still be printed.
type printBudget int

// allowsError follows what err wraps, in case its Error method asks all of it, and the message that a framework's error prints.
func (p *printBudget) allowsError(err error, depth int) bool {
	if IsNil(err) {
		return true
	}
	if *p--; *p < 0 || depth > printDepth {
		return false
	}
	if f, ok := hook.Inspect(err); ok && f.Message != nil && !p.allowsValue(reflect.ValueOf(f.Message), depth+1, true) {
		return false
	}
	_, many, one := unwrap(err)
	for _, member := range many {
		if !p.allowsError(member, depth+1) {
			return false
		}
	}
	return p.allowsError(one, depth+1) && p.allowsError(internal(err, one, many), depth+1)
}

// allowsValue follows v as fmt does: through a pointer only at the top, and no further than a method that prints the value.
func (p *printBudget) allowsValue(v reflect.Value, depth int, top bool) bool {
	if *p--; *p < 0 || depth > printDepth {
		return false
	}
	if v.IsValid() && v.CanInterface() {
		switch x := v.Interface().(type) {
		case error: // also if it is a fmt.Formatter: most of those print the error's text
			return p.allowsError(x, depth+1)
		case fmt.Formatter, fmt.Stringer:
			return true
		}
	}
	switch v.Kind() {
	case reflect.Interface:
		return p.allowsValue(v.Elem(), depth+1, false)
	case reflect.Pointer:
		return !top || p.allowsValue(v.Elem(), depth+1, false)
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if !p.allowsValue(entries.Key(), depth+1, false) || !p.allowsValue(entries.Value(), depth+1, false) {
				return false
			}
		}
	case reflect.Slice, reflect.Array:
		if scalar(v.Type().Elem().Kind()) {
			return true
		}
		for i := range v.Len() {
			if !p.allowsValue(v.Index(i), depth+1, false) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !p.allowsValue(v.Field(i), depth+1, false) {
				return false
			}
		}
	}
	return true
}

// scalar reports whether a value of this kind is printed as one word.
func scalar(k reflect.Kind) bool { return k <= reflect.Complex128 || k == reflect.String }
