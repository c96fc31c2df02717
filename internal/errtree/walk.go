// Package errtree looks into error trees without trusting them.
//
// errors.Is and errors.As follow Unwrap until it returns nil: a cycle hangs them, a method that panics stops them, and
// comparing two errors of an uncomparable type panics. An error handler sees every error that an application and its
// dependencies make, so every look is bounded in depth and in nodes, remembers what it has visited, and recovers from the
// methods it calls. Only time is not bounded: a method that blocks blocks the caller.
//
// [Walk] visits a tree; [Is] and [Find] are errors.Is and errors.As on top of it. [Text] and [Print] make texts of errors
// and of other values whose methods may panic or never return; [Contain] makes an error safe to pass on. Read walk.go,
// find.go, text.go.
package errtree

import (
	"errors"
	"reflect"

	"github.com/exceptional-go/exceptional/internal/hook"
)

// The bounds of a walk. Real trees have fewer than ten levels; the limits leave room for a batch of failed items and keep
// the worst case in the microseconds.
const (
	MaxDepth = 64  // levels below the root
	MaxNodes = 200 // nodes visited, the root included
)

// Via is how a node is reached from its parent.
type Via uint8

// The ways to reach a node.
const (
	Root     Via = iota // the error that the walk began with
	Unwrap              // through Unwrap() error
	Join                // a member of Unwrap() []error
	Cause               // through Cause() error, of a type without an Unwrap method
	Internal            // what a framework's error carries beside Unwrap
)

// String returns the name of v in lower case.
func (v Via) String() string {
	return [...]string{Root: "root", Unwrap: "unwrap", Join: "join", Cause: "cause", Internal: "internal"}[v]
}

// Node is one error in a tree.
type Node struct {
	Err    error // never nil, but it may hold a nil pointer
	Depth  int   // 0 for the root
	Parent int   // the parent's place in the order of visits, -1 for the root
	Branch int   // the place among the members of a join, counting nil ones; otherwise 0
	Via    Via
	// Seen says that an equal error has been visited before: a cycle, or a branch that two parents share. The errors
	// below it are not visited a second time.
	Seen bool
}

// Walk visits err and the errors it wraps, parents before children and members of a join in their order, until visit
// returns false. It reports whether the bounds made it leave anything out. Nil pointers are visited, but not descended
// into; nil errors are not visited.
func Walk(err error, visit func(Node) bool) (truncated bool) {
	if err == nil {
		return false
	}
	var w walker
	w.node(Node{Err: err, Parent: -1}, visit)
	return w.truncated
}

// walker is the state of one walk. The array keeps it on the stack.
type walker struct {
	seen      [MaxNodes]error // the comparable errors visited so far, as many as distinct
	distinct  int
	nodes     int
	truncated bool
}

// node visits n and the errors below it, and reports whether the walk is to continue.
func (w *walker) node(n Node, visit func(Node) bool) bool {
	if w.nodes == MaxNodes {
		w.truncated = true
		return false
	}
	index := w.nodes
	w.nodes++
	n.Seen = w.met(n.Err)
	if !visit(n) {
		return false
	}
	if n.Seen || IsNil(n.Err) {
		return true
	}
	via, many, one := unwrap(n.Err)
	inner := internal(n.Err, one, many)
	if one == nil && len(many) == 0 && inner == nil {
		return true
	}
	if n.Depth == MaxDepth {
		w.truncated = true
		return true
	}
	if one != nil && !w.node(Node{Err: one, Depth: n.Depth + 1, Parent: index, Via: via}, visit) {
		return false
	}
	for i, member := range many {
		if member != nil && !w.node(Node{Err: member, Depth: n.Depth + 1, Parent: index, Branch: i, Via: Join}, visit) {
			return false
		}
	}
	return inner == nil || w.node(Node{Err: inner, Depth: n.Depth + 1, Parent: index, Via: Internal}, visit)
}

