package problem

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The bounds of a document that is read.
const (
	MaxSize    = 1 << 20 // bytes
	maxMembers = 1000    // extension members, and entries of errors
)

var errTooLarge = errors.New("problem: document too large")

// DecodeJSON reads a problem document. Members of the wrong type are ignored, as RFC 9457, section 3.1, asks; of
// members with one name the last counts. Numbers in extension members are json.Numbers. It is an error if data is
// not a JSON object or exceeds the bounds.
func DecodeJSON(data []byte) (Document, error) {
	var d Document
	if len(data) > MaxSize {
		return d, errTooLarge
	}
	if !json.Valid(data) { // one pass more, so that half a document is never taken for a whole one
		return d, errors.New("problem: not valid JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return d, errors.New("problem: not a JSON object")
	}
	at := map[string]int{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return Document{}, fmt.Errorf("problem: %w", err)
		}
		name, _ := key.(string)
		var v any
		if err := dec.Decode(&v); err != nil {
			return Document{}, fmt.Errorf("problem: %w", err)
		}
		d.set(name, v, at)
	}
	return d, nil
}

// set takes a member that was read; at has the places of the extension members so far.
func (d *Document) set(name string, v any, at map[string]int) {
	s, isString := v.(string)
	switch name {
	case "type":
		if isString {
			d.Type = s
		}
	case "title":
		if isString {
			d.Title = s
		}
	case "detail":
		if isString {
			d.Detail = s
		}
	case "instance":
		if isString {
			d.Instance = s
		}
	case "status":
		if n, ok := v.(json.Number); ok {
			s = n.String()
		} else if isString {
			return
		}
		if n, err := strconv.Atoi(s); err == nil && 100 <= n && n <= 599 {
			d.Status = n
		}
	case "errors":
		if list, ok := v.([]any); ok {
			d.Errors = fieldErrors(list)
		}
	default:
		if Reserved(name) || name == "" {
			return
		}
		if i, ok := at[name]; ok {
			d.Members[i].Value = v
		} else if len(d.Members) < maxMembers {
			at[name] = len(d.Members)
			d.Members = append(d.Members, Member{name, v})
		}
	}
}

func fieldErrors(list []any) []FieldError {
	var errs []FieldError
	for _, item := range list {
		m, ok := item.(map[string]any)
		if !ok {
			continue
		}
		if len(errs) == maxMembers {
			break
		}
		var e FieldError
		e.Detail, _ = m["detail"].(string)
		e.Pointer, _ = m["pointer"].(string)
		e.Parameter, _ = m["parameter"].(string)
		e.Header, _ = m["header"].(string)
		e.Code, _ = m["code"].(string)
		errs = append(errs, e)
	}
	return errs
}

// DecodeXML reads a problem document of the form that AppendXML writes. XML does not tell a number from a string, nor
// an empty array from an empty string: values of extension members are strings, []any of "i" elements, or
// map[string]any.
func DecodeXML(data []byte) (Document, error) {
	var d Document
	if len(data) > MaxSize {
		return d, errTooLarge
	}
	dec := xml.NewDecoder(bytes.NewReader(data))
	root, err := startElement(dec)
	if err != nil {
		return d, fmt.Errorf("problem: %w", err)
	}
	return DecodeElement(dec, root)
}

// DecodeElement is DecodeXML for an element whose start has been read. It reads to the element's end.
func DecodeElement(dec *xml.Decoder, root xml.StartElement) (Document, error) {
	var d Document
	if root.Name.Local != "problem" || root.Name.Space != Namespace && root.Name.Space != "" {
		return d, errors.New("problem: not a problem document")
	}
	v, err := element(dec, 0, dec.InputOffset()+MaxSize)
	if err != nil {
		return d, fmt.Errorf("problem: %w", err)
	}
	at := map[string]int{}
	for _, c := range v.children {
		value := c.value()
		switch c.name {
		case "status":
			if s, ok := value.(string); ok {
				value = json.Number(strings.TrimSpace(s))
			}
		case "errors":
			if _, ok := value.([]any); !ok {
				continue
			}
		}
		d.set(c.name, value, at)
	}
	return d, nil
}

func startElement(dec *xml.Decoder) (xml.StartElement, error) {
	for {
		t, err := dec.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		if s, ok := t.(xml.StartElement); ok {
			return s, nil
		}
	}
}

// tree is an XML element without its attributes.
type tree struct {
	name     string
	text     string
	children []tree
}

// element reads the rest of an element whose start has been read, up to an offset of the input.
func element(dec *xml.Decoder, depth int, end int64) (tree, error) {
	var v tree
	if depth > maxDepth {
		return v, errTooLarge
	}
	var text strings.Builder
	for {
		t, err := dec.Token()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return v, err
		}
		if dec.InputOffset() > end {
			return v, errTooLarge
		}
		switch t := t.(type) {
		case xml.StartElement:
			c, err := element(dec, depth+1, end)
			if err != nil {
				return v, err
			}
			c.name = t.Name.Local
			v.children = append(v.children, c)
		case xml.EndElement:
			v.text = text.String()
			return v, nil
		case xml.CharData:
			text.Write(t)
		}
	}
}

// value is what an element stands for: its text, the list of its "i" elements, or its children by name.
func (v *tree) value() any {
	if len(v.children) == 0 {
		return v.text
	}
	list, isList := make([]any, 0, len(v.children)), true
	object := make(map[string]any, len(v.children))
	for i := range v.children {
		c := &v.children[i]
		value := c.value()
		list = append(list, value)
		object[c.name] = value
		isList = isList && c.name == "i"
	}
	if isList {
		return list
	}
	return object
}
