package exceptional

import (
	"reflect"
	"runtime"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// requestKey is where a request's state hangs in its echo.Context.
const requestKey = "github.com/exceptional-go/exceptional"

// request is what we remember of one request. Middleware makes it at the start; without Middleware it is made at the first
// failure that somebody may hand to us again.
type request struct {
	handled   []error      // the failures that have been answered or reported
	context   echo.Context // as the application's middleware wrapped it; see Responder.Middleware
	responder *Responder   // answers instead of the one that Echo calls; see Responder.Here
	writer    *tracker
	entry     entry
	preview   bool // see Responder.Routes
	framed    bool // a preview that a browser must show in a frame, whatever its status
}

// requestOf returns the state that hangs in c, and nil if there is none.
func requestOf(c echo.Context) *request {
	s, _ := c.Get(requestKey).(*request)
	return s
}

// handledBefore reports whether err, or an error that wraps it or that it wraps, has been dealt with on this request. Echo's
// RequestLogger, BodyDump and others call c.Error and return the error as well (labstack/echo#1948); ContextTimeout and
// slog-echo wrap it in between.
func (s *request) handledBefore(err error) bool {
	if s == nil {
		return false
	}
	for _, h := range s.handled {
		if sameFailure(err, h) || sameFailure(h, err) {
			return true
		}
	}
	return false
}

// maxHandled bounds what one request remembers. A stream that reports an error in every round would fill the memory.
const maxHandled = 16

func (s *request) remember(err error) {
	if len(s.handled) < maxHandled {
		s.handled = append(s.handled, err)
	}
}

// sameFailure reports whether one stands in err's tree. It never compares two values of a type that cannot be compared,
// which would panic: validator.ValidationErrors is a slice.
func sameFailure(err, one error) bool {
	found := false
	errtree.Walk(err, func(n errtree.Node) bool {
		found = identical(n.Err, one)
		return !found
	})
	return found
}

func identical(a, b error) bool {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	if !va.IsValid() || !vb.IsValid() || va.Type() != vb.Type() {
		return false
	}
	if va.Comparable() && vb.Comparable() {
		return va.Equal(vb)
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

// lastCall reports whether our handler's caller is Echo.ServeHTTP itself. It calls the handler at most once and does nothing
// afterwards, so the failure need not be remembered: nobody can hand it to us again. That saves what remembering costs (a map
// and its lock, in c.Set) for nearly every failure. Anybody else, a middleware by c.Error or a function that wraps our handler,
// may call twice. It also means that no panic is in flight.
//
// skip is the number of our own frames above lastCall.
//
//go:noinline
func lastCall(skip int) bool {
	var pcs [1]uintptr
	if runtime.Callers(skip+2, pcs[:]) == 0 {
		return false
	}
	pc := pcs[0]
	if pc == serveHTTP.Load() {
		return true
	}
	f, _ := runtime.CallersFrames(pcs[:]).Next()
	if f.Function != "github.com/labstack/echo/v4.(*Echo).ServeHTTP" {
		return false
	}
	serveHTTP.Store(pc)
	return true
}

// serveHTTP is the place in Echo.ServeHTTP that calls the error handler, once it is known. It is the same for the life of the
// program.
var serveHTTP atomic.Uintptr
