package httperrors

import "net/http"

// Phrase returns the reason phrase that IANA registers for a status from 300 to 599, and "" if there is none. For 413, 414,
// 416 and 422 it is newer than http.StatusText's; RFC 9457, section 4.2.1, asks for the registered one.
func Phrase(status int) string {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return "Content Too Large"
	case http.StatusRequestURITooLong:
		return "URI Too Long"
	case http.StatusRequestedRangeNotSatisfiable:
		return "Range Not Satisfiable"
	case http.StatusUnprocessableEntity:
		return "Unprocessable Content"
	}
	if !sendable(status) {
		return ""
	}
	return http.StatusText(status)
}

// sendable reports whether status can be the answer of an error. RFC 9110, section 15, has clients treat anything beyond 599
// as a 5xx; net/http sends 1xx as an interim answer and then a 200 (!); 2xx is not an error; 305 and 306 are withdrawn.
func sendable(status int) bool {
	return 300 <= status && status <= 599 && status != http.StatusUseProxy && status != 306
}

// redirects reports whether status sends the client to the Location.
func redirects(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// The errors of the registered statuses, for comparison and for returning unchanged: to [errors.Is], every error with one of
// these statuses is that one, however it was made. They have no message, so that readers get the standard text in their
// language, and no stack. 401, 405, 407 and 426 are incomplete without a header, which their constructors take as a parameter.
var (
	ErrBadRequest                    = newSentinel(400)
	ErrUnauthorized                  = newSentinel(401)
	ErrPaymentRequired               = newSentinel(402)
	ErrForbidden                     = newSentinel(403)
	ErrNotFound                      = newSentinel(404)
	ErrMethodNotAllowed              = newSentinel(405)
	ErrNotAcceptable                 = newSentinel(406)
	ErrProxyAuthenticationRequired   = newSentinel(407)
	ErrRequestTimeout                = newSentinel(408)
	ErrConflict                      = newSentinel(409)
	ErrGone                          = newSentinel(410)
	ErrLengthRequired                = newSentinel(411)
	ErrPreconditionFailed            = newSentinel(412)
	ErrContentTooLarge               = newSentinel(413)
	ErrURITooLong                    = newSentinel(414)
	ErrUnsupportedMediaType          = newSentinel(415)
	ErrRangeNotSatisfiable           = newSentinel(416)
	ErrExpectationFailed             = newSentinel(417)
	ErrTeapot                        = newSentinel(418)
	ErrMisdirectedRequest            = newSentinel(421)
	ErrUnprocessableContent          = newSentinel(422)
	ErrLocked                        = newSentinel(423)
	ErrFailedDependency              = newSentinel(424)
	ErrTooEarly                      = newSentinel(425)
	ErrUpgradeRequired               = newSentinel(426)
	ErrPreconditionRequired          = newSentinel(428)
	ErrTooManyRequests               = newSentinel(429)
	ErrRequestHeaderFieldsTooLarge   = newSentinel(431)
	ErrUnavailableForLegalReasons    = newSentinel(451)
	ErrInternalServerError           = newSentinel(500)
	ErrNotImplemented                = newSentinel(501)
	ErrBadGateway                    = newSentinel(502)
	ErrServiceUnavailable            = newSentinel(503)
	ErrGatewayTimeout                = newSentinel(504)
	ErrHTTPVersionNotSupported       = newSentinel(505)
	ErrVariantAlsoNegotiates         = newSentinel(506)
	ErrInsufficientStorage           = newSentinel(507)
	ErrLoopDetected                  = newSentinel(508)
	ErrNotExtended                   = newSentinel(510)
	ErrNetworkAuthenticationRequired = newSentinel(511)
)

// sentinels has the Err… variable of each status.
var sentinels [600]*Error

func newSentinel(status int) *Error {
	e := &Error{status: status}
	sentinels[status] = e
	return e
}

// sentinel returns the Err… variable of a status from 300 to 599, and nil if it has none.
func sentinel(status int) *Error { return sentinels[status] }
