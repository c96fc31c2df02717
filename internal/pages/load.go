package pages

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
	"github.com/exceptional-go/exceptional/internal/pages/internal/templates"
)

// A state is the part of a Renderer that changes when templates are loaded again. It is replaced as a whole and is immutable.
type state struct {
	templates *templates.Set
	languages *negotiate.Languages // those of the catalogue, and those that only templates are in
}

// offeredLanguage returns the tag under which a language is offered, and the default if it is not.
func (s *state) offeredLanguage(language string) string {
	if known, ok := s.languages.Canonical(language); ok {
		return known
	}
	return s.languages.Tags()[0]
}

// readTemplates reads the pages of files, which may be nil.
func (r *Renderer) readTemplates(files fs.FS) (*templates.Set, []error) {
	if files == nil {
		return new(templates.Set), nil
	}
	return templates.Read(templates.Options{Files: files, Funcs: r.funcs, MaxBytes: r.maxBytes, Timeout: r.timeout})
}

// newState makes the state with a new set of templates, and checks these. It returns all of their faults, those of reading them
// included, as errors about Options.Templates.
func (r *Renderer) newState(set *templates.Set, readFaults []error) (*state, []error) {
	tags := slices.Clone(r.catalogue.Tags())
	withTexts := len(tags)
	known := negotiate.NewLanguages(r.catalogue.Default(), tags)
	for _, tag := range set.Languages() {
		// A language that only templates are in is offered as well, unless the application says which languages are.
		_, hasTexts := known.Canonical(tag)
		wanted := len(r.languages) == 0 || slices.ContainsFunc(r.languages, func(l string) bool {
			c, _ := negotiate.CanonicalTag(l)
			return c == tag
		})
		if !hasTexts && wanted {
			tags = append(tags, tag)
		}
	}
	faults := readFaults
	if len(tags) > negotiate.MaxLanguages {
		faults = append(faults, fmt.Errorf("pages in %d languages that there are no texts in; at most %d can be offered, and %d have texts; "+
			"set Languages to choose", len(tags)-withTexts, negotiate.MaxLanguages, withTexts))
	}
	s := &state{templates: set, languages: negotiate.NewLanguages(r.catalogue.Default(), tags)}
	faults = slices.Concat(faults, set.Index(s.languages), set.Check(r.sample))
	return s, templateFaults(faults)
}

// templateFaults returns the faults with the name of the option before them, each once, because a fault in a layout shows in every
// page, and at most 100.
func templateFaults(faults []error) (unique []error) {
	const limit = 100
	known := make(map[string]bool)
	for _, err := range faults {
		text := err.Error()
		if known[text] {
			continue
		}
		known[text] = true
		if len(unique) == limit {
			return append(unique, fault("Templates", "and more"))
		}
		unique = append(unique, fault("Templates", "%w", err))
	}
	return unique
}

// A reloader reads the templates again, for Options.Reload.
type reloader struct {
	files fs.FS
	every time.Duration

	mu       sync.Mutex // guards the fields below; held while reading
	checked  time.Time  // when the last reading ended
	reported string     // the faults that it found, so that they are reported once
}

// reloadEvery bounds how often the files are read under load; a person who reloads a page does not notice it.
const reloadEvery = 200 * time.Millisecond

// reloadTemplates reads the templates again, and uses them if they have no fault. It returns the faults of a change once. While one
// goroutine reads, the others render with the old templates.
func (r *Renderer) reloadTemplates() error {
	w := r.reload
	if !w.mu.TryLock() {
		return nil
	}
	defer w.mu.Unlock()
	if !w.checked.IsZero() && time.Since(w.checked) < w.every {
		return nil
	}
	defer func() { w.checked = time.Now() }() // the end, because reading may take longer than the interval
	s, faults := r.newState(r.readTemplates(w.files))
	if len(faults) == 0 {
		w.reported = ""
		r.state.Store(s)
		return nil
	}
	err := errors.Join(faults...)
	if err.Error() == w.reported {
		return nil
	}
	w.reported = err.Error()
	return err
}
