package httperrors

import (
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/exceptional-go/exceptional/internal/hook"
)

// depth is how many program counters an error remembers.
const depth = 32

// An Error has its stack behind it, so that the two are one allocation; in one of three sizes, because clearing and collecting
// what is allocated costs more than copying the counters. Most handlers are few frames away from the framework.
type (
	stacked8 struct {
		Error
		pcs [8]uintptr
	}
	stacked16 struct {
		Error
		pcs [16]uintptr
	}
	stacked32 struct {
		Error
		pcs [depth]uintptr
	}
)

// build makes an error for a constructor, whose caller is the first in its stack.
func build(status int, message string) *Error {
	return withStack(Error{status: status, message: message})
}

// withStack returns e with a stack. It must be called by a function that an exported function called: the caller of the latter
// is the first in the stack, and the last is the framework's call of a handler, if there is one.
//
// What is below that is the server's, the same for every request; and each frame that is unwound costs as much as all else
// that an error is made of. runtime.Callers cannot be told to stop at a function. It can be told how many frames to unwind,
// which is as many as the deepest handler has needed so far.
func withStack(e Error) *Error {
	var pcs [depth]uintptr
	limit := depth
	if hook.Entry != 0 {
		limit = int(reach.Load())
	}
	n := runtime.Callers(4, pcs[:limit])
	last := slices.Index(pcs[:n], hook.Entry)
	if last < 0 && n == limit && limit < depth {
		n = runtime.Callers(4, pcs[:])
		if last = slices.Index(pcs[:n], hook.Entry); last >= 0 {
			extend(last + 1)
		}
	}
	if last >= 0 {
		n = last + 1
	}
	switch {
	case n < depth && n > 1 && pcs[n-2] == initPC:
		c := e // the stack of a package-level variable is the same for all of them and tells nothing
		return &c
	case n <= 8:
		s := &stacked8{Error: e}
		s.stack = s.pcs[:copy(s.pcs[:], pcs[:n]):n]
		return &s.Error
	case n <= 16:
		s := &stacked16{Error: e}
		s.stack = s.pcs[:copy(s.pcs[:], pcs[:n]):n]
		return &s.Error
	}
	s := &stacked32{Error: e, pcs: pcs}
	s.stack = s.pcs[:n:n]
	return &s.Error
}

// reach is how many frames it takes from a constructor's caller to the framework's call of a handler, at most, as far as has
// been seen. It only grows.
var reach = func() (n atomic.Int32) { n.Store(2); return }()

func extend(n int) {
	for {
		old := reach.Load()
		if int32(n) <= old || reach.CompareAndSwap(old, int32(n)) {
			return
		}
	}
}

// initPC is where runtime.main calls the initialisation of packages: the second frame from the bottom of every stack
// of a package-level variable, this one included, and of no other.
var initPC = func() uintptr {
	var pcs [depth]uintptr
	n := runtime.Callers(0, pcs[:])
	if n < 2 || n == depth {
		return 0
	}
	return pcs[n-2]
}()
