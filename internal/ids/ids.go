// Package ids reads the identifiers in a request's header and makes those of failures: [RequestID], [TraceParent] and
// [NewReference].
package ids

import (
	"net/http"
	"strings"
)

// maxRequestID is longer than every request id in use: a UUID has 36 characters, Cloudflare's and AWS's stay below 64.
const maxRequestID = 128

// RequestID returns the X-Request-Id in h if it is safe to show and to log, and otherwise the empty string. A client may
// have sent it, so it must be at most 128 characters of ASCII: letters, digits and - _ . : / + = @ ~ |. Any other is left
// out, not repaired, because half an id finds nothing. Of several lines the first counts.
func RequestID(h http.Header) string {
	v := h["X-Request-Id"]
	if len(v) == 0 || v[0] == "" || len(v[0]) > maxRequestID {
		return ""
	}
	for i := range len(v[0]) {
		if !requestIDByte(v[0][i]) {
			return ""
		}
	}
	return v[0]
}

func requestIDByte(c byte) bool {
	switch {
	case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		return true
	}
	switch c {
	case '-', '_', '.', ':', '/', '+', '=', '@', '~', '|':
		return true
	}
	return false
}

// The fields of a traceparent header, version 00: "00-" trace id "-" parent id "-" flags.
const (
	traceEnd  = 3 + 32
	parentEnd = traceEnd + 1 + 16
	flagsEnd  = parentEnd + 1 + 2
)

// maxTraceParent bounds what a later version may append.
const maxTraceParent = 256

// TraceParent returns the ids in h's traceparent header in lower-case hexadecimal. It reports false if there is none, or
// more than one, or if it is not valid by W3C Trace Context, section 3.2. A later version is read as that section says.
func TraceParent(h http.Header) (traceID, spanID string, ok bool) {
	v := h["Traceparent"]
	if len(v) != 1 {
		return "", "", false
	}
	s := v[0]
	if len(s) < flagsEnd || len(s) > maxTraceParent || s[2] != '-' || s[traceEnd] != '-' || s[parentEnd] != '-' {
		return "", "", false
	}
	version, flags := s[:2], s[parentEnd+1:flagsEnd]
	traceID, spanID = s[3:traceEnd], s[traceEnd+1:parentEnd]
	switch {
	case !lowerHex(version) || version == "ff",
		version == "00" && len(s) > flagsEnd,
		len(s) > flagsEnd && s[flagsEnd] != '-',
		!lowerHex(traceID) || zeros(traceID),
		!lowerHex(spanID) || zeros(spanID),
		!lowerHex(flags):
		return "", "", false
	}
	return traceID, spanID, true
}

func lowerHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

func zeros(s string) bool { return strings.Trim(s, "0") == "" }
