package sentry_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/getsentry/sentry-go"

	exceptionalsentry "github.com/exceptional-go/exceptional/contrib/sentry"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

func failure(err error) *report.Failure {
	e, origin := httperrors.Resolve(err)
	return &report.Failure{
		Err: err, Resolved: e, Origin: origin, Status: e.StatusCode(), Reference: "7K3F-9Q2M-4TXV", ID: [16]byte{0x39, 0xc6, 15: 1},
		Method: "POST", Path: "/orders/7", Route: "/orders/:id", Time: time.Now(),
	}
}

func makeOrder() error { return httperrors.New(503, "The shop is closed.") }

func TestEvent(t *testing.T) {
	tr := newTracker(t, nil)
	r := httptest.NewRequest("POST", "/orders/7?token=hunter2&page=2", strings.NewReader("card=4111"))
	r.Header.Set("Authorization", "Bearer hunter2")
	r.Header.Set("Cookie", "session=hunter2")
	r.Header.Set("X-Plain", "plain")
	f := failure(fmt.Errorf("checkout: %w", makeOrder()))
	f.Request, f.User, f.RequestID, f.Handler = r, "u-17", "req-1", "shop.checkout"
	f.Viewer, f.Format, f.Step, f.Warnings = "not a member", "html", "builtin", []string{"no Allow"}
	f.Duration = 12 * time.Millisecond
	id, ref := hex.EncodeToString(f.ID[:]), f.Reference
	send(t, hub(t, sdk.ClientOptions{Dsn: tr.dsn()}), context.Background(), f)
	e := tr.only(t)

	if e.EventID != id {
		t.Errorf("event_id = %q, want %q", e.EventID, id)
	}
	for key, want := range map[string]string{
		"reference": ref, "request_id": "req-1", "route": "/orders/:id", "http.response.status_code": "503", "origin": "own",
	} {
		if e.Tags[key] != want {
			t.Errorf("tag %s = %q, want %q", key, e.Tags[key], want)
		}
	}
	if e.Transaction != "POST /orders/:id" || e.Level != "warning" || e.User.ID != "u-17" {
		t.Errorf("transaction %q, level %q, user %q", e.Transaction, e.Level, e.User.ID)
	}
	if want := []string{"{{ default }}", "503"}; !slices.Equal(e.Fingerprint, want) {
		t.Errorf("fingerprint = %q, want %q", e.Fingerprint, want)
	}
	c := e.Contexts["failure"]
	if c["handler"] != "shop.checkout" || c["viewer"] != "not a member" || c["duration_ms"] != 12.0 {
		t.Errorf("context = %v", c)
	}

	// The exceptions: innermost first, with the stack of ours.
	if len(e.Exception) != 2 || e.Exception[0].Type != "*httperrors.Error" || e.Exception[1].Type != "*fmt.wrapError" {
		t.Fatalf("exceptions = %+v", e.Exception)
	}
	inner := e.Exception[0]
	if inner.Stacktrace == nil {
		t.Fatal("no stack")
	}
	frames := inner.Stacktrace.Frames
	if top := frames[len(frames)-1]; top.Function != "makeOrder" || top.Lineno == 0 {
		t.Errorf("top frame = %+v", top)
	}
	if e.Exception[1].Stacktrace != nil {
		t.Error("the outer error has the stack of a goroutine that has nothing to do with it")
	}
	if m := inner.Mechanism; m == nil || m.Type != "chained" || m.ParentID == nil || *m.ParentID != 0 || m.ExceptionID != 1 || m.Source != "unwrap" {
		t.Errorf("mechanism = %+v", m)
	}

	// What the SDK filters stays filtered, and we add nothing.
	if e.Request.Method != "POST" || !strings.HasSuffix(e.Request.URL, "/orders/7") || e.Request.Headers["X-Plain"] != "plain" {
		t.Errorf("request = %+v", e.Request)
	}
	if raw := tr.raw[0]; strings.Contains(raw, "hunter2") || strings.Contains(raw, "4111") {
		t.Errorf("a secret was sent: %s", raw)
	}
}

