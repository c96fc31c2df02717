package renderer

import (
	"hash/maphash"
	"io"
)

// Weight returns the weight in thousandths that an Accept gives to a format, and -1 for one that it does not mention.
func Weight(accept string, f Format) int {
	var a acceptance
	a.read(accept)
	w, _ := a.quality(f)
	return int(w) - 1
}

// ReadAccept decides without the cache.
func ReadAccept(lines []string, hinted bool) Format {
	v := readAccept(lines)
	if hinted {
		return v.hinted
	}
	return v.plain
}

// LookupLanguage looks lines up in a set of tags without the cache.
func LookupLanguage(fallback string, tags []string, lines ...string) string {
	return newLanguages(fallback, tags, languageAliases).choose(lines)
}

// Languages are the tags that r answers in.
func (r *Renderer) Languages() []string { return r.state.Load().languages.tags }

// NewLookup returns the lookup in a set of tags.
func NewLookup(fallback string, tags []string) func(lines []string) string {
	return newLanguages(fallback, tags, languageAliases).choose
}

// ReloadAlways looks for changes at every answer.
func (r *Renderer) ReloadAlways() { r.reload.every = 0 }

// An executerFunc is a template that does what it likes.
type executerFunc func(w io.Writer, data any) error

func (f executerFunc) Execute(w io.Writer, data any) error { return f(w, data) }

// BreakBuiltin puts f in the place of the built-in page, and forgets what it has made.
func (r *Renderer) BreakBuiltin(f func(w io.Writer, data any) error) {
	r.builtin.whole, r.builtin.fragment = executerFunc(f), executerFunc(f)
	r.state.Load().answers = newAnswers()
}

// BreakStatic forgets what was made at the start.
func (r *Renderer) BreakStatic() { r.last = [formatCount]map[int]Answer{} }

// BreakEverything takes away what Render cannot do without.
func (r *Renderer) BreakEverything() { r.state.Store(nil) }

// LastResort is the answer when all else has failed.
func (r *Renderer) LastResort(c Choice, status int) Answer { return r.lastResort(c, status, nil) }

// KeepsBuiltin reports whether the built-in page can be kept.
func (r *Renderer) KeepsBuiltin() bool { return r.builtin.uses&hasAnything == 0 }

// PageTraits says what the analysis found for the first page.
func (r *Renderer) PageTraits() (kept, wild bool) {
	p := r.state.Load().templates.pages[0]
	return p.uses&hasAnything == 0, p.wild
}

// Clean is what every text of a page goes through.
var Clean = clean

// A Seen is a seen of strings.
type Seen struct{ *seen[string, int] }

// NewSeen makes one with n slots.
func NewSeen(n int) Seen { return Seen{newSeen[string, int](n)} }

// Visit does what the callers do: it looks key up and adds it if it has come again.
func (s Seen) Visit(key string, value int) int {
	hash := maphash.String(s.seed, key)
	if v, ok := s.find(hash, key); ok {
		return v
	}
	if s.again(hash) {
		s.add(hash, key, value)
	}
	return value
}

// Has reports whether key is stored.
func (s Seen) Has(key string) bool {
	_, ok := s.find(maphash.String(s.seed, key), key)
	return ok
}

// Forget drops the answers that r keeps.
func (r *Renderer) Forget() { r.state.Load().answers = newAnswers() }

// AnswersSize returns how many bytes of answers r believes to keep, and how many it keeps.
func (r *Renderer) AnswersSize() (counted, kept int64) {
	answers := r.state.Load().answers
	for i := range answers.seen.slots {
		if e := answers.seen.slots[i].entry.Load(); e != nil {
			kept += int64(len(e.value.Body) + len(e.key.title) + len(e.key.message) + len(e.key.slug) + len(e.key.typ))
		}
	}
	return answers.size.Load(), kept
}
