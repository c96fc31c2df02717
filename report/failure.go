// Package report describes failed requests to the application's reporters: an error tracker, a tracer, a counter.
//
// Read it in this order: [Failure] is one failed request as plain data. A [Reporter] receives the failures that the policy
// selects; [DefaultPolicy] is the policy unless [Options] names another. [SyncReporter], [Flusher] and [Tracer] are methods that
// a Reporter may have besides. [Causes], [Text], [Mask] and [MaskURL] help to write a Reporter for an error tracker.
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
// Reporters are set in the configuration of package exceptional. They cannot delay or change the response: they run after it
// has been written, on goroutines of their own. Only ReportNow and Trace take the request's time.
package report

import (
	"net/http"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
)

// A Failure is one failed request.
//
// Package exceptional makes it. It does not change once a Reporter has it, so reporters may read it concurrently. Strings in it
// come from the error and from the client: they are neither masked nor bounded, except for Path and Request; see [Mask]. The zero
// Failure is valid.
type Failure struct {
	Err      error             // what the handler returned, or the panic
	Resolved *httperrors.Error // the HTTP error that Err was resolved to; may be nil
	Origin   httperrors.Origin // whose error it is

	// Status is what the client got: normally Resolved's, the earlier one if the response was committed before the
	// failure, and 499 for a client that has disconnected. See also IntendedStatus.
	Status int

	Method, Host string // of the request

	// Path is the request's path without the query. Parameters with secret names, as in /reset/:token, are masked in it,
	// and so is everything that Options.Mask recognises when a Reporter gets it.
	Path string

	Route           string // the pattern that matched; empty if none did
	Handler         string // the function behind Route
	RemoteAddr      string // of the connection, whatever headers say
	RequestID       string // from the X-Request-Id header of the response or the request, if it is safe to show
	TraceID, SpanID string // lower-case hexadecimal, or empty; from a Tracer or the traceparent header
	User            string // the ID that the application's User function returned; empty if unknown

	// Reference is the short id that the client sees, such as "7K3F-9Q2M-4TXV". ID holds the 128 bits behind it, for
	// systems that want ids of their own size: Reference is the first 60 of them. Both are empty if the policy does not
	// report the failure.
	Reference string
	ID        [16]byte

	Panic       bool // the handler panicked
	AfterCommit bool // the response had begun and was left as it was
	ClientGone  bool // the client disconnected before the response
	Debug       bool // the application runs in development mode

	// Stack is where the error was made, innermost call first. If the error given to the handler has none, it is the
	// innermost stack in the tree of Err; nil if there is no stack.
	Stack []uintptr
	// PageErr is why the page that should have been shown was replaced by a simpler one. It is reported beside Err,
	// never instead of it.
	PageErr error
	// Warnings are remarks on the application's use of the library, and on headers that were left out.
	Warnings []string
	// HookPanic says that a function of the application panicked while the failure was being answered. One of the
	// Warnings names it.
	HookPanic bool

	// Technical says that the client got the technical page, and Viewer why or why not. Viewer is empty if no technical
	// page was possible.
	Technical bool
	Viewer    string

	// Format, Language and Step say how the response was made: "html", "de", "custom".
	Format, Language, Step string

	Time     time.Time     // when the request failed
	Duration time.Duration // from the request's arrival; 0 if unknown

	// Request is for reporters that send more than the fields above. A Reporter gets a copy without a body and with a
	// header of at most 16 KiB. Path replaces its path, and the parts of the path that are masked there are masked in the
	// query and the header as well; nothing else in it is masked. Options.Policy, Options.Sample and a SyncReporter get
	// the original request with all its secrets, and must not keep it.
	Request *http.Request

	// Reported is the policy's answer.
	Reported bool
}

// statusClientGone is the status that nginx made known for clients that disconnect early. It is never sent to a client
// that still reads.
const statusClientGone = 499

// IntendedStatus returns the status that f's error stands for. It differs from Status if the response was committed
// before the error came up: Status may be 200 then.
func (f *Failure) IntendedStatus() int {
	switch {
	case f.ClientGone:
		return statusClientGone
	case f.AfterCommit && f.Resolved != nil:
		return f.Resolved.StatusCode()
	}
	return f.Status
}
