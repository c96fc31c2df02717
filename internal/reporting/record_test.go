package reporting_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

func TestLevels(t *testing.T) {
	level := func(l slog.Level) func(*report.Failure) {
		return func(f *report.Failure) { f.Resolved = f.Resolved.WithLevel(l) }
	}
	tests := []struct {
		name   string
		f      *report.Failure
		change func(*report.Failure)
		want   slog.Level
	}{
		{"redirect", own(302), nil, slog.LevelDebug},
		{"bad request", own(400), nil, slog.LevelInfo},
		{"not found", own(404), nil, slog.LevelInfo},
		{"retryable 5xx", own(503), nil, slog.LevelWarn},
		{"5xx", own(500), nil, slog.LevelError},
		{"foreign", failure(), nil, slog.LevelError},
		{"client disconnected", failure(), disconnected, slog.LevelDebug},
		{"own choice", own(404), level(slog.LevelError), slog.LevelError},
		{"own choice below", own(500), level(slog.LevelDebug), slog.LevelDebug},
		{"panic", failure(), panicked, slog.LevelError},
		{"panic with an error that chose debug", own(404), both(level(slog.LevelDebug), panicked), slog.LevelError},
		{"failed page", own(404), pageFailed, slog.LevelError},
		{"above error", own(404), both(level(slog.LevelError+4), pageFailed), slog.LevelError + 4},
		{"after 200 was sent", failure(), func(f *report.Failure) { f.AfterCommit, f.Status = true, 200 }, slog.LevelError},
		{"nothing known", &report.Failure{}, nil, slog.LevelError},
		{"status that is not a failure", own(999), nil, slog.LevelError},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.change != nil {
				tt.change(tt.f)
			}
			r := recorder{level: -100}
			handle(newPipeline(t, logTo(&r)), context.Background(), tt.f)
			if rec, _ := r.only(t); rec.Level != tt.want {
				t.Errorf("level = %v, want %v", rec.Level, tt.want)
			}
		})
	}
}

func TestRecord(t *testing.T) {
	cause := fmt.Errorf("load: %w", errors.Join(errors.New("connection refused"), os.ErrDeadlineExceeded))
	var pcs [8]uintptr
	n := runtime.Callers(1, pcs[:])
	r := recorder{}
	o := logTo(&r)
	o.LogStack = true
	p := newPipeline(t, o)
	handle(p, context.Background(), &report.Failure{
		Err: cause, Resolved: httperrors.New(503, "").WithCause(cause), Origin: httperrors.OriginUnknown, Status: 500,
		Method: "POST", Path: "/orders/7", Route: "/orders/:id",
		RequestID: "req-1", TraceID: strings.Repeat("a", 32), SpanID: strings.Repeat("b", 16), Reference: "7K3F-9Q2M-4TXV",
		AfterCommit: true, Stack: pcs[:n], PageErr: errors.New("template: no such field"),
		Warnings: []string{"an Allow header without a method"}, Technical: true, Viewer: "member",
		Format: "html", Language: "de", Step: "builtin", Duration: 12 * time.Millisecond,
	})
	rec, got := r.only(t)
	want := map[string]string{
		"status": "500", "intended_status": "503", "method": "POST", "path": "/orders/7", "route": "/orders/:id",
		"error":      `load: connection refused\ni/o timeout`,
		"causes":     "*fmt.wrapError > *errors.joinError > *errors.errorString > *poll.DeadlineExceededError",
		"request_id": "req-1", "trace_id": strings.Repeat("a", 32), "span_id": strings.Repeat("b", 16),
		"reference": "7K3F-9Q2M-4TXV", "after_commit": "true", "page_error": "template: no such field",
		"warnings": "[an Allow header without a method]", "technical": "true", "viewer": "member",
		"format": "html", "language": "de", "step": "builtin", "duration": "12ms",
	}
	for key, v := range want {
		if got[key].String() != v {
			t.Errorf("%s = %q, want %q", key, got[key], v)
		}
	}
	if s := got["origin"].String(); !strings.HasPrefix(s, "reporting_test.TestRecord ") || !strings.Contains(s, "record_test.go:") {
		t.Errorf("origin = %q", s)
	}
	if s, _ := got["stack"].Any().([]string); len(s) < 2 || !strings.HasPrefix(s[0], "reporting_test.TestRecord ") {
		t.Errorf("stack = %q", s)
	}
	if rec.PC != pcs[0] {
		t.Error("the record's source is not the error's")
	}
	if want := "503 Service Unavailable: POST /orders/:id"; rec.Message != want {
		t.Errorf("message = %q, want %q", rec.Message, want)
	}
}

