package debugview

import (
	"context"
	"log/slog"

	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

// LogHandler returns a [slog.Handler] that passes records to next and keeps those of requests with a trail, at all levels:
// production logs Info, and the technical page of a failed request still shows its Debug lines. A request has a trail if it
// passed the middleware of this module, and a record belongs to a request if it is logged with the request's context
// (slog.DebugContext).
//
// Records below next's level are never passed on. In requests with a trail, building them costs as much as for a line that is
// logged; elsewhere they cost nothing.
//
// The initial handler of package slog cannot be wrapped: as part of the default handler it would wait for itself. So if next is
// slog.Default().Handler() before any slog.SetDefault, lines are written by a [slog.TextHandler] to the current output
// of package log instead, with the level of [slog.SetLogLoggerLevel]. Attributes that were already bound to next are lost.
func LogHandler(next slog.Handler) slog.Handler { return trail.LogHandler(next) }

// Note adds a line to the trail of ctx that no logger prints. Without a trail it does nothing.
func Note(ctx context.Context, msg string, attrs ...slog.Attr) { trail.Note(ctx, msg, attrs...) }

// Watch shows v under name on the technical page of this request, as v is when the page is made. It replaces the local variables,
// which Go does not keep. Without a trail it does nothing; the same name again replaces the value. v is read while the
// request's goroutine waits for the page, so no other goroutine may write to it then.
func Watch(ctx context.Context, name string, v any) { trail.Watch(ctx, name, v) }
