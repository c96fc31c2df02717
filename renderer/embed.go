package renderer

import (
	"bytes"
	"html/template"
)

// problemBlock is added to the built-in page if it embeds the problem document. In a fragment it has no place: the page that the
// fragment becomes a part of may have such a block already.
const problemBlock = `{{define "problem"}}
{{.ProblemScript}}{{end}}`

// ProblemScript returns the problem document of the page as a whole element, <script type="application/problem+json">…</script>,
// as RFC 9457, appendix C, has it: a data block, which no browser runs and no Content-Security-Policy has to allow. What a
// program would get is in it, and nothing else. No value can end the element. It is "" for the zero Page.
func (p *Page) ProblemScript() template.HTML { return p.script }

// embed makes the page's data block.
//
// The element is made here as a whole, because html/template does not know the type of its content: it would escape the
// document as text, which inside of a script element stays escaped.
func (p *Page) embed(f *facts) {
	b := newBuffer(defaultMaxBytes)
	defer b.release()
	b.bytes = append(b.bytes, `<script type="application/problem+json">`...)
	head := len(b.bytes)
	b.bytes = bytes.TrimRight(appendJSON(b.bytes, p, f), "\n")
	if doc := b.bytes[head:]; bytes.IndexByte(doc, '<') >= 0 {
		// The encoder has escaped whatever could end a script element. That this is so is too important to be somebody
		// else's promise, and in JSON a '<' is nowhere but in a string.
		b.bytes = append(b.bytes[:head], bytes.ReplaceAll(doc, []byte("<"), []byte(`\u003c`))...)
	}
	p.script = template.HTML(append(b.bytes, "</script>"...))
}