func TestRecordLeavesOutWhatIsNotKnown(t *testing.T) {
	r := recorder{}
	handle(newPipeline(t, logTo(&r)), context.Background(), &report.Failure{Err: errors.New("x"), Status: 500})
	_, got := r.only(t)
	for key := range got {
		switch key {
		case "status", "error", "causes":
		default:
			t.Errorf("%s = %v", key, got[key])
		}
	}
}

func TestRecordNoStackUnlessAsked(t *testing.T) {
	r := recorder{}
	f := failure()
	f.Stack = []uintptr{1, 2}
	handle(newPipeline(t, logTo(&r)), context.Background(), f)
	if _, got := r.only(t); got["stack"].Any() != nil {
		t.Errorf("stack = %v", got["stack"])
	}
}

// withStack is a foreign error type that knows where it was made.
type withStack struct {
	error
	pcs []uintptr
}

func (e withStack) Unwrap() error         { return e.error }
func (e withStack) StackTrace() []uintptr { return e.pcs }

func here() []uintptr {
	var pcs [4]uintptr
	return pcs[:runtime.Callers(2, pcs[:])]
}

func there() []uintptr { return here() }

func TestRecordOriginIsNearestToTheCause(t *testing.T) {
	r := recorder{}
	f := failure()
	f.Err = withStack{fmt.Errorf("outer: %w", withStack{errors.New("inner"), there()}), here()}
	handle(newPipeline(t, logTo(&r)), context.Background(), f)
	if _, got := r.only(t); !strings.HasPrefix(got["origin"].String(), "reporting_test.there ") {
		t.Errorf("origin = %q", got["origin"])
	}
}

// pkgFrame and pkgStack are as github.com/pkg/errors has them, and as its many successors do.
type (
	pkgFrame uintptr
	pkgStack []pkgFrame
)

type pkgError struct {
	error
	pcs []uintptr
}

func (e *pkgError) StackTrace() (s pkgStack) {
	for _, pc := range e.pcs {
		s = append(s, pkgFrame(pc))
	}
	return s
}

type callersError struct {
	error
	pcs []uintptr
}

func (e *callersError) Callers() []uintptr { return e.pcs }

// textStack is the StackTrace of yet others.
type textStack struct{ error }

func (textStack) StackTrace() []string { return []string{"a", "b"} }

func TestRecordOriginOfForeignErrors(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"pkg/errors", &pkgError{errors.New("x"), there()}, "reporting_test.there "},
		{"go-errors", &callersError{errors.New("x"), there()}, "reporting_test.there "},
		{"wrapped", fmt.Errorf("w: %w", &pkgError{errors.New("x"), there()}), "reporting_test.there "},
		{"text", textStack{errors.New("x")}, ""},
		{"no stack", errors.New("x"), ""},
		{"nil pointer", (*pkgError)(nil), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 2 { // the second time from memory
				r := recorder{}
				f := failure()
				f.Err, f.Handler = tt.err, "shop.order"
				handle(newPipeline(t, logTo(&r)), context.Background(), f)
				_, got := r.only(t)
				origin, handler := got["origin"].String(), got["handler"].String()
				if tt.want == "" && (got["origin"].Any() != nil || handler != "shop.order") ||
					tt.want != "" && !strings.HasPrefix(origin, tt.want) {
					t.Errorf("origin = %q, handler = %q", origin, handler)
				}
			}
		})
	}
}

