package otel_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/exceptional-go/exceptional"
	exceptionalotel "github.com/exceptional-go/exceptional/contrib/otel"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// backend is an OpenTelemetry that keeps everything in memory.
type backend struct {
	spans   *tracetest.SpanRecorder
	tracer  trace.Tracer
	reader  *sdkmetric.ManualReader
	meters  *sdkmetric.MeterProvider
	logs    *keeper
	loggers *sdklog.LoggerProvider
}

// keeper is a log processor that keeps the records.
type keeper struct {
	mu      sync.Mutex
	records []sdklog.Record
}

func (k *keeper) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }
func (k *keeper) Shutdown(context.Context) error                         { return nil }
func (k *keeper) ForceFlush(context.Context) error                       { return nil }
func (k *keeper) OnEmit(_ context.Context, r *sdklog.Record) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.records = append(k.records, r.Clone())
	return nil
}

func newBackend() *backend {
	b := &backend{spans: tracetest.NewSpanRecorder(), reader: sdkmetric.NewManualReader(), logs: &keeper{}}
	b.tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(b.spans)).Tracer("test")
	b.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(b.reader))
	b.loggers = sdklog.NewLoggerProvider(sdklog.WithProcessor(b.logs))
	return b
}

// handle passes f to a reporter inside a span, and returns the span.
func (b *backend) handle(t testing.TB, exceptions string, f *report.Failure) sdktrace.ReadOnlySpan {
	t.Helper()
	p := b.pipeline(t, exceptions)
	ctx, span := b.tracer.Start(context.Background(), "GET /orders/:id", trace.WithSpanKind(trace.SpanKindServer))
	p.Handle(ctx, f)
	span.End()
	if err := p.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	ended := b.spans.Ended()
	return ended[len(ended)-1]
}

// A pipeline calls a reporter as package report describes it.
type pipeline struct {
	reporter *exceptionalotel.Reporter
	calls    sync.WaitGroup
	mu       sync.Mutex
	err      error
}

func (b *backend) pipeline(t testing.TB, exceptions string) *pipeline {
	t.Helper()
	r, err := exceptionalotel.New(exceptionalotel.Options{MeterProvider: b.meters, LoggerProvider: b.loggers, Exceptions: exceptions})
	if err != nil {
		t.Fatal(err)
	}
	return &pipeline{reporter: r}
}

func (p *pipeline) Handle(ctx context.Context, f *report.Failure) {
	f.Reported = report.DefaultPolicy(f)
	p.reporter.ReportNow(ctx, f)
	if !f.Reported {
		return
	}
	p.calls.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err := p.reporter.Report(ctx, f)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.err = errors.Join(p.err, err)
	})
}

func (p *pipeline) Close() error {
	p.calls.Wait()
	return p.err
}

func failure(err error) *report.Failure {
	e, origin := httperrors.Resolve(err)
	return &report.Failure{
		Err: err, Resolved: e, Origin: origin, Status: e.StatusCode(), Method: "GET", Route: "/orders/:id", Path: "/orders/7",
		Format: "html", Step: "builtin", Duration: 20 * time.Millisecond, Time: time.Now(), Reference: "7K3F-9Q2M-4TXV",
	}
}

func attrsOf(kvs []attribute.KeyValue) map[string]string {
	m := map[string]string{}
	for _, kv := range kvs {
		m[string(kv.Key)] = kv.Value.String()
	}
	return m
}

