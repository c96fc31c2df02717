// Package stacks finds the stack that an error carries, whatever library made the error, and names its functions for people.
//
// extract.go reads the libraries' own forms, fold.go turns program counters into frames and leaves out what says nothing,
// names.go takes the names of functions apart.
package stacks

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/internal/technical/value"
)

// A Stack is a stack before anything is known of its files: program counters, or frames where a library keeps only those.
type Stack struct {
	Kind   string
	Title  string
	Note   string
	PCs    []uintptr
	Frames []runtime.Frame
}

// maxPCs bounds what is symbolised of one stack.
const maxPCs = 8192

// maxTextFrames bounds what is read from a text.
const maxTextFrames = 100

// OfPanic has the origin first and then, if a deferred function panicked again, where that was.
func OfPanic(p *stack.Panic) (stacks []Stack) {
	segments := p.Segments()
	for i := len(segments) - 1; i >= 0; i-- {
		s := Stack{Kind: "panic", Title: "panic", PCs: segments[i]}
		switch {
		case i == len(segments)-1:
			s.Note = runtimeHint(p.Hint())
		default:
			s.Title = "raised again or replaced"
			s.Note = "a deferred function panicked while this panic was in flight"
		}
		stacks = append(stacks, s)
	}
	return stacks
}

// runtimeHint says in words which operation the runtime refused.
func runtimeHint(function string) string {
	switch name := function[strings.LastIndexByte(function, '.')+1:]; {
	case name == "":
		return ""
	case strings.HasPrefix(name, "mapassign"):
		return "write to a nil map"
	case name == "panicmem" || name == "panicmemAddr" || name == "sigpanic":
		return "nil pointer or invalid address"
	case name == "panicdivide":
		return "division by zero"
	case strings.HasPrefix(name, "panicdottype"), name == "panicnildottype":
		return "type assertion that does not hold"
	case name == "chansend" || name == "chansend1":
		return "send on a closed channel"
	case name == "closechan":
		return "close of a closed or nil channel"
	case name == "makeslice" || name == "panicmakeslicelen":
		return "slice of an impossible length"
	case strings.HasPrefix(name, "panicSlice") || strings.HasPrefix(name, "goPanicSlice"):
		return "slice bounds out of range"
	case strings.HasPrefix(name, "panicIndex") || strings.HasPrefix(name, "goPanicIndex") || name == "panicBounds":
		return "index out of range"
	case strings.HasPrefix(name, "panicshift"):
		return "shift by a negative amount"
	case name == "unsafestring" || name == "unsafeslice":
		return "unsafe conversion of a bad length"
	}
	return "raised by " + function
}

// Of returns the stacks that err itself carries, found by the shape of its methods, for no library of errors is
// imported here. Which shape belongs to which library stands beside it.
func Of(err error) []Stack {
	one := func(pcs []uintptr, frames []runtime.Frame) []Stack {
		if len(pcs) == 0 && len(frames) == 0 {
			return nil
		}
		return []Stack{{Kind: "error", Title: value.TypeName(reflect.TypeOf(err)), PCs: pcs[:min(len(pcs), maxPCs)], Frames: frames[:min(len(frames), maxPCs)]}}
	}
	switch x := err.(type) {
	case interface{ StackTrace() []uintptr }: // httperrors, gitlab.com/tozd/go/errors
		return one(x.StackTrace(), nil)
	case interface{ StackFrames() []uintptr }: // rotisserie/eris
		return one(x.StackFrames(), nil)
	case interface{ StackFrames() []runtime.Frame }: // samber/oops: these frames are not to be symbolised again
		return one(nil, x.StackFrames())
	case interface{ Callers() []uintptr }: // go-errors/errors, ztrue/tracerr
		return one(x.Callers(), nil)
	case interface{ TracePC() uintptr }: // braces.dev/errtrace: one counter for each return
		return []Stack{{Kind: "return", Title: "returned through", PCs: []uintptr{x.TracePC()}}}
	case interface{ StackTrace() []string }: // juju/errors: text
		return one(nil, locationFrames(x.StackTrace()))
	}
	if pcs, frames := reflected(err); len(pcs)+len(frames) > 0 {
		return one(pcs, frames)
	}
	if frames := printed(err); len(frames) > 0 { // golang.org/x/xerrors
		return one(nil, frames)
	}
	return nil
}