// hostile is an error none of whose methods can be trusted.
type hostile struct{ how string }

func (e *hostile) Error() string {
	switch e.how {
	case "nil receiver":
		return "fine"
	case "panics":
		panic("Error")
	case "panics with itself":
		panic(e)
	}
	return e.how
}

func (e *hostile) Unwrap() error {
	if e.how == "cycle" {
		return e
	}
	panic("Unwrap")
}

func (e *hostile) StackTrace() []uintptr {
	if e.how == "nonsense stack" {
		return []uintptr{0, 1, ^uintptr(0)}
	}
	panic("StackTrace")
}

type uncomparable []string

func (e uncomparable) Error() string { return strings.Join(e, " ") }

func TestRecordOneLine(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string // of the error attribute; not checked if empty
	}{
		{"line feed", errors.New("a\nlevel=ERROR msg=forged"), `a\nlevel=ERROR msg=forged`},
		{"carriage return", errors.New("a\r\nb"), `a\r\nb`},
		{"escape sequence", errors.New("\x1b[2J\x1b[31mred"), `\x1b[2J\x1b[31mred`},
		{"NUL, DEL and C1", errors.New("\x00\x7f\u009b"), `\x00\x7f\u009b`},
		{"line separators", errors.New("a\u2028b\u2029c\u0085d"), `a\u2028b\u2029c\u0085d`},
		{"right-to-left override", errors.New("a\u202egpj.exe"), `a\u202egpj.exe`},
		{"invalid UTF-8", errors.New("a\xff\xc3(b"), `a\xff\xc3(b`},
		{"other languages", errors.New("Größe „zu klein“ 大きい"), "Größe „zu klein“ 大きい"},
		{"no text", errors.New(""), "(no text)"},
		{"nil pointer", (*hostile)(nil), "<nil>"},
		{"Error panics", &hostile{"panics"}, ""},
		{"Error panics with the error", &hostile{"panics with itself"}, ""},
		{"Unwrap panics", &hostile{"boom"}, "boom"},
		{"cycle", &hostile{"cycle"}, ""},
		{"stack of nonsense", &hostile{"nonsense stack"}, "nonsense stack"},
		{"uncomparable", uncomparable{"a", "b"}, "a b"},
		{"huge", errors.New(strings.Repeat("x", 100<<20)), ""},
		{"huge and to be escaped", errors.New(strings.Repeat("\n", 1<<20)), ""},
		{"huge and of four-byte runes", errors.New("x" + strings.Repeat("🙂", 1<<18)), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r recorder
			var text, def bytes.Buffer
			for _, h := range []slog.Handler{&r, slog.NewTextHandler(&text, nil), plainHandler{log.New(&def, "", 0)}} {
				f := failure()
				f.Err = tt.err
				f.PageErr = tt.err
				f.Warnings = []string{textOf(tt.err), textOf(tt.err)}
				f.Path, f.Route, f.Method, f.Viewer = textOf(tt.err), textOf(tt.err), textOf(tt.err), textOf(tt.err)
				f.Reference, f.RequestID, f.TraceID, f.Language = textOf(tt.err), textOf(tt.err), textOf(tt.err), textOf(tt.err)
				handle(newPipeline(t, logTo(h)), context.Background(), f)
			}
			_, got := r.only(t)
			if tt.want != "" && got["error"].String() != tt.want {
				t.Errorf("error = %q, want %q", got["error"], tt.want)
			}
			for name, b := range map[string]string{"text": text.String(), "plain": def.String()} {
				if err := oneLine(b); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if len(b) > 32<<10 {
					t.Errorf("%s: %d bytes", name, len(b))
				}
			}
		})
	}
}

// plainHandler prints a record without quoting anything, as some handlers for terminals do.
type plainHandler struct{ *log.Logger }