func TestSpan(t *testing.T) {
	tests := []struct {
		name      string
		err       error
		change    func(f *report.Failure)
		status    codes.Code
		errorType string
		events    int
	}{
		{"foreign", errors.New("x"), nil, codes.Error, "500", 1},
		{"own 500", httperrors.New(500, ""), nil, codes.Error, "500", 1},
		{"own 503 with a code", httperrors.New(503, "").WithCode("shop-closed"), nil, codes.Error, "shop-closed", 1},
		{"own 500 not to be reported", httperrors.New(500, "").WithReport(false), nil, codes.Error, "500", 0},
		{"404", httperrors.New(404, ""), nil, codes.Unset, "", 0},
		{"404 to be reported", httperrors.New(404, "").WithReport(true), nil, codes.Unset, "", 1},
		{"404 whose page failed", httperrors.New(404, ""), func(f *report.Failure) { f.PageErr = errors.New("page") }, codes.Unset, "", 1},
		{"404 whose hook panicked", httperrors.New(404, ""), func(f *report.Failure) { f.HookPanic = true }, codes.Unset, "", 1},
		{"429", httperrors.New(429, ""), nil, codes.Unset, "", 0},
		{"redirect", httperrors.Redirect(302, "/x"), nil, codes.Unset, "", 0},
		{"client disconnected", errors.New("x"), func(f *report.Failure) { f.ClientGone, f.Status = true, 499 }, codes.Unset, "", 0},
		{"panic", errors.New("x"), func(f *report.Failure) { f.Panic = true }, codes.Error, "500", 1},
		{"after 200", errors.New("x"), func(f *report.Failure) { f.AfterCommit, f.Status = true, 200 }, codes.Error, "500", 1},
		{"404 after 200", httperrors.New(404, ""), func(f *report.Failure) { f.AfterCommit, f.Status = true, 200 }, codes.Unset, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := failure(tt.err)
			if tt.change != nil {
				tt.change(f)
			}
			s := newBackend().handle(t, exceptionalotel.SpanEvents, f)
			if got := s.Status(); got.Code != tt.status || got.Description != "" {
				t.Errorf("status = %+v, want %v", got, tt.status)
			}
			got := attrsOf(s.Attributes())
			if got["error.type"] != tt.errorType {
				t.Errorf("error.type = %q, want %q", got["error.type"], tt.errorType)
			}
			if got["exceptional.reference"] != "7K3F-9Q2M-4TXV" {
				t.Errorf("reference = %q", got["exceptional.reference"])
			}
			if _, has := got["http.response.status_code"]; has == (f.AfterCommit || f.ClientGone) {
				t.Errorf("http.response.status_code = %q", got["http.response.status_code"])
			}
			if n := len(s.Events()); n != tt.events {
				t.Errorf("%d events, want %d", n, tt.events)
			}
		})
	}
}

func here() []uintptr {
	var pcs [8]uintptr
	return pcs[:runtime.Callers(2, pcs[:])]
}

func TestExceptionGoesWhereItShould(t *testing.T) {
	tests := []struct {
		option, env string
		span, log   int
	}{
		{"", "", 1, 0},
		{"", "nonsense", 1, 0},
		{"", "logs", 0, 1},
		{"", " logs/dup ", 1, 1},
		{exceptionalotel.SpanEvents, "logs", 1, 0},
		{exceptionalotel.Logs, "", 0, 1},
		{exceptionalotel.Both, "logs", 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.option+" "+tt.env, func(t *testing.T) {
			t.Setenv("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", tt.env)
			b := newBackend()
			f := failure(fmt.Errorf("load: %w", &foreign{"password=hunter2"}))
			f.Stack = here()
			s := b.handle(t, tt.option, f)
			if len(s.Events()) != tt.span || len(b.logs.records) != tt.log {
				t.Fatalf("%d events and %d records, want %d and %d", len(s.Events()), len(b.logs.records), tt.span, tt.log)
			}
			check := func(got map[string]string) {
				t.Helper()
				if got["exception.type"] != "*otel_test.foreign" || !strings.HasPrefix(got["exception.message"], "load: password=") ||
					strings.Contains(got["exception.message"], "hunter2") || got["exceptional.reference"] != "7K3F-9Q2M-4TXV" {
					t.Errorf("exception = %v", got)
				}
				if st := got["exception.stacktrace"]; !strings.Contains(st, "otel_test.TestExceptionGoesWhereItShould") || !strings.Contains(st, "otel_test.go:") {
					t.Errorf("stack = %q", st)
				}
			}
			for _, e := range s.Events() {
				if e.Name != "exception" {
					t.Errorf("event = %q", e.Name)
				}
				check(attrsOf(e.Attributes))
			}
			for _, r := range b.logs.records {
				var kvs []attribute.KeyValue
				r.WalkAttributes(func(kv attribute.KeyValue) bool { kvs = append(kvs, kv); return true })
				got := attrsOf(kvs)
				check(got)
				if r.EventName() != "http.server.request.exception" || r.SeverityText() != "ERROR" || !r.Timestamp().Equal(f.Time) {
					t.Errorf("record = %q %q %v", r.EventName(), r.SeverityText(), r.Timestamp())
				}
				if c := s.SpanContext(); r.TraceID() != c.TraceID() || r.SpanID() != c.SpanID() || r.TraceFlags() != c.TraceFlags() {
					t.Errorf("the record is of trace %v, span %v, want %v", r.TraceID(), r.SpanID(), c)
				}
				if got["http.route"] != "/orders/:id" || got["http.response.status_code"] != "500" || got["error.type"] != "500" {
					t.Errorf("attributes = %v", got)
				}
			}
		})
	}
}

