package httperrors

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/hook"
	"github.com/exceptional-go/exceptional/internal/problem"
)

// embedder is a type that embeds *Error: the method is promoted with the others, and no other type can have it.
type embedder interface{ httpError() *Error }

func (e *Error) httpError() *Error { return e }

// speaker returns what err, looked at alone, says to HTTP, and nil if it does not speak it.
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
	status, message, ok := ask(s.StatusCode, s.PublicMessage)
	if !ok {
		return nil
	}
	e := &Error{status: status, message: message}
	if x, ok := err.(embedder); ok {
		// What the type adds to the embedded Error may be methods of its own in place of any of the four. Which ones
		// cannot be told, so all four are asked; without them they are the embedded ones.
		base := x.httpError() // it cannot have been replaced, and ask has shown that the receiver is sound
		if base == nil {
			base = ErrInternalServerError
		}
		*e = *base
		e.parent, e.header = base, nil
		if status != base.StatusCode() {
			e.status = status
			e.grow().broken = false
		}
		if message != base.PublicMessage() {
			e.message = message
		}
	}
	e.cause = err
	e.grow().resolved = true
	if h, ok := err.(interface{ Header() http.Header }); ok {
		e.takeHeader(h.Header)
	}
	if a, ok := err.(interface{ AugmentResponse(http.ResponseWriter) }); ok {
		e.grow().augment = []func(http.ResponseWriter){a.AugmentResponse}
	}
	return e
}

// ask calls two methods of a foreign type. One that panics does not speak HTTP.
func ask(status func() int, message func() string) (code int, text string, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return status(), message(), true
}

// takeHeader sets the fields of a foreign header, each checked like those of WithHeader.
func (e *Error) takeHeader(header func() http.Header) {
	defer func() {
		if v := recover(); v != nil {
			e.refuse("header: the Header method panicked")
		}
	}()
	fields := 0
	for name, values := range header() {
		if fields++; fields > 2*maxFields {
			e.refuse("header: more than %d fields", maxFields)
			return
		}
		if len(values) > 0 {
			e.setHeader(name, values)
		}
	}
}

// publicMessage returns what of a framework's message may be shown: a text, or data for a member of the document. The
// phrase of the status, in the wording of IANA or of net/http, is what is shown anyway, and then in the reader's language.
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
		if v := reflect.ValueOf(m); v.Kind() == reflect.String {
			text = v.String()
		} else {
			return "", m
		}
	}
	if text == Phrase(code) || text == http.StatusText(code) || composed(text, f.Internal) {
		text = ""
	}
	return text, nil
}

// composed reports whether a message repeats the error that it stands for, as those of Echo's Bind do, Go type names and
// all. Nobody wrote such a text for a client.
func composed(text string, internal error) bool {
	if internal == nil || text == "" {
		return false
	}
	if strings.HasPrefix(text, "Unmarshal type error: ") { // of which Echo repeats the parts, not the text
		_, ok := errtree.Find[*json.UnmarshalTypeError](internal)
		return ok
	}
	const few = 8 // a cause as short as "EOF" may stand in a sentence by chance
	cause := errtree.Text(internal)
	return text == cause || len(cause) >= few && strings.Contains(text, cause)
}

// messageMember is the extension member that a structured message becomes.
func messageMember(data any) []problem.Member {
	return []problem.Member{{Name: "message", Value: data}}
}