func (plainHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h plainHandler) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h plainHandler) WithGroup(string) slog.Handler          { return h }
func (h plainHandler) Handle(_ context.Context, r slog.Record) error {
	s := r.Message
	r.Attrs(func(a slog.Attr) bool {
		s += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		return true
	})
	h.Print(s)
	return nil
}

// oneLine checks the promise: one line, printable, valid.
func oneLine(s string) error {
	body, ok := strings.CutSuffix(s, "\n")
	if !ok {
		return fmt.Errorf("no line: %q", s)
	}
	if !utf8.ValidString(body) {
		return errors.New("invalid UTF-8")
	}
	for i, r := range body {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xA0 || r == 0x2028 || r == 0x2029 || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return fmt.Errorf("%q at byte %d", r, i)
		}
	}
	return nil
}

func TestRecordMasksSecrets(t *testing.T) {
	const secret = "hunter2hunter2"
	var buf bytes.Buffer
	p := newPipeline(t, logTo(slog.NewTextHandler(&buf, nil)))
	f := failure()
	text := "postgres://app:" + secret + "@db/x?password=" + secret
	f.Err = fmt.Errorf("dial %w", errors.New(text))
	f.PageErr, f.Warnings, f.Viewer, f.Path = errors.New(text), []string{text}, text, "/reset?token="+secret
	handle(p, context.Background(), f)

	// Where a bound cuts a text, half a secret must not stay.
	for pad := 4000; pad < 4200; pad += 7 {
		f := failure()
		f.Err = errors.New(strings.Repeat("x", pad) + " password=" + secret + " " + strings.Repeat("y", 5000))
		handle(p, context.Background(), f)
	}
	// Nor where it is cut before it is masked, if the mask of what stands before it is short.
	key := "-----BEGIN RSA PRIVATE KEY-----\n" + strings.Repeat("MIIEpAIB", 1000) + "\n-----END RSA PRIVATE KEY-----\n"
	for length := 8 << 10; length < 8<<10+40; length++ {
		f := failure()
		f.Err = errors.New(key + strings.Repeat("x", length-len(key)-len("postgres://app:"+secret[:8])) + " postgres://app:" + secret + "@db/x " + strings.Repeat("y", 5000))
		handle(p, context.Background(), f)
	}
	// A reporter's error is logged as well.
	for _, length := range []int{4 << 10, 8 << 10} {
		o := logTo(slog.NewTextHandler(&buf, nil))
		o.Reporters = []report.Reporter{reporter(func(context.Context, *report.Failure) error {
			return errors.New(strings.Repeat("x", length-len("postgres://app:"+secret[:8])) + " postgres://app:" + secret + "@db/x")
		})}
		p := newPipeline(t, o)
		handle(p, context.Background(), failure())
		closed(t, p)
	}
	if i := strings.Index(buf.String(), secret[:7]); i >= 0 {
		t.Errorf("the secret is in %q", buf.String()[max(0, i-40):i+40])
	}
}

func TestMaskPanics(t *testing.T) {
	var r recorder
	o := logTo(&r)
	o.Mask = func(string) string { panic("mask") }
	p := newPipeline(t, o)
	handle(p, context.Background(), failure())
	if _, got := r.only(t); strings.Contains(got["error"].String(), "refused") {
		t.Errorf("error = %q", got["error"])
	}
}

// Without a logger and reporters a failure is still a readable line on the default logger as it is by then.
func TestDefaultLogger(t *testing.T) {
	old := slog.Default()
	defer slog.SetDefault(old)
	p := newPipeline(t, report.Options{})
	var buf bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&buf, nil)))
	handle(p, context.Background(), failure())
	s := buf.String()
	if err := oneLine(s); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"level=ERROR", "500 Internal Server Error: GET /orders/:id", `error="connection refused"`} {
		if !strings.Contains(s, want) {
			t.Errorf("%q is not in %q", want, s)
		}
	}
}

type badHandler struct {
	recorder
	enabled, handle any
}

