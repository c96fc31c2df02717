package engine

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/renderer"
)

// maxAnswerHeaders is how many fields an answer sets itself at most.
const maxAnswerHeaders = 8

// setHeaders sets the header fields that the answer itself requires. A slice for each value would be most of what an answer
// allocates, so they share one, each cut to its capacity, so that appending to one does not reach the next.
func (x *exchange) setHeaders(h http.Header, status int) {
	values := make([]string, maxAnswerHeaders)
	set := func(name, value string) {
		values[0] = value
		h[name] = values[:1:1]
		values = values[1:]
	}
	switch {
	case x.choice.Vary == "":
	case len(h["Vary"]) == 0:
		set("Vary", x.choice.Vary)
	default:
		addVary(h, x.choice.Vary)
	}
	switch {
	case x.choice.asked:
		addVary(h, "Cookie, Authorization")
		set("Cache-Control", "private, no-store")
	case x.choice.technical || neverStored(status):
		set("Cache-Control", "no-store")
	case status >= 500 && len(h["Cache-Control"]) == 0:
		set("Cache-Control", "no-store")
	}
	if !bodiless(status) {
		x.describeBody(h, set)
	}
}

// describeBody sets the fields that describe the body.
func (x *exchange) describeBody(h http.Header, set func(name, value string)) {
	a := &x.answer
	if a.contentType != "" {
		set("Content-Type", a.contentType)
		set("X-Content-Type-Options", "nosniff")
	}
	if a.language != "" {
		set("Content-Language", a.language)
	}
	if a.csp != "" && (a.technical || x.choice.Format == renderer.FormatHTML) {
		// The page's own policy stands alone: two of them would forbid what either does not know, and the page's own
		// is stricter than an application's in everything but its hashes.
		set("Content-Security-Policy", a.csp)
	}
	if a.technical {
		delete(h, "Content-Security-Policy-Report-Only")
		h["Referrer-Policy"] = []string{"no-referrer"}
		h["X-Robots-Tag"] = []string{"noindex, nofollow, noarchive"}
		h["X-Frame-Options"] = []string{"DENY"}
	}
	if x.conn.Uncompressed() && !(x.choice.head && (x.choice.asked || a.technical)) {
		// The length of a GET's answer is not known in advance there: two technical pages are rarely of one length, and
		// RFC 9110, section 8.6, allows no other one.
		set("Content-Length", strconv.Itoa(len(a.body)))
	}
}

// errorHeader returns the header fields of the error. It is a copy, made once.
func (x *exchange) errorHeader() http.Header {
	if x.fields == nil {
		x.fields = x.resolution.err.Header()
	}
	return x.fields
}

// copyHeader sets the fields of an error. Set-Cookie and Vary are added to those that are there; a 405 that names no methods leaves
// an Allow field as it is.
func copyHeader(h, fields http.Header) {
	for name, values := range fields {
		switch {
		case name == "Set-Cookie":
			h[name] = append(h[name][:len(h[name]):len(h[name])], values...)
		case name == "Vary":
			addVary(h, strings.Join(values, ", "))
		case name == "Allow" && h[name] != nil && len(values) == 1 && values[0] == "":
		default:
			h[name] = values
		}
	}
}

// neverStored are the statuses that RFC 6585 (sections 3, 4, 5 and 6) forbids caches to store.
func neverStored(status int) bool {
	return status == 428 || status == 429 || status == 431 || status == 511
}

// dropStale removes what described the representation that failed, and keeps what still holds: cookies, CORS, Allow,
// challenges, Retry-After, Vary, request ids and the security headers of middleware. Content-Encoding is among what goes:
// Echo's Gzip sets it only when a body is written, and a handler that set it itself has compressed nothing yet that we
// would send (see go.dev/issue/66343 for the writers for which this cannot be right, whatever one does).
func dropStale(h http.Header, status int) {
	for name := range h {
		switch canonical := http.CanonicalHeaderKey(name); canonical {
		case "Etag", "Cache-Control", "Expires", "Last-Modified", "Content-Location":
			if status == http.StatusNotModified {
				continue // RFC 9110 section 15.4.5
			}
		case "Location":
			if status < 400 {
				continue
			}
		case "Content-Range":
			if v := h[name]; status == http.StatusRequestedRangeNotSatisfiable && len(v) == 1 && strings.HasPrefix(v[0], "bytes */") {
				continue // how long the thing is; RFC 9110 section 15.5.17
			}
		case "Content-Md5", "Content-Digest", "Repr-Digest", "Digest", "Accept-Ranges", "Age", "Pragma", "Refresh":
		case "X-Accel-Redirect", "X-Sendfile", "X-Lighttpd-Send-File":
			// A server in front of us would send that file instead of the answer.
		default:
			if !describesBody(canonical) && !forCachesInFront(canonical) {
				continue
			}
		}
		delete(h, name)
	}
}

// dropRepeatedCookies removes the cookies that an answer which was thrown away has left in h.
func dropRepeatedCookies(h http.Header) {
	var cookies []string
	for _, c := range h["Set-Cookie"] {
		if !slices.Contains(cookies, c) {
			cookies = append(cookies, c)
		}
	}
	if cookies != nil {
		h["Set-Cookie"] = cookies
	}
}

// dropForeign removes what only the answer itself can know, and an error or its hook set nevertheless: a wrong length cuts the
// body off. If no cache may keep the answer, it also removes what is for caches that do not heed Cache-Control.
func dropForeign(h http.Header, neverStored bool) {
	for name := range h {
		canonical := http.CanonicalHeaderKey(name)
		if describesBody(canonical) || neverStored && (forCachesInFront(canonical) || canonical == "Cache-Control" || canonical == "Expires") {
			delete(h, name)
		}
	}
}

func describesBody(name string) bool {
	switch name {
	case "Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition", "Content-Language", "Trailer", "Transfer-Encoding":
		return true
	}
	return false
}

// forCachesInFront knows the fields that outrank Cache-Control for a CDN or a proxy (RFC 9213 and its forerunners).
func forCachesInFront(name string) bool {
	switch name {
	case "Surrogate-Control", "Edge-Control", "X-Accel-Expires":
		return true
	}
	return strings.HasSuffix(name, "-Cache-Control")
}

// addVary adds the fields in list that h's Vary does not name yet.
func addVary(h http.Header, list string) {
	present := h["Vary"]
	var missing []string
fields:
	for field := range strings.SplitSeq(list, ",") {
		field = strings.TrimSpace(field)
		if field == "" {
			continue
		}
		for _, line := range present {
			for have := range strings.SplitSeq(line, ",") {
				have = strings.TrimSpace(have)
				if have == "*" || strings.EqualFold(have, field) {
					continue fields
				}
			}
		}
		missing = append(missing, field)
	}
	if len(missing) > 0 {
		// A new slice: the old one may be shared with the code that set it.
		h["Vary"] = append(append([]string(nil), present...), strings.Join(missing, ", "))
	}
}
