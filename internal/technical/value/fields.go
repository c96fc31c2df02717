package value

import (
	"log/slog"
	"reflect"

	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// ErrorFields shows the data that an error carries beside its text, from the first of these that it has: attributes, as a
// slog.LogValuer; details, from the methods that error libraries have for them; the exported fields of a struct; the entries of a
// map. Errors in children are left out, because the tree shows them.
func ErrorFields(err error, children []error, m *mask.Masker) []report.Field {
	p := NewPrinter(m)
	if marked(reflect.ValueOf(err)) {
		return nil
	}
	var f report.Field
	if x, ok := err.(slog.LogValuer); ok {
		if v := slog.AnyValue(x).Resolve(); v.Kind() == slog.KindGroup {
			p.group(&f, v.Group(), 0)
			return f.Fields
		}
	}
	var details map[string]any
	switch x := err.(type) {
	case interface{ Details() map[string]any }:
		details = x.Details()
	case interface{ Context() map[string]any }:
		details = x.Context()
	}
	if len(details) > 0 {
		p.mapping(&f, reflect.ValueOf(details), 0)
		return f.Fields
	}
	v := reflect.ValueOf(err)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct:
		fields, _ := p.fields(v, 0, func(v reflect.Value) bool { return v.IsZero() || inTree(v, children) })
		return fields
	case reflect.Map:
		p.mapping(&f, v, 0)
		return f.Fields
	}
	return nil
}

// inTree reports whether v holds one of the errors.
func inTree(v reflect.Value, errs []error) bool {
	if !v.CanInterface() {
		return false
	}
	switch x := v.Interface().(type) {
	case error:
		rx := reflect.TypeOf(x)
		for _, e := range errs {
			// Values of one type count as equal unless they are pointers: comparing them may panic, or recurse for long.
			if rx == reflect.TypeOf(e) && (rx.Kind() != reflect.Pointer || x == e) {
				return true
			}
		}
	case []error:
		return len(x) > 0 && len(errs) > 0
	}
	return false
}

// ValueFields shows a value that is not an error: what was given to panic.
func ValueFields(value any, m *mask.Masker) []report.Field {
	p := NewPrinter(m)
	f := p.Print("value", reflect.ValueOf(value))
	if len(f.Fields) > 0 {
		return f.Fields
	}
	return []report.Field{f}
}