// foreign is an error type of another package.
type foreign struct{ text string }

func (e *foreign) Error() string { return e.text }

// The environment is read when it is needed, not by the constructor.
func TestOptInIsReadLate(t *testing.T) {
	b := newBackend()
	p := b.pipeline(t, "")
	t.Setenv("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", "logs")
	p.Handle(context.Background(), failure(errors.New("x")))
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if len(b.logs.records) != 1 {
		t.Errorf("%d records, want 1", len(b.logs.records))
	}
}

func TestExceptionType(t *testing.T) {
	var nilErr *foreign
	panicWith := func(v any) error {
		return exceptional.Recover()(func(echo.Context) error { panic(v) })(nil)
	}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"plain", errors.New("x"), "*errors.errorString"},
		{"wrapped", fmt.Errorf("a: %w", fmt.Errorf("b: %w", &foreign{})), "*otel_test.foreign"},
		{"own", httperrors.New(500, ""), "*httperrors.Error"},
		{"joined", errors.Join(errors.New("a"), errors.New("b")), "*errors.joinError"},
		{"panic with a string", panicWith("boom"), "string"},
		{"panic with an error", panicWith(&foreign{}), "*otel_test.foreign"},
		{"nil pointer", nilErr, "*otel_test.foreign"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := failure(errors.New("x"))
			f.Err = tt.err
			s := newBackend().handle(t, exceptionalotel.SpanEvents, f)
			if got := attrsOf(s.Events()[0].Attributes)["exception.type"]; got != tt.want {
				t.Errorf("exception.type = %q, want %q", got, tt.want)
			}
		})
	}
}

type hostile struct{ how string }

func (e *hostile) Error() string {
	if e.how == "Error panics" {
		panic("Error")
	}
	return strings.Repeat("ü", 1<<20)
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
	return []uintptr{1, 2, 3}
}

func TestHostileErrors(t *testing.T) {
	for _, how := range []string{"Error panics", "cycle", "Unwrap panics", "StackTrace panics", "huge"} {
		t.Run(how, func(t *testing.T) {
			f := failure(errors.New("x"))
			f.Err = &hostile{how}
			s := newBackend().handle(t, exceptionalotel.Both, f)
			if len(s.Events()) != 1 {
				t.Fatalf("%d events", len(s.Events()))
			}
			if n := len(attrsOf(s.Events()[0].Attributes)["exception.message"]); n == 0 || n > 9<<10 {
				t.Errorf("a message of %d bytes", n)
			}
		})
	}
}

func TestNoSpanAndEndedSpan(t *testing.T) {
	b := newBackend()
	p := b.pipeline(t, exceptionalotel.SpanEvents)
	p.Handle(context.Background(), failure(errors.New("x")))
	ctx, span := b.tracer.Start(context.Background(), "s")
	span.End()
	p.Handle(ctx, failure(errors.New("x")))
	if s := b.spans.Ended()[0]; len(s.Events()) != 0 || s.Status().Code != codes.Unset {
		t.Errorf("span = %v %v", s.Events(), s.Status())
	}
}

func TestTrace(t *testing.T) {
	b := newBackend()
	p := b.pipeline(t, "")
	ctx, span := b.tracer.Start(context.Background(), "s")
	defer span.End()
	traceID, spanID := p.reporter.Trace(ctx)
	if traceID != span.SpanContext().TraceID().String() || spanID != span.SpanContext().SpanID().String() {
		t.Errorf("Trace() = %q, %q", traceID, spanID)
	}
	if traceID, spanID := p.reporter.Trace(context.Background()); traceID+spanID != "" {
		t.Errorf("Trace() = %q, %q without a span", traceID, spanID)
	}
}

// points returns what a counter or the count of a histogram says, by its attributes.
func (b *backend) points(t *testing.T, name string) map[string]int64 {
	t.Helper()
	var rm metricdata.ResourceMetrics
	if err := b.reader.Collect(context.Background(), &rm); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, sm := range rm.ScopeMetrics {
		for _, m := range sm.Metrics {
			if m.Name != name {
				continue
			}
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				if !d.IsMonotonic {
					t.Errorf("%s is not a counter", name)
				}
				for _, p := range d.DataPoints {
					got[describe(p.Attributes)] = p.Value
				}
			case metricdata.Histogram[float64]:
				for _, p := range d.DataPoints {
					got[describe(p.Attributes)] = int64(p.Count)
				}
			}
		}
	}
	return got
}

