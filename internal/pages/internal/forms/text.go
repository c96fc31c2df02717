package forms

import (
	"strings"

	"github.com/exceptional-go/exceptional/renderer"
)

// Text returns the page for a terminal. The texts have been cleaned: no escape sequence reaches it.
func Text(p *renderer.Page) []byte {
	w := writer{make([]byte, 0, 512)}
	w.raw(p.Heading, " (")
	w.int(p.Code)
	w.raw(")\n")
	paragraph := func(s string) {
		if s != "" {
			w.raw("\n", s, "\n")
		}
	}
	what, _ := whatHappened(p)
	paragraph(what)
	paragraph(strings.TrimSpace(p.Detail))
	if len(p.Errors) > 0 {
		w.raw("\n")
		for i := range p.Errors {
			w.raw("- ", fieldText(&p.Errors[i]), "\n")
		}
	}
	paragraph(p.Advice)
	w.textLinks(p)
	blank := "\n" // above the first of the lines
	line := func(label, value string) {
		if value != "" {
			w.raw(blank, label, ": ", value, "\n")
			blank = ""
		}
	}
	line(p.Labels.Wait, p.Wait)
	line(p.Labels.Continue, p.Location)
	line(p.Labels.Reference, reference(p))
	return w.bytes
}

// textLinks lists the error's links.
func (w *writer) textLinks(p *renderer.Page) {
	if len(p.Links) == 0 {
		return
	}
	w.raw("\n")
	if h := linksHeading(p); h != "" {
		w.raw(h, ":\n")
	}
	for i := range p.Links {
		l := &p.Links[i]
		if l.Title == "" {
			w.raw("- ", l.URL, linkForm(l), "\n")
		} else {
			w.raw("- ", l.Title, linkForm(l), ": ", l.URL, "\n")
		}
	}
}
