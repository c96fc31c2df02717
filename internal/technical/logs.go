package technical

import (
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
	"github.com/exceptional-go/exceptional/internal/technical/value"
	"github.com/exceptional-go/exceptional/internal/text"
)

// captureTrail copies the log lines and notes of the request, masked.
func (c *capture) captureTrail() {
	out := &c.report.Trail
	if c.trail == nil {
		out.Missing = "The request did not pass the middleware of this module, so its log lines and its body were not kept."
		return
	}
	entries, dropped, _ := c.trail.Snapshot()
	out.Dropped = dropped
	for _, e := range entries {
		line := e.Entry
		line.Text = c.text(line.Text, trail.MaxText)
		line.Fields = c.attributes(e.Attrs[:min(len(e.Attrs), value.MaxItems)])
		out.Entries = append(out.Entries, line)
	}
}

// attributes prints attributes, under a limit if that may call methods of the application's types.
func (c *capture) attributes(attrs []slog.Attr) []report.Field {
	m := c.mask
	if !slices.ContainsFunc(attrs, hasMethods) {
		return attrFields(attrs, m)
	}
	fields, fault := within(c, c.view.perValue, func() []report.Field { return attrFields(attrs, m) })
	if fault != "" {
		return []report.Field{{Name: "attributes", Value: "(not shown: " + fault + ")"}}
	}
	return fields
}

// hasMethods reports whether methods of the application's types are called to show a.
func hasMethods(a slog.Attr) bool {
	switch a.Value.Kind() {
	case slog.KindAny, slog.KindLogValuer, slog.KindGroup:
		return true
	}
	return false
}

func attrFields(attrs []slog.Attr, m *mask.Masker) (fields []report.Field) {
	p := value.NewPrinter(m)
	for _, a := range attrs {
		if slices.ContainsFunc(strings.Split(a.Key, "."), m.Name) { // all of a group whose name is secret
			fields = append(fields, report.Field{Name: p.Short(a.Key, value.MaxName), Value: m.Hide("x"), Masked: true})
			continue
		}
		f := p.Print(a.Key, reflect.ValueOf(a.Value.Any()))
		if short := text.Cut(f.Value, trail.MaxText); len(short) < len(f.Value) {
			f.Trimmed += len(f.Value) - len(short)
			f.Value = short
		}
		fields = append(fields, f)
	}
	return fields
}
