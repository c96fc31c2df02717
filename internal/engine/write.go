package engine

import (
	"errors"
	"net/http"
	"strings"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/renderer"
)

// write sends the answer: stale headers out, the error's augment hook, the error's headers, ours, status, body. That order
// is the seeds'; an error's headers outrank what its hook has set.
func (e *Engine) write(x *exchange) {
	w := x.conn.Writer()
	h := w.Header()
	status := x.resolution.status
	if len(h) > 0 {
		dropStale(h, status)
	}
	if status == http.StatusMethodNotAllowed && h["Allow"] == nil {
		if methods := x.conn.Allowed(status); methods != nil {
			h["Allow"] = []string{strings.Join(methods, ", ")}
		}
	}
	switch plain := x.resolution.err.Plain(); {
	case !plain:
		if failure := guard("AugmentResponse", func() { x.resolution.err.AugmentResponse(headerWriter{h}) }); failure != "" {
			x.crash(failure)
		}
		x.resolution.err.CopyHeader(h)
		dropForeign(h, x.choice.technical || x.choice.asked || neverStored(status))
	case status == http.StatusMethodNotAllowed || neverStored(status):
		x.resolution.err.CopyHeader(h) // it has what its status requires
	}
	if status == http.StatusUpgradeRequired {
		upgrade(h, x.request)
	}
	x.setHeaders(h, status)

	if failure := x.send(w, status); failure != "" {
		x.crash(failure)
		// A hook that runs before the headers, such as one that saves a session, panicked. The client must not read a
		// 200 for that.
		if !x.conn.State().Committed {
			if failure := guard("ResponseWriter", func() { bare(x.conn.Bare(), status) }); failure != "" {
				x.crash(failure)
			}
		}
	}
	x.sent = status
}

// send writes status and body, and reports a panic on the way as a text.
func (x *exchange) send(w http.ResponseWriter, status int) (failure string) {
	defer func() {
		if r := recover(); r != nil {
			failure = "ResponseWriter: " + stack.Recovered(r).Error()
		}
	}()
	w.WriteHeader(status)
	if x.choice.head || bodiless(status) || len(x.answer.body) == 0 {
		return ""
	}
	if _, err := w.Write(x.answer.body); err != nil && !errors.Is(err, http.ErrHijacked) {
		x.warn("write: " + errorText(err))
	}
	return ""
}

// bare is the last rung: a status and its phrase.
func bare(w http.ResponseWriter, status int) {
	h := w.Header()
	dropStale(h, status)
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	w.WriteHeader(status)
	if !bodiless(status) {
		_, _ = w.Write([]byte(httperrors.Phrase(status) + "\n"))
	}
}

func bodiless(status int) bool {
	return status < 200 || status == http.StatusNoContent || status == http.StatusResetContent || status == http.StatusNotModified
}

// upgrade completes a 426: RFC 9110 section 7.8 wants Upgrade named in Connection, and HTTP/2 and 3 know neither field.
func upgrade(h http.Header, r *http.Request) {
	if r.ProtoMajor >= 2 {
		delete(h, "Upgrade")
		return
	}
	if h["Upgrade"] != nil {
		h["Connection"] = []string{"Upgrade"}
	}
}

// headerWriter is the writer that an augment hook gets: headers and cookies can be set, a body cannot be written.
type headerWriter struct{ h http.Header }

func (w headerWriter) Header() http.Header       { return w.h }
func (w headerWriter) Write([]byte) (int, error) { return 0, http.ErrBodyNotAllowed }
func (w headerWriter) WriteHeader(int)           {}

// most is how many fields an answer needs at most.
const most = 8

// setHeaders sets what the answer itself requires. A slice for each value would be most of what an answer allocates, so they
// share one, each cut to its capacity, so that appending to one does not reach the next.
func (x *exchange) setHeaders(h http.Header, status int) {
	memory := x.conn.Values(most)
	values := *memory
	set := func(name, value string) {
		values[0] = value
		h[name] = values[:1:1]
		values = values[1:]
	}
	fresh := len(h) == 0 // as most are, so that nothing has to be looked up
	if x.choice.Vary != "" {
		if fresh || len(h["Vary"]) == 0 {
			set("Vary", x.choice.Vary)
		} else {
			addVary(h, x.choice.Vary)
		}
	}
	switch {
	case x.choice.asked:
		addVary(h, "Cookie, Authorization")
		set("Cache-Control", "private, no-store")
	case x.choice.technical || neverStored(status):
		set("Cache-Control", "no-store")
	case status >= 500 && (fresh || len(h["Cache-Control"]) == 0):
		set("Cache-Control", "no-store")
	}
	if !bodiless(status) {
		x.describeBody(h, set)
	}
	*memory = values
}

// describeBody sets what says something of the body.
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
	if a.length != "" && x.conn.Plain() && !(x.choice.head && (x.choice.asked || a.technical)) {
		// What a GET would get from here is not known in advance: two technical pages are rarely of one length, and RFC 9110,
		// section 8.6, has no length rather than another one.
		set("Content-Length", a.length)
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
		// A new slice: the old one may be shared with whoever set it.
		h["Vary"] = append(append([]string(nil), present...), strings.Join(missing, ", "))
	}
}
