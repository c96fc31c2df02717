package httperrors

import (
	"slices"
	"strconv"
	"strings"
)

// The constructors, in three groups: those that need nothing but a message, those for which RFC 9110 requires or knows a
// header field, and redirects. The message is public: a sentence for people, or "" for the standard text in the reader's
// language. An argument that cannot be sent makes the error a 500 whose text, for the log, gives the reason: the mistake is
// the program's, not the client's.

// BadRequest returns a 400: the request is malformed and would fail again unchanged (RFC 9110, section 15.5.1).
func BadRequest(message string) *Error { return build(400, message) }

// PaymentRequired returns a 402: payment is due; RFC 9110, section 15.5.3, only reserves it.
func PaymentRequired(message string) *Error { return build(402, message) }

// Forbidden returns a 403: the client may not do this, with any credentials it has (RFC 9110, section 15.5.4). See [Hide].
func Forbidden(message string) *Error { return build(403, message) }

// NotFound returns a 404: the resource does not exist, or the client may not know that it does (RFC 9110, section 15.5.5).
func NotFound(message string) *Error { return build(404, message) }

// NotAcceptable returns a 406: no representation suits the client's Accept fields (RFC 9110, section 15.5.7);
// [Error.WithLinks] should list those that exist.
func NotAcceptable(message string) *Error { return build(406, message) }

// RequestTimeout returns a 408: the client took too long to send its request (RFC 9110, section 15.5.9).
func RequestTimeout(message string) *Error { return build(408, message) }

// Conflict returns a 409: the resource is in a state that does not allow this (RFC 9110, section 15.5.10); the detail
// should let the client recognise the conflict.
func Conflict(message string) *Error { return build(409, message) }

// Gone returns a 410: the resource was here and will not come back (RFC 9110, section 15.5.11).
func Gone(message string) *Error { return build(410, message) }

// LengthRequired returns a 411: the request needs a Content-Length (RFC 9110, section 15.5.12).
func LengthRequired(message string) *Error { return build(411, message) }

// PreconditionFailed returns a 412: a condition of the request, such as If-Match, does not hold (RFC 9110, section
// 15.5.13).
func PreconditionFailed(message string) *Error { return build(412, message) }

// ContentTooLarge returns a 413: the request's content is larger than the server will take (RFC 9110, section 15.5.14).
// If that is temporary, add [Error.WithRetryAfter].
func ContentTooLarge(message string) *Error { return build(413, message) }

// URITooLong returns a 414: the request's target is longer than the server will take (RFC 9110, section 15.5.15).
func URITooLong(message string) *Error { return build(414, message) }

// ExpectationFailed returns a 417: the Expect field of the request cannot be met (RFC 9110, section 15.5.18).
func ExpectationFailed(message string) *Error { return build(417, message) }

// Teapot returns a 418: the server is a teapot (RFC 2324). IANA lists the code as unused because of it.
func Teapot(message string) *Error { return build(418, message) }

// MisdirectedRequest returns a 421: the request came to a server that does not answer for its host (RFC 9110, section
// 15.5.20).
func MisdirectedRequest(message string) *Error { return build(421, message) }

// UnprocessableContent returns a 422: the content is well-formed but invalid (RFC 9110, section 15.5.21);
// [Error.WithErrors] says where.
func UnprocessableContent(message string) *Error { return build(422, message) }

// Locked returns a 423: the resource is locked (RFC 4918, section 11.3).
func Locked(message string) *Error { return build(423, message) }

// FailedDependency returns a 424: the request depended on another one, which failed (RFC 4918, section 11.4).
func FailedDependency(message string) *Error { return build(424, message) }

// TooEarly returns a 425: the request may be a replay of early data (RFC 8470, section 5.2).
func TooEarly(message string) *Error { return build(425, message) }

// PreconditionRequired returns a 428: the request must be conditional; the message should say how to send it again (RFC
// 6585, section 3). Caches never store it.
func PreconditionRequired(message string) *Error { return build(428, message) }

// TooManyRequests returns a 429: the client sends too many requests (RFC 6585, section 4); [Error.WithRetryAfter] says
// when it may send more. Caches never store it.
func TooManyRequests(message string) *Error { return build(429, message) }

// RequestHeaderFieldsTooLarge returns a 431: the header is too large; the message should name the field at fault (RFC
// 6585, section 5). Caches never store it.
func RequestHeaderFieldsTooLarge(message string) *Error { return build(431, message) }

