package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/engine"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/internal/reporting"
	"github.com/exceptional-go/exceptional/internal/request"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/renderer"
	"github.com/exceptional-go/exceptional/report"
)

const (
	browser = "text/html,application/xhtml+xml,*/*;q=0.8"
	api     = "application/json"
)

var errBoom = errors.New("boom at 10.0.0.7") // its text is not for clients

// Without a web framework, an error is answered, logged and reported as it is with one.
func TestHandle(t *testing.T) {
	for _, tt := range []struct {
		name    string
		handler handler
		status  int
		body    string // in a problem document
		level   string // of the one log record; "" for none
		reports int
	}{
		{"an own 404", fails(httperrors.NotFound("There is no such order.")), 404, `"detail":"There is no such order."`, "INFO", 0},
		{"an own error, wrapped", fails(fmt.Errorf("secret: %w", httperrors.Conflict("Changed meanwhile."))), 409, "Changed meanwhile.", "INFO", 0},
		{"a file that does not exist", fails(&fs.PathError{Op: "open", Path: "/secret", Err: fs.ErrNotExist}), 404, "Not Found", "INFO", 0},
		{"a plain error", fails(errBoom), 500, `"instance":"urn:exceptional:`, "ERROR", 1},
		{"a deadline", fails(context.DeadlineExceeded), 504, "Gateway Timeout", "WARN", 1},
		{"a status that cannot be sent", fails(httperrors.New(42, "")), 500, "Internal Server Error", "ERROR", 1},
		{"a panic", func(http.ResponseWriter, *http.Request) error { panic("secret") }, 500, "Internal Server Error", "ERROR", 1},
		{"a panic with a well-known error", func(http.ResponseWriter, *http.Request) error { panic(fs.ErrNotExist) }, 500, "Internal Server Error", "ERROR", 1},
		{"a redirect", fails(httperrors.SeeOther("/elsewhere")), 303, "", "DEBUG", 0},
		{"no error", func(w http.ResponseWriter, _ *http.Request) error { _, err := io.WriteString(w, "fine"); return err }, 200, "fine", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, engine.Config{})
			rec := a.get("/orders/7", tt.handler, "Accept", api)
			if rec.Code != tt.status || !strings.Contains(rec.Body.String(), tt.body) {
				t.Errorf("%d %s, want %d, %q", rec.Code, rec.Body, tt.status, tt.body)
			}
			for _, secret := range []string{"secret", "10.0.0.7", "goroutine"} {
				if strings.Contains(rec.Body.String(), secret) {
					t.Errorf("the client reads %q: %s", secret, rec.Body)
				}
			}
			a.wantLog(tt.level)
			if failures := a.reports(); len(failures) != tt.reports {
				t.Errorf("%d reports, want %d", len(failures), tt.reports)
			}
		})
	}
}

// A report names the request, and the reference that the client sees.
func TestReport(t *testing.T) {
	a := newApp(t, engine.Config{})
	rec := a.get("/orders/7", fails(fmt.Errorf("load: %w", errBoom)), "Accept", api, "X-Request-Id", "r-1")
	failures := a.reports()
	if len(failures) != 1 {
		t.Fatalf("%d reports", len(failures))
	}
	f := failures[0]
	if !errors.Is(f.Err, errBoom) || f.Status != 500 || f.Method != "GET" || f.Route != "/orders/{id}" || f.Path != "/orders/7" || f.RequestID != "r-1" ||
		f.Reference == "" || f.Duration <= 0 || f.AfterCommit || f.Panic {
		t.Errorf("%+v", f)
	}
	if !strings.Contains(rec.Body.String(), f.Reference) {
		t.Errorf("the client does not see the reference %s: %s", f.Reference, rec.Body)
	}
}

// In a link that resets a password the path is the secret, however the framework writes its routes.
func TestSecretParameter(t *testing.T) {
	a := newApp(t, engine.Config{})
	a.get("/reset/hunter2", fails(errBoom))
	if f := a.reports(); len(f) != 1 || strings.Contains(f[0].Path+a.logs.String(), "hunter2") {
		t.Errorf("%+v\n%s", f, &a.logs)
	}
}

