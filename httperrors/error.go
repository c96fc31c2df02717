// Package httperrors has errors that speak HTTP.
//
// A handler returns one and the answer is settled: the status, a message for people, the headers that the status needs, and
// beside them, for the log alone, the cause and the stack.
//
//	return httperrors.NotFound("There is no such order.").WithCause(err)
//
// # Speaking HTTP
//
// An error speaks HTTP if its type has both of the methods
//
//	StatusCode() int
//	PublicMessage() string
//
// and it may have these as well:
//
//	Header() http.Header
//	AugmentResponse(http.ResponseWriter)
//
// Importing this package is never required. StatusCode alone is not enough: the error of an SDK that has it describes the
// answer of another server. A type that embeds an *Error speaks HTTP through it, with everything that it carries; it must
// embed it under another name, because a field named Error hides the method:
//
//	type base = httperrors.Error
//
//	type OrderError struct {
//		*base
//		Order int
//	}
//
// # Public and private
//
// The message, the detail, the extension members, the field errors, the links and the headers are public. The cause, the
// stack and the text that [Error.Error] returns are not, and no answer shows them.
//
// # Which error decides
//
// [Resolve] decides what a tree of errors means to a client. A status that the program set outranks one that is only known for
// an error of the standard library; of two that were set, one within the other, the outer decides, unless it is the web
// framework's own, which gives way to the error it carries; of two side by side, in a join, the more serious decides (5xx
// before 4xx before 3xx), then the first.
//
// # Reading the source
//
// error.go has the type, constructors.go and with.go the ways to make one, status.go the registry of statuses. header.go,
// links.go and challenge.go have the header fields, with the grammars in syntax.go. resolve.go decides which error of a tree
// counts, with speaker.go and foreign.go for errors of other types. format.go and document.go write an error, for logs and for
// clients.
package httperrors

import (
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"runtime"
	"slices"

	"github.com/exceptional-go/exceptional/internal/hook"
	"github.com/exceptional-go/exceptional/internal/problem"
)

// Error is an error that speaks HTTP.
//
// It is made by New, by the constructor of its status, or from another Error by a With… method. An Error that is made while
// a request is served remembers its stack; one that is made when a package is initialised does not.
//
// The zero Error, and a nil one, is a 500 without a message. An Error is immutable, so it may be a package-level variable:
// the With… methods return a copy, and header maps and slices are copied on the way in and out. It must not be copied as a
// struct. It is safe for concurrent use.
type Error struct {
	status  int    // as it was asked for; StatusCode has the one to send
	message string // public
	detail  string // public
	cause   error
	parent  *Error      // the error that a With… method made this from
	stack   []uintptr   // never written to
	header  http.Header // canonical names and checked values; never written to
	x       *extra      // never written to; nil if the error has no optional fields
	adapted bool        // made for an error of another type, which is the cause and has the text
}

