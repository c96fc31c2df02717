package httperrors

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/problem"
)

// document returns the problem document of e, in English where there is a choice.
func (e *Error) document() *problem.Document {
	x := e.extra()
	d := &problem.Document{Type: x.typeURI, Title: x.title, Status: e.StatusCode(), Instance: x.instance}
	if d.Title == "" {
		d.Title = Phrase(d.Status)
	}
	message, detail := e.PublicMessage(), e.Detail()
	if detail == "" { // both are about this occurrence; a document has one place for that
		message, detail = "", message
	}
	d.Detail = detail
	if message != "" {
		d.Members = append(d.Members, problem.Member{Name: "message", Value: message})
	}
	if x.code != "" {
		d.Members = append(d.Members, problem.Member{Name: "code", Value: x.code})
	}
	if e.Retryable() {
		d.Members = append(d.Members, problem.Member{Name: "retryable", Value: true})
	} else if problem.Temporary(d.Status) || e != nil && e.header["Retry-After"] != nil { // otherwise it goes without saying
		d.Members = append(d.Members, problem.Member{Name: "retryable", Value: false})
	}
	d.Members = append(d.Members, x.extensions...)
	if len(x.links) > 0 {
		list := make([]problem.Link, len(x.links))
		for i := range x.links {
			list[i] = x.links[i].document()
		}
		d.Members = append(d.Members, problem.Member{Name: "links", Value: list})
	}
	for _, fe := range x.errors {
		d.Errors = append(d.Errors, problem.FieldError(fe))
	}
	return d
}

func init() {
	problem.Inner = func(v any) (members []problem.Member) {
		defer func() { _ = recover() }() // a nil pointer to a type that embeds an Error
		if x, ok := v.(embedder); ok {
			members = x.httpError().extra().extensions
		}
		return members
	}
}

// MarshalJSON returns e as a problem document of RFC 9457, with nothing in it that is not public. It does not fail.
func (e *Error) MarshalJSON() ([]byte, error) {
	return problem.AppendJSON(nil, e.document()), nil
}

// MarshalXML writes e as a problem document of RFC 9457, appendix B, whatever start says.
func (e *Error) MarshalXML(enc *xml.Encoder, _ xml.StartElement) error {
	// The declaration is left out: the encoder's user may have written one, and it may not stand in the middle.
	_, root, _ := strings.Cut(string(problem.AppendXML(nil, e.document())), "\n")
	dec := xml.NewDecoder(strings.NewReader(root))
	for {
		t, err := dec.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := enc.EncodeToken(t); err != nil {
			return err
		}
	}
}

// ErrNotAProblem is what [FromResponse] and [Decode] return for what is not a problem document.
var ErrNotAProblem = errors.New("httperrors: not a problem document")

// FromResponse reads an *Error from a response that a server wrote as a problem document, in JSON or in XML: a client's
// half of this package, and a test's. The status is the response's, whatever the document says (RFC 9457, section
// 3.1.2); a redirect has it with and without a Location. It reads 1 MiB of the body at most and does not close it.
//
// Of the header fields it keeps those that say something about the error: Accept, Accept-Encoding, Accept-Patch, Accept-Post,
// Allow, Content-Range, Link, Location, Proxy-Authenticate, RateLimit, RateLimit-Policy, Retry-After, Upgrade and
// WWW-Authenticate. The others, cookies and rules for caches and browsers among them, are between that server and its
// client: a handler that returns the error would pass them on. They are in r.Header.
//
// A response below 300 is no error: FromResponse returns nil, nil and reads nothing. For a response with another body,
// or one that is larger or is cut off, it returns an *Error with the status and the header alone, and an error that
// says why, which is ErrNotAProblem if the content type is another one.
func FromResponse(r *http.Response) (*Error, error) {
	if r == nil {
		return nil, errors.New("httperrors: no response")
	}
	if r.StatusCode < 300 {
		return nil, nil
	}
	bare := build(r.StatusCode, "")
	bare.grow().read = true
	bare.adopt(r.Header)
	mediaType := r.Header.Get("Content-Type")
	if problemFormat(mediaType) == 0 || r.Body == nil {
		return bare, fmt.Errorf("%w: content type %.100q", ErrNotAProblem, mediaType)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, problem.MaxSize+1))
	if err != nil {
		return bare, fmt.Errorf("httperrors: reading the body: %w", err)
	}
	d, err := decode(mediaType, body)
	if err != nil {
		return bare, err
	}
	bare.fill(d)
	return bare, nil
}

