package httperrors_test

import (
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/hook"
)

// serve stands for the framework that calls a handler.
//
//go:noinline
func serve(handler func()) {
	handler()
	runtime.KeepAlive(handler) // no tail call, no other place to return to
}

// enter makes serve the framework, until the test ends.
func enter(t *testing.T) {
	t.Helper()
	serve(func() {
		var pcs [1]uintptr
		runtime.Callers(2, pcs[:])
		hook.Entry = pcs[0]
	})
	httperrors.ForgetReach()
	t.Cleanup(func() { hook.Entry = 0; httperrors.ForgetReach() })
	if f := runtime.FuncForPC(hook.Entry - 1).Name(); !strings.HasSuffix(f, ".serve") {
		t.Fatalf("the framework is %s", f)
	}
}

// makers are the ways to an error with a stack: constructors, with and without arguments to check, and those that derive. Each
// returns the stack that it should have, but for its first counter, which is one of the same function.
var makers = map[string]func() (e *httperrors.Error, want []uintptr){
	"New":                     func() (*httperrors.Error, []uintptr) { return httperrors.New(404, "x"), here() },
	"Newf":                    func() (*httperrors.Error, []uintptr) { return httperrors.Newf(404, "%d", 1), here() },
	"a constructor":           func() (*httperrors.Error, []uintptr) { return httperrors.NotFound("x"), here() },
	"a required header":       func() (*httperrors.Error, []uintptr) { return httperrors.MethodNotAllowed("GET"), here() },
	"a redirect":              func() (*httperrors.Error, []uintptr) { return httperrors.Found("/a"), here() },
	"derived from a sentinel": func() (*httperrors.Error, []uintptr) { return httperrors.ErrNotFound.WithCause(io.EOF), here() },
	"derived from a constructor's": func() (*httperrors.Error, []uintptr) {
		return httperrors.NotFound("x").WithCode("a").WithRetryAfter(0), here()
	},
	"hidden": func() (*httperrors.Error, []uintptr) {
		return httperrors.Hide(httperrors.ErrForbidden).(*httperrors.Error), here()
	},
}

// here returns the stack of its caller, up to the framework, 32 counters at most.
//
//go:noinline
func here() []uintptr {
	pcs := make([]uintptr, 100)
	pcs = pcs[:runtime.Callers(2, pcs)]
	if i := slices.Index(pcs, hook.Entry); i >= 0 {
		pcs = pcs[:i+1]
	}
	return pcs[:min(len(pcs), 32)]
}

func function(pc uintptr) string {
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	return f.Function
}

// complete reports what is wrong with the stack of an error that was made n frames away from where f was called.
func complete(t *testing.T, how string, n int, f func() (*httperrors.Error, []uintptr)) {
	var e *httperrors.Error
	var want []uintptr
	at(n, func() { e, want = f() })
	got := e.StackTrace()
	if len(got) != len(want) || !slices.Equal(got[1:], want[1:]) || function(got[0]) != function(want[0]) {
		t.Errorf("%s, %d deep: %d frames from %s to %s; want %d to %s", how, n, len(got), function(got[0]), function(got[len(got)-1]), len(want), function(want[len(want)-1]))
	}
}

// Whatever was made before, and however deep: the stack has every frame up to the framework's call of the handler.
func TestError_StackTrace_depths(t *testing.T) {
	const deepest = 40
	up := make([]int, deepest+1)
	for i := range up {
		up[i] = i
	}
	down := slices.Clone(up)
	slices.Reverse(down)
	orders := map[string][]int{"ever deeper": append(up, up...), "ever less deep": append(down, up...)}
	for i := range 10 {
		order := slices.Concat(up, up)
		rand.New(rand.NewPCG(1, uint64(i))).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		orders["mixed "+string(rune('0'+i))] = order
	}
	enter(t)
	for how, f := range makers {
		for order, depths := range orders {
			httperrors.ForgetReach()
			for _, n := range depths {
				serve(func() { complete(t, how+", "+order, n, f) })
			}
		}
	}
}

// A goroutine that a handler starts, and an error made outside of any handler, have no framework on the stack.
func TestError_StackTrace_elsewhere(t *testing.T) {
	enter(t)
	for how, f := range makers {
		for _, first := range []int{0, 5, 20, 40} { // how deep handlers have been so far
			httperrors.ForgetReach()
			serve(func() { complete(t, how, first, f) })
			for n := range 41 {
				complete(t, how+", outside", n, f)
				var done sync.WaitGroup
				serve(func() { done.Go(func() { complete(t, how+", on a goroutine", n, f) }) })
				done.Wait()
			}
		}
	}
}

// An application within an application: the stack ends at the inner one, of which the handler is one.
func TestError_StackTrace_nested(t *testing.T) {
	enter(t)
	for how, f := range makers {
		httperrors.ForgetReach()
		for _, outer := range []int{0, 3, 12, 40} {
			for _, inner := range []int{0, 12, 2, 40, 7} {
				serve(func() { at(outer, func() { serve(func() { complete(t, how, inner, f) }) }) })
				serve(func() { complete(t, how+", after", outer, f) })
			}
		}
	}
}

// Many handlers at once, each the deepest so far now and then.
func TestError_StackTrace_concurrently(t *testing.T) {
	enter(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(2, uint64(i)))
			for range 50 {
				if r.IntN(10) == 0 {
					httperrors.ForgetReach()
				}
				for how, f := range makers {
					serve(func() { complete(t, how, r.IntN(41), f) })
				}
			}
		})
	}
	all.Wait()
}

// What is made or derived when a package is initialised has no stack, and what a handler makes of it has its own.
func TestError_StackTrace_packageLevel(t *testing.T) {
	enter(t)
	for _, e := range []*httperrors.Error{errPackage, errDerived, httperrors.ErrNotFound} {
		if e.StackTrace() != nil {
			t.Errorf("%v has a stack", e)
		}
		serve(func() {
			complete(t, "derived", 3, func() (*httperrors.Error, []uintptr) { return e.WithMessage("x"), here() })
		})
	}
}
