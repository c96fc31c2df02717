package pages

import (
	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
	"github.com/exceptional-go/exceptional/renderer"
)

// ReadAccept is what the lines of an Accept ask for; hinted says that htmx asks.
func ReadAccept(lines []string, hinted bool) renderer.Format {
	p := negotiate.Accept(lines)
	if hinted {
		return p.ForHTMX
	}
	return p.Format
}

// LookupLanguage looks lines up in a set of tags.
func LookupLanguage(fallback string, tags []string, lines ...string) string {
	return negotiate.NewLanguages(fallback, tags).Choose(lines)
}

// NewLookup returns the lookup in a set of tags.
func NewLookup(fallback string, tags []string) func(lines []string) string {
	return negotiate.NewLanguages(fallback, tags).Choose
}

// ReloadAlways looks for changes at every answer.
func (r *Renderer) ReloadAlways() { r.reload.every = 0 }

// BreakEverything takes away what Render cannot do without.
func (r *Renderer) BreakEverything() { r.state.Store(nil) }

// LastResort is the answer when everything else has failed.
func LastResort(status int) Answer { return lastResort(status, nil) }
