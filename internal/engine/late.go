package engine

import (
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
	if e.cfg.Late == LateAbort && !complete(h.Get("Content-Length"), x.state.Size) {
		x.abort = true
	}
}

// complete reports whether the body that was announced has been sent: then the client lacks nothing.
func complete(length string, size int64) bool {
	n, err := strconv.ParseInt(length, 10, 64)
	return err == nil && size >= n
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
		w := x.conn.Writer()
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
