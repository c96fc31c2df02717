package main

import (
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// tongues are the languages of an export, and how a proxy finds them: by the beginning of Accept-Language, which is
// what a proxy can do, and right for nearly everybody, as browsers put the reader's own language first.
type tongues struct {
	tags     []string // the default first, then sorted
	prefixes []prefix // the longer ones first
}

// A prefix is what an Accept-Language begins with, in lower case, and the language that is for.
type prefix struct{ Text, Tag string }

// regional are the names with more than the language itself that a reader may ask for and that lead somewhere else than
// the language alone.
var regional = []string{
	"zh-tw", "zh-hk", "zh-mo", "zh-hant", "zh-cn", "zh-sg", "zh-hans", "pt-br", "pt-pt", "es-419", "es-mx", "fr-ca",
	"sr-latn", "sr-cyrl", "en-gb", "en-us", "de-ch", "de-at", "nb-no", "fil", "ckb", "yue", "cmn",
}

// templateLanguages returns what may be the languages of the templates in dir, 404.gsw.html and the like: the only ones
// that cannot be guessed.
func templateLanguages(dir string) (names []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if parts := strings.Split(e.Name(), "."); len(parts) > 2 && parts[len(parts)-1] == "html" {
			names = append(names, strings.ReplaceAll(parts[len(parts)-2], "_", "-"))
		}
	}
	return names
}

// newTongues finds out which languages r has, and under which names, by asking it as a browser would: so the aliases and
// the rules are the library's.
func newTongues(r *pages.Renderer, named []string) tongues {
	choose := func(accept string) string {
		return r.Choose(http.Header{"Accept-Language": {accept}}, renderer.FormatHTML).Language
	}
	standard := choose("")
	t := tongues{tags: []string{standard}}
	found := make(map[string]string)
	try := func(name string) {
		name = strings.ToLower(name)
		tag := choose(name)
		if tag == standard && !strings.EqualFold(name, standard) {
			return
		}
		found[name] = tag
		if !slices.Contains(t.tags, tag) {
			t.tags = append(t.tags, tag)
		}
	}
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			try(string([]rune{a, b}))
		}
	}
	for _, name := range append(regional, named...) {
		try(name)
	}
	for _, tag := range slices.Clone(t.tags) {
		try(tag)
	}
	slices.Sort(t.tags[1:])
	for name, tag := range found {
		// A name that says nothing more than a shorter one does is left out.
		if i := strings.LastIndexByte(name, '-'); i > 0 && found[name[:i]] == tag {
			continue
		}
		t.prefixes = append(t.prefixes, prefix{name, tag})
	}
	slices.SortFunc(t.prefixes, func(a, b prefix) int {
		if n := len(b.Text) - len(a.Text); n != 0 {
			return n
		}
		return strings.Compare(a.Text, b.Text)
	})
	return t
}
