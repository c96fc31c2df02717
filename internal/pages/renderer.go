// Package pages decides the form of an answer to a failed request and produces it: a page for people, a problem document
// (RFC 9457) for programs, text or Markdown for terminals and agents, in the language of the reader.
//
// Read renderer.go for how a Renderer is made, choose.go for the form of an answer, and render.go for the order in which
// pages are tried; answer.go has the result. A failure is read in input.go; page.go makes the data of a page of it, and document.go a
// problem document. load.go loads the application's templates, again if they change, and sample.go has the data that they are
// checked with; external.go asks the application's own renderer. gallery.go and problems.go make pages about errors. Under internal are
//
//	negotiate  Accept and Accept-Language
//	i18n       the texts in 35 languages
//	templates  the application's pages
//	forms      the built-in pages
//	brand      their look
//
// Rendering cannot fail, and cannot reach the response. A page of the application that fails is replaced by the built-in
// page, and that by a line of text; the failure is in Answer.Err, beside the error that is being answered.
package pages

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/exceptional-go/exceptional/internal/pages/internal/brand"
	"github.com/exceptional-go/exceptional/internal/pages/internal/i18n"
	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
	"github.com/exceptional-go/exceptional/internal/pages/internal/templates"
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
	external     External
	funcs        map[string]any
	maxBytes     int
	timeout      time.Duration

	state  atomic.Pointer[state]
	reload *reloader // nil without Options.Reload and Templates
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
	checked, errs := brand.Check(o.Brand)
	r.brand, r.csp = checked, brand.PagePolicy(checked.Style)
	for _, err := range errs {
		faults = append(faults, fmt.Errorf("Brand.%w", err))
	}
	r.funcs, errs = templates.CheckFuncs(o.Funcs)
	for _, err := range errs {
		faults = append(faults, fault("Funcs", "%w", err))
	}

	// The catalogue comes between reading and checking the templates: it needs their languages, and their check needs its texts.
	set, readFaults := r.readTemplates(o.Templates)
	r.catalogue, errs = i18n.New(o, set.Languages())
	faults = append(faults, errs...)
	s, errs := r.newState(set, readFaults)
	if faults = append(faults, errs...); len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	r.state.Store(s)
	if o.Reload && o.Templates != nil {
		r.reload = &reloader{files: o.Templates, every: reloadEvery}
	}
	return r, nil
}

// fault returns an error about a field of Options, whose name it begins with.
func fault(field, format string, args ...any) error {
	return fmt.Errorf("%s: %w", field, fmt.Errorf(format, args...))
}

// direction returns "ltr" or "rtl" for a language. The catalogue knows it for its own; for one that only templates are in, it would
// answer with that of another language.
func (r *Renderer) direction(tag string) string {
	if l := r.catalogue.Language(tag); l.Tag == tag {
		return l.Direction
	}
	return negotiate.Direction(tag)
}
