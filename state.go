package exceptional

import (
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"
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
	if e, ok := first.(*echo.HTTPError); ok && e == echo.ErrNotFound && pointer(handler) == pointer(echo.NotFoundHandler) {
		return answeredNotFound
	}
	return func(c echo.Context) error {
		if c == nil {
			return carried{&request{first: first, handler: handler}}
		}
		return handler(c)
	}
}

// routersOwn reports whether err says that the router has been here.
func routersOwn(err error) bool {
	e, ok := err.(*echo.HTTPError)
	return ok && (e == echo.ErrNotFound || e == echo.ErrMethodNotAllowed)
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
