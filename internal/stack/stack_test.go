package stack_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/exceptional-go/exceptional/internal/stack"
)

func names(pcs []uintptr) []string {
	var out []string
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if f.Function != "" {
			out = append(out, f.Function[strings.LastIndex(f.Function, "/")+1:])
		}
		if !more {
			return out
		}
	}
}

// catch runs f and returns the panic that its deferred function saw.
func catch(f func()) (p *stack.Panic) {
	defer func() {
		if r := recover(); r != nil {
			p = stack.Recovered(r)
		}
	}()
	f()
	return nil
}

//go:noinline
func nilMap(m map[string]int) { m["a"] = 1 }

//go:noinline
func nilPointer(p *struct{ a [2]int }) int { return p.a[1] }

//go:noinline
func outOfRange(s []int, i int) int { return s[i] }

//go:noinline
func assertion(v any) string { return v.(string) }

var sink int

//go:noinline
func divide(a, b int) int { return a / b }

//go:noinline
func explicit(v any) { panic(v) }

//go:noinline
func again() {
	defer func() {
		r := recover()
		panic(r)
	}()
	explicit("first")
}

//go:noinline
func replaced() {
	defer func() { explicit("second") }()
	explicit("first")
}

//go:noinline
func deep(n int) int {
	if n == 0 {
		explicit("at the bottom")
	}
	return deep(n-1) + 1
}

// endless is a value that fmt.Sprint never comes to the end of; overflowing the stack ends the process.
func endless() any {
	m := map[string]any{}
	m["self"] = m
	return m
}

type unprintable struct{}

func (unprintable) Error() string { panic("no text") }

func TestRecovered(t *testing.T) {
	tests := []struct {
		name     string
		f        func()
		origin   string // the first frame of the last segment
		segments int
		hint     string
		text     string
	}{
		{"write to a nil map", func() { nilMap(nil) }, "stack_test.nilMap", 1, "runtime.mapassign_faststr", "assignment to entry in nil map"},
		{"nil pointer", func() { nilPointer(nil) }, "stack_test.nilPointer", 1, "runtime.panicmem", "nil pointer"},
		{"index out of range", func() { outOfRange(nil, 3) }, "stack_test.outOfRange", 1, "", "index out of range"},
		{"type assertion", func() { assertion(3) }, "stack_test.assertion", 1, "", "interface conversion"},
		{"division", func() { sink = divide(1, 0) }, "stack_test.divide", 1, "runtime.panicdivide", "divide by zero"},
		{"string value", func() { explicit("boom") }, "stack_test.explicit", 1, "", "panic: boom"},
		{"nil value", func() { explicit(nil) }, "stack_test.explicit", 1, "", "nil"},
		{"uncomparable value", func() { explicit(map[string]int{"a": 1}) }, "stack_test.explicit", 1, "", "map[a:1]"},
		{"map that holds itself", func() { explicit(endless()) }, "stack_test.explicit", 1, "", "panic: map[string]interface {} (not printed"},
		{"value that cannot be printed", func() { explicit(unprintable{}) }, "stack_test.explicit", 1, "", "no text"},
		{"raised again", again, "stack_test.explicit", 2, "", "first"},
		{"replaced by another", replaced, "stack_test.explicit", 2, "", "second"},
		{"100 000 deep", func() { deep(100_000) }, "stack_test.explicit", 1, "", "at the bottom"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := catch(tt.f)
			if p == nil {
				t.Fatal("no panic")
			}
			if len(p.Segments()) != tt.segments {
				t.Errorf("%d segments, want %d", len(p.Segments()), tt.segments)
			}
			got := names(p.StackTrace())
			if len(got) == 0 || got[0] != tt.origin {
				t.Errorf("origin %q, want %q", got[:min(3, len(got))], tt.origin)
			}
			for _, s := range p.Segments() {
				for _, n := range names(s) {
					if strings.HasPrefix(n, "runtime.") || strings.HasPrefix(n, "stack.") {
						t.Errorf("frame %s is not dropped", n)
					}
				}
			}
			if tt.hint != "" && p.Hint() != tt.hint {
				t.Errorf("hint %q, want %q", p.Hint(), tt.hint)
			}
			if !strings.Contains(p.Error(), tt.text) {
				t.Errorf("text %q does not contain %q", p.Error(), tt.text)
			}
		})
	}
}

