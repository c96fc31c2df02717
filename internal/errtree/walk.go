// Package errtree looks into error trees that nobody vouches for.
//
// errors.Is and errors.As follow Unwrap for as long as it answers: a cycle hangs them, a method that panics goes
// through them, and comparing two errors of an uncomparable type panics. An error handler sees every error that an
// application and its dependencies can make, so here every look is bounded in depth and in nodes, remembers where it
// has been, and guards each method it calls. Only time is not bounded: a method that blocks blocks the caller.
package errtree

import (
	"errors"
	"reflect"

	"github.com/exceptional-go/exceptional/internal/hook"
)

// The bounds of a walk. Real trees have fewer than ten levels; the limits leave room for a batch of failed items and
// keep the worst case in the microseconds.
const (
	MaxDepth = 64  // levels below the root
	MaxNodes = 200 // nodes visited, the root included
)

// maxMembers bounds how many members of joins are looked at, nil ones included.
const maxMembers = 10_000

// Via is how a node hangs from its parent.
type Via uint8

// How a node is reached.
const (
	Root     Via = iota // the error that the walk began with
	Unwrap              // through Unwrap() error
	Join                // a member of Unwrap() []error
	Cause               // through Cause() error, of a type without an Unwrap method
	Internal            // what a framework's error carries beside Unwrap
)

// String returns the name of v in lower case.
func (v Via) String() string {
	switch v {
	case Root:
		return "root"
	case Unwrap:
		return "unwrap"
	case Join:
		return "join"
	case Cause:
		return "cause"
	case Internal:
		return "internal"
	}
	return "unknown"
}

// Node is one error in a tree.
type Node struct {
	Err    error // never nil, but it may hold a nil pointer
	Depth  int   // 0 for the root
	Parent int   // the parent's place in the order of visits, -1 for the root
	Branch int   // the place among the members of a join, counting nil ones; otherwise 0
	Via    Via
	// Seen says that an equal error has been visited before: a cycle, or a branch that two parents share. What is
	// below it is not visited a second time.
	Seen bool
}

// Walk visits err and what it wraps, parents before children and members of a join in their order, until visit
// returns false. It reports whether it left anything out because of the bounds. Nil pointers are visited, but not
// descended into; nil errors are not visited.
func Walk(err error, visit func(Node) bool) (truncated bool) {
	if err == nil {
		return false
	}
	var (
		seenBuf [16]error
		pendBuf [4]pending
		seen    = seenBuf[:0]
		pend    = pendBuf[:0]
		members = 0
		n       = Node{Err: err, Parent: -1}
	)
	for index := 0; ; index++ {
		if index == MaxNodes {
			return true
		}
		n.Seen, seen = met(seen, n.Err)
		if !visit(n) {
			return truncated
		}
		next, more := n, false
		if !n.Seen && !IsNil(n.Err) {
			many, via, one := unwrap(n.Err)
			in := internal(n.Err, one, many)
			switch {
			case one == nil && len(many) == 0 && in == nil:
			case n.Depth == MaxDepth:
				truncated = true
			default:
				if in != nil {
					pend = append(pend, pending{one: in, via: Internal, depth: n.Depth + 1, parent: index})
				}
				if len(many) > 0 {
					pend = append(pend, pending{many: many, via: Join, depth: n.Depth + 1, parent: index})
				}
				if one != nil {
					next = Node{Err: one, Depth: n.Depth + 1, Parent: index, Via: via}
					more = true
				}
			}
		}
		for !more && len(pend) > 0 {
			p := &pend[len(pend)-1]
			switch {
			case p.one != nil:
				next = Node{Err: p.one, Depth: p.depth, Parent: p.parent, Via: p.via}
				p.one, more = nil, true
			case p.at < len(p.many):
				if members++; members > maxMembers {
					return true
				}
				if e := p.many[p.at]; e != nil {
					next = Node{Err: e, Depth: p.depth, Parent: p.parent, Branch: p.at, Via: p.via}
					more = true
				}
				p.at++
			default:
				pend = pend[:len(pend)-1]
			}
		}
		if !more {
			return truncated
		}
		n = next
	}
}

// pending is what is left to visit below one node: a single error, or the members of a join.
type pending struct {
	one    error
	many   []error
	at     int
	depth  int
	parent int
	via    Via
}

// IsNil reports whether err is nil or holds a nil pointer. The nil map, slice or function of an error type is a
// value like any other: its methods need not look at it.
func IsNil(err error) bool {
	if err == nil {
		return true
	}
	if reflect.TypeOf(err).Kind() != reflect.Pointer {
		return false
	}
	return reflect.ValueOf(err).IsNil()
}

