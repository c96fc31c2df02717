package renderer

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
)

var errSample = errors.New("a cause")

// validate executes every page for every status that it is for, with all fields set and with hardly any: html/template
// finds many faults no earlier than that, and the only other time to find them is in front of a user. It may take a
// while, and stops at a page's first overrun.
func (r *Renderer) validate(s *state) []error {
	var faults faultList
	for _, p := range s.templates.pages {
		fragments := []bool{false}
		if p.fragment != nil {
			fragments = append(fragments, true)
		}
	page:
		for _, status := range p.statuses {
			for _, fragment := range fragments {
				for _, full := range []bool{true, false} {
					b := &buffer{limit: r.maxBytes}
					data := r.sample(s, p, status, full)
					data.Fragment = fragment
					err, overrun := p.execute(b, data, r.timeout)
					switch {
					case err == nil, err == errNothing && !full:
						// A page of what only this or that error has is nothing without it; then the built-in page is shown.
					case overrun || err == errTooSlow || err == errTooLarge || err == errNothing:
						faults.add(fmt.Errorf("%s: %w", p.name, err))
						break page
					default:
						faults.add(located(p.name, readable(err)))
					}
				}
			}
		}
	}
	return faults.list
}

// located puts the page before a fault that does not begin with a file: where a {{define}} ends in the middle of a tag,
// html/template says no more than the name of that.
func located(page string, err error) error {
	if where, _, _ := strings.Cut(err.Error(), ":"); isTemplate(path.Ext(where)) {
		return err
	}
	return fmt.Errorf("%s: %w", page, err)
}

// sample makes the data for one execution. What an answer never lacks is in the sparse page too.
func (r *Renderer) sample(s *state, p *customPage, status int, full bool) *Page {
	lang := p.language
	if lang == "" {
		lang = s.languages.tags[0]
	}
	texts := lang
	if t, ok := s.texts[lang]; ok {
		texts = t
	}
	e := r.catalogue.lookup(texts, status, "")
	page := &Page{Code: status, Title: e.Title, Heading: e.Title, Message: e.Title, Language: lang, Direction: s.direction(r.catalogue, lang),
		Brand: r.brand, Labels: r.catalogue.labels(texts)}
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
	page.Links = []httperrors.Link{{URL: "/orders.pdf", Title: "As a PDF", Type: "application/pdf", Language: "en", Rel: "alternate"}, {URL: "/orders.txt"}}
	page.script = `<script type="application/problem+json">{"status":500}</script>`
	page.Errors = []httperrors.FieldError{
		{Detail: "must not be empty", Pointer: "/items/0/name", Code: "required"},
		{Detail: "must be a number", Parameter: "page"},
		{Detail: "is unknown", Header: "Accept-Profile"},
	}
	page.Extensions = map[string]any{"balance": int64(30), "accounts": []any{"/account/1", "/account/2"}, "nested": map[string]any{"deep": true}}
	return page
}