// Decode reads an *Error from a problem document with this media type, application/problem+json or
// application/problem+xml. Members of the wrong type are ignored. The status is the document's, also if it is a redirect,
// whose Location no document has, and a handler that returns it should set; without one, or with one that is no error's, it
// is 500.
// Numbers in extension members are json.Numbers; in XML everything is a string, a []any or a map[string]any.
func Decode(mediaType string, document []byte) (*Error, error) {
	d, err := decode(mediaType, document)
	if err != nil {
		return nil, err
	}
	e := build(documentStatus(d), "")
	e.fill(d)
	return e, nil
}

// UnmarshalJSON reads a problem document as [Decode] does, without a stack. An Error is immutable: it is an error if e is not a
// zero Error, and then, as after any other error, e is as it was. null changes nothing. Nobody else may use e meanwhile.
func (e *Error) UnmarshalJSON(document []byte) error {
	if string(document) == "null" {
		return nil
	}
	return e.unmarshal(problem.DecodeJSON(document))
}

// UnmarshalXML is UnmarshalJSON for the element of a problem document.
func (e *Error) UnmarshalXML(dec *xml.Decoder, start xml.StartElement) error {
	return e.unmarshal(problem.DecodeElement(dec, start))
}

var errFilled = errors.New("httperrors: an Error is immutable: only a zero one is filled from a document")

func (e *Error) unmarshal(d problem.Document, err error) error {
	switch {
	case err != nil:
		return err
	case e == nil: // embedded in a type that has none yet
		return errors.New("httperrors: no Error to fill from a document")
	case !e.Plain() || e.status != 0 || e.cause != nil || e.parent != nil || e.stack != nil || e.x != nil:
		return errFilled
	}
	e.status = documentStatus(d)
	e.fill(d)
	return nil
}

// documentStatus returns the status of an error that has nothing but a document.
func documentStatus(d problem.Document) int {
	if d.Status == 0 {
		return http.StatusInternalServerError
	}
	return d.Status
}

// problemFormat returns 'j' for problem+json, 'x' for problem+xml and 0 for anything else. Plain JSON and XML are
// accepted: it is what a client gets that asks for them.
func problemFormat(mediaType string) byte {
	t, _, err := mime.ParseMediaType(mediaType)
	if err != nil && t == "" {
		return 0
	}
	switch t {
	case "application/problem+json", "application/json":
		return 'j'
	case "application/problem+xml", "application/xml", "text/xml":
		return 'x'
	}
	return 0
}

func decode(mediaType string, body []byte) (problem.Document, error) {
	switch problemFormat(mediaType) {
	case 'j':
		return problem.DecodeJSON(body)
	case 'x':
		return problem.DecodeXML(body)
	}
	return problem.Document{}, fmt.Errorf("%w: content type %.100q", ErrNotAProblem, mediaType)
}

// fill sets in e, which nobody else has, what a document says. The title is kept if it says more than the status. What a
// document has for the text of this occurrence is the message, unless it has a message besides.
func (e *Error) fill(d problem.Document) {
	e.message, e.detail = d.Detail, ""
	x := e.grow()
	x.read = true
	if d.Type != "about:blank" {
		x.typeURI = d.Type
	}
	if d.Title != Phrase(e.StatusCode()) && d.Title != http.StatusText(e.StatusCode()) {
		x.title = d.Title
	}
	x.instance = d.Instance
	for _, m := range d.Members {
		text, isText := m.Value.(string)
		switch {
		case m.Name == "code" && isText:
			if slug(text) {
				x.code = text
			}
		case m.Name == "message" && isText:
			e.message, e.detail = text, d.Detail
		case m.Name == "retryable" && (m.Value == true || text == "true"):
			x.retryable = yes
		case m.Name == "retryable" && (m.Value == false || text == "false"):
			x.retryable = no
		case m.Name == "links" && x.links == nil && readLinks(&x.links, m.Value, e.status):
			if e.header["Link"] == nil { // otherwise they came with the document
				e.sendLinks(x.links)
			}
		default:
			x.extensions = append(x.extensions, m)
		}
	}
	for _, fe := range d.Errors {
		x.errors = append(x.errors, FieldError(fe))
	}
}

// adopt takes over the fields of a response's header that say something about the error, and leaves the others without a word.
func (e *Error) adopt(h http.Header) {
	for _, name := range []string{"Accept", "Accept-Encoding", "Accept-Patch", "Accept-Post", "Allow", "Link", "Location", "Proxy-Authenticate", "Retry-After",
		"Ratelimit", "Ratelimit-Policy", "Www-Authenticate", "Upgrade", "Content-Range"} {
		if v := h.Values(name); len(v) > 0 {
			e.setHeader(name, slices.Clone(v))
		}
	}
	if e.x != nil {
		e.x.faults = nil
	}
}

var (
	_ json.Marshaler   = (*Error)(nil)
	_ json.Unmarshaler = (*Error)(nil)
	_ xml.Marshaler    = (*Error)(nil)
	_ xml.Unmarshaler  = (*Error)(nil)
)
