package renderer

import (
	"net/url"
	"strings"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/problem"
)

// shownLinks returns the links that a page can show, as it shows them: those that lead where a browser goes.
func shownLinks(links []httperrors.Link) (shown []httperrors.Link) {
	for _, l := range links {
		if safeLink(l.URL) || len(l.URL) <= maxPath && strings.HasPrefix(strings.ToLower(l.URL), "mailto:") {
			l.URL, l.Title = pageLink(l.URL), clean(l.Title, maxWord, false)
			shown = append(shown, l)
		}
	}
	return shown
}

// pageLink returns a link that safeLink has let pass as html/template does, too: it takes whatever stands before a colon for a
// scheme, unless a slash comes first, and would make "#ZgotmplZ" of "?next:page". A colon in a query or a fragment may as
// well be escaped.
func pageLink(link string) string {
	i := strings.IndexAny(link, "?#")
	if i < 0 || strings.ContainsAny(link[:i], ":/") {
		return link
	}
	end := strings.IndexByte(link, '/')
	if end < 0 {
		end = len(link)
	}
	return strings.ReplaceAll(link[:end], ":", "%3a") + link[end:]
}

// documentLinks returns all of the links, for programs.
func documentLinks(links []httperrors.Link) []problem.Link {
	list := make([]problem.Link, len(links))
	for i, l := range links {
		list[i] = problem.Link{Href: l.URL, Rel: l.Rel, Title: clean(l.Title, maxWord, false), Type: l.Type, Hreflang: l.Language}
	}
	return list
}

// linksHeading returns what stands above the links: those of a 300 and a 406 are what there is instead, and what the others
// are for their titles say.
func linksHeading(p *Page) string {
	if len(p.Links) > 0 && (p.Code == 300 || p.Code == 406) {
		return p.Labels.Versions
	}
	return ""
}

// linkForm says in what language and form there is what l leads to: " (de, application/pdf)".
func linkForm(l *httperrors.Link) string {
	switch {
	case l.Language != "" && l.Type != "":
		return " (" + l.Language + ", " + l.Type + ")"
	case l.Language != "" || l.Type != "":
		return " (" + l.Language + l.Type + ")"
	}
	return ""
}

// appendPlainLinks lists the links for a terminal.
func appendPlainLinks(dst []byte, p *Page) []byte {
	if len(p.Links) == 0 {
		return dst
	}
	dst = append(dst, '\n')
	if h := linksHeading(p); h != "" {
		dst = append(append(dst, h...), ":\n"...)
	}
	for i := range p.Links {
		l := &p.Links[i]
		dst = append(dst, "- "...)
		if l.Title == "" {
			dst = append(append(dst, l.URL...), linkForm(l)...)
		} else {
			dst = append(append(dst, l.Title...), linkForm(l)...)
			dst = append(append(dst, ": "...), l.URL...)
		}
		dst = append(dst, '\n')
	}
	return dst
}

// appendMarkdownLinks lists the links as links. A URL that has been checked has neither space nor angle bracket nor
// backslash in it; what is left to escape is the ampersand, which could begin an entity.
func appendMarkdownLinks(dst []byte, p *Page) []byte {
	dst = append(dst, '\n')
	for i := range p.Links {
		l := &p.Links[i]
		u, _ := url.Parse(l.URL)
		if l.Title == "" && u != nil && u.IsAbs() {
			dst = append(append(append(dst, "- <"...), l.URL...), '>')
		} else {
			title := l.Title
			if title == "" {
				title = l.URL
			}
			dst = append(appendEscaped(append(dst, "- ["...), title), "](<"...)
			dst = append(append(dst, strings.ReplaceAll(l.URL, "&", `\&`)...), ">)"...)
		}
		dst = append(appendEscaped(dst, linkForm(l)), '\n')
	}
	return dst
}
