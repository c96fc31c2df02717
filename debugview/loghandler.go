package debugview

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/mask"
)

// LogHandler returns a [slog.Handler] that passes records to next and keeps those of requests with a trail, at all levels:
// production logs Info, and the Report of a failed request still shows its Debug lines. A record belongs to a request if it
// is logged with the request's context (slog.DebugContext).
//
// Records below next's level are never passed on. They cost their caller what building a record costs, and only in requests
// with a trail.
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
	return trailOf(ctx) != nil || h.next.Enabled(ctx, level)
}

func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	t := trailOf(ctx)
	if t == nil {
		return h.next.Handle(ctx, r)
	}
	shown := h.next.Enabled(ctx, r.Level)
	e := entry{level: r.Level, message: r.Message, hidden: !shown, groups: h.groups, bound: h.bound}
	if n := r.NumAttrs(); n > 0 {
		e.attrs = make([]slog.Attr, 0, n)
		r.Attrs(func(a slog.Attr) bool {
			e.attrs = append(e.attrs, frozen(a))
			return len(e.attrs) < maxItems
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
		if s := a.Value.String(); len(s) > maxEntryText {
			a.Value = slog.StringValue(string([]byte(head(s, maxEntryText))) + "…")
		}
	case slog.KindAny:
		v := a.Value.Any()
		switch v.(type) {
		case nil, error, fmt.Stringer, secretMarker:
			return a
		}
		rv := reflect.ValueOf(v)
		switch rv.Kind() {
		case reflect.Map, reflect.Slice, reflect.Array, reflect.Struct, reflect.Pointer:
			p := &dataPrinter{left: 300}
			p.print(rv, 0)
			a.Value = slog.AnyValue(printedValue(p.b))
		}
	}
	return a
}

// A printedValue is text that was made from data. It is masked as text: its names stand in it.
type printedValue string

func (c *capture) captureTrail() {
	out := &c.report.Trail
	if c.trail == nil {
		out.Missing = "The request did not pass debugview.Attach, so its log lines and its body were not kept."
		return
	}
	entries, dropped, _ := c.trail.snapshot()
	out.Dropped = dropped
	m := c.mask
	for _, e := range entries {
		line := Entry{At: e.at, Kind: "log", Level: e.level.String(), Hidden: e.hidden}
		if e.note {
			line.Kind, line.Level = "note", ""
		}
		if e.deadline {
			if line.Left = e.left; line.Left == 0 {
				line.Left = -1
			}
		}
		line.Text = c.text(e.message, maxEntryText)
		line.Trimmed = e.trimmed
		if simple(e) {
			line.Fields = entryFields(e, m)
		} else {
			fields, fault := within(&c.allow, c.view.perValue, func() []Field { return entryFields(e, m) })
			if fault != "" {
				fields = []Field{{Name: "attributes", Value: "(not shown: " + fault + ")"}}
			}
			line.Fields = fields
		}
		out.Entries = append(out.Entries, line)
	}
}

// simple reports whether no method of a foreign value is called for the entry's attributes.
func simple(e entry) bool {
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

func entryFields(e entry, m *mask.Masker) (fields []Field) {
	p := &printer{mask: m, parts: maxParts - 60} // one line is not worth more
	add := func(groups []string, attrs []slog.Attr) {
		for _, a := range attrs {
			if len(fields) == maxItems {
				return
			}
			if a.Equal(slog.Attr{}) {
				continue
			}
			secret := false
			for _, g := range groups {
				secret = secret || m.Name(g)
			}
			var f Field
			if text, ok := a.Value.Any().(printedValue); ok && !m.Name(a.Key) {
				f = Field{Name: p.plain(a.Key, maxName)}
				p.text(&f, string(text))
			} else {
				f = p.attr(a, 0)
			}
			if secret {
				f.Value, f.Fields, f.Masked = m.Hide("x"), nil, true
			}
			for i := len(groups) - 1; i >= 0; i-- {
				f.Name = groups[i] + "." + f.Name
			}
			f.Name = p.plain(f.Name, maxName)
			if len(f.Value) > maxEntryText {
				f.Trimmed += len(f.Value) - len(head(f.Value, maxEntryText))
				f.Value = head(f.Value, maxEntryText)
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

func (c *capture) captureWatches() {
	if c.trail == nil {
		return
	}
	_, _, watches := c.trail.snapshot()
	for _, w := range watches {
		c.report.Watches = append(c.report.Watches, c.section(w.name, w.name, c.view.perValue, func() (any, error) { return w.value, nil }))
	}
}

func (c *capture) capturePanels() {
	panels := c.view.o.Panels
	if len(panels) == 0 {
		return
	}
	// Panels have time of their own, for what an error's methods used up is not their fault, and they share it: they run
	// side by side.
	c.allow.end = c.view.now().Add(c.view.perPanel)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), c.view.perPanel)
	defer cancel()
	user := c.in.User
	c.report.Panels = make([]Section, len(panels))
	var wg sync.WaitGroup
	for i, panel := range panels {
		wg.Go(func() {
			c.report.Panels[i] = c.section(panel.Title, "", c.view.perPanel, func() (any, error) { return panel.Load(ctx, user) })
		})
	}
	wg.Wait()
}

// section shows what load returns. Loading and printing run together on one goroutine, for printing calls methods, too. name
// is what the value is called, by which it may be a secret; a panel's title is no name.
func (c *capture) section(title, name string, d time.Duration, load func() (any, error)) Section {
	m, s := c.mask, Section{Title: c.text(title, maxName)}
	type result struct {
		fields []Field
		text   string
		err    string
	}
	got, fault := within(&c.allow, d, func() (r result) {
		v, err := load()
		p := &printer{mask: m}
		if err != nil {
			r.err = p.plain(errtree.Text(err), 500)
		}
		switch x := v.(type) {
		case nil:
		case []Field:
			r.fields = p.given(x, 0)
		case string:
			var f Field
			if m.Name(name) {
				f = p.print(name, reflect.ValueOf(x), 0)
			} else {
				p.text(&f, x)
			}
			r.text = f.Value
		default:
			f := p.print(name, reflect.ValueOf(v), 0)
			if r.fields = f.Fields; len(f.Fields) == 0 {
				r.text = f.Value
			}
		}
		return r
	})
	s.Fields, s.Text, s.Error = got.fields, got.text, got.err
	if fault != "" {
		s.Error = fault
	}
	return s
}

// given masks Fields that the application made.
func (p *printer) given(fields []Field, depth int) (out []Field) {
	for _, f := range fields {
		if p.parts++; len(out) == maxItems*2 || p.parts > maxParts || depth > maxDepth {
			break
		}
		o := Field{Name: p.plain(f.Name, maxName), Type: p.plain(f.Type, maxName), Masked: f.Masked}
		if p.mask.Name(f.Name) {
			o.Value, o.Masked = p.mask.Hide(f.Value+"x"), true
		} else {
			p.text(&o, f.Value)
			o.Fields = p.given(f.Fields, depth+1)
		}
		out = append(out, o)
	}
	return out
}
