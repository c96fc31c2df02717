package engine

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/problem"
)

// late is for a failure that comes after its response has begun. Nothing can be taken back; but the client can be told, if
// the application wants that: an event stream by an event, everybody else by cutting the connection.
func (e *Engine) late(x *exchange) {
	if !x.state.Committed || x.state.Hijacked || x.resolution.gone {
		return
	}
	x.sent = x.state.Status
	h := x.conn.Writer().Header()
	if e.cfg.EventStream && strings.HasPrefix(h.Get("Content-Type"), "text/event-stream") {
		x.eventStream()
		return
	}
	if e.cfg.Late == LateAbort && !x.complete(h.Get("Content-Length")) {
		x.abort = true
	}
}

// complete reports whether the client lacks nothing: there is no body, or all that was announced of it has been sent. A response
// whose body never began and was not announced was meant to have none, unless its headers were flushed, as a stream's are.
func (x *exchange) complete(length string) bool {
	if bodiless(x.state.Status) || x.request.Method == http.MethodHead {
		return true
	}
	n, err := strconv.ParseInt(length, 10, 64)
	if err != nil {
		return x.state.Size == 0 && !x.state.Flushed
	}
	return x.state.Size >= n
}

// eventStream sends the public answer as an event named "error". A stream that broke off in the middle of an event is
// closed by the empty line first.
func (x *exchange) eventStream() {
	doc := problem.Document{Title: title(x.resolution.err), Status: x.resolution.status, Detail: x.resolution.err.PublicMessage()}
	if x.failure != nil {
		doc.Instance = instance(x.failure.Reference)
	}
	body := append([]byte("\n\nevent: error\ndata: "), problem.AppendJSON(nil, &doc)...)
	body = append(body, "\n\n"...)
	failure := guard("event stream", func() {
		w := x.conn.Bare() // Echo's own would send the header a second time if it does not know of the first
		if _, err := w.Write(body); err != nil {
			x.warn("event stream: " + errorText(err))
			return
		}
		flush(w)
	})
	if failure != "" {
		x.crash(failure)
	}
}
