package exceptional

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/hook"
)

// The Echo-free packages learn here what Echo's errors mean, and lend theirs to those who look for Echo's.
func init() {
	hook.Inspect = inspect
	hook.Assign = assign
}

// inspect looks at err alone, by a type switch instead of errors.As: its callers walk the tree.
func inspect(err error) (f hook.Framework, ok bool) {
	switch e := err.(type) {
	case *echo.HTTPError:
		if e == nil {
			return hook.Framework{}, false
		}
		return hook.Framework{Status: e.Code, Message: e.Message, Public: isPublicMessage(e.Message), Internal: e.Internal}, true
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

// routersOwn reports whether err, or the HTTPError of Echo's that it wraps, is the router's own 404, or another one with the same code and text.
func routersOwn(err error) bool {
	he, ok := err.(*echo.HTTPError)
	if !ok {
		he, ok = errtree.Find[*echo.HTTPError](err)
	}
	if !ok || he == nil || he.Internal != nil {
		return false
	}
	text, _ := he.Message.(string)
	return he.Code == http.StatusNotFound && text == http.StatusText(http.StatusNotFound)
}

// isPublicMessage reports whether a message was made for clients: a text, or data. An error's text was written for a log.
func isPublicMessage(message any) bool {
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

// sharedErrors are Echo's errors that all requests share, as they were when the program started.
var sharedErrors = func() map[*echo.HTTPError]bool {
	m := map[*echo.HTTPError]bool{}
	for _, e := range []*echo.HTTPError{
		echo.ErrBadRequest, echo.ErrUnauthorized, echo.ErrPaymentRequired, echo.ErrForbidden, echo.ErrNotFound, echo.ErrMethodNotAllowed,
		echo.ErrNotAcceptable, echo.ErrProxyAuthRequired, echo.ErrRequestTimeout, echo.ErrConflict, echo.ErrGone, echo.ErrLengthRequired,
		echo.ErrPreconditionFailed, echo.ErrStatusRequestEntityTooLarge, echo.ErrRequestURITooLong, echo.ErrUnsupportedMediaType,
		echo.ErrRequestedRangeNotSatisfiable, echo.ErrExpectationFailed, echo.ErrTeapot, echo.ErrMisdirectedRequest,
		echo.ErrUnprocessableEntity, echo.ErrLocked, echo.ErrFailedDependency, echo.ErrTooEarly, echo.ErrUpgradeRequired,
		echo.ErrPreconditionRequired, echo.ErrTooManyRequests, echo.ErrRequestHeaderFieldsTooLarge,
		echo.ErrUnavailableForLegalReasons, echo.ErrInternalServerError, echo.ErrNotImplemented, echo.ErrBadGateway,
		echo.ErrServiceUnavailable, echo.ErrGatewayTimeout, echo.ErrHTTPVersionNotSupported, echo.ErrVariantAlsoNegotiates,
		echo.ErrInsufficientStorage, echo.ErrLoopDetected, echo.ErrNotExtended, echo.ErrNetworkAuthenticationRequired,
	} {
		m[e] = true
	}
	return m
}()

// Warnings remarks on mistakes that Echo makes easy. It is asked for failures that are logged, after the answer.
func (x *conn) Warnings(err error, status int) (warnings []string) {
	errtree.Walk(err, func(n errtree.Node) bool {
		if he, ok := n.Err.(*echo.HTTPError); ok && sharedErrors[he] && he.Internal != nil {
			// labstack/echo#1549
			warnings = append(warnings, "SetInternal was called on an error of Echo's that all requests share; every request sees it from now on. Use WithInternal.")
			return false
		}
		return true
	})
	h := x.echo.Response().Header()
	switch {
	case status == http.StatusUnauthorized && len(h["Www-Authenticate"]) == 0:
		warnings = append(warnings, "a 401 without WWW-Authenticate, which RFC 9110 section 15.5.2 requires; see httperrors.Unauthorized")
	case status == http.StatusProxyAuthRequired && len(h["Proxy-Authenticate"]) == 0:
		warnings = append(warnings, "a 407 without Proxy-Authenticate, which RFC 9110 section 15.5.8 requires")
	}
	return warnings
}
