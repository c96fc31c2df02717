package reporting_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exceptional-go/exceptional/internal/reporting"
	"github.com/exceptional-go/exceptional/report"
)

func TestNewFindsEveryMistake(t *testing.T) {
	_, err := reporting.New(report.Options{
		Reporters: []report.Reporter{&collector{}, nil, (*collector)(nil), reporter(nil)},
		Queue:     -1,
		Timeout:   -time.Second,
	})
	if err == nil {
		t.Fatal("New() = nil error")
	}
	for _, want := range []string{"Reporters[1]", "Reporters[2]", "Reporters[3]", "Queue", "Timeout"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
}

func TestNewCopiesOptions(t *testing.T) {
	var a, b collector
	rs := []report.Reporter{&a}
	o := logTo(&recorder{})
	o.Reporters = rs
	p := newPipeline(t, o)
	rs[0] = &b
	handle(p, context.Background(), failure())
	closed(t, p)
	if len(a.all()) != 1 || len(b.all()) != 0 {
		t.Error("a later change of the options had an effect")
	}
}

func TestConstructorsStartNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	o := logTo(&recorder{})
	o.Reporters = []report.Reporter{&collector{}}
	for range 100 {
		newPipeline(t, o)
	}
	if got := runtime.NumGoroutine(); got > before {
		t.Errorf("%d goroutines, %d before", got, before)
	}
}

// A pipeline that is not closed leaves no goroutine behind: synctest.Test fails if one is left.
func TestNotClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r collector
		o := logTo(&recorder{})
		o.Reporters = []report.Reporter{&r}
		p := newPipeline(t, o)
		for range 3 {
			handle(p, context.Background(), failure())
			synctest.Wait()
		}
		if len(r.all()) != 3 {
			t.Errorf("%d failures reported, want 3", len(r.all()))
		}
	})
}

// bad is a reporter for each way to go wrong.
type bad struct {
	how     string
	release chan struct{}
}

func (b *bad) Report(ctx context.Context, f *report.Failure) error {
	switch b.how {
	case "error":
		return errors.New("DSN: no such project\nforged")
	case "error whose text panics":
		return &hostile{"panics"}
	case "panic":
		panic("reporter")
	case "panic with an error that panics":
		panic(&hostile{"panics"})
	case "nil panic":
		panic(nil) //nolint
	case "exit":
		runtime.Goexit()
	case "waits for its context":
		<-ctx.Done()
		return ctx.Err()
	case "blocks for ever":
		<-b.release
	}
	return nil
}

func TestBadReporters(t *testing.T) {
	for _, how := range []string{
		"error", "error whose text panics", "panic", "panic with an error that panics", "nil panic", "exit",
		"waits for its context", "blocks for ever",
	} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &bad{how, make(chan struct{})}
				var good collector
				var r recorder
				o := logTo(&r)
				o.Reporters = []report.Reporter{b, &good}
				p := newPipeline(t, o)

				start := time.Now()
				for range 10 {
					handle(p, context.Background(), failure())
				}
				if d := time.Since(start); d != 0 {
					t.Errorf("the requests waited for %v", d)
				}
				synctest.Wait()
				if len(good.all()) != 10 {
					t.Errorf("the other reporter was called %d times, want 10", len(good.all()))
				}
				if err := p.Close(context.Background()); err != nil {
					t.Errorf("Close() = %v", err)
				}
				s := p.Counts(0)
				if s.NotSent != 10 || s.Sent != 0 {
					t.Errorf("Counts() = %+v, want 10 not sent", s)
				}
				if s.Running > 4 {
					t.Errorf("%d calls are left", s.Running)
				}
				// One record each, and one that says what is wrong.
				all := r.all()
				complaints := 0
				for _, rec := range all {
					if rec.Message == "a reporter does not work" {
						complaints++
						if a := attrsOf(rec); a["reporter"].String() != "*reporting_test.bad" || a["error"].String() == "" || strings.Contains(a["error"].String(), "\n") {
							t.Errorf("complaint = %v", a)
						}
					}
				}
				if len(all)-complaints != 10 || complaints == 0 || complaints > 2 {
					t.Errorf("%d records, %d of them complaints", len(all), complaints)
				}
				close(b.release)
			})
		})
	}
}

