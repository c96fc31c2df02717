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

	mark     echo.HandlerFunc // what hangs in the context, if s is from the pool; see hang
	turn     atomic.Uint64    // how many failures s has been for before
	other    bool             // first is not what mark would say it was
	plain    bool             // mark is routed
	routed   echo.HandlerFunc // handleRouted
	response *echo.Response   // by this or by its address the request's context is told from a copy of it
	context  uintptr          // its address: a wrapper has another one, and a middleware may lend it another Response
	spare    []string         // see Values
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

// hang makes a state for a failure and hangs it in c, cheaply. c.Set would make a map and take a lock, at a time when nearly
// always nobody will ask again: most failures are handed to us once. So the state goes behind the context's handler, which has
// done its work: what c.Handler returns now calls the handler as before, and hands out the state if it is called without a
// context. Echo resets the handler for the next request, as it does the map.
func hang(c echo.Context, err error) *request {
	s := requests.Get().(*request)
	s.handler, s.response, s.context = c.Handler(), c.Response(), address(c)
	s.plain = isNotFound(err) && pointer(s.handler) == pointer(echo.NotFoundHandler)
	if s.plain {
		s.mark = s.routed
	} else {
		s.mark = s.lead(err, s.handler)
	}
	c.SetHandler(s.mark)
	return s
}

// requests are the states that no request has. Somebody may still hold a handler that led to one of them, a hook that copied its
// context for instance: it must never lead to another request's. See turn and handleRouted.
var requests = sync.Pool{New: func() any {
	s := new(request)
	s.routed = s.handleRouted
	return s
}}

// lead returns the handler that leads to s while err is being answered, and afterwards says no more than that it has been. It is
// told from other handlers by its code, of which there must be one copy.
//
//go:noinline
func (s *request) lead(err error, handler echo.HandlerFunc) echo.HandlerFunc {
	turn := s.turn.Load()
	return func(c echo.Context) error {
		switch {
		case c != nil:
			return handler(c)
		case s.turn.Load() == turn:
			return carried{s}
		}
		return carried{&request{first: err, handler: handler}}
	}
}

// handleRouted is the same for the router's own 404, which is what most failures are: the state has it from the beginning.
func (s *request) handleRouted(c echo.Context) error {
	if c != nil {
		return echo.NotFoundHandler(c)
	}
	return carried{s}
}

// part gives the state back, and leaves in c what has to be known if another failure comes: which one has been answered.
func (s *request) part(c echo.Context) {
	if s.mark == nil {
		return // it hangs where others may have found it
	}
	if c.Path() == "" && !routersOwn(s.first) && !lastCall(partFrames) {
		// A Pre middleware, perhaps, that goes on all the same: the router is still to come and sets the handler.
		c.SetHandler(s.handler)
		s.turn.Add(1) // no handler leads to s any more
		s.mark = nil
		store(c, s)
		return
	}
	if s.rare != nil {
		return // there is more to be known
	}
	switch {
	case s.other:
		c.SetHandler(s.answered())
	case s.plain:
		c.SetHandler(answeredNotFound)
	}
	s.turn.Add(1)
	s.first, s.handler, s.mark, s.response, s.context, s.other = nil, nil, nil, nil, 0, false
	if s.routed != nil {
		requests.Put(s)
	}
}

// answered is what remains of a state whose failure is not the one that it was made for.
//
//go:noinline
func (s *request) answered() echo.HandlerFunc {
	first, handler := s.first, s.handler
	return func(c echo.Context) error {
		if c == nil {
			return carried{&request{first: first, handler: handler}}
		}
		return handler(c)
	}
}

func isNotFound(err error) bool {
	e, ok := err.(*echo.HTTPError)
	return ok && e == echo.ErrNotFound
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
	leadPC             = pointer(new(request).lead(nil, nil))
	routedPC           = pointer(new(request).handleRouted)
	answeredPC         = pointer(new(request).answered())
	answeredNotFoundPC = pointer(answeredNotFound)
)

func pointer(h echo.HandlerFunc) uintptr { return reflect.ValueOf(h).Pointer() }

// requestOf returns the state that hangs in c, and nil if there is none.
func requestOf(c echo.Context) *request {
	if h := c.Handler(); h != nil {
		switch pointer(h) {
		case leadPC, routedPC:
			s := h(nil).(carried).request
			if s.mark == nil && s.first != nil {
				return rehang(c, s)
			}
			if s.response == c.Response() || s.context != 0 && s.context == address(c) {
				return s
			}
			// A hook has copied the context of another request, or kept its handler.
		case answeredPC, answeredNotFoundPC:
			return rehang(c, h(nil).(carried).request)
		}
	}
	if !stored.Load() {
		return nil
	}
	s, _ := c.Get(requestKey).(*request)
	return s
}

// address returns where c is, to compare and not to keep it: a context of the application's may be of a type that cannot be
// compared, and then it has none.
func address(c echo.Context) uintptr {
	if v := reflect.ValueOf(c); v.Kind() == reflect.Pointer {
		return v.Pointer()
	}
	return 0
}

// rehang makes a state of what remained of one.
func rehang(c echo.Context, s *request) *request {
	s.mark, s.response, s.context, s.other = s.lead(s.first, s.handler), c.Response(), address(c), true
	c.SetHandler(s.mark)
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
