package stack

import (
	"runtime"
	"strings"
	"sync/atomic"
)

// kind is what a frame means for a panic's stack.
type kind uint8

const (
	unknown   kind = iota
	other          // not the runtime's
	raises         // runtime.gopanic: below it is where the panic came from
	outermost      // runtime.goexit and runtime.main, on which everything stands
	inside         // another function of the runtime
)

// kinds remembers what program counters are: an entry is pc<<8 | kind. There are few of them in a program through which
// panics pass, and always the same, so two that share a place only cost each other the time to look again. It is
// emptied never and grows never.
var kinds [512]atomic.Uint64

func kindOf(pc uintptr) kind {
	place := &kinds[(uint64(pc)*0x9E3779B97F4A7C15)>>(64-9)]
	if e := place.Load(); e>>8 == uint64(pc)<<8>>8 && kind(e) != unknown {
		return kind(e)
	}
	k := judge(frame(pc))
	place.Store(uint64(pc)<<8 | uint64(k))
	return k
}

// judge goes by the package: mapassign_faststr has stood under internal/runtime/maps since Go 1.24, and a function of
// another package never has a name that begins with "runtime." unless it is the runtime's.
func judge(f runtime.Frame) kind {
	switch {
	case f.Function == "runtime.gopanic":
		return raises
	case f.Function == "runtime.goexit", f.Function == "runtime.main":
		return outermost
	case strings.HasPrefix(f.Function, "runtime."), strings.HasPrefix(f.Function, "internal/runtime/"):
		return inside
	}
	return other
}

// helper reports whether a runtime function's name says more than that the runtime was involved.
func helper(name string) bool {
	return name != "runtime.sigpanic" && name != "runtime.goPanicIndex" && !strings.HasPrefix(name, "runtime.panicBounds")
}