// A reporter that hangs is left alone until a call of it comes back.
func TestReporterRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bad{"blocks for ever", make(chan struct{})}
		o := logTo(&recorder{})
		o.Reporters = []report.Reporter{b}
		p := newPipeline(t, o)
		for range 20 {
			handle(p, context.Background(), failure())
		}
		time.Sleep(time.Minute)
		s := p.Counts(0)
		if s.NotSent != 20 || s.Running != 4 || s.Waiting != 0 {
			t.Fatalf("Counts() = %+v", s)
		}
		close(b.release)
		synctest.Wait()
		handle(p, context.Background(), failure())
		closed(t, p)
		if s := p.Counts(0); s.Sent != 1 || s.Running != 0 {
			t.Errorf("Counts() = %+v", s)
		}
	})
}

func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var rec recorder
		o := logTo(&rec)
		o.Queue = 8
		var first, last string
		o.Reporters = []report.Reporter{reporter(func(_ context.Context, f *report.Failure) error {
			<-release
			if first == "" {
				first = f.Path
			}
			last = f.Path
			return nil
		})}
		p := newPipeline(t, o)
		for i := range 100 {
			f := failure()
			f.Path = fmt.Sprint("/", i)
			handle(p, context.Background(), f)
			synctest.Wait()
		}
		if s := p.Counts(0); s.Waiting != 8 || s.NotSent != 100-8-1 {
			t.Errorf("Counts() = %+v", s)
		}
		complaints := 0
		for _, r := range rec.all() {
			if r.Message == "a reporter does not work" && strings.Contains(attrsOf(r)["error"].String(), "queue is full") {
				complaints++
			}
		}
		if complaints != 1 {
			t.Errorf("%d records say that the queue is full, want one", complaints)
		}
		close(release)
		closed(t, p)
		if first != "/0" || last != "/8" {
			t.Errorf("reported %s to %s, want those that came first in their order", first, last)
		}
	})
}

func TestReporterContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		o := logTo(&recorder{})
		o.Timeout = 3 * time.Second
		o.Reporters = []report.Reporter{reporter(func(ctx context.Context, f *report.Failure) error {
			if ctx.Err() != nil {
				t.Error("the context ended with the request")
			}
			if ctx.Value(key{}) != "v" {
				t.Error("the context lost its values")
			}
			if d, ok := ctx.Deadline(); !ok || time.Until(d) != 3*time.Second {
				t.Errorf("Deadline() = %v", d)
			}
			return nil
		})}
		p := newPipeline(t, o)
		ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "v"))
		cancel()
		handle(p, ctx, failure())
		closed(t, p)
	})
}

func TestReporterGetsACopyOfTheRequest(t *testing.T) {
	var r collector
	o := logTo(&recorder{})
	o.Reporters = []report.Reporter{&r}
	p := newPipeline(t, o)
	req := httptest.NewRequest("POST", "/orders?x=1", strings.NewReader("body"))
	req.Header.Set("X-A", "1")
	f := failure()
	f.Request, f.Path = req, req.URL.Path
	handle(p, context.Background(), f)
	req.Header.Set("X-A", "2")
	req.URL.Path = "/changed"
	closed(t, p)
	got := r.all()[0].Request
	if got == req || got.Header.Get("X-A") != "1" || got.URL.String() != "/orders?x=1" || got.Body != http.NoBody || got.Context() != context.Background() {
		t.Errorf("Request = %+v", got)
	}
}

