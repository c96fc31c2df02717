package engine

import (
	"errors"
	"net/http"
	"strings"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/guard"
)

// write sends the answer. The order decides which header field wins: those of the failed body go, then come the fields that the
// error's hook sets, the error's own, and the answer's.
func (e *Engine) write(x *exchange) {
	if now := x.conn.Settle(); now.Committed || now.Hijacked {
		x.warn("a hook of the application wrote to the response while the failure was being answered; the answer was not sent")
		x.status = now.Status
		return
	}
	w := x.conn.Writer()
	h := w.Header()
	status := x.resolution.status
	dropStale(h, status)
	if status == http.StatusMethodNotAllowed && h["Allow"] == nil {
		if methods := x.conn.Allowed(); methods != nil {
			h["Allow"] = []string{strings.Join(methods, ", ")}
		}
	}
	if panicked := guard.Call(func() { x.resolution.err.AugmentResponse(headerWriter{h}) }); panicked != nil {
		x.crash("AugmentResponse", panicked)
	}
	copyHeader(h, x.errorHeader())
	if x.options.Lost != nil {
		dropRepeatedCookies(h)
	}
	dropForeign(h, x.choice.technical || x.choice.asked || neverStored(status))
	if status == http.StatusUpgradeRequired {
		upgrade(h, x.request)
	}
	x.setHeaders(h, status)

	x.status = status
	if x.resolution.disconnected {
		x.status = StatusClientClosedRequest
	}
	if panicked := guard.Call(func() { x.send(w) }); panicked != nil {
		x.crash("ResponseWriter", panicked)
		// A hook that runs before the headers, such as one that saves a session, panicked. The client must not read a
		// 200 for that.
		if !x.conn.Settle().Committed {
			if panicked := guard.Call(func() { writeBare(x.conn.Raw(), status) }); panicked != nil {
				x.crash("ResponseWriter", panicked)
			}
		}
	}
}

// send writes status and body.
func (x *exchange) send(w http.ResponseWriter) {
	w.WriteHeader(x.status)
	if x.choice.head || bodiless(x.status) || len(x.answer.body) == 0 {
		return
	}
	if _, err := w.Write(x.answer.body); err != nil && !errors.Is(err, http.ErrHijacked) {
		x.warn("write: " + errorText(err))
	}
}

// writeDisconnected ends the response to a client that has disconnected: access logs and metrics read the status.
func (x *exchange) writeDisconnected() {
	x.status = StatusClientClosedRequest
	if panicked := guard.Call(func() {
		w := x.conn.Writer()
		dropStale(w.Header(), x.status)
		w.WriteHeader(x.status)
	}); panicked != nil {
		x.crash("ResponseWriter", panicked)
	}
}

// writeBare is the last fallback: a status and its phrase.
func writeBare(w http.ResponseWriter, status int) {
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

// upgrade completes a 426: RFC 9110 section 7.8 requires Upgrade to be named in Connection, and HTTP/2 and 3 know neither field.
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