func TestLevels(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		change func(f *report.Failure)
		want   string
	}{
		{"internal error", httperrors.New(500, ""), nil, "error"},
		{"foreign", errors.New("x"), nil, "error"},
		{"retryable", httperrors.New(503, ""), nil, "warning"},
		{"client's", httperrors.New(404, ""), nil, "warning"},
		{"after 200", errors.New("x"), func(f *report.Failure) { f.AfterCommit, f.Status = true, 200 }, "error"},
		{"panic", errors.New("x"), func(f *report.Failure) { f.Panic = true }, "fatal"},
		{"failed page", httperrors.New(404, ""), func(f *report.Failure) { f.PageErr = errors.New("y") }, "error"},
		{"hook that panicked", httperrors.New(404, ""), func(f *report.Failure) { f.HookPanic = true }, "error"},
		{"own choice", httperrors.New(500, "").WithLevel(slog.LevelInfo), nil, "info"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newTracker(t, nil)
			f := failure(tt.err)
			if tt.change != nil {
				tt.change(f)
			}
			send(t, hub(t, sdk.ClientOptions{Dsn: tr.dsn()}), context.Background(), f)
			if e := tr.only(t); e.Level != tt.want {
				t.Errorf("level = %q, want %q", e.Level, tt.want)
			}
		})
	}
}

func explode(m map[string]int) { m["x"] = 1 }

func TestPanic(t *testing.T) {
	tr := newTracker(t, nil)
	p := recovered(func() { explode(nil) })
	f := failure(fmt.Errorf("recovered: %w", p))
	f.Panic, f.Stack = true, p.(interface{ StackTrace() []uintptr }).StackTrace()
	var hints []any
	h := hub(t, sdk.ClientOptions{Dsn: tr.dsn(), BeforeSend: func(e *sdk.Event, hint *sdk.EventHint) *sdk.Event {
		hints = append(hints, hint.RecoveredException)
		return e
	}})
	send(t, h, context.Background(), f)
	e := tr.only(t)
	var types []string
	for _, x := range e.Exception {
		types = append(types, x.Type)
	}
	if want := []string{"runtime.plainError", "panic", "*fmt.wrapError"}; len(types) != 3 || types[1] != want[1] || types[2] != want[2] {
		t.Fatalf("types = %q, want like %q", types, want)
	}
	panicked := e.Exception[1]
	if frames := panicked.Stacktrace.Frames; frames[len(frames)-1].Function != "explode" {
		t.Errorf("top frame = %+v", frames[len(frames)-1])
	}
	if !strings.Contains(panicked.Value, "nil map") || strings.HasPrefix(panicked.Value, "panic:") {
		t.Errorf("value = %q", panicked.Value)
	}
	if m := e.Exception[2].Mechanism; m == nil || m.Handled == nil || *m.Handled {
		t.Errorf("mechanism = %+v", m)
	}
	if e.Level != "fatal" || e.Tags["panic"] != "yes" {
		t.Errorf("level %q, tags %v", e.Level, e.Tags)
	}
	if len(hints) != 1 || hints[0] == nil {
		t.Errorf("hints = %v", hints)
	}
}

type hostile struct{ how string }

func (e *hostile) Error() string {
	if e.how == "Error panics" {
		panic("Error")
	}
	return e.how
}

func (e *hostile) Unwrap() error {
	switch e.how {
	case "cycle":
		return e
	case "Unwrap panics":
		panic("Unwrap")
	}
	return nil
}

func (e *hostile) StackTrace() []uintptr {
	if e.how == "StackTrace panics" {
		panic("StackTrace")
	}
	return nil
}

type link struct{ next error }

func (e *link) Error() string { return "link: " + e.next.Error() }
func (e *link) Unwrap() error { return e.next }

type uncomparable []string

func (uncomparable) Error() string { return "uncomparable" }

