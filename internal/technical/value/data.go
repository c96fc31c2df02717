package value

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// A dataPrinter writes plain data as fmt's %+v does, without calling a single method. It is for log lines that are kept
// while the request goes on: it must be cheap, bounded and harmless.
type dataPrinter struct {
	b    []byte
	left int // parts that may still be written
}

const maxDataBytes = 512

// Data writes v down without calling its methods. ok is false for a value that may not be kept like that: one that a
// method of its own prints, or that is no more than a word.
func Data(v any) (text string, ok bool) {
	switch v.(type) {
	case nil, error, fmt.Stringer, secretMarker:
		return "", false
	}
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Map, reflect.Slice, reflect.Array, reflect.Struct, reflect.Pointer:
		p := &dataPrinter{left: 300}
		p.print(rv, 0)
		return string(p.b), true
	}
	return "", false
}

func (p *dataPrinter) print(v reflect.Value, depth int) {
	p.left--
	if p.left < 0 || len(p.b) >= maxDataBytes || depth > maxDepth {
		p.b = append(p.b, "…"...)
		return
	}
	switch v.Kind() {
	case reflect.Invalid:
		p.b = append(p.b, "nil"...)
	case reflect.Bool:
		p.b = strconv.AppendBool(p.b, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.b = strconv.AppendInt(p.b, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		p.b = strconv.AppendUint(p.b, v.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		p.b = strconv.AppendFloat(p.b, v.Float(), 'g', -1, 64)
	case reflect.String:
		// Quoted, so that a masker sees where the value behind a secret name ends.
		p.b = strconv.AppendQuote(p.b, Head(v.String(), maxDataBytes))
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			p.b = append(p.b, "nil"...)
			return
		}
		if v.Kind() == reflect.Pointer {
			p.b = append(p.b, '&')
		}
		p.print(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			p.b = fmt.Appendf(p.b, "(%d bytes)", v.Len())
			return
		}
		p.b = append(p.b, '[')
		for i := range v.Len() {
			if i > 0 {
				p.b = append(p.b, ' ')
			}
			if i == MaxItems || p.left <= 0 {
				p.b = append(p.b, "…"...)
				break
			}
			p.print(v.Index(i), depth+1)
		}
		p.b = append(p.b, ']')
	case reflect.Map:
		p.mapping(v, depth)
	case reflect.Struct:
		p.structure(v, depth)
	default:
		p.b = append(p.b, TypeName(v.Type())...)
	}
}

func (p *dataPrinter) mapping(v reflect.Value, depth int) {
	var pairs [][]byte
	for it := v.MapRange(); it.Next() && len(pairs) < MaxItems; {
		one := dataPrinter{left: min(p.left, 40)}
		one.print(it.Key(), depth+1)
		one.b = append(one.b, ':')
		one.print(it.Value(), depth+1)
		p.left -= 2
		pairs = append(pairs, one.b)
	}
	slices.SortFunc(pairs, slices.Compare)
	p.b = append(p.b, "map["...)
	for i, pair := range pairs {
		if i > 0 {
			p.b = append(p.b, ' ')
		}
		p.b = append(p.b, pair...)
	}
	if len(pairs) < v.Len() {
		p.b = append(p.b, " …"...)
	}
	p.b = append(p.b, ']')
}

func (p *dataPrinter) structure(v reflect.Value, depth int) {
	p.b = append(p.b, '{')
	first := true
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		if !sf.IsExported() {
			continue
		}
		if !first {
			p.b = append(p.b, ' ')
		}
		first = false
		p.b = append(append(p.b, sf.Name...), ':')
		if sf.Tag.Get("exceptional") == "secret" || marked(v.Field(i)) {
			p.b = append(p.b, `"•••• (masked)"`...)
			continue
		}
		p.print(v.Field(i), depth+1)
		if p.left <= 0 {
			break
		}
	}
	p.b = append(p.b, '}')
}
