package errtree

import (
	"errors"
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
	if !printable(err) {
		return reflect.TypeOf(err).String() + " (not printed: its error tree is endless or too large)"
	}
	text, _ := errorText(err)
	return text
}

// errorText calls the Error method of err, and describes its panic if it panics.
func errorText(err error) (text string, panicked bool) {
	defer func() {
		if v := recover(); v != nil {
			text, panicked = reflect.TypeOf(err).String()+" (Error panicked: "+Value(v)+")", true
		}
	}()
	return err.Error(), false
}

// Contain returns err if its Error method can be called safely, and otherwise an error with the text that [Text] has for
// it. It makes an error fit for code that calls Error, as fmt.Errorf does. An error whose tree is endless is not wrapped:
// errors.Is would never return.
func Contain(err error) error {
	if err == nil {
		return nil
	}
	if !IsNil(err) && !printable(err) {
		return &contained{text: Text(err)}
	}
	if _, panicked := errorText(err); panicked {
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

// Value describes a panic value without calling its methods: the text of a string, of a number and of the runtime's own
// errors, and otherwise the type.
func Value(v any) string {
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
func Print(v any) (text string) {
	switch v := v.(type) {
	case string:
		return v
	case error:
		return Text(v)
	case fmt.Formatter:
	case fmt.Stringer: // called here: fmt prints the value of a panic, which may be endless as well
		defer func() {
			if r := recover(); r == nil {
				return
			} else if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && p.IsNil() {
				text = "<nil>"
			} else {
				text = reflect.TypeOf(v).String() + " (String panicked: " + Value(r) + ")"
			}
		}()
		return v.String()
	}
	if !Ends(v) {
		return reflect.TypeOf(v).String() + " (not printed: it is endless or too large)"
	}
	return fmt.Sprint(v)
}

// The bounds within which an Error method or fmt is expected to return. A stack overflow ends the process and cannot be
// recovered from. A map may hold itself, an error may wrap itself, and forty pairs on end have 2^40 paths.
const (
	printDepth    = 256
	printWrappers = 1000 // lower than printNodes: their methods may come back here, each with a look at everything below
	printNodes    = 10_000
)

// printable reports whether err.Error() should return. Nearly all Error methods of wrappers call that of what they wrap.
func printable(err error) bool { return new(printBudget).allowsError(err, 0) }

// Ends reports whether fmt.Sprint(v) should return. It knows what fmt prints by reflection and what the Error methods of
// wrappers call; other methods are trusted.
func Ends(v any) bool {
	value, ok := v.(reflect.Value) // fmt prints the value that it holds
	if !ok {
		value = reflect.ValueOf(v)
	}
	return new(printBudget).allowsValue(value, 0, true)
}

// printBudget counts what would be printed, against the bounds above.
type printBudget struct{ nodes, wrappers int }

// The types of package fmt whose text is made in advance. Their Error methods call no other.
var (
	wrapType  = reflect.TypeOf(fmt.Errorf("%w", errors.ErrUnsupported))
	wrapsType = reflect.TypeOf(fmt.Errorf("%w %w", errors.ErrUnsupported, errors.ErrUnsupported))
)

// allowsError follows what err wraps, in case its Error method asks all of it, and the message that a framework's error prints.
func (p *printBudget) allowsError(err error, depth int) bool {
	if p.nodes++; p.nodes > printNodes || depth > printDepth {
		return false
	}
	if t := reflect.TypeOf(err); t == wrapType || t == wrapsType || IsNil(err) {
		return true
	}
	if f, ok := hook.Inspect(err); ok && f.Message != nil && !p.allowsValue(reflect.ValueOf(f.Message), depth+1, true) {
		return false
	}
	_, many, one := unwrap(err)
	inner := internal(err, one, many)
	if one == nil && len(many) == 0 && inner == nil {
		return true
	}
	if p.wrappers++; p.wrappers > printWrappers {
		return false
	}
	for _, member := range many {
		if !p.allowsError(member, depth+1) {
			return false
		}
	}
	return p.allowsError(one, depth+1) && p.allowsError(inner, depth+1)
}

// allowsValue follows v as fmt does: through a pointer only at the top, and no further than a method that prints the value.
func (p *printBudget) allowsValue(v reflect.Value, depth int, top bool) bool {
	if p.nodes++; p.nodes > printNodes || depth > printDepth {
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
