package problem

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// maxMembers bounds the extension members of a document that is read: each is compared with the others.
const maxMembers = 1000

// Decode reads a problem document in JSON, without its status, which is that of the response. Members of the wrong type are
// ignored, as RFC 9457, section 3.1, asks; of members with one name the last counts. Extension members keep their order, and
// their numbers are json.Numbers. It is an error if data is not one JSON object.
func Decode(data []byte) (Document, error) {
	if !json.Valid(data) { // so that nothing fails below, and half a document is never taken for a whole one
		return Document{}, errors.New("problem: not valid JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if t, _ := dec.Token(); t != json.Delim('{') {
		return Document{}, errors.New("problem: not a JSON object")
	}
	var d Document
	own := map[string]*string{"type": &d.Type, "title": &d.Title, "detail": &d.Detail, "instance": &d.Instance}
	for dec.More() {
		key, _ := dec.Token()
		name, _ := key.(string)
		var value any
		_ = dec.Decode(&value)
		text, isText := value.(string)
		place := slices.IndexFunc(d.Members, func(m Member) bool { return m.Name == name })
		switch {
		case own[name] != nil && isText:
			*own[name] = text
		case name == "errors":
			d.Errors = fieldErrors(value)
		case name == "" || Reserved(name):
		case place >= 0:
			d.Members[place].Value = value
		case len(d.Members) < maxMembers:
			d.Members = append(d.Members, Member{name, value})
		}
	}
	return d, nil
}

func fieldErrors(value any) (errs []FieldError) {
	list, _ := value.([]any)
	for _, item := range list {
		m, ok := item.(map[string]any)
		if !ok {
			continue
		}
		text := func(name string) string {
			s, _ := m[name].(string)
			return s
		}
		errs = append(errs, FieldError{text("detail"), text("pointer"), text("parameter"), text("header"), text("code")})
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