// InternalServerError returns a 500: the server failed (RFC 9110, section 15.6.1). A plain error answers 500 as
// well; this one has a message for people.
func InternalServerError(message string) *Error { return build(500, message) }

// NotImplemented returns a 501: the server cannot do this for any resource (RFC 9110, section 15.6.2).
func NotImplemented(message string) *Error { return build(501, message) }

// BadGateway returns a 502: a server that this one asked gave an invalid answer (RFC 9110, section 15.6.3).
func BadGateway(message string) *Error { return build(502, message) }

// ServiceUnavailable returns a 503: the server is overloaded or down for a while (RFC 9110, section 15.6.4);
// [Error.WithRetryAfter] says for how long.
func ServiceUnavailable(message string) *Error { return build(503, message) }

// GatewayTimeout returns a 504: a server that this one asked did not answer in time (RFC 9110, section 15.6.5).
func GatewayTimeout(message string) *Error { return build(504, message) }

// HTTPVersionNotSupported returns a 505: the server does not speak the request's version of HTTP (RFC 9110, section
// 15.6.6); the message should name the versions it does.
func HTTPVersionNotSupported(message string) *Error { return build(505, message) }

// VariantAlsoNegotiates returns a 506: the server's negotiation leads in a circle (RFC 2295, section 8.1).
func VariantAlsoNegotiates(message string) *Error { return build(506, message) }

// InsufficientStorage returns a 507: there is no space to store the result (RFC 4918, section 11.5).
func InsufficientStorage(message string) *Error { return build(507, message) }

// LoopDetected returns a 508: the operation led in a circle (RFC 5842, section 7.2).
func LoopDetected(message string) *Error { return build(508, message) }

// NotExtended returns a 510: the request lacks an extension (RFC 2774, section 7, which is historic).
func NotExtended(message string) *Error { return build(510, message) }

// NetworkAuthenticationRequired returns a 511: the client must log in to the network first; [Error.WithLinks] should
// say where, and no form belongs here (RFC 6585, section 6). Caches never store it. It is for gateways, not for origin
// servers.
func NetworkAuthenticationRequired(message string) *Error { return build(511, message) }

// Unauthorized returns a 401: the request lacks valid credentials. The challenges say how to present them; there must be at
// least one (RFC 9110, section 15.5.2). Each is sent on a line of its own, because not every client can split a list.
func Unauthorized(message string, challenge Challenge, more ...Challenge) *Error {
	return build(401, message).challenge("Www-Authenticate", challenge, more)
}

// ProxyAuthenticationRequired returns a 407: Unauthorized for the proxy that this server is (RFC 9110, section 15.5.8).
func ProxyAuthenticationRequired(message string, challenge Challenge, more ...Challenge) *Error {
	return build(407, message).challenge("Proxy-Authenticate", challenge, more)
}

func (e *Error) challenge(name string, first Challenge, more []Challenge) *Error {
	values := make([]string, 0, 1+len(more))
	for _, c := range append([]Challenge{first}, more...) {
		v, err := c.field()
		if err != nil {
			return e.makeInternalError("header %s: %v", name, err)
		}
		values = append(values, v)
	}
	return e.putHeader(name, values...)
}

// MethodNotAllowed returns a 405: the resource does not have this method. The methods it has go into the Allow field (RFC
// 9110, section 15.5.6), each once and in this order; an argument may be a list with commas. Without arguments the router
// sets the field, and it is empty if there is no router that does.
func MethodNotAllowed(allow ...string) *Error {
	var methods []string
	for _, list := range allow {
		for m := range strings.SplitSeq(list, ",") {
			if m = strings.TrimSpace(m); !slices.Contains(methods, m) {
				methods = append(methods, m)
			}
		}
	}
	return build(405, "").putList("Allow", methods, token)
}

// UnsupportedMediaType returns a 415: the resource does not accept this type of content. The types it accepts, if given, go
// into the Accept field (RFC 9110, section 15.5.16). For a content coding use WithHeader("Accept-Encoding", …).
func UnsupportedMediaType(message string, accept ...string) *Error {
	return build(415, message).putList("Accept", accept, mediaRange)
}

// UpgradeRequired returns a 426: the server wants another protocol, such as "TLS/1.3" or "websocket" (RFC 9110, section
// 15.5.22). The protocols go into the Upgrade field. The error handler adds Connection, and omits both fields in HTTP/2,
// which has neither.
func UpgradeRequired(message, protocol string, more ...string) *Error {
	return build(426, message).putList("Upgrade", append([]string{protocol}, more...), func(s string) bool {
		name, version, found := strings.Cut(s, "/")
		return token(name) && (!found || token(version))
	})
}

