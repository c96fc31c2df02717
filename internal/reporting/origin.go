package reporting

import (
	"path"
	"reflect"
	"runtime"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/text"
)

// maxTypes bounds the chain of types in a record.
const maxTypes = 16

// typeChain lists the types in the tree of err, outermost first: "*fmt.wrapError > *net.OpError > syscall.Errno". The members
// of a join are listed one after the other.
func typeChain(err error) string {
	var names [maxTypes]string
	n := 0
	truncated := errtree.Walk(err, func(node errtree.Node) bool {
		if n == maxTypes {
			n++
			return false
		}
		names[n] = reflect.TypeOf(node.Err).String()
		n++
		return true
	})
	if n == 1 {
		return names[0]
	}
	s := strings.Join(names[:min(n, maxTypes)], " > ")
	if truncated || n > maxTypes {
		s += " > …"
	}
	return s
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

// stackOf returns the stack that err itself carries, in one of the forms that most packages use: program counters, by
// StackTrace or Callers, or the StackTrace of pkg/errors, whose frames are program counters of another type. The technical
// page knows more forms; a log record needs one line.
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
	if errtree.IsNil(err) {
		return nil
	}
	method := reflect.ValueOf(err).MethodByName("StackTrace")
	if !method.IsValid() || method.Type().NumIn() != 0 || method.Type().NumOut() != 1 ||
		method.Type().Out(0).Kind() != reflect.Slice || method.Type().Out(0).Elem().Kind() != reflect.Uintptr {
		return nil
	}
	frames := method.Call(nil)[0]
	for i := range min(frames.Len(), maxStack) {
		pcs = append(pcs, uintptr(frames.Index(i).Uint()))
	}
	return pcs
}

// frameLine describes a call: "orders.(*Store).Get /src/orders/store.go:42".
func frameLine(f runtime.Frame) string {
	if f.Function == "" {
		return ""
	}
	return path.Base(f.Function) + " " + f.File + ":" + strconv.Itoa(f.Line)
}

// frameLines describes the calls of a stack.
func frameLines(pcs []uintptr) []string {
	var lines []string
	frames := runtime.CallersFrames(pcs[:min(len(pcs), maxStack)])
	for {
		f, more := frames.Next()
		if s := frameLine(f); s != "" {
			lines = append(lines, text.Line(s, maxValue))
		}
		if !more {
			return lines
		}
	}
}
