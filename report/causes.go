package report

import (
	"reflect"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/stack"
)

// A Cause is one error in the tree of a failure's error.
type Cause struct {
	Err  error  // not nil, but it may hold a nil pointer; its methods may panic or never return; see Text
	Type string // "*fs.PathError"

	// Parent is the index of the cause that wraps this one, and -1 for the first. Via says how: by "unwrap", as member
	// number Branch of a "join", by the method "cause" of older packages, or as the "internal" error of an echo.HTTPError.
	Parent int
	Via    string
	Branch int

	// Panic says that Err is a recovered panic, and PanicValue is what was passed to panic.
	Panic      bool
	PanicValue any
}

// Text returns the text of err, or a remark if its Error method panics. It is neither masked nor bounded; see [Mask].
func Text(err error) string {
	if err == nil {
		return ""
	}
	return errtree.Text(err)
}

// Causes lists err and the errors that it wraps, parents before children, each error once. It is bounded in depth and in
// number, ends for errors that wrap themselves, and survives methods that panic. It returns nil for a nil error.
func Causes(err error) []Cause {
	var causes []Cause
	var indexes []int // into causes, of the nodes in the order of the walk
	errtree.Walk(err, func(n errtree.Node) bool {
		if n.Seen {
			indexes = append(indexes, -1) // has no children
			return true
		}
		indexes = append(indexes, len(causes))
		c := Cause{Err: n.Err, Type: reflect.TypeOf(n.Err).String(), Parent: -1, Branch: n.Branch}
		if n.Parent >= 0 {
			c.Parent, c.Via = indexes[n.Parent], n.Via.String()
		}
		if p, ok := n.Err.(*stack.Panic); ok && p != nil {
			c.Panic, c.PanicValue = true, p.Value
		}
		causes = append(causes, c)
		return true
	})
	return causes
}
