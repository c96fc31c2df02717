// Package i18n has the texts of error pages in many languages.
//
// Read file.go for the form of a file of texts and statuses.go for its groups, catalogue.go for how the files of the binary and of
// the application are put together, and language.go for how the texts of one error are found. check.go checks the application's files.
package i18n

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
	"github.com/exceptional-go/exceptional/renderer"
)

// maxLanguages is how many languages can be offered, which is as many as the lookup of Accept-Language takes.
const maxLanguages = negotiate.MaxLanguages

// readTimeout bounds the reading of Options.Catalogue: a file system that hangs must not hang the start of the program.
const readTimeout = 10 * time.Second

// A Catalogue has the texts for every status in every language that is offered. It is immutable.
//
// A text that a file of the application leaves out comes from the built-in texts of the language, or else from the language
// without its last subtag (de for de-AT), from the default language, from English. A language of the application that is not
// complete is therefore mixed with another one; that is the application's choice.
type Catalogue struct {
	sources         map[string]source           // by tag
	languages       map[string]func() *Language // those that are offered, by tag; made when they are first asked for
	tags            []string                    // of languages, sorted
	defaultLanguage string                      // a tag
}

// A source is the files of one language.
type source struct {
	own     *file        // the application's, or nil
	builtin func() *file // ours, read when it is first asked for; or nil
}

// New makes the catalogue for Options.Catalogue, Language and Languages, and returns their faults. A catalogue with faults serves to
// check the templates, so that all faults are found at once. Options.Languages may name a language that has no texts if it is in templates, the languages of the templates.
func New(o renderer.Options, templates []string) (*Catalogue, []error) {
	own, faults := readOwn(o.Catalogue)
	c := &Catalogue{sources: make(map[string]source), languages: make(map[string]func() *Language)}
	for tag, f := range builtinFiles() {
		c.sources[tag] = source{builtin: f}
	}
	for _, f := range own {
		c.sources[f.Language] = source{own: f, builtin: c.sources[f.Language].builtin}
	}

	c.defaultLanguage = "en"
	if strings.TrimSpace(o.Language) != "" {
		tag, err := c.withTexts(o.Language)
		if err != nil {
			faults = append(faults, fault("Language", "%w", err))
		} else {
			c.defaultLanguage = tag
		}
	}
	faults = append(faults, c.offer(o.Languages, templates)...)
	return c, faults
}

// offer settles the languages that are offered: those of Options.Languages, or all that there are texts in, and the default.
func (c *Catalogue) offer(wanted, templates []string) (faults []error) {
	offered := map[string]bool{c.defaultLanguage: true}
	if wanted == nil {
		for tag := range c.sources {
			offered[tag] = true
		}
	}
	for i, l := range wanted {
		tag, err := c.withTexts(l)
		if err == nil {
			offered[tag] = true
		} else if tag == "" || !slices.Contains(templates, tag) {
			faults = append(faults, fault(fmt.Sprintf("Languages[%d]", i), "%w", err))
		}
	}
	c.tags = slices.Sorted(maps.Keys(offered))
	if n := len(c.tags); n > maxLanguages {
		faults = append(faults, fault("Languages", "%d languages; at most %d can be offered", n, maxLanguages))
		others := slices.DeleteFunc(c.tags, func(t string) bool { return t == c.defaultLanguage })
		c.tags = append(others[:maxLanguages-1], c.defaultLanguage) // it always has the default
		slices.Sort(c.tags)
	}
	for _, tag := range c.tags {
		c.languages[tag] = sync.OnceValue(func() *Language { return c.newLanguage(tag) })
	}
	return faults
}

// readOwn reads Options.Catalogue.
func readOwn(fsys fs.FS) (files []*file, faults []error) {
	if fsys == nil {
		return nil, nil
	}
	type result struct {
		files  []*file
		faults []error
	}
	r, err := guard.Within(nil, readTimeout, func() (r result, err error) {
		r.files, r.faults = readFiles(fsys, ".")
		return r, nil
	})
	if err != nil {
		r.faults = append(r.faults, err)
	}
	for _, err := range r.faults {
		faults = append(faults, fault("Catalogue", "%w", err))
	}
	return r.files, faults
}

// fault returns an error about a field of Options, or about a file, whose name it begins with.
func fault(name, format string, args ...any) error {
	return fmt.Errorf("%s: %w", name, fmt.Errorf(format, args...))
}

// withTexts returns the tag of the texts for a language of Options. If there are none, the error says so, and the tag is the
// canonical form of the language, "" if it has none.
func (c *Catalogue) withTexts(language string) (string, error) {
	tag, ok := negotiate.CanonicalTag(strings.TrimSpace(language))
	if !ok {
		return "", fmt.Errorf("%q is not a language tag", strings.TrimSpace(language))
	}
	if found := nearest(c.sources, tag); found != "" {
		return found, nil
	}
	return tag, fmt.Errorf("there are no texts in %q", tag)
}

// nearest returns the key of m for tag, for an alias of it, or for a prefix of it, as en is for en-GB; "" if there is none.
func nearest[V any](m map[string]V, tag string) string {
	for t := tag; t != ""; t = negotiate.Parent(t) {
		for _, name := range [...]string{t, negotiate.Aliases[strings.ToLower(t)]} {
			if _, ok := m[name]; ok {
				return name
			}
		}
	}
	return ""
}

// Tags returns the languages that are offered, canonical and sorted, at most 64.
func (c *Catalogue) Tags() []string { return c.tags }

// Default returns the tag of the default language, one of Tags.
func (c *Catalogue) Default() string { return c.defaultLanguage }

// Language returns the texts for a reader of tag: in that language, or in the nearest that there are texts in, or in the
// default.
func (c *Catalogue) Language(tag string) *Language {
	l := c.languages[tag]
	if l == nil {
		l = c.languages[nearest(c.languages, tag)]
	}
	if l == nil {
		l = c.languages[c.defaultLanguage]
	}
	return l()
}

// Codes returns the codes of errors that the application has texts for in a language that is offered.
func (c *Catalogue) Codes() (codes []string) {
	for _, tag := range c.tags {
		for t := tag; t != ""; t = negotiate.Parent(t) {
			if f := c.sources[t].own; f != nil {
				codes = append(codes, f.codes()...)
			}
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Statuses returns those that there are texts for, beside those for the rest of their class.
func (c *Catalogue) Statuses() (statuses []int) {
	for status := 300; status < 600; status++ {
		named := HasTexts(status)
		for _, s := range c.sources {
			named = named || s.own != nil && s.own.mentions(status)
		}
		if named {
			statuses = append(statuses, status)
		}
	}
	return statuses
}

// HasTexts reports whether there are built-in texts for a status, beside those for the rest of its class.
func HasTexts(status int) bool { return groups[status] != "" }
