// Package value prints any value within bounds: as [report.Field] with secrets masked, or on one line without calling a method
// of the value.
//
// Read value.go first, the [Printer]. fields.go shows errors and panics with it, line.go the values of log lines.
package value

import (
	"encoding"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// Bounds of one value. They keep a value that is huge, or that contains itself, to a screen or two.
const (
	maxDepth  = 4    // levels of nesting
	MaxItems  = 24   // elements of one slice, map or struct
	maxParts  = 160  // Fields altogether
	MaxText   = 4096 // bytes of one text
	MaxName   = 200  // bytes of one name
	scanBytes = 512  // bytes that are examined to tell text from binary data
)

// secretMarker is a type that must not be shown. The method is never called.
type secretMarker interface{ ExceptionalSecret() }

// A Printer turns any value into Fields. It calls methods of the value (LogValue, Error, String, MarshalText), so its caller runs
// it under a limit of time, and it writes to nothing but its own results.
type Printer struct {
	mask  *mask.Masker
	parts int // Fields made so far
	// raw is set by [Line], which walks values by the same rules but while the request runs: no method is called, because it may do
	// anything; strings are quoted; and nothing is masked but the types and fields that are marked as secret, because masking is
	// done when a page is made.
	raw bool
}

// NewPrinter returns a Printer for one value. m masks what it prints.
func NewPrinter(m *mask.Masker) *Printer { return &Printer{mask: m} }

// Take counts one more Field and reports whether there is room for it.
func (p *Printer) Take(depth int) bool {
	p.parts++
	return p.parts <= maxParts && depth <= maxDepth
}

// Print shows v under name. The name alone may make v a secret.
func (p *Printer) Print(name string, v reflect.Value) report.Field { return p.print(name, v, 0) }

// print is Print for a part of a value. depth counts the levels above it.
func (p *Printer) print(name string, v reflect.Value, depth int) report.Field {
	p.parts++
	f := report.Field{Name: p.Short(name, MaxName)}
	if marked(v) || !p.raw && p.mask.Name(name) {
		p.hide(&f, v)
	} else {
		p.fill(&f, v, depth)
	}
	return f
}

// hide masks v. Whether it is empty is no secret, and helps with debugging.
func (p *Printer) hide(f *report.Field, v reflect.Value) {
	switch {
	case p.raw:
		f.Value = `"•••• (masked)"`
	case !v.IsValid() || v.IsZero():
		f.Value = "empty"
	default:
		text := v.Type().String()
		if v.Kind() == reflect.String {
			text = v.String()
		}
		f.Value, f.Masked = p.mask.Hide(text), true
	}
}

// Short masks s and cuts it to n bytes.
func (p *Printer) Short(s string, n int) string {
	if p.raw {
		return text.Cut(s, n)
	}
	shown, _, _ := Show(s, n, p.mask.Text)
	return shown
}

// Text makes s the value of f, masked and cut to MaxText.
func (p *Printer) Text(f *report.Field, s string) {
	if p.raw {
		f.Value = s
		return
	}
	shown, trimmed, masked := Show(s, MaxText, p.mask.Text)
	f.Value, f.Trimmed, f.Masked = shown, trimmed, f.Masked || masked
}

// marked reports whether the type of v, or a pointer to it, has the method of a secret.
func marked(v reflect.Value) bool {
	if !v.IsValid() {
		return false
	}
	t := v.Type()
	return t.Implements(markerType) || t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(markerType)
}

var markerType = reflect.TypeFor[secretMarker]()

// fill sets the value of f, or its Fields, and the type where the value alone does not show it.
func (p *Printer) fill(f *report.Field, v reflect.Value, depth int) {
	for v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		f.Value = "nil"
		return
	}
	if marked(v) {
		p.hide(f, v)
		return
	}
	if v.CanInterface() && !isNil(v) && p.method(f, v, depth) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map, reflect.Struct:
		f.Type = TypeName(v.Type())
		switch {
		case isNil(v):
			f.Value = "nil"
		case depth < maxDepth:
			p.composite(f, v, depth)
		case v.Kind() == reflect.Pointer || v.Kind() == reflect.Struct:
			f.Value = "…"
		default:
			f.Value = fmt.Sprintf("%d elements", v.Len())
		}
	case reflect.String:
		s := v.String()
		if p.raw {
			s = strconv.Quote(text.Cut(s, maxLine))
		}
		p.Text(f, s)
	case reflect.Bool:
		f.Value = strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.Text(f, strconv.FormatInt(v.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		p.Text(f, strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		f.Value = strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.Complex64, reflect.Complex128:
		f.Value = strconv.FormatComplex(v.Complex(), 'g', -1, 128)
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		f.Type = TypeName(v.Type())
		switch {
		case v.IsNil():
			f.Value = "nil"
		case p.raw:
			f.Value = f.Type
		case v.Kind() == reflect.Chan:
			f.Value = fmt.Sprintf("%d of %d", v.Len(), v.Cap())
		}
	}
}

// isNil is v.IsNil for values of any kind.
func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		return v.IsNil()
	}
	return false
}

// composite shows a value that has parts.
func (p *Printer) composite(f *report.Field, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Pointer:
		f.Type = ""
		if p.fill(f, v.Elem(), depth+1); f.Type != "" {
			f.Type = "*" + f.Type
		}
	case reflect.Struct:
		f.Fields, f.Trimmed = p.fields(v, depth, nil)
	case reflect.Map:
		p.mapping(f, v, depth)
	default:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			p.bytes(f, v)
		} else {
			p.list(f, v, depth)
		}
	}
}

