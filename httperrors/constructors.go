package httperrors

// The constructors of the statuses that need nothing but a message. The message is public: a sentence for people, or ""
// for the standard text in the reader's language. The statuses that need a header are in required.go and redirect.go.

// BadRequest returns a 400: the request is malformed, and sending it again as it is would be no use (RFC 9110, section
// 15.5.1).
//
//go:noinline
func BadRequest(message string) *Error { return build(400, message) }

// PaymentRequired returns a 402: payment is due; RFC 9110, section 15.5.3, has reserved it without saying more.
//
//go:noinline
func PaymentRequired(message string) *Error { return build(402, message) }

// Forbidden returns a 403: the client, whoever it is, may not do this (RFC 9110, section 15.5.4). [Hide] conceals it.
//
//go:noinline
func Forbidden(message string) *Error { return build(403, message) }

// NotFound returns a 404: there is no such resource, or none that the client may know of (RFC 9110, section 15.5.5).
//
//go:noinline
func NotFound(message string) *Error { return build(404, message) }

// NotAcceptable returns a 406: no representation suits the client's Accept fields (RFC 9110, section 15.5.7); the
// [Error.WithLinks] should list what there is.
//
//go:noinline
func NotAcceptable(message string) *Error { return build(406, message) }

// RequestTimeout returns a 408: the client took too long to send its request (RFC 9110, section 15.5.9).
//
//go:noinline
func RequestTimeout(message string) *Error { return build(408, message) }

// Conflict returns a 409: the resource is in a state that does not allow this (RFC 9110, section 15.5.10); the detail
// should let the client recognise the conflict.
//
//go:noinline
func Conflict(message string) *Error { return build(409, message) }

// Gone returns a 410: the resource was here and will not come back (RFC 9110, section 15.5.11).
//
//go:noinline
func Gone(message string) *Error { return build(410, message) }

// LengthRequired returns a 411: the request needs a Content-Length (RFC 9110, section 15.5.12).
//
//go:noinline
func LengthRequired(message string) *Error { return build(411, message) }

// PreconditionFailed returns a 412: a condition of the request, such as If-Match, does not hold (RFC 9110, section
// 15.5.13).
//
//go:noinline
func PreconditionFailed(message string) *Error { return build(412, message) }

// ContentTooLarge returns a 413: the request's content is larger than the server will take (RFC 9110, section 15.5.14).
// If that is temporary, say so by [Error.WithRetryAfter].
//
//go:noinline
func ContentTooLarge(message string) *Error { return build(413, message) }

// URITooLong returns a 414: the request's target is longer than the server will take (RFC 9110, section 15.5.15).
//
//go:noinline
func URITooLong(message string) *Error { return build(414, message) }

// ExpectationFailed returns a 417: the Expect field of the request cannot be met (RFC 9110, section 15.5.18).
//
//go:noinline
func ExpectationFailed(message string) *Error { return build(417, message) }

// Teapot returns a 418: the server is a teapot (RFC 2324). IANA keeps the code unused for its sake.
//
//go:noinline
func Teapot(message string) *Error { return build(418, message) }

// MisdirectedRequest returns a 421: the request came to a server that does not answer for its host (RFC 9110, section
// 15.5.20).
//
//go:noinline
func MisdirectedRequest(message string) *Error { return build(421, message) }

// UnprocessableContent returns a 422: the content is well-formed and makes no sense (RFC 9110, section 15.5.21);
// [Error.WithErrors] says where.
//
//go:noinline
func UnprocessableContent(message string) *Error { return build(422, message) }

// Locked returns a 423: the resource is locked (RFC 4918, section 11.3).
//
//go:noinline
func Locked(message string) *Error { return build(423, message) }

// FailedDependency returns a 424: it depended on another action, which failed (RFC 4918, section 11.4).
//
//go:noinline
func FailedDependency(message string) *Error { return build(424, message) }

// TooEarly returns a 425: the request may be a replay of early data (RFC 8470, section 5.2).
//
//go:noinline
func TooEarly(message string) *Error { return build(425, message) }

// PreconditionRequired returns a 428: the request must be conditional; the message should say how to send it again (RFC
// 6585, section 3). Caches never store it.
//
//go:noinline
func PreconditionRequired(message string) *Error { return build(428, message) }

// TooManyRequests returns a 429: the client sends too many requests (RFC 6585, section 4); [Error.WithRetryAfter] says
// when it may go on. Caches never store it.
//
//go:noinline
func TooManyRequests(message string) *Error { return build(429, message) }

// RequestHeaderFieldsTooLarge returns a 431: the header is too large; the message should name the field at fault (RFC
// 6585, section 5). Caches never store it.
//
//go:noinline
func RequestHeaderFieldsTooLarge(message string) *Error { return build(431, message) }

// InternalServerError returns a 500: the server failed (RFC 9110, section 15.6.1). A plain error does as well; this one
// has a message for people.
//
//go:noinline
func InternalServerError(message string) *Error { return build(500, message) }

// NotImplemented returns a 501: the server cannot do this for any resource (RFC 9110, section 15.6.2).
//
//go:noinline
func NotImplemented(message string) *Error { return build(501, message) }

// BadGateway returns a 502: a server that this one asked gave an invalid answer (RFC 9110, section 15.6.3).
//
//go:noinline
func BadGateway(message string) *Error { return build(502, message) }

// ServiceUnavailable returns a 503: the server is overloaded or down for a while (RFC 9110, section 15.6.4);
// [Error.WithRetryAfter] says for how long.
//
//go:noinline
func ServiceUnavailable(message string) *Error { return build(503, message) }

// GatewayTimeout returns a 504: a server that this one asked did not answer in time (RFC 9110, section 15.6.5).
//
//go:noinline
func GatewayTimeout(message string) *Error { return build(504, message) }

// HTTPVersionNotSupported returns a 505: the server does not speak the request's version of HTTP (RFC 9110, section
// 15.6.6); the message should say which it does.
//
//go:noinline
func HTTPVersionNotSupported(message string) *Error { return build(505, message) }

// VariantAlsoNegotiates returns a 506: the server's negotiation leads in a circle (RFC 2295, section 8.1).
//
//go:noinline
func VariantAlsoNegotiates(message string) *Error { return build(506, message) }

// InsufficientStorage returns a 507: there is no room to store what the request asks for (RFC 4918, section 11.5).
//
//go:noinline
func InsufficientStorage(message string) *Error { return build(507, message) }

// LoopDetected returns a 508: the operation led in a circle (RFC 5842, section 7.2).
//
//go:noinline
func LoopDetected(message string) *Error { return build(508, message) }

// NotExtended returns a 510: the request lacks an extension (RFC 2774, section 7, which is historic).
//
//go:noinline
func NotExtended(message string) *Error { return build(510, message) }

// NetworkAuthenticationRequired returns a 511: the client must log in to the network first; [Error.WithLinks] should
// say where, and no form belongs here (RFC 6585, section 6). Caches never store it. It is for gateways, not for origin
// servers.
//
//go:noinline
func NetworkAuthenticationRequired(message string) *Error { return build(511, message) }
