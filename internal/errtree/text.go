package errtree

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strconv"
)

// The bounds within which an Error method is trusted to end, and soon. Overflowing the stack ends the process and cannot
// be recovered, and nearly all Error methods of wrappers call that of what they wrap. The bound on wrappers is the lower
// one because their methods may come back here, each with a look at all below it.
const (
	printDepth    = 256
	printWrappers = 1000
	printNodes    = 10_000
)

// Text returns err.Error(), or what can be said instead: "<nil>" for a nil pointer, and a text in parentheses behind
// the type if the method panics, or if the tree is too large, or has a cycle, so that the method might never end.
func Text(err error) string {
	if IsNil(err) {
		return "<nil>"
	}
	if !printable(err) {
		return reflect.TypeOf(err).String() + " (not printed: its error tree is endless or too large)"
	}
	return text(err)
}

func text(err error) string {
	s, _ := attempt(err)
	return s
}

// attempt returns what err's Error method does, or what can be said of its panic.
func attempt(err error) (s string, panicked bool) {
	defer func() {
		if v := recover(); v != nil {
			s, panicked = reflect.TypeOf(err).String()+" (Error panicked: "+Value(v)+")", true
		}
	}()
	return err.Error(), false
}

// Contain returns err if its text can be had, and otherwise an error with the text that [Text] has for it, so that code which
// calls Error, as fmt.Errorf does, may be given it. One whose tree is endless or too large is not to be found in what is
// returned, either: errors.Is would look for its end.
func Contain(err error) error {
	switch {
	case err == nil:
		return nil
	case !IsNil(err) && !printable(err):
		return &contained{Text(err), nil}
	}
	if _, panics := attempt(err); panics {
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

// Value describes a panic value without trusting it: the text of strings, errors and plain values, otherwise the
// type alone.
func Value(v any) string {
	switch x := v.(type) {
	case nil:
		return "nil"
	case string:
		return x
	case runtime.Error:
		return guardedText(x)
	case bool:
		return strconv.FormatBool(x)
	}
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(rv.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.FormatUint(rv.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(rv.Float(), 'g', -1, 64)
	case reflect.String:
		return rv.String()
	}
	// An error that panicks with itself would bring us straight back here.
	return "a value of type " + reflect.TypeOf(v).String()
}

func guardedText(err error) (s string) {
	defer func() {
		if recover() != nil {
			s = reflect.TypeOf(err).String()
		}
	}()
	return err.Error()
}

// The types of the standard library that carry their text ready-made, whatever they wrap.
var (
	wrapType  = reflect.TypeOf(fmt.Errorf("%w", errors.ErrUnsupported))
	wrapsType = reflect.TypeOf(fmt.Errorf("%w %w", errors.ErrUnsupported, errors.ErrUnsupported))
)

// printable reports whether calling err.Error() should end. The common cases cost one walk at most.
func printable(err error) bool { return printableWithin(err, 0) }

// printableWithin is printable for an error that is the message of another, and so on, depth times.
func printableWithin(err error, depth int) bool {
	if t := reflect.TypeOf(err); t == wrapType || t == wrapsType {
		return true
	}
	suspect, endless := false, false
	truncated := Walk(err, func(n Node) bool {
		suspect, endless = n.Seen, endlessMessage(n.Err, depth)
		return !suspect && !endless
	})
	if endless {
		return false
	}
	if !suspect && !truncated {
		return true
	}
	// Something was met twice or left out. Count what an Error method that asks everything below it would call:
	// a cycle has no end, and forty diamonds on end have 2^40 paths.
	type frame struct {
		one  error
		many []error
		at   int
	}
	stack := []frame{{one: err}}
	for nodes, wrappers := 0, 0; len(stack) > 0; {
		f := &stack[len(stack)-1]
		e := f.one
		f.one = nil
		if e == nil {
			if f.at == len(f.many) {
				stack = stack[:len(stack)-1]
				continue
			}
			e = f.many[f.at]
			f.at++
		}
		if nodes++; nodes > printNodes || len(stack) > printDepth {
			return false
		}
		if IsNil(e) {
			continue
		}
		if t := reflect.TypeOf(e); t == wrapType || t == wrapsType {
			continue
		}
		if endlessMessage(e, depth) {
			return false
		}
		many, _, one := unwrap(e)
		if in := internal(e, one, many); in != nil {
			stack = append(stack, frame{one: in})
		}
		if one == nil && len(many) == 0 {
			continue
		}
		if wrappers++; wrappers > printWrappers {
			return false
		}
		stack = append(stack, frame{one: one, many: many})
	}
	return true
}
