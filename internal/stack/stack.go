// Package stack captures where an error or a panic came from, as program counters that cost little to take and are
// symbolised only when somebody looks.
package stack

import (
	"runtime"
	"slices"
	"sync"

	"github.com/exceptional-go/exceptional/internal/errtree"
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

// A Panic is a recovered panic as an error. It is made by [Recovered] and [Live] and is immutable, but for what it finds
// out about its program counters when it is first asked: most panics are logged by their first line, and to name the
// functions of a stack takes ten times as long as to capture it. It must not be copied, and is safe for concurrent use.
type Panic struct {
	// Value is what was passed to panic.
	Value any

	raw      []uintptr // the whole stack, the recovering code on top
	split    sync.Once // sets what follows
	segments [][]uintptr
	hint     string
}

// Error returns "panic: " and the value's text. A value whose own methods panic, or whose text has no end, as that of a map
// that holds itself, is named by its type only.
func (p *Panic) Error() string { return "panic: " + errtree.Print(p.Value) }

// Unwrap returns the value if it is an error, and nil otherwise.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Segments returns the stack's parts, cut at every panic that was in flight and innermost first, without the runtime's
// own frames. Usually there is one. If a deferred function panicked again there are several: the last says where the
// first panic came from, the first where it was raised again or replaced. Which of the two it was cannot be told when
// the values are not comparable, so it is not guessed. The slices are not the caller's to change.
func (p *Panic) Segments() [][]uintptr {
	if p == nil {
		return nil
	}
	p.split.Do(func() { p.segments, p.hint = segments(p.raw) })
	return p.segments
}

// Hint returns the runtime function that raised the panic, such as runtime.mapassign_faststr or runtime.panicIndex;
// "" for a call of panic.
func (p *Panic) Hint() string {
	p.Segments()
	return p.hint
}

// StackTrace returns the frames of the panic's origin: those of the last segment.
func (p *Panic) StackTrace() []uintptr {
	parts := p.Segments()
	if len(parts) == 0 {
		return nil
	}
	return slices.Clone(parts[len(parts)-1])
}

// Recovered describes a panic with this value. It must be called by the deferred function that recovered it, or
// by a function that this one calls: the frames are gone when the deferred function has returned.
func Recovered(value any) *Panic {
	return &Panic{Value: value, raw: everything(1)}
}

// Live returns the panic that is in flight on the calling goroutine and whose deferred function runs further up the
// stack, and nil if there is none before a frame for which stop is true. It is how an error handler that a recovering
// middleware calls from its deferred function still finds the frames that panicked, although the middleware threw
// them away. Most calls find none, and cost what runtime.Callers does.
func Live(value any, stop func(runtime.Frame) bool) *Panic {
	var buf [2 * Depth]uintptr
	pcs := buf[:runtime.Callers(2, buf[:])]
	first := gopanic(pcs)
	if first < 0 && len(pcs) == len(buf) {
		pcs = everything(1)
		first = gopanic(pcs)
	}
	if first < 0 {
		return nil
	}
	if stop != nil {
		for i := range pcs[:first] {
			if stop(frame(pcs[i])) {
				return nil
			}
		}
	}
	return &Panic{Value: value, raw: everything(1)}
}

// everything returns the stack up to panicDepth frames. With skip 0 the first one is in the caller of everything.
func everything(skip int) []uintptr {
	var buf [2 * Depth]uintptr
	n := runtime.Callers(skip+2, buf[:])
	if n < len(buf) {
		return slices.Clone(buf[:n])
	}
	pcs := make([]uintptr, panicDepth)
	n = runtime.Callers(skip+2, pcs)
	return slices.Clip(pcs[:n])
}

// gopanic returns the place of the first frame in pcs that raises a panic, or -1.
func gopanic(pcs []uintptr) int {
	return slices.IndexFunc(pcs, func(pc uintptr) bool { return kindOf(pc) == raises })
}

// segments cuts a stack at every runtime.gopanic. What stands above the first one is the recovering code and is dropped.
func segments(pcs []uintptr) (parts [][]uintptr, hint string) {
	start := -1 // where the current segment begins; -1 above the first gopanic
	inRuntime := false
	for i, pc := range pcs {
		switch k := kindOf(pc); {
		case k == raises:
			if start >= 0 && i > start {
				parts = append(parts, pcs[start:i:i])
			}
			start, inRuntime, hint = i+1, true, ""
		case start < 0:
		case inRuntime && k != other:
			if name := frame(pc).Function; helper(name) {
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
	for len(last) > 0 && kindOf(last[len(last)-1]) == outermost {
		last = last[:len(last)-1]
	}
	if len(last) > 0 {
		parts = append(parts, slices.Clip(last))
	}
	return parts, hint
}

// frame symbolises one program counter. It stands for one frame, inlined ones included (runtime.Callers has made them so
// since Go 1.21), which is why a stack may be cut anywhere.
func frame(pc uintptr) runtime.Frame {
	pcs := [1]uintptr{pc}
	f, _ := runtime.CallersFrames(pcs[:]).Next()
	return f
}
