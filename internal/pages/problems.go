package pages

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages/internal/brand"
	"github.com/exceptional-go/exceptional/internal/pages/internal/i18n"
	"github.com/exceptional-go/exceptional/internal/text"
	"github.com/exceptional-go/exceptional/renderer"
)

// Problems has a page for each kind of problem and an index of them all. They are documentation for people, to which the type of
// a problem document should lead (RFC 9457, section 4).
//
// Renderer.Problems makes it; the zero value is not usable. It is immutable, and may be used by many goroutines. Everything
// on its pages is public: the texts of the catalogue, and what the errors it was given answer to everybody.
type Problems struct {
	renderer *Renderer
	style    template.CSS
	csp      string
	kinds    []kind // as the index has them
	byCode   map[string]*kind
}

// A kind is a kind of problem. There are three: a status, which has itself for a code; an error that Renderer.Problems was given;
// and a code that only the catalogue has texts for, whose status is not known.
type kind struct {
	code   string            // the last segment of its address
	status int               // 0 for a code of the catalogue
	err    *httperrors.Error // nil but for an error
}

const maxBase = 256 // every link of the index repeats it

//go:embed builtin/problems.html
var problemsHTML string

//go:embed builtin/problems.css
var problemsCSS string

var problemsTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("problems").Parse(problemsHTML))
})

// Problems returns the pages for every status that the catalogue has texts for, for every code in it, and for these
// errors, each by its code. An error adds what a catalogue cannot know about its code: the status and the type, whether to
// try again, and what a problem document of its kind looks like. Its message, which is public, stands for a missing text.
//
// The error, with which there are no pages, says which of errs cannot have a page: one without a code, one whose code is a
// number, which is the page of a status, and one whose code another has as well.
func (r *Renderer) Problems(errs ...*httperrors.Error) (*Problems, error) {
	style := r.brand.Style + template.CSS(brand.CompactCSS(problemsCSS))
	p := &Problems{renderer: r, style: style, csp: brand.PagePolicy(style), byCode: make(map[string]*kind)}
	known := make(map[string]kind)
	for _, status := range r.catalogue.Statuses() {
		code := strconv.Itoa(status)
		known[code] = kind{code: code, status: status}
	}
	for _, code := range r.catalogue.Codes() {
		if addressable(code) { // no error can have another
			known[code] = kind{code: code}
		}
	}
	var faults []error
	for i, e := range errs {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("error %d: %w", i, fmt.Errorf(format, args...)))
		}
		code := e.Code()
		switch _, isNumber := strconv.Atoi(code); {
		case code == "":
			fault("%q has no code", e.PublicMessage())
		case isNumber == nil:
			fault("the code %q is a number", code)
		case known[code].err != nil:
			fault("the code %q is another error's too", code)
		default:
			known[code] = kind{code: code, status: e.StatusCode(), err: e}
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	p.kinds = slices.SortedFunc(maps.Values(known), func(a, b kind) int {
		return cmp.Or(cmp.Compare(a.status, b.status), strings.Compare(a.code, b.code)) // numbers before letters
	})
	for i := range p.kinds {
		p.byCode[p.kinds[i].code] = &p.kinds[i]
	}
	return p, nil
}

// addressable reports whether an error may have this code: httperrors admits only codes that need no escaping in a URL.
func addressable(code string) bool { return httperrors.New(500, "").WithCode(code).Code() == code }

// Index returns the page that lists the others. Its links are relative, so that they survive a proxy that removes a prefix; base,
// which they begin with, is the last segment of the index's own address, escaped, or "" if that address ends with a slash. Index
// reports false if base is no segment or has more than 256 bytes. An answer without a body has failed; Err says why. If there is
// a body, Err says how Options.Messages failed; the page has the standard texts then.
func (p *Problems) Index(language, base string) (Answer, bool) {
	if !validBase(base) {
		return Answer{}, false
	}
	l := p.renderer.catalogue.Language(p.renderer.state.Load().offeredLanguage(language))
	page := p.newPage(l)
	page.Heading = l.Problems.Problems
	link := "./"
	if base != "" {
		link += base + "/"
	}
	var messagesErr error
	for _, class := range [...]int{0, 4, 5, 3} { // redirections last: they are no problems
		var section problemSection
		if class > 0 {
			section.Title = l.Class(class)
		}
		for i := range p.kinds {
			k := &p.kinds[i]
			if k.status/100 != class {
				continue
			}
			item, err := p.item(l, k, messagesErr != nil)
			if messagesErr == nil {
				messagesErr = err
			}
			item.Link = link + k.code
			section.Kinds = append(section.Kinds, item)
		}
		if len(section.Kinds) > 0 {
			page.Sections = append(page.Sections, section)
		}
	}
	return p.execute("index", page, messagesErr), true
}