func (h *badHandler) Enabled(context.Context, slog.Level) bool {
	if h.enabled != nil {
		panic(h.enabled)
	}
	return true
}

func (h *badHandler) Handle(context.Context, slog.Record) error {
	if err, ok := h.handle.(error); ok {
		return err
	}
	panic(h.handle)
}

func TestLoggerFails(t *testing.T) {
	tests := []struct {
		name string
		h    *badHandler
	}{
		{"Handle panics", &badHandler{handle: "handle: password=hunter2"}},
		{"both panic", &badHandler{enabled: "enabled", handle: "handle"}},
		{"Handle returns an error", &badHandler{handle: errors.New("disk full")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stderr := os.Stderr
			defer func() { os.Stderr = stderr }()
			file, err := os.Create(t.TempDir() + "/stderr")
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			os.Stderr = file

			var r collector
			o := logTo(tt.h)
			o.Reporters = []report.Reporter{&r}
			p := newPipeline(t, o)
			handle(p, context.Background(), failure())
			closed(t, p)
			if len(r.all()) != 1 {
				t.Error("the reporter was not called")
			}
			// What a handler refused it may have written all the same; what it panicked on is written elsewhere.
			s, _ := os.ReadFile(file.Name())
			if _, refused := tt.h.handle.(error); refused != (len(s) == 0) {
				t.Errorf("on standard error: %q", s)
			} else if !refused {
				if strings.Contains(string(s), "hunter2") {
					t.Errorf("a secret on standard error: %q", s)
				}
				if err := oneLine(string(s)); err != nil || !strings.Contains(string(s), "error=connection refused") {
					t.Errorf("on standard error: %q: %v", s, err)
				}
			}
		})
	}
}

// A handler may give up when the request's context has ended, and a failure may be why it ended.
func TestLogContext(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "v"))
	cancel()
	var got context.Context
	h := contextHandler{ctx: &got}
	handle(newPipeline(t, logTo(h)), ctx, failure())
	if got.Err() != nil || got.Value(key{}) != "v" {
		t.Errorf("Err() = %v, Value() = %v", got.Err(), got.Value(key{}))
	}
}

type contextHandler struct {
	slog.Handler
	ctx *context.Context
}

func (contextHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h contextHandler) Handle(ctx context.Context, _ slog.Record) error {
	*h.ctx = ctx
	return nil
}

func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		o := logTo(&r)
		o.LogLimit = 10
		p := newPipeline(t, o)
		scan := func(n int) {
			for i := range n {
				f := own(404)
				f.Path, f.Method = fmt.Sprintf("/wp-admin/%d.php", i), fmt.Sprint("M", i)
				handle(p, context.Background(), f)
			}
		}
		scan(1000)
		if got := len(r.all()); got != 10 {
			t.Fatalf("%d records of a scan in one second, want 10", got)
		}
		// A level has a limit of its own, and the record says what was left out.
		handle(p, context.Background(), failure())
		all := r.all()
		if got := attrsOf(all[len(all)-1])["dropped"]; len(all) != 11 || got.String() != "990" {
			t.Fatalf("dropped = %v after %d records", got, len(all))
		}
		// A new kind is seen in the middle of a flood.
		scan(100)
		other := own(409)
		other.Route = "/carts"
		handle(p, context.Background(), other)
		all = r.all()
		last := attrsOf(all[len(all)-1])
		if last["status"].Int64() != 409 || last["dropped"].String() != "100" {
			t.Fatalf("last = %v", last)
		}
		// The next second begins anew, and nothing is said when nothing was left out.
		time.Sleep(time.Second)
		handle(p, context.Background(), own(404))
		all = r.all()
		if _, ok := attrsOf(all[len(all)-1])["dropped"]; ok || len(all) != 13 {
			t.Fatalf("%d records, dropped = %t", len(all), ok)
		}
		// What is not followed by another record is said at the end.
		scan(50)
		closed(t, p)
		closed(t, p)
		all = r.all()
		last = attrsOf(all[len(all)-1])
		if last["dropped"].String() != "41" || all[len(all)-1].Level != slog.LevelWarn {
			t.Fatalf("at the end: %v", last)
		}
	})
}

