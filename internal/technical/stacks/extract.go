// Package stacks finds the stack that an error of any library carries, and names its functions for people.
//
// extract.go reads the libraries' forms, fold.go turns program counters into frames and leaves out those that say nothing, names.go
// takes the names of functions apart.
package stacks

import (
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"strconv"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/internal/technical/value"
	"github.com/exceptional-go/exceptional/internal/text"
)

// A Stack is a stack before anything is known of its files.
type Stack struct {
	Kind   string // "panic" or "error"
	Title  string
	Note   string
	Frames []runtime.Frame
}

const (
	maxFrames     = 1024      // taken from one error
	maxText       = 256 << 10 // read of one text
	maxTextFrames = 100       // taken from one text
)

// OfPanic returns the origin of the panic first and then, if a deferred function panicked again, the place where it did.
func OfPanic(p *stack.Panic) (stacks []Stack) {
	segments := p.Segments()
	for i := len(segments) - 1; i >= 0; i-- {
		s := Stack{Kind: "panic", Title: "panic", Frames: symbolize(segments[i])}
		switch hint := p.Hint(); {
		case i < len(segments)-1:
			s.Title, s.Note = "raised again or replaced", "a deferred function panicked while this panic was in flight"
		case hint != "": // if another panic replaced this one, nothing else says what the runtime refused
			s.Note = "raised by " + hint
		}
		stacks = append(stacks, s)
	}
	return stacks
}

// Of returns the stack that err itself carries, without frames if it has none. It knows the libraries by the shape of their methods
// and imports none of them.
func Of(err error) (s Stack) {
	s = Stack{Kind: "error", Title: value.TypeName(reflect.TypeOf(err))}
	var pcs []uintptr
	switch x := err.(type) {
	case interface{ StackTrace() []uintptr }: // httperrors, gitlab.com/tozd/go/errors
		pcs = x.StackTrace()
	case interface{ StackFrames() []runtime.Frame }: // samber/oops: these frames must not be symbolised again
		frames := x.StackFrames()
		for _, f := range frames[:min(len(frames), maxFrames)] {
			f.PC = 0 // made by a library, so it is not known whether the call was inlined
			s.Frames = append(s.Frames, f)
		}
	case interface{ Callers() []uintptr }: // go-errors/errors
		pcs = x.Callers()
	default:
		pcs = stackTrace(err)
	}
	if s.Frames == nil {
		s.Frames = symbolize(pcs[:min(len(pcs), maxFrames)])
	}
	return s
}

// stackTrace calls a StackTrace method that returns a slice of a library's own kind of uintptr: pkg/errors, cockroachdb/errors and
// those that are compatible with them. The method's name is a constant, so that the linker still drops unused methods.
func stackTrace(err error) (pcs []uintptr) {
	m := reflect.ValueOf(err).MethodByName("StackTrace")
	if !m.IsValid() || m.Type().NumIn() != 0 || m.Type().NumOut() != 1 {
		return nil
	}
	if t := m.Type().Out(0); t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.Uintptr {
		return nil
	}
	trace := m.Call(nil)[0]
	for i := range min(trace.Len(), maxFrames) {
		pcs = append(pcs, uintptr(trace.Index(i).Uint()))
	}
	return pcs
}

// Printed reads the stack that err prints for %+v, for libraries that have no method for it. It is for trees in which no error
// carries a stack: most types print the errors they wrap as well, so the stack may be that of another error.
func Printed(err error) (s Stack) {
	if _, ok := err.(fmt.Formatter); !ok || !errtree.Ends(err) {
		return s
	}
	printed := text.Cut(fmt.Sprintf("%+v", err), maxText)
	s = Stack{Kind: "error", Title: value.TypeName(reflect.TypeOf(err)), Note: "read from the error's text"}
	for _, m := range twoLines.FindAllStringSubmatch(printed, maxTextFrames) {
		line, _ := strconv.Atoi(m[3]) // the pattern has digits only
		s.Frames = append(s.Frames, runtime.Frame{Function: m[1], File: m[2], Line: line})
	}
	return s
}

// twoLines matches a function and, on the next line, its place: "at main.f()\n\t/x/y.go:12", "main.f\n    /x/y.go:12".
var twoLines = regexp.MustCompile(`(?m)^[ \t]*(?:at[ \t]+)?([^\s:]+?)(?:\(\.{0,3}\))?[ \t]*\r?\n[ \t]+((?:[A-Za-z]:)?[^\s:]+\.[a-z]+):([0-9]{1,7})\b`)