// Page returns the page for a code; that of a status is its number. It reports false if there is no such code, and for a base with
// which Index does. The rest is as for Index.
func (p *Problems) Page(code, language, base string) (Answer, bool) {
	k := p.byCode[code]
	if k == nil || !validBase(base) {
		return Answer{}, false
	}
	l := p.renderer.catalogue.Language(p.renderer.state.Load().offeredLanguage(language))
	if k.status == 0 {
		l = p.languageFor(l, k.code)
	}
	page, messagesErr := p.explain(l, k)
	page.Up = "./"
	if base != "" {
		page.Up = "../" + base
	}
	return p.execute("problem", page, messagesErr), true
}

// validBase reports whether base can be the last segment of a path: a page repeats it in its links.
func validBase(base string) bool { return len(base) <= maxBase && !strings.ContainsAny(base, "/?#") }

// execute makes the answer. MessagesErr says how Options.Messages failed, if it did.
func (p *Problems) execute(template string, page *problemPage, messagesErr error) Answer {
	var b bytes.Buffer
	if err := problemsTemplate().ExecuteTemplate(&b, template, page); err != nil {
		return Answer{Err: err} // only a mistake in the template of this package leads here
	}
	return Answer{Body: b.Bytes(), ContentType: typeHTML, ContentLanguage: page.Language, CSP: p.csp, Step: StepBuiltin, Err: messagesErr}
}

type (
	problemPage struct {
		*renderer.Page
		Words   i18n.ProblemLabels
		Style   template.CSS
		Up      string // where the index is
		Phrase  string // of the status
		What    string // the error means
		Repeat  string // whether a program may repeat the request
		Type    string
		Example string

		Sections []problemSection // of the index
	}
	problemSection struct {
		Title string
		Kinds []problemItem
	}
	problemItem struct {
		Status            int
		Link, Title, Code string
		Language          string // of the title, if that is not the page's
	}
)

// newPage returns the data that all of these pages have in common.
func (p *Problems) newPage(l *i18n.Language) *problemPage {
	page := &renderer.Page{Language: l.Tag, Direction: l.Direction, Brand: p.renderer.brand, Labels: l.Labels}
	return &problemPage{Page: page, Style: p.style, Words: l.Problems}
}

// explain makes the page about a kind.
func (p *Problems) explain(l *i18n.Language, k *kind) (page *problemPage, messagesErr error) {
	r := p.renderer
	page = p.newPage(l)
	if k.status == 0 {
		e := l.Code(k.code)
		page.Heading, page.Advice, page.Slug, page.What = cmp.Or(e.Heading, e.Title, k.code), e.Advice, k.code, e.Text
		return page, nil
	}
	in := Input{Error: k.err, Status: k.status}
	f := readFailure(&in)
	messagesErr = r.fill(page.Page, l, Choice{}, &f)
	standard := l.Entry(k.status, "")
	page.What, page.Phrase = page.Explanation, standard.Title
	if k.err != nil {
		page.Type = text.Clean(k.err.Type(), maxPath)
		if page.Explanation == standard.Text && page.Message != page.Title {
			page.What = page.Message // there is no text for this code: the error's message is closer than the text of its status
		}
	}
	if k.status < 400 {
		return page, messagesErr
	}
	page.Type = cmp.Or(page.Type, "about:blank")
	page.Repeat = l.Problems.NoRepeat
	if page.Retryable {
		page.Repeat = l.Problems.Repeat
	}
	page.Example = r.source(renderer.FormatProblemJSON, l.Tag, &in)
	return page, messagesErr
}

// languageFor returns the language in which to explain a code of the catalogue, whose texts may be in some languages only: the
// reader's, then the default, then any other that has texts.
func (p *Problems) languageFor(reader *i18n.Language, code string) *i18n.Language {
	c := p.renderer.catalogue
	for _, tag := range append([]string{reader.Tag, c.Default()}, c.Tags()...) {
		if l := c.Language(tag); l.Code(code) != (i18n.Entry{}) {
			return l
		}
	}
	return reader
}

// item returns the line of the index for a kind. If Options.Messages has failed for another line, it is not asked again: one failure
// is reported, and it may be slow to fail.
func (p *Problems) item(l *i18n.Language, k *kind, failed bool) (item problemItem, messagesErr error) {
	item.Status = k.status
	if k.status == 0 {
		item.Code = k.code
		if found := p.languageFor(l, k.code); found != l {
			item.Language, l = found.Tag, found
		}
		e := l.Code(k.code)
		item.Title = cmp.Or(e.Title, e.Heading)
		return item, nil
	}
	if k.err != nil {
		item.Code = k.code
		if item.Title = text.Clean(k.err.Title(), maxWord); item.Title != "" {
			return item, nil
		}
	}
	e := l.Entry(k.status, item.Code)
	if !failed {
		e, messagesErr = p.renderer.textsFor(l, k.status, item.Code)
	}
	item.Title = e.Title
	return item, messagesErr
}
