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

// A count is a frame as pkg/errors and cockroachdb/errors keep it.
type count uintptr

type withCounts struct{ pcs []uintptr }

func (withCounts) Error() string { return "x" }
func (w withCounts) StackTrace() (out []count) {
	for _, pc := range w.pcs {
		out = append(out, count(pc))
	}
	return out
}

type withCallers struct{ pcs []uintptr } // go-errors/errors

func (withCallers) Error() string        { return "x" }
func (w withCallers) Callers() []uintptr { return w.pcs }

// verbose prints its stack for %+v alone.
type verbose struct{}

func (verbose) Error() string { return "x" }
func (verbose) Format(f fmt.State, _ rune) {
	if f.Flag('+') {
		fmt.Fprint(f, "x\n at example.test/shop.Load()\n\t/app/a.go:7\n")
	}
}

type nilTracer struct{}

func (nilTracer) Error() string       { return "x" }
func (nilTracer) GetStackTracer() any { return nil }
func (nilTracer) StackTrace() any     { return (*[]uintptr)(nil) }

type oddMethods struct{}

func (oddMethods) Error() string                 { return "x" }
func (oddMethods) StackTrace(int) []uintptr      { panic("must not be called") }
func (oddMethods) StackFrames() (a, b []uintptr) { panic("must not be called") }

type panicking struct{}

func (panicking) Error() string           { return "x" }
func (panicking) StackTrace() []uintptr   { panic("no stack") }
func (panicking) Unwrap() error           { return verbose{} }
func (panicking) Format(fmt.State, rune)  { panic("no format") }
func (panicking) LogValue() (v fmtString) { return }

type fmtString string

// endless prints what it wraps, which is itself; to overflow the stack is to end the process.
type endless struct{ next error }

func (e *endless) Error() string              { return "x: " + e.next.Error() }
func (e *endless) Unwrap() error              { return e.next }
func (e *endless) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%+v", e.next) }

func TestShapes(t *testing.T) {
	pcs := make([]uintptr, 8)
	pcs = pcs[:runtime.Callers(1, pcs)]
	own := &endless{}
	own.next = own
	for name, tt := range map[string]struct {
		err  error
		want string // the first frame's function; empty for no stack
	}{
		"counters of a type of its own": {withCounts{pcs}, "technical_test.TestShapes"},
		"Callers":                       {withCallers{pcs}, "technical_test.TestShapes"},
		"printed":                       {verbose{}, "example.test/shop.Load"},
		"nil tracer":                    {nilTracer{}, ""},
		"odd methods":                   {oddMethods{}, ""},
		"panicking":                     {panicking{}, "example.test/shop.Load"},
		"endless":                       {own, ""},
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
