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

// origin returns the program counters of the place where f's error was made: what the failure says itself, or
// the innermost stack in its error tree, which is nearest to the cause.
func origin(f *Failure) []uintptr {
	if len(f.Stack) > 0 {
		return f.Stack
	}
	var deepest []uintptr
	errtree.Walk(f.Err, func(n errtree.Node) bool {
		if t, ok := n.Err.(interface{ StackTrace() []uintptr }); ok && !errtree.IsNil(n.Err) {
			if pcs := stackOf(t); len(pcs) > 0 {
				deepest = pcs
			}
		}
		return true
	})
	return deepest
}

func stackOf(t interface{ StackTrace() []uintptr }) (pcs []uintptr) {
	defer func() {
		if recover() != nil {
			pcs = nil
		}
	}()
	return t.StackTrace()
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
