package request

import (
	"net/http"
	"reflect"
	"slices"
	"sync"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// handled remembers the failures of a request that have been answered, or left to Next.
//
// A failure comes back in other errors: middleware wraps it on its way out, and an adapter around the error handler may make an
// error of its own for each call. Two errors are the same failure if one contains the other, or if both lead to the same cause.
type handled struct {
	mu    sync.Mutex // protects the other fields; a detached State uses them from another goroutine
	known []known

	// Room for one failure of a few errors, which is all that most requests have.
	few   [3]known
	first Answer
}

// known is one node of the error tree of a failure that has been handled.
type known struct {
	err    error
	whole  bool // the root of the tree
	answer *Answer
}

// An Answer is how a failure was answered. The zero Answer is that of one that is being answered, or was left to Next.
type Answer struct {
	Status    int
	Reference string // under which it was logged and reported, or ""
	By        any    // the responder that answered

	timeout http.ResponseWriter // the writer of an http.TimeoutHandler that it went through, or nil
}

// maxKnown bounds what one request remembers. A stream that reports an error in every round would fill the memory.
const maxKnown = 64

// add remembers err. The answer that it returns is filled in by set.
func (h *handled) add(err error) *Answer {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := &h.first
	if h.known == nil {
		h.known = h.few[:0]
	} else {
		a = new(Answer)
	}
	errtree.Walk(err, func(n errtree.Node) bool {
		if i := h.index(n.Err); i >= 0 {
			h.known[i].whole, h.known[i].answer = h.known[i].whole || n.Parent < 0, a
		} else if len(h.known) < maxKnown {
			h.known = append(h.known, known{n.Err, n.Parent < 0, a})
		}
		return true
	})
	return a
}

// set fills in an answer that add returned.
func (h *handled) set(a *Answer, value Answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	*a = value
}

// forget is the opposite of add.
func (h *handled) forget(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	errtree.Walk(err, func(n errtree.Node) bool {
		if i := h.index(n.Err); i >= 0 {
			h.known = slices.Delete(h.known, i, i+1)
		}
		return true
	})
}

func (h *handled) index(err error) int {
	return slices.IndexFunc(h.known, func(k known) bool { return identical(k.err, err) })
}

// How much of an error is known.
const (
	unknown    = iota
	sharedPart // it leads to a cause of a handled failure
	wholeError // it contains a handled failure
)

// knows reports whether err has been handled.
func (h *handled) knows(err error) bool {
	_, handled := h.find(err)
	return handled
}

// find reports whether err has been handled, and how. An error that was joined to a handled one, such as that of a rollback,
// makes another failure of it.
func (h *handled) find(err error) (a Answer, found bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.known) == 0 {
		return Answer{}, false
	}
	type node struct {
		errtree.Node
		children, unknown int
		most              int // what is known of the child of which most is known
	}
	var nodes []node
	errtree.Walk(err, func(n errtree.Node) bool {
		nodes = append(nodes, node{Node: n})
		return true
	})
	for i := len(nodes) - 1; i >= 0; i-- { // children before their parents
		n, level := &nodes[i], unknown
		if at := h.index(n.Err); at >= 0 {
			a, level = *h.known[at].answer, sharedPart
			if h.known[at].whole {
				level = wholeError
			}
		} else if n.children > 0 && n.unknown == 0 || n.most == wholeError && !errtree.IsJoin(n.Err) {
			level = n.most // fmt.Errorf("%w: %w", errKind, err) says one thing, for all its two errors
		}
		if i == 0 {
			return a, level > unknown
		}
		parent := &nodes[n.Parent]
		parent.children++
		parent.most = max(parent.most, level)
		if level == unknown {
			parent.unknown++
		}
	}
	return Answer{}, false
}

// identical reports whether a and b are the same error. It never compares two values of a type that cannot be compared, which
// would panic: validator.ValidationErrors is a slice.
func identical(a, b error) bool {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	if va.Type() != vb.Type() {
		return false
	}
	if errtree.Comparable(a) && errtree.Comparable(b) {
		return a == b
	}
	switch va.Kind() {
	case reflect.Slice:
		return va.Len() == vb.Len() && va.UnsafePointer() == vb.UnsafePointer()
	case reflect.Map, reflect.Func:
		return va.UnsafePointer() == vb.UnsafePointer()
	}
	// A struct with a slice in it. Two failures of one request with the same type and text are one failure.
	return errtree.Text(a) == errtree.Text(b)
}
