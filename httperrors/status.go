package httperrors

import "net/http"

// status is one row of the IANA registry, https://www.iana.org/assignments/http-status-codes.
type status struct {
	phrase   string
	sentinel *Error
}

// base is the first status in the registry.
const base = 300

// registry has what IANA registers from 300 to 599, but for 305 and 306, which nobody may send any more. The phrases
// are ours because http.StatusText is out of date for five of them, and RFC 9457, section 4.2.1, asks for the
// registered one.
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
	418 - base: {"I'm a teapot", ErrTeapot}, // "(Unused)" to IANA, which nobody would want to read
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

// Phrase returns the reason phrase that IANA registers for status, and "" if it registers none from 300 to 599 that
// may be sent. For 413, 414, 416 and 422 it is newer than http.StatusText's.
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

// sendable reports whether status can be the answer of an error. RFC 9110, section 15, makes anything beyond 599 a
// 5xx; net/http sends 1xx as an interim answer and then a 200 (!); 2xx is no error; 305 and 306 are withdrawn.
func sendable(status int) bool {
	return 300 <= status && status <= 599 && status != http.StatusUseProxy && status != 306
}

// redirects reports whether status tells the client to go to the Location.
func redirects(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// unstorable reports whether RFC 6585, sections 3 to 6, forbids caches to store answers with this status.
func unstorable(status int) bool {
	switch status {
	case 428, 429, 431, 511:
		return true
	}
	return false
}