// What the log masks in a path is masked in every form in which a reporter could find it.
func TestReporterGetsNoSecretOfThePath(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
	const hidden = "•••• (masked)"
	tests := []struct {
		name, target, masked string // masked is Failure.Path
		secrets              []string
		headers              []string // of which the last must stay as it is
		path, query          string   // what is left
	}{
		{
			name: "by name", target: "/reset/s3cret-T0ken?page=2", masked: "/reset/" + hidden, secrets: []string{"s3cret"},
			headers: []string{"Referer", "http://example.com/reset/s3cret-T0ken/confirm", "X-Plain", "/reset/others"},
			path:    "/reset/" + hidden, query: "page=2",
		},
		{
			name: "escaped", target: "/reset/s3cret%2fT0ken%20x/edit", masked: "/reset/" + hidden + "/edit", secrets: []string{"s3cret", "T0ken"},
			headers: []string{"HX-Current-URL", "http://example.com/reset/s3cret%2fT0ken%20x/edit", "X-Again", "s3cret%2FT0ken+x", "X-More", "s3cret/T0ken x", "X-Plain", "edit"},
			path:    "/reset/" + hidden + "/edit",
		},
		{
			name: "in the query as well", target: "/reset/s3cret-T0ken?next=/reset/s3cret-T0ken&page=2", masked: "/reset/" + hidden, secrets: []string{"s3cret"},
			headers: []string{"X-Plain", "x"},
			path:    "/reset/" + hidden, query: "next=/reset/" + hidden + "&page=2",
		},
		{
			name: "in absolute form", target: "http://user:s3cret-pass@example.com/reset/s3cret-T0ken", masked: "/reset/" + hidden, secrets: []string{"s3cret"},
			headers: []string{"X-Plain", "x"},
			path:    "/reset/" + hidden,
		},
		{
			name: "two, one of them short", target: "/s3cret-T0ken/pin/4711/x", masked: "/" + hidden + "/pin/" + hidden + "/x", secrets: []string{"s3cret", "/4711"},
			headers: []string{"Referer", "https://example.com/s3cret-T0ken/pin/4711/x?a", "X-Plain", "4711"},
			path:    "/" + hidden + "/pin/" + hidden + "/x",
		},
		{
			name: "by shape", target: "/orders/" + jwt, masked: "/orders/" + jwt, secrets: []string{jwt},
			headers: []string{"Referer", "https://example.com/orders/" + jwt, "X-Plain", "x"},
			path:    "/orders/" + hidden,
		},
		{
			name: "the path not given", target: "/orders/" + jwt, masked: "", secrets: []string{jwt},
			headers: []string{"X-Plain", "x"},
			path:    "/orders/" + hidden,
		},
		{
			name: "nothing in common", target: "/reset/s3cret-T0ken", masked: "/somewhere/else", secrets: []string{"s3cret"},
			headers: []string{"Referer", "/reset/s3cret-T0ken", "X-Plain", "x"},
			path:    "/somewhere/else",
		},
		{
			name: "no secret", target: "/orders/a%2Fb?x=1", masked: "/orders/a/b", headers: []string{"Referer", "http://example.com/orders/a%2Fb"},
			path: "/orders/a/b", query: "x=1",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r collector
			o := logTo(&recorder{})
			o.Reporters = []report.Reporter{&r, &collector{}}
			p := newPipeline(t, o)
			req := httptest.NewRequest("GET", tt.target, nil)
			for i := 0; i < len(tt.headers); i += 2 {
				req.Header.Set(tt.headers[i], tt.headers[i+1])
			}
			before := fmt.Sprint(req.URL, req.RequestURI, req.Header)
			f := failure()
			f.Path, f.Request = tt.masked, req
			handle(p, context.Background(), f)
			closed(t, p)
			f = r.all()[0]
			got := f.Request
			all := fmt.Sprintf("%s %+v %s %s %v", f.Path, got.URL, got.URL, got.RequestURI, got.Header)
			for _, s := range tt.secrets {
				if strings.Contains(all, s) {
					t.Errorf("%q is in %s", s, all)
				}
			}
			if got.URL.Path != tt.path || tt.masked != "" && f.Path != tt.path || got.URL.RawQuery != tt.query {
				t.Errorf("path %q of %q, query %q", got.URL.Path, f.Path, got.URL.RawQuery)
			}
			if tt.secrets == nil && (got.URL.String() != req.URL.String() || got.RequestURI != req.RequestURI) {
				t.Errorf("URL %q and %q", got.URL, got.RequestURI)
			}
			if n := len(tt.headers); got.Header.Get(tt.headers[n-2]) != tt.headers[n-1] {
				t.Errorf("header = %v", got.Header)
			}
			if _, err := url.ParseRequestURI(got.RequestURI); err != nil {
				t.Error(err)
			}
			if after := fmt.Sprint(req.URL, req.RequestURI, req.Header); after != before {
				t.Errorf("the request was changed: %s", after)
			}
		})
	}
}

// A failure without reporters does not keep the request alive, and costs no copy.
func TestNoReporterNoCopy(t *testing.T) {
	p := newPipeline(t, logTo(&recorder{}))
	f := failure()
	f.Request = httptest.NewRequest("GET", "/", nil)
	req := f.Request
	handle(p, context.Background(), f)
	if f.Request != req {
		t.Error("the request was copied")
	}
}

type flusher struct {
	collector
	flush func(context.Context) error
}

func (f *flusher) Flush(ctx context.Context) error { return f.flush(ctx) }

