// Package otel reports failures to OpenTelemetry: on the span of the request, in the log or as the span's events, and as metrics.
//
//	tracing, err := exceptionalotel.New(exceptionalotel.Options{})
//	…
//	responder, err := exceptional.New(exceptional.Config{
//		Reporters: []report.Reporter{tracing},
//	})
//
// It follows the semantic conventions 1.43.
//
// The span in the request's context, which a tracing middleware put there, gets the status Error and an error.type if the
// failure is the server's: a panic, or a status from 500 up, also where the response had begun before and could not say so.
// A 4xx leaves a server span as it is, as the conventions demand, and so does a client that has disconnected. Every failure with a
// reference leaves it on the span, as exceptional.reference. Recover belongs inside the tracing middleware: a panic that goes
// through it ends the span, without a status and a reference, before anybody answers.
//
// The exception itself is recorded once, if the policy reports the failure: as an event of the span, or as a log record
// named http.server.request.exception, or both, as OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN says. Error texts are masked. The
// record is written after the request, by the queue that all reporters have (see report.Options), so that no exporter delays
// a response; it has the ids of the span.
//
// The instruments are
//
//	exceptional.failures         counter    {failure}  by status, route, format, step, origin
//	exceptional.failure.duration histogram  s          by the same, of requests whose arrival is known
//	exceptional.technical_pages  counter    {page}     by outcome: shown, refused or omitted
//
// and those of [ObserveCache]. A page is omitted if a technical viewer could not get it: it does not fit into the response, as in a
// fragment for htmx, or it failed. For Prometheus use OpenTelemetry's exporter, go.opentelemetry.io/otel/exporters/prometheus;
// there is no package of ours beside it that would count the same a second time.
package otel

import (
	"context"
	"errors"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/exceptional-go/exceptional/report"
)

// scope is the name of the instrumentation.
const scope = "github.com/exceptional-go/exceptional/contrib/otel"

// The values of Options.Exceptions.
const (
	SpanEvents = "span" // events of the span
	Logs       = "logs" // log records
	Both       = "logs/dup"
)

// optIn is the variable by which the conventions let a program choose.
const optIn = "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN"

// Options configures a Reporter. The zero Options are valid.
type Options struct {
	// MeterProvider and LoggerProvider are where metrics and log records go. If nil, they are the global ones. A trace
	// has no provider here: it is that of the request's span.
	MeterProvider  metric.MeterProvider
	LoggerProvider log.LoggerProvider
	// Exceptions says how exceptions are recorded: SpanEvents, Logs or Both. If empty, the environment variable
	// OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN says it, as it is when the first failure comes; if that is not "logs"
	// or "logs/dup", they are SpanEvents.
	Exceptions string
	// Mask makes a text fit to leave the process: error texts pass through it. If nil, it takes out what looks like a
	// password, a token or a key.
	Mask func(text string) string
}

// A Reporter reports failures to OpenTelemetry. Make one with New; the zero Reporter is not valid. It may be used concurrently.
type Reporter struct {
	mask       func(string) string
	logger     log.Logger
	exceptions func() (onSpan, inLog bool)

	failures  metric.Int64Counter
	durations metric.Float64Histogram
	pages     metric.Int64Counter
}

var _ interface {
	report.SyncReporter
	report.Tracer
} = (*Reporter)(nil)

// New returns a Reporter. It returns an error if an instrument cannot be made, or if o.Exceptions is none of the constants.
func New(o Options) (*Reporter, error) {
	if o.MeterProvider == nil {
		o.MeterProvider = otel.GetMeterProvider()
	}
	if o.LoggerProvider == nil {
		o.LoggerProvider = otel.GetLoggerProvider()
	}
	r := &Reporter{
		mask:   o.Mask,
		logger: o.LoggerProvider.Logger(scope, log.WithSchemaURL(semconv.SchemaURL)),
	}
	var faults [4]error
	switch o.Exceptions {
	case "":
		r.exceptions = sync.OnceValues(func() (onSpan, inLog bool) { return choose(strings.TrimSpace(os.Getenv(optIn))) })
	case SpanEvents, Logs, Both:
		onSpan, inLog := choose(o.Exceptions)
		r.exceptions = func() (bool, bool) { return onSpan, inLog }
	default:
		faults[0] = errors.New("otel: Exceptions is unknown: " + strconv.Quote(o.Exceptions))
	}
	m := o.MeterProvider.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))
	r.failures, faults[1] = m.Int64Counter("exceptional.failures",
		metric.WithUnit("{failure}"), metric.WithDescription("Requests that failed."))
	r.durations, faults[2] = m.Float64Histogram("exceptional.failure.duration",
		metric.WithUnit("s"), metric.WithDescription("Time from the arrival of a request until it failed."),
		// The buckets that the conventions advise for http.server.request.duration, so that the two can be compared.
		metric.WithExplicitBucketBoundaries(.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10))
	r.pages, faults[3] = m.Int64Counter("exceptional.technical_pages",
		metric.WithUnit("{page}"), metric.WithDescription("Technical pages that were asked for."))
	if err := errors.Join(faults[:]...); err != nil {
		return nil, err
	}
	return r, nil
}

func choose(how string) (onSpan, inLog bool) {
	switch how {
	case Logs:
		return false, true
	case Both:
		return true, true
	}
	return true, false
}

