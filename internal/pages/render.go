package pages

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/exceptional-go/exceptional/internal/pages/internal/forms"
	"github.com/exceptional-go/exceptional/internal/pages/internal/i18n"
	"github.com/exceptional-go/exceptional/internal/pages/internal/templates"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/renderer"
)

// Render makes the answer in the form of c. It tries the application's own renderer (HTML only), then the application's templates,
// then the built-in form. It cannot fail: Answer.Err says how the better ones failed. It may be called by many goroutines.
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
	var reloadErr, externalErr, templateErr, messagesErr error
	if r.reload != nil {
		reloadErr = r.reloadTemplates()
	}
	s := r.state.Load() // once: a reload must not give this answer the languages of one state and the templates of another
	wanted := s.offeredLanguage(c.Language)
	if !validFrame(c.Frame) {
		c.Frame = ""
	}
	f := readFailure(in)
	l := r.catalogue.Language(wanted)
	ok := false
	if c.Format == renderer.FormatHTML {
		answer, ok, externalErr = r.renderExternal(l, c, &f)
	}
	if !ok {
		answer, ok, templateErr = r.renderTemplate(s, wanted, c, &f)
	}
	if !ok {
		answer, messagesErr = r.renderBuiltin(l, c, &f)
	}
	answer.Err = errors.Join(reloadErr, externalErr, templateErr, messagesErr)
	return answer
}

// renderExternal tries the application's own renderer. It reports false if there is none, it has no page, or it fails.
func (r *Renderer) renderExternal(l *i18n.Language, c Choice, f *failure) (Answer, bool, error) {
	external := f.External
	if external == nil {
		external = r.external
	}
	if external == nil {
		return Answer{}, false, nil
	}
	p, messagesErr := r.templatePage(l, c, f)
	p.ProblemScript = problemScript(p, f) // its templates are not ours to look into: they may use it
	name, body, err := r.askExternal(external, p, f)
	err = errors.Join(messagesErr, err)
	if name == "" {
		return Answer{}, false, err
	}
	return Answer{Body: body, ContentType: typeHTML, ContentLanguage: l.Tag, Step: StepCustom, Template: name}, true, err
}

// renderTemplate tries the page of Options.Templates. It reports false if there is none, or if it fails.
func (r *Renderer) renderTemplate(s *state, wanted string, c Choice, f *failure) (Answer, bool, error) {
	page := s.templates.Find(c.Format, f.Error.Template(), f.status, wanted)
	if page == nil || !page.Usable(c.Fragment) {
		return Answer{}, false, nil
	}
	language := cmp.Or(page.Language, wanted)
	p, messagesErr := r.templatePage(r.catalogue.Language(language), c, f)
	if page.WantsScript {
		p.ProblemScript = problemScript(p, f)
	}
	if page.Language != "" { // the texts may be in another language, if the catalogue has none in this one
		p.Language, p.Direction = page.Language, r.direction(page.Language)
	}
	body, err := page.Execute(p)
	if err != nil {
		return Answer{}, false, errors.Join(messagesErr, fmt.Errorf("template %s: %w", page.Path, templates.Readable(err)))
	}
	answer := Answer{Body: body, ContentType: contentTypes[c.Format], ContentLanguage: p.Language, Step: StepCustom, Template: page.Path}
	return answer, true, messagesErr
}

// renderBuiltin makes our own form of the answer. It always has one; the error is that of fill.
func (r *Renderer) renderBuiltin(l *i18n.Language, c Choice, f *failure) (Answer, error) {
	var p renderer.Page
	messagesErr := r.fill(&p, l, c, f)
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
	return answer, messagesErr
}