func TestClose(t *testing.T) {
	ctx := context.Background()
	t.Run("nothing to do", func(t *testing.T) {
		o := logTo(&recorder{})
		o.Reporters = []report.Reporter{&collector{}}
		p := newPipeline(t, o)
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := p.Close(ended); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	t.Run("drains, then flushes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var r flusher
			r.flush = func(ctx context.Context) error {
				if n := len(r.all()); n != 50 {
					t.Errorf("flushed after %d failures", n)
				}
				return nil
			}
			o := logTo(&recorder{})
			o.Reporters = []report.Reporter{&r}
			p := newPipeline(t, o)
			for range 50 {
				handle(p, ctx, failure())
			}
			closed(t, p)
			if len(r.all()) != 50 {
				t.Errorf("%d failures reported", len(r.all()))
			}
		})
	})
	t.Run("gives up when its context ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := &bad{"blocks for ever", make(chan struct{})}
			o := logTo(&recorder{})
			o.Reporters = []report.Reporter{b, &bad{"waits for its context", nil}, &collector{}}
			p := newPipeline(t, o)
			for range 3 {
				handle(p, ctx, failure())
			}
			synctest.Wait()
			start := time.Now()
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			err := p.Close(ctx)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "*reporting_test.bad: gave up 2 waiting failures") {
				t.Errorf("Close() = %v", err)
			}
			if d := time.Since(start); d != time.Second {
				t.Errorf("Close took %v", d)
			}
			close(b.release)
		})
	})
	t.Run("flush fails in every way", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			o := logTo(&recorder{})
			o.Reporters = []report.Reporter{
				&flusher{flush: func(context.Context) error { return errors.New("429") }},
				&flusher{flush: func(context.Context) error { panic("flush") }},
				&flusher{flush: func(context.Context) error { runtime.Goexit(); return nil }},
				&flusher{flush: func(ctx context.Context) error { <-release; return nil }},
			}
			p := newPipeline(t, o)
			err := p.Close(ctx)
			for _, want := range []string{"flush: 429", "flush: panic: flush", "flush: no answer: it ended its goroutine", "flush: took too long"} {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in %v", want, err)
				}
			}
			if again := p.Close(ctx); again == nil || again.Error() != err.Error() {
				t.Errorf("second Close() = %v", again)
			}
			close(release)
		})
	})
	t.Run("logs but does not report afterwards", func(t *testing.T) {
		var rec recorder
		var r collector
		o := logTo(&rec)
		o.Reporters = []report.Reporter{&r}
		p := newPipeline(t, o)
		closed(t, p)
		handle(p, ctx, failure())
		rec.only(t)
		if len(r.all()) != 0 || p.Counts(0).NotSent != 1 {
			t.Errorf("reported after Close: %+v", p.Counts(0))
		}
	})
	t.Run("many at once", func(t *testing.T) {
		var r collector
		o := logTo(&recorder{level: 100})
		o.Queue = 10_000
		o.Reporters = []report.Reporter{&r}
		p := newPipeline(t, o)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 100 {
					handle(p, ctx, failure())
				}
			})
			wg.Go(func() { closed(t, p) })
		}
		wg.Wait()
		closed(t, p)
		s := p.Counts(0)
		if s.Sent+s.NotSent != 800 || int(s.Sent) != len(r.all()) {
			t.Errorf("Counts() = %+v, %d reported", s, len(r.all()))
		}
	})
}

// live is a SyncReporter and a Tracer.
type live struct {
	collector
	now   func(ctx context.Context, f *report.Failure)
	trace func(ctx context.Context) (string, string)
}

func (l *live) ReportNow(ctx context.Context, f *report.Failure)   { l.now(ctx, f) }
func (l *live) Trace(ctx context.Context) (traceID, spanID string) { return l.trace(ctx) }

func TestSyncReporter(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var seen []bool
	r := &live{now: func(c context.Context, f *report.Failure) {
		if c != ctx {
			t.Error("ReportNow did not get the request's context")
		}
		seen = append(seen, f.Reported)
	}}
	o := logTo(&recorder{})
	bad := &live{now: func(context.Context, *report.Failure) { panic("now") }}
	o.Reporters = []report.Reporter{bad, r}
	p := newPipeline(t, o)
	handle(p, ctx, own(404))
	handle(p, ctx, failure())
	// Without waiting: it was called in line.
	if len(seen) != 2 || seen[0] || !seen[1] {
		t.Errorf("Reported = %v, want false and true", seen)
	}
	closed(t, p)
	if len(r.all()) != 1 {
		t.Errorf("%d failures reported, want 1", len(r.all()))
	}
	if s := p.Counts(0); s.NotSent != 2 || s.Sent != 1 {
		t.Errorf("Counts() = %+v", s)
	}
}

