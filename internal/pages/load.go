package pages

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
	"github.com/exceptional-go/exceptional/internal/pages/internal/templates"
	"github.com/exceptional-go/exceptional/renderer"
)

// A state is what changes when templates are loaded again. It is replaced as a whole.
type state struct {
	templates *templates.Set
	languages *negotiate.Languages
}

// offered returns a language in the form in which it is offered; the default if it is not.
func (s *state) offered(language string) string {
	if known, ok := s.languages.Canonical(language); ok {
		return known
	}
	return s.languages.Tags()[0]
}

// newState files the pages of a set under the languages that are offered.
func (r *Renderer) newState(set *templates.Set) (*state, []error) {
	var faults []error
	tags := slices.Clone(r.catalogue.Tags())
	withTexts := len(tags)
	known := negotiate.NewLanguages(r.catalogue.Default(), tags)
	for _, tag := range set.Languages() {
		// A language that only templates are in is offered as well, unless the application says which ones are.
		_, hasTexts := known.Canonical(tag)
		wanted := len(r.languages) == 0 || slices.ContainsFunc(r.languages, func(l string) bool {
			c, _ := negotiate.CanonicalTag(l)
			return c == tag
		})
		if !hasTexts && wanted {
			tags = append(tags, tag)
		}
	}
	if len(tags) > negotiate.MaxLanguages {
		faults = append(faults, fmt.Errorf("pages in %d languages that there are no texts in; at most %d can be offered, and %d have texts; "+
			"set Languages to choose", len(tags)-withTexts, negotiate.MaxLanguages, withTexts))
	}
	s := &state{templates: set, languages: negotiate.NewLanguages(r.catalogue.Default(), tags)}
	return s, append(faults, set.Index(s.languages)...)
}

// readTemplates reads the pages.
func (r *Renderer) readTemplates(files fs.FS) (*templates.Set, []error) {
	return templates.Read(templates.Options{Files: files, Funcs: r.funcs, MaxBytes: r.maxBytes, Timeout: r.timeout})
}

// templateFaults returns errors about templates with the name of the option, each once: a fault in a layout shows in every
// page.
func templateFaults(faults []error) (unique []error) {
	const limit = 100
	known := make(map[string]bool)
	for _, err := range faults {
		text := err.Error()
		if known[text] {
			continue
		}
		known[text] = true
		if len(unique) == limit {
			return append(unique, fault("Templates", "and more"))
		}
		unique = append(unique, fault("Templates", "%w", err))
	}
	return unique
}

// A reloader looks for changed templates.
type reloader struct {
	fsys  fs.FS // nil if there is Options.External alone
	every time.Duration

	mu       sync.Mutex // held while looking; other answers use the old templates meanwhile
	checked  time.Time
	reported string // the faults of the last change, so that they are reported once
}

// reloadEvery bounds how often the files are read under load; a person who reloads a page does not notice it.
const reloadEvery = 200 * time.Millisecond

// refresh reads the templates again, and uses them if they have no fault. It returns the faults of a change, once.
func (r *Renderer) refresh() error {
	w := r.reload
	if w.fsys == nil || !w.mu.TryLock() {
		return nil
	}
	defer w.mu.Unlock()
	if !w.checked.IsZero() && r.now().Sub(w.checked) < w.every {
		return nil
	}
	defer func() { w.checked = r.now() }() // when it ended: reading may have taken longer than the interval
	set, faults := r.readTemplates(w.fsys)
	s, errs := r.newState(set)
	faults = slices.Concat(faults, errs, set.Check(r.sample))
	if len(faults) == 0 {
		w.reported = ""
		r.state.Store(s)
		return nil
	}
	err := errors.Join(templateFaults(faults)...)
	if err.Error() == w.reported {
		return nil
	}
	w.reported = err.Error()
	return err
}

var errSample = errors.New("a cause")

// sample makes the data for one execution. The sparse page has what an answer never lacks.
func (r *Renderer) sample(p *templates.Page, status int, full, fragment bool) *renderer.Page {
	l := r.catalogue.Language(p.Language)
	e := l.Entry(status, "")
	page := &renderer.Page{
		Code: status, Title: e.Title, Heading: e.Title, Message: e.Title, Language: l.Tag, Direction: l.Direction,
		Brand: r.brand, Labels: l.Labels, Fragment: fragment,
	}
	if p.Language != "" {
		page.Language, page.Direction = p.Language, r.direction(p.Language)
	}
	page.Err = &pageError{text: page.Message}
	if !full {
		return page
	}
	page.Message = "There is no order with the number 4711."
	page.Err = &pageError{text: page.Message, err: errSample}
	page.Explanation, page.Advice, page.Detail = e.Text, e.Advice, "It was \"cancelled\" & <removed>."
	page.Slug, page.Reference, page.RequestID = "sample", "7K3F-9Q2M-4T", "4bf92f3577b34da6a3ce929d0e0e4736"
	page.Method, page.Path = "GET", "/orders/4711"
	page.Retryable, page.RetryAfter, page.Wait = true, 120, page.Labels.WaitFor(2*time.Minute)
	page.Location, page.Frame = "/orders", "main"
	page.Links = []httperrors.Link{
		{URL: "/orders.pdf", Title: "As a PDF", Type: "application/pdf", Language: "en", Rel: "alternate"},
		{URL: "/orders.txt"},
	}
	page.ProblemScript = `<script type="application/problem+json">{"status":500}</script>`
	page.Errors = []httperrors.FieldError{
		{Detail: "must not be empty", Pointer: "/items/0/name", Code: "required"},
		{Detail: "must be a number", Parameter: "page"},
		{Detail: "is unknown", Header: "Accept-Profile"},
	}
	page.Extensions = map[string]any{
		"balance": int64(30), "accounts": []any{"/account/1", "/account/2"}, "nested": map[string]any{"deep": true},
	}
	return page
}
