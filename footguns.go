package exceptional

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// shared are Echo's errors that all requests have in common, by what they were when the program started.
var shared = func() map[*echo.HTTPError]bool {
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
func (s *request) Warnings(err error, status int) (warnings []string) {
	errtree.Walk(err, func(n errtree.Node) bool {
		if he, ok := n.Err.(*echo.HTTPError); ok && shared[he] && he.Internal != nil {
			// labstack/echo#1549
			warnings = append(warnings, "SetInternal was called on an error of Echo's that all requests share; every request sees it from now on. Use WithInternal.")
			return false
		}
		return true
	})
	h := s.echo.Response().Header()
	switch {
	case status == http.StatusUnauthorized && len(h["Www-Authenticate"]) == 0:
		warnings = append(warnings, "a 401 without WWW-Authenticate, which RFC 9110 section 15.5.2 requires; see httperrors.Unauthorized")
	case status == http.StatusProxyAuthRequired && len(h["Proxy-Authenticate"]) == 0:
		warnings = append(warnings, "a 407 without Proxy-Authenticate, which RFC 9110 section 15.5.8 requires")
	}
	return warnings
}
