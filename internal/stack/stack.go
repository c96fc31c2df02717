// Package stack captures where a panic came from, as program counters that are cheap to take and are symbolised only when
// they are needed.
//
// [Recovered] and [Live] make a [Panic], the one from a deferred function that has recovered, the other from code that such a
// function calls; [Find] looks for a Panic in an error.
package stack

import (
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// The sizes of a capture. Most stacks fit into the first. A runaway recursion is hundreds of thousands of frames deep; its
// innermost frames are enough to recognise it.
const (
	usualDepth = 64
	maxDepth   = 4096
)

// A Panic is a recovered panic as an error. It is made by [Recovered] and [Live]. It is immutable, must not be copied, and
// is safe for concurrent use. Its stack is symbolised when it is first asked for: most panics are logged by their first
// line alone, and naming the functions takes ten times as long as the capture.
type Panic struct {
	// Value is the value that was passed to panic.
	Value any

	raw      []uintptr // the whole stack, the recovering code on top
	split    sync.Once // sets segments and hint
	segments [][]uintptr
	hint     string
}

// Error returns "panic: " and the value's text. A value whose methods panic, or that would be printed without end, such as a
// map that holds itself, is named by its type.
func (p *Panic) Error() string { return "panic: " + errtree.Print(p.Value) }

// Unwrap returns the value if it is an error, and nil otherwise.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Segments returns the parts of the stack, cut at every panic in flight, innermost first, without the runtime's frames.
// Usually there is one. If a deferred function panicked again there are several: the last begins where the first panic was
// raised, the first where it was raised again or replaced. The slices must not be changed.
func (p *Panic) Segments() [][]uintptr {
	if p == nil {
		return nil
	}
	p.split.Do(func() { p.segments, p.hint = segments(p.raw) })
	return p.segments
}

// Hint returns the runtime function that raised the panic, such as runtime.mapassign_faststr, and "" for a call of panic.
func (p *Panic) Hint() string {
	p.Segments()
	return p.hint
}

// StackTrace returns a copy of the last segment: the frames that raised the first panic.
func (p *Panic) StackTrace() []uintptr {
	parts := p.Segments()
	if len(parts) == 0 {
		return nil
	}
	return slices.Clone(parts[len(parts)-1])
}

// Recovered describes a panic with this value. It must be called by the deferred function that recovered it, or by a
// function that this one calls: later the frames no longer exist.
func Recovered(value any) *Panic {
	var buf [usualDepth]uintptr
	pcs := buf[:runtime.Callers(2, buf[:])]
	if len(pcs) == len(buf) {
		pcs = deepStack()
	}
	return &Panic{Value: value, raw: slices.Clone(pcs)}
}

// Live returns the panic whose deferred function is running further up the stack of the calling goroutine, and nil if there
// is none above the first frame for which stop is true. With it, an error handler that a recovering middleware calls from its
// deferred function finds the frames that panicked, although the middleware itself keeps only the value.
func Live(value any, stop func(runtime.Frame) bool) *Panic {
	var buf [usualDepth]uintptr
	pcs := buf[:runtime.Callers(2, buf[:])]
	if len(pcs) == len(buf) {
		pcs = deepStack()
	}
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if f.Function == raiser {
			return &Panic{Value: value, raw: slices.Clone(pcs)}
		}
		if !more || stop != nil && stop(f) {
			return nil
		}
	}
}

// deepStack captures the stack of its caller's caller, up to maxDepth frames.
func deepStack() []uintptr {
	pcs := make([]uintptr, maxDepth)
	return pcs[:runtime.Callers(3, pcs)]
}

// raiser is the runtime function that every panic passes through, and that runs the deferred functions.
const raiser = "runtime.gopanic"

// segments cuts a stack at every frame of raiser. The recovering code above the first one is dropped.
func segments(pcs []uintptr) (parts [][]uintptr, hint string) {
	start := -1 // where the current segment begins; -1 above the first panic
	inRuntime := false
	for i, pc := range pcs {
		switch name := function(pc); {
		case name == raiser:
			if start >= 0 && i > start {
				parts = append(parts, pcs[start:i:i])
			}
			start, inRuntime, hint = i+1, true, ""
		case start < 0:
		case inRuntime && isRuntime(name):
			if saysWhy(name) {
				hint = name
			}
			start = i + 1
		default:
			inRuntime = false
		}
	}
	if start < 0 {
		return nil, ""
	}
	last := pcs[start:]
	for len(last) > 0 && isBottom(function(last[len(last)-1])) {
		last = last[:len(last)-1]
	}
	if len(last) > 0 {
		parts = append(parts, slices.Clip(last))
	}
	return parts, hint
}

// function returns the name of the function at one program counter of a stack. Each counter that runtime.Callers returns
// stands for one frame, also that of an inlined call, so a stack can be cut anywhere.
func function(pc uintptr) string {
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	return f.Function
}

// isRuntime goes by the package: since Go 1.24 the functions of maps are in internal/runtime/maps.
func isRuntime(name string) bool {
	return strings.HasPrefix(name, "runtime.") || strings.HasPrefix(name, "internal/runtime/")
}

// isBottom reports whether a function is one of those on which every goroutine stands.
func isBottom(name string) bool { return name == "runtime.goexit" || name == "runtime.main" }

// saysWhy reports whether the name of a runtime function gives a reason for the panic.
func saysWhy(name string) bool {
	return name != "runtime.sigpanic" && name != "runtime.goPanicIndex" && !strings.HasPrefix(name, "runtime.panicBounds")
}

// Find returns the panic in err's tree, and nil if none is near its top. It looks at 16 wrapped errors, one below the other:
// panics are wrapped by middleware, not by the layers of an application, and the search must end for a chain that does not.
func Find(err error) (found *Panic) {
	defer func() {
		if recover() != nil { // an Unwrap method that panics
			found = nil
		}
	}()
	for range 16 {
		switch x := err.(type) {
		case *Panic:
			return x
		case interface{ Unwrap() error }:
			err = x.Unwrap()
		case interface{ Unwrap() []error }:
			for _, e := range x.Unwrap() {
				if p, ok := e.(*Panic); ok {
					return p
				}
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}
