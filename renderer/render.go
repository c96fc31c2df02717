package renderer

import (
	"errors"
	"fmt"
	"html/template"
	"text/template/parse"
)

const (
	typeHTML     = "text/html; charset=utf-8"
	typeJSON     = "application/problem+json" // defines no charset parameter (RFC 9457, section 6.1)
	typeXML      = "application/problem+xml"
	typeText     = "text/plain; charset=utf-8"
	typeMarkdown = "text/markdown; charset=utf-8"

	// A document that a browser shows after all must not run or load anything.
	cspDocument = "default-src 'none'; frame-ancestors 'none'"
)

var contentTypes = [formatCount]string{
	FormatHTML: typeHTML, FormatProblemJSON: typeJSON, FormatProblemXML: typeXML, FormatText: typeText, FormatMarkdown: typeMarkdown,
}

// A builtinPage is the built-in HTML, and which fields of a page it shows.
type builtinPage struct {
	whole, fragment executer
	uses            fieldSet
}

func newBuiltinPage(t *template.Template) builtinPage {
	trees := func(name string) *parse.Tree {
		if t := t.Lookup(name); t != nil {
			return t.Tree
		}
		return nil
	}
	return builtinPage{
		whole:    t.Lookup("page"),
		fragment: t.Lookup("fragment"),
		uses:     analyse("page", trees, builtinFuncs).uses | analyse("fragment", trees, builtinFuncs).uses,
	}
}

// documentUses are what the other built-in forms show.
const documentUses = allFields &^ (hasMethod | hasPath | hasFrame | hasAnything)

// Render makes the answer in the form of c. It cannot fail: what is given up on the way is in Answer.Err. It may be
// called by many goroutines.
func (r *Renderer) Render(c Choice, in *Input) (answer Answer) {
	if in == nil {
		in = new(Input)
	}
	defer func() {
		if v := recover(); v != nil { // a fault of ours; the application's code is guarded where it is called
			answer = r.lastResort(c, in.Status, panicked(v))
		}
	}()
	if c.Format == FormatNone || c.Format >= formatCount {
		return Answer{Length: "0", Step: StepBuiltin}
	}
	failed := error(nil)
	if r.reload != nil {
		failed = r.refresh()
	}
	s := r.state.Load()
	if standard := s.languages.tags[0]; c.Language != standard { // which most are in, and need not be looked up
		if known, ok := s.languages.canonical(c.Language); ok {
			c.Language = known
		} else {
			c.Language = standard
		}
	}
	f := readFacts(in, r.now)
	if c.Frame != "" && validFrame(c.Frame) {
		f.has |= hasFrame
	} else {
		c.Frame = ""
	}
	wanted := c.Language
	if t, ok := s.texts[c.Language]; ok {
		c.Language = t
	}
	if answer, ok := r.renderExternal(s, c, &f, &failed); ok {
		return answer
	}
	if answer, ok := r.renderCustom(s, c, wanted, &f, &failed); ok {
		return answer
	}
	return r.renderBuiltin(s, c, &f, failed)
}

// renderExternal tries Options.External, which renders HTML.
func (r *Renderer) renderExternal(s *state, c Choice, f *facts, failed *error) (Answer, bool) {
	external := f.in.External
	if external == nil {
		external = r.external
	}
	if external == nil || c.Format != FormatHTML {
		return Answer{}, false
	}
	p := new(Page) // not from the pool: what the application's renderer keeps of it must not change under it
	r.fail(failed, r.fill(p, s, c, f))
	p.embed(f)
	b := newBuffer(r.maxBytes)
	name, err := r.known.render(external, b, f.template, p, r.now(), r.reload == nil)
	r.fail(failed, err)
	if name == "" {
		b.release()
		return Answer{}, false
	}
	return seal(Answer{ContentType: typeHTML, ContentLanguage: c.Language, Step: StepCustom, Template: name, Err: *failed}, b), true
}

// renderCustom tries the page of Options.Templates. A variant is in its own language, which may be broader than the
// reader's, or one that there are no texts in; any other page is in the language of the texts.
func (r *Renderer) renderCustom(s *state, c Choice, wanted string, f *facts, failed *error) (Answer, bool) {
	page := s.templates.books[c.Format].find(f.template, f.status, wanted)
	if page == nil || page.disabled.Load() || c.Fragment && page.fragment == nil {
		return Answer{}, false
	}
	if page.language != "" {
		c.Language = page.language
	}
	keep := f.has&page.uses == 0
	var key answerKey
	var hash uint64
	if keep {
		key = keyOf(page.id, c, f)
		hash = s.answers.hash(&key)
		if a, ok := s.answers.find(hash, &key); ok {
			answer := *a
			answer.Err = *failed
			return answer, true
		}
	}
	var p *Page
	if page.wild {
		p = new(Page)
	} else {
		p = pages.Get().(*Page)
		defer pages.Put(p)
	}
	err := r.fill(p, s, c, f)
	if page.script || page.wild { // a function of the application may be given the whole page
		p.embed(f)
	}
	r.fail(failed, err)
	keep = keep && err == nil
	b := newBuffer(r.maxBytes)
	err, overrun := page.execute(b, p, r.timeout)
	if err != nil {
		if overrun {
			err = fmt.Errorf("%w; it will not be asked again", err)
		} else {
			b.release()
		}
		r.fail(failed, fmt.Errorf("template %s: %w", page.name, readable(err)))
		return Answer{}, false
	}
	answer := seal(Answer{ContentType: contentTypes[c.Format], ContentLanguage: c.Language, Step: StepCustom, Template: page.name}, b)
	if keep {
		s.answers.keep(hash, key, answer)
	}
	answer.Err = *failed
	return answer, true
}

