// Package renderer configures the pages that answer failed requests, and holds what their templates see.
//
// An application sets [Options] in exceptional.Config.Pages and writes templates that take a [Page]; package exceptional does
// the rest. Read [Options] first, then [Page], [Brand] and [Labels]. [Format] forces the form of answers.
//
// # Who gets what
//
// A client gets HTML if its Accept lists text/html or application/xhtml+xml, and no other client does: "*/*", which fetch,
// curl and every HTTP library send, is answered with application/problem+json (RFC 9457), and so are application/json and no
// Accept at all. The same holds for XML. A client that accepts none of the formats gets an answer all the same, with the
// status that the error has. htmx and Turbo get a fragment of HTML.
//
// # Templates
//
// Options.Templates holds pages under http_responses: for the status 404 and a German reader, the first of
//
//	404.de.html  404.html  4xx.de.html  4xx.html  default.de.html  default.html
//
// that exists, or the built-in page; .txt and .md likewise for text and Markdown; before them all the page that the
// error names. Each is executed with a *[Page].
//
// A page may call another file by its path, or by its base name if it is in http_responses or below, in layouts, in partials
// or at the root: {{template "nav.html" .}}. A page that only defines blocks is put into the layout,
// http_responses/layout.html. A page that defines "fragment" serves htmx and Turbo with it; a file in http_responses that
// begins with an underscore is no page.
//
// Every fault of the templates is found when the program starts: each page is executed for each status that it is for.
//
// # Promises
//
// Rendering cannot fail, and cannot reach the response. If a page of the application fails, the built-in page takes its place,
// and the failure is logged beside the error that is being answered.
package renderer

import (
	"errors"
	"html/template"
	"io"
	"io/fs"
	"time"
)

// ErrNoTemplate is returned by a renderer of the application (exceptional.Config.Renderer) that has no template of the name that it
// is asked for, or that declines this request. It is then asked for the next name; after the last one, the built-in page is shown and
// nothing is logged. An error may wrap it.
//
// Two others mean the same: an error of html/template or text/template that the template of this name is undefined, and
// fs.ErrNotExist about the file of this name. Any other error is a failure.
var ErrNoTemplate = errors.New("renderer: no such template")

// Options configures the pages. The zero value is valid: the built-in pages in all of their 35 languages. It is copied when the
// program starts; later changes have no effect.
type Options struct {
	// Templates holds the application's own pages, as the package documentation says. If nil, there are none.
	Templates fs.FS

	// Funcs may be called by the templates. The names of text/template's own functions are refused.
	Funcs template.FuncMap

	// External renders the HTML instead. It is asked for http_responses/404.de.html and the names after it in turn, as long as
	// its error says that it has no such template: see ErrNoTemplate. Any other failure ends the search; the built-in page is
	// shown, and the failure is logged. A fragment has names of its own, 404.fragment.html. It runs on the goroutine of the
	// request, guarded against panics but without a limit of time. It must write to w and nowhere else. If nil, there is none.
	External func(w io.Writer, name string, p *Page) error

	// Catalogue holds translations as <language>.json, which add to the built-in ones and override them. A regional file
	// needs no more than the texts that differ there: the built-in "pt" is the Brazilian usage, and a pt-PT.json outranks it
	// for readers in Portugal. If nil, there are none.
	Catalogue fs.FS

	// Messages is asked before any catalogue for the title and the explanation of a status, or of an error's own code
	// if that is not empty. It runs on the goroutine of the request, guarded against panics but without a limit of time.
	// If nil, it is not asked.
	Messages func(lang string, status int, code string) (title, text string, ok bool)

	// Language is the default, for a reader who asks for no language that is offered. If empty, it is "en".
	Language string

	// Languages are the languages that are offered; there may be only templates in one of them, and no texts. If nil, all
	// languages with texts or templates are offered.
	Languages []string

	// Brand is the name, the colours and the links of the built-in page. The zero Brand is neutral.
	Brand Brand

	// EmbedProblem puts the problem document into the built-in page, as a data block that no browser runs (RFC 9457, appendix
	// C): for programs that ask for HTML or read a page that a person has saved. By default it is left out, because a program
	// that wants the document can ask for it. Pages of the application have Page.ProblemScript.
	EmbedProblem bool

	// Reload looks for changed templates at every error, for development. A change with a fault in it is logged, and the last
	// good templates stay.
	Reload bool

	// MaxBytes bounds the output of a template. 0 is 1 MiB.
	MaxBytes int

	// Timeout bounds the time of a template. One that overruns it is not executed again. 0 is 2 s.
	Timeout time.Duration
}
