package report

import (
	"path"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// maxTypes bounds the chain of types in a record.
const maxTypes = 16

// typeName returns the type of err, and the empty string for nil.
func typeName(err error) string {
	if err == nil {
		return ""
	}
	return reflect.TypeOf(err).String()
}

// causes lists the types in the tree of err, outermost first: "*fmt.wrapError > *net.OpError > syscall.Errno". What hangs
// side by side in the tree is listed one after the other.
func causes(err error) string {
	var names [maxTypes]string
	n, size := 0, 0
	cut := errtree.Walk(err, func(node errtree.Node) bool {
		if n == maxTypes {
			n++
			return false
		}
		names[n] = typeName(node.Err)
		size += len(names[n]) + 3
		n++
		return true
	})
	if n == 1 {
		return names[0]
	}
	var b strings.Builder
	b.Grow(size + 4)
	for i, name := range names[:min(n, maxTypes)] {
		if i > 0 {
			b.WriteString(" > ")
		}
		b.WriteString(name)
	}
	if cut || n > maxTypes {
		b.WriteString(" > …")
	}
	return b.String()
}

// origin returns the program counters of the place where err was made: the innermost stack in its tree, which is nearest
// to the cause.
func origin(err error) (pcs []uintptr) {
	errtree.Walk(err, func(n errtree.Node) bool {
		if s := stackOf(n.Err); len(s) > 0 {
			pcs = s
		}
		return true
	})
	return pcs
}

// stackOf returns the stack that err itself carries, in one of the two forms that most packages use: program counters, by
// StackTrace or Callers, or the type of pkg/errors, whose frames are program counters too. A technical page knows more
// forms; a log record needs one line.
func stackOf(err error) (pcs []uintptr) {
	defer func() {
		if recover() != nil { // a nil pointer, or a method that panics
			pcs = nil
		}
	}()
	switch x := err.(type) {
	case interface{ StackTrace() []uintptr }:
		return x.StackTrace()
	case interface{ Callers() []uintptr }:
		return x.Callers()
	}
	method := tracer(reflect.TypeOf(err))
	if method < 0 || errtree.IsNil(err) {
		return nil
	}
	frames := reflect.ValueOf(err).Method(method).Call(nil)[0]
	for i := range min(frames.Len(), maxStack) {
		pcs = append(pcs, uintptr(frames.Index(i).Uint()))
	}
	return pcs
}

// tracers remembers which types have a StackTrace method that returns program counters of a type of their own; looking
// it up takes longer than calling it. A program has only so many types of errors.
var tracers sync.Map // reflect.Type → int, the method's index or -1

func tracer(t reflect.Type) int {
	if i, ok := tracers.Load(t); ok {
		return i.(int)
	}
	index := -1
	if m, ok := t.MethodByName("StackTrace"); ok && m.Type.NumIn() == 1 && m.Type.NumOut() == 1 &&
		m.Type.Out(0).Kind() == reflect.Slice && m.Type.Out(0).Elem().Kind() == reflect.Uintptr {
		index = m.Index
	}
	tracers.Store(t, index)
	return index
}

// frames are the symbolised program counters of origins. An application has only so many places where errors are
// made, and finding a line takes longer than all the rest of a record.
var frames struct {
	byPC sync.Map // uintptr → string
	n    atomic.Int64
}

// maxFrames bounds frames all the same: a foreign StackTrace method may return anything.
const maxFrames = 4096

// frame describes the call at pc, "orders.(*Store).Get /src/orders/store.go:42", or returns the empty string.
func frame(pc uintptr) string {
	if s, ok := frames.byPC.Load(pc); ok {
		return s.(string)
	}
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	s := ""
	if f.Function != "" {
		s = path.Base(f.Function) + " " + f.File + ":" + strconv.Itoa(f.Line)
	}
	if frames.n.Add(1) <= maxFrames {
		frames.byPC.Store(pc, s)
	}
	return s
}

// trace is a whole stack, one string for each call.
func trace(pcs []uintptr) []string {
	var s []string
	more := runtime.CallersFrames(pcs[:min(len(pcs), maxStack)])
	for {
		f, again := more.Next()
		if f.Function != "" {
			s = append(s, line(path.Base(f.Function)+" "+f.File+":"+strconv.Itoa(f.Line), maxValue))
		}
		if !again {
			return s
		}
	}
}
