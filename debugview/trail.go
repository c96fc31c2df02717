package debugview

import (
	"context"
	"log/slog"

	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

// LogHandler returns a [slog.Handler] that passes records to next and keeps those of requests with a trail, at all levels:
// production logs Info, and the Report of a failed request still shows its Debug lines. A record belongs to a request if it
// is logged with the request's context (slog.DebugContext).
//
// Records below next's level are never passed on. They cost their caller what building a record costs, and only in requests
// with a trail.
func LogHandler(next slog.Handler) slog.Handler { return trail.LogHandler(next) }

// Note adds a line to the trail of ctx: a breadcrumb that no logger prints. Without a trail it does nothing.
func Note(ctx context.Context, msg string, attrs ...slog.Attr) { trail.Note(ctx, msg, attrs...) }

// Watch shows v under name in a Report of this request, as it is when the Report is made: for what the variables of a failed
// function would show, which Go does not keep. Without a trail it does nothing; the same name again replaces the value. v is
// read on the request's goroutine's behalf while that waits, so nobody else may write to it by then.
func Watch(ctx context.Context, name string, v any) { trail.Watch(ctx, name, v) }
