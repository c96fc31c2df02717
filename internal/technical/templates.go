package technical

import (
	"regexp"
	"strconv"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/source"
	"github.com/exceptional-go/exceptional/internal/text"
)

// templateText matches the errors of html/template and text/template, which report the place of a failure only in their text:
// `template: page.html:12:7: executing "page.html" at <.Total>: …`, or `html/template:page.html:3:7: …` for a mistake that the
// escaper found. The panic of a template function becomes such an error, too, without a stack.
var templateText = regexp.MustCompile(`^(?s:.{0,400}?)(?:^|[\s:])(?:html/)?template: ?([^\s:"][^:"\n]{0,200}):(\d{1,7})(?::(\d{1,7}))?: (?:executing "[^"\n]{0,200}" at <([^\n]{0,200}?)>: )?((?s:.*))$`)

// captureTemplates finds failures inside templates in the texts of the errors. It begins with the innermost error: the place that
// it names is the mistake, those of the errors around it are the pages that include it.
func (c *capture) captureTemplates() {
	seen := map[string]bool{}
	for i := len(c.nodes) - 1; i >= 0 && len(c.report.Template) < 4; i-- {
		t, ok := parseTemplate(text.Cut(c.nodes[i].text, 8<<10))
		if !ok {
			continue
		}
		key := t.Name + ":" + strconv.Itoa(t.Line) + ":" + strconv.Itoa(t.Column)
		if seen[key] {
			continue
		}
		seen[key] = true
		t.Node = i
		name := t.Name
		t.Name, t.Action, t.Text = c.text(t.Name, maxName), c.text(t.Action, maxName), c.text(t.Text, 1000)
		found := try(c, "source of template "+name, func() *source.File { return c.view.sources.Template(name) })
		if found != nil {
			t.Path = c.text(found.Path, 300)
			t.Source = c.window(found, t.Line, t.Column, "")
		}
		c.report.Template = append(c.report.Template, t)
	}
}

func parseTemplate(s string) (t report.TemplateError, ok bool) {
	m := templateText.FindStringSubmatch(s)
	if m == nil {
		return t, false
	}
	t.Name, t.Action, t.Text = m[1], m[4], m[5]
	t.Line, _ = strconv.Atoi(m[2])
	t.Column = column(m[3])
	if t.Action != "" {
		t.Action = "{{" + t.Action + "}}"
	}
	return t, true
}

// column returns a column counted from one, 0 if there is none: both packages count bytes from zero (parse.Tree.ErrorContext).
func column(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n + 1
}
