package renderer

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/problem"
)

// An Input is the failure that Render makes an answer for. The zero value is a 500 of which nothing is known. Render
// changes nothing in it and keeps nothing of it.
type Input struct {
	Error  *httperrors.Error // nil: the standard text of the status
	Status int               // what will be sent; 0 is the status of Error

	Reference string // what a reader may quote to the support
	Instance  string // a URI reference for this occurrence, the instance of a problem document
	RequestID string
	TraceID   string
	Method    string
	Path      string

	// External replaces Options.External for this answer, if it is not nil: an adapter's closes over the context of
	// its framework. The names that are known to be missing are remembered across both.
	External func(w io.Writer, name string, p *Page) error
}

// facts are what of an Input an answer depends on, as the error says it: nothing is looked up, cleaned or encoded yet,
// because for most answers nothing has to be.
type facts struct {
	in         *Input
	status     int
	title      string
	message    string
	detail     string
	slug       string
	typ        string
	template   string
	retryable  bool
	retryAfter time.Duration
	location   string
	instance   string
	errors     []httperrors.FieldError
	links      []httperrors.Link
	has        fieldSet
	standard   bool // the texts are ours alone, without asking Options.Messages
}

func readFacts(in *Input, now func() time.Time) facts {
	f := facts{in: in, status: in.Status, instance: in.Instance}
	if e := in.Error; e != nil {
		if f.status == 0 {
			f.status = e.StatusCode()
		}
		f.title, f.message, f.detail, f.slug, f.typ = e.Title(), e.PublicMessage(), e.Detail(), e.Code(), e.Type()
		f.template, f.retryable, f.errors, f.links = e.Template(), e.Retryable(), e.Errors(), e.Links()
		for range e.Extensions() {
			f.has |= hasExtensions
			break
		}
		if i := e.Instance(); i != "" {
			f.instance = i
		}
		if h := e.Header(); len(h) > 0 {
			f.retryAfter = retryAfter(first(h["Retry-After"]), now)
			if h["Retry-After"] != nil {
				f.has |= hasRetryAfter // now is an answer as well: without it the error might not count as one to be tried again
			}
			f.location = first(h["Location"])
		}
	} else {
		switch f.status {
		case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, http.StatusBadGateway,
			http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			f.retryable = true
		}
	}
	if f.status < 300 || f.status > 599 {
		f.status = http.StatusInternalServerError
	}
	if f.status >= 400 || !safeLink(f.location) {
		f.location = ""
	}
	f.has |= hasAnything
	mark := func(present bool, field fieldSet) {
		if present {
			f.has |= field
		}
	}
	mark(f.detail != "", hasDetail)
	mark(in.Reference != "", hasReference)
	mark(in.RequestID != "" || in.TraceID != "" || f.instance != "", hasRequestID)
	mark(in.Method != "", hasMethod)
	mark(in.Path != "", hasPath)
	mark(f.location != "", hasLocation)
	mark(len(f.errors) > 0, hasErrors)
	mark(len(f.links) > 0, hasLinks)
	return f
}

// retryAfter reads the field that the error sets: seconds, or a date.
func retryAfter(value string, now func() time.Time) time.Duration {
	if value == "" {
		return 0
	}
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(value); err == nil {
		if d := t.Sub(now()); d > 0 {
			return (d + time.Second - 1).Truncate(time.Second)
		}
	}
	return 0
}

// safeLink reports whether a page may link to where a redirection leads. html/template refuses javascript: on its own;
// this is for the other formats, and so that no link is offered that goes nowhere.
func safeLink(location string) bool {
	if location == "" || len(location) > maxPath {
		return false
	}
	u, err := url.Parse(location)
	return err == nil && (u.Scheme == "" || u.Scheme == "http" || u.Scheme == "https")
}

// A pageError is Page.Err.
type pageError struct {
	text string
	err  error
}