// A failure after the response has begun is logged and reported, and changes nothing.
func TestLate(t *testing.T) {
	half := func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, "half a page")
		return errBoom
	}
	a := newApp(t, engine.Config{})
	rec := a.get("/orders/7", half)
	if rec.Code != 200 || rec.Body.String() != "half a page" {
		t.Errorf("%d %q", rec.Code, rec.Body)
	}
	a.wantLog("ERROR")
	if f := a.reports(); len(f) != 1 || !f[0].AfterCommit || f[0].Status != 200 {
		t.Errorf("%+v", f)
	}
}

// The reader of an event stream learns of the failure by an event.
func TestEventStream(t *testing.T) {
	stream := func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: 1\n\n")
		return httperrors.ServiceUnavailable("Later.").WithCause(errBoom)
	}
	for _, on := range []bool{false, true} {
		rec := newApp(t, engine.Config{EventStream: on}).get("/orders/7", stream)
		if got := strings.Contains(rec.Body.String(), "event: error\ndata: {"); got != on || !strings.HasPrefix(rec.Body.String(), "data: 1\n\n") {
			t.Errorf("EventStream %v: %q", on, rec.Body)
		}
		if on && (!strings.Contains(rec.Body.String(), `"status":503`) || strings.Contains(rec.Body.String(), "10.0.0.7")) {
			t.Errorf("the event is %q", rec.Body)
		}
	}
}

// AbortIncomplete cuts the connection if the client could take a part of a body for all of it.
func TestAbortIncomplete(t *testing.T) {
	for _, tt := range []struct {
		name   string
		write  func(w http.ResponseWriter)
		aborts bool
	}{
		{"a part of a body", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "half") }, true},
		{"less than was announced", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "half")
		}, true},
		{"all that was announced", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "4")
			_, _ = io.WriteString(w, "done")
		}, false},
		{"a status that says that it failed", func(w http.ResponseWriter) { w.WriteHeader(400); _, _ = io.WriteString(w, "x") }, false},
		{"no body", func(w http.ResponseWriter) { w.WriteHeader(204) }, false},
		{"the header of a stream", func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }, true},
		{"nothing", func(http.ResponseWriter) {}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, engine.Config{AbortIncomplete: true})
			aborted := func() (aborted bool) {
				defer func() { aborted = recover() == http.ErrAbortHandler }()
				a.get("/orders/7", func(w http.ResponseWriter, _ *http.Request) error { tt.write(w); return errBoom })
				return false
			}()
			if aborted != tt.aborts {
				t.Errorf("aborted = %v, want %v", aborted, tt.aborts)
			}
			a.wantLog("ERROR")
		})
	}
}

// http.ErrAbortHandler means the same when it is returned as when it is raised: no answer, and no record.
func TestAbortHandler(t *testing.T) {
	a := newApp(t, engine.Config{})
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("recovered %v", v)
		}
		a.wantLog("")
	}()
	a.get("/orders/7", fails(fmt.Errorf("upstream: %w", http.ErrAbortHandler)))
}

// A client that has disconnected is a 499. Only an adapter that keeps the request as it came in is sure of it; without that, a
// client that is there after all reads an ordinary error.
func TestClientDisconnected(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name     string
		keeps    bool // the original request
		handler  handler
		status   int
		body     bool
		level    string
		reported int
	}{
		{"canceled, with the original", true, fails(fmt.Errorf("query: %w", context.Canceled)), 499, false, "DEBUG", 0},
		{"canceled, without it", false, fails(fmt.Errorf("query: %w", context.Canceled)), 499, true, "DEBUG", 0},
		{"another failure", true, fails(errBoom), 500, true, "ERROR", 1},
		{"a panic", true, func(http.ResponseWriter, *http.Request) error { panic(context.Canceled) }, 500, true, "ERROR", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, engine.Config{})
			a.forgets = !tt.keeps
			rec := a.serve(httptest.NewRequestWithContext(canceled, http.MethodGet, "/orders/7", nil), tt.handler)
			if rec.Code != tt.status || (rec.Body.Len() > 0) != tt.body {
				t.Errorf("%d %q, want %d", rec.Code, rec.Body, tt.status)
			}
			a.wantLog(tt.level)
			if n := len(a.reports()); n != tt.reported {
				t.Errorf("%d reports, want %d", n, tt.reported)
			}
		})
	}
	a := newApp(t, engine.Config{})
	if rec := a.get("/orders/7", fails(context.Canceled)); rec.Code != 500 {
		t.Errorf("the client is there: %d", rec.Code)
	}
}

