package request_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/exceptional-go/exceptional/internal/request"
)

// script is what a handler does with the tracking writer.
type script func(w http.ResponseWriter)

func status(codes ...int) script {
	return func(w http.ResponseWriter) {
		for _, code := range codes {
			w.WriteHeader(code)
		}
	}
}

func write(text string) script {
	return func(w http.ResponseWriter) { _, _ = io.WriteString(w, text) }
}

func flush(w http.ResponseWriter) { w.(http.Flusher).Flush() }

func header(name, value string) script {
	return func(w http.ResponseWriter) { w.Header().Set(name, value) }
}

// client is what a client reads; httptest's recorder takes an informational status for the answer.
type client struct{ *httptest.ResponseRecorder }

func (c client) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		c.ResponseRecorder.WriteHeader(status)
	}
}

// TestWriter lets a handler write through a tracking writer: what is known of the response, and what has the client read?
func TestWriter(t *testing.T) {
	const held = true // error statuses without a body are held back
	for _, tt := range []struct {
		name   string
		hold   bool
		script []script
		sent   request.Sent
		bare   int    // the status that was held back, when the handler has returned
		status int    // that the client reads, with the body
		body   string // after the status that was held back has been dropped
	}{
		{"nothing", held, nil, request.Sent{}, 0, 200, ""},
		{"a body", held, []script{write("text")}, request.Sent{Committed: true, Status: 200, Size: 4}, 0, 200, "text"},
		{"a status and a body", held, []script{status(201), write("text")}, request.Sent{Committed: true, Status: 201, Size: 4}, 0, 201, "text"},
		{"a status", held, []script{status(204)}, request.Sent{Committed: true, Status: 204}, 0, 204, ""},
		{"a flush", held, []script{flush}, request.Sent{Committed: true, Status: 200, Flushed: true}, 0, 200, ""},
		{"a status and a flush", held, []script{status(202), flush}, request.Sent{Committed: true, Status: 202, Flushed: true}, 0, 202, ""},
		{"early hints", held, []script{status(103)}, request.Sent{}, 0, 200, ""},
		{"early hints, then an answer", held, []script{status(103, 201), write("text")}, request.Sent{Committed: true, Status: 201, Size: 4}, 0, 201, "text"},
		{"switching protocols", held, []script{status(101)}, request.Sent{Committed: true, Status: 101}, 0, 101, ""},

		{"an error status, not held", !held, []script{status(404)}, request.Sent{Committed: true, Status: 404}, 0, 404, ""},
		{"an error status", held, []script{status(404)}, request.Sent{}, 404, 200, ""},
		{"an error status and no bytes", held, []script{status(404), write("")}, request.Sent{}, 404, 200, ""},
		{"an error status and a body", held, []script{status(404), write("mine")}, request.Sent{Committed: true, Status: 404, Size: 4}, 0, 404, "mine"},
		{"an error status and a flush", held, []script{status(404), flush}, request.Sent{Committed: true, Status: 404, Flushed: true}, 0, 404, ""},
		{"an error status that promises a body", held, []script{header("Content-Length", "4"), status(404)}, request.Sent{Committed: true, Status: 404}, 0, 404, ""},
		{"an error status that promises no body", held, []script{header("Content-Length", "0"), status(404)}, request.Sent{}, 404, 200, ""},
		{"the encoding of an empty body", held, []script{header("Content-Encoding", "gzip"), status(404), write("23 bytes of empty gzip.")}, request.Sent{}, 404, 200, ""},
		{"the same bytes, not encoded", held, []script{status(404), write("23 bytes of empty gzip.")}, request.Sent{Committed: true, Status: 404, Size: 23}, 0, 404, "23 bytes of empty gzip."},
		{"an encoded body in two parts", held, []script{header("Content-Encoding", "gzip"), status(404), write("a header of it, "), write("and more than 32 bytes in all")},
			request.Sent{Committed: true, Status: 404, Size: 45}, 0, 404, "a header of it, and more than 32 bytes in all"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := client{httptest.NewRecorder()}
			w := request.Track(rec, nil, tt.hold)
			for _, do := range tt.script {
				do(w)
			}
			if begun := w.Begun(); begun != tt.sent.Committed {
				t.Errorf("Begun = %v, want %v", begun, tt.sent.Committed)
			}
			if bare := w.TakeBareStatus(0); bare != tt.bare {
				t.Errorf("BareStatus = %d, want %d", bare, tt.bare)
			}
			if again := w.TakeBareStatus(0); again != 0 {
				t.Errorf("BareStatus again = %d, want 0", again)
			}
			s := &request.State{Writer: w}
			if sent := s.Settle(request.Sent{}, w); sent != tt.sent {
				t.Errorf("Sent = %+v, want %+v", sent, tt.sent)
			}
			if rec.Code != tt.status || rec.Body.String() != tt.body {
				t.Errorf("the client reads %d %q, want %d %q", rec.Code, rec.Body, tt.status, tt.body)
			}
			if tt.bare != 0 && rec.Header().Get("Content-Encoding") != "" {
				t.Error("the encoding of a body that was dropped is left")
			}
		})
	}
}

