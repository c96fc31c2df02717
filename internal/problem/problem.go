// Package problem writes problem documents as RFC 9457 defines them, in JSON and in XML, and reads them in JSON.
//
// Writing cannot fail: it happens while an error is being answered, when there is no better answer left to give. A member
// that cannot be written is left out, and the rest of the document stands.
//
// [Document] is a document as data; [AppendJSON] and [AppendXML] write it, value.go encodes the values of its members, and
// [Decode] reads one.
package problem

import "strings"

// Document is a problem document. Empty members are not written.
type Document struct {
	Type     string // a URI reference; "" means about:blank
	Title    string
	Status   int
	Detail   string
	Instance string // a URI reference
	Members  []Member
	Errors   []FieldError
}

// Member is an extension member. A name that Reserved reports, or that an earlier member has, is not written.
type Member struct {
	Name  string
	Value any // anything that encoding/json encodes
}

// FieldError is one entry of the errors member of RFC 9457, section 3, with the places besides the body in which an error
// can be. The zero value is written as an empty object.
type FieldError struct {
	Detail    string `json:"detail,omitempty"`
	Pointer   string `json:"pointer,omitempty"`   // into the request body, as RFC 6901 says: "/items/0/price"
	Parameter string `json:"parameter,omitempty"` // the name of a query, path or form parameter
	Header    string `json:"header,omitempty"`    // the name of a header field
	Code      string `json:"code,omitempty"`      // for programs: "required"
}

// Link is one entry of the member links, in the terms of RFC 8288.
type Link struct {
	Href     string `json:"href"`
	Rel      string `json:"rel,omitempty"`
	Title    string `json:"title,omitempty"`
	Type     string `json:"type,omitempty"`     // a media type
	Hreflang string `json:"hreflang,omitempty"` // a language tag
}

// ValidName reports whether name may be an extension member in every format: a letter, then letters, digits and
// underscores, three bytes at least (RFC 9457, section 4), 64 at most, and not a name that XML reserves.
func ValidName(name string) bool {
	if len(name) < 3 || len(name) > 64 || strings.EqualFold(name[:3], "xml") {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !letter(c) && (i == 0 || !digit(c) && c != '_') {
			return false
		}
	}
	return true
}

// Reserved reports whether name belongs to the document itself, in any case: many decoders, Go's among them, take
// "Status" for "status".
func Reserved(name string) bool {
	for _, r := range [...]string{"type", "title", "status", "detail", "instance", "errors"} {
		if strings.EqualFold(name, r) {
			return true
		}
	}
	return false
}

// Temporary reports whether a status says by itself that the same request may succeed later.
func Temporary(status int) bool {
	switch status {
	case 408, 425, 429, 502, 503, 504:
		return true
	}
	return false
}

// writable reports whether the member at place i has a valid name that neither the document nor an earlier member has.
func (d *Document) writable(i int) bool {
	name := d.Members[i].Name
	if name == "" || len(name) > 256 || Reserved(name) {
		return false
	}
	for _, m := range d.Members[:i] {
		if m.Name == name {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }
