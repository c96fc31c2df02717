package httperrors

// Redirect returns an error that sends the client to location: status is 301, 302, 303, 307 or 308, or one of the other
// 3xx that may have a Location. The location is a URI reference; what people write in one and HTTP does not allow, such
// as spaces and letters with accents, is percent-encoded. One that is none answers 500, and so does a status that is
// no 3xx; the text of the error, for the log, says why.
//
// A location that comes from a request needs a check of its own: "https://elsewhere.example/" and "//elsewhere.example"
// are URI references, too.
func Redirect(status int, location string) *Error {
	e := build(status, "")
	e.redirect(location)
	return e
}

func (e *Error) redirect(location string) {
	uri, err := uriReference(location)
	switch {
	case e.status/100 != 3:
		e.spoil("redirect: %d is not a 3xx status", e.status)
	case err != nil:
		e.spoil("header Location: %v", err)
	default:
		e.putHeader("Location", uri)
	}
}

// MultipleChoices returns a 300: the resource has several representations, which [Error.WithLinks] should list (RFC 9110,
// section 15.4.1). The preferred one, if there is one, goes into the Location field; "" is none.
func MultipleChoices(message, preferred string) *Error {
	e := build(300, message)
	if preferred != "" {
		e.redirect(preferred)
	}
	return e
}

// MovedPermanently returns a 301 to location: the resource has a new URI for good (RFC 9110, section 15.4.2). A client
// may turn POST into GET; [PermanentRedirect] forbids that.
func MovedPermanently(location string) *Error {
	e := build(301, "")
	e.redirect(location)
	return e
}

// Found returns a 302 to location: the resource is elsewhere for now (RFC 9110, section 15.4.3). A client may turn POST
// into GET; [TemporaryRedirect] forbids that and [SeeOther] demands it.
func Found(location string) *Error {
	e := build(302, "")
	e.redirect(location)
	return e
}

// SeeOther returns a 303 to location: the answer is another resource, to be fetched by GET (RFC 9110, section 15.4.4).
func SeeOther(location string) *Error {
	e := build(303, "")
	e.redirect(location)
	return e
}

// NotModified returns a 304: what the client has is still good (RFC 9110, section 15.4.5). The answer has no body; ETag
// and the like, where a 200 would have them, are set on the response or by WithHeader.
//
//go:noinline
func NotModified() *Error { return build(304, "") }

// TemporaryRedirect returns a 307 to location: the same request is to be sent there for now (RFC 9110, section 15.4.8).
func TemporaryRedirect(location string) *Error {
	e := build(307, "")
	e.redirect(location)
	return e
}

// PermanentRedirect returns a 308 to location: the same request is to be sent there for good (RFC 9110, section 15.4.9).
func PermanentRedirect(location string) *Error {
	e := build(308, "")
	e.redirect(location)
	return e
}
