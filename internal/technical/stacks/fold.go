package stacks

import (
	"runtime"
	"slices"
	"strings"
)

const maxCycle = 8 // frames of one round of a recursion

// symbolize turns program counters into frames. It passes the whole slice at once, because inlined calls are only found that way.
func symbolize(pcs []uintptr) (frames []runtime.Frame) {
	it := runtime.CallersFrames(pcs)
	for more := true; more; {
		var f runtime.Frame
		if f, more = it.Next(); f.PC != 0 || f.Function != "" {
			frames = append(frames, f)
		}
	}
	return frames
}

// TrimFrames drops the frames of a stack that say nothing about the failure: those of deferred functions that ran after a panic, if
// the error was made while recovering from it; the runtime's at both ends; and the constructors of the error's own package, which
// is errorPkg unless that is empty.
func TrimFrames(frames []runtime.Frame, errorPkg string) []runtime.Frame {
	for i, f := range slices.Backward(frames) {
		if f.Function == "runtime.gopanic" {
			frames = frames[i+1:]
			break
		}
	}
	for len(frames) > 1 && isRuntime(frames[0]) {
		frames = frames[1:]
	}
	for len(frames) > 1 && isRuntime(frames[len(frames)-1]) {
		frames = frames[:len(frames)-1]
	}
	i := 0
	for i < len(frames) && errorPkg != "" && PackageOf(frames[i].Function) == errorPkg {
		i++
	}
	if i < len(frames) && i < 4 { // more than that is no constructor
		frames = frames[i:]
	}
	return frames
}

func isRuntime(f runtime.Frame) bool {
	return strings.HasPrefix(f.Function, "runtime.") || strings.HasPrefix(f.Function, "internal/runtime/")
}

// same reports whether two frames are the same call. Program counters are not compared, because a frame from a text has none.
func same(a, b *runtime.Frame) bool {
	return a.Function == b.Function && a.Line == b.Line && a.File == b.File
}

// SharedSuffix returns how many frames at the end of a and b are the same.
func SharedSuffix(a, b []runtime.Frame) (n int) {
	for n < min(len(a), len(b)) && same(&a[len(a)-1-n], &b[len(b)-1-n]) {
		n++
	}
	return n
}

// Recursion finds the shortest sequence at the beginning of frames that occurs at least three times in a row. It has cycle frames
// and occurs repeats more times.
func Recursion(frames []runtime.Frame) (cycle, repeats int) {
	for n := 1; n <= maxCycle && 3*n <= len(frames); n++ {
		i := n
		for i < len(frames) && same(&frames[i], &frames[i-n]) {
			i++
		}
		if rounds := i / n; rounds >= 3 {
			return n, rounds - 1
		}
	}
	return 0, 0
}
