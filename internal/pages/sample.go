package pages

import (
	"errors"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages/internal/templates"
	"github.com/exceptional-go/exceptional/renderer"
)

var errSample = errors.New("a cause")

// sample makes the data with which templates.Set.Check executes a page p for a status. If full is false, the data has only the
// fields that no answer lacks.
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
	page.Err = &pageError{text: page.Message, cause: errSample}
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