// A preview is the page that the public would see, and leaves no record, for a viewer too.
func TestPreview(t *testing.T) {
	a := newApp(t, engine.Config{Debug: true})
	rec, req := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/orders/7", nil)
	req.Header.Set("Accept", browser)
	out := a.engine.Handle(a.conn(rec, req), errBoom, engine.Options{Preview: true})
	if rec.Code != 500 || out.Answer.Status != 500 || out.Answer.Reference != "" || strings.Contains(rec.Body.String(), "10.0.0.7") {
		t.Errorf("%d, %+v, %s", rec.Code, out, rec.Body)
	}
	a.wantLog("")
	if n := len(a.reports()); n != 0 {
		t.Errorf("%d reports", n)
	}
}

// An answer that was lost on its way is given again under the same reference, and the failure is not reported again.
func TestLostAnswer(t *testing.T) {
	a := newApp(t, engine.Config{})
	answer := func(o engine.Options) (engine.Outcome, string) {
		rec, req := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/orders/7", nil)
		out := a.engine.Handle(a.conn(rec, req), errBoom, o)
		return out, rec.Body.String()
	}
	first, body := answer(engine.Options{})
	if first.Answer.Reference == "" || !strings.Contains(body, first.Answer.Reference) {
		t.Fatalf("%+v, %s", first, body)
	}
	if _, again := answer(engine.Options{Lost: &first.Answer}); again != body {
		t.Errorf("the second answer is\n%s\nthe first was\n%s", again, body)
	}
	a.wantLog("ERROR")
	if n := len(a.reports()); n != 1 {
		t.Errorf("%d reports, want 1", n)
	}
}

// members answers who is in the group.
type members map[string]bool

func (m members) IsMember(_ context.Context, group, user string) (bool, error) {
	return group == "Technical Errors" && m[user], nil
}

// A superuser who is a member sees the technical page, and no one else does.
func TestViewer(t *testing.T) {
	for _, tt := range []struct {
		user   string
		sees   bool
		viewer string
	}{
		{"alice+super", true, "superuser and member"},
		{"alice", false, "not a superuser"},
		{"bob+super", false, "superuser, but not a member"},
		{"", false, "not signed in"},
		{"error", false, "identity unknown: session store is down"},
		{"panic", false, "User: panic: no session"},
	} {
		for _, accept := range []string{browser, api, "text/plain", "text/markdown"} {
			a := newApp(t, engine.Config{Gate: engine.NewGate(members{"alice": true}, "Technical Errors")})
			rec := a.get("/orders/7", fails(errBoom), "Accept", accept, "X-User", tt.user)
			if got := strings.Contains(rec.Body.String(), "boom at 10.0.0.7"); got != tt.sees || rec.Code != 500 {
				t.Errorf("%q, %s: %d, sees it: %v", tt.user, accept, rec.Code, got)
			}
			if cc := rec.Header().Get("Cache-Control"); cc != "private, no-store" {
				t.Errorf("%q, %s: Cache-Control %q", tt.user, accept, cc)
			}
			if !strings.Contains(a.logs.String(), `"viewer":"`+tt.viewer+`"`) {
				t.Errorf("%q: the log says %s", tt.user, &a.logs)
			}
		}
	}
}

