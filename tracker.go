package exceptional

import (
	"bufio"
	"net"
	"net/http"
	"strconv"
)

// A tracker notices what Echo's Response does not: a flush, a write that went past the Response, a connection that was
// hijacked. Without it the error of an event stream is appended to a 200, and a WebSocket's error is written over the
// connection (labstack/echo#2523).
type tracker struct {
	http.ResponseWriter
	status   int // what was sent; 0: nothing yet
	size     int64
	hijacked bool
	flushed  bool
	// hold keeps a bare error status back until something is written, so that a page can take its place.
	hold bool
	held int
}

// track returns a writer in w's place and the tracker in it. What w can do besides writing stays reachable by a type assertion:
// http.Pusher and http.CloseNotifier, which old handlers of event streams ask for. That takes a type for each combination,
// because whoever finds a Pusher that cannot push takes that for a failure.
func track(w http.ResponseWriter, hold bool) (http.ResponseWriter, *tracker) {
	pusher, pushes := w.(http.Pusher)
	//lint:ignore SA1019 it is passed on, and not used
	notifier, notifies := w.(http.CloseNotifier)
	t := tracker{ResponseWriter: w, hold: hold}
	switch {
	case pushes && notifies: // HTTP/2
		p := &struct {
			tracker
			http.Pusher
			http.CloseNotifier
		}{t, pusher, notifier}
		return p, &p.tracker
	case notifies: // HTTP/1
		p := &struct {
			tracker
			http.CloseNotifier
		}{t, notifier}
		return p, &p.tracker
	case pushes: // Echo's Gzip
		p := &struct {
			tracker
			http.Pusher
		}{t, pusher}
		return p, &p.tracker
	}
	return &t, &t
}

func (t *tracker) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// tracked returns the writer that t stands for.
func (t *tracker) tracked() http.ResponseWriter { return t.ResponseWriter }

func (t *tracker) WriteHeader(status int) {
	if t.hold && status >= 400 && t.status == 0 && t.held == 0 && announcesNothing(t.Header()) {
		t.held = status
		return
	}
	t.letGo()
	// 1xx are informational: the answer is still to come. 101 is the exception, there is none after it.
	if t.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

// letGo sends a status that was held back.
func (t *tracker) letGo() {
	if status := t.held; status != 0 {
		t.held, t.hold = 0, false
		t.status = status
		t.ResponseWriter.WriteHeader(status)
	}
}

// announcesNothing reports whether the headers promise a body.
func announcesNothing(h http.Header) bool {
	n, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64)
	return err != nil || n == 0
}

func (t *tracker) Write(b []byte) (int, error) {
	if len(b) > 0 || t.held == 0 {
		t.letGo()
		if t.status == 0 {
			t.status = http.StatusOK
		}
	} else {
		return 0, nil
	}
	n, err := t.ResponseWriter.Write(b)
	t.size += int64(n)
	return n, err
}

func (t *tracker) FlushError() error {
	t.letGo()
	err := http.NewResponseController(t.ResponseWriter).Flush()
	if err == nil {
		t.flushed = true
		if t.status == 0 {
			t.status = http.StatusOK
		}
	}
	return err
}

// Flush is for those who ask for an http.Flusher. They have no use for an error.
func (t *tracker) Flush() { _ = t.FlushError() }

func (t *tracker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err == nil {
		t.hijacked = true
	}
	return conn, rw, err
}
