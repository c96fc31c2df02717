package main

import (
	"net/http"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// languages are those of an export, and how a proxy chooses one: by the beginning of Accept-Language, which is all that a proxy
// can look at, and right for nearly every reader, because browsers put the reader's own language first.
type languages struct {
	tags     []string // the default first, then sorted
	prefixes []prefix // the longer ones first
}

// A prefix is the beginning of an Accept-Language, in lower case, and the language that it stands for.
type prefix struct{ Text, Tag string }

// regional are names with a region or a script that may lead to another language than the first part of the name alone.
var regional = []string{
	"zh-tw", "zh-hk", "zh-mo", "zh-hant", "zh-cn", "zh-sg", "zh-hans", "pt-br", "pt-pt", "es-419", "es-mx", "fr-ca",
	"sr-latn", "sr-cyrl", "en-gb", "en-us", "de-ch", "de-at", "nb-no", "fil", "ckb", "yue", "cmn",
}

// languagesOf returns the languages of r. Their prefixes are found by asking r as a browser would, so that the aliases and the
// rules are the library's.
func languagesOf(r *pages.Renderer) languages {
	choose := func(accept string) string {
		return r.Choose(http.Header{"Accept-Language": {accept}}, renderer.FormatHTML).Language
	}
	l := languages{tags: slices.Clone(r.Languages())}
	slices.Sort(l.tags[1:])
	found := make(map[string]string)
	// try asks for a language by name. The default is the answer for unknown names, too, so it counts only for its own name.
	try := func(name string) {
		name = strings.ToLower(name)
		if tag := choose(name); tag != l.tags[0] || strings.EqualFold(name, tag) {
			found[name] = tag
		}
	}
	for a := 'a'; a <= 'z'; a++ { // all two-letter names; those of three letters that matter are in regional
		for b := 'a'; b <= 'z'; b++ {
			try(string([]rune{a, b}))
		}
	}
	for _, name := range slices.Concat(regional, l.tags) {
		try(name)
	}
	for name, tag := range found {
		// A name that leads to the same language as its beginning is left out.
		if i := strings.LastIndexByte(name, '-'); i > 0 && found[name[:i]] == tag {
			continue
		}
		l.prefixes = append(l.prefixes, prefix{name, tag})
	}
	slices.SortFunc(l.prefixes, func(a, b prefix) int {
		if n := len(b.Text) - len(a.Text); n != 0 {
			return n
		}
		return strings.Compare(a.Text, b.Text)
	})
	return l
}
