package httperrors

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/problem"
)

// A Link leads from an answer to something else, in the terms of RFC 8288: from a 300 or a 406 to what can be had, from a
// 451 to who demanded it, from a 511 to where the network wants its users to sign in. All of it is public. It is plain
// data; the zero Link leads nowhere and is refused.
type Link struct {
	URL      string // a URI reference
	Title    string // for people; where there is none they read the URL
	Type     string // the media type of what is there: "application/pdf"
	Language string // the language of what is there, a BCP 47 tag
	Rel      string // the relation type: "help", "blocked-by"; of a 300 and a 406 "" is "alternate", of the others none
}

// The bounds of an error's links. Every form of the answer has them all; in the header, of which proxies take 4 KiB
// altogether, there are as many as have a place.
const (
	maxLinks      = 64
	maxLinksSize  = 8 << 10
	maxLinksField = 2 << 10
	maxLinkWord   = 256
)

var (
	errMediaType = errors.New("not a media type")
	errLanguage  = errors.New("not a language tag")
	errRelation  = errors.New("not a relation type")
	errLinksSize = errors.New("more than 8 KiB altogether")
)

// WithLinks returns a copy of e with these links added to those it has, 64 at most, of 8 KiB altogether. Pages and texts
// list them, and a problem document has them in the member "links": {"href", "rel", "title", "type", "hreflang"}. Those with a
// relation are sent in the Link header field as well, as many as 2 KiB hold, beside what WithHeader has put there.
//
// What is not a URI reference, or one that a browser would run, is refused, as is a type, a language or a relation that is
// none; the log says so.
func (e *Error) WithLinks(links ...Link) *Error {
	c := e.derive()
	for i, l := range links {
		if len(c.extra().links) == maxLinks || i == maxLinks {
			c.refuse("links: more than %d", maxLinks)
			break
		}
		if err := c.addLink(l); err != nil {
			c.refuse("link %d: %v", i, err)
		}
	}
	return c
}

// Links returns the links, with their URLs in ASCII and their relations as they are sent.
func (e *Error) Links() []Link { return slices.Clone(e.extra().links) }

// addLink adds a link to e, which nobody else has.
func (e *Error) addLink(l Link) error {
	l, err := l.checked(e.status)
	if err != nil {
		return err
	}
	x := e.grow()
	x.links = append(slices.Clip(x.links), l)
	if linksSize(x.links) > maxLinksSize {
		x.links = x.links[:len(x.links)-1]
		return errLinksSize
	}
	e.sendLinks([]Link{l})
	return nil
}

// sendLinks adds those of links that have a relation to the header of e, which nobody else has, as far as there is room.
func (e *Error) sendLinks(links []Link) {
	values := slices.Clone(e.header["Link"])
	size := 0
	for _, v := range values {
		size += len(v)
	}
	n := len(values)
	for i := range links {
		if links[i].Rel == "" {
			continue
		}
		if v := links[i].field(); size+len(v) <= maxLinksField && len(values) < maxValues {
			values = append(values, v)
			size += len(v)
		}
	}
	if len(values) > n {
		e.putHeader("Link", values...)
	}
}

func linksSize(links []Link) (size int) {
	for i := range links {
		l := &links[i]
		size += len(l.URL) + len(l.Title) + len(l.Type) + len(l.Language) + len(l.Rel)
	}
	return size
}

// checked returns l as it is kept for an error of this status.
func (l Link) checked(status int) (Link, error) {
	var err error
	if !strings.Contains(l.Rel, ":") {
		l.Rel = strings.ToLower(l.Rel)
	}
	if l.Rel == "" && (status == 300 || status == 406) {
		l.Rel = "alternate"
	}
	switch {
	case l.Type != "" && (len(l.Type) > maxLinkWord || !mediaRange(l.Type) || strings.Contains(l.Type, "*")):
		return l, errMediaType
	case l.Language != "" && !languageTag(l.Language):
		return l, errLanguage
	case l.Rel != "" && !relation(l.Rel):
		return l, errRelation
	}
	l.URL, err = uriReference(l.URL)
	return l, err
}

// languageTag is a rough check: subtags of letters and digits, of which the first begins with a letter.
func languageTag(s string) bool {
	if len(s) > 35 || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for sub := range strings.SplitSeq(s, "-") {
		if sub == "" || len(sub) > 8 {
			return false
		}
		for i := range len(sub) {
			if !alphanumeric(sub[i]) {
				return false
			}
		}
	}
	return true
}

// relation reports whether s is a relation type of RFC 8288, section 3.3: the name of a
// registered one, or a URI.
func relation(s string) bool {
	if len(s) > maxLinkWord {
		return false
	}
	if strings.Contains(s, ":") {
		ascii, err := uriReference(s)
		u, _ := url.Parse(s)
		return err == nil && ascii == s && u.Scheme != ""
	}
	for i := range len(s) {
		if c := s[i]; !alphanumeric(c) && c != '.' && c != '-' {
			return false
		}
	}
	return s[0] > '9'
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// field returns l as the value of a Link field.
func (l *Link) field() string {
	var b strings.Builder
	b.WriteString("<" + l.URL + ">")
	param := func(name, value string) {
		if value != "" {
			b.WriteString("; " + name + "=")
			quote(&b, value)
		}
	}
	param("rel", l.Rel)
	param("type", l.Type)
	param("hreflang", l.Language)
	if ascii(l.Title) {
		param("title", l.Title)
	} else {
		extended(&b, l.Title)
	}
	return b.String()
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// extended writes a title as RFC 8187 has it, for letters beyond ASCII. Control characters become spaces.
func extended(b *strings.Builder, s string) {
	const hex = "0123456789ABCDEF"
	b.WriteString("; title*=UTF-8''")
	s = strings.ToValidUTF8(s, "\ufffd")
	for i := range len(s) {
		switch c := s[i]; {
		case alphanumeric(c):
			b.WriteByte(c)
		case c < ' ' || c == 0x7f:
			b.WriteString("%20")
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
}

// document returns l as an entry of a problem document.
func (l *Link) document() problem.Link {
	return problem.Link{Href: l.URL, Rel: l.Rel, Title: l.Title, Type: l.Type, Hreflang: l.Language}
}

// readLinks reads the value of a document's member into links, and reports whether it is such a list: all of it, or
// nothing.
func readLinks(links *[]Link, value any, status int) bool {
	list, ok := problem.Links(value)
	if !ok || len(list) > maxLinks {
		return false
	}
	checked := make([]Link, len(list))
	for i, l := range list {
		var err error
		checked[i], err = Link{URL: l.Href, Title: l.Title, Type: l.Type, Language: l.Hreflang, Rel: l.Rel}.checked(status)
		if err != nil {
			return false
		}
	}
	if linksSize(checked) > maxLinksSize {
		return false
	}
	*links = checked
	return true
}
