// Package request holds what the library remembers of one HTTP request: which failures have been answered, what has gone out,
// and who answers. It knows net/http and no web framework; an adapter keeps one [State] for each request and asks it.
//
// Read it in this order: State and [State.Handle] (a failure is answered once), failures.go (which failures are the same one),
// sent.go (what has gone out of a response), writer.go (the writer that notices it).
package request

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
)

// A State remembers what happened to one request. The adapter makes it when the first middleware of ours sees the request, or at
// its first failure. It belongs to the goroutine that serves the request; the zero State is ready for use.
type State struct {
	// Set by the adapter's Middleware, and zero without it.
	Original *http.Request // the request as it came in, before any middleware changed it
	Start    time.Time
	Writer   *Writer // below the framework's Response: sees what the Response does not
	returned bool    // Middleware has returned,
	canceled bool    // when the context of Original was canceled

	own       history
	shared    *history // of the State that this one was detached from; nil: own is used
	answering bool     // a failure is being answered
	postponed []error  // failures that hooks raised meanwhile
	nextDepth int      // calls of Skipper and Next that have not returned

	answerHere  any // the responder of the innermost AnswerHere that the request is in
	leftByPanic any // the responder of the innermost AnswerHere that a panic has left
}

// A Flow answers one failure of a request: the adapter's side of [State.Handle].
type Flow interface {
	// ResponseWriter is the writer below the framework's own Response, where the next byte would go.
	ResponseWriter() http.ResponseWriter
	// Begun reports whether a response has begun.
	Begun() bool
	// Skip asks the application whether another handler is to answer err, and Next is that handler.
	Skip(err error) (skip bool)
	Next(err error)
	// Answer runs the five steps. Lost is not nil if err has been answered, logged and reported, and only the answer was
	// lost. SkipperPanic is a panic of Skip, or nil. Abort says that the connection is to be cut.
	Answer(err error, lost *Answer, skipperPanic error) (a Answer, abort bool)
	// Uncommit makes the framework's Response forget an answer that was not sent.
	Uncommit()
	// SetStatus tells the framework's Response, for access logs, of a status that was sent past it.
	SetStatus(status int)
}

// The bounds of what one request may make us do.
const (
	maxPostponed = 16 // failures that hooks raise
	maxNextDepth = 4  // calls of Next that fail by calling the error handler, which calls Next
)

// Handle answers err by f, once: middleware such as RequestLogger calls the error handler and returns the error as well
// (labstack/echo#1948). It reports whether the connection is to be cut.
func (s *State) Handle(err error, f Flow) (abort bool) {
	var lost *Answer // the earlier answer, if the client has not got it
	if earlier, handled := s.past().find(err); handled {
		switch {
		case s.answering:
			return false
		case !s.discarded(earlier, f.ResponseWriter()):
			if earlier.Status != 0 && !f.Begun() {
				f.SetStatus(earlier.Status)
			}
			return false
		}
		f.Uncommit()
		if earlier.By != nil {
			a := earlier // a copy, so that only a lost answer costs memory
			lost = &a
		} else {
			s.past().forget(err) // Next has answered it, and is asked again
		}
	}
	if s.answering {
		// Answering it now would run the hook that raised it again, without end.
		if len(s.postponed) < maxPostponed {
			s.postponed = append(s.postponed, err)
		}
		return false
	}

	var skipperPanic error
	if lost == nil && s.nextDepth < maxNextDepth {
		delegated := false
		if delegated, err, skipperPanic = s.delegate(err, f); delegated {
			return false
		}
		if s.past().has(err) {
			return false // the Skipper has answered it by calling the error handler
		}
	}

	s.answering = true
	abort = s.answer(err, f, lost, skipperPanic)
	abort = s.answerPostponed(f) || abort
	s.answering = false
	return abort
}

func (s *State) answer(err error, f Flow, lost *Answer, skipperPanic error) (abort bool) {
	failure := s.past().add(err)
	if s.Writer != nil {
		s.Writer.hold = false // an answer of ours without a body, to a client that has disconnected, is meant to have none
	}
	a, abort := f.Answer(err, lost, skipperPanic)
	a.timeoutWriter = TimeoutWriter(f.ResponseWriter())
	s.past().set(failure, a)
	return abort
}

// answerPostponed answers the failures that hooks raised meanwhile. To answer one may raise another: none is taken out of the list
// before the end, so that its bound holds for all of them.
func (s *State) answerPostponed(f Flow) (abort bool) {
	for i := 0; i < len(s.postponed); i++ {
		if err := s.postponed[i]; !s.past().has(err) {
			abort = s.answer(err, f, nil, nil) || abort
		}
	}
	s.postponed = nil
	return abort
}

// past changes nothing: DetachFrom may ask for it on another goroutine.
func (s *State) past() *history {
	if s.shared != nil {
		return s.shared
	}
	return &s.own
}

// delegate hands err to Next if the Skipper wants that. A Next that panics, as Echo's default handler does for a typed nil or a
// status of 99, leaves the answer to us after all: the panic is then part of the failure. A Skipper that panics has not asked
// for anything.
func (s *State) delegate(err error, f Flow) (delegated bool, failure, skipperPanic error) {
	s.nextDepth++
	defer func() { s.nextDepth-- }()
	skip := false
	if panicked := guard.Call(func() { skip = f.Skip(err) }); panicked != nil || !skip {
		return false, err, panicked
	}
	defer func() {
		if v := recover(); v != nil {
			delegated, failure = false, errors.Join(err, Recovered(v))
		}
	}()
	f.Next(err)
	if h := s.past(); f.Begun() && !h.has(err) { // Next has answered it, and not by calling the error handler
		h.set(h.add(err), Answer{timeoutWriter: TimeoutWriter(f.ResponseWriter())})
	}
	return true, nil, nil
}

// EnterAnswerHere notes that responder answers from here on, until leave is called with how the handler within ended.
func (s *State) EnterAnswerHere(responder any) (leave func(panicked bool)) {
	outer := s.answerHere
	s.answerHere, s.leftByPanic = responder, nil
	return func(panicked bool) {
		s.answerHere = outer
		if panicked && s.leftByPanic == nil {
			s.leftByPanic = responder
		}
	}
}

// Responder returns the responder of the AnswerHere that err comes from, and nil if it comes from outside of all. A panic comes
// from the innermost one that it left, whichever middleware has recovered it.
func (s *State) Responder(isPanic func() bool) any {
	if s.leftByPanic != nil && isPanic() {
		return s.leftByPanic
	}
	return s.answerHere
}

// DetachFrom makes s the State for a goroutine that may outlive the request of outer, as a handler below an http.TimeoutHandler
// does. Both know the failures that either has answered; nothing else is shared.
func (s *State) DetachFrom(outer *State) {
	s.Original, s.Start, s.shared = outer.Original, outer.Start, outer.past()
}

// MiddlewareReturned notes that Middleware returns. A middleware outside may cancel the context that Middleware has seen on its way
// out, which says nothing about the client.
func (s *State) MiddlewareReturned() { s.canceled, s.returned = canceled(s.Original), true }

// ClientDisconnected reports whether the client has canceled the request: whether its context as it came in was canceled, or,
// without Middleware, the one that current has, which a middleware may have canceled itself.
func (s *State) ClientDisconnected(current *http.Request) bool {
	switch {
	case s.Original == nil:
		return canceled(current)
	case s.returned:
		return s.canceled
	}
	return canceled(s.Original)
}

func canceled(r *http.Request) bool { return errors.Is(r.Context().Err(), context.Canceled) }