func TestRecoveredFirstSegmentSaysWhereItWasRaisedAgain(t *testing.T) {
	p := catch(again)
	if got := names(p.Segments()[0]); len(got) == 0 || !strings.HasPrefix(got[0], "stack_test.again.func") {
		t.Errorf("first segment %q, want the deferred function of again", got)
	}
}

func TestLive(t *testing.T) {
	var got, stopped *stack.Panic
	func() {
		defer func() {
			r := recover()
			got = stack.Live(r, nil)
			stopped = stack.Live(r, func(f runtime.Frame) bool { return strings.Contains(f.Function, "TestLive") })
		}()
		nilMap(nil)
	}()
	if got == nil || names(got.StackTrace())[0] != "stack_test.nilMap" {
		t.Errorf("Live in a deferred function = %v", got)
	}
	if stopped != nil {
		t.Error("Live looked beyond the frame that should stop it")
	}
	if p := stack.Live("x", nil); p != nil {
		t.Errorf("Live without a panic = %v", p)
	}
}

type loop struct{ next error }

func (l *loop) Error() string { return "loop" }
func (l *loop) Unwrap() error { return l.next }

type panics struct{}

func (panics) Error() string { return "panics" }
func (panics) Unwrap() error { panic("in Unwrap") }

func TestFind(t *testing.T) {
	p := &stack.Panic{Value: "v"}
	cycle := &loop{}
	cycle.next = cycle
	for name, tt := range map[string]struct {
		err  error
		want *stack.Panic
	}{
		"nil":             {nil, nil},
		"plain":           {errors.New("x"), nil},
		"itself":          {p, p},
		"wrapped":         {fmt.Errorf("a: %w", fmt.Errorf("b: %w", p)), p},
		"joined":          {errors.Join(errors.New("x"), p), p},
		"cycle":           {cycle, nil},
		"panicking chain": {panics{}, nil},
	} {
		if got := stack.Find(tt.err); got != tt.want {
			t.Errorf("%s: Find = %v, want %v", name, got, tt.want)
		}
	}
}

func TestPanicUnwrapsToItsError(t *testing.T) {
	cause := errors.New("cause")
	p := catch(func() { panic(cause) })
	if !errors.Is(p, cause) {
		t.Error("errors.Is does not reach the panic's value")
	}
	if p := catch(func() { panic("text") }); p.Unwrap() != nil {
		t.Error("a string unwraps to an error")
	}
}

func TestPanicsCanBeAskedByManyAtOnce(t *testing.T) {
	p := catch(again)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if len(p.Segments()) != 2 || len(p.StackTrace()) == 0 || p.Hint() != "" {
				t.Error("the answers differ")
			}
		})
	}
	wg.Wait()
}

func TestZeroPanic(t *testing.T) {
	if p := (&stack.Panic{Value: "v"}); p.Segments() != nil || p.StackTrace() != nil || p.Hint() != "" {
		t.Error("a panic without frames has frames")
	}
	if p := (*stack.Panic)(nil); p.StackTrace() != nil {
		t.Error("no panic has frames")
	}
}

// The frames belong to the panic: a caller that changes what it got changes nothing.
func TestStackTraceIsACopy(t *testing.T) {
	p := catch(func() { explicit("x") })
	p.StackTrace()[0] = 0
	if p.StackTrace()[0] == 0 {
		t.Error("StackTrace hands out the panic's own frames")
	}
}

func BenchmarkRecovered(b *testing.B) {
	f := func() { explicit("x") }
	b.Run("recover alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			func() {
				defer func() { _ = recover() }()
				f()
			}()
		}
	})
	b.Run("stack.Recovered", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			catch(f)
		}
	})
	b.Run("and Segments", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			catch(f).Segments()
		}
	})
	b.Run("stack.Live without a panic", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			stack.Live("x", nil)
		}
	})
}
