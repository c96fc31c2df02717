package httperrors

import "runtime"

// depth is how many program counters an error remembers.
const depth = 32

// stacked is an Error with room for its stack, so that the two are one allocation.
type stacked struct {
	Error
	pcs [depth]uintptr
}

// build makes an error for a constructor, whose caller is the first in its stack.
func build(status int, message string) *Error {
	s := &stacked{Error: Error{status: status, message: message}}
	s.capture()
	return &s.Error
}

// capture must be called by a function that an exported function called: the caller of the latter is the first in the
// stack.
func (s *stacked) capture() {
	// It is tempting to take only the PCs' number and to allocate as many. The second allocation costs more than the
	// unused words.
	n := runtime.Callers(4, s.pcs[:])
	if n < depth && n > 1 && s.pcs[n-2] == initPC {
		return // the stack of a package-level variable is the same for all of them and tells nothing
	}
	s.stack = s.pcs[:n:n]
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
