// Package ids reads the identifiers in a request's header and makes those of failures: [RequestID], [TraceParent] and
// [NewReference].
package ids

import (
	"net/http"
	"strings"
)

const (
	// maxRequestID is longer than every request id in use: a UUID has 36 characters, Cloudflare's and AWS's stay below 64.
	maxRequestID   = 128
	requestIDChars = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:/+=@~|"
)

// RequestID returns the X-Request-Id in h if it is safe to show and to log, and otherwise the empty string. A client may
// have sent it, so it must be at most 128 characters of ASCII: letters, digits and - _ . : / + = @ ~ |. Any other is left
// out, not repaired, because half an id finds nothing. Of several lines the first counts.
func RequestID(h http.Header) string {
	id := h.Get("X-Request-Id")
	if len(id) > maxRequestID || strings.Trim(id, requestIDChars) != "" {
		return ""
	}
	return id
}

// maxTraceParent bounds what a later version may append.
const maxTraceParent = 256

// TraceParent returns the ids in h's traceparent header in lower-case hexadecimal. It reports false if there is none, or
// more than one, or if it is not valid by W3C Trace Context, section 3.2. A later version is read as that section says.
func TraceParent(h http.Header) (traceID, spanID string, ok bool) {
	lines := h["Traceparent"]
	if len(lines) != 1 || len(lines[0]) > maxTraceParent {
		return "", "", false
	}
	version, rest, _ := strings.Cut(lines[0], "-")
	traceID, rest, _ = strings.Cut(rest, "-")
	spanID, rest, _ = strings.Cut(rest, "-")
	flags, _, more := strings.Cut(rest, "-")
	switch {
	case !isHex(version, 2) || version == "ff" || version == "00" && more,
		!isHex(traceID, 32) || strings.Trim(traceID, "0") == "",
		!isHex(spanID, 16) || strings.Trim(spanID, "0") == "",
		!isHex(flags, 2):
		return "", "", false
	}
	return traceID, spanID, true
}

// isHex reports whether s is a lower-case hexadecimal number of n digits.
func isHex(s string, n int) bool { return len(s) == n && strings.Trim(s, "0123456789abcdef") == "" }
