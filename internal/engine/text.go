package engine

import (
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/errtree"
)

// errorText is err's text for a warning. The error may have an Error method that panics.
func errorText(err error) string { return errtree.Text(err) }

func title(e *httperrors.Error) string {
	if t := e.Title(); t != "" {
		return t
	}
	return httperrors.Phrase(e.StatusCode())
}

// instance is a problem document's instance member: the reference as a URI that is not mistaken for a page.
func instance(reference string) string {
	if reference == "" {
		return ""
	}
	return "urn:exceptional:" + reference
}
