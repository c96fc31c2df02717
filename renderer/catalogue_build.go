package renderer

import (
	"cmp"
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// A catalogueBuilder puts the files of a catalogue together.
type catalogueBuilder struct {
	sources  map[string]textSource // by tag
	standard string
}

// A textSource is the files of one language. Either may be nil.
type textSource struct{ own, builtin *catalogueFile }

func newCatalogueBuilder(builtin, own []*catalogueFile) *catalogueBuilder {
	b := &catalogueBuilder{sources: make(map[string]textSource)}
	for _, f := range builtin {
		b.sources[f.Language] = textSource{builtin: f}
	}
	for _, f := range own {
		b.sources[f.Language] = textSource{own: f, builtin: b.sources[f.Language].builtin}
	}
	return b
}

// known returns the canonical tag of a language that there are texts in; for an empty one and one that is not known,
// fallback.
func (b *catalogueBuilder) known(tag, fallback string) (string, error) {
	if tag = strings.TrimSpace(tag); tag == "" && fallback != "" {
		return fallback, nil
	}
	name, ok := canonicalTag(tag)
	if !ok {
		return fallback, fmt.Errorf("%q is not a language tag", tag)
	}
	for t := name; t != ""; t = truncate(t) { // the texts of en are those of en-GB
		for _, t := range [...]string{t, languageAliases[strings.ToLower(t)]} {
			if _, ok := b.sources[t]; ok {
				return t, nil
			}
		}
	}
	return fallback, &noTextsError{name}
}

// A noTextsError is about a language that no catalogue is in.
type noTextsError struct{ tag string }

func (e *noTextsError) Error() string { return fmt.Sprintf("there are no texts in %q", e.tag) }

// chain returns the sources that a text for tag is looked for in, the first one first.
func (b *catalogueBuilder) chain(tag string) []textSource {
	var chain []textSource
	seen := make(map[string]bool)
	for _, start := range [...]string{tag, b.standard, "en"} {
		for t := start; t != ""; t = truncate(t) {
			if s, ok := b.sources[t]; ok && !seen[t] {
				chain = append(chain, s)
			}
			seen[t] = true
		}
	}
	return chain
}

func (b *catalogueBuilder) build(tag string) *language {
	chain := b.chain(tag)
	l := &language{tag: tag, codes: make(map[string]entry)}
	for _, f := range chain[0].files() { // what the next ones in the chain call themselves is of another language
		l.name, l.direction = cmp.Or(l.name, f.Name), cmp.Or(l.direction, f.Direction)
	}
	l.name, l.direction = cmp.Or(l.name, tag), cmp.Or(l.direction, directionOf(tag))
	labels := l.labels.fields()
	maps.Copy(labels, l.problems.fields())
	for _, s := range chain {
		for _, f := range s.files() {
			for key, p := range labels {
				*p = cmp.Or(*p, f.Labels[key])
			}
		}
	}
	for class := 3; class <= 5; class++ {
		rest := newEntry(chain, classes[class].title, classes[class].group)
		for status := 100 * class; status < 100*(class+1); status++ {
			key, e := strconv.Itoa(status), &rest
			if group := groups[status]; group != "" || mentioned(chain, key) {
				named := newEntry(chain, key, cmp.Or(group, classes[class].group)).fill(rest)
				e = &named
			}
			l.status[status-300] = e
		}
	}
	// Codes stay within the language: the standard text in the reader's is better than a text that the reader cannot
	// read.
	for t := tag; t != ""; t = truncate(t) {
		f := b.sources[t].own
		if f == nil {
			continue
		}
		for _, key := range f.codes() {
			l.codes[key] = l.codes[key].fill(f.page(key).headlined())
		}
	}
	return l
}

// newEntry looks for the texts for one key along the chain.
func newEntry(chain []textSource, key, group string) (e entry) {
	for _, s := range chain {
		if e.Title != "" && e.Heading != "" && e.Text != "" && e.Advice != "" {
			break
		}
		if f := s.own; f != nil {
			e = e.fill(f.page(key).headlined()).fill(f.group(group))
		}
		if f := s.builtin; f != nil {
			e = e.fill(f.page(key)).fill(f.group(group))
		}
	}
	return e
}

// mentioned reports whether a file of the application has something to say about key.
func mentioned(chain []textSource, key string) bool {
	for _, s := range chain {
		if s.own != nil && s.own.page(key) != (entry{}) {
			return true
		}
	}
	return false
}

// headlined returns e with the title for a headline, if it has no other. It is for what the application says: whoever
// gives a page another title does not expect the built-in headline above it.
func (e entry) headlined() entry {
	e.Heading = cmp.Or(e.Heading, e.Title)
	return e
}

// page returns what the file says about one status or code and nothing else.
func (f *catalogueFile) page(key string) entry {
	p := f.Pages[key]
	return entry{Title: cmp.Or(p.Title, f.Titles[key]), Heading: p.Heading, Text: p.Text, Advice: p.Advice}
}

func (f *catalogueFile) group(name string) entry {
	g := f.Groups[name]
	return entry{Heading: g.Heading, Text: g.Text, Advice: g.Advice}
}

// codes returns the keys of the file that are codes of the application.
func (f *catalogueFile) codes() []string {
	var codes []string
	add := func(key string) {
		if key[0] > '9' && key != "3xx" && key != "4xx" && key != "5xx" {
			codes = append(codes, key)
		}
	}
	for key := range f.Pages {
		add(key)
	}
	for key := range f.Titles {
		if _, ok := f.Pages[key]; !ok {
			add(key)
		}
	}
	return codes
}

// files returns the files of a source, the application's first.
func (s textSource) files() []*catalogueFile {
	var files []*catalogueFile
	for _, f := range [...]*catalogueFile{s.own, s.builtin} {
		if f != nil {
			files = append(files, f)
		}
	}
	return files
}