// ReportNow marks the span, records the exception on it if it is to be there, and counts the failure. No processor and no
// exporter of the SDK is called: they get the span when it ends.
func (r *Reporter) ReportNow(ctx context.Context, f *report.Failure) {
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		r.mark(span, f)
		if onSpan, _ := r.exceptions(); onSpan && f.Reported {
			span.AddEvent(semconv.ExceptionEventName, trace.WithTimestamp(when(f)), trace.WithAttributes(r.exception(f)...))
		}
	}
	r.count(ctx, f)
}

// Report records the exception in the log if it is to be there, which is not done by ReportNow because a processor of the
// SDK may take its time. The record has the ids of the request's span.
func (r *Reporter) Report(ctx context.Context, f *report.Failure) error {
	if _, inLog := r.exceptions(); inLog {
		r.emit(ctx, f)
	}
	return nil
}

// Trace returns the ids of the span in ctx.
func (r *Reporter) Trace(ctx context.Context) (traceID, spanID string) {
	c := trace.SpanContextFromContext(ctx)
	if !c.IsValid() {
		return "", ""
	}
	return c.TraceID().String(), c.SpanID().String()
}

// serverFault reports whether the conventions call f an error of the server.
func serverFault(f *report.Failure) bool {
	return f.Panic || !f.ClientGone && f.IntendedStatus() >= 500
}

func errorType(f *report.Failure) string {
	if f.Resolved != nil {
		if t := f.Resolved.Code(); t != "" {
			return t
		}
	}
	return strconv.Itoa(f.IntendedStatus())
}

func (r *Reporter) mark(span trace.Span, f *report.Failure) {
	if f.Reference != "" {
		span.SetAttributes(attribute.String("exceptional.reference", f.Reference))
	}
	if !f.ClientGone && !f.AfterCommit && f.Status > 0 {
		// Middleware that ran before the error handler may have noted the status that it expected.
		span.SetAttributes(semconv.HTTPResponseStatusCode(f.Status))
	}
	if serverFault(f) {
		// No description: the conventions want none that follows from the status.
		span.SetStatus(codes.Error, "")
		span.SetAttributes(semconv.ErrorTypeKey.String(errorType(f)))
	}
}

// exceptionEvent is the name of the log record.
const exceptionEvent = "http.server.request.exception"

// emit writes the exception's log record, which belongs to the span in ctx although that has ended.
func (r *Reporter) emit(ctx context.Context, f *report.Failure) {
	if !r.logger.Enabled(ctx, log.EnabledParameters{Severity: log.SeverityError, EventName: exceptionEvent}) {
		return
	}
	var l log.Record
	l.SetEventName(exceptionEvent)
	l.SetSeverity(log.SeverityError)
	l.SetSeverityText("ERROR")
	l.SetTimestamp(when(f))
	l.AddAttributes(r.exception(f)...)
	if f.Route != "" {
		l.AddAttributes(semconv.HTTPRoute(f.Route))
	}
	l.AddAttributes(semconv.HTTPResponseStatusCode(f.Status))
	if serverFault(f) {
		l.AddAttributes(semconv.ErrorTypeKey.String(errorType(f)))
	}
	r.logger.Emit(ctx, l)
}

// exception describes the exception, in the log as on the span.
func (r *Reporter) exception(f *report.Failure) []attribute.KeyValue {
	err, pcs := f.Err, f.Stack
	if f.PageErr != nil && !serverFault(f) {
		err, pcs = f.PageErr, nil // the error alone would not be reported; the page is the reason
	}
	name, text := typeName(err), r.text(err)
	if f.HookPanic && f.PageErr == nil && !serverFault(f) {
		name, text, pcs = "panic", r.masked(strings.Join(f.Warnings, "\n")), nil // here the hook is the reason
	}
	attrs := []attribute.KeyValue{semconv.ExceptionType(name), semconv.ExceptionMessage(text)}
	if s := stacktrace(pcs); s != "" {
		attrs = append(attrs, semconv.ExceptionStacktrace(s))
	}
	if f.Reference != "" {
		attrs = append(attrs, attribute.String("exceptional.reference", f.Reference))
	}
	return attrs
}

func when(f *report.Failure) time.Time {
	if f.Time.IsZero() {
		return time.Now()
	}
	return f.Time
}

// maxText bounds an exception's message, and maxFrames its stack.
const (
	maxText   = 8 << 10
	maxFrames = 64
)

func (r *Reporter) text(err error) string { return r.masked(report.Text(err)) }

func (r *Reporter) masked(s string) string { return report.Mask(s, maxText, r.mask) }

// typeName names the type of err, or of the error in it if err is a wrapper that says nothing about the failure: fmt.Errorf's,
// or the one that carries a panic to the error handler.
func typeName(err error) string {
	name := "_OTHER"
	for _, c := range report.Causes(err) {
		if c.Panic {
			if _, isError := c.PanicValue.(error); !isError && c.PanicValue != nil {
				return reflect.TypeOf(c.PanicValue).String()
			}
			continue
		}
		if name = c.Type; name != "*fmt.wrapError" {
			break
		}
	}
	return name
}

// stacktrace prints pcs as the runtime would, which is the natural representation in Go.
func stacktrace(pcs []uintptr) string {
	if len(pcs) == 0 {
		return ""
	}
	var b strings.Builder
	frames := runtime.CallersFrames(pcs[:min(len(pcs), maxFrames)])
	for {
		f, more := frames.Next()
		if f.Function != "" {
			b.WriteString(f.Function + "()\n\t" + f.File + ":" + strconv.Itoa(f.Line) + "\n")
		}
		if !more {
			return b.String()
		}
	}
}
