package httperrors

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/hook"
)

// embedder is a type that embeds *Error: the method is promoted with the others, and no other type can have it.
type embedder interface{ httpError() *Error }

func (e *Error) httpError() *Error { return e }

// speaker returns the *Error that err, looked at alone, amounts to, and nil if it does not speak HTTP.
func speaker(err error) *Error {
	if e, ok := err.(*Error); ok {
		return e
	}
	s, ok := err.(interface {
		error
		StatusCode() int
		PublicMessage() string
	})
	if !ok {
		return nil
	}
	var e *Error
	if guard.Call(func() { e = adaptSpeaker(err, s.StatusCode(), s.PublicMessage()) }) != nil {
		return nil // an error whose methods panic does not speak HTTP
	}
	if h, ok := err.(interface{ Header() http.Header }); ok && guard.Call(func() { e.takeHeader(h.Header()) }) != nil {
		e.recordFault("header: the Header method panicked")
	}
	if a, ok := err.(interface{ AugmentResponse(http.ResponseWriter) }); ok {
		e.mutableExtra().augment = []func(http.ResponseWriter){a.AugmentResponse}
	}
	return e
}

// adaptSpeaker returns an *Error that stands for err, whose methods have returned this status and message.
func adaptSpeaker(err error, status int, message string) *Error {
	e := adapt(err, status)
	e.message = message
	x, ok := err.(embedder)
	if !ok {
		return e
	}
	// The type may have methods of its own in place of any of the four promoted ones. Reflection cannot tell which, so
	// all four are called, as for other types; those that were not replaced repeat the embedded Error.
	base := x.httpError()
	if base == nil {
		base = ErrInternalServerError
	}
	*e = *base
	e.parent, e.cause, e.adapted, e.header = base, err, true, nil
	if status != base.StatusCode() {
		e.status = status
		e.mutableExtra().invalid = false
	}
	if message != base.PublicMessage() {
		e.message = message
	}
	return e
}

// takeHeader sets the fields of an untrusted header, each checked like those of WithHeader.
func (e *Error) takeHeader(header http.Header) {
	for name, values := range header {
		if len(values) > 0 {
			e.setHeader(name, values)
		}
	}
}

// publicMessage returns the public part of a framework's message: a text, or data for a member of the document. The phrase of
// the status, in the wording of IANA or of net/http, is left out: the answer has it anyway, in the reader's language.
func publicMessage(code int, f hook.Framework) (text string, data any) {
	if !f.Public || code < 400 || code > 499 || code != f.Status {
		return "", nil
	}
	switch m := f.Message.(type) {
	case nil:
	case string:
		text = m
	case error: // its text was written for programmers
	default:
		v := reflect.ValueOf(m)
		if v.Kind() != reflect.String {
			return "", m
		}
		text = v.String()
	}
	if text == Phrase(code) || text == http.StatusText(code) || repeatsError(text, f.Internal) {
		text = ""
	}
	return text, nil
}

// repeatsError reports whether a message repeats the error that it stands for, including Go type names, as those of Echo's
// Bind do. Such a text was not written for clients.
func repeatsError(text string, internal error) bool {
	if internal == nil || text == "" {
		return false
	}
	if strings.HasPrefix(text, "Unmarshal type error: ") { // Echo repeats the parts of the error, not its text
		_, ok := errtree.Find[*json.UnmarshalTypeError](internal)
		return ok
	}
	const chance = 8 // a cause as short as "EOF" may be part of a sentence by chance
	cause := errtree.Text(internal)
	return text == cause || len(cause) >= chance && strings.Contains(text, cause)
}
