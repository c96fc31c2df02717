package httperrors

import (
	"errors"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The bounds of an error's header fields. Clients and proxies give up at sizes from 8 KiB on.
const (
	maxFields = 64
	maxValues = 64
	maxValue  = 8 << 10
)

// reserved are the fields that describe the content or the connection. Whoever writes the answer knows them; an error
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

// setHeader sets a field after checking it. It must be called on a copy that nobody else has.
func (e *Error) setHeader(key string, values []string) {
	if !token(key) {
		e.refuse("header %.100q: not a field name", key)
		return
	}
	name := textproto.CanonicalMIMEHeaderKey(key)
	if len(values) == 0 {
		if _, ok := e.header[name]; ok {
			h := cloneFields(e.header)
			delete(h, name)
			e.header = h
		}
		return
	}
	if reserved[name] || name == "Upgrade" && e.status != 426 || name == "Content-Range" && e.status != 416 {
		e.refuse("header %s: belongs to the writer of the answer", name)
		return
	}
	if _, ok := e.header[name]; !ok && len(e.header) >= maxFields {
		e.refuse("header %.100s: more than %d fields", name, maxFields)
		return
	}
	if name == "Location" && len(values) > 1 {
		e.refuse("header Location: more than one")
		values = values[:1]
	}
	if len(values) > maxValues {
		e.refuse("header %s: more than %d values", name, maxValues)
		values = values[:maxValues]
	}
	checked := make([]string, 0, len(values))
	for _, v := range values {
		var err error
		if name == "Location" {
			v, err = uriReference(v)
		} else {
			v, err = fieldValue(v)
		}
		if err != nil {
			e.refuse("header %s: %v", name, err)
			continue
		}
		checked = append(checked, v)
	}
	if len(checked) > 0 {
		e.putHeader(name, checked...)
	}
}

// putHeader sets a field whose name is canonical and whose values are known to be good and are not shared.
func (e *Error) putHeader(name string, values ...string) {
	h := cloneFields(e.header)
	h[name] = values
	e.header = h
}

// cloneFields copies the map and shares the values, which are never written to.
func cloneFields(h http.Header) http.Header {
	c := make(http.Header, len(h)+1)
	for k, v := range h {
		c[k] = v
	}
	return c
}

// CopyHeader sets e's header fields in h, which is a response's. Set-Cookie and Vary are added to what is there; a 405
// that names no methods leaves an Allow field as it is. It shares nothing with h.
func (e *Error) CopyHeader(h http.Header) {
	code := e.StatusCode()
	if e.HasHeader() {
		for name, values := range e.header {
			switch {
			case name == "Location" && code != e.status:
				// The status was not one that can be sent, and a 500 leads nowhere.
			case name == "Set-Cookie":
				h[name] = append(slices.Clip(h[name]), values...)
			case name == "Vary":
				addVary(h, values)
			default:
				h[name] = slices.Clone(values)
			}
		}
	}
	switch {
	case code == http.StatusMethodNotAllowed && h["Allow"] == nil:
		h["Allow"] = []string{""}
	case unstorable(code) && !mentions(h["Cache-Control"], "no-store"):
		h["Cache-Control"] = []string{"no-store"}
	}
}

// addVary adds the field names that h does not list yet.
func addVary(h http.Header, values []string) {
	for _, v := range values {
		for name := range strings.SplitSeq(v, ",") {
			if name = strings.TrimSpace(name); name != "" && !mentions(h["Vary"], name) && !mentions(h["Vary"], "*") {
				h["Vary"] = append(slices.Clip(h["Vary"]), name)
			}
		}
	}
}

// mentions reports whether name is an element of a comma-separated list.
func mentions(values []string, name string) bool {
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(part), name) {
				return true
			}
		}
	}
	return false
}

var (
	errControl = errors.New("control character in the value")
	errASCII   = errors.New("value is not ASCII")
	errTooLong = errors.New("value is longer than 8 KiB")
)

// fieldValue checks a header field's value. net/http turns line ends into spaces and sends other control characters as
// they are; what was meant cannot be guessed, so both are refused. So is what is not ASCII: nobody agrees on its
// encoding (RFC 9110, section 5.5).
func fieldValue(v string) (string, error) {
	v = strings.Trim(v, " \t")
	if len(v) > maxValue {
		return "", errTooLong
	}
	for i := range len(v) {
		switch c := v[i]; {
		case c < ' ' && c != '\t' || c == 0x7f:
			return "", errControl
		case c > 0x7f:
			return "", errASCII
		}
	}
	return v, nil
}

// token reports whether s is a token of RFC 9110, section 5.6.2, of at most 256 bytes.
func token(s string) bool {
	if s == "" || len(s) > 256 {
		return false
	}
	for i := range len(s) {
		if !tokenByte(s[i]) {
			return false
		}
	}
	return true
}

func tokenByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// retryAfter is a number of seconds, rounded up.
func retryAfter(d time.Duration) string {
	if d <= 0 {
		return "0"
	}
	s := int64(d / time.Second)
	if d%time.Second != 0 {
		s++
	}
	return strconv.FormatInt(s, 10)
}
