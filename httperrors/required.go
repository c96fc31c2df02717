package httperrors

import (
	"slices"
	"strconv"
	"strings"
)

// The constructors of the statuses for which RFC 9110 requires or knows a header field. An argument that cannot be
// sent makes the error a 500 whose text, for the log, says why: it is the program that is at fault, not the client.

// spoil makes e a 500.
func (e *Error) spoil(format string, args ...any) {
	e.refuse(format, args...)
	e.x.broken = true // refuse has just made e.x
}

// Unauthorized returns a 401: the request lacks valid credentials. The challenges say how to present them, one at least
// (RFC 9110, section 15.5.2); each gets a line of its own, because not every client can split a list.
func Unauthorized(message string, challenge Challenge, more ...Challenge) *Error {
	e := build(401, message)
	e.challenge("Www-Authenticate", challenge, more)
	return e
}

// ProxyAuthenticationRequired returns a 407: Unauthorized for the proxy that this server is (RFC 9110, section 15.5.8).
func ProxyAuthenticationRequired(message string, challenge Challenge, more ...Challenge) *Error {
	e := build(407, message)
	e.challenge("Proxy-Authenticate", challenge, more)
	return e
}

func (e *Error) challenge(name string, first Challenge, more []Challenge) {
	values := make([]string, 0, 1+len(more))
	for i := -1; i < len(more); i++ {
		c := first
		if i >= 0 {
			c = more[i]
		}
		v, err := c.field()
		if err != nil {
			e.spoil("header %s: %v", name, err)
			return
		}
		values = append(values, v)
	}
	if len(values) > maxValues {
		e.refuse("header %s: more than %d values", name, maxValues)
		values = values[:maxValues]
	}
	e.putHeader(name, values...)
}

// MethodNotAllowed returns a 405: the resource has no such method. The methods it has go into the Allow field (RFC 9110,
// section 15.5.6), each once and in this order; an element may be a list with commas. Without arguments the field is
// the router's business, and empty if that has none.
func MethodNotAllowed(allow ...string) *Error {
	e := build(405, "")
	var methods []string
	length := 0
	for _, a := range allow {
		for m := range strings.SplitSeq(a, ",") {
			m = strings.TrimSpace(m)
			if !token(m) {
				e.spoil("header Allow: %.100q is not a method", m)
				return e
			}
			if length += len(m) + 2; length > maxValue {
				e.refuse("header Allow: %v", errTooLong)
				break
			}
			if !slices.Contains(methods, m) {
				methods = append(methods, m)
			}
		}
		if length > maxValue {
			break
		}
	}
	if len(methods) > 0 {
		e.putHeader("Allow", strings.Join(methods, ", "))
	}
	return e
}

// UnsupportedMediaType returns a 415: the request's content has a type that the resource does not take. The types it
// takes, if given, go into the Accept field (RFC 9110, section 15.5.16). For a content coding there is
// WithHeader("Accept-Encoding", …).
func UnsupportedMediaType(message string, accept ...string) *Error {
	e := build(415, message)
	e.list("Accept", accept, mediaRange)
	return e
}

// UpgradeRequired returns a 426: the server wants another protocol, such as "TLS/1.3" or "websocket" (RFC 9110, section
// 15.5.22). The protocols go into the Upgrade field; the error handler adds Connection, and in HTTP/2, which knows
// neither, leaves both out.
func UpgradeRequired(message, protocol string, more ...string) *Error {
	e := build(426, message)
	e.list("Upgrade", append([]string{protocol}, more...), func(s string) bool {
		name, version, found := strings.Cut(s, "/")
		return token(name) && (!found || token(version))
	})
	return e
}

// list sets a field to a list of elements, or spoils e if one is not valid.
func (e *Error) list(name string, elements []string, valid func(string) bool) {
	if len(elements) == 0 {
		return
	}
	for _, s := range elements {
		if !valid(s) {
			e.spoil("header %s: %.100q is not valid", name, s)
			return
		}
	}
	v, err := fieldValue(strings.Join(elements, ", "))
	if err != nil {
		e.spoil("header %s: %v", name, err)
		return
	}
	e.putHeader(name, v)
}

// mediaRange is a rough check: a type, a subtype, and what may follow.
func mediaRange(s string) bool {
	mediaType, _, _ := strings.Cut(s, ";")
	typ, sub, ok := strings.Cut(strings.TrimSpace(mediaType), "/")
	_, err := fieldValue(s)
	return ok && token(typ) && token(sub) && err == nil && !strings.Contains(s, ",")
}

// RangeNotSatisfiable returns a 416: the ranges asked for lie outside the representation, which is size bytes long
// (RFC 9110, section 15.5.17). A negative size is an unknown one, and there is no Content-Range field.
func RangeNotSatisfiable(message string, size int64) *Error {
	e := build(416, message)
	if size >= 0 {
		e.putHeader("Content-Range", "bytes */"+strconv.FormatInt(size, 10))
	}
	return e
}

// UnavailableForLegalReasons returns a 451: somebody with the power to do so demanded it (RFC 7725). The URI of whoever
// enforces the demand, if it is not empty, goes into a Link field, and the answer leads there.
func UnavailableForLegalReasons(message, blockedBy string) *Error {
	e := build(451, message)
	if blockedBy != "" {
		uri, err := uriReference(blockedBy)
		if err != nil {
			e.spoil("header Link: %v", err)
			return e
		}
		l := Link{URL: uri, Rel: "blocked-by"}
		e.putHeader("Link", l.field()) // however long: it is what the status is about
		e.grow().links = []Link{l}
	}
	return e
}
