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
// error names. Each is executed with a *[Page]. A page may call the other files by path, by base name or by what they
// define. One that only defines blocks is put into the layout: layout.html or base.html, with or without an underscore,
// in http_responses, layouts or the root. What a page defines as "fragment" is what htmx and Turbo get.
//
// # What is promised
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

// ErrNoTemplate is the error by which a renderer of the application (exceptional.Config.Renderer, or Options.External) says
// that it has no template of the name that it is asked for. It is asked for the next name then, and in the end the built-in
// page is shown, without a word in the log; so this is also how it declines a request. Any other error is a failure, which is
// logged. An error may wrap it. These mean the same: an error of html/template or text/template that the template itself is
// undefined, and fs.ErrNotExist for a file of its name.
var ErrNoTemplate = errors.New("renderer: no such template")

// Options configures a Renderer. The zero value is valid: the built-in pages in every language that there is. New makes
// a copy; later changes have no effect.
type Options struct {
	// Templates holds the application's own pages, as the package says. Nil: there are none.
	Templates fs.FS

	// Funcs may be called by the templates. The names of text/template's own functions are refused. A page that calls
	// one of Funcs is rendered anew each time.
	Funcs template.FuncMap

	// External renders the HTML instead. It is asked for http_responses/404.de.html and the names after it in turn,
	// until one succeeds. Which it does not have is remembered; so that this is not confused with one that fails, it may be
	// asked for a name that cannot be there. A fragment has names of its own, 404.fragment.html. It runs on the goroutine
	// of Render, guarded against panics but without a limit of time. Nil: there is none.
	External func(w io.Writer, name string, p *Page) error

	// Catalogue holds translations as <language>.json, which add to the built-in ones and override them. Nil: there are
	// none. A regional file needs no more than what is different there: the built-in "pt" is the Brazilian usage, and a
	// pt-PT.json stands before it for readers in Portugal.
	Catalogue fs.FS

	// Messages is asked before any catalogue for the title and the explanation of a status, or of an error's own code
	// if that is not empty. It must be a function of its arguments: answers are kept. Nil: it is not asked.
	Messages func(lang string, status int, code string) (title, text string, ok bool)

	// Language is the default, for a reader of whom nothing is known. Empty: "en".
	Language string

	// Languages are those that answers are given in, also if there are only templates in them. Nil: all that there are
	// texts or templates in.
	Languages []string

	// Brand is the name, the colours and the links of the built-in page. The zero Brand is neutral.
	Brand Brand

	// EmbedProblem puts the problem document into the built-in page, as a data block that no browser runs (RFC 9457, appendix
	// C): for programs that ask for HTML or read what a person has saved. False: it is not there, because a program that wants
	// the document can ask for it, and the page would be half as large again and rendered anew for each reference. Pages of
	// the application have [Page.ProblemScript].
	EmbedProblem bool

	// Reload looks for changed templates at every error, for development. A change with a fault in it is reported in
	// Answer.Err, and the last good templates stay.
	Reload bool

	// MaxBytes bounds the output of a template. 0: 1 MiB.
	MaxBytes int

	// Timeout bounds the time of a template and of Messages. A template that overruns it once is not asked again. 0: 2 s.
	Timeout time.Duration
}
