package forms

import (
	"cmp"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
)

// whatHappened returns the sentence below the headline: the error's own message, or else the standard explanation. A message
// that only repeats the headline is not an own one.
func whatHappened(p *renderer.Page) (sentence string, isMessage bool) {
	if p.Message == "" || p.Message == p.Title || p.Message == p.Heading {
		return p.Explanation, false
	}
	return p.Message, true
}

// linksHeading returns the heading of the links. Those of a 300 and a 406 are the versions to choose from; the titles of all others
// say enough.
func linksHeading(p *renderer.Page) string {
	if len(p.Links) > 0 && (p.Code == 300 || p.Code == 406) {
		return p.Labels.Versions
	}
	return ""
}

// linkForm returns the language and the media type of a link's target: " (de, application/pdf)".
func linkForm(l *httperrors.Link) string {
	switch {
	case l.Language != "" && l.Type != "":
		return " (" + l.Language + ", " + l.Type + ")"
	case l.Language != "" || l.Type != "":
		return " (" + l.Language + l.Type + ")"
	}
	return ""
}

// reference returns what a reader quotes to the support: the reference, or else the request's id.
func reference(p *renderer.Page) string { return cmp.Or(p.Reference, p.RequestID) }

// fieldName returns where in the request an invalid field is.
func fieldName(e *httperrors.FieldError) string { return cmp.Or(e.Pointer, e.Parameter, e.Header) }

// fieldText describes an invalid field in one line.
func fieldText(e *httperrors.FieldError) string {
	where, fault := fieldName(e), cmp.Or(e.Detail, e.Code)
	if where == "" || fault == "" {
		return where + fault
	}
	return where + ": " + fault
}