func TestHostileErrors(t *testing.T) {
	wide := make([]error, 100_000)
	for i := range wide {
		wide[i] = fmt.Errorf("member %d", i)
	}
	deep := errors.New("bottom")
	for range 100_000 {
		deep = &link{deep} // fmt.Errorf would copy the text of all below it each time
	}
	tests := []struct {
		name string
		err  error
	}{
		{"nil pointer", (*hostile)(nil)},
		{"Error panics", &hostile{"Error panics"}},
		{"Unwrap panics", &hostile{"Unwrap panics"}},
		{"StackTrace panics", &hostile{"StackTrace panics"}},
		{"cycle", &hostile{"cycle"}},
		{"wide", errors.Join(wide...)},
		{"deep", deep},
		{"uncomparable", fmt.Errorf("w: %w", uncomparable{"a"})},
		{"huge", errors.New(strings.Repeat("ü", 1<<20))},
		{"invalid UTF-8", errors.New("a\xffb\x00\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newTracker(t, nil)
			f := failure(errors.New("x"))
			f.Err = tt.err
			send(t, hub(t, sdk.ClientOptions{Dsn: tr.dsn()}), context.Background(), f)
			e := tr.only(t)
			if n := len(e.Exception); n == 0 || n > 50 {
				t.Errorf("%d exceptions", n)
			}
			if len(tr.raw[0]) > 1<<20 {
				t.Errorf("%d bytes, and Sentry takes 1 MiB", len(tr.raw[0]))
			}
		})
	}
}

func TestJoin(t *testing.T) {
	tr := newTracker(t, nil)
	send(t, hub(t, sdk.ClientOptions{Dsn: tr.dsn()}), context.Background(),
		failure(fmt.Errorf("both: %w", errors.Join(errors.New("a"), errors.New("b")))))
	e := tr.only(t)
	var got []string
	for _, x := range e.Exception {
		m := x.Mechanism
		parent := -1
		if m.ParentID != nil {
			parent = *m.ParentID
		}
		got = append(got, fmt.Sprintf("%d<%d %s %t", m.ExceptionID, parent, m.Source, m.IsExceptionGroup))
	}
	want := []string{"3<1 errors[1] false", "2<1 errors[0] false", "1<0 unwrap true", "0<-1  false"}
	if !slices.Equal(got, want) {
		t.Errorf("mechanisms = %q, want %q", got, want)
	}
}

// The stack of a failure whose error has none is the failure's; it is never the reporter's goroutine.
func TestStackOfTheFailure(t *testing.T) {
	var pcs [8]uintptr
	n := runtime.Callers(1, pcs[:])
	for _, with := range []bool{true, false} {
		tr := newTracker(t, nil)
		f := failure(errors.New("x"))
		if with {
			f.Stack = pcs[:n]
		}
		send(t, hub(t, sdk.ClientOptions{Dsn: tr.dsn()}), context.Background(), f)
		s := tr.only(t).Exception[0].Stacktrace
		if (s != nil) != with {
			t.Fatalf("stack = %+v", s)
		}
		if with && s.Frames[len(s.Frames)-1].Function != "TestStackOfTheFailure" {
			t.Errorf("frames = %+v", s.Frames)
		}
	}
}

func TestFailedPage(t *testing.T) {
	tr := newTracker(t, nil)
	f := failure(httperrors.New(404, "No such order."))
	f.PageErr = errors.New("template: 404.html:3: no field")
	send(t, hub(t, sdk.ClientOptions{Dsn: tr.dsn()}), context.Background(), f)
	e := tr.only(t)
	if v := e.Exception[len(e.Exception)-1].Value; !strings.Contains(v, "404.html:3") {
		t.Errorf("the event is about %q, not about the page", v)
	}
	if e.Contexts["failure"]["error"] == nil || e.Tags["page_failed"] != "yes" {
		t.Errorf("context = %v", e.Contexts["failure"])
	}

	tr = newTracker(t, nil)
	f = failure(errors.New("connection refused"))
	f.PageErr = errors.New("template: 500.html:3: no field")
	send(t, hub(t, sdk.ClientOptions{Dsn: tr.dsn()}), context.Background(), f)
	e = tr.only(t)
	if v := e.Exception[0].Value; v != "connection refused" {
		t.Errorf("the event is about %q", v)
	}
	if s, _ := e.Contexts["failure"]["page_error"].(string); !strings.Contains(s, "500.html:3") {
		t.Errorf("context = %v", e.Contexts["failure"])
	}
}

