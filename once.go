package exceptional

import (
	"reflect"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// handledBefore reports whether err, or an error that wraps it or that it wraps, has been dealt with on this request. Echo's
// RequestLogger, BodyDump and others call c.Error and return the error as well (labstack/echo#1948); ContextTimeout and
// slog-echo wrap it in between.
func (s *request) handledBefore(err error) bool {
	if s == nil {
		return false
	}
	if s.first == nil {
		return false
	}
	if sameFailure(err, s.first) || sameFailure(s.first, err) {
		return true
	}
	return slices.ContainsFunc(s.known().more, func(h error) bool { return sameFailure(err, h) || sameFailure(h, err) })
}

// maxHandled bounds what one request remembers. A stream that reports an error in every round would fill the memory.
const maxHandled = 16

func (s *request) remember(err error) {
	switch {
	case s.first == nil:
		s.first = err
	case len(s.known().more) < maxHandled:
		r := s.own()
		r.more = append(r.more, err)
	}
}

// postpone keeps a failure that a hook raised by c.Error until the one that is being answered has been: to begin with it now
// would run the same hook again, without end.
func (s *request) postpone(err error) {
	if r := s.own(); len(r.nested) < maxHandled {
		r.nested = append(r.nested, err)
	}
}

// begun reports whether anything has been sent, as far as is known.
func (s *request) begun(c echo.Context) bool {
	w := s.known().writer
	return c.Response().Committed || w != nil && (w.status != 0 || w.hijacked)
}

// sameFailure reports whether one stands in err's tree, and nothing that is news: an error that was joined to one later, such
// as that of the rollback, is a failure of its own. It never compares two values of a type that cannot be compared, which would
// panic: validator.ValidationErrors is a slice.
func sameFailure(err, one error) bool {
	var nodes []errtree.Node
	place := -1
	errtree.Walk(err, func(n errtree.Node) bool {
		if place < 0 && identical(n.Err, one) {
			place = len(nodes)
		}
		nodes = append(nodes, n)
		return place < 0 || len(nodes) < place+maxNews
	})
	if place < 0 {
		return false
	}
	for at := place; at > 0; at = nodes[at].Parent {
		above := nodes[at].Parent
		if !errtree.IsJoin(nodes[above].Err) {
			continue
		}
		for i, n := range nodes {
			if n.Parent == above && i != at && !within(n.Err, one) && !within(one, n.Err) {
				return false
			}
		}
	}
	return true
}

// maxNews bounds how many nodes behind the one that was looked for are searched for news.
const maxNews = 64

// within reports whether err is a part of one.
func within(err, one error) (found bool) {
	errtree.Walk(one, func(n errtree.Node) bool {
		found = identical(n.Err, err)
		return !found
	})
	return found
}

func identical(a, b error) bool {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	if !va.IsValid() || !vb.IsValid() || va.Type() != vb.Type() {
		return false
	}
	if errtree.Comparable(a) && errtree.Comparable(b) {
		return a == b
	}
	switch va.Kind() {
	case reflect.Slice:
		return va.Len() == vb.Len() && va.UnsafePointer() == vb.UnsafePointer()
	case reflect.Map, reflect.Func:
		return va.UnsafePointer() == vb.UnsafePointer()
	}
	// A struct with a slice in it. Two failures of one request with the same type and text are one failure.
	return errtree.Text(a) == errtree.Text(b)
}

// The numbers of our frames above lastCall: conn.Panic, Engine.resolve, Engine.Handle and HandleError; part and HandleError.
const (
	engineFrames = 4
	partFrames   = 2
)

// lastCall reports whether our handler's caller is Echo.ServeHTTP itself. Then no panic is in flight: a middleware that
// recovers one calls c.Error. That is told by one program counter; to look for the panic's frames takes all of them.
//
// own is the number of our own frames above lastCall. If it were wrong, the answer would be no, which is only slower.
//
//go:noinline
func lastCall(own int) bool {
	var pcs [1]uintptr
	if runtime.Callers(own+2, pcs[:]) == 0 {
		return false
	}
	pc := pcs[0]
	if pc == serveHTTP.Load() {
		return true
	}
	f, _ := runtime.CallersFrames(pcs[:]).Next()
	if f.Function != serveHTTPName {
		return false
	}
	serveHTTP.Store(pc)
	return true
}

// serveHTTP is the place in Echo.ServeHTTP that calls the error handler, once it is known. It is the same for the life of the
// program.
var serveHTTP atomic.Uintptr