func describe(s attribute.Set) string {
	var parts []string
	for _, kv := range s.ToSlice() {
		parts = append(parts, strings.TrimPrefix(string(kv.Key), "exceptional.")+"="+kv.Value.String())
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

func TestMetrics(t *testing.T) {
	b := newBackend()
	p := b.pipeline(t, "")
	ctx := context.Background()
	for range 3 {
		f := failure(httperrors.New(404, ""))
		f.Viewer = "not a member"
		p.Handle(ctx, f)
	}
	f := failure(errors.New("x"))
	f.Technical, f.Viewer = true, "superuser and member"
	p.Handle(ctx, f)
	f = failure(errors.New("x"))
	f.Panic, f.AfterCommit, f.Status, f.Duration, f.Format, f.Step = true, true, 200, 0, "", ""
	p.Handle(ctx, f)

	want := map[string]int64{
		"format=html http.response.status_code=404 http.route=/orders/:id origin=own step=builtin":                    3,
		"error.type=500 format=html http.response.status_code=500 http.route=/orders/:id origin=unknown step=builtin": 1,
	}
	if got := b.points(t, "exceptional.failure.duration"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("durations = %v, want %v", got, want)
	}
	want["after_commit=true error.type=500 http.response.status_code=200 http.route=/orders/:id origin=unknown panic=true"] = 1
	if got := b.points(t, "exceptional.failures"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("failures = %v, want %v", got, want)
	}
	if got := b.points(t, "exceptional.technical_pages"); got["outcome=shown"] != 1 || got["outcome=refused"] != 3 {
		t.Errorf("pages = %v", got)
	}
}

// A scanner cannot make up time series.
func TestMetricsCardinality(t *testing.T) {
	b := newBackend()
	p := b.pipeline(t, "")
	for i := range 1000 {
		f := failure(httperrors.New(404, "").WithCause(fmt.Errorf("no %d", i)))
		f.Route, f.Path, f.Method = "", fmt.Sprint("/", i), fmt.Sprint("M", i)
		f.User, f.RequestID, f.Host, f.RemoteAddr = f.Path, f.Path, f.Path, f.Path
		p.Handle(context.Background(), f)
	}
	if got := b.points(t, "exceptional.failures"); len(got) != 1 {
		t.Errorf("%d time series", len(got))
	}
}

func TestObserveCache(t *testing.T) {
	b := newBackend()
	s := exceptionalotel.CacheStats{Hits: 7, Misses: 2, Loads: 3, Failures: 1}
	reg, err := exceptionalotel.ObserveCache(b.meters, func() exceptionalotel.CacheStats { return s })
	if err != nil {
		t.Fatal(err)
	}
	if got := b.points(t, "exceptional.group_cache.lookups"); got["result=hit"] != 7 || got["result=miss"] != 2 {
		t.Errorf("lookups = %v", got)
	}
	s.Loads, s.Failures = 4, 2
	if got := b.points(t, "exceptional.group_cache.loads"); got[""] != 4 {
		t.Errorf("loads = %v", got)
	}
	if got := b.points(t, "exceptional.group_cache.failures"); got[""] != 2 {
		t.Errorf("failures = %v", got)
	}
	if err := reg.Unregister(); err != nil {
		t.Error(err)
	}
	if _, err := exceptionalotel.ObserveCache(nil, nil); err == nil {
		t.Error("ObserveCache(nil, nil) = nil error")
	}
}

func TestNew(t *testing.T) {
	if _, err := exceptionalotel.New(exceptionalotel.Options{Exceptions: "spans"}); err == nil || !strings.Contains(err.Error(), "spans") {
		t.Errorf("New() = %v", err)
	}
	// With the global providers, which do nothing until they are set.
	r, err := exceptionalotel.New(exceptionalotel.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := failure(errors.New("x"))
	f.Reported = true
	r.ReportNow(context.Background(), f)
	if err := r.Report(context.Background(), f); err != nil {
		t.Error(err)
	}
}

func BenchmarkReportNow(b *testing.B) {
	be := newBackend()
	p := be.pipeline(b, "")
	base := failure(httperrors.New(404, ""))
	b.ReportAllocs()
	for b.Loop() {
		f := *base
		p.Handle(context.Background(), &f)
	}
}

// A bound that cuts a text in the middle of a secret leaves no half of it.
func TestSecretAtTheCut(t *testing.T) {
	const secret = "hunter2hunter2"
	dsn := "postgres://app:" + secret
	for _, bound := range []int{8 << 10, 16 << 10} {
		text := strings.Repeat("a", bound-len(dsn)-1) + " " + dsn + "@db.internal/orders"
		b := newBackend()
		s := b.handle(t, exceptionalotel.Both, failure(errors.New(text)))
		if len(s.Events()) != 1 || len(b.logs.records) != 1 {
			t.Fatalf("%d events, %d records", len(s.Events()), len(b.logs.records))
		}
		if got := fmt.Sprint(s.Events(), recordAttrs(b.logs.records[0])); strings.Contains(got, secret[:8]) || !strings.Contains(got, "aaaa") {
			t.Errorf("%d bytes: the secret is sent: %t", bound, strings.Contains(got, secret[:8]))
		}
	}
}

func recordAttrs(r sdklog.Record) map[string]string {
	var kvs []attribute.KeyValue
	r.WalkAttributes(func(kv attribute.KeyValue) bool { kvs = append(kvs, kv); return true })
	return attrsOf(kvs)
}

// A mask that panics costs the texts, not the rest.
func TestMaskPanics(t *testing.T) {
	b := newBackend()
	r, err := exceptionalotel.New(exceptionalotel.Options{
		MeterProvider: b.meters, Exceptions: exceptionalotel.SpanEvents,
		Mask: func(string) string { panic("mask") },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, span := b.tracer.Start(context.Background(), "s")
	f := failure(errors.New("hunter2"))
	f.Reported = true
	r.ReportNow(ctx, f)
	span.End()
	s := b.spans.Ended()[0]
	if len(s.Events()) != 1 || strings.Contains(fmt.Sprint(s.Events()), "hunter2") {
		t.Errorf("events = %v", s.Events())
	}
	if got := b.points(t, "exceptional.failures"); len(got) != 1 {
		t.Errorf("failures = %v", got)
	}
}

// The path is on no signal, for it may be a secret; and so is nothing else of the request, which ReportNow sees as it came.
func TestNothingOfTheRequest(t *testing.T) {
	const secret = "s3cretValueOfTheReset"
	r := httptest.NewRequest("GET", "/reset/"+secret+"?q="+secret, nil)
	r.Header.Set("Referer", "/reset/"+secret)
	f := failure(errors.New("boom"))
	f.Request, f.Route, f.Path, f.Host, f.User = r, "/reset/:token", "/reset/"+secret, secret, secret
	b := newBackend()
	s := b.handle(t, exceptionalotel.Both, f)
	if len(b.logs.records) != 1 || len(s.Events()) != 1 {
		t.Fatalf("%d records, %d events", len(b.logs.records), len(s.Events()))
	}
	all := fmt.Sprint(s.Attributes(), s.Events(), recordAttrs(b.logs.records[0]), b.logs.records[0].Body(), b.points(t, "exceptional.failures"))
	if strings.Contains(all, secret) {
		t.Errorf("signals = %s", all)
	}
}

// stuck is a log processor behind which an exporter hangs until its context ends.
type stuck struct {
	keeper
	called chan struct{}
}

func (s *stuck) OnEmit(ctx context.Context, r *sdklog.Record) error {
	close(s.called)
	<-ctx.Done()
	return ctx.Err()
}

// What the SDK does with a record delays no response.
func TestStuckExporterDelaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stuck{called: make(chan struct{})}
		b := newBackend()
		b.loggers = sdklog.NewLoggerProvider(sdklog.WithProcessor(s))
		p := b.pipeline(t, exceptionalotel.Both)
		ctx, span := b.tracer.Start(context.Background(), "s")
		start := time.Now()
		p.Handle(ctx, failure(errors.New("x")))
		if d := time.Since(start); d != 0 {
			t.Errorf("Handle took %v", d)
		}
		span.End()
		if n := len(b.spans.Ended()[0].Events()); n != 1 {
			t.Errorf("%d events", n)
		}
		<-s.called
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d != 5*time.Second {
			t.Errorf("given up after %v", d)
		}
	})
}

// A 404 alone is not reported. The event is about the hook that panicked while it was answered.
func TestHookPanic(t *testing.T) {
	f := failure(httperrors.New(404, "No such order."))
	f.HookPanic, f.Warnings = true, []string{"AugmentResponse: panic: hook broke password=hunter2"}
	s := newBackend().handle(t, exceptionalotel.SpanEvents, f)
	got := attrsOf(s.Events()[0].Attributes)
	if got["exception.type"] != "panic" || !strings.HasPrefix(got["exception.message"], "AugmentResponse: panic: hook broke") || strings.Contains(got["exception.message"], "hunter2") {
		t.Errorf("exception = %v", got)
	}
}
