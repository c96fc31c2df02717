package request

import (
	"net/http"
	"reflect"
	"slices"
	"sync"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// A history remembers the failures of a request that have been answered, or left to Next.
//
// A failure comes back in other errors: middleware wraps it on its way out, and an adapter around the error handler may make an
// error of its own for each call. An error is the same failure as an earlier one if
//
//   - it contains that error, as fmt.Errorf("orders: %w", earlier) does, or is a part of it;
//   - or it leads to the same cause and has the same text. A cause alone does not make it the same: two queries of one request
//     may fail with the same sql.ErrConnDone.
//
// An error that was joined to a handled one, such as that of a rollback, makes another failure of it.
type history struct {
	mu     sync.Mutex // protects the other fields; a detached State uses them from another goroutine
	errors []knownError

	// Room for one failure of a few errors, so that most requests need no other memory.
	few   [3]knownError
	first failure
}

// knownError is one node of the error tree of a failure.
type knownError struct {
	err     error
	root    bool // err is the failure's own error, not a part of it
	failure *failure
}

type failure struct {
	err    error
	answer Answer
}

// An Answer is how a failure was answered. The zero Answer is that of one that is being answered, or was left to Next.
type Answer struct {
	Status    int
	Reference string // under which it was logged and reported, or ""
	By        any    // the responder that answered; nil: Next

	timeoutWriter http.ResponseWriter // of an http.TimeoutHandler that it went through, or nil
}

// maxErrors bounds what one request remembers. A stream that reports an error in every round would fill the memory.
const maxErrors = 64

// add remembers err. The caller fills in the failure's answer by set.
func (h *history) add(err error) *failure {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := &h.first
	if h.errors == nil {
		h.errors = h.few[:0]
	} else {
		f = new(failure)
	}
	*f = failure{err: err}
	errtree.Walk(err, func(n errtree.Node) bool {
		if i := h.index(n.Err); i >= 0 {
			h.errors[i].root, h.errors[i].failure = h.errors[i].root || n.Parent < 0, f
		} else if len(h.errors) < maxErrors {
			h.errors = append(h.errors, knownError{n.Err, n.Parent < 0, f})
		}
		return true
	})
	return f
}

func (h *history) set(f *failure, a Answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f.answer = a
}

// forget is the opposite of add.
func (h *history) forget(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	errtree.Walk(err, func(n errtree.Node) bool {
		if i := h.index(n.Err); i >= 0 {
			h.errors = slices.Delete(h.errors, i, i+1)
		}
		return true
	})
}

func (h *history) index(err error) int {
	return slices.IndexFunc(h.errors, func(k knownError) bool { return identical(k.err, err) })
}

// has reports whether err has been handled.
func (h *history) has(err error) bool {
	_, found := h.find(err)
	return found
}

// How much of an error tree is known.
const (
	nothing      = iota
	sharedCause  // it leads to a part of a handled failure
	wholeFailure // it contains the error of a handled failure
)

// find returns the answer to the failure that err belongs to, and whether there is one. After fmt.Errorf("a: %w", cause):
//
//	fmt.Errorf("again: %w", that error)     the same: it contains the failure
//	cause                                   the same: it is a part of the failure
//	fmt.Errorf("a: %w", cause), made anew   the same: the same cause and text
//	fmt.Errorf("b: %w", cause)              another failure
//	errors.Join(that error, rollback)       another failure: the rollback is news
//	errors.Join(that error, cause)          the same
func (h *history) find(err error) (Answer, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.errors) == 0 {
		return Answer{}, false
	}
	type node struct {
		errtree.Node
		children, unknown int
		best              int // how much is known of the child of which most is known
	}
	var nodes []node
	errtree.Walk(err, func(n errtree.Node) bool {
		nodes = append(nodes, node{Node: n})
		return true
	})
	var known *failure
	for i := len(nodes) - 1; i > 0; i-- { // children before their parents
		n, much := &nodes[i], nothing
		if at := h.index(n.Err); at >= 0 {
			known, much = h.errors[at].failure, sharedCause
			if h.errors[at].root {
				much = wholeFailure
			}
		} else if n.children > 0 && n.unknown == 0 || n.best == wholeFailure && !errtree.IsJoin(n.Err) {
			much = n.best // fmt.Errorf("%w: %w", errKind, err) describes one failure, for all its two errors
		}
		parent := &nodes[n.Parent]
		parent.children++
		parent.best = max(parent.best, much)
		if much == nothing {
			parent.unknown++
		}
	}
	root := &nodes[0]
	switch at := h.index(err); {
	case at >= 0:
		return h.errors[at].failure.answer, true
	case known == nil, root.unknown > 0 && (root.best < wholeFailure || errtree.IsJoin(err)):
		return Answer{}, false
	}
	return known.answer, root.best == wholeFailure || errtree.Text(err) == errtree.Text(known.err)
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
