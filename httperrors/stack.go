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
//
// It is withStack for what happens all the time: a handler not far from the framework. Most of what that costs is
// runtime.Callers, and of that, looking up where each frame and each function that was inlined into it begins, for which the
// runtime remembers no more than sixteen places. So this unwinds nothing that it need not, straight into the error, and nothing
// is inlined here, runtime.Callers and loops of package slices included, nor are the constructors inlined into their callers:
// that makes an error a third cheaper.
//
//go:noinline
func build(status int, message string) *Error {
	if limit := atomic.LoadInt32(&reach); limit <= 8 && hook.Entry != 0 {
		s := new(stacked8)
		n := callers(3, s.pcs[:limit])
		for i := 0; i < n; i++ {
			if s.pcs[i] == hook.Entry {
				s.status, s.message, s.stack = status, message, s.pcs[:i+1:i+1]
				return &s.Error
			}
		}
	}
	return withStack(Error{status: status, message: message})
}

// callers is not inlined, being called by way of a variable.
var callers = runtime.Callers

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
		limit = int(atomic.LoadInt32(&reach))
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
var reach int32 = 2

func extend(n int) {
	for {
		old := atomic.LoadInt32(&reach)
		if int32(n) <= old || atomic.CompareAndSwapInt32(&reach, old, int32(n)) {
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
