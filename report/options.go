package report

import (
	"log/slog"
	"time"
)

// Options configures the log and the reporters. The zero Options are valid: failures are logged, and there are no reporters.
type Options struct {
	// Logger gets one record for each failure. If nil, it is slog.Default() as it is at the time of the failure.
	Logger *slog.Logger
	// LogLimit is how many records of one level are written per second. Records above the limit are dropped, and the next
	// record that is written says how many. The first failure of its kind in a second is always written. 0 means 100; a
	// negative LogLimit means no limit.
	LogLimit int
	// LogStack adds the stack to records of failures that have one.
	LogStack bool
	// Sample decides whether a failure that the logger's level lets through is logged. If nil, all are. It does not
	// affect reporters. It is called within the request, after the response, when f is complete, and must not block,
	// change or keep f. If it panics, the failure is logged.
	Sample func(f *Failure) bool
	// Mask removes secrets from a text before it is logged: error texts, paths and remarks pass through it, and the path
	// that reporters get; reporters mask other texts themselves. If nil, it removes what looks like a password, a token
	// or a key.
	Mask func(text string) string

	// Reporters receive the failures that Policy reports.
	Reporters []Reporter
	// Policy decides whether reporters receive a failure. If nil, it is DefaultPolicy, which a policy may also call. It
	// is called within the request and must not block, change or keep f. If it panics, DefaultPolicy decides.
	//
	// It is called before there is a response, because the page shows a reference only if the failure is reported. By then
	// f has the error, the status, and the request with its route, but nothing of what comes later: how the response was
	// made, reference, stack, times and trace; the user only if a technical page was possible. After a no, it is called again
	// if the page fails or a hook panics.
	Policy func(f *Failure) bool
	// Queue is how many failures may wait for each reporter. Failures above the limit are dropped, and a log record says
	// so now and then. 0 means 128.
	Queue int
	// Timeout bounds each call of a reporter. 0 means 5 seconds.
	Timeout time.Duration
}
