package forms

import (
	"cmp"

	"github.com/exceptional-go/exceptional/renderer"
)

// HTML returns the built-in page, or a section of it for htmx and Turbo. A whole page contains Page.ProblemScript, if that is not
// empty; in a fragment it has no place, because the page around it may have one already.
func HTML(p *renderer.Page) []byte {
	if p.Fragment {
		w := writer{make([]byte, 0, 2<<10)}
		w.fragment(p)
		return w.bytes
	}
	w := writer{make([]byte, 0, len(p.Brand.Style)+1600)} // enough for most errors in every language
	w.head(p)
	w.raw("<main>\n")
	w.html("<h1>", p.Heading, "</h1>\n")
	w.content(p)
	w.raw("\n</main>")
	w.foot(&p.Brand)
	if p.ProblemScript != "" {
		w.raw("\n", string(p.ProblemScript))
	}
	w.raw("\n</body>\n</html>\n")
	return w.bytes
}

// fragment writes a section that htmx or Turbo puts into a page. It has a role, so that a screen reader announces it.
func (w *writer) fragment(p *renderer.Page) {
	if p.Frame != "" {
		w.html(`<turbo-frame id="`, p.Frame, "\">\n")
	}
	w.html(`<section class="exceptional" role="alert" lang="`, p.Language, `" `)
	w.html(`dir="`, p.Direction, "\">\n")
	w.html("<h2>", p.Heading, "</h2>\n")
	w.content(p)
	w.raw("\n</section>")
	if p.Frame != "" {
		w.raw("\n</turbo-frame>")
	}
	w.raw("\n")
}

// head writes everything above the headline. The empty icon keeps the browser from asking for /favicon.ico, which may fail as well.
func (w *writer) head(p *renderer.Page) {
	b := &p.Brand
	w.html("<!doctype html>\n<html lang=\"", p.Language, `" `)
	w.html(`dir="`, p.Direction, "\">\n<head>\n<meta charset=\"utf-8\">\n")
	w.html("<title>", p.Heading, "")
	if b.Name != "" {
		w.html(" – ", b.Name, "")
	}
	w.raw(`</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<style>`)
	w.raw(string(b.Style))
	w.raw("</style>\n</head>\n<body>")
	if b.Logo != "" {
		w.url("\n<header>\n<img src=\"", b.Logo, `"`)
		w.html(` alt="`, b.Name, "\">\n</header>")
	} else if b.Name != "" {
		w.html("\n<header>\n<p class=\"name\"><bdi>", b.Name, "</bdi></p>\n</header>")
	}
	w.raw("\n")
}

// content writes everything about the error below the headline. Texts of the application have dir="auto", because their language is
// not known; codes and references are written from left to right in every language.
func (w *writer) content(p *renderer.Page) {
	if what, isMessage := whatHappened(p); isMessage {
		w.html("<p class=\"what\" dir=\"auto\">", what, "</p>")
	} else if what != "" {
		w.html(`<p class="what">`, what, "</p>")
	}
	if p.Detail != "" {
		w.html("\n<p class=\"detail\" dir=\"auto\">", p.Detail, "</p>")
	}
	w.fieldErrors(p)
	if p.Advice != "" {
		w.html("\n<p class=\"advice\">", p.Advice, "</p>")
	}
	w.links(p)
	w.buttons(p)
	w.raw("\n<dl>")
	if p.Wait != "" {
		w.html("\n<div><dt>", p.Labels.Wait, "</dt>")
		w.html("<dd>", p.Wait, "</dd></div>")
	}
	if ref := reference(p); ref != "" {
		w.html("\n<div class=\"reference\"><dt>", p.Labels.Reference, "</dt>")
		w.html(`<dd><code dir="ltr">`, ref, "</code></dd></div>")
	}
	w.html("\n<div><dt>", p.Labels.Status, "</dt><dd>")
	w.int(p.Code)
	w.raw("</dd></div>\n</dl>")
	if reference(p) != "" {
		w.html("\n<p class=\"quote\">", p.Labels.Quote, "</p>")
	}
}

// fieldErrors lists the invalid fields of the request.
func (w *writer) fieldErrors(p *renderer.Page) {
	if len(p.Errors) == 0 {
		return
	}
	w.html("\n<h2>", p.Labels.Errors, "</h2>\n<ul class=\"errors\">")
	for i := range p.Errors {
		e := &p.Errors[i]
		w.raw("\n<li>")
		if where := fieldName(e); where != "" {
			w.html(`<code dir="ltr">`, where, "</code> ")
		}
		w.html(`<span dir="auto">`, e.Detail, "</span></li>")
	}
	w.raw("\n</ul>")
}

// links lists the error's links, with the language and the type of the document behind each.
func (w *writer) links(p *renderer.Page) {
	if len(p.Links) == 0 {
		return
	}
	if h := linksHeading(p); h != "" {
		w.html("\n<h2>", h, "</h2>")
	}
	w.raw("\n<ul class=\"others\">")
	for i := range p.Links {
		l := &p.Links[i]
		w.url("\n<li><a href=\"", l.URL, `"`)
		if l.Rel == "alternate" {
			w.raw(` rel="alternate"`)
		}
		if l.Type != "" {
			w.html(` type="`, l.Type, `"`)
		}
		if l.Language != "" {
			w.html(` hreflang="`, l.Language, `"`)
		}
		w.html(` dir="auto">`, cmp.Or(l.Title, l.URL), "</a>")
		if l.Language != "" || l.Type != "" {
			w.raw(" <span>(")
			if l.Language != "" {
				w.html("<bdi>", l.Language, "</bdi>")
			}
			if l.Language != "" && l.Type != "" {
				w.raw(", ")
			}
			if l.Type != "" {
				w.html("<bdi>", l.Type, "</bdi>")
			}
			w.raw(")</span>")
		}
		w.raw("</li>")
	}
	w.raw("\n</ul>")
}

// buttons writes the ways on: where a redirection leads or the home page, and the support.
func (w *writer) buttons(p *renderer.Page) {
	b := &p.Brand
	if p.Location == "" && b.Home == "" && b.Support == "" {
		return
	}
	w.raw("\n<p class=\"links\">")
	switch {
	case p.Location != "":
		w.url(`<a class="button first" href="`, p.Location, `">`)
		w.html("", p.Labels.Continue, "</a>\n")
	case b.Home != "":
		w.raw(`<a class="button`)
		if p.Code == 404 || p.Code == 410 { // then it is the best way on; after others, the reader would rather try again
			w.raw(" first")
		}
		w.url(`" href="`, b.Home, `">`)
		w.html("", p.Labels.Home, "</a>\n")
	}
	if b.Support != "" {
		w.url(`<a href="`, b.Support, `">`)
		w.html("", p.Labels.Support, "</a>\n")
	}
	w.raw("</p>")
}

// foot writes the brand's links.
func (w *writer) foot(b *renderer.Brand) {
	if len(b.Links) == 0 {
		return
	}
	w.raw("\n<footer>\n<ul>")
	for _, l := range b.Links {
		w.url("\n<li><a href=\"", l.URL, `" dir="auto">`)
		w.html("", l.Text, "</a></li>")
	}
	w.raw("\n</ul>\n</footer>")
}
