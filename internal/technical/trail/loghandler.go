package trail

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"math"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/value"
	"github.com/exceptional-go/exceptional/internal/text"
)

// LogHandler returns a handler that keeps the records of requests with a trail; see debugview.LogHandler.
func LogHandler(next slog.Handler) slog.Handler {
	if next == nil {
		next = slog.DiscardHandler
	}
	if fmt.Sprintf("%T", next) == "*slog.defaultHandler" {
		next = directHandler{slog.NewTextHandler(log.Writer(), &slog.HandlerOptions{Level: slog.Level(math.MinInt)}), next}
	}
	return &logHandler{next: next}
}

// A directHandler replaces slog's initial handler, which is recognised by the name of its type, because it has no other mark. It
// writes through package log, and slog.SetDefault directs the output of package log to the new default handler. If that is
// one that wraps the initial handler, the line comes back to it and waits for the mutex of package log, which it holds
// itself. So the lines go directly to the output that package log has now.
type directHandler struct {
	slog.Handler
	initial slog.Handler // knows the level: slog.SetLogLoggerLevel changes it
}

func (h directHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.initial.Enabled(ctx, level)
}

func (h directHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return directHandler{h.Handler.WithAttrs(attrs), h.initial}
}

func (h directHandler) WithGroup(name string) slog.Handler {
	return directHandler{h.Handler.WithGroup(name), h.initial}
}

// A logHandler adds each record to the trail of its request, and passes it on if next wants it.
type logHandler struct {
	next   slog.Handler
	groups string      // the names from WithGroup, each with a dot after it
	bound  []slog.Attr // from WithAttrs
}

var _ slog.Handler = (*logHandler)(nil)

func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return Of(ctx) != nil || h.next.Enabled(ctx, level)
}

func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	t := Of(ctx)
	if t == nil {
		return h.next.Handle(ctx, r)
	}
	shown := h.next.Enabled(ctx, r.Level)
	attrs := make([]slog.Attr, 0, min(r.NumAttrs(), value.MaxItems))
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return len(attrs) < value.MaxItems
	})
	t.add(ctx, Entry{
		Entry: report.Entry{Kind: "log", Level: r.Level.String(), Text: r.Message, Hidden: !shown},
		Attrs: snapshotAttrs(h.bound, h.groups, attrs),
	})
	if !shown {
		return nil
	}
	return h.next.Handle(ctx, r)
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{next: h.next.WithAttrs(attrs), groups: h.groups, bound: snapshotAttrs(h.bound, h.groups, attrs)}
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &logHandler{next: h.next.WithGroup(name), groups: h.groups + name + ".", bound: h.bound}
}

// snapshotAttrs returns those in before, and attrs in the groups. It changes neither.
func snapshotAttrs(before []slog.Attr, groups string, attrs []slog.Attr) []slog.Attr {
	if len(attrs) == 0 {
		return before
	}
	all := append(make([]slog.Attr, 0, len(before)+len(attrs)), before...)
	for _, a := range attrs {
		if !a.Equal(slog.Attr{}) {
			a = snapshotAttr(a)
			a.Key = groups + a.Key
			all = append(all, a)
		}
	}
	return all
}

// snapshotAttr makes an attribute fit to be kept. Plain data is written down now, because it may change before the page is made;
// a value with methods of its own is left for later, because its methods may do anything, and later they are guarded.
func snapshotAttr(a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		if s := a.Value.String(); len(s) > MaxText {
			a.Value = slog.StringValue(strings.Clone(text.Cut(s, MaxText)) + "…")
		}
	case slog.KindAny:
		if text, ok := value.Line(a.Value.Any()); ok {
			a.Value = slog.StringValue(text)
		}
	}
	return a
}
