package renderer

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/exceptional-go/exceptional/httperrors"
)

// Problems explains the kinds of problems that there are, a page for each and an index of them all. It is what the type
// of a problem document should lead to: documentation for people (RFC 9457, section 4).
//
// Renderer.Problems makes one; the zero value is not usable. It is immutable, and may be used by many goroutines. All
// that its pages say is public: the texts of the catalogue, and what the errors it was given answer to everybody.
type Problems struct {
	renderer *Renderer
	style    template.CSS
	csp      string
	kinds    []kind // as the index has them
	byCode   map[string]*kind
	kept     *seen[problemKey, *Answer]
}

// A kind is a kind of problem: a status, or a code of the application.
type kind struct {
	code   string            // the last segment of its address
	status int               // 0: nobody said which
	err    *httperrors.Error // nil: what the catalogue knows is all
}

// A problemKey is what a page depends on.
type problemKey struct{ code, language, base string }

const (
	indexKey     = "/" // which no code is
	problemSlots = 256
	maxBase      = 256 // every link of the index repeats it
)

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
// The error, with which there are no pages, says which of errs cannot have a page: one without a code, one whose code is a number, which is the page of a
// status, and one whose code another has as well.
func (r *Renderer) Problems(errs ...*httperrors.Error) (*Problems, error) {
	style := string(r.brand.Style()) + compactCSS(problemsCSS)
	sum := sha256.Sum256([]byte(style))
	p := &Problems{
		renderer: r,
		style:    template.CSS(style),
		csp: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
		byCode: make(map[string]*kind),
		kept:   newSeen[problemKey, *Answer](problemSlots),
	}
	known := make(map[string]kind)
	for _, status := range r.catalogue.statuses {
		code := strconv.Itoa(status)
		known[code] = kind{code: code, status: status}
	}
	for _, l := range r.catalogue.languages {
		for code := range l.codes {
			if addressable(code) { // no error can have another
				known[code] = kind{code: code}
			}
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

// addressable reports whether an error may have this code, and so whether it means itself in a URL.
func addressable(code string) bool { return httperrors.New(500, "").WithCode(code).Code() == code }

// Index returns the page that lists the others. Base is the last segment of its own address, escaped, which its links
// begin with, and "" if that ends with a slash: links that are relative survive a proxy that takes a prefix away. It
// reports false for a base that is no segment, or one of more than 256 bytes. An answer without a body has failed; Err
// says why. With a body, Err is what went wrong with Options.Messages, in whose place the standard texts are shown.
func (p *Problems) Index(language, base string) (Answer, bool) {
	return p.answer(problemKey{indexKey, language, base}, func(_ *state, c *Choice, b *buffer) (error, error) {
		return p.index(c, base, b)
	})
}

// Page returns the page for a code; a status is its number. Base is what it is for Index, the last segment of the index's
// address. It reports false if there is no such code, and as Index does.
func (p *Problems) Page(code, language, base string) (Answer, bool) {
	k := p.byCode[code]
	if k == nil {
		return Answer{}, false
	}
	return p.answer(problemKey{k.code, language, base}, func(s *state, c *Choice, b *buffer) (error, error) {
		return p.page(s, c, k, base, b)
	})
}

// answer returns what was kept for key, or what write writes. The first error of write is one of the application's texts,
// the second one of ours.
func (p *Problems) answer(key problemKey, write func(*state, *Choice, *buffer) (texts, err error)) (Answer, bool) {
	if len(key.base) > maxBase || strings.ContainsAny(key.base, "/?#") {
		return Answer{}, false
	}
	s := p.renderer.state.Load()
	c := Choice{Format: FormatHTML, Language: s.languages.tags[0]}
	if known, ok := s.languages.canonical(key.language); ok {
		c.Language = known
	}
	if texts, ok := s.texts[c.Language]; ok { // there are only templates in it
		c.Language = texts
	}
	key.language = c.Language
	hash := maphash.String(p.kept.seed, key.code) ^ maphash.String(p.kept.seed, key.language)*31
	if a, ok := p.kept.find(hash, key); ok {
		return *a, true
	}
	b := newBuffer(defaultMaxBytes)
	defer b.release()
	var texts error
	err := guard(func() (err error) {
		texts, err = write(s, &c, b)
		return err
	})
	if err != nil {
		// Only a mistake in the template of this package leads here, or an index of ten thousand codes.
		return Answer{Err: err}, true
	}
	a := Answer{ContentType: typeHTML, ContentLanguage: c.Language, CSP: p.csp, Step: StepBuiltin, Err: texts}
	a.Body, a.Length = bytes.Clone(b.bytes), strconv.Itoa(len(b.bytes))
	if texts == nil && p.kept.again(hash) {
		key.base = strings.Clone(key.base)
		p.kept.add(hash, key, &a) // from here on it is everybody's
	}
	return a, true
}

type (
	problemPage struct {
		*Page
		Words   problemWords
		Style   template.CSS
		Up      string // where the index is
		Phrase  string // of the status
		What    string
		Repeat  string
		Type    string
		Example string

		Sections []problemSection
	}
	problemWords   struct{ Problems, Programs, Code, Type, Example string }
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

func (p *Problems) newPage(c *Choice, page *Page) *problemPage {
	w := &p.renderer.catalogue.language(c.Language).problems
	return &problemPage{Page: page, Style: p.style, Words: problemWords{w.problems, w.programs, w.code, w.typ, w.example}}
}

func (p *Problems) page(s *state, c *Choice, k *kind, base string, b *buffer) (texts, err error) {
	if k.status == 0 {
		c.Language = p.languageOf(c.Language, k.code)
	}
	data, texts := p.explain(s, c, k)
	data.Up = "./"
	if base != "" {
		data.Up = "../" + base
	}
	return texts, problemsTemplate().ExecuteTemplate(b, "problem", data)
}

// explain says what there is to say about a kind.
func (p *Problems) explain(s *state, c *Choice, k *kind) (data *problemPage, texts error) {
	r := p.renderer
	page := new(Page)
	data = p.newPage(c, page)
	if k.status == 0 {
		l := r.catalogue.language(c.Language)
		e := l.codes[k.code]
		page.Language, page.Direction, page.Brand, page.Labels = c.Language, l.direction, r.brand, l.labels
		page.Heading, page.Advice, page.Slug = cmp.Or(e.Heading, e.Title, k.code), e.Advice, k.code
		data.What = e.Text
		return data, nil
	}
	in := Input{Error: k.err, Status: k.status}
	f := readFacts(&in, r.now)
	texts = r.fill(page, s, *c, &f)
	standard := r.catalogue.lookup(c.Language, k.status, "")
	data.What, data.Phrase = page.Explanation, standard.Title
	if k.err != nil {
		data.Type = clean(f.typ, maxPath, false)
		if page.Explanation == standard.Text && page.Message != page.Title {
			data.What = page.Message // no text for this code: what the error says is closer than what its status does
		}
	}
	if k.status < 400 {
		return data, texts
	}
	data.Type = cmp.Or(data.Type, "about:blank")
	data.Repeat = r.catalogue.language(c.Language).problems.noRepeat
	if page.Retryable {
		data.Repeat = r.catalogue.language(c.Language).problems.repeat
	}
	data.Example = r.example(c.Language, &in)
	return data, texts
}

// example is the document that the error answers with, for reading.
func (r *Renderer) example(language string, in *Input) string {
	a := r.Render(Choice{Format: FormatProblemJSON, Language: language}, in)
	defer a.Release()
	var b bytes.Buffer
	if json.Indent(&b, a.Body, "", "  ") != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

// languageOf returns the language to explain a code in that nothing but its texts is known of: the reader's, or one that
// there are texts in.
func (p *Problems) languageOf(language, code string) string {
	c := p.renderer.catalogue
	for _, l := range append([]string{language, c.fallback()}, c.tags()...) {
		if e := c.language(l).codes[code]; e != (entry{}) {
			return l
		}
	}
	return language
}

func (p *Problems) index(c *Choice, base string, b *buffer) (texts, err error) {
	r := p.renderer
	l := r.catalogue.language(c.Language)
	data := p.newPage(c, &Page{Language: c.Language, Direction: l.direction, Brand: r.brand, Labels: l.labels, Heading: l.problems.problems})
	link := "./"
	if base != "" {
		link += base + "/"
	}
	for _, class := range [...]int{0, 4, 5, 3} { // redirections last: they are no problems
		var section problemSection
		if class > 0 {
			section.Title = p.classTitle(c.Language, class)
		}
		for i := range p.kinds {
			k := &p.kinds[i]
			if k.status/100 != class {
				continue
			}
			item, fault := p.item(c.Language, k, texts != nil)
			if fault != nil {
				texts = fault
			}
			item.Link = link + k.code
			section.Kinds = append(section.Kinds, item)
		}
		if len(section.Kinds) > 0 {
			data.Sections = append(data.Sections, section)
		}
	}
	return texts, problemsTemplate().ExecuteTemplate(b, "index", data)
}

// item returns the line of the index for a kind. Where Options.Messages has failed once, it is not asked for fifty more:
// each could take Options.Timeout.
func (p *Problems) item(language string, k *kind, failed bool) (item problemItem, fault error) {
	c := p.renderer.catalogue
	item.Status = k.status
	if k.status == 0 {
		item.Code = k.code
		if l := p.languageOf(language, k.code); l != language {
			item.Language, language = l, l
		}
		e := c.language(language).codes[k.code]
		item.Title = cmp.Or(e.Title, e.Heading)
		return item, nil
	}
	if k.err != nil {
		item.Code = k.code
		if item.Title = clean(k.err.Title(), maxWord, false); item.Title != "" {
			return item, nil
		}
	}
	e := c.lookup(language, k.status, item.Code)
	if !failed {
		e, fault = c.find(language, k.status, item.Code)
	}
	item.Title = e.Title
	return item, fault
}

// classTitle returns what the catalogue calls a class of statuses: the title of one that has none of its own.
func (p *Problems) classTitle(language string, class int) string {
	c := p.renderer.catalogue
	status := 100*class + 99
	for status > 100*class && slices.Contains(c.statuses, status) {
		status--
	}
	return c.lookup(language, status, "").Title
}