// renderBuiltin makes our own form of the answer, and if that fails, falls back on what was made at the start.
func (r *Renderer) renderBuiltin(s *state, c Choice, f *facts, failed error) Answer {
	uses := documentUses
	if c.Format == FormatHTML {
		uses = r.builtin.uses
	}
	keep := f.has&uses == 0
	var key answerKey
	var hash uint64
	if keep {
		key = keyOf(0, c, f)
		hash = s.answers.hash(&key)
		if a, ok := s.answers.find(hash, &key); ok {
			answer := *a
			answer.Err = failed
			return answer
		}
	}
	if fields, ok := moldFor(f, uses); ok && c.Format == FormatHTML && failed == nil {
		if answer, ok := r.renderMold(s, c, f, fields); ok {
			return answer
		}
	}
	b := newBuffer(defaultMaxBytes)
	var texts error // what is wrong with the application's texts; the answer stands
	err := guard(func() (err error) {
		texts, err = r.build(s, b, c, f)
		return err
	})
	if err != nil {
		b.release()
		r.fail(&failed, fmt.Errorf("the built-in %v: %w", c.Format, err))
		return r.lastResort(c, f.status, failed)
	}
	r.fail(&failed, texts)
	answer := Answer{ContentType: contentTypes[c.Format], ContentLanguage: c.Language, CSP: cspDocument, Step: StepBuiltin}
	if c.Format == FormatHTML {
		answer.CSP = r.csp
	}
	answer = seal(answer, b)
	if keep && texts == nil {
		s.answers.keep(hash, key, answer)
	}
	answer.Err = failed
	return answer
}

// renderMold makes the built-in page from its mold, if there is one. At the second time that one would have helped, it
// makes the mold.
func (r *Renderer) renderMold(s *state, c Choice, f *facts, fields fieldSet) (Answer, bool) {
	key := keyOf(0, c, f)
	key.mold = fields
	hash := s.answers.hash(&key)
	a, ok := s.answers.find(hash, &key)
	if ok {
		b := newBuffer(defaultMaxBytes)
		b.bytes = cast(b.bytes, a.Body, f.in)
		return seal(*a, b), true
	}
	if !s.answers.seen.again(hash) {
		return Answer{}, false
	}
	in := molded(f.in, fields)
	with := *f
	with.in = &in
	b := newBuffer(defaultMaxBytes)
	defer b.release()
	var texts error
	err := guard(func() (err error) {
		texts, err = r.build(s, b, c, &with)
		return err
	})
	if err == nil && texts == nil {
		mold := Answer{Body: b.bytes, ContentType: typeHTML, ContentLanguage: c.Language, CSP: r.csp, Step: StepBuiltin}
		s.answers.put(hash, key, mold)
	}
	return Answer{}, false
}

// build writes the built-in form into b.
func (r *Renderer) build(s *state, b *buffer, c Choice, f *facts) (texts, err error) {
	p := pages.Get().(*Page)
	defer pages.Put(p)
	texts = r.fill(p, s, c, f)
	switch c.Format {
	case FormatHTML:
		t := r.builtin.whole
		if c.Fragment {
			t = r.builtin.fragment
		} else if r.builtin.uses&hasDocument != 0 {
			p.embed(f)
		}
		err = t.Execute(b, p)
	case FormatProblemJSON:
		b.bytes = appendJSON(b.bytes, p, f)
	case FormatProblemXML:
		b.bytes = appendXML(b.bytes, p, f)
	case FormatText:
		b.bytes = appendPlain(b.bytes, p)
	case FormatMarkdown:
		b.bytes = appendMarkdown(b.bytes, p, f)
	}
	if err == nil && len(b.bytes) == 0 {
		err = errNothing
	}
	return texts, err
}

// fail notes that something went wrong on the way to the answer.
func (r *Renderer) fail(failed *error, err error) {
	if err != nil {
		*failed = errors.Join(*failed, err)
	}
}
