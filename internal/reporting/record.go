package reporting

import (
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/text"
	"github.com/exceptional-go/exceptional/report"
)

// The bounds of a record's parts, in bytes.
const (
	maxText     = 4 << 10 // of an error
	maxValue    = 512     // of anything else
	maxMethod   = 32
	maxWarnings = 16
	maxStack    = 64 // calls
)

// statusClientGone is the status of failures whose client has disconnected; see report.Failure.Status.
const statusClientGone = 499

// level returns the level of f's record.
func level(f *report.Failure) slog.Level {
	return Severity(f.IntendedStatus(), f.Resolved, f.Panic || f.HookPanic || f.PageErr != nil)
}

// Severity is the level at which a failure with this status is logged: debug for clients that disconnected and for redirects,
// info for 4xx, warn for a 5xx that the client may retry, error for the rest. The error e, which may be nil, may choose a level
// for itself. A failure that is grave, because something panicked or the page failed, is an error at least.
func Severity(status int, e *httperrors.Error, grave bool) slog.Level {
	l, chosen := slog.LevelError, false
	if e != nil && status != statusClientGone {
		l, chosen = e.Level()
	}
	switch {
	case chosen && grave:
		return max(l, slog.LevelError)
	case chosen:
		return l
	case grave:
		return slog.LevelError
	case status == statusClientGone:
		return slog.LevelDebug
	case status >= 500 && e != nil && e.Retryable():
		return slog.LevelWarn
	case status >= 500:
		return slog.LevelError
	case status >= 400:
		return slog.LevelInfo
	case status >= 300:
		return slog.LevelDebug
	}
	return slog.LevelError // not a status of a failure, so something went wrong
}

// attrs collects a record's attributes and leaves out empty ones. They are in an array because it stays on the stack.
type attrs struct {
	list [32]slog.Attr
	n    int
}

func (a *attrs) add(x slog.Attr) {
	if a.n < len(a.list) {
		a.list[a.n] = x
		a.n++
	}
}

func (a *attrs) text(key, value string, max int) {
	if value != "" {
		a.add(slog.String(key, text.Line(value, max)))
	}
}

func (a *attrs) flag(key string, value bool) {
	if value {
		a.add(slog.Bool(key, true))
	}
}

// record makes the log record of f. dropped is how many records were left out before it.
func (p *Pipeline) record(f *report.Failure, l slog.Level, now time.Time, dropped uint64) slog.Record {
	var a attrs
	status := f.IntendedStatus()

	a.add(slog.Int("status", f.Status))
	if status != f.Status {
		a.add(slog.Int("intended_status", status))
	}
	a.text("method", f.Method, maxMethod)
	a.text("route", f.Route, maxValue)
	a.text("path", p.masked(f.Path, maxValue), maxValue)
	a.text("error", p.errorText(f.Err), maxText)
	a.text("causes", typeChain(f.Err), 2*maxValue)
	stack := f.Stack
	if len(stack) > 0 {
		f, _ := runtime.CallersFrames(stack[:1]).Next()
		a.text("origin", frameLine(f), maxValue)
	} else {
		a.text("handler", f.Handler, maxValue) // the next best place to look
	}
	if f.Resolved != nil {
		a.text("code", f.Resolved.Code(), maxValue)
	}
	a.text("reference", f.Reference, maxValue)
	a.text("request_id", f.RequestID, maxValue)
	a.text("trace_id", f.TraceID, maxValue)
	a.text("span_id", f.SpanID, maxValue)
	a.flag("panic", f.Panic)
	a.flag("after_commit", f.AfterCommit)
	a.flag("client_gone", f.ClientGone)
	a.text("page_error", p.errorText(f.PageErr), maxText)
	if len(f.Warnings) > 0 {
		a.add(slog.Any("warnings", p.lines(f.Warnings)))
	}
	a.flag("technical", f.Technical)
	a.text("viewer", p.masked(f.Viewer, maxValue), maxValue)
	a.text("format", f.Format, maxValue)
	a.text("language", f.Language, maxValue)
	a.text("step", f.Step, maxValue)
	if f.Duration > 0 {
		a.add(slog.Duration("duration", f.Duration))
	}
	if p.options.LogStack && len(stack) > 0 {
		a.add(slog.Any("stack", frameLines(stack)))
	}
	if dropped > 0 {
		a.add(slog.Uint64("dropped", dropped))
	}

	// The source of the record is the line that made the error, not a line of this package.
	var pc uintptr
	if len(stack) > 0 {
		pc = stack[0]
	}
	r := slog.NewRecord(now, l, message(f, status), pc)
	r.AddAttrs(a.list[:a.n]...)
	return r
}

// message sums f up in words that are the same for similar failures: "503 Service Unavailable: GET /orders/:id". It has the
// route, not the path, because otherwise each record of a scan would have a message of its own.
func message(f *report.Failure, status int) string {
	what := strings.TrimSpace(strconv.Itoa(status) + " " + phrase(status))
	switch {
	case f.Panic:
		what = "panic"
	case status == statusClientGone:
		what = "499 client disconnected"
	}
	where := strings.TrimSpace(text.Line(f.Method, maxMethod) + " " + text.Line(f.Route, maxValue))
	if where == "" {
		return what
	}
	return what + ": " + where
}

func phrase(status int) string {
	if p := httperrors.Phrase(status); p != "" {
		return p
	}
	return http.StatusText(status)
}

func (p *Pipeline) errorText(err error) string {
	if err == nil {
		return ""
	}
	s := errtree.Text(err)
	if s == "" {
		return "(no text)"
	}
	return p.masked(s, maxText)
}

func (p *Pipeline) lines(warnings []string) []string {
	s := make([]string, 0, min(len(warnings), maxWarnings))
	for _, w := range warnings[:min(len(warnings), maxWarnings)] {
		s = append(s, text.Line(p.masked(w, maxValue), maxValue))
	}
	return s
}
