package engine

import (
	"net/http"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/errtree"
)

// errorText is err's text for a warning. Whoever made the error may have made a method of it that panics.
func errorText(err error) string { return errtree.Text(err) }

func title(e *httperrors.Error) string {
	if t := e.Title(); t != "" {
		return t
	}
	return httperrors.Phrase(e.StatusCode())
}

// instance is a problem document's instance member: the reference as a URI that nobody takes for a page.
func instance(reference string) string {
	if reference == "" {
		return ""
	}
	return "urn:exceptional:" + reference
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }
