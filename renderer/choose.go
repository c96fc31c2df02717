package renderer

import (
	"hash/maphash"
	"net/http"
	"strings"
)

// A Format is the form of an answer.
type Format uint8

// The formats. FormatNone is no body at all; in a place where a format is forced it means that none is.
const (
	FormatNone        Format = iota
	FormatHTML               // text/html
	FormatProblemJSON        // application/problem+json, RFC 9457
	FormatProblemXML         // application/problem+xml, RFC 9457 appendix B
	FormatText               // text/plain
	FormatMarkdown           // text/markdown with front matter
	formatCount
)

// String returns the name of the format for logs: "html", "problem+json", …
func (f Format) String() string {
	switch f {
	case FormatHTML:
		return "html"
	case FormatProblemJSON:
		return "problem+json"
	case FormatProblemXML:
		return "problem+xml"
	case FormatText:
		return "text"
	case FormatMarkdown:
		return "markdown"
	}
	return "none"
}

// A Choice is the form and the language that an answer will have, and the request fields that decided it.
//
// Renderer.Choose makes one. The zero value is an answer without a body. It is a plain value.
type Choice struct {
	Format   Format
	Fragment bool   // the HTML is put into a page that the client already shows
	Frame    string // the id of the Turbo frame that asked, or ""
	Language string // a tag, never what the client wrote; "" is the default language
	Vary     string // ready to be merged with the Vary that the response has, or ""
}

// Which request fields decided, beside Accept and Accept-Language: the rows of varies.
const (
	varyNone    = iota
	varyHTMX    // HX-Request alone
	varyPage    // HTML, and no client library asked for it
	varySwap    // HTML, and htmx asked for it
	varyReasons // how many there are
)

var varies = func() (v [2][2][varyReasons]string) {
	fields := [varyReasons]string{"", "HX-Request", "HX-Request, Turbo-Frame", "HX-Request, HX-Boosted, HX-History-Restore-Request"}
	for a, accept := range [...]string{"", "Accept"} {
		for l, language := range [...]string{"", "Accept-Language"} {
			for i, f := range fields {
				var list []string
				for _, s := range [...]string{accept, language, f} {
					if s != "" {
						list = append(list, s)
					}
				}
				v[a][l][i] = strings.Join(list, ", ")
			}
		}
	}
	return v
}()

// Choose decides the form of the answer to a request with header h. A format other than FormatNone is forced on it, as
// a route or a group of the application may. It does not fail, keeps nothing of h, and may be called by many
// goroutines.
//
// HTML is for clients that list it. Sec-Fetch-Dest and X-Requested-With are not asked: what they would say, Accept says
// already, and each field that is asked makes another copy in every cache. HX-Request is asked, because htmx sends
// "Accept: */*" and can use nothing but HTML.
func (r *Renderer) Choose(h http.Header, force Format) Choice {
	s := r.state.Load()
	c := Choice{Format: force, Language: s.languages.tags[0]}
	accept, language, reason := 0, 0, varyNone
	if len(s.languages.tags) > 1 {
		language = 1
		if lines := h["Accept-Language"]; len(lines) > 0 {
			c.Language = s.chooseLanguage(lines)
		}
	}
	htmx := false
	if force == FormatNone || force >= formatCount {
		accept = 1
		v := verdictNone
		if lines := h["Accept"]; len(lines) > 0 {
			v = r.readAccept(lines)
		}
		c.Format = v.plain
		if v.plain != v.hinted {
			reason = varyHTMX
			if htmx = byHTMX(h); htmx {
				c.Format = v.hinted
			}
		}
	}
	if c.Format == FormatHTML {
		reason = varyPage
		if htmx || byHTMX(h) {
			reason = varySwap
			c.Fragment = !equalFold(first(h["Hx-Boosted"]), "true") && !equalFold(first(h["Hx-History-Restore-Request"]), "true")
		} else if frame := first(h["Turbo-Frame"]); frame != "" && validFrame(frame) {
			c.Fragment, c.Frame = true, frame
		}
	}
	c.Vary = varies[accept][language][reason]
	return c
}

func byHTMX(h http.Header) bool { return equalFold(first(h["Hx-Request"]), "true") }

// Most headers are one of a handful; those are read once.
const (
	seenSlots = 64
	seenBytes = 512 // nobody's browser sends more, and what is kept is bounded
)

func (r *Renderer) readAccept(lines []string) verdict {
	if len(lines) != 1 || len(lines[0]) > seenBytes {
		return readAccept(lines)
	}
	line := lines[0]
	hash := maphash.String(r.accepts.seed, line)
	if v, ok := r.accepts.find(hash, line); ok {
		return v
	}
	v := readAccept(lines)
	if r.accepts.again(hash) {
		r.accepts.add(hash, strings.Clone(line), v)
	}
	return v
}

func (s *state) chooseLanguage(lines []string) string {
	if len(lines) != 1 || len(lines[0]) > seenBytes {
		return s.languages.choose(lines)
	}
	line := lines[0]
	hash := maphash.String(s.seenLanguages.seed, line)
	if tag, ok := s.seenLanguages.find(hash, line); ok {
		return tag
	}
	tag := s.languages.choose(lines)
	if s.seenLanguages.again(hash) {
		s.seenLanguages.add(hash, strings.Clone(line), tag)
	}
	return tag
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// validFrame reports whether id can be put into a page as it stands. Turbo sends the id of an element of the
// application's own page; what looks different is not worth an answer made for it.
func validFrame(id string) bool {
	if len(id) > 64 {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', c == '.', c == ':':
		default:
			return false
		}
	}
	return true
}
