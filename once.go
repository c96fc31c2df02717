package exceptional

import (
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// requestKey is where Middleware hangs a request's state in its echo.Context.
const requestKey = "github.com/exceptional-go/exceptional"

// request is what we remember of one request, and while a failure of it is being answered, the framework's side of that: an
// engine.Conn. Middleware makes it at the start; without Middleware the first failure does.
type request struct {
	first   error            // the failure that has been answered
	handler echo.HandlerFunc // what c.Handler returned before hang
	rare    *rare            // what few requests have; see request.known

	busy      bool         // a failure is being answered
	responder *Responder   // which answers it; nil if none is
	echo      echo.Context // for as long as busy is set: Echo uses it again for other requests

	mark  echo.HandlerFunc // this request's handle; see hang
	spare []string         // see Values
}

type rare struct {
	more      []error      // failures after the first
	nested    []error      // failures that hooks raised while another was being answered
	leaving   int          // calls of Skipper and Next that have not returned
	context   echo.Context // as the application's middleware wrapped it; see Responder.Middleware
	responder *Responder   // answers instead of the one that Echo calls; see Responder.Here
	fell      *Responder   // the one of the innermost Here that a panic has left
	writer    *tracker
	entry     entry
	crash     string // of the Skipper; for the log
	preview   bool   // see Responder.Routes
	framed    bool   // a preview that a browser must show in a frame, whatever its status
}

var nothingRare rare // never written to

// known returns what is known beside the failure, for reading.
func (s *request) known() *rare {
	if s == nil || s.rare == nil {
		return &nothingRare
	}
	return s.rare
}

// own returns the same for writing.
func (s *request) own() *rare {
	if s.rare == nil {
		s.rare = new(rare)
	}
	return s.rare
}

// hang makes a state and hangs it in c, cheaply. c.Set would make a map and take a lock, at a time when nearly always nobody
// will ask again: most failures are handed to us once. So the state goes behind the context's handler, which has done its
// work: what c.Handler returns now calls the handler as before, and hands out the state if it is called without a context.
// Echo resets the handler for the next request, as it does the map.
func hang(c echo.Context) *request {
	s := requests.Get().(*request)
	s.handler = c.Handler()
	c.SetHandler(s.mark)
	return s
}

var requests = sync.Pool{New: func() any {
	s := new(request)
	s.mark = s.handle
	return s
}}

func (s *request) handle(c echo.Context) error {
	if c == nil {
		return carried{s}
	}
	return s.handler(c)
}

// part gives the state back, and leaves in c what has to be known if another failure comes: which one has been answered.
func (s *request) part(c echo.Context) {
	if s.mark == nil {
		return // it hangs where others may have found it
	}
	if c.Path() == "" && !routersOwn(s.first) && !lastCall(partFrames) {
		// A Pre middleware, perhaps, that goes on all the same: the router is still to come and sets the handler.
		c.SetHandler(s.handler)
		s.mark = nil
		store(c, s)
		return
	}
	if s.rare != nil {
		return // there is more to be known
	}
	c.SetHandler(answered(s.first, s.handler))
	s.first, s.handler = nil, nil // all else is as it was; copying the whole costs three times as much
	requests.Put(s)
}

// answered is what remains of a state. The router's own 404 is what most failures are, and is the same for all of them.
func answered(first error, handler echo.HandlerFunc) echo.HandlerFunc {
	if routersOwn(first) && pointer(handler) == pointer(echo.NotFoundHandler) {
		return answeredNotFound
	}
	return func(c echo.Context) error {
		if c == nil {
			return carried{&request{first: first, handler: handler}}
		}
		return handler(c)
	}
}

func routersOwn(err error) bool {
	e, ok := err.(*echo.HTTPError)
	return ok && e == echo.ErrNotFound
}

func answeredNotFound(c echo.Context) error {
	if c == nil {
		return carried{&request{first: echo.ErrNotFound, handler: echo.NotFoundHandler}}
	}
	return echo.NotFoundHandler(c)
}

// carried makes a state pass for an error, for the way out of a handler.
type carried struct{ *request }

func (carried) Error() string { return "exceptional: not an error" }

// The code of our handlers tells them from others.
var (
	handlePC           = pointer(new(request).handle)
	answeredPC         = pointer(answered(nil, nil))
	answeredNotFoundPC = pointer(answeredNotFound)
)

func pointer(h echo.HandlerFunc) uintptr { return reflect.ValueOf(h).Pointer() }

// requestOf returns the state that hangs in c, and nil if there is none.
func requestOf(c echo.Context) *request {
	if h := c.Handler(); h != nil {
		switch pointer(h) {
		case handlePC:
			return h(nil).(carried).request
		case answeredPC, answeredNotFoundPC:
			s := h(nil).(carried).request
			s.mark = s.handle
			c.SetHandler(s.mark)
			return s
		}
	}
	if !stored.Load() {
		return nil
	}
	s, _ := c.Get(requestKey).(*request)
	return s
}

// stored says that somebody may have put a state into an echo.Context by its Set: where nobody has, its lock and its map
// need not be asked.
var stored atomic.Bool

func store(c echo.Context, s *request) {
	if !stored.Load() {
		stored.Store(true)
	}
	c.Set(requestKey, s)
}

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
