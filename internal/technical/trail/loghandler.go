package trail

import (
	"context"
	"log/slog"
	"slices"

	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/value"
)

// LogHandler returns a handler that keeps the records of requests with a trail; see debugview.LogHandler.
func LogHandler(next slog.Handler) slog.Handler {
	if next == nil {
		next = slog.DiscardHandler
	}
	return &logHandler{next: next}
}

type logHandler struct {
	next   slog.Handler
	groups []string
	bound  []boundAttrs
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
	e := Entry{Level: r.Level, Message: r.Message, Hidden: !shown, groups: h.groups, bound: h.bound}
	if n := r.NumAttrs(); n > 0 {
		e.attrs = make([]slog.Attr, 0, n)
		r.Attrs(func(a slog.Attr) bool {
			e.attrs = append(e.attrs, frozen(a))
			return len(e.attrs) < value.MaxItems
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
	kept := make([]slog.Attr, 0, len(attrs))
	for _, a := range attrs {
		kept = append(kept, frozen(a))
	}
	return &logHandler{next: h.next.WithAttrs(attrs), groups: h.groups, bound: append(slices.Clip(h.bound), boundAttrs{h.groups, kept})}
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &logHandler{next: h.next.WithGroup(name), groups: append(slices.Clip(h.groups), name), bound: h.bound}
}

// frozen makes an attribute fit to be kept. Plain data is written down now, because it may be changed before somebody looks;
// a value with methods of its own is left for later, because its methods may do anything, and later they are guarded.
func frozen(a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		if s := a.Value.String(); len(s) > MaxText {
			a.Value = slog.StringValue(string([]byte(value.Head(s, MaxText))) + "…")
		}
	case slog.KindAny:
		if text, ok := value.Data(a.Value.Any()); ok {
			a.Value = slog.AnyValue(printedValue(text))
		}
	}
	return a
}

// A printedValue is text that was made from data. It is masked as text: its names stand in it.
type printedValue string

// Simple reports whether no method of a foreign value is called for the entry's attributes.
func (e Entry) Simple() bool {
	is := func(attrs []slog.Attr) bool {
		for _, a := range attrs {
			switch a.Value.Kind() {
			case slog.KindAny:
				if _, ok := a.Value.Any().(printedValue); !ok {
					return false
				}
			case slog.KindLogValuer, slog.KindGroup:
				return false
			}
		}
		return true
	}
	for _, b := range e.bound {
		if !is(b.attrs) {
			return false
		}
	}
	return is(e.attrs)
}

// Fields shows the entry's attributes. It calls methods of foreign values, unless the entry is simple.
func (e Entry) Fields(m *mask.Masker) (fields []report.Field) {
	p := value.NewLinePrinter(m)
	add := func(groups []string, attrs []slog.Attr) {
		for _, a := range attrs {
			if len(fields) == value.MaxItems {
				return
			}
			if a.Equal(slog.Attr{}) {
				continue
			}
			secret := false
			for _, g := range groups {
				secret = secret || m.Name(g)
			}
			var f report.Field
			if text, ok := a.Value.Any().(printedValue); ok && !m.Name(a.Key) {
				f = report.Field{Name: p.Plain(a.Key, value.MaxName)}
				p.Text(&f, string(text))
			} else {
				f = p.Attr(a, 0)
			}
			if secret {
				f.Value, f.Fields, f.Masked = m.Hide("x"), nil, true
			}
			for i := len(groups) - 1; i >= 0; i-- {
				f.Name = groups[i] + "." + f.Name
			}
			f.Name = p.Plain(f.Name, value.MaxName)
			if len(f.Value) > MaxText {
				f.Trimmed += len(f.Value) - len(value.Head(f.Value, MaxText))
				f.Value = value.Head(f.Value, MaxText)
			}
			fields = append(fields, f)
		}
	}
	for _, b := range e.bound {
		add(b.groups, b.attrs)
	}
	add(e.groups, e.attrs)
	return fields
}
