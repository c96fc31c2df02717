package pages

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	texttemplate "text/template"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
	"github.com/exceptional-go/exceptional/internal/pages/internal/templates"
	"github.com/exceptional-go/exceptional/renderer"
)

var errWroteElsewhere = errors.New("the Renderer wrote to the context's response instead of w")

// askExternal asks the application's renderer for the names in turn, as long as it says that it has no such template. It
// returns the name that was rendered, or "". Any other failure ends the search, because a broken renderer would fail at every name.
// The failure is not remembered, because it may be this request's alone.
//
// The renderer runs on the goroutine of the request and without a limit of time: it may hold the framework's context, which
// belongs to another request as soon as this one has been answered.
func (r *Renderer) askExternal(external External, p *renderer.Page, f *failure) (name string, body []byte, err error) {
	for _, name := range externalNames(f.Error.Template(), p) {
		b := templates.NewBuffer(r.maxBytes)
		var failed error
		panicked := guard.Call(func() { failed = errtree.Contain(external(b, name, p)) })
		switch {
		case panicked != nil:
			failed = panicked
		case f.Begun != nil && f.Begun(): // whatever it returned: a second page must not follow the first
			failed = errors.Join(errWroteElsewhere, failed)
		case failed == nil && b.Full:
			failed = templates.ErrTooLarge
		case failed == nil && len(b.Bytes) == 0:
			failed = templates.ErrNothing
		case failed == nil:
			return name, b.Bytes, nil
		case len(b.Bytes) == 0 && isNoTemplate(failed, name):
			continue // with the next name
		}
		return "", nil, fmt.Errorf("%s: %w", name, templates.Readable(failed))
	}
	return "", nil, nil
}

// externalNames returns the names under which a page is asked for, that of the error (custom) first. A fragment has names of its
// own, 404.fragment.html: a renderer that has no fragments must not put a whole page into another.
func externalNames(custom string, p *renderer.Page) (names []string) {
	add := func(stem string) {
		if p.Fragment {
			stem += ".fragment"
		}
		for tag := p.Language; tag != ""; tag = negotiate.Parent(tag) {
			names = append(names, stem+"."+tag+".html")
		}
		names = append(names, stem+".html")
	}
	if custom != "" {
		if !p.Fragment {
			names = append(names, custom) // exactly as the error has it
		}
		add(strings.TrimSuffix(custom, ".html"))
	}
	for _, stem := range [...]string{strconv.Itoa(p.Code), strconv.Itoa(p.Code/100) + "xx", "default"} {
		add(templates.Dir + "/" + stem)
	}
	return names
}

// isNoTemplate reports whether err says that there is no template of this name. That a file or another template is missing
// within the template is a fault, so an error counts only if it is about the name itself.
func isNoTemplate(err error, name string) bool {
	if errtree.Is(err, renderer.ErrNoTemplate) {
		return true
	}
	if _, executing := errtree.Find[texttemplate.ExecError](err); executing {
		return false
	}
	if file, ok := errtree.Find[*fs.PathError](err); ok {
		opened := "/" + filepath.ToSlash(file.Path) + "."
		return errtree.Is(err, fs.ErrNotExist) && strings.Contains(opened, "/"+strings.TrimSuffix(name, ".html")+".")
	}
	if errtree.Is(err, fs.ErrNotExist) {
		return true
	}
	if escaping, ok := errtree.Find[*template.Error](err); ok {
		return escaping.ErrorCode == template.ErrNoSuchTemplate && escaping.Name == name
	}
	// ExecuteTemplate's error has no type. These are its words, in html/template and in text/template.
	text := err.Error()
	return text == fmt.Sprintf("html/template: %q is undefined", name) ||
		strings.HasPrefix(text, fmt.Sprintf("template: no template %q associated with template ", name))
}
