package httperrors

import (
	"net/http"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/hook"
	"github.com/exceptional-go/exceptional/internal/problem"
	"github.com/exceptional-go/exceptional/internal/stack"
)

// Origin says where the status of an error comes from.
type Origin uint8

// The origins, from the weakest claim to the strongest.
const (
	OriginUnknown   Origin = iota // no error of the tree is known: 500
	OriginMapped                  // an error of the standard library, or one known by its methods
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

// Resolve returns the HTTP error that err amounts to, and where its status comes from. The rules are in the package
// documentation. If err is not itself an *Error the result wraps it, so that errors.Is and errors.As find in the result what
// they find in err.
//
// Resolve(nil) is nil; for every other error there is a result, a 500 if nothing else is known, also for a nil pointer in an
// error. Only err counts: context.Canceled often means that the client disconnected, but the error alone does not say so.
func Resolve(err error) (*Error, Origin) {
	if err == nil {
		return nil, OriginUnknown
	}
	if e, ok := err.(*Error); ok && e != nil {
		if bodyTooLarge(e.StatusCode(), e.cause) {
			return adapt(err, http.StatusRequestEntityTooLarge), OriginMapped
		}
		return e, OriginOwn
	}
	if f, ok := hook.Inspect(err); ok && f.Internal == nil {
		return framework(err, err, f), OriginFramework // the router's 404, most often: there is no tree to look through
	}
	all := collectCandidates(err)
	c := all.best(OriginUnknown)
	switch {
	case c == nil:
		return adapt(err, http.StatusInternalServerError), OriginUnknown
	case bodyTooLarge(c.code, c.err):
		return adapt(err, http.StatusRequestEntityTooLarge), OriginMapped
	case c.origin == OriginOwn:
		own := all.merge(c)
		e := *own
		e.parent, e.cause, e.adapted = own, err, true
		return &e, OriginOwn
	case c.origin == OriginFramework:
		return framework(err, c.err, c.framework), OriginFramework
	}
	return mapped(err, c.code, c.mapping), c.origin
}

// bodyTooLarge reports whether a 400 stands for a body that was too large. Decoders wrap the error of the body's reader in a
// 400 of their own, as do their callers, but the limit is the reason.
func bodyTooLarge(status int, err error) bool {
	if status != http.StatusBadRequest {
		return false
	}
	_, found := errtree.Find[*http.MaxBytesError](err)
	return found
}

// adapt returns an error with this status that stands for err.
func adapt(err error, status int) *Error {
	return &Error{status: status, cause: err, adapted: true}
}

// mapped returns the error that stands for err, of which m is known.
func mapped(err error, status int, m mapping) *Error {
	e := adapt(err, status)
	if m.errors != nil {
		e.mutableExtra().errors = m.errors
	}
	if m.retryAfter != "" {
		e.putHeader("Retry-After", m.retryAfter)
	}
	return e
}

// framework returns the error that stands for err, in which source, an error of the framework, decides.
func framework(err, source error, f hook.Framework) *Error {
	e := adapt(err, frameworkStatus(f.Status))
	text, data := publicMessage(e.status, f)
	e.message = text
	if data != nil {
		e.mutableExtra().extensions = []problem.Member{{Name: "message", Value: data}}
	}
	if f.Field != "" {
		e.mutableExtra().errors = []FieldError{{Parameter: f.Field, Code: "invalid"}}
	} else if e.status/100 == 4 && f.Internal != nil {
		if errs := fieldErrors(source); errs != nil {
			e.mutableExtra().errors = errs
		}
	}
	return e
}

// frameworkStatus returns a status that can be sent for that of a framework's error. It has no header, so it cannot be a
// redirect.
func frameworkStatus(status int) int {
	if !sendable(status) || redirects(status) {
		return http.StatusInternalServerError
	}
	return status
}

// candidate is an error in a tree that says, or from which is known, which status to answer with.
type candidate struct {
	origin    Origin
	err       error
	code      int
	own       *Error         // OriginOwn
	framework hook.Framework // OriginFramework
	mapping   mapping        // OriginMapped
	outranked bool           // by an error that it carries
}

// candidates are those of a tree, in the order of the walk.
type candidates []candidate

// Marks of the nodes of a walk.
const (
	belowOwn    = 1 << iota // below an error that speaks HTTP: its cause, which does not count
	belowPanic              // below a panic: only errors that speak HTTP count
	belowMapped             // below an error that is known: its cause is not asked
)

// collectCandidates walks the tree of err once.
func collectCandidates(err error) (list candidates) {
	var (
		marks   [errtree.MaxNodes]uint8
		carrier [errtree.MaxNodes]int // 1 + the place in list of the nearest framework error or panic above
		index   = -1
	)
	errtree.Walk(err, func(n errtree.Node) bool {
		index++
		if n.Parent >= 0 {
			marks[index], carrier[index] = marks[n.Parent], carrier[n.Parent]
		}
		if n.Seen || marks[index]&belowOwn != 0 || errtree.IsNil(n.Err) {
			return true
		}
		c := candidate{err: n.Err}
		if own := speaker(n.Err); own != nil {
			c.origin, c.own, c.code = OriginOwn, own, own.StatusCode()
			marks[index] |= belowOwn
		} else if f, ok := hook.Inspect(n.Err); ok {
			c.origin, c.framework, c.code = OriginFramework, f, frameworkStatus(f.Status)
		} else if _, ok := n.Err.(*stack.Panic); ok {
			c.code = http.StatusInternalServerError
			marks[index] |= belowPanic
		} else if marks[index]&(belowPanic|belowMapped) != 0 {
			return true
		} else if m, ok := lookup(n.Err); ok {
			c.origin, c.mapping, c.code = OriginMapped, m, m.status
			marks[index] |= belowMapped
		} else {
			return true
		}
		if above := carrier[index]; above > 0 && c.origin != OriginMapped {
			list[above-1].outranked = true
		}
		list = append(list, c)
		if c.origin == OriginFramework || c.origin == OriginUnknown {
			carrier[index] = len(list)
		}
		return true
	})
	return list
}

// best returns the candidate that decides, among those with this origin or a stronger one.
func (list candidates) best(weakest Origin) (best *candidate) {
	for i := range list {
		c := &list[i]
		if !c.outranked && c.origin >= weakest && (best == nil || c.precedence() > best.precedence()) {
			best = c
		}
	}
	return best
}

// precedence orders candidates: a status that was set before one that is only known, then the more serious one. A panic, the
// only candidate of unknown origin, counts as a status that was set.
func (c *candidate) precedence() int {
	p := c.code / 100
	if c.origin != OriginMapped {
		p += 10
	}
	return p
}

// merge returns the error of c, with the field errors of the other candidates that are problems of the same kind: RFC 9457,
// section 3, has one document for all of them. Only a join has others.
func (list candidates) merge(c *candidate) *Error {
	errs := c.own.extra().errors
	n := len(errs)
	for i := range list {
		o := &list[i]
		if o != c && o.own != nil && o.code == c.code && o.own.Code() == c.own.Code() && o.own.Type() == c.own.Type() {
			errs = append(errs[:len(errs):len(errs)], o.own.extra().errors...)
		}
	}
	if len(errs) == n {
		return c.own
	}
	e := *c.own
	e.parent = c.own
	e.mutableExtra().errors = errs[:min(len(errs), maxErrors)]
	return &e
}