// reflected calls the methods that return a library's own types. The names are constants, so that the linker still drops
// the methods that nobody calls.
func reflected(err error) ([]uintptr, []runtime.Frame) {
	v := reflect.ValueOf(err)
	if out, ok := call(v.MethodByName("StackTrace")); ok { // pkg/errors, cockroachdb/errors, pingcap/errors
		return elements(out)
	}
	if out, ok := call(v.MethodByName("GetStackTracer")); ok { // pingcap/errors
		if out, ok = call(deref(out).MethodByName("StackTrace")); ok {
			return elements(out)
		}
	}
	if out, ok := call(v.MethodByName("GetCallStack")); ok { // morikuni/failure
		if out, ok = call(deref(out).MethodByName("Frames")); ok {
			return elements(out)
		}
	}
	if out, ok := call(v.MethodByName("CallStack")); ok { // morikuni/failure v2
		if out, ok = call(deref(out).MethodByName("Frames")); ok {
			return elements(out)
		}
	}
	if out, ok := call(v.MethodByName("StackFrames")); ok {
		return elements(out)
	}
	return nil, nil
}

// call calls a method without parameters that returns one value.
func call(m reflect.Value) (reflect.Value, bool) {
	if !m.IsValid() || m.Type().NumIn() != 0 || m.Type().NumOut() != 1 {
		return reflect.Value{}, false
	}
	out := deref(m.Call(nil)[0])
	return out, out.IsValid()
}

func deref(v reflect.Value) reflect.Value {
	for v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v
}

// elements reads a slice of program counters, of structs with one, or of descriptions.
func elements(v reflect.Value) (pcs []uintptr, frames []runtime.Frame) {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return nil, nil
	}
	for i := range min(v.Len(), maxPCs) {
		e := deref(v.Index(i))
		for e.Kind() == reflect.Pointer && !e.IsNil() && e.Elem().Kind() == reflect.Struct && e.NumMethod() == 0 {
			e = e.Elem()
		}
		switch {
		case !e.IsValid():
		case e.Kind() == reflect.Uintptr:
			pcs = append(pcs, uintptr(e.Uint()))
		case e.Kind() == reflect.String:
			frames = append(frames, textFrames(e.String())...)
		default:
			if pc, f, ok := describe(e); ok && pc != 0 {
				pcs = append(pcs, pc)
			} else if ok {
				frames = append(frames, f)
			}
		}
	}
	return pcs, frames
}

// describe reads one frame of some library's struct or interface.
func describe(e reflect.Value) (pc uintptr, f runtime.Frame, ok bool) {
	s := e
	for s.Kind() == reflect.Pointer && !s.IsNil() {
		s = s.Elem()
	}
	if s.Kind() == reflect.Struct {
		for _, name := range [...]string{"ProgramCounter", "PC"} {
			if x := s.FieldByName(name); x.IsValid() && x.Kind() == reflect.Uintptr && x.Uint() != 0 {
				return uintptr(x.Uint()), f, true
			}
		}
		str := func(names ...string) string {
			for _, name := range names {
				if x := s.FieldByName(name); x.IsValid() && x.Kind() == reflect.String && x.String() != "" {
					return x.String()
				}
			}
			return ""
		}
		f.Function, f.File = str("Func", "Function", "Name"), str("Path", "File")
		if x := s.FieldByName("Line"); x.IsValid() && x.CanInt() {
			f.Line = int(x.Int())
		}
		if f.File != "" {
			return 0, f, true
		}
	}
	if out, got := call(e.MethodByName("Path")); got && out.Kind() == reflect.String {
		f.File = out.String()
	}
	if out, got := call(e.MethodByName("Line")); got && out.CanInt() {
		f.Line = int(out.Int())
	}
	if out, got := call(e.MethodByName("Func")); got && out.Kind() == reflect.String {
		f.Function = out.String()
	}
	if out, got := call(e.MethodByName("Pkg")); got && out.Kind() == reflect.String && f.Function != "" && !strings.Contains(f.Function, "/") {
		f.Function = out.String() + "." + f.Function
	}
	return 0, f, f.File != ""
}

// A detailPrinter has the methods of xerrors.Printer, to which it is assignable without an import. The message is printed
// first and thrown away; the frame comes after Detail was asked for.
type detailPrinter struct {
	detail bool
	b      strings.Builder
}

func (p *detailPrinter) Print(args ...any) {
	if p.detail && p.b.Len() < value.MaxText && end(args) {
		fmt.Fprint(&p.b, args...)
	}
}