// met reports whether an error identical to err is in seen, and returns seen with err. Values that cannot be compared,
// or not within the bounds, are never identical; those of the walk alone end a cycle through them.
func met(seen []error, err error) (bool, []error) {
	if !Comparable(err) {
		return false, seen
	}
	for _, s := range seen {
		if s == err { // both are comparable, so this cannot panic
			return true, seen
		}
	}
	return false, append(seen, err)
}

// The bounds within which two errors are compared. A comparison follows the interfaces inside of values, each level one
// deeper in the stack: without a bound, an error type that is a struct with an error inside, nested a hundred thousand
// times, costs a walk 64 comparisons of that depth, or the process its stack. Pointers, which nearly all errors are,
// need none.
const (
	compareParts = 32   // values inside of one error, itself included
	compareSize  = 1024 // bytes of one type, since arrays are compared whole
)

// Comparable reports whether err == err is cheap and cannot panic. err is not nil. A struct type is comparable to the compiler although
// an interface in one of its fields may hold a slice: hence the look at the value.
func Comparable(err error) bool {
	switch t := reflect.TypeOf(err); {
	case t.Kind() == reflect.Pointer:
		return true
	case !t.Comparable():
		return false
	case t.Kind() != reflect.Struct && t.Kind() != reflect.Array:
		return true
	}
	parts := compareParts
	return comparableWithin(reflect.ValueOf(err), &parts)
}

// comparableWithin is reflect.Value.Comparable for as long as there are parts left. Its depth is bounded by them as well, but
// for the depth of a type, which the compiler has seen to its end.
func comparableWithin(v reflect.Value, parts *int) bool {
	if *parts--; *parts < 0 {
		return false
	}
	switch v.Kind() {
	case reflect.Interface:
		return v.IsNil() || comparableWithin(v.Elem(), parts)
	case reflect.Struct:
		if v.Type().Size() > compareSize {
			return false
		}
		for i := range v.NumField() {
			if !comparableWithin(v.Field(i), parts) {
				return false
			}
		}
		return true
	case reflect.Array:
		if v.Type().Size() > compareSize {
			return false
		}
		switch v.Type().Elem().Kind() {
		case reflect.Interface, reflect.Struct, reflect.Array:
			for i := range v.Len() {
				if !comparableWithin(v.Index(i), parts) {
					return false
				}
			}
			return true
		}
		return v.Type().Comparable()
	}
	return v.Type().Comparable()
}

// unwrap asks err for what it wraps. A method that panics has no answer.
func unwrap(err error) (many []error, via Via, one error) {
	switch x := err.(type) {
	case interface{ Unwrap() error }:
		return nil, Unwrap, guarded(x.Unwrap)
	case interface{ Unwrap() []error }:
		return guarded(x.Unwrap), Join, nil
	case interface{ Cause() error }:
		return nil, Cause, guarded(x.Cause)
	}
	return nil, Root, nil
}

// guarded calls f and returns its result, or the zero value if it panics.
func guarded[T any](f func() T) (t T) {
	defer func() { _ = recover() }()
	return f()
}

// internal returns the error that a framework's error carries and does not show to Unwrap, which gave one and many.
func internal(err, one error, many []error) (in error) {
	if hook.Inspect == nil {
		return nil
	}
	defer func() {
		if recover() != nil {
			in = nil
		}
	}()
	f, ok := hook.Inspect(err)
	if !ok || f.Internal == nil || one != nil && same(one, f.Internal) {
		return nil
	}
	for i, m := range many {
		if i == MaxNodes {
			break
		}
		if m != nil && same(m, f.Internal) {
			return nil
		}
	}
	return f.Internal
}

// same reports whether a and b are one error. Two uncomparable errors of one type count as one: here the question is
// whether an error was reached already, and visiting it twice would be the greater harm.
func same(a, b error) bool {
	if reflect.TypeOf(a) != reflect.TypeOf(b) {
		return false
	}
	if !Comparable(a) || !Comparable(b) {
		return true
	}
	return a == b
}

// IsJoin reports whether err is what errors.Join makes: several failures side by side. fmt.Errorf("%w: %w", …) is not, for all
// its two errors: it says one thing.
func IsJoin(err error) bool { return reflect.TypeOf(err) == joinType }

var joinType = reflect.TypeOf(errors.Join(errors.New("")))
