// Package httperrors has errors that speak HTTP.
//
// A handler returns one and the answer is settled: the status, a message for people, the headers that the status
// needs, and beside them, for the log alone, the cause and the stack.
//
//	return httperrors.NotFound("There is no such order.").WithCause(err)
//
// # Speaking HTTP
//
// Any error speaks HTTP whose type has both of the methods
//
//	StatusCode() int
//	PublicMessage() string
//
// and it may have these as well:
//
//	Header() http.Header
//	AugmentResponse(http.ResponseWriter)
//
// Importing this package is never required. StatusCode alone is not enough: the error of an SDK that has it describes
// the answer of somebody else's server. A type that embeds an *Error speaks HTTP through it, with all that it carries;
// it must do so under another name, because a field named Error hides the method:
//
//	type base = httperrors.Error
//
//	type OrderError struct {
//		*base
//		Order int
//	}
//
// # What is public
//
// The message, the detail, the extension members, the field errors and the headers are for everybody to read. The
// cause, the stack and the text that [Error.Error] returns are not, and no answer shows them.
//
// # Which error counts
//
// [Resolve] says what a tree of errors means to a client. A status that somebody set outranks one that is only known
// for an error of the standard library; of two that were set, one within the other, the outer counts, unless it is
// the web framework's own, which gives way to what it carries; of two side by side, in a join, the more serious counts
// (5xx before 4xx before 3xx), then the first.
package httperrors

import (
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"slices"

	"github.com/exceptional-go/exceptional/internal/hook"
	"github.com/exceptional-go/exceptional/internal/problem"
)

// Error is an error that speaks HTTP.
//
// One is made by New, by the constructor of its status, or from another one by a With… method. Those made while a
// request is served remember their stack; those made when a package is initialised do not.
//
// The zero Error, and a nil one, is a 500 without a message. An Error is immutable, so that it may be a package-level
// variable: the With… methods return a copy, and header maps and slices are copied on the way in and out. Only a zero Error
// can be filled, by json.Unmarshal and xml.Unmarshal from a problem document. It must not be copied as a struct. It is safe
// for concurrent use.
type Error struct {
	status  int    // as it was asked for; StatusCode has the one to send
	message string // public
	detail  string // public
	cause   error
	parent  *Error      // what a With… method made this from
	stack   []uintptr   // never written to
	header  http.Header // canonical names and checked values; never written to
	x       *extra      // never written to; nil if the error has nothing rare
}

// extra is what few errors have. It is apart to keep the others small.
type extra struct {
	code, typeURI, title string
	instance, template   string
	extensions           []problem.Member
	errors               []FieldError
	links                []Link // checked
	augment              []func(http.ResponseWriter)
	faults               []string // what was refused, and why
	level                slog.Level
	hasLevel             bool
	retryable, report    decision
	broken               bool // an argument of the constructor was invalid: answer 500
	resolved             bool // made by Resolve: the cause is the whole story
	read                 bool // from somebody else's answer: the status is theirs
}

// decision is a bool that may be left open.
type decision uint8

const (
	undecided decision = iota
	no
	yes
)

func decide(b bool) decision {
	if b {
		return yes
	}
	return no
}

// FieldError says what is wrong with one part of a request, in the terms of RFC 9457, section 3. All of it is public.
// The zero value says nothing.
type FieldError struct {
	Detail    string // a sentence: "must be a positive number"
	Pointer   string // a JSON pointer into the body, as RFC 6901 says: "/items/0/price"; "" for none
	Parameter string // the name of a query, path or form parameter
	Header    string // the name of a header field
	Code      string // for programs: "required"
}

// New returns an error with this status and a message for people, which is public; an empty one stands for the
// standard text in the reader's language. A status outside 300 to 599, 305 or 306 answers 500, and so does a redirect
// until it has a Location.
//
//go:noinline
func New(status int, message string) *Error { return build(status, message) }

// Newf is New with a formatted message, which is as public as New's: what is formatted into it, an error above all,
// is read by everybody. For the cause there is [Error.WithCause].
func Newf(status int, format string, args ...any) *Error {
	return build(status, fmt.Sprintf(format, args...))
}

// As returns the first error in the tree of err that speaks HTTP, in a join the most serious. It is not errors.As: it
// ends for every tree, no method of an error can make it panic, and an error that speaks HTTP by its methods alone is
// returned as an *Error that wraps it. Errors of a web framework and of the standard library do not speak HTTP; for
// what they mean there is [Resolve].
func As(err error) (*Error, bool) {
	if e, ok := err.(*Error); ok && e != nil {
		return e, true
	}
	s := survey(err)
	c := s.best(func(c *candidate) bool { return c.origin == OriginOwn })
	if c == nil {
		return nil, false
	}
	return c.own, true
}

// StatusCode returns the status to answer with, always from 300 to 599.
func (e *Error) StatusCode() int {
	if e == nil || !sendable(e.status) {
		return http.StatusInternalServerError
	}
	if x := e.extra(); x.broken || redirects(e.status) && len(e.header["Location"]) == 0 && !x.read {
		return http.StatusInternalServerError
	}
	return e.status
}

