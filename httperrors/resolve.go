package httperrors

import (
	"net/http"
	"reflect"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/hook"
	"github.com/exceptional-go/exceptional/internal/stack"
)

// Origin is where the status of an error comes from.
type Origin uint8

// The origins, from the weakest claim to the strongest.
const (
	OriginUnknown   Origin = iota // nobody says; 500
	OriginMapped                  // an error of the standard library, or one known by its shape
	OriginFramework               // an error of the web framework
	OriginOwn                     // an *Error, or a type that speaks HTTP
)

// String returns "unknown", "mapped", "framework" or "own".
func (o Origin) String() string {
	switch o {
	case OriginMapped:
		return "mapped"
	case OriginFramework:
		return "framework"
	case OriginOwn:
		return "own"
	}
	return "unknown"
}

// Resolve returns what HTTP error err is, and who says so. The rules are in the package documentation. If err is not
// itself an *Error the result wraps it, so that errors.Is and errors.As find in the one what they find in the other.
//
// Resolve(nil) is nil; for every other error there is an answer, 500 if nothing else is known, also for a nil pointer
// in an error. Only err counts: whether the client has gone, which is why context.Canceled is often seen, is not known
// here.
func Resolve(err error) (*Error, Origin) {
	if err == nil {
		return nil, OriginUnknown
	}
	e, origin := resolve(err, false)
	if _, is := err.(*Error); is || origin != OriginOwn { // it is err, or was made to wrap err
		return e, origin
	}
	c := *e
	c.parent, c.cause = e, err
	c.grow().resolved = true
	return &c, origin
}

// ResolveShared is Resolve for callers that keep err at hand: the result may be a shared value, such as ErrNotFound, or
// an *Error within err, and need not wrap err. For the errors that most requests end in, an *Error, the router's own
// 404 and an unknown one, it allocates nothing.
func ResolveShared(err error) (*Error, Origin) {
	if err == nil {
		return nil, OriginUnknown
	}
	return resolve(err, true)
}

func resolve(err error, shared bool) (*Error, Origin) {
	if e, ok := err.(*Error); ok {
		if e == nil {
			return unknown(err, shared), OriginUnknown
		}
		if e.cause != nil && e.StatusCode() == http.StatusBadRequest && tooLarge(e.cause) {
			return mapped(err, mapping{status: http.StatusRequestEntityTooLarge}, shared), OriginMapped
		}
		return e, OriginOwn
	} else if reflect.TypeOf(err) == errorString && values[err] == 0 {
		return unknown(err, shared), OriginUnknown
	} else if s := bareFramework(err); s != nil && shared {
		return s, OriginFramework
	}
	if f, ok := inspect(err); ok {
		if f.Internal == nil && f.Field == "" {
			return framework(err, f, shared), OriginFramework
		}
	} else if leaf(err) {
		// errors.New's, most often: there is no tree to survey.
		m, ok := lookup(err)
		if !ok {
			return unknown(err, shared), OriginUnknown
		}
		return mapped(err, m, shared), OriginMapped
	}
	s := survey(err)
	c := s.best(func(*candidate) bool { return true })
	if c == nil {
		return unknown(err, shared), OriginUnknown
	}
	if c.code == http.StatusBadRequest && tooLarge(c.err) {
		return mapped(err, mapping{status: http.StatusRequestEntityTooLarge}, shared), OriginMapped
	}
	switch c.origin {
	case OriginOwn:
		return s.merge(c), OriginOwn
	case OriginFramework:
		e := framework(err, c.framework, shared)
		if e.status/100 == 4 && len(e.extra().errors) == 0 {
			if errs := fieldErrors(c.err); len(errs) > 0 {
				if e.cause == nil { // shared
					e = &Error{status: e.status, cause: err}
				}
				e.grow().errors = errs
			}
		}
		return e, OriginFramework
	case OriginMapped:
		return mapped(err, c.mapping, shared), OriginMapped
	}
	return unknown(err, shared), OriginUnknown
}

// bareFramework returns the error that stands for a framework's error of a status and nothing else, and nil for any other
// error. Most of all errors are the router's own 404.
func bareFramework(err error) *Error {
	if hook.Bare == nil {
		return nil
	}
	if status := hook.Bare(err); status >= 400 {
		return sentinel(status)
	}
	return nil
}

// leaf reports whether err is a pointer to something that wraps nothing and does not speak HTTP, by whatever method.
func leaf(err error) bool {
	switch err.(type) {
	case interface{ Unwrap() error }, interface{ Unwrap() []error }, interface{ Cause() error }, interface{ StatusCode() int }:
		return false
	}
	return !errtree.IsNil(err)
}

// tooLarge reports whether a body that was too large is behind err. Decoders wrap what the body's reader says in a 400 of
// their own, and so do their callers: the limit is the news.
func tooLarge(err error) bool {
	_, ok := errtree.Find[*http.MaxBytesError](err)
	return ok
}

// wrapper returns an error with this status that stands for err.
func wrapper(status int, err error, shared bool) *Error {
	if s := sentinel(status); shared && s != nil {
		return s
	}
	return &Error{status: status, cause: err, x: &resolvedExtra}
}

var resolvedExtra = extra{resolved: true}

