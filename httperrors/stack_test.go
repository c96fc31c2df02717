package httperrors_test

import (
	"io"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
)

// makers are the ways to an error with a stack: constructors, with and without arguments to check, and methods that derive.
// Each returns the stack that the error should have as well; of its first counter only the function is the same.
var makers = map[string]func() (e *httperrors.Error, want []uintptr){
	"New":                     func() (*httperrors.Error, []uintptr) { return httperrors.New(404, "x"), here() },
	"Newf":                    func() (*httperrors.Error, []uintptr) { return httperrors.Newf(404, "%d", 1), here() },
	"a constructor":           func() (*httperrors.Error, []uintptr) { return httperrors.NotFound("x"), here() },
	"a required header":       func() (*httperrors.Error, []uintptr) { return httperrors.MethodNotAllowed("GET"), here() },
	"a redirect":              func() (*httperrors.Error, []uintptr) { return httperrors.Found("/a"), here() },
	"derived from a sentinel": func() (*httperrors.Error, []uintptr) { return httperrors.ErrNotFound.WithCause(io.EOF), here() },
	"derived from a package's variable": func() (*httperrors.Error, []uintptr) {
		return errPackage.WithMessage("x"), here()
	},
	"derived from a constructor's": func() (*httperrors.Error, []uintptr) {
		return httperrors.NotFound("x").WithCode("a").WithRetryAfter(0), here()
	},
	"hidden": func() (*httperrors.Error, []uintptr) {
		return httperrors.Hide(httperrors.ErrForbidden).(*httperrors.Error), here()
	},
}

// here returns the stack of its caller, 32 counters at most.
func here() []uintptr {
	pcs := make([]uintptr, 32)
	return pcs[:runtime.Callers(2, pcs)]
}

func function(pc uintptr) string {
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	return f.Function
}

// The stack begins with the code that made the error, at any depth, and has 32 counters at most.
func TestError_StackTrace(t *testing.T) {
	for how, f := range makers {
		check := func(where string, n int) {
			var e *httperrors.Error
			var want []uintptr
			at(n, func() { e, want = f() })
			got := e.StackTrace()
			if len(got) != len(want) || !slices.Equal(got[1:], want[1:]) || function(got[0]) != function(want[0]) {
				t.Errorf("%s, %s, %d deep: %d frames from %s; want %d from %s", how, where, n, len(got), function(got[0]), len(want), function(want[0]))
			}
		}
		for n := range 41 {
			check("in a test", n)
			var done sync.WaitGroup
			done.Go(func() { check("on a goroutine", n) })
			done.Wait()
		}
	}
}

// An error that is made or derived when a package is initialised has no stack.
func TestError_StackTrace_packageLevel(t *testing.T) {
	for _, e := range []*httperrors.Error{errPackage, errDerived, httperrors.ErrNotFound} {
		if e.StackTrace() != nil {
			t.Errorf("%v has a stack", e)
		}
	}
}