// putList sets a field to a list of elements, if there are any. An element that is not valid makes e a 500.
func (e *Error) putList(name string, elements []string, valid func(string) bool) *Error {
	if len(elements) == 0 {
		return e
	}
	for _, s := range elements {
		if !valid(s) {
			return e.makeInternalError("header %s: %.100q is not valid", name, s)
		}
	}
	v, err := fieldValue(strings.Join(elements, ", "))
	if err != nil {
		return e.makeInternalError("header %s: %v", name, err)
	}
	return e.putHeader(name, v)
}

// RangeNotSatisfiable returns a 416: the ranges of the request lie outside the representation, which is size bytes long
// (RFC 9110, section 15.5.17). A negative size is unknown, and then there is no Content-Range field.
func RangeNotSatisfiable(message string, size int64) *Error {
	e := build(416, message)
	if size < 0 {
		return e
	}
	return e.putHeader("Content-Range", "bytes */"+strconv.FormatInt(size, 10))
}

// UnavailableForLegalReasons returns a 451: access is denied because of a legal demand (RFC 7725). The URI of the party that
// implements the block, if it is not empty, goes into a Link field with the relation blocked-by, and the answer links to it.
func UnavailableForLegalReasons(message, blockedBy string) *Error {
	e := build(451, message)
	if blockedBy == "" {
		return e
	}
	uri, err := uriReference(blockedBy)
	if err != nil {
		return e.makeInternalError("header Link: %v", err)
	}
	l := Link{URL: uri, Rel: "blocked-by"}
	e.mutableExtra().links = []Link{l}
	return e.putHeader("Link", l.field()) // in any length: RFC 7725, section 4, asks for it
}

// Redirect returns an error that sends the client to location: status is 301, 302, 303, 307 or 308, or another 3xx that may
// have a Location. The location is a URI reference; characters that HTTP does not allow in one, such as spaces and letters
// with accents, are percent-encoded. An invalid location answers 500, and so does a status other than 3xx; the text of the
// error, for the log, gives the reason.
//
// A location that comes from a request needs a check of its own: "https://elsewhere.example/" and "//elsewhere.example" are
// URI references, too.
func Redirect(status int, location string) *Error { return build(status, "").redirectTo(location) }

func (e *Error) redirectTo(location string) *Error {
	if e.status/100 != 3 {
		return e.makeInternalError("redirect: %d is not a 3xx status", e.status)
	}
	uri, err := uriReference(location)
	if err != nil {
		return e.makeInternalError("header Location: %v", err)
	}
	return e.putHeader("Location", uri)
}

// MultipleChoices returns a 300: the resource has several representations, which [Error.WithLinks] should list (RFC 9110,
// section 15.4.1). The preferred one, if it is not "", goes into the Location field.
func MultipleChoices(message, preferred string) *Error {
	e := build(300, message)
	if preferred == "" {
		return e
	}
	return e.redirectTo(preferred)
}

// MovedPermanently returns a 301 to location: the resource has a new URI for good (RFC 9110, section 15.4.2). A client may
// turn POST into GET; [PermanentRedirect] forbids that.
func MovedPermanently(location string) *Error { return build(301, "").redirectTo(location) }

// Found returns a 302 to location: the resource is elsewhere for now (RFC 9110, section 15.4.3). A client may turn POST into
// GET; [TemporaryRedirect] forbids that and [SeeOther] demands it.
func Found(location string) *Error { return build(302, "").redirectTo(location) }

// SeeOther returns a 303 to location: the answer is another resource, to be fetched by GET (RFC 9110, section 15.4.4).
func SeeOther(location string) *Error { return build(303, "").redirectTo(location) }

// NotModified returns a 304: the client's copy is still valid (RFC 9110, section 15.4.5). The answer has no body; ETag and
// other validators are set on the response or by WithHeader.
func NotModified() *Error { return build(304, "") }

// TemporaryRedirect returns a 307 to location: the same request is to be sent there for now (RFC 9110, section 15.4.8).
func TemporaryRedirect(location string) *Error { return build(307, "").redirectTo(location) }

// PermanentRedirect returns a 308 to location: the same request is to be sent there for good (RFC 9110, section 15.4.9).
func PermanentRedirect(location string) *Error { return build(308, "").redirectTo(location) }
