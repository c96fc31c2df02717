package httperrors

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// A Link leads from an answer to a related resource, in the terms of RFC 8288: from a 300 or a 406 to the representations
// there are, from a 451 to the party that demanded it, from a 511 to the page where users sign in to the network. All of it
// is public. It is plain data; the zero Link is invalid and refused.
type Link struct {
	URL      string // a URI reference
	Title    string // for people, who otherwise read the URL
	Type     string // the media type of the target: "application/pdf"
	Language string // the language of the target, a BCP 47 tag
	Rel      string // the relation type: "help", "blocked-by"; "" is "alternate" for a 300 and a 406, otherwise none
}

// The bounds of an error's links. Every form of the answer lists all of them; the header, of which proxies accept as little
// as 4 KiB altogether, as many as fit.
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
// list them, and a problem document has them in the member "links": {"href", "rel", "title", "type", "hreflang"}. Links with
// a relation are also sent in the Link header field, as many as 2 KiB hold, beside the values that WithHeader has set.
//
// A link is refused, and the log says so, if its URL is not a URI reference or one that a browser would run, or if its type,
// language or relation is not valid.
func (e *Error) WithLinks(links ...Link) *Error {
	c := e.derive()
	for i, l := range links {
		if len(c.extra().links) == maxLinks || i == maxLinks {
			c.recordFault("links: more than %d", maxLinks)
			break
		}
		if err := c.addLink(l); err != nil {
			c.recordFault("link %d: %v", i, err)
		}
	}
	return c
}

// Links returns the links, with their URLs in ASCII and their relations as they are sent.
func (e *Error) Links() []Link { return slices.Clone(e.extra().links) }

// addLink adds a link to e, a copy that is not shared yet, and to its header if the link has a relation and there is room.
func (e *Error) addLink(l Link) error {
	l, err := l.checked(e.status)
	if err != nil {
		return err
	}
	links := append(slices.Clip(e.extra().links), l)
	size := 0
	for _, l := range links {
		size += len(l.URL) + len(l.Title) + len(l.Type) + len(l.Language) + len(l.Rel)
	}
	if size > maxLinksSize {
		return errLinksSize
	}
	e.mutableExtra().links = links
	if l.Rel == "" {
		return nil
	}
	values := append(slices.Clone(e.header["Link"]), l.field())
	if len(strings.Join(values, "")) <= maxLinksField {
		e.putHeader("Link", values...)
	}
	return nil
}

// checked returns l as it is kept for an error with this status.
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
	case l.Language != "" && (len(l.Language) > 35 || !languageTag.MatchString(l.Language)):
		return l, errLanguage
	case l.Rel != "" && !relation(l.Rel):
		return l, errRelation
	}
	l.URL, err = uriReference(l.URL)
	return l, err
}

// languageTag is a rough check: subtags of letters and digits, the first of which begins with a letter.
var languageTag = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,7}(-[A-Za-z0-9]{1,8})*$`)

// registeredRelation is the syntax of the relation types that IANA registers: RFC 8288, section 3.3.
var registeredRelation = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9.-]*$`)

// relation reports whether s is a registered relation type or a URI.
func relation(s string) bool {
	if len(s) > maxLinkWord || registeredRelation.MatchString(s) {
		return len(s) <= maxLinkWord
	}
	ascii, err := uriReference(s)
	u, _ := url.Parse(s)
	return err == nil && ascii == s && u.Scheme != ""
}

// field returns l as the value of a Link field.
func (l Link) field() string {
	field := "<" + l.URL + ">"
	for _, param := range [...]struct{ name, value string }{{"rel", l.Rel}, {"type", l.Type}, {"hreflang", l.Language}} {
		if param.value != "" {
			field += "; " + param.name + "=" + quoted(param.value)
		}
	}
	switch {
	case l.Title == "":
		return field
	case !strings.ContainsFunc(l.Title, func(r rune) bool { return r < ' ' || r > '~' }):
		return field + "; title=" + quoted(l.Title)
	}
	return field + "; title*=UTF-8''" + extendedValue(l.Title)
}

// extendedValue encodes a text as RFC 8187, section 3.2, asks. Control characters become spaces.
func extendedValue(s string) string {
	s = strings.Map(func(r rune) rune {
		if isControl(r) {
			return ' '
		}
		return r
	}, s)
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") // a plus sign is %2B already
}
