package exceptional

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/hook"
)

// The Echo-free packages learn here what Echo's errors mean, and lend theirs to those who look for Echo's.
func init() {
	hook.Inspect = inspect
	hook.Assign = assign
}

// inspect looks at err alone. A type switch is right here, against the rule for everybody else: whoever asks walks the tree.
func inspect(err error) (f hook.Framework, ok bool) {
	switch e := err.(type) {
	case *echo.HTTPError:
		if e == nil {
			return hook.Framework{}, false
		}
		return hook.Framework{Status: e.Code, Message: e.Message, Public: public(e), Internal: e.Internal}, true
	case *echo.BindingError:
		// Its Unwrap is the one of the HTTPError within, which skips that error itself: neither errors.As nor a type
		// assertion finds it, and Echo's own handler makes it a 500 (labstack/echo#2771).
		if e == nil {
			return hook.Framework{}, false
		}
		status := http.StatusBadRequest
		var internal error
		if e.HTTPError != nil {
			status, internal = e.Code, e.Internal
		}
		return hook.Framework{Status: status, Field: e.Field, Internal: internal}, true
	}
	return hook.Framework{}, false
}

// public reports whether the application wrote e's message for its clients. Echo's Bind copies the text of what went wrong
// into the message, Go type names and all; such a message repeats the error that it carries.
func public(e *echo.HTTPError) bool {
	text, isText := e.Message.(string)
	if !isText || e.Internal == nil {
		return isText || structured(e.Message)
	}
	var typ *json.UnmarshalTypeError
	if errors.As(e.Internal, &typ) {
		return false
	}
	cause := errtree.Text(e.Internal)
	return text != cause && (len(cause) < 8 || !strings.Contains(text, cause))
}

// structured reports whether a message is data that the application made for its clients: anything but an error, whose text
// was written for a log.
func structured(message any) bool {
	if message == nil {
		return false
	}
	_, isErr := message.(error)
	return !isErr
}

// assign makes one of our errors pass for Echo's, for middleware that reads the status with errors.As before the error
// handler has run: RequestLogger, echoprometheus, Static's HTML5 mode.
func assign(err error, status int, message string, target any) bool {
	t, ok := target.(**echo.HTTPError)
	if !ok {
		return false
	}
	*t = &echo.HTTPError{Code: status, Message: message, Internal: err}
	return true
}
