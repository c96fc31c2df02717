package report

import "context"

// A Reporter receives the failures that the policy reports.
type Reporter interface {
	// Report passes f on. It runs after the request, on a goroutine of its own, one call at a time for each
	// reporter, and must return when ctx ends. ctx holds the values of the request's context, but does not end with
	// it. Report must not change f; it may keep it. An error, a panic and a call that takes too long are logged, and f
	// is not offered again.
	Report(ctx context.Context, f *Failure) error
}

// A SyncReporter is a Reporter that must see a failure before the request ends, as a tracer must whose span ends with it.
type SyncReporter interface {
	Reporter
	// ReportNow is called within the request for every failure, also for those that the policy does not report (see
	// Failure.Reported), and before the log record is written. It must not block: nothing bounds its time. It must
	// not change f, and must not keep it. A panic is contained and logged.
	ReportNow(ctx context.Context, f *Failure)
}

// A Flusher is a Reporter that buffers failures and can be made to send them.
type Flusher interface {
	Reporter
	// Flush returns when everything is sent, or when ctx ends. Responder.Close calls it once, after the last Report.
	Flush(ctx context.Context) error
}

// A Tracer is a Reporter that knows the trace a request belongs to.
type Tracer interface {
	Reporter
	// Trace returns the ids of the span in ctx in lower-case hexadecimal, or empty strings. It is called within the
	// request and must not block. A panic is contained and logged, and means that there are no ids.
	Trace(ctx context.Context) (traceID, spanID string)
}