// extra has the optional fields, which few errors need. It is apart to keep the others small.
type extra struct {
	code, typeURI, title string
	instance, template   string
	extensions           []problem.Member
	errors               []FieldError
	links                []Link // checked
	augment              []func(http.ResponseWriter)
	faults               []string // what was refused, and why
	level                *slog.Level
	retryable, report    *bool
	invalid              bool // an argument of the constructor was invalid: answer 500
	received             bool // read from the answer of another server, whose status it has
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

// New returns an error with this status and a message for people, which is public; an empty one stands for the standard text
// in the reader's language. A status outside 300 to 599, 305 or 306 answers 500, and so does a redirect until it has a
// Location.
func New(status int, message string) *Error { return build(status, message) }

// Newf is New with a formatted message. The message is public, including the arguments: do not format an error into it, but
// use [Error.WithCause].
func Newf(status int, format string, args ...any) *Error {
	return build(status, fmt.Sprintf(format, args...))
}

// errorWithStack is an error and its stack in one piece of memory.
type errorWithStack struct {
	Error
	pcs [32]uintptr
}

// build makes an error. It is called by the exported constructors alone; see withStack.
func build(status int, message string) *Error {
	return withStack(Error{status: status, message: message})
}

// withStack returns a copy of e with the stack of the code that called an exported function of this package, which called the
// function that calls this one. There is no stack while packages are initialised: it would say nothing about a request.
func withStack(e Error) *Error {
	s := &errorWithStack{Error: e}
	if n := runtime.Callers(4, s.pcs[:]); n < 2 || s.pcs[n-2] != initialiser {
		s.stack = s.pcs[:n]
	}
	return &s.Error
}

// initialiser is the place in runtime.main that initialises packages: the last frame but one of the stack of every
// package-level variable, this one included.
var initialiser = func() uintptr {
	var pcs [64]uintptr
	n := runtime.Callers(0, pcs[:])
	return pcs[max(n-2, 0)]
}()

// As returns the first error in the tree of err that speaks HTTP, in a join the most serious. Unlike errors.As it returns for
// every tree, no method of an error can make it panic, and an error that speaks HTTP by its methods alone is returned as an
// *Error that wraps it. Errors of a web framework and of the standard library do not speak HTTP; see
// [Resolve].
func As(err error) (*Error, bool) {
	if e, ok := err.(*Error); ok && e != nil {
		return e, true
	}
	c := collectCandidates(err).best(OriginOwn)
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
	if x := e.extra(); x.invalid || redirects(e.status) && len(e.header["Location"]) == 0 && !x.received {
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

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.cause
}

// Is reports whether target is an error that e derives from: the Err… variable of its status, an *Error that a With… method
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
	return e.Code() != "" && e.Code() == t.Code() && e.StatusCode() == t.StatusCode()
}

// As lets e stand for the error type of the web framework in use, so that the framework's middleware sees the status that
// will be sent. It is called by [errors.As].
func (e *Error) As(target any) bool {
	if e == nil {
		return false
	}
	m := e.PublicMessage()
	if m == "" {
		m = Phrase(e.StatusCode())
	}
	return hook.Assign(e, e.StatusCode(), m, target)
}

// StackTrace returns the program counters of the code that made e, for [runtime.CallersFrames], 32 at most; none if it was
// made when a package was initialised.
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

// noExtra is returned for errors without optional fields.
var noExtra extra

func (e *Error) extra() *extra {
	if e == nil || e.x == nil {
		return &noExtra
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

// Template returns the name of the template to render, and "" for that of the status.
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

// Errors returns a copy of the list of errors in parts of the request.
func (e *Error) Errors() []FieldError { return slices.Clone(e.extra().errors) }

// Retryable reports whether the same request may succeed later: as [Error.WithRetryable] has set it, otherwise true for an
// error with a Retry-After field and for 408, 425, 429, 502, 503 and 504.
func (e *Error) Retryable() bool {
	if set := e.extra().retryable; set != nil {
		return *set
	}
	return e.temporary()
}

// temporary reports whether the status or the header says that the same request may succeed later.
func (e *Error) temporary() bool {
	return problem.Temporary(e.StatusCode()) || e != nil && e.header["Retry-After"] != nil
}

// Level returns the level at which to log e, if [Error.WithLevel] has set one.
func (e *Error) Level() (level slog.Level, decided bool) {
	if set := e.extra().level; set != nil {
		return *set, true
	}
	return 0, false
}

// Reportable returns whether e is to be reported, if [Error.WithReport] has decided that.
func (e *Error) Reportable() (report, decided bool) {
	if set := e.extra().report; set != nil {
		return *set, true
	}
	return false, false
}

// AugmentResponse calls the functions that WithAugment has added, in their order. It is called when the status is settled
// and before the error's headers are set; w is open for headers and cookies, not for a body.
func (e *Error) AugmentResponse(w http.ResponseWriter) {
	for _, f := range e.extra().augment {
		f(w)
	}
}

// Hide returns err, except that an error that answers 403 becomes one that answers 404 without a message. It is for resources
// whose existence a client without access should not learn (RFC 9110, section 15.5.4); err is kept as the cause. The two are
// indistinguishable only if a real 404 of the same handler has no message either.
func Hide(err error) error {
	if err == nil {
		return nil
	}
	if e, _ := Resolve(err); e.StatusCode() != http.StatusForbidden {
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
