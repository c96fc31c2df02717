package httperrors

import "net/http"

// status is one row of the IANA registry, https://www.iana.org/assignments/http-status-codes.
type status struct {
	phrase   string
	sentinel *Error
}

// base is the first status in the registry.
const base = 300

// registry has the statuses that IANA registers from 300 to 599, except 305 and 306, which are withdrawn. The phrases are
// here because http.StatusText is out of date for five of them, and RFC 9457, section 4.2.1, asks for the registered one.
var registry = [600 - base]status{
	300 - base: {"Multiple Choices", nil},
	301 - base: {"Moved Permanently", nil},
	302 - base: {"Found", nil},
	303 - base: {"See Other", nil},
	304 - base: {"Not Modified", nil},
	307 - base: {"Temporary Redirect", nil},
	308 - base: {"Permanent Redirect", nil},
	400 - base: {"Bad Request", ErrBadRequest},
	401 - base: {"Unauthorized", ErrUnauthorized},
	402 - base: {"Payment Required", ErrPaymentRequired},
	403 - base: {"Forbidden", ErrForbidden},
	404 - base: {"Not Found", ErrNotFound},
	405 - base: {"Method Not Allowed", ErrMethodNotAllowed},
	406 - base: {"Not Acceptable", ErrNotAcceptable},
	407 - base: {"Proxy Authentication Required", ErrProxyAuthenticationRequired},
	408 - base: {"Request Timeout", ErrRequestTimeout},
	409 - base: {"Conflict", ErrConflict},
	410 - base: {"Gone", ErrGone},
	411 - base: {"Length Required", ErrLengthRequired},
	412 - base: {"Precondition Failed", ErrPreconditionFailed},
	413 - base: {"Content Too Large", ErrContentTooLarge},
	414 - base: {"URI Too Long", ErrURITooLong},
	415 - base: {"Unsupported Media Type", ErrUnsupportedMediaType},
	416 - base: {"Range Not Satisfiable", ErrRangeNotSatisfiable},
	417 - base: {"Expectation Failed", ErrExpectationFailed},
	418 - base: {"I'm a teapot", ErrTeapot}, // "(Unused)" to IANA, which would not help a reader
	421 - base: {"Misdirected Request", ErrMisdirectedRequest},
	422 - base: {"Unprocessable Content", ErrUnprocessableContent},
	423 - base: {"Locked", ErrLocked},
	424 - base: {"Failed Dependency", ErrFailedDependency},
	425 - base: {"Too Early", ErrTooEarly},
	426 - base: {"Upgrade Required", ErrUpgradeRequired},
	428 - base: {"Precondition Required", ErrPreconditionRequired},
	429 - base: {"Too Many Requests", ErrTooManyRequests},
	431 - base: {"Request Header Fields Too Large", ErrRequestHeaderFieldsTooLarge},
	451 - base: {"Unavailable For Legal Reasons", ErrUnavailableForLegalReasons},
	500 - base: {"Internal Server Error", ErrInternalServerError},
	501 - base: {"Not Implemented", ErrNotImplemented},
	502 - base: {"Bad Gateway", ErrBadGateway},
	503 - base: {"Service Unavailable", ErrServiceUnavailable},
	504 - base: {"Gateway Timeout", ErrGatewayTimeout},
	505 - base: {"HTTP Version Not Supported", ErrHTTPVersionNotSupported},
	506 - base: {"Variant Also Negotiates", ErrVariantAlsoNegotiates},
	507 - base: {"Insufficient Storage", ErrInsufficientStorage},
	508 - base: {"Loop Detected", ErrLoopDetected},
	510 - base: {"Not Extended", ErrNotExtended},
	511 - base: {"Network Authentication Required", ErrNetworkAuthenticationRequired},
}

// Phrase returns the reason phrase that IANA registers for a status from 300 to 599, and "" if there is none. For 413, 414,
// 416 and 422 it is newer than http.StatusText's.
func Phrase(status int) string {
	if status < 300 || status > 599 {
		return ""
	}
	return registry[status-base].phrase
}

// sentinel returns the package's error for status, and nil if there is none.
func sentinel(status int) *Error {
	if status < 300 || status > 599 {
		return nil
	}
	return registry[status-base].sentinel
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
	ErrBadRequest                    = &Error{status: 400}
	ErrUnauthorized                  = &Error{status: 401}
	ErrPaymentRequired               = &Error{status: 402}
	ErrForbidden                     = &Error{status: 403}
	ErrNotFound                      = &Error{status: 404}
	ErrMethodNotAllowed              = &Error{status: 405}
	ErrNotAcceptable                 = &Error{status: 406}
	ErrProxyAuthenticationRequired   = &Error{status: 407}
	ErrRequestTimeout                = &Error{status: 408}
	ErrConflict                      = &Error{status: 409}
	ErrGone                          = &Error{status: 410}
	ErrLengthRequired                = &Error{status: 411}
	ErrPreconditionFailed            = &Error{status: 412}
	ErrContentTooLarge               = &Error{status: 413}
	ErrURITooLong                    = &Error{status: 414}
	ErrUnsupportedMediaType          = &Error{status: 415}
	ErrRangeNotSatisfiable           = &Error{status: 416}
	ErrExpectationFailed             = &Error{status: 417}
	ErrTeapot                        = &Error{status: 418}
	ErrMisdirectedRequest            = &Error{status: 421}
	ErrUnprocessableContent          = &Error{status: 422}
	ErrLocked                        = &Error{status: 423}
	ErrFailedDependency              = &Error{status: 424}
	ErrTooEarly                      = &Error{status: 425}
	ErrUpgradeRequired               = &Error{status: 426}
	ErrPreconditionRequired          = &Error{status: 428}
	ErrTooManyRequests               = &Error{status: 429}
	ErrRequestHeaderFieldsTooLarge   = &Error{status: 431}
	ErrUnavailableForLegalReasons    = &Error{status: 451}
	ErrInternalServerError           = &Error{status: 500}
	ErrNotImplemented                = &Error{status: 501}
	ErrBadGateway                    = &Error{status: 502}
	ErrServiceUnavailable            = &Error{status: 503}
	ErrGatewayTimeout                = &Error{status: 504}
	ErrHTTPVersionNotSupported       = &Error{status: 505}
	ErrVariantAlsoNegotiates         = &Error{status: 506}
	ErrInsufficientStorage           = &Error{status: 507}
	ErrLoopDetected                  = &Error{status: 508}
	ErrNotExtended                   = &Error{status: 510}
	ErrNetworkAuthenticationRequired = &Error{status: 511}
)
