package request

import (
	"net/http"
	"reflect"
)

// Sent is what has gone out of a response, as far as is known.
type Sent struct {
	Committed bool  // status and header are on their way
	Status    int   // what was sent, if Committed
	Size      int64 // bytes of body
	Flushed   bool  // the header is known to have been sent without a body
	Hijacked  bool  // the connection is no longer HTTP's
}

// Settle returns what has been sent of the response, when a failure is about to be answered: what the framework's Response says
// of w, its writer, corrected by what the tracking Writer has seen. A status that the Writer holds back is decided now: it is sent if
// the Response has a body, and otherwise dropped, for the error says more.
func (s *State) Settle(framework Sent, w http.ResponseWriter) Sent {
	t := s.Writer
	if t == nil {
		return framework
	}
	if below := TimeoutWriter(t); below != nil && TimeoutWriter(w) != below {
		return Sent{} // the tracking Writer wrote into the buffer of a time limit that was thrown away
	}
	if t.held != 0 && framework.Size > 0 {
		t.sendHeld()
	}
	switch {
	case t.hijacked:
		framework.Hijacked = true
	case t.status != 0:
		return Sent{Committed: true, Status: t.status, Size: max(t.size, framework.Size), Flushed: t.flushed}
	case t.held != 0:
		t.dropHeld()
		return Sent{}
	case w == http.ResponseWriter(t):
		// Whatever was written to the Response went into a buffer that was thrown away, as echo's middleware.Timeout does.
		return Sent{}
	}
	return framework
}

// discarded reports whether an answer never reached the client, when w is now the framework's writer: nothing has passed the
// tracking Writer, or it went into the buffer of an http.TimeoutHandler that echo's middleware.Timeout has thrown away since.
func (s *State) discarded(a Answer, w http.ResponseWriter) bool {
	if a.timeoutWriter != nil {
		return TimeoutWriter(w) != a.timeoutWriter
	}
	return s.Writer != nil && w == http.ResponseWriter(s.Writer) && !s.Writer.Begun()
}

// TimeoutWriter returns the writer of an http.TimeoutHandler that w writes to, or nil. Its handler may outlive the request, and
// whether its buffer is sent is decided when the handler has returned.
func TimeoutWriter(w http.ResponseWriter) http.ResponseWriter {
	return find(w, func(w http.ResponseWriter) (http.ResponseWriter, bool) {
		return w, reflect.TypeOf(w).String() == "*http.timeoutWriter"
	})
}

// find returns the first of w and the writers below it that match accepts, or the zero value.
func find[T any](w http.ResponseWriter, match func(http.ResponseWriter) (T, bool)) (found T) {
	for range maxUnwrap {
		if w == nil {
			return found
		}
		if t, ok := match(w); ok {
			return t
		}
		w = below(w)
	}
	return found
}

// below returns the writer below w, or nil. A middleware's writer that was made without one may panic.
func below(w http.ResponseWriter) (inner http.ResponseWriter) {
	defer func() { _ = recover() }()
	if u, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
		inner = u.Unwrap()
	}
	return inner
}

// maxUnwrap bounds how many writers are looked through: one may unwrap to itself.
const maxUnwrap = 32

// Uncompressed reports whether the client gets what is written to w as it is, so that its length may be announced: w is one of
// net/http's own writers. Behind any other one there may be a compression, and not all of those have an Unwrap method.
func Uncompressed(w http.ResponseWriter) bool {
	if t, ok := w.(*Writer); ok {
		w = t.ResponseWriter
	}
	t := reflect.TypeOf(w)
	if t == nil || t.Kind() != reflect.Pointer || t.Elem().Name() == "timeoutWriter" {
		return false
	}
	switch t.Elem().PkgPath() {
	case "net/http", "net/http/internal/http2", "net/http/httptest", "golang.org/x/net/http2":
		return true
	}
	return false
}