// The status that was held back gives way to what is written once the failure is known.
func TestHeldStatusGivesWay(t *testing.T) {
	rec := httptest.NewRecorder()
	w := request.Track(rec, nil, true)
	w.WriteHeader(404)
	if sent := (&request.State{Writer: w}).Settle(request.Sent{Committed: true, Status: 404}, w); sent.Committed {
		t.Errorf("Sent = %+v, want nothing", sent)
	}
	w.WriteHeader(409)
	if _, err := io.WriteString(w, "Changed meanwhile."); err != nil || rec.Code != 409 || rec.Body.String() != "Changed meanwhile." {
		t.Errorf("%d %q, %v", rec.Code, rec.Body, err)
	}
}

// A compression or a buffer between the framework's Response and the tracking writer has taken bytes: the response has a body.
func TestHeldStatusOfBufferedBody(t *testing.T) {
	rec := httptest.NewRecorder()
	w := request.Track(rec, nil, true)
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(410)
	_, _ = io.WriteString(w, "x, encoded")
	if bare := w.TakeBareStatus(1); bare != 0 || rec.Code != 410 || rec.Body.String() != "x, encoded" {
		t.Errorf("BareStatus = %d, the client reads %d %q", bare, rec.Code, rec.Body)
	}
}

// connection is a writer that can be hijacked, if err is nil.
type connection struct {
	http.ResponseWriter
	err error
}

func (c connection) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, c.err }

func TestHijack(t *testing.T) {
	refused := errors.New("not now")
	for _, tt := range []struct {
		name     string
		below    http.ResponseWriter
		hijacked bool
	}{
		{"hijacked", connection{httptest.NewRecorder(), nil}, true},
		{"refused", connection{httptest.NewRecorder(), refused}, false},
		{"HTTP/2 has no connection to give away", httptest.NewRecorder(), false},
	} {
		w := request.Track(tt.below, nil, false)
		_, _, err := http.NewResponseController(w).Hijack()
		s := &request.State{Writer: w}
		if sent := s.Settle(request.Sent{}, inner{w}); (err == nil) != tt.hijacked || sent.Hijacked != tt.hijacked || w.Begun() != tt.hijacked {
			t.Errorf("%s: %v, Sent = %+v, Begun = %v", tt.name, err, sent, w.Begun())
		}
	}
}

// A writer that cannot flush has sent nothing, and says so.
func TestFlushThatFails(t *testing.T) {
	w := request.Track(inner{struct{ http.ResponseWriter }{httptest.NewRecorder()}}, nil, false)
	if err := http.NewResponseController(w).Flush(); !errors.Is(err, http.ErrNotSupported) || w.Begun() {
		t.Errorf("Flush = %v, Begun = %v", err, w.Begun())
	}
}

