// Package templates reads the application's pages, checks them when the program starts, and executes them.
//
// Read set.go first: a Set is read, indexed by language and checked; then it finds the page for an answer. name.go says which
// errors and readers a file is for, by its name. files.go finds and parses the files, compile.go makes a page of a file and of
// those that it calls, and execute.go executes a page within its limits. funcs.go checks the application's functions.
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
	MaxBytes int            // of the output of a page
	Timeout  time.Duration  // of an execution

	overruns *guard.Limit // of all executions; set by Read
}

// A Set has the application's pages. Read makes it; the zero value has none. Index and Check must be called before Find; after
// that the Set is immutable, but for pages that disable themselves, and may be used by many goroutines.
type Set struct {
	list    []*Page // all of them, in the order of their paths
	indexed [renderer.FormatMarkdown + 1]map[pageName]*Page
}

// Read reads and compiles the pages. The Set must not be used if there are faults. A file system that blocks or panics is a fault
// like any other.
func Read(o Options) (*Set, []error) {
	type result struct {
		set    *Set
		faults []error
	}
	o.overruns = guard.NewLimit(maxOverruns)
	got, err := guard.Within(nil, 5*o.Timeout, func() (result, error) {
		l, faults := listFiles(o)
		set := new(Set)
		for _, f := range l.pages() {
			p, errs := l.compile(f)
			faults = append(faults, errs...)
			if p != nil {
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

// Find returns the page for an answer, or nil: the one that the error names, then those for its status, its class and all; of each
// the one in the reader's language, in a language that its tag begins with, or for any language.
func (set *Set) Find(format renderer.Format, custom string, status int, language string) *Page {
	pages := set.indexed[format]
	if len(pages) == 0 {
		return nil
	}
	keys := [...]pageKey{customKey(custom), {status: status}, {status: status / 100}, {}}
	for i, key := range keys {
		if i == 0 && custom == "" {
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

// Index prepares Find: it files each page under its language as that is offered, and leaves out pages in languages that are not. It
// reports two pages for the same errors and readers, because only one of them would ever be shown.
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
		if set.indexed[p.format] == nil {
			set.indexed[p.format] = make(map[pageName]*Page)
		}
		if other := set.indexed[p.format][name]; other != nil {
			faults = append(faults, fmt.Errorf("%s: is for the same as %s, and one of the two would never be shown", p.Path, other.Path))
		}
		set.indexed[p.format][name] = p
	}
	return faults
}

// Languages returns the languages that pages are in, each once.
func (set *Set) Languages() (tags []string) {
	for _, p := range set.list {
		if l := p.name.language; l != "" && !slices.Contains(tags, l) {
			tags = append(tags, l)
		}
	}
	return tags
}

// Check executes every page for the statuses that it is for, with all fields of the data set and with hardly any: html/template finds
// many faults only then, and the next chance to find them is in front of a user. The function sample makes the data. A page that
// overruns a limit is not executed for its other statuses.
func (set *Set) Check(sample func(p *Page, status int, full, fragment bool) *renderer.Page) (faults []error) {
	for _, p := range set.list {
		fragments := []bool{false}
		if p.fragment != nil {
			fragments = append(fragments, true)
		}
	page:
		for _, status := range p.name.statusesToCheck() {
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
