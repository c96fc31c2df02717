package pages

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
	"github.com/exceptional-go/exceptional/renderer"
)

// Four files are about Options.Templates: this one says which page is for which errors, source.go finds and reads the files,
// compile.go makes templates of them, and execute.go runs those.

// A pageKey is the purpose of a page: a status, a class of them (3 to 5), all (0), or the errors that name it.
type pageKey struct {
	status int
	own    string
}

// A pageName is the parsed name of a file.
type pageName struct {
	pageKey
	language string // "" is any
}

// parsePageName reads "404.de.html". A name that is no status is one that an error may use.
func parsePageName(p string) (pageName, error) {
	stem := strings.TrimSuffix(path.Base(p), path.Ext(p))
	var name pageName
	if i := strings.LastIndexByte(stem, '.'); i >= 0 {
		if tag, ok := negotiate.TagInName(stem[i+1:]); ok {
			stem, name.language = stem[:i], tag
		}
	}
	if stem == "default" {
		return name, nil
	}
	if len(stem) == 3 && strings.EqualFold(stem[1:], "xx") && '0' <= stem[0] && stem[0] <= '9' {
		if stem[0] < '3' || stem[0] > '5' {
			return name, errors.New("there are pages for 3xx, 4xx and 5xx only")
		}
		name.status = int(stem[0] - '0')
		return name, nil
	}
	if n, err := strconv.Atoi(stem); err == nil {
		if n < 300 || n > 599 || len(stem) != 3 {
			return name, errors.New("is no status from 300 to 599, it would never be shown")
		}
		name.status = n
		return name, nil
	}
	name.own = stem
	return name, nil
}

// ownKey is the key for the template that an error names: "quota", "quota.html" and "http_responses/quota.html" are one.
func ownKey(name string) pageKey {
	name = strings.TrimPrefix(name, pagesDir+"/")
	if ext := path.Ext(name); isTemplate(ext) {
		name = strings.TrimSuffix(name, ext)
	}
	return pageKey{own: name}
}

// samples lists the statuses that a page is checked with: those that have a name, and one in its range that has not.
func (k pageKey) samples() (statuses []int) {
	if k.status >= 300 {
		return []int{k.status}
	}
	for status := 300; status < 600; status++ {
		if k.status != 0 && status/100 != k.status {
			continue
		}
		if http.StatusText(status) != "" || status%100 == 99 {
			statuses = append(statuses, status)
		}
	}
	return statuses
}

// A templateSet has the pages of Options.Templates. It is immutable, but for pages that disable themselves.
type templateSet struct {
	pages [formatCount]map[pageName]*customPage
	list  []*customPage // all of them, in the order of their names
}

// find returns the page for an answer: the error's own, then from the particular to the general; of each the one in the
// reader's language, in what its tag begins with, or in any. Nil is none.
func (set *templateSet) find(format renderer.Format, own string, status int, language string) *customPage {
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

// index files the pages under the languages that there are. It reports pages for the same readers: only one of them would
// ever be shown.
func (set *templateSet) index(languages *negotiate.Languages) (faults []error) {
	for _, p := range set.list {
		name := p.name
		if name.language != "" {
			known, ok := languages.Canonical(name.language)
			if !ok {
				continue // not offered
			}
			name.language, p.language = known, known
		}
		if set.pages[p.format] == nil {
			set.pages[p.format] = make(map[pageName]*customPage)
		}
		if other := set.pages[p.format][name]; other != nil {
			faults = append(faults, fmt.Errorf("%s: is for the same as %s, and one of the two would never be shown", p.path, other.path))
		}
		set.pages[p.format][name] = p
	}
	return faults
}

// languages returns those that pages are in, each once.
func (set *templateSet) languages() (tags []string) {
	for _, p := range set.list {
		if l := p.name.language; l != "" && !slices.Contains(tags, l) {
			tags = append(tags, l)
		}
	}
	return tags
}