// An error in a hook of the application costs the hook's result, and is logged.
func TestHooksThatPanic(t *testing.T) {
	boom := func() { panic("hook broke") }
	for name, set := range map[string]func(a *app) error{
		"Translate": func(a *app) error {
			a.translate = func(error) error { boom(); return nil }
			return httperrors.ErrNotFound
		},
		"AugmentResponse": func(*app) error { return httperrors.NotFound("").WithAugment(func(http.ResponseWriter) { boom() }) },
		"External": func(a *app) error {
			a.external = func(io.Writer, string, *renderer.Page) error { boom(); return nil }
			return httperrors.ErrNotFound
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newApp(t, engine.Config{})
			err := set(a)
			rec := a.get("/orders/7", fails(err), "Accept", browser)
			if rec.Code != 404 || !strings.Contains(rec.Body.String(), "</html>") {
				t.Errorf("%d %s", rec.Code, rec.Body)
			}
			a.wantLog("ERROR")
			if !strings.Contains(a.logs.String(), "hook broke") {
				t.Errorf("the log says %s", &a.logs)
			}
		})
	}
}

// What Translate makes of an error is answered; the error itself is what the report has.
func TestTranslate(t *testing.T) {
	a := newApp(t, engine.Config{})
	a.translate = func(error) error { return httperrors.ServiceUnavailable("Back at noon.") }
	rec := a.get("/orders/7", fails(errBoom), "Accept", api)
	if rec.Code != 503 || !strings.Contains(rec.Body.String(), "Back at noon.") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	if f := a.reports(); len(f) != 1 || !errors.Is(f[0].Err, errBoom) {
		t.Errorf("%+v", f)
	}
}