// PublicMessage returns the message for people, and "" for the standard text in the reader's language.
func (e *Error) PublicMessage() string {
	if e == nil || e.StatusCode() != e.status { // the message was written for another answer
		return ""
	}
	return e.message
}

// Header returns a copy of the header fields to answer with. 405 has an Allow field, although it may be empty, and 428,
// 429, 431 and 511 forbid caches to store the answer.
func (e *Error) Header() http.Header {
	h := make(http.Header)
	e.CopyHeader(h)
	return h
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.cause
}

// Is reports whether target is what e was derived from: the Err… variable of its status, an *Error that a With… method
// was called on, or an *Error of the same status with the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	if !ok || t == nil || e == nil {
		return false
	}
	if t == sentinel(e.StatusCode()) {
		return true
	}
	for p := e.parent; p != nil; p = p.parent {
		if p == t {
			return true
		}
	}
	return e.x != nil && t.x != nil && e.x.code != "" && e.x.code == t.x.code && e.StatusCode() == t.StatusCode()
}

// As lets e stand for the error type of the web framework in use, so that the framework's middleware sees the status
// that will be sent. It is called by [errors.As].
func (e *Error) As(target any) bool {
	if e == nil || hook.Assign == nil {
		return false
	}
	m := e.PublicMessage()
	if m == "" {
		m = Phrase(e.StatusCode())
	}
	return hook.Assign(e, e.StatusCode(), m, target)
}

// StackTrace returns the program counters of where e was made, for [runtime.CallersFrames], 32 at most; none if it was
// made when a package was initialised. In a handler they end where the web framework calls it, the innermost one if there are
// several: what is below is the server's.
func (e *Error) StackTrace() []uintptr {
	if e == nil {
		return nil
	}
	return slices.Clone(e.stack)
}

// Detail returns the explanation of this occurrence, which is public.
func (e *Error) Detail() string {
	if e == nil {
		return ""
	}
	return e.detail
}

// none is the extra of an error that has none.
var none extra

func (e *Error) extra() *extra {
	if e == nil || e.x == nil {
		return &none
	}
	return e.x
}

// Code returns the name of this kind of error for programs, and "" if it has none.
func (e *Error) Code() string { return e.extra().code }

// Type returns the URI of this kind of problem, and "" for about:blank.
func (e *Error) Type() string { return e.extra().typeURI }

// Title returns the title of this kind of problem, and "" for the standard phrase of the status.
func (e *Error) Title() string { return e.extra().title }

// Instance returns the URI of this occurrence, and "" if it has none.
func (e *Error) Instance() string { return e.extra().instance }

// Template returns the name of the template to render, and "" to go by the status.
func (e *Error) Template() string { return e.extra().template }

// Extensions yields the extension members of the problem document, in the order they were given.
func (e *Error) Extensions() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, m := range e.extra().extensions {
			if !yield(m.Name, m.Value) {
				return
			}
		}
	}
}

// Errors returns a copy of the list of what is wrong with parts of the request.
func (e *Error) Errors() []FieldError { return slices.Clone(e.extra().errors) }

// Retryable reports whether the same request may succeed later: as it was decided, otherwise true for an error with a
// Retry-After field and for 408, 425, 429, 502, 503 and 504.
func (e *Error) Retryable() bool {
	if d := e.extra().retryable; d != undecided {
		return d == yes
	}
	return problem.Temporary(e.StatusCode()) || e != nil && e.header["Retry-After"] != nil
}

// Level returns the level at which to log e, if that was decided.
func (e *Error) Level() (level slog.Level, decided bool) {
	x := e.extra()
	return x.level, x.hasLevel
}

// Reportable returns whether e is to be reported, if that was decided.
func (e *Error) Reportable() (report, decided bool) {
	d := e.extra().report
	return d == yes, d != undecided
}

// AugmentResponse calls the functions that WithAugment has given, in their order. It is called when the status is
// settled and before the error's headers are set; w is open for headers and cookies, not for a body.
func (e *Error) AugmentResponse(w http.ResponseWriter) {
	for _, f := range e.extra().augment {
		f(w)
	}
}

// Hide returns err, but if it answers 403 an error that answers 404 instead, without a word of why. It is for what a
// client that may not see a thing should not learn to exist (RFC 9110, section 15.5.4); err stays the cause. It tells
// nothing only if a real 404 of the same handler has no message either.
func Hide(err error) error {
	if err == nil {
		return nil
	}
	if e, _ := ResolveShared(err); e.StatusCode() != http.StatusForbidden {
		return err
	}
	e := build(http.StatusNotFound, "")
	e.cause = err
	return e
}

var _ interface {
	error
	StatusCode() int
	PublicMessage() string
	Header() http.Header
	AugmentResponse(http.ResponseWriter)
} = (*Error)(nil)