// method shows v by a method of its type, and reports whether it has one. LogValue comes first, because that is where a type hides
// its secrets. A value whose method panics shows the panic.
func (p *Printer) method(f *report.Field, v reflect.Value, depth int) (done bool) {
	defer func() {
		if r := recover(); r != nil {
			f.Value, f.Fields = "("+TypeName(v.Type())+" panicked while it was printed: "+p.Short(PanicText(r), 200)+")", nil
			done = true
		}
	}()
	switch x := v.Interface().(type) {
	case time.Time:
		f.Value = x.Format(time.RFC3339Nano)
		return true
	case time.Duration:
		f.Value = x.String()
		return true
	}
	if p.raw {
		return false
	}
	switch x := v.Interface().(type) {
	case slog.LogValuer:
		p.fill(f, reflect.ValueOf(slog.AnyValue(x).Resolve().Any()), depth+1) // Resolve returns no LogValuer
	case []slog.Attr:
		p.group(f, x, depth)
	case error:
		f.Type = TypeName(v.Type())
		p.Text(f, errtree.Text(x)) // an Error method that calls itself without end would end the process
	case fmt.Stringer:
		f.Type = TypeName(v.Type())
		p.Text(f, x.String())
	case encoding.TextMarshaler:
		text, err := x.MarshalText()
		if err != nil {
			return false
		}
		f.Type = TypeName(v.Type())
		p.Text(f, string(text))
	default:
		return false
	}
	return true
}

// group shows the attributes of a slog group.
func (p *Printer) group(f *report.Field, attrs []slog.Attr, depth int) {
	for i, a := range attrs {
		if i == MaxItems || p.parts >= maxParts || depth >= maxDepth {
			f.Trimmed = len(attrs) - i
			return
		}
		f.Fields = append(f.Fields, p.print(a.Key, reflect.ValueOf(a.Value.Any()), depth+1))
	}
}

// list shows a slice or an array, the index of each element as its name.
func (p *Printer) list(f *report.Field, v reflect.Value, depth int) {
	if v.Len() == 0 {
		f.Value = "empty"
	}
	for i := range v.Len() {
		if i == MaxItems || p.parts >= maxParts {
			f.Trimmed = v.Len() - i
			return
		}
		f.Fields = append(f.Fields, p.print(strconv.Itoa(i), v.Index(i), depth+1))
	}
}

// bytes shows a byte slice or array: as text if it is text, otherwise the first bytes in hexadecimal.
func (p *Printer) bytes(f *report.Field, v reflect.Value) {
	n := v.Len()
	if p.raw {
		f.Value = fmt.Sprintf("(%d bytes)", n)
		return
	}
	b := make([]byte, 0, min(n, MaxText+Slack))
	for i := range cap(b) {
		b = append(b, byte(v.Index(i).Uint()))
	}
	f.Type = fmt.Sprintf("%s, %d bytes", TypeName(v.Type()), n)
	if utf8.Valid(b[:min(len(b), scanBytes)]) || utf8.Valid(b) {
		p.Text(f, string(b))
		if n > len(b) {
			f.Trimmed = n - len(f.Value)
		}
		return
	}
	b = b[:min(len(b), 64)]
	f.Value = fmt.Sprintf("% x", b)
	f.Trimmed = n - len(b)
}

// mapping shows a map, sorted by key. Of a large map only the first entries that Go happens to return are sorted: sorting all of
// them would take time without a bound.
func (p *Printer) mapping(f *report.Field, v reflect.Value, depth int) {
	if v.Len() == 0 {
		f.Value = "empty"
	}
	type entry struct {
		name  string
		value reflect.Value
	}
	var entries []entry
	for it := v.MapRange(); it.Next() && len(entries) < 10*MaxItems; {
		var key report.Field
		p.fill(&key, it.Key(), maxDepth)
		entries = append(entries, entry{key.Value, it.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	for i, e := range entries {
		if i == MaxItems || p.parts >= maxParts {
			break
		}
		f.Fields = append(f.Fields, p.print(e.name, e.value, depth+1))
	}
	f.Trimmed = v.Len() - len(f.Fields)
}

// fields shows the exported fields of a struct, except those for which skip returns true. trimmed is the number of fields for which
// there was no room.
func (p *Printer) fields(v reflect.Value, depth int, skip func(reflect.Value) bool) (fields []report.Field, trimmed int) {
	t := v.Type()
	for i := range t.NumField() {
		sf := t.Field(i)
		if !sf.IsExported() || skip != nil && skip(v.Field(i)) {
			continue
		}
		if len(fields) == MaxItems || p.parts >= maxParts {
			trimmed++
			continue
		}
		if slices.Contains(strings.Split(sf.Tag.Get("exceptional"), ","), "secret") {
			p.parts++
			f := report.Field{Name: sf.Name}
			p.hide(&f, v.Field(i))
			fields = append(fields, f)
			continue
		}
		fields = append(fields, p.print(sf.Name, v.Field(i), depth+1))
	}
	return fields, trimmed
}

// TypeName is a type as Go writes it, shortened: the type of an instantiated generic or of an anonymous struct is as long as
// its author wrote it.
func TypeName(t reflect.Type) string {
	return strings.ToValidUTF8(text.Cut(t.String(), 160), "\uFFFD")
}
