// Package report decides who is told of a failure, and tells them.
//
// A [Failure] is everything that is known of one failed request, as plain data. A [Pipeline] writes exactly one slog
// record for it and hands it to the application's reporters: an error tracker, a tracer, a counter. What a reporter does
// cannot delay or change the response, which is on its way before anybody is told; only a [SyncReporter] takes the request's
// time, and must not take any.
//
// A reporter is any type with
//
//	Report(ctx context.Context, f *report.Failure) error
//
// It may also have
//
//	ReportNow(ctx context.Context, f *report.Failure)     // see SyncReporter
//	Flush(ctx context.Context) error                      // see Flusher
//	Trace(ctx context.Context) (traceID, spanID string)   // see Tracer
//
// Most applications only ever put a reporter into the configuration of package exceptional; the Pipeline is for adapters.
package report

import (
	"context"
	"net/http"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
)

// A Failure is one failed request.
//
// Whoever handles the request makes it and gives it away with [Pipeline.Handle]. From then on nobody changes it, so that
// reporters may read it concurrently. Strings in it come from the error and from the client: they are neither masked nor
// bounded, except in the log record; but see Path and Request. The zero Failure is valid and says nothing.
type Failure struct {
	Err      error             // what the handler returned, or the panic
	Resolved *httperrors.Error // what HTTP error it was taken for; may be nil
	Origin   httperrors.Origin // whose error it is

	// Status is what the client got: normally Resolved's, an earlier one if the response was committed by then, and
	// 499 for a client that has gone.
	Status int

	Method, Host string // of the request

	// Path is the request's path without the query. Package exceptional masks the parameters in it that are secret by
	// their names, as in /reset/:token, and Handle what Options.Mask knows, before a Reporter gets it.
	Path string

	Route           string // the pattern that matched; empty if none did
	Handler         string // the function behind Route
	RemoteAddr      string // of the connection, whatever headers say
	RequestID       string // the application's, or see RequestID
	TraceID, SpanID string // lower-case hexadecimal, or empty; see Pipeline.Trace
	User            string // who asked; empty if unknown

	// Reference is the short id that the client sees, and ID is what stands behind it; see NewReference. Both are
	// empty for a failure that nobody looks up.
	Reference string
	ID        [16]byte

	Panic       bool // the handler panicked
	AfterCommit bool // a response was on its way already, and was left as it was
	ClientGone  bool // nobody waits for the response any more
	Debug       bool // the application runs in development

	// Stack is where the error was made, innermost call first. If the caller leaves it empty, Handle looks for one in
	// the tree of Err when somebody is told; then nil means that no error knows where it was made.
	Stack []uintptr
	// PageErr is why the page that should have been shown was replaced by a simpler one. It comes beside Err, never
	// instead of it.
	PageErr error
	// Warnings are remarks on the application's use of the library, and on headers that were left out.
	Warnings []string
	// HookPanic says that a function of the application panicked while the failure was being answered, which one of the
	// Warnings names.
	HookPanic bool

	// Technical says that the client got the technical page, and Viewer why, or why not. Viewer is empty if the
	// question did not arise.
	Technical bool
	Viewer    string

	// Format, Language and Step say how the response was made: "html", "de", "custom".
	Format, Language, Step string

	Time     time.Time     // when the request failed
	Duration time.Duration // from the request's arrival; 0 if not known

	// Request is for reporters that send more than the fields above. Handle replaces what it is given by a copy
	// without a body (see CopyRequest) before a Reporter gets it. The copy has Path for its path, and what Path hides
	// is hidden in the query and the header too; nothing else in them is masked. A policy, a sampling hook and a
	// SyncReporter see what the caller put here, with all its secrets, and must not keep it.
	Request *http.Request

	// Reported is what the policy said. Decide and Handle set it.
	Reported bool

	// What the policy was asked about.
	decided, decidedPage, decidedHook bool
}

// meant returns the status that f's error stands for. It differs from Status where a response was committed before the
// error came up.
func (f *Failure) meant() int {
	switch {
	case f.ClientGone:
		return statusClientGone
	case f.AfterCommit && f.Resolved != nil:
		return f.Resolved.StatusCode()
	}
	return f.Status
}

// statusClientGone is what nginx logs for a client that did not wait. It is never sent.
const statusClientGone = 499

// A Reporter is told of failures that the policy reports.
type Reporter interface {
	// Report passes f on. It runs after the request, on a goroutine of its own, one call at a time for each
	// reporter, and must return when ctx ends. ctx holds the values of the request's context, but does not end with
	// it. Report must not change f; it may keep it. An error, a panic and a call that takes too long are counted
	// and logged, and f is not offered again.
	Report(ctx context.Context, f *Failure) error
}

// A SyncReporter is a Reporter that must see a failure before the request ends, as a tracer must whose span ends with it.
type SyncReporter interface {
	Reporter
	// ReportNow is called within the request for every failure, also for those that the policy does not report (see
	// Failure.Reported), and before the log record is written. It must not block: nothing bounds its time. It must
	// not change f, nor keep it. A panic is counted and goes no further.
	ReportNow(ctx context.Context, f *Failure)
}

// A Flusher is a Reporter that holds back what it was told, and can be made to send it.
type Flusher interface {
	Reporter
	// Flush returns when everything is sent, or when ctx ends. It is called by Pipeline.Close, once, after the last
	// Report.
	Flush(ctx context.Context) error
}

// A Tracer is a Reporter that knows the trace a request belongs to.
type Tracer interface {
	Reporter
	// Trace returns the ids of the span in ctx in lower-case hexadecimal, or empty strings. It is called within the
	// request and must not block. A panic is counted and means no ids.
	Trace(ctx context.Context) (traceID, spanID string)
}
