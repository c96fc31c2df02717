package technical_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/technical"
)

// The shapes of libraries, as far as tests/interop/stacks does not try the real ones.

type tracePC struct { // braces.dev/errtrace
	pc  uintptr
	err error
}

func (t *tracePC) Error() string    { return t.err.Error() }
func (t *tracePC) Unwrap() error    { return t.err }
func (t *tracePC) TracePC() uintptr { return t.pc }

//go:noinline
func traced(err error) error {
	var pcs [1]uintptr
	runtime.Callers(2, pcs[:])
	return &tracePC{pcs[0], err}
}

type failureFrame struct{ pc uintptr } // github.com/morikuni/failure

func (f failureFrame) Path() string { return "/app/a.go" }
func (f failureFrame) Line() int    { return 7 }
func (f failureFrame) Func() string { return "Load" }
func (f failureFrame) Pkg() string  { return "example.test/shop" }

type failureStack interface{ Frames() []failureFrame }
type failureCalls struct{}

func (failureCalls) Frames() []failureFrame { return []failureFrame{{1}, {2}} }

type failure struct{}

func (failure) Error() string              { return "failure" }
func (failure) GetCallStack() failureStack { return failureCalls{} }

type goFrame struct { // the frames of go-errors, without Callers
	ProgramCounter uintptr
	File           string
}

type withGoFrames struct{ pcs []uintptr }

func (withGoFrames) Error() string { return "x" }
func (w withGoFrames) StackFrames() (out []goFrame) {
	for _, pc := range w.pcs {
		out = append(out, goFrame{ProgramCounter: pc})
	}
	return out
}

type nilTracer struct{}

func (nilTracer) Error() string       { return "x" }
func (nilTracer) GetStackTracer() any { return nil }
func (nilTracer) StackTrace() any     { return (*[]uintptr)(nil) }

type oddMethods struct{}

func (oddMethods) Error() string                    { return "x" }
func (oddMethods) StackTrace(int) []uintptr         { panic("must not be called") }
func (oddMethods) StackFrames() (a, b []uintptr)    { panic("must not be called") }
func (oddMethods) FormatError(...any) (next error)  { panic("must not be called") }
func (oddMethods) GetCallStack() map[string]uintptr { return nil }

type panicking struct{}

func (panicking) Error() string           { return "x" }
func (panicking) StackTrace() []uintptr   { panic("no stack") }
func (panicking) Unwrap() error           { return failure{} }
func (panicking) Format(fmt.State, rune)  { panic("no format") }
func (panicking) LogValue() (v fmtString) { return }

type fmtString string

// endless prints what it wraps, which is itself; to overflow the stack is to end the process.
type endless struct{ next error }

func (e *endless) Error() string              { return "x: " + e.next.Error() }
func (e *endless) Unwrap() error              { return e.next }
func (e *endless) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%+v", e.next) }

// selfPrinting gives the printer of xerrors what has no end.
type selfPrinting struct{}

type printer interface {
	Print(args ...any)
	Printf(format string, args ...any)
	Detail() bool
}

func (selfPrinting) Error() string { return "x" }
func (selfPrinting) FormatError(p printer) error {
	self := []any{nil}
	self[0] = self
	p.Detail()
	p.Print(self)
	p.Printf("%v", self)
	return nil
}

func TestShapes(t *testing.T) {
	pcs := make([]uintptr, 8)
	pcs = pcs[:runtime.Callers(1, pcs)]
	own := &endless{}
	own.next = own
	for name, tt := range map[string]struct {
		err  error
		want string // the first frame's function; empty for no stack
	}{
		"failure":          {failure{}, "example.test/shop.Load"},
		"go-errors frames": {withGoFrames{pcs}, "technical_test.TestShapes"},
		"nil tracer":       {nilTracer{}, ""},
		"odd methods":      {oddMethods{}, ""},
		"panicking":        {panicking{}, "example.test/shop.Load"},
		"endless":          {own, ""},
		"self-printing":    {selfPrinting{}, ""},
	} {
		r := reportOf(t, debugview.Options{}, &technical.Input{Err: tt.err})
		got := ""
		if r.Stacks[0].Kind == "error" {
			got = r.Stacks[0].Frames[0].Function
		}
		if !strings.HasSuffix(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%s: first frame %q, want %q", name, got, tt.want)
		}
	}
}

func TestReturnTrace(t *testing.T) {
	err := traced(fmt.Errorf("y"))
	err = traced(err)
	err = traced(fmt.Errorf("x: %w", err))
	r := reportOf(t, debugview.Options{}, &technical.Input{Err: err})
	if len(r.Stacks) != 1 || r.Stacks[0].Kind != "return" || len(r.Stacks[0].Frames) != 3 {
		t.Fatalf("stacks = %+v", r.Stacks)
	}
	if f := r.Stacks[0].Frames[0]; !strings.HasSuffix(f.Function, "TestReturnTrace") {
		t.Errorf("frame = %+v", f)
	}
}