// TestSent corrects what a framework takes for sent by what the tracking writer has seen.
func TestSent(t *testing.T) {
	framework := request.Sent{Committed: true, Status: 200, Size: 4}
	for _, tt := range []struct {
		name    string
		tracked bool
		script  script
		direct  bool // the framework's writer is the tracking writer
		want    request.Sent
	}{
		{"no tracking writer", false, nil, false, framework},
		{"the framework is right", true, status(200), true, framework},
		{"a middleware still buffers", true, func(http.ResponseWriter) {}, false, framework},
		{"a middleware has thrown its buffer away", true, func(http.ResponseWriter) {}, true, request.Sent{}},
		{"written past the framework", true, status(202), false, request.Sent{Committed: true, Status: 202, Size: 4}},
	} {
		s := new(request.State)
		var w http.ResponseWriter = inner{httptest.NewRecorder()}
		if tt.tracked {
			s.Writer = request.Track(httptest.NewRecorder(), nil, false)
			tt.script(s.Writer)
		}
		if tt.direct {
			w = s.Writer
		}
		if got := s.Settle(framework, w); got != tt.want {
			t.Errorf("%s: Sent = %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// A status that net/http refuses by a panic has not been sent.
func TestStatusThatPanics(t *testing.T) {
	for _, hold := range []bool{false, true} {
		w := request.Track(httptest.NewRecorder(), nil, hold)
		func() {
			defer func() { _ = recover() }()
			w.WriteHeader(1000)
			w.Flush() // a status that was held back is refused now
			t.Error("1000 was sent")
		}()
		if w.Begun() {
			t.Errorf("hold %v: Begun = true", hold)
		}
	}
}

// unwraps is a middleware's writer that http.ResponseController sees through.
type unwraps struct{ http.ResponseWriter }

func (u unwraps) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// endless unwraps to itself.
type endless struct{ http.ResponseWriter }

func (e endless) Unwrap() http.ResponseWriter { return e }

// broken has nothing below, and panics for that.
type broken struct{ http.ResponseWriter }

func (broken) Unwrap() http.ResponseWriter { panic("nothing below") }

func TestTracking(t *testing.T) {
	tracking := request.Track(httptest.NewRecorder(), "owner", false)
	for _, tt := range []struct {
		name string
		w    http.ResponseWriter
		want *request.Writer
	}{
		{"itself", tracking, tracking},
		{"behind another", unwraps{unwraps{tracking}}, tracking},
		{"behind one that hides it", inner{tracking}, nil},
		{"none", unwraps{httptest.NewRecorder()}, nil},
		{"no writer", unwraps{nil}, nil},
		{"a writer without an end", endless{}, nil},
		{"a writer that panics", broken{}, nil},
	} {
		if got := request.Tracking(tt.w); got != tt.want {
			t.Errorf("%s: Tracking = %p, want %p", tt.name, got, tt.want)
		}
	}
	if tracking.Owner != "owner" {
		t.Errorf("Owner = %v", tracking.Owner)
	}
}

func TestUncompressed(t *testing.T) {
	check := func(name string, w http.ResponseWriter, want bool) {
		t.Helper()
		if got := request.Uncompressed(w); got != want {
			t.Errorf("%s: Uncompressed = %v, want %v", name, got, want)
		}
	}
	check("a recorder", httptest.NewRecorder(), true)
	check("behind the tracking writer", request.Track(httptest.NewRecorder(), nil, false), true)
	check("behind an unknown writer", unwraps{httptest.NewRecorder()}, false)
	check("an unknown pointer", &unwraps{httptest.NewRecorder()}, false)
	check("no writer", nil, false)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { check("a server's", w, true) }))
	defer s.Close()
	if res, err := http.Get(s.URL); err == nil {
		res.Body.Close()
	}
	http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		check("http.TimeoutHandler's", w, false)
		if request.TimeoutWriter(unwraps{w}) != w {
			t.Error("TimeoutWriter does not find it")
		}
	}), 1<<62, "").ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
}
