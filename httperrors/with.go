package httperrors

import (
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/exceptional-go/exceptional/internal/problem"
)

// derive returns a copy of e that is e to errors.Is. An error without a stack, such as a sentinel, gets that of the code that
// derives from it. It is called by the exported With… methods alone; see withStack.
func (e *Error) derive() *Error {
	if e == nil {
		e = ErrInternalServerError
	}
	if e.stack == nil {
		c := withStack(*e)
		c.parent = e
		return c
	}
	c := *e
	c.parent = e
	return &c
}

// mutableExtra gives e, a copy that is not shared yet, optional fields of its own that may be written to.
func (e *Error) mutableExtra() *extra {
	x := *e.extra()
	e.x = &x
	return e.x
}

// recordFault adds a text to the faults that the log shows: something was left out of e.
func (e *Error) recordFault(format string, args ...any) {
	const maxFaults = 16 // a loop over hostile input must not make a text of megabytes
	x := e.mutableExtra()
	if len(x.faults) < maxFaults {
		x.faults = append(slices.Clip(x.faults), fmt.Sprintf(format, args...))
	}
}

// makeInternalError records a fault that makes e a 500, and returns e.
func (e *Error) makeInternalError(format string, args ...any) *Error {
	e.recordFault(format, args...)
	e.mutableExtra().invalid = true
	return e
}

// WithMessage returns a copy of e with another message for people. It is public; "" stands for the standard text in the
// reader's language.
func (e *Error) WithMessage(message string) *Error {
	c := e.derive()
	c.message = message
	return c
}

// WithDetail returns a copy of e with an explanation of this occurrence. It is public.
func (e *Error) WithDetail(detail string) *Error {
	c := e.derive()
	c.detail = detail
	return c
}

// WithCause returns a copy of e whose cause is err, in place of another; nil for none. The cause is for the log and for
// errors.Is, and no answer shows it.
func (e *Error) WithCause(err error) *Error {
	c := e.derive()
	c.cause = err
	return c
}

// WithHeader returns a copy of e that sets the header field key to these values, each on a line of its own; without values,
// one that does not set it. A field that cannot be sent is refused, and the log says so: a name that is not a token, a value
// with control characters or beyond ASCII or of more than 8 KiB, a Location that is not a URI reference, more than 64 fields,
// and the fields that belong to the answer's content or to the connection, such as Content-Type, Content-Length and
// Connection.
//
// Set-Cookie and Vary are added to those that the response already has; other fields replace them.
func (e *Error) WithHeader(key string, values ...string) *Error {
	c := e.derive()
	c.setHeader(key, values)
	return c
}

// WithRetryAfter returns a copy of e that asks the client to wait this long before it tries again. Fractions of a second are
// rounded up; a negative duration is 0.
func (e *Error) WithRetryAfter(d time.Duration) *Error {
	seconds := math.Ceil(max(d, 0).Seconds())
	return e.derive().putHeader("Retry-After", fmt.Sprint(int64(seconds)))
}

// WithRetryAt returns a copy of e that asks the client to try again at t. The zero time is refused, and so is one that an
// HTTP date cannot express.
func (e *Error) WithRetryAt(t time.Time) *Error {
	c := e.derive()
	if t = t.UTC(); t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		c.recordFault("Retry-After: no HTTP date for the year %d", t.Year())
		return c
	}
	return c.putHeader("Retry-After", t.Format(http.TimeFormat))
}

// WithExtension returns a copy of e whose problem document has this extension member, in place of one with that name; it is
// public. A name that RFC 9457 does not allow (a letter, then letters, digits and underscores, three at least) or that the
// document itself needs is refused, and so are more than 64 members; the log says so. The value is encoded by encoding/json;
// it is not copied and must not change. One that cannot be encoded, or takes more than 64 KiB, is left out of the document.
func (e *Error) WithExtension(name string, value any) *Error {
	const maxExtensions = 64
	c := e.derive()
	if !problem.ValidName(name) || problem.Reserved(name) || name == "code" {
		c.recordFault("extension member %.100q: not a name that may be used", name)
		return c
	}
	list := slices.Clone(c.extra().extensions)
	i := slices.IndexFunc(list, func(m problem.Member) bool { return m.Name == name })
	switch {
	case i >= 0:
		list[i].Value = value
	case len(list) >= maxExtensions:
		c.recordFault("extension member %q: more than %d", name, maxExtensions)
		return c
	default:
		list = append(list, problem.Member{Name: name, Value: value})
	}
	c.mutableExtra().extensions = list
	return c
}