// met reports whether an error equal to err has been visited, and remembers err. Errors that are not Comparable are equal to
// none; a cycle of them ends at the bounds of the walk.
func (w *walker) met(err error) bool {
	if !Comparable(err) {
		return false
	}
	for _, s := range w.seen[:w.distinct] {
		if s == err { // both are comparable, so this cannot panic
			return true
		}
	}
	w.seen[w.distinct] = err
	w.distinct++
	return false
}

// IsNil reports whether err is nil or holds a nil pointer. The nil map, slice or function of an error type is a value
// like any other: its methods need not look at it.
func IsNil(err error) bool {
	if err == nil {
		return true
	}
	v := reflect.ValueOf(err)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// Comparable reports whether err == err is cheap and cannot panic. err is not nil. To the compiler a struct is comparable
// although an interface in one of its fields may hold a slice, so the value is looked at: at 32 parts of it at most, because an
// error with another inside, nested a hundred thousand times, would cost the process its stack. Pointers, which nearly all
// errors are, need no such look.
func Comparable(err error) bool {
	if reflect.TypeOf(err).Kind() == reflect.Pointer {
		return true
	}
	parts := 32
	return boundedComparable(reflect.ValueOf(err), &parts)
}

// boundedComparable is reflect.Value.Comparable for as long as there are parts left.
func boundedComparable(v reflect.Value, parts *int) bool {
	if *parts--; *parts < 0 {
		return false
	}
	switch v.Kind() {
	case reflect.Interface:
		return v.IsNil() || boundedComparable(v.Elem(), parts)
	case reflect.Struct:
		for i := range v.NumField() {
			if !boundedComparable(v.Field(i), parts) {
				return false
			}
		}
		return true
	case reflect.Array:
		for i := range v.Len() {
			if !boundedComparable(v.Index(i), parts) {
				return false
			}
		}
		return true
	}
	return v.Comparable()
}

// unwrap asks err for what it wraps: one error or several.
func unwrap(err error) (via Via, many []error, one error) {
	switch x := err.(type) {
	case wrapped:
		return Join, recovering(x.WrappedErrors), nil
	case interface{ Unwrap() error }:
		return Unwrap, nil, recovering(x.Unwrap)
	case interface{ Unwrap() []error }:
		return Join, recovering(x.Unwrap), nil
	case interface{ Cause() error }:
		return Cause, nil, recovering(x.Cause)
	}
	return Root, nil, nil
}

// recovering calls f and returns its result, or the zero value if it panics.
func recovering[T any](f func() T) (t T) {
	defer func() { _ = recover() }()
	return f()
}

// internal returns the error that a framework's error carries, unless Unwrap has returned it as one or among many.
func internal(err, one error, many []error) error {
	f, ok := hook.Inspect(err)
	if !ok || f.Internal == nil || one != nil && same(one, f.Internal) {
		return nil
	}
	for _, m := range many[:min(len(many), MaxNodes)] {
		if m != nil && same(m, f.Internal) {
			return nil
		}
	}
	return f.Internal
}

// same reports whether a and b are one error. Two uncomparable errors of one type count as one: the question is whether an
// error was reached already, and visiting it twice would be the greater harm.
func same(a, b error) bool {
	if reflect.TypeOf(a) != reflect.TypeOf(b) {
		return false
	}
	return !Comparable(a) || !Comparable(b) || a == b
}

// IsJoin reports whether err is of the type that errors.Join returns, or a list of hashicorp/go-multierror: several failures side by side.
// fmt.Errorf("%w: %w", …) is not one: it describes a single failure.
func IsJoin(err error) bool {
	_, ok := err.(wrapped)
	return ok || reflect.TypeOf(err) == joinType
}

// wrapped is the list of hashicorp/go-multierror, whose Unwrap returns one error after the other.
type wrapped interface{ WrappedErrors() []error }

var joinType = reflect.TypeOf(errors.Join(errors.New("")))