func (e *pageError) Error() string { return e.text }
func (e *pageError) Unwrap() error { return e.err }

// GoString keeps a careless {{printf "%#v" .Err}} from printing what is private.
func (e *pageError) GoString() string { return strconv.Quote(e.text) }

var pages = sync.Pool{New: func() any { return new(Page) }}

// fill makes p the page of f in the language of c. It returns what went wrong with the application's own texts.
func (r *Renderer) fill(p *Page, s *state, c Choice, f *facts) error {
	texts := c.Language
	if t, ok := s.texts[texts]; ok {
		texts = t
	}
	var e entry
	var err error
	if f.standard {
		e = r.catalogue.lookup(texts, f.status, f.slug)
	} else {
		e, err = r.catalogue.find(texts, f.status, f.slug)
	}
	// Field by field: a Page is a kilobyte, and a composite literal would be made beside it and copied.
	p.Code = f.status
	p.Title = clean(f.title, maxWord, false)
	p.Heading = e.Heading
	p.Message = clean(f.message, maxMessage, false)
	p.Explanation = e.Text
	p.Advice = e.Advice
	p.Detail = clean(f.detail, maxDetail, true)
	p.Slug = clean(f.slug, maxWord, false)
	p.Reference = clean(f.in.Reference, maxWord, false)
	p.RequestID = clean(requestID(f.in), maxWord, false)
	p.Language = c.Language
	p.Direction = s.direction(r.catalogue, c.Language)
	p.Method = clean(f.in.Method, maxWord, false)
	p.Path = clean(f.in.Path, maxPath, false)
	p.Retryable = f.retryable
	p.RetryAfter = int(f.retryAfter / time.Second)
	p.Location = pageLink(f.location)
	p.Errors = cleanErrors(f.errors)
	p.Links = shownLinks(f.links)
	p.Brand = r.brand
	p.Labels = r.catalogue.labels(texts)
	p.Fragment = c.Fragment
	p.Frame = c.Frame
	p.Wait, p.Extensions, p.script = "", nil, ""
	if p.Title == "" {
		p.Title = e.Title
	} else {
		p.Heading = p.Title
	}
	if p.Heading == "" {
		p.Heading = p.Title
	}
	if p.Message == "" {
		p.Message = p.Title
	}
	if f.retryAfter > 0 {
		p.Wait = p.Labels.WaitFor(f.retryAfter)
	}
	if f.has&hasExtensions != 0 {
		p.Extensions = plainExtensions(f.in.Error)
	}
	cause := error(nil)
	if f.in.Error != nil {
		cause = f.in.Error
	}
	p.err = pageError{text: p.Message, err: cause}
	p.Err = &p.err
	return err
}

func cleanErrors(list []httperrors.FieldError) []httperrors.FieldError {
	if len(list) == 0 {
		return nil
	}
	out := make([]httperrors.FieldError, min(len(list), maxErrors))
	for i := range out {
		e := &list[i]
		out[i] = httperrors.FieldError{
			Detail: clean(e.Detail, maxMessage, false), Pointer: clean(e.Pointer, maxWord, false),
			Parameter: clean(e.Parameter, maxWord, false), Header: clean(e.Header, maxWord, false), Code: clean(e.Code, maxWord, false),
		}
	}
	return out
}

// plainExtensions returns the extension members as what they are in the problem document: strings, numbers, booleans,
// lists and maps. A value that runs code when it is printed, never ends or cannot be encoded is not among them, and
// neither is a template.HTML, which would go into the page as it stands.
func plainExtensions(e *httperrors.Error) map[string]any {
	var d problem.Document
	d.Members = members(e)
	dec := json.NewDecoder(strings.NewReader(string(problem.AppendJSON(nil, &d))))
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

// plainValue makes numbers that templates can compare, and cleans the strings.
func plainValue(v any) any {
	switch v := v.(type) {
	case string:
		return clean(v, maxDetail, true)
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