func TestListening(t *testing.T) {
	quiet := logTo(&recorder{level: slog.LevelWarn})
	reported := quiet
	reported.Reporters = []report.Reporter{&collector{}}
	watched := quiet
	watched.Reporters = []report.Reporter{&live{}}
	broken := logTo(&badHandler{enabled: "enabled"})
	tests := []struct {
		name string
		o    report.Options
		f    *report.Failure
		want bool
	}{
		{"404 below the level", quiet, own(404), false},
		{"404 at the level", logTo(&recorder{}), own(404), true},
		{"404 that is not reported", reported, own(404), false},
		{"404 and a tracer", watched, own(404), true},
		{"500", quiet, own(500), true},
		{"reported by policy", quiet, failure(), true},
		{"logger panics", broken, own(404), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := newPipeline(t, tt.o).Listening(context.Background(), tt.f); got != tt.want {
				t.Errorf("Listening() = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestTrace(t *testing.T) {
	h := http.Header{"Traceparent": {"00-" + strings.Repeat("a", 32) + "-" + strings.Repeat("b", 16) + "-01"}}
	tests := []struct {
		name  string
		trace func(context.Context) (string, string)
		h     http.Header
		want  string
	}{
		{"no tracer", nil, h, strings.Repeat("a", 32)},
		{"neither", nil, nil, ""},
		{"the span comes first", func(context.Context) (string, string) { return "t", "s" }, h, "t"},
		{"no span", func(context.Context) (string, string) { return "", "" }, h, strings.Repeat("a", 32)},
		{"panics", func(context.Context) (string, string) { panic("trace") }, h, strings.Repeat("a", 32)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := logTo(&recorder{})
			if tt.trace != nil {
				o.Reporters = []report.Reporter{&live{trace: tt.trace}}
			}
			p := newPipeline(t, o)
			if got, _ := p.Trace(context.Background(), tt.h); got != tt.want {
				t.Errorf("Trace() = %q, want %q", got, tt.want)
			}
		})
	}
}

// Ten thousand failures in a second, each with a request of 96 KiB, while the error tracker takes connections but never
// answers, leave no more behind than the queue holds.
func TestOutageHoldsMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := reporter(func(ctx context.Context, _ *report.Failure) error { <-ctx.Done(); return ctx.Err() })
		o := logTo(&recorder{level: 100})
		o.Reporters = []report.Reporter{dead, dead}
		p := newPipeline(t, o)
		big := "/" + strings.Repeat("x", 32<<10)

		burst := func() {
			for range 10_000 {
				f := failure()
				f.Request = &http.Request{
					URL:    &url.URL{Path: strings.Clone(big), RawQuery: strings.Clone(big)},
					Header: http.Header{"X-Big": {strings.Clone(big)}},
				}
				f.Path = f.Request.URL.Path
				handle(p, context.Background(), f)
			}
		}
		burst()
		time.Sleep(time.Second)
		before, goroutines := heap(), runtime.NumGoroutine()
		burst()
		time.Sleep(time.Second)
		if after := heap(); after > before+8<<20 {
			t.Errorf("the heap grew from %d to %d KiB", before>>10, after>>10)
		}
		if got := runtime.NumGoroutine(); got > goroutines {
			t.Errorf("%d goroutines, %d before", got, goroutines)
		}
		if before > 64<<20 {
			t.Errorf("a full queue takes %d KiB", before>>10)
		}
		for i := range o.Reporters {
			if s := p.Counts(i); s.Waiting > 128 {
				t.Errorf("Counts() = %+v", s)
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := p.Close(ctx); err == nil {
			t.Error("Close() = nil, but failures were given up")
		}
		synctest.Wait()
	})
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestShared(t *testing.T) {
	var a, b collector
	o := logTo(&recorder{})
	o.Reporters = []report.Reporter{&a, &b, reporter(func(_ context.Context, f *report.Failure) error { _ = f.Request.Header.Get("A"); return f.Err })}
	o.LogStack = true
	p := newPipeline(t, o)
	shared := failure()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				f := *shared
				f.Request = httptest.NewRequest("GET", "/", nil)
				handle(p, context.Background(), &f)
			}
		})
	}
	wg.Wait()
	closed(t, p)
}
