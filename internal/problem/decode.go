package problem

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// maxMembers bounds the extension members, and the entries of errors, of a document that is read.
const maxMembers = 1000

// Decode reads a problem document in JSON. Members of the wrong type are ignored, as RFC 9457, section 3.1, asks; of members
// with one name the last counts. Extension members keep their order, and their numbers are json.Numbers. It is an error if
// data is not one JSON object.
func Decode(data []byte) (Document, error) {
	if !json.Valid(data) { // so that half a document is never taken for a whole one
		return Document{}, errors.New("problem: not valid JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return Document{}, errors.New("problem: not a JSON object")
	}
	var d Document
	places := map[string]int{} // of the extension members
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return Document{}, fmt.Errorf("problem: %w", err)
		}
		name, _ := key.(string)
		var value any
		if err := dec.Decode(&value); err != nil {
			return Document{}, fmt.Errorf("problem: %w", err)
		}
		switch place, known := places[name]; {
		case name == "" || d.set(name, value) || Reserved(name):
		case known:
			d.Members[place].Value = value
		case len(d.Members) < maxMembers:
			places[name] = len(d.Members)
			d.Members = append(d.Members, Member{name, value})
		}
	}
	return d, nil
}

// set takes a member of the document's own, and reports whether it is one.
func (d *Document) set(name string, value any) bool {
	text, isText := value.(string)
	field := map[string]*string{"type": &d.Type, "title": &d.Title, "detail": &d.Detail, "instance": &d.Instance}[name]
	switch {
	case field != nil && isText:
		*field = text
	case name == "status":
		if n, ok := value.(json.Number); ok {
			if status, err := n.Int64(); err == nil && 100 <= status && status <= 599 {
				d.Status = int(status)
			}
		}
	case name == "errors":
		if list, ok := value.([]any); ok {
			d.Errors = fieldErrors(list)
		}
	}
	return field != nil || name == "status" || name == "errors"
}

func fieldErrors(list []any) (errs []FieldError) {
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

// Links reads the value of a member of a document that was read, and reports whether it is a list of links and nothing else:
// other servers have members of that name as well.
func Links(value any) (links []Link, ok bool) {
	b, err := json.Marshal(value)
	if err != nil {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&links); err != nil {
		return nil, false
	}
	for _, l := range links {
		if l.Href == "" {
			return nil, false
		}
	}
	return links, len(links) > 0
}
