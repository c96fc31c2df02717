// Package renderer decides the form of an answer to a failed request and produces it: a page for people, a problem
// document (RFC 9457) for programs, text or Markdown for terminals and agents, in the language of the reader.
//
// # Who gets what
//
// A client gets HTML if its Accept lists text/html or application/xhtml+xml, and nothing else does: "*/*", which fetch,
// curl and every HTTP library send, is answered with application/problem+json, and so are application/json and no
// Accept at all. The same holds for XML. A client that accepts nothing of what there is gets an answer all the same,
// with the status that the error has. htmx and Turbo get a fragment of HTML. [Renderer.Choose] has the details.
//
// # Templates
//
// Options.Templates holds pages under http_responses: for the status 404 and a German reader, the first of
//
//	404.de.html  404.html  4xx.de.html  4xx.html  default.de.html  default.html
//
// that is there, or the built-in page; .txt and .md likewise for text and Markdown; before them all the page that the
// error names. Each is executed with a *[Page]. A page may call the other files by path, by base name or by what they
// define. One that only defines blocks is put into the layout: layout.html or base.html, with or without an underscore,
// in http_responses, layouts or the root. What a page defines as "fragment" is what htmx and Turbo get.
//
// # What is promised
//
// Rendering cannot fail, and cannot reach the response. What goes wrong in a page of the application is replaced by the
// built-in page, that by bytes made at the start, and those by a line of text; the failure is in Answer.Err, beside the
// error that is being answered.
package renderer

import (
	"crypto/sha256"
	"errors"
	"html/template"
	"io"
	"io/fs"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"time"
)

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

const (
	defaultMaxBytes = 1 << 20
	defaultTimeout  = 2 * time.Second
)

// A Renderer chooses the form of answers and renders them.
//
// New makes one; the zero value is not usable. It must not be copied. It may be used by many goroutines.
type Renderer struct {
	catalogue *catalogue
	brand     Brand
	builtin   builtinPage
	csp       string // of the built-in page
	external  func(w io.Writer, name string, p *Page) error
	known     external // what External has
	funcs     map[string]any
	languages []string // Options.Languages
	maxBytes  int
	timeout   time.Duration
	now       func() time.Time

	accepts *seen[string, verdict]
	state   atomic.Pointer[state]
	last    [formatCount]map[int]Answer // by status, in the default language: what there is when a page fails
	reload  *reloader                   // nil without Options.Reload
}

// A state is what changes when templates are loaded anew. It is replaced as a whole.
type state struct {
	templates     *templateSet
	languages     *languages
	texts         map[string]string // for a language that only templates are in, the one that the texts are in then
	seenLanguages *seen[string, string]
	answers       *answers
	digest        [sha256.Size]byte // of the templates
}

// New returns a Renderer. The error lists every fault of o, each prefixed with the name of its field: a fault of a
// template reads "Templates: http_responses/404.html:3:12: …". It starts no goroutine that outlives it, unless a
// template or a file system does not return.
func New(o Options) (*Renderer, error) {
	r := &Renderer{
		external:  o.External,
		languages: slices.Clone(o.Languages),
		maxBytes:  o.MaxBytes,
		timeout:   o.Timeout,
		now:       time.Now,
		accepts:   newSeen[string, verdict](seenSlots),
	}
	var faults []error
	if r.maxBytes < 0 {
		faults = append(faults, faultf("MaxBytes", "%d is negative", o.MaxBytes))
	}
	if r.maxBytes <= 0 {
		r.maxBytes = defaultMaxBytes
	}
	if r.timeout < 0 {
		faults = append(faults, faultf("Timeout", "%v is negative", o.Timeout))
	}
	if r.timeout <= 0 {
		r.timeout = defaultTimeout
	}
	brand, errs := o.Brand.validate()
	r.brand = brand
	faults = append(faults, errs...)
	funcs, errs := checkFuncs(o.Funcs)
	r.funcs = funcs
	faults = append(faults, errs...)

	o.Timeout, o.MaxBytes = r.timeout, r.maxBytes
	r.catalogue, errs = newCatalogue(o)
	faults = append(faults, errs...)
	if r.catalogue == nil {
		return nil, errors.Join(faults...)
	}
	r.csp = builtinCSP(&r.brand)
	r.builtin = newBuiltinPage(builtinTemplate(o.EmbedProblem))
	s, _ := r.newState(new(templateSet))
	r.state.Store(s)
	r.prerender()

	if o.Templates != nil {
		s, errs := r.loadAll(o.Templates)
		if s != nil {
			faults = slices.DeleteFunc(faults, func(err error) bool { return s.offers(err) })
		}
		faults = append(faults, errs...)
		if len(errs) == 0 {
			r.state.Store(s)
		}
	}
	if o.Reload {
		r.reload = &reloader{fsys: o.Templates, every: reloadEvery}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return r, nil
}

// newState files the pages of a set under the languages that there are.
func (r *Renderer) newState(set *templateSet) (*state, []error) {
	var faults []error
	tags := slices.Clone(r.catalogue.tags())
	withTexts := len(tags)
	known := newLanguages(r.catalogue.fallback(), tags, languageAliases)
	texts := make(map[string]string)
	for _, t := range set.languages {
		// A language that only templates are in is offered as well, unless the application says which ones are.
		tag, ok := canonicalTag(t)
		if _, hasTexts := known.canonical(t); hasTexts || !ok || slices.Contains(tags, tag) ||
			len(r.languages) > 0 && !slices.ContainsFunc(r.languages, func(l string) bool { c, _ := canonicalTag(l); return c == tag }) {
			continue
		}
		tags = append(tags, tag)
		texts[tag] = known.tags[0]
		for prefix := truncate(tag); prefix != ""; prefix = truncate(prefix) {
			if t, ok := known.canonical(prefix); ok {
				texts[tag] = t
				break
			}
		}
	}
	if len(tags) > maxCatalogueTags {
		faults = append(faults, faultf("Templates", "pages in %d languages that there are no texts in; at most %d can be offered, and %d have texts; "+
			"Languages may say which", len(tags)-withTexts, maxCatalogueTags, withTexts))
	}
	s := &state{
		templates:     set,
		texts:         texts,
		languages:     newLanguages(r.catalogue.fallback(), tags, languageAliases),
		seenLanguages: newSeen[string, string](seenSlots),
		answers:       newAnswers(),
	}
	return s, append(faults, set.file(s.languages)...)
}

// offers reports whether err is that there are no texts in one of Options.Languages, and there are templates in it.
func (s *state) offers(err error) bool {
	var option *optionError
	var none *noTextsError
	return errors.As(err, &option) && strings.HasPrefix(option.field, "Languages[") && errors.As(err, &none) &&
		slices.Contains(s.languages.tags, none.tag)
}

// checkFuncs refuses the names whose meaning the analysis of templates relies on, and what html/template would panic at.
func checkFuncs(funcs template.FuncMap) (checked map[string]any, faults []error) {
	checked = make(map[string]any, len(funcs))
	names := make([]string, 0, len(funcs))
	for name := range funcs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if builtinFuncs[name] || name == "call" || strings.HasPrefix(name, "_html_template_") || name == "_eval_args_" || name == quietFunc {
			faults = append(faults, faultf("Funcs", "%s is text/template's own", name))
			continue
		}
		err := guard(func() error { template.New("").Funcs(template.FuncMap{name: funcs[name]}); return nil })
		if err != nil {
			faults = append(faults, faultf("Funcs", "%s: %w", name, err))
			continue
		}
		checked[name] = funcs[name]
	}
	return checked, faults
}
