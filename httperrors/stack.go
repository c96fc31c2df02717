package httperrors

import "runtime"

// depth is how many program counters an error remembers.
const depth = 32

// few is how many most stacks have: a handler, some middleware, net/http.
const few = 16

// An Error has its stack behind it, so that the two are one allocation; in one of two sizes, because clearing and collecting
// what is allocated costs more than copying the counters.
type (
	stacked struct {
		Error
		pcs [depth]uintptr
	}
	stackedFew struct {
		Error
		pcs [few]uintptr
	}
)

// build makes an error for a constructor, whose caller is the first in its stack.
func build(status int, message string) *Error {
	return withStack(Error{status: status, message: message})
}

// withStack returns e with a stack. It must be called by a function that an exported function called: the caller of the latter
// is the first in the stack.
func withStack(e Error) *Error {
	var pcs [depth]uintptr
	n := runtime.Callers(4, pcs[:])
	switch {
	case n < depth && n > 1 && pcs[n-2] == initPC:
		c := e // the stack of a package-level variable is the same for all of them and tells nothing
		return &c
	case n <= few:
		s := &stackedFew{Error: e}
		s.stack = s.pcs[:copy(s.pcs[:], pcs[:n]):n]
		return &s.Error
	}
	s := &stacked{Error: e, pcs: pcs}
	s.stack = s.pcs[:n:n]
	return &s.Error
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
