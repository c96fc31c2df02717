package request

import (
	"bufio"
	"net"
	"net/http"
	"strconv"
)

// A Writer notices what a framework's Response does not: a flush, a write that went past the Response, a connection that was
// hijacked. Without it the error of an event stream is appended to a 200, and a WebSocket's error is written over the
// connection (labstack/echo#2523).
type Writer struct {
	http.ResponseWriter
	// Owner is the adapter's state of the request.
	Owner any

	status   int // what was sent; 0: nothing yet
	size     int64
	hijacked bool
	flushed  bool

	// An error status without a body can be held back until something is written, so that a page can take its place.
	hold    bool
	held    int
	encoded []byte // written since by an encoder of an empty body; see Write
}

// Track returns a Writer for w. Hold says that error statuses without a body are held back.
func Track(w http.ResponseWriter, owner any, hold bool) *Writer {
	return &Writer{ResponseWriter: w, Owner: owner, hold: hold}
}

// Tracking returns the Writer that w writes to, or nil.
func Tracking(w http.ResponseWriter) *Writer {
	return find(w, func(w http.ResponseWriter) (*Writer, bool) { t, ok := w.(*Writer); return t, ok })
}

// Unwrap returns the writer below, for http.ResponseController.
func (t *Writer) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// TakeBareStatus returns the status that was held back, or 0, when the handler has returned. Size is how many bytes the framework's
// Response was given: if there are any, the response has a body after all, and is sent.
func (t *Writer) TakeBareStatus(size int64) (status int) {
	t.hold = false // no other response of the request is asked about
	if size > 0 {
		t.sendHeld()
		return 0
	}
	status = t.held
	t.dropHeld()
	return status
}

func (t *Writer) dropHeld() {
	if t.held != 0 {
		t.held, t.hold, t.encoded = 0, false, nil
		t.Header().Del("Content-Encoding") // of an empty body that will not be sent
	}
}

// SentByOther notes a status that was sent past the Writer, so that nothing is written any more.
func (t *Writer) SentByOther(status int) { t.status = status }

// Begun reports whether anything was sent.
func (t *Writer) Begun() bool { return t.status != 0 || t.hijacked }

// WriteHeader implements http.ResponseWriter.
func (t *Writer) WriteHeader(status int) {
	if t.hold && status >= 400 && t.status == 0 && t.held == 0 && !promisesBody(t.Header()) {
		t.held = status
		return
	}
	t.sendHeld()
	t.ResponseWriter.WriteHeader(status) // panics for a status such as 1000, and has sent nothing then
	// 1xx are informational: the answer is still to come. 101 is the exception, there is none after it.
	if t.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		t.status = status
	}
}

func promisesBody(h http.Header) bool {
	n, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64)
	return err == nil && n > 0
}

// sendHeld sends a status that was held back, and what came after it.
func (t *Writer) sendHeld() {
	status, encoded := t.held, t.encoded
	if status == 0 {
		return
	}
	t.held, t.hold, t.encoded = 0, false, nil
	t.ResponseWriter.WriteHeader(status)
	t.status = status
	if len(encoded) > 0 {
		_, _ = t.Write(encoded)
	}
}

// maxEmpty is how long an encoding of an empty body may be: gzip takes 23 bytes.
const maxEmpty = 32

// Write implements http.ResponseWriter.
func (t *Writer) Write(b []byte) (int, error) {
	if t.held != 0 {
		// A compression below an empty write, such as the one that ends http.TimeoutHandler, makes a few bytes of nothing.
		if len(b) == 0 || t.Header().Get("Content-Encoding") != "" && len(t.encoded)+len(b) <= maxEmpty {
			t.encoded = append(t.encoded, b...)
			return len(b), nil
		}
		t.sendHeld()
	}
	if t.status == 0 {
		t.status = http.StatusOK
	}
	n, err := t.ResponseWriter.Write(b)
	t.size += int64(n)
	return n, err
}

// FlushError implements what http.ResponseController asks for.
func (t *Writer) FlushError() error {
	t.sendHeld()
	err := http.NewResponseController(t.ResponseWriter).Flush()
	if err == nil {
		t.flushed = true
		if t.status == 0 {
			t.status = http.StatusOK
		}
	}
	return err
}

// Flush implements http.Flusher, whose callers have no use for an error.
func (t *Writer) Flush() { _ = t.FlushError() }

// Hijack implements http.Hijacker.
func (t *Writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err == nil {
		t.hijacked = true
	}
	return conn, rw, err
}
