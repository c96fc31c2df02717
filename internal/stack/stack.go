// Package stack captures where an error or a panic came from, as program counters that cost little to take and are
// symbolised only when somebody looks.
package stack

import (
	"runtime"
	"slices"
	"strings"
)

// Depth is the number of program counters that an ordinary capture keeps.
const Depth = 32

// panicDepth bounds the capture of a panic. A recursion that ran away is some hundred thousand frames deep; its ends
// are what tells, and debug.Stack would take 19 ms for it.
const panicDepth = 4096

// Callers returns the program counters of the calling goroutine's stack, for [runtime.CallersFrames]. With skip 0
// the first one is in the caller of Callers.
func Callers(skip int) []uintptr {
	var pcs [Depth]uintptr
	n := runtime.Callers(skip+2, pcs[:])
	return slices.Clone(pcs[:n])
}

// A Panic is a recovered panic as an error. It is made by [Recovered] and [Live] and is immutable.
type Panic struct {
	// Value is what was passed to panic.
	Value any
	// Segments are the stack's parts, cut at every panic that was in flight and innermost first, without the
	// runtime's own frames. Usually there is one. If a deferred function panicked again there are several: the last
	// says where the first panic came from, the first where it was raised again or replaced. Which of the two it
	// was cannot be told when the values are not comparable, so it is not guessed.
	Segments [][]uintptr
	// Hint is the runtime function that raised the panic, such as runtime.mapassign_faststr or runtime.panicIndex;
	// empty for a call of panic.
	Hint string
}

// Error returns "panic: " and the value's text. A value whose own methods panic is named by its type only.
func (p *Panic) Error() string { return "panic: " + text(p.Value) }

// Unwrap returns the value if it is an error, and nil otherwise.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// StackTrace returns the frames of the panic's origin: those of the last segment.
func (p *Panic) StackTrace() []uintptr {
	if p == nil || len(p.Segments) == 0 {
		return nil
	}
	return slices.Clone(p.Segments[len(p.Segments)-1])
}

// Recovered describes a panic with this value. It must be called by the deferred function that recovered it, or
// by a function that this one calls: the frames are gone when the deferred function has returned.
func Recovered(value any) *Panic {
	p := &Panic{Value: value}
	p.Segments, p.Hint = segments(2, nil)
	return p
}

// Live returns the panic that is in flight on the calling goroutine and whose deferred function runs further up the
// stack, and nil if there is none before a frame for which stop is true. It is how an error handler that a recovering
// middleware calls from its deferred function still finds the frames that panicked, although the middleware threw
// them away.
func Live(value any, stop func(runtime.Frame) bool) *Panic {
	s, hint := segments(2, stop)
	if len(s) == 0 {
		return nil
	}
	return &Panic{Value: value, Segments: s, Hint: hint}
}

// segments cuts the stack above its caller's caller at every runtime.gopanic. What stands above the first one is the
// recovering code and is dropped.
func segments(skip int, stop func(runtime.Frame) bool) (parts [][]uintptr, hint string) {
	pcs := make([]uintptr, 2*Depth)
	n := runtime.Callers(skip+1, pcs)
	if n == len(pcs) {
		pcs = make([]uintptr, panicDepth)
		n = runtime.Callers(skip+1, pcs)
	}
	pcs = pcs[:n]

	start := -1 // where the current segment begins; -1 above the first gopanic
	inRuntime := false
	for i := range pcs {
		// One program counter stands for one frame, inlined ones included (runtime.Callers has made them so since
		// Go 1.21), which is why the slice may be cut anywhere.
		f, _ := runtime.CallersFrames(pcs[i : i+1]).Next()
		switch {
		case f.Function == "runtime.gopanic":
			if start >= 0 && i > start {
				parts = append(parts, slices.Clone(pcs[start:i]))
			}
			start, inRuntime, hint = i+1, true, ""
		case start < 0:
			if stop != nil && stop(f) {
				return nil, ""
			}
		case inRuntime && isRuntime(f):
			if helper(f.Function) {
				hint = f.Function
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
	for len(last) > 0 {
		f, _ := runtime.CallersFrames(last[len(last)-1:]).Next()
		if f.Function != "runtime.goexit" && f.Function != "runtime.main" {
			break
		}
		last = last[:len(last)-1]
	}
	if len(last) > 0 {
		parts = append(parts, slices.Clone(last))
	}
	return parts, hint
}

// isRuntime goes by the file as well: mapassign_faststr has stood under internal/runtime/maps since Go 1.24, and a
// function of another package never has a name that begins with "runtime." unless it is the runtime's.
func isRuntime(f runtime.Frame) bool {
	return strings.HasPrefix(f.Function, "runtime.") || strings.HasPrefix(f.Function, "internal/runtime/")
}

// helper reports whether a runtime function's name says more than that the runtime was involved.
func helper(name string) bool {
	return name != "runtime.sigpanic" && name != "runtime.goPanicIndex" && !strings.HasPrefix(name, "runtime.panicBounds")
}

// text prints a panic's value. A method of the value that panics in its turn must not take the handler with it.
func text(v any) (s string) {
	defer func() {
		if recover() != nil {
			s = "a value that cannot be printed"
		}
	}()
	return sprint(v)
}