func (p *detailPrinter) Printf(format string, args ...any) {
	if p.detail && p.b.Len() < value.MaxText && end(args) {
		fmt.Fprintf(&p.b, format, args...)
	}
}

func (p *detailPrinter) Detail() bool {
	p.detail = true
	return true
}

// end reports whether all that fmt is given has an end: places of source are plain values.
func end(args []any) bool {
	for _, a := range args {
		if !errtree.Ends(a) {
			return false
		}
	}
	return true
}

func printed(err error) []runtime.Frame {
	m := reflect.ValueOf(err).MethodByName("FormatError")
	if !m.IsValid() || m.Type().NumIn() != 1 || m.Type().NumOut() != 1 || m.Type().IsVariadic() {
		return nil
	}
	p := new(detailPrinter)
	v := reflect.ValueOf(p)
	if in := m.Type().In(0); in.Kind() != reflect.Interface || !v.Type().Implements(in) {
		return nil
	}
	m.Call([]reflect.Value{v})
	return textFrames(p.b.String())
}

// Printed reads the stack that err prints for %+v, the only way to that of joomcode/errorx. It is asked only if nothing in
// the tree has a stack, for most types print what they wrap as well.
func Printed(err error) []Stack {
	x, ok := err.(fmt.Formatter)
	if !ok || !errtree.Ends(err) {
		return nil
	}
	w := &limitedState{left: 256 << 10}
	func() {
		defer func() {
			if r := recover(); r != nil && !errors.Is(asError(r), errFull) {
				w.b.Reset()
			}
		}()
		x.Format(w, 'v')
	}()
	if frames := textFrames(w.b.String()); len(frames) > 0 {
		return []Stack{{Kind: "error", Title: value.TypeName(reflect.TypeOf(err)), Frames: frames, Note: "read from the error's text"}}
	}
	return nil
}

func asError(r any) error {
	err, _ := r.(error)
	return err
}

var errFull = errors.New("debugview: enough")

// A limitedState is a fmt.State with the plus flag that has had enough at some point.
type limitedState struct {
	b    strings.Builder
	left int
}

func (s *limitedState) Write(p []byte) (int, error) {
	if s.left -= len(p); s.left < 0 {
		return 0, errFull
	}
	return s.b.Write(p)
}

func (s *limitedState) Width() (int, bool) { return 0, false }

func (s *limitedState) Precision() (int, bool) { return 0, false }

func (s *limitedState) Flag(c int) bool { return c == '+' }

var (
	// "at main.f()\n\t/x/y.go:12", "main.f\n    /x/y.go:12": a function and, on the next line, its place.
	twoLines = regexp.MustCompile(`(?m)^[ \t]*(?:at[ \t]+)?([^\s:][^\s]*?)(?:\(\.{0,3}\))?[ \t]*\r?\n[ \t]+([^\s]+?\.[a-z]+):([0-9]{1,7})\b`)
	// "/x/y.go:12: text", "main.f:/x/y.go:12": a place alone.
	placeLine = regexp.MustCompile(`(?m)^[ \t]*(?:([^\s:]+):)?([^\s:]+\.[a-z]+):([0-9]{1,7})\b`)
)

// locationFrames reads lines that begin with "place:line", where the place is a file or, as with juju/errors, a function.
func locationFrames(lines []string) (frames []runtime.Frame) {
	for _, line := range lines[:min(len(lines), maxTextFrames)] {
		if f := textFrames(line); len(f) > 0 {
			frames = append(frames, f[0])
			continue
		}
		place, rest, ok := strings.Cut(value.Head(line, 1000), ":")
		digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
		if n, err := strconv.Atoi(digits); ok && err == nil && !strings.ContainsAny(place, " \t") {
			frames = append(frames, runtime.Frame{Function: place, Line: n})
		}
	}
	return frames
}

func textFrames(s string) (frames []runtime.Frame) {
	s = value.Head(s, 256<<10)
	matches := twoLines.FindAllStringSubmatch(s, maxTextFrames)
	if len(matches) == 0 {
		matches = placeLine.FindAllStringSubmatch(s, maxTextFrames)
	}
	for _, m := range matches {
		line, err := strconv.Atoi(m[3])
		if err != nil {
			continue
		}
		frames = append(frames, runtime.Frame{Function: m[1], File: m[2], Line: line})
	}
	return frames
}
