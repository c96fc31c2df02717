package forms

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/exceptional-go/exceptional/renderer"
)

// maxMember bounds a member of the front matter, in bytes. A longer one is left out, so that the prose stays in sight.
const maxMember = 8 << 10

// Markdown returns the page for an agent: the members of its problem document as front matter, then prose. The document is
// JSON, whose values are YAML as well.
func Markdown(p *renderer.Page, document []byte) []byte {
	w := writer{make([]byte, 0, 2<<10)}
	w.frontMatter(document)
	w.markdown("\n# ", p.Heading, "\n")
	heading := func(label string) {
		if label != "" {
			w.markdown("\n## ", label, "\n")
		}
	}
	paragraph := func(label, s string) {
		if s == "" {
			return
		}
		w.raw("\n")
		if label != "" {
			w.markdown("", label, ": ")
		}
		w.markdown("", s, "\n")
	}
	what, _ := whatHappened(p)
	if what != "" || p.Detail != "" {
		heading(p.Labels.Happened)
		paragraph("", what)
		paragraph("", strings.TrimSpace(p.Detail))
	}
	if len(p.Errors) > 0 {
		heading(p.Labels.Errors)
		w.raw("\n")
		for i := range p.Errors {
			w.markdown("- ", fieldText(&p.Errors[i]), "\n")
		}
	}
	if p.Advice != "" || p.Wait != "" || p.Location != "" {
		heading(p.Labels.Advice)
	}
	paragraph("", p.Advice)
	paragraph(p.Labels.Wait, p.Wait)
	paragraph(p.Labels.Continue, p.Location)
	paragraph(p.Labels.Reference, reference(p))
	if len(p.Links) > 0 {
		heading(linksHeading(p))
		w.markdownLinks(p)
	}
	return w.bytes
}

// frontMatter writes the members of a problem document, each on a line, but for the errors, which are in the prose.
func (w *writer) frontMatter(document []byte) {
	w.raw("---\n")
	defer w.raw("---\n")
	dec := json.NewDecoder(bytes.NewReader(document))
	if _, err := dec.Token(); err != nil { // the opening brace
		return
	}
	if !bytes.HasPrefix(document, []byte(`{"type":`)) {
		w.raw("type: \"about:blank\"\n")
	}
	for dec.More() {
		name, err := dec.Token()
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			return // cannot happen: the document is ours
		}
		if name != "errors" && len(value) <= maxMember {
			w.bytes = fmt.Appendf(w.bytes, "%s: %s\n", name, value)
		}
	}
}

// markdownLinks lists the error's links. A URL that has been checked contains no space, angle bracket or backslash; the
// ampersand is escaped, because it could begin an entity.
func (w *writer) markdownLinks(p *renderer.Page) {
	w.raw("\n")
	for i := range p.Links {
		l := &p.Links[i]
		u, _ := url.Parse(l.URL)
		if l.Title == "" && u != nil && u.IsAbs() {
			w.raw("- <", l.URL, ">")
		} else {
			w.markdown("- [", cmp.Or(l.Title, l.URL), "](<")
			w.raw(strings.ReplaceAll(l.URL, "&", `\&`), ">)")
		}
		w.markdown("", linkForm(l), "\n")
	}
}