// How many records were left out is said by the next one that gets through, not by one that the handler refuses.
func TestDroppedIsSaidUntilItIsHeard(t *testing.T) {
	for _, how := range []any{errors.New("disk full"), "panic"} {
		synctest.Test(t, func(t *testing.T) {
			h := &flakyHandler{}
			o := logTo(h)
			o.LogLimit = 1
			p := newPipeline(t, o)
			handle := func(n int) {
				for range n {
					handle(p, context.Background(), failure())
				}
				time.Sleep(time.Second)
			}
			handle(5)
			h.how = how
			handle(3)
			h.how = nil
			handle(4)
			if got := attrsOf(h.all()[1])["dropped"].String(); got != "6" {
				t.Errorf("%v: dropped = %s, want 4 and 2", how, got)
			}
			h.how = how
			closed(t, p) // has something to say, which is refused
			h.how = nil
			handle(1)
			if got := attrsOf(h.all()[2])["dropped"].String(); got != "3" {
				t.Errorf("%v: dropped = %s after Close, want 3", how, got)
			}
		})
	}
	var r recorder
	r.level = slog.LevelError
	o := logTo(&r)
	o.LogLimit = 1
	p := newPipeline(t, o)
	handle(p, context.Background(), failure())
	handle(p, context.Background(), failure())
	closed(t, p) // has something to say, but not to this logger
	other := failure()
	other.Route = "/other"
	handle(p, context.Background(), other)
	if got := attrsOf(r.all()[1])["dropped"].String(); got != "1" {
		t.Errorf("dropped = %s after a Close that was not logged", got)
	}
}

// flakyHandler refuses records if how is set.
type flakyHandler struct {
	recorder
	how any
}

func (h *flakyHandler) Handle(ctx context.Context, r slog.Record) error {
	switch how := h.how.(type) {
	case nil:
		return h.recorder.Handle(ctx, r)
	case error:
		return how
	}
	panic(h.how)
}

// Not even those who choose everything in a request can make up kinds of failures.
func TestLimitManyKinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		o := logTo(&r)
		o.LogLimit = 10
		p := newPipeline(t, o)
		for i := range 1000 {
			f := failure()
			f.Route = fmt.Sprint("/", i)
			handle(p, context.Background(), f)
		}
		if got := len(r.all()); got > 10+32 {
			t.Errorf("%d records", got)
		}
	})
}

func TestNoLimit(t *testing.T) {
	var r recorder
	o := logTo(&r)
	o.LogLimit = -1
	p := newPipeline(t, o)
	for range 1000 {
		handle(p, context.Background(), failure())
	}
	if got := len(r.all()); got != 1000 {
		t.Errorf("%d records", got)
	}
}

func TestSample(t *testing.T) {
	var r recorder
	var to collector
	o := logTo(&r)
	o.Reporters = []report.Reporter{&to}
	o.Sample = func(f *report.Failure) bool {
		switch f.Path {
		case "/panic":
			panic("sample")
		case "/no":
			return false
		}
		return true
	}
	p := newPipeline(t, o)
	for _, path := range []string{"/yes", "/no", "/no", "/panic"} {
		f := failure()
		f.Path = path
		handle(p, context.Background(), f)
	}
	closed(t, p)
	all := r.all()
	if len(all) != 2 || attrsOf(all[1])["dropped"].String() != "2" {
		t.Errorf("records = %v", all)
	}
	if len(to.all()) != 4 {
		t.Errorf("%d failures reported, want 4: sampling is the log's alone", len(to.all()))
	}
}

// textOf is what a client or a colleague might have put where err's text is tried as well.
func textOf(err error) (s string) {
	defer func() {
		if recover() != nil {
			s = "\x1b\n"
		}
	}()
	return err.Error()
}
