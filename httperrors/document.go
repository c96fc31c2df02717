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

	"github.com/exceptional-go/exceptional/internal/problem"
)

// document returns the problem document of e, in English where there is a choice.
func (e *Error) document() *problem.Document {
	x := e.extra()
	d := &problem.Document{Type: x.typeURI, Title: x.title, Status: e.StatusCode(), Instance: x.instance}
	if d.Title == "" {
		d.Title = Phrase(d.Status)
	}
	add := func(name string, value any) { d.Members = append(d.Members, problem.Member{Name: name, Value: value}) }
	// The message and the detail are both about this occurrence, and a document has one member for that.
	if d.Detail = e.Detail(); d.Detail == "" {
		d.Detail = e.PublicMessage()
	} else if message := e.PublicMessage(); message != "" {
		add("message", message)
	}
	if x.code != "" {
		add("code", x.code)
	}
	if e.Retryable() || e.temporary() { // false is left out unless the status or the header suggests otherwise
		add("retryable", e.Retryable())
	}
	d.Members = append(d.Members, x.extensions...)
	if len(x.links) > 0 {
		list := make([]problem.Link, len(x.links))
		for i, l := range x.links {
			list[i] = problem.Link{Href: l.URL, Rel: l.Rel, Title: l.Title, Type: l.Type, Hreflang: l.Language}
		}
		add("links", list)
	}
	for _, fe := range x.errors {
		d.Errors = append(d.Errors, problem.FieldError(fe))
	}
	return d
}

// MarshalJSON returns e as a problem document of RFC 9457, which has its public parts only. It does not fail.
func (e *Error) MarshalJSON() ([]byte, error) {
	return problem.AppendJSON(nil, e.document()), nil
}

// MarshalXML writes e as a problem document of RFC 9457, appendix B; the name in start is ignored.
func (e *Error) MarshalXML(enc *xml.Encoder, _ xml.StartElement) error {
	var root struct {
		Members string `xml:",innerxml"`
	}
	root.Members = string(problem.AppendXMLMembers(nil, e.document()))
	return enc.EncodeElement(root, xml.StartElement{Name: xml.Name{Space: problem.Namespace, Local: "problem"}})
}

// ErrNotAProblem is in the error that [FromResponse] returns for a response that has no problem document.
var ErrNotAProblem = errors.New("httperrors: not a problem document")

// received are the header fields that say something about an error, the only ones that FromResponse keeps.
var received = []string{"Accept", "Accept-Encoding", "Accept-Patch", "Accept-Post", "Allow", "Content-Range", "Link", "Location",
	"Proxy-Authenticate", "Retry-After", "Upgrade", "Www-Authenticate"}

// FromResponse reads an *Error from a response that a server wrote as a problem document in JSON: for clients, and for tests
// of an application's errors. The status is the response's, not the document's (RFC 9457, section 3.1.2); a redirect
// has it with and without a Location. Numbers in extension members are json.Numbers. FromResponse reads at most 1 MiB of the
// body and does not close it.
//
// Of the header fields it keeps those that say something about the error: Accept, Accept-Encoding, Accept-Patch, Accept-Post,
// Allow, Content-Range, Link, Location, Proxy-Authenticate, Retry-After, Upgrade and WWW-Authenticate. The others, cookies and
// rules for caches and browsers among them, are between that server and its client: a handler that returns the error would
// pass them on. They are in r.Header.
//
// A response below 300 is not an error: FromResponse returns nil, nil and reads nothing. For a response with another body, or
// one that is larger or truncated, it returns an *Error with the status and the header alone, and an error that gives the
// reason, which is ErrNotAProblem if the content type is another one.
func FromResponse(r *http.Response) (*Error, error) {
	const maxBody = 1 << 20
	if r == nil {
		return nil, errors.New("httperrors: no response")
	}
	if r.StatusCode < 300 {
		return nil, nil
	}
	e := build(r.StatusCode, "")
	for _, name := range received {
		if v := r.Header.Values(name); len(v) > 0 {
			e.setHeader(name, v)
		}
	}
	*e.mutableExtra() = extra{received: true} // without the faults of that header, which are not this program's
	contentType := r.Header.Get("Content-Type")
	mediaType, _, _ := mime.ParseMediaType(contentType)
	// A server that was asked for plain JSON may call its problem document that.
	if mediaType != "application/problem+json" && mediaType != "application/json" || r.Body == nil {
		return e, fmt.Errorf("%w: content type %.100q", ErrNotAProblem, contentType)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return e, fmt.Errorf("httperrors: reading the body: %w", err)
	case len(body) > maxBody:
		return e, errors.New("httperrors: the problem document is larger than 1 MiB")
	}
	d, err := problem.Decode(body)
	if err != nil {
		return e, fmt.Errorf("httperrors: %w", err)
	}
	e.fill(d)
	return e, nil
}

// fill sets the fields of e, which is not shared yet, from a document. The title is kept if it says more than the status. The
// document's detail becomes the message, unless it has a member of that name as well.
func (e *Error) fill(d problem.Document) {
	e.message = d.Detail
	x := e.mutableExtra()
	if d.Type != "about:blank" {
		x.typeURI = d.Type
	}
	if d.Title != Phrase(e.StatusCode()) && d.Title != http.StatusText(e.StatusCode()) {
		x.title = d.Title
	}
	x.instance = d.Instance
	for _, fe := range d.Errors[:min(len(d.Errors), maxErrors)] {
		x.errors = append(x.errors, FieldError(fe))
	}
	for _, m := range d.Members {
		text, isText := m.Value.(string)
		retryable, isBool := m.Value.(bool)
		switch {
		case m.Name == "code" && isText:
			if validCode(text) {
				x.code = text
			}
		case m.Name == "message" && isText:
			e.message, e.detail = text, d.Detail
		case m.Name == "retryable" && isBool:
			x.retryable = &retryable
		case m.Name == "links" && e.readLinks(m.Value):
		default:
			x.extensions = append(x.extensions, m)
		}
	}
}

// readLinks sets the links of e, which is not shared yet, from the member of a document, and reports whether it is a list of
// valid links.
func (e *Error) readLinks(value any) bool {
	list, ok := problem.Links(value)
	if !ok || len(list) > maxLinks {
		return false
	}
	linked := &Error{status: e.status}
	for _, l := range list {
		if linked.addLink(Link{URL: l.Href, Title: l.Title, Type: l.Type, Language: l.Hreflang, Rel: l.Rel}) != nil {
			return false
		}
	}
	e.x.links = linked.x.links
	if field := linked.header["Link"]; field != nil && e.header["Link"] == nil { // otherwise they came with the response
		e.putHeader("Link", slices.Clone(field)...)
	}
	return true
}

var (
	_ json.Marshaler = (*Error)(nil)
	_ xml.Marshaler  = (*Error)(nil)
)
