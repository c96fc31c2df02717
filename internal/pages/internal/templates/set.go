// Package templates has the application's pages.
//
// Read name.go for the names of files, set.go for how pages are read, checked and found, source.go for how files are found,
// compile.go for how pages are made of them, and execute.go for how a page is executed.
package templates

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
	"github.com/exceptional-go/exceptional/renderer"
)

// Options are those of renderer.Options that are about templates, checked and with their defaults.
type Options struct {
	Files    fs.FS
	Funcs    map[string]any // from CheckFuncs
	MaxBytes int
	Timeout  time.Duration
}

// A Set has the pages of Options.Templates. Read makes it; the zero value has none. Once it has been indexed, it is
// immutable, but for pages that disable themselves, and may be used by many goroutines.
type Set struct {
	pages [renderer.FormatMarkdown + 1]map[pageName]*Page
	list  []*Page // all of them, in the order of their names
}

// Read reads and compiles the pages. The Set must not be used if there are faults. A file system that blocks or panics is a fault
// like any other.
func Read(o Options) (*Set, []error) {
	type result struct {
		set    *Set
		faults []error
	}
	overruns := guard.NewLimit(maxOverruns)
	got, err := guard.Within(nil, 5*o.Timeout, func() (result, error) {
		l, faults := listSources(o.Files, o.Funcs)
		set := new(Set)
		pages := l.pages()
		slices.SortFunc(pages, func(a, b *source) int { return strings.Compare(a.path, b.path) })
		for _, s := range pages {
			p, errs := l.compile(s)
			faults = append(faults, errs...)
			if p != nil {
				p.maxBytes, p.timeout, p.overruns = o.MaxBytes, o.Timeout, overruns
				set.list = append(set.list, p)
			}
		}
		return result{set, faults}, nil
	})
	if err != nil {
		return new(Set), []error{fmt.Errorf("reading them: %w", err)}
	}
	return got.set, got.faults
}

// Find returns the page for an answer: the error's own, then from the particular to the general; of each the one in the
// reader's language, in what its tag begins with, or in any. Nil is none.
func (set *Set) Find(format renderer.Format, own string, status int, language string) *Page {
	pages := set.pages[format]
	if len(pages) == 0 {
		return nil
	}
	keys := [...]pageKey{ownKey(own), {status: status}, {status: status / 100}, {}}
	for i, key := range keys {
		if i == 0 && own == "" {
			continue
		}
		for tag := language; ; tag = negotiate.Parent(tag) {
			if p := pages[pageName{key, tag}]; p != nil {
				return p
			}
			if tag == "" {
				break
			}
		}
	}
	return nil
}

// Index files the pages under the languages that there are. It reports pages for the same readers: only one of them would
// ever be shown.
func (set *Set) Index(languages *negotiate.Languages) (faults []error) {
	for _, p := range set.list {
		name := p.name
		if name.language != "" {
			known, ok := languages.Canonical(name.language)
			if !ok {
				continue // not offered
			}
			name.language, p.Language = known, known
		}
		if set.pages[p.format] == nil {
			set.pages[p.format] = make(map[pageName]*Page)
		}
		if other := set.pages[p.format][name]; other != nil {
			faults = append(faults, fmt.Errorf("%s: is for the same as %s, and one of the two would never be shown", p.Path, other.Path))
		}
		set.pages[p.format][name] = p
	}
	return faults
}

// Languages returns those that pages are in, each once.
func (set *Set) Languages() (tags []string) {
	for _, p := range set.list {
		if l := p.name.language; l != "" && !slices.Contains(tags, l) {
			tags = append(tags, l)
		}
	}
	return tags
}

// Check executes every page for every status that it is for, with all fields set and with hardly any: html/template finds
// many faults no earlier than that, and the only other time to find them is in front of a user. Sample makes the
// data. It stops at a page's first overrun.
func (set *Set) Check(sample func(p *Page, status int, full, fragment bool) *renderer.Page) (faults []error) {
	for _, p := range set.list {
		fragments := []bool{false}
		if p.fragment != nil {
			fragments = append(fragments, true)
		}
	page:
		for _, status := range p.name.samples() {
			for _, fragment := range fragments {
				for _, full := range []bool{true, false} {
					_, err := p.Execute(sample(p, status, full, fragment))
					switch {
					case err == nil, err == ErrNothing && !full:
						// A page about what only some errors have is empty without it; then the built-in page is shown.
					case errtree.Is(err, errOverrun) || errtree.Is(err, ErrTooLarge) || err == ErrNothing:
						faults = append(faults, fmt.Errorf("%s: %w", p.Path, Readable(err)))
						break page
					default:
						faults = append(faults, located(p.Path, Readable(err)))
					}
				}
			}
		}
	}
	return faults
}

// located puts the page before a fault that does not begin with a file: if a {{define}} ends in the middle of a tag,
// html/template says no more than its name.
func located(page string, err error) error {
	if where, _, _ := strings.Cut(err.Error(), ":"); isTemplate(path.Ext(where)) {
		return err
	}
	return fmt.Errorf("%s: %w", page, err)
}