func unknown(err error, shared bool) *Error {
	return wrapper(http.StatusInternalServerError, err, shared)
}

func mapped(err error, m mapping, shared bool) *Error {
	e := wrapper(m.status, err, shared && m.errors == nil && m.retryAfter == "")
	if m.errors != nil {
		e.grow().errors = m.errors
	}
	if m.retryAfter != "" {
		e.putHeader("Retry-After", m.retryAfter)
	}
	return e
}

// framework returns the error that a framework's error amounts to.
func framework(err error, f hook.Framework, shared bool) *Error {
	code := frameworkStatus(f.Status)
	text, data := publicMessage(code, f)
	e := wrapper(code, err, shared && text == "" && data == nil && f.Field == "")
	if text != "" { // otherwise e may be shared
		e.message = text
	}
	if data != nil {
		e.grow().extensions = messageMember(data)
	}
	if f.Field != "" {
		e.grow().errors = []FieldError{{Parameter: f.Field, Code: "invalid"}}
	}
	return e
}

// frameworkStatus makes a status of whatever a framework's error says. A framework's error has no header, so that none
// of them can be a redirect.
func frameworkStatus(status int) int {
	if !sendable(status) || redirects(status) {
		return http.StatusInternalServerError
	}
	return status
}

// inspect is hook.Inspect, guarded: a framework's errors have methods, too.
func inspect(err error) (f hook.Framework, ok bool) {
	if hook.Inspect == nil || errtree.IsNil(err) {
		return f, false
	}
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return hook.Inspect(err)
}

// candidate is an error in a tree that says, or from which is known, what the answer should be.
type candidate struct {
	origin    Origin
	err       error
	code      int
	own       *Error         // OriginOwn
	framework hook.Framework // OriginFramework
	mapping   mapping        // OriginMapped
	outranked bool           // by something that it carries
}

// findings are the candidates of a tree, in the order of visits.
type findings struct {
	list []candidate
}

// Marks of the nodes of a walk.
const (
	covered  = 1 << iota // below an error that speaks HTTP: what is there is its cause
	panicked             // below a panic: what was not meant for the client was not meant at all
	known                // below a mapped error
)

// survey walks the tree of err once and collects what could decide the answer.
func survey(err error) findings {
	var (
		f     findings
		marks [errtree.MaxNodes]uint8
		above [errtree.MaxNodes]int16 // 1 + the place in f.list of the nearest framework error or panic above
		index = -1
	)
	errtree.Walk(err, func(n errtree.Node) bool {
		index++
		if n.Parent >= 0 {
			marks[index], above[index] = marks[n.Parent], above[n.Parent]
		}
		if n.Seen || marks[index]&covered != 0 || errtree.IsNil(n.Err) {
			return true
		}
		c := candidate{err: n.Err}
		if own := speaker(n.Err); own != nil {
			c.origin, c.own, c.code = OriginOwn, own, own.StatusCode()
			marks[index] |= covered
		} else if fw, ok := inspect(n.Err); ok {
			c.origin, c.framework, c.code = OriginFramework, fw, frameworkStatus(fw.Status)
		} else if _, ok := n.Err.(*stack.Panic); ok {
			c.code = http.StatusInternalServerError
			marks[index] |= panicked
		} else if marks[index]&(panicked|known) == 0 {
			m, ok := lookup(n.Err)
			if !ok {
				return true
			}
			c.origin, c.mapping, c.code = OriginMapped, m, m.status
			marks[index] |= known
		} else {
			return true
		}
		if c.origin != OriginMapped {
			if a := above[index]; a > 0 {
				f.list[a-1].outranked = true
			}
		}
		f.list = append(f.list, c)
		if c.origin == OriginFramework || c.origin == OriginUnknown {
			above[index] = int16(len(f.list))
		}
		return true
	})
	return f
}

// best returns the candidate among those allowed that decides the answer: one that somebody set before one that is only
// known, then the most serious, then the first.
func (f *findings) best(allowed func(*candidate) bool) (best *candidate) {
	for i := range f.list {
		c := &f.list[i]
		if c.outranked || !allowed(c) {
			continue
		}
		if best == nil || rank(c) > rank(best) {
			best = c
		}
	}
	return best
}

// rank orders candidates. A panic, which is of unknown origin, ranks with the statuses that somebody set: it is the
// program that says it.
func rank(c *candidate) int {
	r := c.code / 100
	if c.origin != OriginMapped {
		r += 10
	}
	return r
}

// merge returns the error of c, with the field errors of those beside it that are problems of the same kind: RFC 9457,
// section 3, has one document for them. There is nothing to merge but in a join.
func (f *findings) merge(c *candidate) *Error {
	errs := c.own.extra().errors
	n := len(errs)
	for i := range f.list {
		o := &f.list[i]
		if o != c && o.own != nil && o.code == c.code && o.own.Code() == c.own.Code() && o.own.Type() == c.own.Type() {
			errs = append(errs[:len(errs):len(errs)], o.own.extra().errors...)
		}
	}
	if len(errs) == n {
		return c.own
	}
	e := *c.own
	e.parent = c.own
	e.grow().errors = errs[:min(len(errs), maxErrors)]
	return &e
}