// The hub that sentry-go's middleware left in the request's context is used, and what the handler put into it counts more
// than what we know.
func TestHubOfTheRequest(t *testing.T) {
	tr := newTracker(t, nil)
	h := hub(t, sdk.ClientOptions{Dsn: tr.dsn()})
	h.Scope().SetTag("route", "theirs")
	h.Scope().SetUser(sdk.User{ID: "u-1", Email: "a@example.org"})
	h.Scope().SetFingerprint([]string{"theirs"})
	h.Scope().SetRequest(httptest.NewRequest("GET", "/theirs", nil))
	h.AddBreadcrumb(&sdk.Breadcrumb{Message: "clicked"}, nil)
	ctx := sdk.SetHubOnContext(context.Background(), h)

	p := newPipeline(exceptionalsentry.Options{})
	f := failure(errors.New("x"))
	f.User, f.TraceID = "u-2", strings.Repeat("a", 32)
	f.Request, f.Path = httptest.NewRequest("GET", "/ours", nil), "/ours"
	p.Handle(ctx, f)
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	e := tr.only(t)
	if e.Tags["route"] != "theirs" || e.User.ID != "u-1" || e.User.Email != "a@example.org" || !slices.Equal(e.Fingerprint, []string{"theirs"}) {
		t.Errorf("event = %+v", e)
	}
	if len(e.Breadcrumbs) != 1 || e.Breadcrumbs[0].Message != "clicked" {
		t.Errorf("breadcrumbs = %v", e.Breadcrumbs)
	}
	if e.Contexts["trace"]["trace_id"] == f.TraceID {
		t.Error("the middleware's trace was replaced")
	}
	if !strings.HasSuffix(e.Request.URL, "/ours") {
		t.Errorf("request = %v, want the copy", e.Request)
	}
	// The scope of the request is as it was.
	h.CaptureException(errors.New("another"))
	h.Flush(2 * time.Second)
	all := tr.all()
	if last := all[len(all)-1]; last.Contexts["failure"] != nil || last.Tags["reference"] != "" {
		t.Errorf("the request's scope was changed: %+v", last)
	}
}

// The SDK's middlewares set the status of their span when the handler returns, without a lock. The race detector is what
// looks at this.
func TestSpanOfTheRequest(t *testing.T) {
	tr := newTracker(t, nil)
	h := hub(t, sdk.ClientOptions{Dsn: tr.dsn(), EnableTracing: true, TracesSampleRate: 1})
	span := sdk.StartTransaction(sdk.SetHubOnContext(context.Background(), h), "GET /", sdk.WithTransactionSource(sdk.SourceRoute))
	child := span.StartChild("db")
	p := newPipeline(exceptionalsentry.Options{})
	p.Handle(child.Context(), failure(errors.New("x")))
	child.Status, child.Op = sdk.SpanStatusInternalError, "sql"
	span.Status, span.Name = sdk.SpanStatusInternalError, "GET /orders/:id"
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	c := tr.only(t).Contexts["trace"]
	if c["trace_id"] != span.TraceID.String() || c["span_id"] != child.SpanID.String() || c["parent_span_id"] != span.SpanID.String() {
		t.Errorf("trace = %v, want that of %v and %v", c, span.TraceID, child.SpanID)
	}
	if h.Scope().GetSpan() != child {
		t.Error("the request's own scope has lost its span")
	}
}

// The SDK keeps what is read of a body in a buffer without a lock, and a middleware or a proxy may read on when the failure is
// reported. So a body is not sent, whatever the SDK's options say. The race detector looks at this, too.
func TestBodyOfTheRequest(t *testing.T) {
	tr := newTracker(t, nil)
	h := hub(t, sdk.ClientOptions{Dsn: tr.dsn(), DataCollection: &sdk.DataCollection{HTTPBodies: []sdk.BodyType{sdk.BodyIncomingRequest}}})
	r := httptest.NewRequest("POST", "/orders", strings.NewReader(strings.Repeat("card=4111&", 100)))
	h.Scope().SetRequest(r)
	io.CopyN(io.Discard, r.Body, 20)
	p := newPipeline(exceptionalsentry.Options{})
	f := failure(errors.New("x"))
	f.Request = r
	p.Handle(sdk.SetHubOnContext(context.Background(), h), f)
	io.Copy(io.Discard, r.Body)
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if e := tr.only(t); e.Request.Data != "" || e.Request.Method != "POST" {
		t.Errorf("request = %+v", e.Request)
	}
}

