package httperrors

import (
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// maxFields bounds an error's header.
const maxFields = 64

// reserved are the fields that describe the content or the connection. Only the writer of the answer knows them; an error
// that set them would make it unreadable.
var reserved = map[string]bool{
	"Connection":          true,
	"Content-Disposition": true,
	"Content-Encoding":    true,
	"Content-Language":    true,
	"Content-Length":      true,
	"Content-Type":        true,
	"Date":                true,
	"Http2-Settings":      true,
	"Keep-Alive":          true,
	"Proxy-Connection":    true,
	"Te":                  true,
	"Trailer":             true,
	"Transfer-Encoding":   true,
}

// Header returns a copy of the header fields to answer with. 405 has an Allow field, although it may be empty, and 428, 429,
// 431 and 511 forbid caches to store the answer (RFC 6585, sections 3 to 6).
func (e *Error) Header() http.Header {
	h := make(http.Header) // which costs nothing where this is inlined and the caller only reads it
	e.copyHeader(h)
	return h
}

func (e *Error) copyHeader(h http.Header) {
	code := e.StatusCode()
	if e != nil {
		for name, values := range e.header {
			h[name] = slices.Clone(values)
		}
		if code != e.status { // a 500 in place of a redirect leads to no other place
			delete(h, "Location")
		}
	}
	switch code {
	case http.StatusMethodNotAllowed:
		if h["Allow"] == nil {
			h["Allow"] = []string{""}
		}
	case http.StatusPreconditionRequired, http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge,
		http.StatusNetworkAuthenticationRequired:
		if !strings.Contains(strings.ToLower(strings.Join(h["Cache-Control"], ",")), "no-store") {
			h["Cache-Control"] = []string{"no-store"}
		}
	}
}

// setHeader sets a field after checking it. e must be a copy that is not shared yet.
func (e *Error) setHeader(key string, values []string) {
	if !token(key) {
		e.recordFault("header %.100q: not a field name", key)
		return
	}
	name := textproto.CanonicalMIMEHeaderKey(key)
	if len(values) == 0 {
		e.header = maps.Clone(e.header)
		delete(e.header, name)
		return
	}
	if reserved[name] || name == "Upgrade" && e.status != 426 || name == "Content-Range" && e.status != 416 {
		e.recordFault("header %s: belongs to the writer of the answer", name)
		return
	}
	if e.header[name] == nil && len(e.header) >= maxFields {
		e.recordFault("header %.100s: more than %d fields", name, maxFields)
		return
	}
	check := fieldValue
	if name == "Location" {
		check = uriReference
		if len(values) > 1 {
			e.recordFault("header Location: more than one")
			values = values[:1]
		}
	}
	checked := make([]string, 0, len(values))
	for _, v := range values {
		v, err := check(v)
		if err != nil {
			e.recordFault("header %s: %v", name, err)
			continue
		}
		checked = append(checked, v)
	}
	if len(checked) > 0 {
		e.putHeader(name, checked...)
	}
}

// putHeader sets a field whose name is canonical and whose values have been checked and are not shared. The values of the
// other fields are shared with the error that e derives from; they are never written to. It returns e.
func (e *Error) putHeader(name string, values ...string) *Error {
	h := make(http.Header, len(e.header)+1)
	maps.Copy(h, e.header)
	h[name] = values
	e.header = h
	return e
}
