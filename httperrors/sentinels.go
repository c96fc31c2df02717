package httperrors

// The errors of the registered statuses. They are for comparison and for returning as they are: every error with one
// of these statuses is that one to [errors.Is], however it was made. They carry no message, so that readers are told
// the standard text in their language, and no stack; returning one costs nothing. 401, 405, 407 and 426 need a header
// to be complete, which their constructors take as a parameter.
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