// maxErrors bounds the field errors of an error.
const maxErrors = 1000

// WithErrors returns a copy of e with these added to the list of errors in parts of the request, 1000 at most. They are
// public.
func (e *Error) WithErrors(errs ...FieldError) *Error {
	c := e.derive()
	all := slices.Concat(c.extra().errors, errs)
	if len(all) > maxErrors {
		all = all[:maxErrors:maxErrors]
		c.recordFault("field errors: more than %d", maxErrors)
	}
	c.mutableExtra().errors = all
	return c
}

// WithCode returns a copy of e with a name for programs: letters, digits, '-', '_' and '.', 64 at most, otherwise it is
// refused. It becomes the "code" member of the problem document, the class of the error in metrics, and the name of a
// template. To errors.Is, two errors with one status and one code are the same, also across a network.
func (e *Error) WithCode(code string) *Error {
	c := e.derive()
	if code != "" && !validCode(code) {
		c.recordFault("code %.100q: not letters, digits, '-', '_' and '.'", code)
		return c
	}
	c.mutableExtra().code = code
	return c
}

// WithType returns a copy of e that belongs to a documented kind of problem: its URI, which should be absolute, and its
// title, which should be the same for all problems of that kind. An invalid URI is refused.
func (e *Error) WithType(uri, title string) *Error {
	c := e.derive()
	if uri, ok := c.checkedURI("problem type", uri); ok {
		x := c.mutableExtra()
		x.typeURI, x.title = uri, title
	}
	return c
}

// WithInstance returns a copy of e with a URI for this occurrence, in place of the one the error handler would make. An
// invalid URI is refused.
func (e *Error) WithInstance(uri string) *Error {
	c := e.derive()
	if uri, ok := c.checkedURI("instance", uri); ok {
		c.mutableExtra().instance = uri
	}
	return c
}

// checkedURI returns a URI reference in ASCII, or records that it was refused. "" is allowed.
func (e *Error) checkedURI(what, uri string) (string, bool) {
	if uri == "" {
		return "", true
	}
	uri, err := uriReference(uri)
	if err != nil {
		e.recordFault("%s: %v", what, err)
		return "", false
	}
	return uri, true
}

// WithTemplate returns a copy of e that is rendered by the template with this name, if there is one, rather than by that of
// its status.
func (e *Error) WithTemplate(name string) *Error {
	c := e.derive()
	c.mutableExtra().template = name
	return c
}

// WithAugment returns a copy of e that has f called with the response when the status is settled and before the error's
// headers are set, after the functions that e already has. It is for changes that a header field cannot express, such as
// deleting a cookie; w is open for headers and cookies, not for a body. A nil f changes nothing.
func (e *Error) WithAugment(f func(w http.ResponseWriter)) *Error {
	c := e.derive()
	if f != nil {
		x := c.mutableExtra()
		x.augment = append(slices.Clip(x.augment), f)
	}
	return c
}

// WithRetryable returns a copy of e that says whether the same request may succeed later.
func (e *Error) WithRetryable(retryable bool) *Error {
	c := e.derive()
	c.mutableExtra().retryable = &retryable
	return c
}

// WithLevel returns a copy of e that is logged at this level.
func (e *Error) WithLevel(level slog.Level) *Error {
	c := e.derive()
	c.mutableExtra().level = &level
	return c
}

// WithReport returns a copy of e that is reported, or is not, regardless of the rules for its status.
func (e *Error) WithReport(report bool) *Error {
	c := e.derive()
	c.mutableExtra().report = &report
	return c
}
