package engine

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/problem"
)

// late is for a failure that comes after its response has begun. Nothing can be taken back; but the client can be told, if
// the application wants that: the reader of an event stream by an event, any other client by cutting the connection.
func (e *Engine) late(x *exchange) {
	x.status = x.sent.Status
	if x.resolution.disconnected {
		return
	}
	h := x.conn.Writer().Header()
	if e.cfg.EventStream && strings.HasPrefix(h.Get("Content-Type"), "text/event-stream") {
		x.eventStream()
		return
	}
	x.abort = e.cfg.AbortIncomplete && !x.complete(h.Get("Content-Length"))
}

// complete reports whether the client can tell that the request failed, or lacks nothing: the status says it, the response has no
// body, or all that was announced of the body has been sent. A response whose body never began and was not announced was meant
// to have none, unless its header was flushed, as a stream's is.
func (x *exchange) complete(length string) bool {
	if x.sent.Status >= 400 || bodiless(x.sent.Status) || x.request.Method == http.MethodHead {
		return true
	}
	n, err := strconv.ParseInt(length, 10, 64)
	if err != nil {
		return x.sent.Size == 0 && !x.sent.Flushed
	}
	return x.sent.Size >= n
}

// eventStream sends the public answer as an event named "error". The empty line before it ends an event that broke off in
// the middle.
func (x *exchange) eventStream() {
	doc := problem.Document{Title: title(x.resolution.err), Status: x.resolution.status, Detail: x.resolution.err.PublicMessage()}
	if x.failure != nil {
		doc.Instance = instance(x.failure.Reference)
	}
	body := append([]byte("\n\nevent: error\ndata: "), problem.AppendJSON(nil, &doc)...)
	body = append(body, "\n\n"...)
	panicked := guard.Call(func() {
		w := x.conn.Raw() // Echo's own would send the header a second time if it does not know of the first
		if _, err := w.Write(body); err != nil {
			x.warn("event stream: " + errorText(err))
			return
		}
		_ = http.NewResponseController(w).Flush()
	})
	if panicked != nil {
		x.crash("event stream", panicked)
	}
}