// Header fields that described the body that failed are removed, the others stay; those of the error outrank those of its hook.
func TestHeader(t *testing.T) {
	a := newApp(t, engine.Config{})
	rec := a.get("/orders/7", func(w http.ResponseWriter, _ *http.Request) error {
		for _, name := range []string{"Content-Encoding", "Etag", "Cache-Control", "Content-Length", "Set-Cookie", "X-Trace"} {
			w.Header().Set(name, "7")
		}
		return httperrors.TooManyRequests("Slow down.").WithHeader("X-Order", "error").WithAugment(func(w http.ResponseWriter) {
			w.Header().Set("X-Order", "hook")
			w.Header().Set("X-Hook", "yes")
			w.Header().Set("Content-Length", "3")
		})
	}, "Accept", api)
	for name, want := range map[string]string{
		"Content-Encoding": "", "Etag": "", "Cache-Control": "no-store", "Content-Length": fmt.Sprint(rec.Body.Len()), "Set-Cookie": "7", "X-Trace": "7",
		"X-Order": "error", "X-Hook": "yes", "Content-Type": "application/problem+json", "X-Content-Type-Options": "nosniff",
	} {
		if got := rec.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// The framework's own 404 that should have been a 405 is one, and a 405 that names no methods gets those of the router.
func TestMethods(t *testing.T) {
	a := newApp(t, engine.Config{})
	a.allowed = []string{"GET", "PUT"}
	rec := a.get("/orders/7", fails(httperrors.ErrMethodNotAllowed))
	if rec.Code != 405 || rec.Header().Get("Allow") != "GET, PUT" {
		t.Errorf("%d, Allow %q", rec.Code, rec.Header().Get("Allow"))
	}
}

// broken is a connection in which one method panics, as those of a framework's context that is no longer valid do.
type broken struct {
	engine.Conn
	method string
}

func (b broken) enter(method string) {
	if method == b.method {
		panic(method + " broke")
	}
}

func (b broken) Request() *http.Request      { b.enter("Request"); return b.Conn.Request() }
func (b broken) State() *request.State       { b.enter("State"); return b.Conn.State() }
func (b broken) Writer() http.ResponseWriter { b.enter("Writer"); return b.Conn.Writer() }
func (b broken) Uncompressed() bool          { b.enter("Uncompressed"); return b.Conn.Uncompressed() }
func (b broken) Raw() http.ResponseWriter    { b.enter("Raw"); return b.Conn.Raw() }
func (b broken) Settle() request.Sent        { b.enter("Sent"); return b.Conn.Settle() }
func (b broken) Route() string               { b.enter("Route"); return b.Conn.Route() }
func (b broken) Handler() string             { b.enter("Handler"); return b.Conn.Handler() }
func (b broken) Params() []technical.Param   { b.enter("Params"); return b.Conn.Params() }
func (b broken) RequestID() string           { b.enter("RequestID"); return b.Conn.RequestID() }
func (b broken) Warnings(err error, status int) []string {
	b.enter("Warnings")
	return b.Conn.Warnings(err, status)
}

// A connection that is broken costs the page and not the process: the failure is logged, and the client reads a 500.
func TestBrokenConnection(t *testing.T) {
	for _, method := range []string{"", "Request", "State", "Writer", "Uncompressed", "Raw", "Sent", "Route", "Handler", "Params", "RequestID", "Warnings"} {
		t.Run(method, func(t *testing.T) {
			a := newApp(t, engine.Config{})
			rec, req := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/reset/hunter2", nil)
			req.Pattern = "GET /reset/{token}"
			req.SetPathValue("token", "hunter2")
			a.engine.Handle(broken{a.conn(rec, req), method}, errBoom, engine.Options{})
			if method != "Sent" && (rec.Code != 500 || rec.Body.Len() == 0) { // nothing is written over what may have been sent
				t.Errorf("%d %q", rec.Code, rec.Body)
			}
			a.wantLog("ERROR")
			if !strings.Contains(a.logs.String(), "boom at 10.0.0.7") || strings.Contains(a.logs.String(), "hunter2") {
				t.Errorf("the log says %s", &a.logs)
			}
		})
	}
}

// recoveredElsewhere is a connection whose framework recovers panics itself, and passes on their values alone.
type recoveredElsewhere struct{ engine.Conn }

func (recoveredElsewhere) Panic(err error) *stack.Panic { return stack.Recovered(err) }

// A well-known error is an answer if it is returned, and a fault if it is the value of a panic.
func TestPanicRecoveredElsewhere(t *testing.T) {
	for _, panicked := range []bool{false, true} {
		a := newApp(t, engine.Config{})
		rec, want := httptest.NewRecorder(), 404
		var c engine.Conn = a.conn(rec, httptest.NewRequest(http.MethodGet, "/orders/7", nil))
		if panicked {
			c, want = recoveredElsewhere{c}, 500
		}
		if a.engine.Handle(c, fs.ErrNotExist, engine.Options{}); rec.Code != want {
			t.Errorf("panicked %v: %d, want %d", panicked, rec.Code, want)
		}
	}
}

// A writer that panics in the middle of the answer is the same.
func TestBrokenWriter(t *testing.T) {
	a := newApp(t, engine.Config{})
	rec := httptest.NewRecorder()
	a.engine.Handle(a.conn(beforeHook{rec, new(bool)}, httptest.NewRequest(http.MethodGet, "/orders/7", nil)), httperrors.NotFound("No."), engine.Options{})
	if rec.Code != 404 || rec.Body.String() != "Not Found\n" {
		t.Errorf("%d %q", rec.Code, rec.Body)
	}
	a.wantLog("ERROR")
}

// beforeHook panics once before the header is sent, as a session that cannot be saved does.
type beforeHook struct {
	http.ResponseWriter
	done *bool
}

func (h beforeHook) WriteHeader(status int) {
	if !*h.done {
		*h.done = true
		panic("session store is down")
	}
	h.ResponseWriter.WriteHeader(status)
}

func newApp(t *testing.T, cfg engine.Config) *app {
	t.Helper()
	a := &app{t: t}
	var err error
	if cfg.Renderer, err = pages.New(renderer.Options{}); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewJSONHandler(&a.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if cfg.Pipeline, err = reporting.New(report.Options{Logger: logger, Reporters: []report.Reporter{&a.witness}}); err != nil {
		t.Fatal(err)
	}
	if cfg.Technical, err = technical.New(debugview.Options{}); err != nil {
		t.Fatal(err)
	}
	a.engine, a.pipeline = engine.New(cfg), cfg.Pipeline
	return a
}
