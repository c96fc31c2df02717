package trail

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"math"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/mask"
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

type logHandler struct {
	next   slog.Handler
	groups []string
	bound  []attr // from WithAttrs
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
	e := Entry{Level: r.Level, Message: r.Message, Hidden: !shown, attrs: h.bound, shared: len(h.bound)}
	if n := r.NumAttrs(); n > 0 {
		e.attrs = make([]attr, len(h.bound), len(h.bound)+min(n, value.MaxItems))
		copy(e.attrs, h.bound)
		r.Attrs(func(a slog.Attr) bool {
			e.attrs = append(e.attrs, attr{h.groups, snapshotAttr(a)})
			return len(e.attrs) < cap(e.attrs)
		})
	}
	t.add(ctx, e)
	if !shown {
		return nil
	}
	return h.next.Handle(ctx, r)
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return &logHandler{next: h.next.WithAttrs(attrs), groups: h.groups, bound: snapshotAttrs(h.bound, h.groups, attrs)}
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &logHandler{next: h.next.WithGroup(name), groups: append(slices.Clip(h.groups), name), bound: h.bound}
}

// snapshotAttrs returns a slice of its own with those in before, and attrs in the groups.
func snapshotAttrs(before []attr, groups []string, attrs []slog.Attr) []attr {
	all := make([]attr, 0, len(before)+len(attrs))
	all = append(all, before...)
	for _, a := range attrs {
		all = append(all, attr{groups, snapshotAttr(a)})
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

// HasMethods reports whether [Entry.Fields] calls methods of the application's types.
func (e Entry) HasMethods() bool {
	for _, a := range e.attrs {
		switch a.Value.Kind() {
		case slog.KindAny, slog.KindLogValuer, slog.KindGroup:
			return true
		}
	}
	return false
}

// Fields returns the entry's attributes for a page, masked.
func (e Entry) Fields(m *mask.Masker) (fields []report.Field) {
	p := value.NewLinePrinter(m)
	for _, a := range e.attrs {
		if a.Equal(slog.Attr{}) {
			continue
		}
		if len(fields) == value.MaxItems {
			break
		}
		fields = append(fields, a.field(p, m))
	}
	return fields
}

func (a attr) field(p *value.Printer, m *mask.Masker) report.Field {
	name := p.Plain(strings.Join(append(slices.Clip(a.groups), a.Key), "."), value.MaxName)
	if slices.ContainsFunc(a.groups, m.Name) {
		return report.Field{Name: name, Value: m.Hide("x"), Masked: true}
	}
	f := p.Attr(a.Attr, 0)
	f.Name = name
	if short := text.Cut(f.Value, MaxText); len(short) < len(f.Value) {
		f.Trimmed += len(f.Value) - len(short)
		f.Value = short
	}
	return f
}
