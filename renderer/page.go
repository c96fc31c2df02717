package renderer

import (
	"html/template"

	"github.com/exceptional-go/exceptional/httperrors"
)

// A Page is what a template sees: plain, bounded, sanitised data about one error, in the language of the reader.
// Nothing in it leads to a cause, a Go type name or a path, except Err.Unwrap, which the template has to call itself.
//
// Pages are made for each answer; an application receives them in its templates and in Options.External. The zero value
// is an empty page. It must not be changed.
type Page struct {
	Code    int    // the status
	Message string // what happened: the error's public message or, if it has none, the Title
	Err     error  // prints as Message; its Unwrap is the error that caused the page, with everything private about it

	Title       string // the status in a few words, never empty: "Not Found"
	Heading     string // the same for people: "Page not found"
	Explanation string // what happened, in a sentence or two; standard text of the status
	Advice      string // what the reader can do now
	Detail      string // what the error says about this occurrence
	Slug        string // the error's code for programs, such as "quota-exceeded"

	Reference string // what a reader quotes to the support
	RequestID string
	Language  string // a BCP 47 tag
	Direction string // "ltr" or "rtl"
	Method    string
	Path      string

	Retryable  bool
	RetryAfter int    // seconds, rounded up; 0: not known, or now
	Wait       string // RetryAfter in words of the language, or ""
	Location   string // where a 3xx leads, if it is a safe link, or ""

	Errors     []httperrors.FieldError // the invalid fields of the request
	Links      []httperrors.Link       // alternatives, the party that blocks it, where to sign in; only those that a browser can follow
	Extensions map[string]any          // the extension members as plain JSON values

	// ProblemScript is the problem document of the page as a whole element, <script type="application/problem+json">…</script>
	// (RFC 9457, appendix C): a data block, which no browser runs and no Content-Security-Policy has to allow. It holds what a
	// program would get, and nothing else. No value can end the element. It is made for a template that names it, and for
	// Options.External.
	ProblemScript template.HTML

	Brand    Brand
	Labels   Labels
	Fragment bool   // a part of a page was asked for, by htmx or Turbo
	Frame    string // the id of the Turbo frame that asked, or ""
}
