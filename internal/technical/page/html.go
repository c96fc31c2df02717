package page

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"sync"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/value"
)

//go:embed assets/page.html assets/page.css assets/page.js
var assets embed.FS

// An htmlPage is the parsed template of the technical page, with the hashes that its policy allows.
type htmlPage struct {
	tmpl   *template.Template
	policy policy
}

// builtinPage parses the template at its first use, so that importing the package costs nothing.
var builtinPage = sync.OnceValues(func() (*htmlPage, error) { return parsePage("") })

// parsePage parses the built-in template; override may redefine parts of it, which is how tests make one fail.
func parsePage(override string) (*htmlPage, error) {
	var css, js, html []byte
	for name, to := range map[string]*[]byte{"page.css": &css, "page.js": &js, "page.html": &html} {
		text, err := assets.ReadFile("assets/" + name)
		if err != nil {
			return nil, fmt.Errorf("debugview: %w", err)
		}
		*to = text
	}
	// The only typed strings of the page are the files of this package: html/template would strip the comments of a literal
	// style element, and the hash would be another one. No data ever becomes markup, but for pageSource.Markup.
	t, err := template.New("page.html").Funcs(template.FuncMap{
		"css": func() template.CSS { return template.CSS(css) },
		"js":  func() template.JS { return template.JS(js) },
	}).Parse(string(html))
	if err == nil && override != "" {
		t, err = t.Parse(override)
	}
	if err != nil {
		return nil, fmt.Errorf("debugview: %w", err)
	}
	h := &htmlPage{tmpl: t}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "style", nil); err != nil {
		return nil, fmt.Errorf("debugview: %w", err)
	}
	if err := t.ExecuteTemplate(&b, "script", nil); err != nil {
		return nil, fmt.Errorf("debugview: %w", err)
	}
	h.policy = policyOf(b.Bytes()) // of the bytes that will be emitted, not of the files
	return h, nil
}

// render makes the page section by section: one that fails is replaced by a remark, one that does not fit as well, and the
// others stay. The error tells what failed; it stands on the page, too.
func (h *htmlPage) render(r *report.Report) ([]byte, error) {
	p := newPage(r)
	var b bytes.Buffer
	b.Grow(128 << 10)
	if err := h.tmpl.ExecuteTemplate(&b, "head", p); err != nil {
		return nil, fmt.Errorf("debugview: %w", err)
	}
	if err := h.tmpl.ExecuteTemplate(&b, "nav", p.sections); err != nil {
		return nil, fmt.Errorf("debugview: %w", err)
	}
	var tail bytes.Buffer
	if err := h.tmpl.ExecuteTemplate(&tail, "tail", p); err != nil {
		return nil, fmt.Errorf("debugview: %w", err)
	}
	var failures []error
	for _, s := range p.sections {
		start := b.Len()
		err := h.section(&b, s)
		problem := ""
		switch room := MaxPage - tail.Len() - 8_000; {
		case err != nil:
			failures = append(failures, err)
			problem = "This section failed: " + err.Error()
		case b.Len() > room:
			problem = "This section is left out, for the page would become too large: " + trimmedMark(int64(b.Len()-start))
		default:
			continue
		}
		b.Truncate(start)
		problem, _ = cut(visible(problem), 300)
		if err := h.tmpl.ExecuteTemplate(&b, "failed", map[string]string{"ID": s.ID, "Title": s.Title, "Problem": problem}); err != nil {
			return nil, fmt.Errorf("debugview: %w", err)
		}
	}
	tail.WriteTo(&b)
	return b.Bytes(), errors.Join(failures...)
}

// section executes one section; a panic in it is a failure of that section alone.
func (h *htmlPage) section(b *bytes.Buffer, s pageSection) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("debugview: section %s panicked: %s", s.ID, value.PanicText(p))
		}
	}()
	if err := h.tmpl.ExecuteTemplate(b, "open", s); err != nil {
		return fmt.Errorf("debugview: section %s: %w", s.ID, err)
	}
	if err := h.tmpl.ExecuteTemplate(b, s.template, s.data); err != nil {
		return fmt.Errorf("debugview: section %s: %w", s.ID, err)
	}
	b.WriteString("</section>\n")
	return nil
}
