package pages

import (
	"errors"
	"fmt"

	"github.com/exceptional-go/exceptional/internal/pages/internal/forms"
	"github.com/exceptional-go/exceptional/internal/pages/internal/i18n"
	"github.com/exceptional-go/exceptional/internal/pages/internal/templates"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/renderer"
)

// Render makes the answer in the form of c. It cannot fail: Answer.Err says which pages were given up on the way. It may be
// called by many goroutines.
func (r *Renderer) Render(c Choice, in *Input) (answer Answer) {
	if in == nil {
		in = new(Input)
	}
	defer func() {
		if v := recover(); v != nil { // a fault of ours; the application's code is guarded where it is called
			answer = lastResort(in.Status, stack.Recovered(v))
		}
	}()
	if c.Format == renderer.FormatNone || c.Format >= formatCount {
		return Answer{Step: StepBuiltin}
	}
	var failed error
	if r.reload != nil {
		failed = r.refresh()
	}
	s := r.state.Load()
	wanted := s.offered(c.Language)
	if !validFrame(c.Frame) {
		c.Frame = ""
	}
	f := readInput(in, r.now)
	l := r.catalogue.Language(wanted)
	if c.Format == renderer.FormatHTML {
		answer, ok, err := r.renderExternal(l, c, &f)
		failed = errors.Join(failed, err)
		if ok {
			answer.Err = failed
			return answer
		}
	}
	answer, ok, err := r.renderCustom(s, wanted, c, &f)
	failed = errors.Join(failed, err)
	if !ok {
		answer, err = r.renderBuiltin(l, c, &f)
		failed = errors.Join(failed, err)
	}
	answer.Err = failed
	return answer
}

// renderExternal tries Options.External. It reports false if there is no page.
func (r *Renderer) renderExternal(l *i18n.Language, c Choice, f *inputs) (Answer, bool, error) {
	external := f.External
	if external == nil {
		external = r.external
	}
	if external == nil {
		return Answer{}, false, nil
	}
	p := new(renderer.Page)
	texts := r.fill(p, l, c, f)
	r.complete(p, f)
	p.ProblemScript = problemScript(p, f)
	name, body, err := r.askExternal(external, p, f)
	err = errors.Join(texts, err)
	if name == "" {
		return Answer{}, false, err
	}
	return Answer{Body: body, ContentType: typeHTML, ContentLanguage: l.Tag, Step: StepCustom, Template: name}, true, err
}

// renderCustom tries the page of Options.Templates. It reports false if there is none, or if it fails. The language of
// the answer is that of a page for one language, and otherwise that of the texts.
func (r *Renderer) renderCustom(s *state, wanted string, c Choice, f *inputs) (Answer, bool, error) {
	page := s.templates.Find(c.Format, f.template, f.status, wanted)
	if page == nil || !page.Usable(c.Fragment) {
		return Answer{}, false, nil
	}
	l := r.catalogue.Language(wanted)
	if page.Language != "" {
		l = r.catalogue.Language(page.Language)
	}
	p := new(renderer.Page)
	texts := r.fill(p, l, c, f)
	r.complete(p, f)
	if page.WantsScript {
		p.ProblemScript = problemScript(p, f)
	}
	if page.Language != "" {
		p.Language, p.Direction = page.Language, r.direction(page.Language)
	}
	body, err := page.Execute(p)
	if err != nil {
		return Answer{}, false, errors.Join(texts, fmt.Errorf("template %s: %w", page.Path, templates.Readable(err)))
	}
	answer := Answer{Body: body, ContentType: contentTypes[c.Format], ContentLanguage: p.Language, Step: StepCustom, Template: page.Path}
	return answer, true, texts
}

// renderBuiltin makes our own form of the answer. The error is about the application's texts; the answer stands.
func (r *Renderer) renderBuiltin(l *i18n.Language, c Choice, f *inputs) (Answer, error) {
	var p renderer.Page
	texts := r.fill(&p, l, c, f)
	answer := Answer{ContentType: contentTypes[c.Format], ContentLanguage: l.Tag, CSP: cspDocument, Step: StepBuiltin}
	switch c.Format {
	case renderer.FormatHTML:
		answer.CSP = r.csp
		if r.embedProblem && !c.Fragment {
			p.ProblemScript = problemScript(&p, f)
		}
		answer.Body = forms.HTML(&p)
	case renderer.FormatProblemJSON:
		answer.Body = appendJSON(make([]byte, 0, 256), &p, f)
	case renderer.FormatProblemXML:
		answer.Body = appendXML(make([]byte, 0, 512), &p, f)
	case renderer.FormatText:
		answer.Body = forms.Text(&p)
	case renderer.FormatMarkdown:
		answer.Body = forms.Markdown(&p, appendJSON(make([]byte, 0, 256), &p, f))
	}
	return answer, texts
}
