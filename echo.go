package exceptional

import (
	"net/http"
	"net/url"
	"runtime"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/internal/hook"
)

// The Echo-free packages learn here what Echo's errors mean, and lend theirs to those who look for Echo's.
func init() {
	hook.Inspect = inspect
	hook.Bare = bare
	hook.Assign = assign
	hook.Entry = entryPC()
}

// entryPC asks an Echo of its own where it calls its handlers from.
func entryPC() (pc uintptr) {
	e := echo.New()
	e.GET("/", func(echo.Context) error {
		var pcs [8]uintptr
		for _, p := range pcs[:runtime.Callers(1, pcs[:])] {
			if f, _ := runtime.CallersFrames([]uintptr{p}).Next(); f.Function == serveHTTPName {
				pc = p
			}
		}
		return nil
	})
	e.ServeHTTP(nil, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/"}})
	return pc
}

const serveHTTPName = "github.com/labstack/echo/v4.(*Echo).ServeHTTP"

// inspect looks at err alone. A type switch is right here, against the rule for everybody else: whoever asks walks the tree.
func inspect(err error) (f hook.Framework, ok bool) {
	switch e := err.(type) {
	case *echo.HTTPError:
		if e == nil {
			return hook.Framework{}, false
		}
		return hook.Framework{Status: e.Code, Message: e.Message, Public: written(e.Message), Internal: e.Internal}, true
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

func bare(err error) int {
	e, ok := err.(*echo.HTTPError)
	if !ok || e == nil || e.Internal != nil {
		return 0
	}
	if text, ok := e.Message.(string); !ok || text != http.StatusText(e.Code) {
		return 0
	}
	return e.Code
}

// written reports whether a message was made for clients: a text, or data. An error's text was written for a log.
func written(message any) bool {
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
