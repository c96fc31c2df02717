// Package pages decides the form of an answer to a failed request and produces it: a page for people, a problem document
// (RFC 9457) for programs, text or Markdown for terminals and agents, in the language of the reader.
//
// Read renderer.go for how a Renderer is made, choose.go for the form of an answer, and render.go for the order in which
// pages are tried. The data of a page is made in input.go and page.go; html.go, text.go, markdown.go and document.go write the
// built-in forms; templates.go, source.go, compile.go, execute.go and load.go are about the application's templates, and
// external.go about its own renderer. Gallery and Problems are pages about errors.
//
// Rendering cannot fail, and cannot reach the response. A page of the application that fails is replaced by the built-in
// page, and that by a line of text; the failure is in Answer.Err, beside the error that is being answered.
package pages

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/pages/internal/i18n"
	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
	"github.com/exceptional-go/exceptional/renderer"
)

const (
	defaultMaxBytes = 1 << 20
	defaultTimeout  = 2 * time.Second
)

// A Renderer chooses the form of answers and renders them.
//
// New makes it; the zero value is not usable. It must not be copied. It may be used by many goroutines.
type Renderer struct {
	catalogue    *i18n.Catalogue
	messages     func(lang string, status int, code string) (title, text string, ok bool)
	languages    []string // Options.Languages
	brand        renderer.Brand
	csp          string // of the built-in page
	embedProblem bool
	external     func(w io.Writer, name string, p *renderer.Page) error
	funcs        map[string]any
	maxBytes     int
	timeout      time.Duration
	overruns     *guard.Limit
	now          func() time.Time

	state  atomic.Pointer[state]
	reload *reloader // nil without Options.Reload
}

// New returns a Renderer. The error lists every fault of o, each prefixed with the name of its field: a fault of a template
// reads "Templates: http_responses/404.html:3:12: …". It starts no goroutine that outlives it, unless a template or a file
// system does not return.
func New(o renderer.Options) (*Renderer, error) {
	r := &Renderer{
		messages:     o.Messages,
		languages:    slices.Clone(o.Languages),
		embedProblem: o.EmbedProblem,
		external:     o.External,
		maxBytes:     o.MaxBytes,
		timeout:      o.Timeout,
		overruns:     guard.NewLimit(maxOverruns),
		now:          time.Now,
	}
	var faults []error
	if r.maxBytes < 0 {
		faults = append(faults, fault("MaxBytes", "%d is negative", o.MaxBytes))
	}
	if r.maxBytes <= 0 {
		r.maxBytes = defaultMaxBytes
	}
	if r.timeout < 0 {
		faults = append(faults, fault("Timeout", "%v is negative", o.Timeout))
	}
	if r.timeout <= 0 {
		r.timeout = defaultTimeout
	}
	brand, errs := checkBrand(o.Brand)
	r.brand, r.csp = brand, pagePolicy(brand.Style)
	faults = append(faults, errs...)
	r.funcs, errs = checkFuncs(o.Funcs)
	faults = append(faults, errs...)

	s := &state{templates: new(templateSet)}
	var templates []error
	if o.Templates != nil {
		s.templates, s.digest, templates = r.readTemplates(o.Templates)
	}
	r.catalogue, errs = i18n.New(o, s.templates.languages())
	faults = append(faults, errs...)
	digest := s.digest
	s, errs = r.newState(s.templates)
	s.digest = digest
	templates = append(append(templates, errs...), r.check(s)...)
	if faults = append(faults, templateFaults(templates)...); len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	r.state.Store(s)
	if o.Reload {
		r.reload = &reloader{fsys: o.Templates, every: reloadEvery}
	}
	return r, nil
}

// fault returns an error about a field of Options, whose name it begins with.
func fault(field, format string, args ...any) error {
	return fmt.Errorf("%s: %w", field, fmt.Errorf(format, args...))
}

// checkFuncs refuses the names of functions that templates have already, and those that html/template would panic at.
func checkFuncs(funcs template.FuncMap) (checked map[string]any, faults []error) {
	checked = make(map[string]any, len(funcs))
	for _, name := range slices.Sorted(maps.Keys(funcs)) {
		if reservedFunc(name) {
			faults = append(faults, fault("Funcs", "%s is text/template's own", name))
			continue
		}
		if err := guard.Call(func() { template.New("").Funcs(template.FuncMap{name: funcs[name]}) }); err != nil {
			faults = append(faults, fault("Funcs", "%s: %w", name, err))
			continue
		}
		checked[name] = funcs[name]
	}
	return checked, faults
}

// direction returns the direction of a language, also of one that only templates are in.
func (r *Renderer) direction(tag string) string {
	if l := r.catalogue.Language(tag); l.Tag == tag {
		return l.Direction
	}
	return negotiate.Direction(tag)
}
