package httperrors

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/exceptional-go/exceptional/internal/problem"
)

// derive returns a copy of e that is e to errors.Is. A copy of an error without a stack gets that of the caller's
// caller: a sentinel says what happened, and whoever adds to it where.
func (e *Error) derive() *Error {
	if e == nil {
		e = ErrInternalServerError
	}
	var c *Error
	if e.stack != nil {
		c = new(Error)
		*c = *e
	} else {
		c = withStack(*e)
	}
	c.parent = e
	return c
}

// grow gives e an extra of its own, so that it may be written to.
func (e *Error) grow() *extra {
	x := *e.extra()
	e.x = &x
	return e.x
}

// refuse notes for the log that something was left out of e.
func (e *Error) refuse(format string, args ...any) {
	const most = 16 // a loop over hostile input must not make a text of megabytes
	x := e.grow()
	if len(x.faults) < most {
		x.faults = append(slices.Clip(x.faults), fmt.Sprintf(format, args...))
	}
}

// WithMessage returns a copy of e with another message for people. It is public; "" stands for the standard text in
// the reader's language.
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

// WithHeader returns a copy of e that sets the header field key to these values, each on a line of its own; without
// values, one that does not set it. A field that cannot be sent is refused, and the log says so: a name that is not a
// token, a value with control characters or beyond ASCII or of more than 8 KiB, a Location that is no URI reference,
// more than 64 fields, and the fields that belong to the answer's content or to the connection, such as Content-Type,
// Content-Length and Connection.
//
// Set-Cookie and Vary are added to those that the response already has; other fields replace them.
func (e *Error) WithHeader(key string, values ...string) *Error {
	c := e.derive()
	c.setHeader(key, values)
	return c
}

// WithRetryAfter returns a copy of e that asks the client to wait this long before it tries again. Fractions of a
// second are rounded up; less than nothing is nothing.
func (e *Error) WithRetryAfter(d time.Duration) *Error {
	c := e.derive()
	c.putHeader("Retry-After", retryAfter(d))
	return c
}

// WithRetryAt returns a copy of e that asks the client to try again at t. The zero time, and one that an HTTP date
// cannot express, is refused.
func (e *Error) WithRetryAt(t time.Time) *Error {
	c := e.derive()
	if t = t.UTC(); t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		c.refuse("Retry-After: no HTTP date for the year %d", t.Year())
		return c
	}
	c.putHeader("Retry-After", t.Format(http.TimeFormat))
	return c
}

// WithExtension returns a copy of e whose problem document has this extension member, in place of one with that name;
// it is public. A name that RFC 9457 does not allow (a letter, then letters, digits and underscores, three at least)
// or that the document needs itself is refused, and so are more than 64 members; the log says so. The value is whatever
// encoding/json encodes; it is not copied and must not change. One that cannot be encoded is left out of the document,
// and so is one whose own MarshalJSON or MarshalText takes longer than two seconds.
func (e *Error) WithExtension(name string, value any) *Error {
	const most = 64
	c := e.derive()
	if !problem.ValidName(name) || problem.Reserved(name) || name == "code" {
		c.refuse("extension member %.100q: not a name that may be used", name)
		return c
	}
	have := c.extra().extensions
	i := slices.IndexFunc(have, func(m problem.Member) bool { return m.Name == name })
	if i < 0 && len(have) >= most {
		c.refuse("extension member %q: more than %d", name, most)
		return c
	}
	x := c.grow()
	x.extensions = slices.Clone(have)
	if i >= 0 {
		x.extensions[i].Value = value
	} else {
		x.extensions = append(x.extensions, problem.Member{Name: name, Value: value})
	}
	return c
}

// WithErrors returns a copy of e with these added to the list of what is wrong with parts of the request, 1000 at most.
// They are public.
func (e *Error) WithErrors(errs ...FieldError) *Error {
	c := e.derive()
	x := c.grow()
	x.errors = slices.Concat(x.errors, errs)
	if len(x.errors) > maxErrors {
		x.errors = x.errors[:maxErrors:maxErrors]
		c.refuse("field errors: more than %d", maxErrors)
	}
	return c
}

const maxErrors = 1000

// WithCode returns a copy of e with a name for programs: letters, digits, '-', '_' and '.', 64 at most, otherwise it is
// refused. It becomes the "code" member of the problem document, the class of the error in metrics, and the name of a
// template. Two errors with one status and one code are one to errors.Is, also across a network.
func (e *Error) WithCode(code string) *Error {
	c := e.derive()
	if code != "" && !slug(code) {
		c.refuse("code %.100q: not letters, digits, '-', '_' and '.'", code)
		return c
	}
	c.grow().code = code
	return c
}

// slug reports whether s may be a code. Template names are made from codes, so it cannot begin with a dot.
func slug(s string) bool {
	if s == "" || len(s) > 64 || s[0] == '.' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// WithType returns a copy of e that belongs to a documented kind of problem: its URI, which should be absolute, and its
// title, which should be the same for all problems of that kind. A URI that is none is refused.
func (e *Error) WithType(uri, title string) *Error {
	c := e.derive()
	if uri != "" {
		var err error
		if uri, err = uriReference(uri); err != nil {
			c.refuse("problem type: %v", err)
			return c
		}
	}
	x := c.grow()
	x.typeURI, x.title = uri, title
	return c
}

// WithInstance returns a copy of e with a URI for this occurrence, in place of the one the error handler would make. A
// URI that is none is refused.
func (e *Error) WithInstance(uri string) *Error {
	c := e.derive()
	if uri != "" {
		var err error
		if uri, err = uriReference(uri); err != nil {
			c.refuse("instance: %v", err)
			return c
		}
	}
	c.grow().instance = uri
	return c
}

// WithTemplate returns a copy of e that is rendered by the template with this name, if there is one, rather than by
// that of its status.
func (e *Error) WithTemplate(name string) *Error {
	c := e.derive()
	c.grow().template = name
	return c
}

// WithAugment returns a copy of e that has f called with the response when the status is settled and before the error's
// headers are set, after the functions that e already has. It is for what a header field cannot say, such as deleting
// a cookie; w is open for headers and cookies, not for a body. A nil f changes nothing.
func (e *Error) WithAugment(f func(w http.ResponseWriter)) *Error {
	c := e.derive()
	if f != nil {
		x := c.grow()
		x.augment = append(slices.Clip(x.augment), f)
	}
	return c
}

// WithRetryable returns a copy of e that says whether the same request may succeed later.
func (e *Error) WithRetryable(retryable bool) *Error {
	c := e.derive()
	c.grow().retryable = decide(retryable)
	return c
}

// WithLevel returns a copy of e that is logged at this level.
func (e *Error) WithLevel(level slog.Level) *Error {
	c := e.derive()
	x := c.grow()
	x.level, x.hasLevel = level, true
	return c
}

// WithReport returns a copy of e that is reported, or is not, whatever the rules for its status are.
func (e *Error) WithReport(report bool) *Error {
	c := e.derive()
	c.grow().report = decide(report)
	return c
}