func TestTraceOfTheRequest(t *testing.T) {
	tr := newTracker(t, nil)
	client, err := sdk.NewClient(sdk.ClientOptions{Dsn: tr.dsn()})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	old := sdk.CurrentHub().Client()
	sdk.CurrentHub().BindClient(client)
	defer sdk.CurrentHub().BindClient(old)
	r := exceptionalsentry.New(exceptionalsentry.Options{})
	f := failure(errors.New("x"))
	f.TraceID, f.SpanID = strings.Repeat("a", 32), strings.Repeat("b", 16)
	if err := r.Report(context.Background(), f); err != nil {
		t.Fatal(err)
	}
	if err := r.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if c := tr.only(t).Contexts["trace"]; c["trace_id"] != f.TraceID || c["span_id"] != f.SpanID {
		t.Errorf("trace = %v", c)
	}
}

func TestNoClient(t *testing.T) {
	r := exceptionalsentry.New(exceptionalsentry.Options{})
	if err := r.Report(context.Background(), failure(errors.New("x"))); err == nil {
		t.Error("Report() = nil without a client")
	}
	if err := r.Flush(context.Background()); err != nil {
		t.Errorf("Flush() = %v", err)
	}
	// An empty DSN is how an application turns Sentry off.
	h := hub(t, sdk.ClientOptions{})
	r = exceptionalsentry.New(exceptionalsentry.Options{Hub: func(context.Context) *sdk.Hub { return h }})
	if err := r.Report(context.Background(), failure(errors.New("x"))); err != nil {
		t.Errorf("Report() = %v", err)
	}
}

func TestDroppedByTheApplication(t *testing.T) {
	tr := newTracker(t, nil)
	h := hub(t, sdk.ClientOptions{Dsn: tr.dsn(), BeforeSend: func(*sdk.Event, *sdk.EventHint) *sdk.Event { return nil }})
	send(t, h, context.Background(), failure(errors.New("x")))
	if n := len(tr.all()); n != 0 {
		t.Errorf("%d events", n)
	}
}

// Whatever Sentry does, the request does not wait for it, nothing is left behind, and the failure is logged.
func TestSentryIsDown(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	release := make(chan struct{})
	slow := func(http.ResponseWriter) { <-release }
	tests := []struct {
		name   string
		answer func(w http.ResponseWriter)
		dsn    string
	}{
		{"no server", nil, "http://public@" + closed.Addr().String() + "/42"},
		{"429", func(w http.ResponseWriter) { w.Header().Set("Retry-After", "60"); w.WriteHeader(429) }, ""},
		{"500", func(w http.ResponseWriter) { w.WriteHeader(500) }, ""},
		{"garbage", func(w http.ResponseWriter) { io.WriteString(w, "\x00<<<"); w.(http.Flusher).Flush() }, ""},
		{"cuts the connection", func(w http.ResponseWriter) { panic(http.ErrAbortHandler) }, ""},
		{"redirects to itself", func(w http.ResponseWriter) { w.Header().Set("Location", "/api/42/envelope/"); w.WriteHeader(307) }, ""},
		{"does not answer", slow, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dsn := tt.dsn
			if dsn == "" {
				dsn = newTracker(t, tt.answer).dsn()
			}
			h := hub(t, sdk.ClientOptions{Dsn: dsn})
			if tt.name == "does not answer" {
				t.Cleanup(func() { close(release) }) // before the client and the server are closed, which wait for it
			}
			p := newPipeline(exceptionalsentry.Options{Hub: func(context.Context) *sdk.Hub { return h }})
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for range 25 {
						p.Handle(context.Background(), failure(errors.New("x")))
					}
				})
			}
			wg.Wait()
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			start := time.Now()
			p.Close(ctx) // may fail, may not take longer
			if d := time.Since(start); d > 4*time.Second {
				t.Errorf("Close took %v", d)
			}
			if sent, dropped := p.sent.Load(), p.dropped.Load(); sent+dropped != 100 {
				t.Errorf("%d sent, %d dropped, want 100", sent, dropped)
			}
		})
	}
}

