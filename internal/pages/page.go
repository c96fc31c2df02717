package pages

import (
	"bytes"
	"cmp"
	"encoding/json"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/pages/internal/i18n"
	"github.com/exceptional-go/exceptional/internal/problem"
	"github.com/exceptional-go/exceptional/internal/text"
	"github.com/exceptional-go/exceptional/renderer"
)

// fill makes p the page of f, with the texts of l, cleaned. The error says how Options.Messages failed; the page has the standard
// texts then. The fields that only a template of the application reads are left out, because they cost more than all of the rest;
// see templatePage.
func (r *Renderer) fill(p *renderer.Page, l *i18n.Language, c Choice, f *failure) error {
	e, messagesErr := r.textsFor(l, f.status, f.Error.Code())
	*p = renderer.Page{
		Code:        f.status,
		Title:       text.Clean(f.Error.Title(), maxWord),
		Heading:     e.Heading,
		Message:     text.Clean(f.Error.PublicMessage(), maxMessage),
		Explanation: e.Text,
		Advice:      e.Advice,
		Detail:      text.CleanLines(f.Error.Detail(), maxDetail),
		Slug:        text.Clean(f.Error.Code(), maxWord),
		Reference:   text.Clean(f.Reference, maxWord),
		RequestID:   text.Clean(cmp.Or(f.RequestID, f.TraceID), maxWord),
		Language:    l.Tag,
		Direction:   l.Direction,
		Method:      text.Clean(f.Method, maxWord),
		Path:        text.Clean(f.Path, maxPath),
		Retryable:   f.retryable,
		RetryAfter:  int(f.retryAfter / time.Second),
		Wait:        l.Labels.WaitFor(f.retryAfter),
		Location:    pageLink(f.location),
		Errors:      cleanErrors(f.Error.Errors()),
		Links:       shownLinks(f.Error.Links()),
		Brand:       r.brand,
		Labels:      l.Labels,
		Fragment:    c.Fragment,
		Frame:       c.Frame,
	}
	if p.Title != "" { // the error's own title is the headline as well
		p.Heading = p.Title
	}
	p.Title = cmp.Or(p.Title, e.Title)
	p.Heading = cmp.Or(p.Heading, p.Title)
	p.Message = cmp.Or(p.Message, p.Title)
	return messagesErr
}

// templatePage returns the page of f for a template of the application, but for ProblemScript. The error is that of fill.
func (r *Renderer) templatePage(l *i18n.Language, c Choice, f *failure) (*renderer.Page, error) {
	p := new(renderer.Page)
	messagesErr := r.fill(p, l, c, f)
	shown := &pageError{text: p.Message}
	if f.Error != nil { // a nil *httperrors.Error in an error would not be nil
		shown.cause = f.Error
	}
	p.Err = shown
	if len(f.extensions) > 0 {
		p.Extensions = plainExtensions(f.extensions)
	}
	return p, messagesErr
}

// textsFor returns the texts for an error with a status and a code. Options.Messages outranks the catalogue; if it fails, the
// catalogue's texts remain.
func (r *Renderer) textsFor(l *i18n.Language, status int, code string) (i18n.Entry, error) {
	e := l.Entry(status, code)
	if r.messages == nil {
		return e, nil
	}
	var title, explanation string
	var ok bool
	if err := guard.Call(func() { title, explanation, ok = r.messages(l.Tag, status, code) }); err != nil {
		return e, fault("Messages", "in %q, for %d %q: %w", l.Tag, status, code, err)
	}
	if !ok {
		return e, nil
	}
	if title = strings.TrimSpace(text.Clean(title, i18n.MaxTitle)); title != "" {
		e.Title, e.Heading = title, title
	}
	if explanation = strings.TrimSpace(text.Clean(explanation, i18n.MaxText)); explanation != "" {
		e.Text = explanation
	}
	return e, nil
}

// cleanErrors returns the invalid fields of the request with cleaned texts, as many as an answer takes.
func cleanErrors(list []httperrors.FieldError) []httperrors.FieldError {
	if len(list) == 0 {
		return nil
	}
	out := make([]httperrors.FieldError, min(len(list), maxErrors))
	for i := range out {
		e := &list[i]
		out[i] = httperrors.FieldError{
			Detail:    text.Clean(e.Detail, maxMessage),
			Pointer:   text.Clean(e.Pointer, maxWord),
			Parameter: text.Clean(e.Parameter, maxWord),
			Header:    text.Clean(e.Header, maxWord),
			Code:      text.Clean(e.Code, maxWord),
		}
	}
	return out
}

// A pageError is Page.Err: it prints as the public message, and leads to the error that caused the page.
type pageError struct {
	text  string
	cause error
}

func (e *pageError) Error() string { return e.text }
func (e *pageError) Unwrap() error { return e.cause }

// GoString keeps a careless {{printf "%#v" .Err}} from printing private data.
func (e *pageError) GoString() string { return strconv.Quote(e.text) }

// plainExtensions returns the extension members as they are in the problem document: strings, numbers, booleans, lists and
// maps. A value that runs code when it is printed, never ends or cannot be encoded is not among them, and neither is a
// template.HTML, which would go into the page unescaped.
func plainExtensions(members []problem.Member) map[string]any {
	dec := json.NewDecoder(bytes.NewReader(problem.AppendJSON(nil, &problem.Document{Members: members})))
	dec.UseNumber()
	var m map[string]any
	if dec.Decode(&m) != nil {
		return nil
	}
	for name := range m {
		if problem.Reserved(name) {
			delete(m, name)
			continue
		}
		m[name] = plainValue(m[name])
	}
	return m
}

// members returns the extension members of an error, as many as an answer takes.
func members(e *httperrors.Error) (list []problem.Member) {
	for name, value := range e.Extensions() {
		if len(list) == maxMembers {
			break
		}
		list = append(list, problem.Member{Name: name, Value: value})
	}
	return list
}

// plainValue returns a decoded JSON value with numbers that templates can compare, and with clean strings.
func plainValue(v any) any {
	switch v := v.(type) {
	case string:
		return text.CleanLines(v, maxDetail)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	case []any:
		for i := range v {
			v[i] = plainValue(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plainValue(v[k])
		}
	}
	return v
}

// problemScript makes the page's data block, Page.ProblemScript.
//
// The element is made here as a whole, because html/template does not know the type of its content: it would escape the
// document as text, and inside a script element it would stay escaped.
func problemScript(p *renderer.Page, f *failure) template.HTML {
	doc := bytes.TrimRight(appendJSON(nil, p, f), "\n")
	// The encoder has escaped whatever could end a script element; this does not rely on it. In JSON a '<' stands nowhere
	// but in a string.
	doc = bytes.ReplaceAll(doc, []byte("<"), []byte(`\u003c`))
	return template.HTML(`<script type="application/problem+json">` + string(doc) + "</script>")
}
