package renderer

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// An executer is a compiled template, of html/template or text/template.
type executer interface {
	Execute(w io.Writer, data any) error
}

// A customPage is a page of the application, compiled.
type customPage struct {
	name     string // its path
	id       uint64 // tells pages apart in the cache, whichever set they are from
	format   Format
	language string // of a variant, or ""
	statuses []int  // that it may be executed for
	analysis
	whole    executer
	fragment executer      // what the page defines as "fragment", or nil
	disabled atomic.Bool   // it has overrun its time once
	slots    chan struct{} // bounds the goroutines of a wild page
}

// variants are the same page in several languages.
type variants struct {
	any      *customPage            // the file without a language
	language map[string]*customPage // by canonical tag
}

// find returns the variant for tag, for what tag begins with, or for any language.
func (v *variants) find(tag string) *customPage {
	if v == nil {
		return nil
	}
	if len(v.language) > 0 {
		for ; tag != ""; tag = truncate(tag) {
			if p := v.language[tag]; p != nil {
				return p
			}
		}
	}
	return v.any
}

// A book has the pages of one format: by status (404), by class (4), the default (0), and by the names that errors use.
type book struct {
	status map[int]*variants
	own    map[string]*variants
}

// find returns the page for an answer: the error's own, then from the particular to the general. Nil is none.
func (b *book) find(own string, status int, tag string) *customPage {
	if own != "" && len(b.own) > 0 {
		if p := b.own[ownKey(own)].find(tag); p != nil {
			return p
		}
	}
	if len(b.status) == 0 {
		return nil
	}
	for _, key := range [...]int{status, status / 100, 0} {
		if p := b.status[key].find(tag); p != nil {
			return p
		}
	}
	return nil
}

// ownKey is what an error's template name is filed under: "quota", "quota.html" and "http_responses/quota.html" are one.
func ownKey(name string) string {
	name = strings.TrimPrefix(name, pagesDir+"/")
	if ext := path.Ext(name); isTemplate(ext) {
		name = name[:len(name)-len(ext)]
	}
	return name
}

// A templateSet is everything that was made of Options.Templates. It is immutable, but for pages that disable
// themselves.
type templateSet struct {
	books     [formatCount]book
	pages     []*customPage
	languages []string // of the variants, as the files spell them
}

var pageIDs atomic.Uint64

// loadTemplates compiles the pages of l. Every fault is reported; a set with faults must not be used.
func loadTemplates(l *library) (*templateSet, []error) {
	set := new(templateSet)
	for i := range set.books {
		set.books[i] = book{status: make(map[int]*variants), own: make(map[string]*variants)}
	}
	var faults faultList
	for _, s := range l.pages() {
		key, tag, err := parsePageName(s.path)
		if err != nil {
			faults.add(fmt.Errorf("%s: %w", s.path, err))
			continue
		}
		p, errs := l.compile(s)
		for _, err := range errs {
			faults.add(err)
		}
		if p == nil {
			continue
		}
		p.language = tag
		p.statuses = statusesOf(key)
		set.pages = append(set.pages, p)
		if tag != "" && !slices.Contains(set.languages, tag) {
			set.languages = append(set.languages, tag)
		}
	}
	return set, faults.list
}

// file puts the pages where they are found, under the tags that langs knows. Of two pages for the same readers it
// reports the second: only one of them would ever be shown.
func (set *templateSet) file(langs *languages) []error {
	var faults faultList
	for _, p := range set.pages {
		key, tag, _ := parsePageName(p.name)
		b := &set.books[p.format]
		v := b.status[key.status]
		if key.own != "" {
			v = b.own[key.own]
		}
		if v == nil {
			v = &variants{language: make(map[string]*customPage)}
			if key.own != "" {
				b.own[key.own] = v
			} else {
				b.status[key.status] = v
			}
		}
		twin := v.any
		if tag == "" {
			v.any = p
		} else if known, ok := langs.canonical(tag); ok {
			p.language = known
			twin, v.language[known] = v.language[known], p
		} else {
			continue
		}
		if twin != nil {
			faults.add(fmt.Errorf("%s: is for the same as %s, and one of the two would never be shown", p.name, twin.name))
		}
	}
	return faults.list
}

// A pageKey says what a page is for: a status, a class of them (1 to 5), all (0), or the errors that name it.
type pageKey struct {
	status int
	own    string
}

// isPageName reports whether p is named for a status, a class or the default.
func isPageName(p string) bool {
	key, _, err := parsePageName(p)
	return err != nil || key.own == ""
}

// parsePageName reads "404.de.html". A name that is no status is one that an error may use.
func parsePageName(p string) (key pageKey, tag string, err error) {
	stem := strings.TrimSuffix(path.Base(p), path.Ext(p))
	if i := strings.LastIndexByte(stem, '.'); i >= 0 && isTag(stem[i+1:]) {
		stem, tag = stem[:i], strings.ReplaceAll(stem[i+1:], "_", "-")
	}
	switch {
	case stem == "default":
		return pageKey{}, tag, nil
	case len(stem) == 3 && strings.EqualFold(stem[1:], "xx") && '0' <= stem[0] && stem[0] <= '9':
		if stem[0] < '3' || stem[0] > '5' {
			return pageKey{}, "", errors.New("there are pages for 3xx, 4xx and 5xx only")
		}
		return pageKey{status: int(stem[0] - '0')}, tag, nil
	}
	if n, err := strconv.Atoi(stem); err == nil {
		if n < 300 || n > 599 || len(stem) != 3 {
			return pageKey{}, "", errors.New("is no status from 300 to 599, it would never be shown")
		}
		return pageKey{status: n}, tag, nil
	}
	return pageKey{own: stem}, tag, nil
}

// isTag reports whether s looks like a language tag: a language of two or three letters and what may follow.
func isTag(s string) bool {
	for i, sub := range strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '_' }) {
		if i == 0 && (len(sub) < 2 || len(sub) > 3) || len(sub) > 8 {
			return false
		}
		for _, c := range []byte(sub) {
			letter := 'a' <= c|0x20 && c|0x20 <= 'z'
			if !letter && (i == 0 || c < '0' || c > '9') {
				return false
			}
		}
	}
	return s != "" && len(s) <= maxTagBytes
}

// statusesOf lists the statuses that a page is validated with: those that have a name, and one in its range that has not.
func statusesOf(key pageKey) []int {
	if key.status >= 300 {
		return []int{key.status}
	}
	var list []int
	for status := 300; status < 600; status++ {
		if key.status != 0 && status/100 != key.status {
			continue
		}
		if hasPhrase(status) || status%100 == 99 {
			list = append(list, status)
		}
	}
	return list
}