// Ten thousand failures in a burst, and as many again: what the SDK and the pipeline hold back is bounded.
func TestOutageHoldsMemory(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	release := make(chan struct{})
	silent := newTracker(t, func(http.ResponseWriter) { <-release })
	for name, dsn := range map[string]string{
		"no server":       "http://public@" + closed.Addr().String() + "/42",
		"does not answer": silent.dsn(),
	} {
		t.Run(name, func(t *testing.T) {
			h := hub(t, sdk.ClientOptions{Dsn: dsn})
			p := newPipeline(exceptionalsentry.Options{Hub: func(context.Context) *sdk.Hub { return h }})
			if name == "does not answer" {
				t.Cleanup(func() { close(release) }) // before the client and the server are closed, which wait for it
			}
			burst := func() {
				for range 10_000 {
					f := failure(errors.New("connection refused"))
					f.Request = httptest.NewRequest("GET", "/orders/7", nil)
					f.Request.Header.Set("X-Big", strings.Repeat("x", 8<<10))
					p.Handle(context.Background(), f)
				}
			}
			burst()
			before, goroutines := heap(), runtime.NumGoroutine()
			for range 2 {
				burst()
			}
			if after := heap(); after > before+32<<20 {
				t.Errorf("the heap grew from %d to %d KiB", before>>10, after>>10)
			}
			if n := runtime.NumGoroutine(); n > goroutines+10 {
				t.Errorf("%d goroutines, %d before", n, goroutines)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			defer cancel()
			p.Close(ctx)
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A bound that cuts a text in the middle of a secret leaves no half of it.
func TestSecretAtTheCut(t *testing.T) {
	const secret = "hunter2hunter2"
	text := func(bound int) string {
		dsn := "postgres://app:" + secret
		return strings.Repeat("a", bound-len(dsn)-1) + " " + dsn + "@db.internal/orders"
	}
	tests := []struct {
		name   string
		change func(f *report.Failure, text string)
	}{
		{"error", func(f *report.Failure, text string) { f.Err = errors.New(text) }},
		{"panic", func(f *report.Failure, text string) { f.Err, f.Panic = recovered(func() { panic(text) }), true }},
		{"page", func(f *report.Failure, text string) { f.PageErr = errors.New(text) }},
		{"viewer", func(f *report.Failure, text string) { f.Viewer = text }},
		{"warning", func(f *report.Failure, text string) { f.Warnings = []string{text} }},
	}
	for _, tt := range tests {
		for _, bound := range []int{8 << 10, 16 << 10} {
			t.Run(fmt.Sprint(tt.name, " ", bound), func(t *testing.T) {
				tr := newTracker(t, nil)
				f := failure(errors.New("x"))
				tt.change(f, text(bound))
				send(t, hub(t, sdk.ClientOptions{Dsn: tr.dsn()}), context.Background(), f)
				tr.only(t)
				if raw := tr.raw[0]; strings.Contains(raw, secret[:8]) || !strings.Contains(raw, "aaaa") {
					t.Errorf("%d bytes, with the secret: %t", len(raw), strings.Contains(raw, secret[:8]))
				}
			})
		}
	}
}

// A mask that panics costs the texts, not the event.
func TestMaskPanics(t *testing.T) {
	tr := newTracker(t, nil)
	h := hub(t, sdk.ClientOptions{Dsn: tr.dsn()})
	r := exceptionalsentry.New(exceptionalsentry.Options{
		Hub:  func(context.Context) *sdk.Hub { return h },
		Mask: func(string) string { panic("mask") },
	})
	f := failure(errors.New("hunter2"))
	if err := r.Report(context.Background(), f); err != nil {
		t.Error(err)
	}
	if err := r.Flush(context.Background()); err != nil {
		t.Error(err)
	}
	if e := tr.only(t); e.Tags["reference"] != f.Reference || strings.Contains(tr.raw[0], "hunter2") {
		t.Errorf("event = %s", tr.raw[0])
	}
}

// The request of a middleware's hub has the path with its secret. The one that is sent is Failure.Request, in which it is masked.
func TestSecretInThePath(t *testing.T) {
	const secret = "s3cretValueOfTheReset"
	tr := newTracker(t, nil)
	r := httptest.NewRequest("POST", "/reset/"+secret+"?next=/reset/"+secret, nil)
	r.Header.Set("Referer", "https://example.com/reset/"+secret)
	f := failure(errors.New("boom"))
	masked := httptest.NewRequest("POST", "/reset/x?next=/reset/x", nil)
	masked.Header.Set("Referer", "https://example.com/reset/x")
	f.Request, f.Route, f.Path = masked, "/reset/:token", "/reset/•••• (masked)"
	h := hub(t, sdk.ClientOptions{Dsn: tr.dsn()})
	h.Scope().SetRequest(r)
	send(t, h, context.Background(), f)
	if e := tr.only(t); strings.Contains(tr.raw[0], secret) || e.Request.Headers["Referer"] == "" || !strings.HasSuffix(e.Request.URL, "/reset/•••• (masked)") {
		t.Errorf("event = %s", tr.raw[0])
	}
}

// A 404 alone is not reported. The event is about the hook that panicked while it was answered.
func TestHookPanic(t *testing.T) {
	const says = "AugmentResponse: panic: hook broke"
	for _, tt := range []struct {
		err              error
		exception, value string
	}{
		{httperrors.New(404, "No such order."), "panic", says},
		{httperrors.New(500, "").WithCause(errors.New("cause")), "*httperrors.Error", ""},
	} {
		tr := newTracker(t, nil)
		f := failure(tt.err)
		f.HookPanic, f.Warnings = true, []string{says + " password=hunter2"}
		send(t, hub(t, sdk.ClientOptions{Dsn: tr.dsn()}), context.Background(), f)
		e := tr.only(t)
		last := e.Exception[len(e.Exception)-1]
		if last.Type != tt.exception || !strings.Contains(last.Value, tt.value) || e.Tags["hook_panicked"] != "yes" {
			t.Errorf("%v: %s: %q, tags %v", tt.err, last.Type, last.Value, e.Tags)
		}
		if !strings.Contains(tr.raw[0], says) || strings.Contains(tr.raw[0], "hunter2") {
			t.Errorf("%v: event %s", tt.err, tr.raw[0])
		}
		if about := e.Contexts["failure"]["error"]; tt.exception == "panic" && about != f.Err.Error() {
			t.Errorf("error = %v", about)
		}
	}
}

// The SDK filters the query by name, and knows nothing of the addresses in the header. The page behind a link that resets a
// password sends its form with the link in the Referer.
func TestSecretInTheReferer(t *testing.T) {
	tr := newTracker(t, nil)
	r := httptest.NewRequest("POST", "/reset", nil)
	for name, value := range map[string]string{
		"Referer": "https://example.com/reset?token=s3cretT0ken&page=2", "X-Original-Url": "/reset?page=2&password=s3cretT0ken", "X-Plain": "a=1",
	} {
		r.Header.Set(name, value)
	}
	f := failure(errors.New("boom"))
	f.Request, f.Path = r, "/reset"
	send(t, hub(t, sdk.ClientOptions{Dsn: tr.dsn()}), context.Background(), f)
	h := tr.only(t).Request.Headers
	if strings.Contains(tr.raw[0], "s3cretT0ken") || !strings.HasPrefix(h["Referer"], "https://example.com/reset?token=•") || h["X-Plain"] != "a=1" {
		t.Errorf("headers = %q", h)
	}
	if got := r.Header.Get("Referer"); !strings.Contains(got, "s3cretT0ken") {
		t.Errorf("the request was changed: %q", got)
	}
}
