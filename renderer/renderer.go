// Package renderer decides the form of an answer to a failed request and produces it.
package renderer

import (
	"html/template"
	"io"
	"io/fs"
	"time"
)

// Options configures a Renderer. The zero value is valid: the built-in pages in every built-in language.
type Options struct {
	Templates fs.FS
	Funcs     template.FuncMap
	External  func(w io.Writer, name string, p *Page) error
	Catalogue fs.FS
	Messages  func(lang string, status int, code string) (title, text string, ok bool)
	Language  string
	Languages []string
	Brand     Brand
	Reload    bool
	MaxBytes  int
	Timeout   time.Duration
}
