package value

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// maxLine bounds a value that is written on one line, in bytes.
const maxLine = 512

// Line writes plain data on one line, as fmt's %+v does, without calling a method of v. It is for values in log lines, which are
// kept while the request goes on: that must be cheap, bounded and harmless. The line is not masked. ok is false for a value
// that a method of its own prints, or that has no parts.
func Line(v any) (line string, ok bool) {
	switch v.(type) {
	case nil, error, fmt.Stringer, secretMarker:
		return "", false
	}
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Map, reflect.Slice, reflect.Array, reflect.Struct, reflect.Pointer:
	default:
		return "", false
	}
	p := &Printer{raw: true}
	var f report.Field
	p.fill(&f, rv, 0)
	var b strings.Builder
	writeLine(&b, f)
	if b.Len() > maxLine {
		return strings.Clone(text.Cut(b.String(), maxLine)) + "…", true
	}
	return b.String(), true
}

// writeLine writes a Field that a raw Printer made. The type tells a map and a list from a struct.
func writeLine(b *strings.Builder, f report.Field) {
	typ, isPointer := strings.CutPrefix(f.Type, "*")
	if isPointer && f.Value != "nil" {
		b.WriteByte('&')
	}
	if f.Value != "" && f.Value != "empty" {
		b.WriteString(f.Value)
		return
	}
	isMap, isList := strings.HasPrefix(typ, "map["), strings.HasPrefix(typ, "[")
	open, end := "{", "}"
	switch {
	case isMap:
		open, end = "map[", "]"
	case isList:
		open, end = "[", "]"
	}
	b.WriteString(open)
	for i, part := range f.Fields {
		if i > 0 {
			b.WriteByte(' ')
		}
		if b.Len() > maxLine {
			break
		}
		if !isList {
			b.WriteString(part.Name)
			b.WriteByte(':')
		}
		writeLine(b, part)
	}
	if f.Trimmed > 0 {
		b.WriteString(" …")
	}
	b.WriteString(end)
}
