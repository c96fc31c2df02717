package technical_test

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// BenchmarkCapture measures the cost of a failure before a page is asked for, beside the cost of other ways.
func BenchmarkCapture(b *testing.B) {
	for name, f := range map[string]func(){
		"runtime.Callers": func() { var pcs [32]uintptr; runtime.Callers(0, pcs[:]) },
		"debug.Stack":     func() { debug.Stack() },
		"recovered panic": func() { caught(func() { panic("x") }) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				deep(20, f)
			}
		})
	}
}

//go:noinline
func deep(n int, f func()) {
	if n == 0 {
		f()
		return
	}
	deep(n-1, f)
}
