package pages

import (
	"net/http"
	"strings"

	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
	"github.com/exceptional-go/exceptional/renderer"
)

// A Choice is the form and the language that an answer will have, and the request fields that decided it.
//
// Renderer.Choose makes one. The zero value is an answer without a body. It is a plain value.
type Choice struct {
	Format   renderer.Format
	Fragment bool   // the client puts the HTML into a page that it already shows
	Frame    string // the id of the Turbo frame that asked, or ""
	Language string // a tag, never what the client wrote; "" is the default language
	Vary     string // ready to be merged with the Vary that the response has, or ""
}

// The sets of request fields, beside Accept and Accept-Language, that an answer may depend on.
const (
	fieldsNone   = iota
	fieldsFormat // HX-Request decided whether it is HTML
	fieldsPage   // it is HTML; htmx would have got a fragment, and so would Turbo
	fieldsHTMX   // it is HTML for htmx, which tells apart what it puts into a page and what it loads as one
	fieldsCount
)

var fieldNames = [fieldsCount]string{
	fieldsFormat: "HX-Request",
	fieldsPage:   "HX-Request, Turbo-Frame",
	fieldsHTMX:   "HX-Request, HX-Boosted, HX-History-Restore-Request",
}

// vary has the values of Vary: by whether Accept decided (1) or not (0), by whether Accept-Language did, and by the set of fields.
// They are made once, so that a choice does not allocate them.
var vary = func() (v [2][2][fieldsCount]string) {
	for a, accept := range [...]string{"", "Accept, "} {
		for l, language := range [...]string{"", "Accept-Language, "} {
			for f, names := range fieldNames {
				v[a][l][f] = strings.TrimSuffix(accept+language+names, ", ")
			}
		}
	}
	return v
}()

// Choose decides the form of the answer to a request with header h. If force is not FormatNone, it is the format: a route or a
// group of the application may ask for that. Choose does not fail, keeps nothing of h, and may be called by many goroutines.
//
// HTML is for clients that list it. Sec-Fetch-Dest and X-Requested-With do not decide: Accept already says what they
// would, and each field that decides makes another copy in every cache. HX-Request decides, because htmx sends
// "Accept: */*" and can use nothing but HTML.
func (r *Renderer) Choose(h http.Header, force renderer.Format) Choice {
	languages := r.state.Load().languages
	c := Choice{Format: force, Language: languages.Tags()[0]}
	byAccept, byLanguage, fields := 0, 0, fieldsNone // the indexes of vary
	if len(languages.Tags()) > 1 {                   // with one language, Accept-Language changes nothing, and caches need not keep copies for it
		byLanguage = 1
		if lines := h["Accept-Language"]; len(lines) > 0 {
			c.Language = languages.Choose(lines)
		}
	}
	htmx := isTrue(h["Hx-Request"])
	if force == renderer.FormatNone || force >= formatCount {
		byAccept = 1
		preference := negotiate.Accept(h["Accept"])
		c.Format = preference.Format
		if preference.ForHTMX != preference.Format {
			fields = fieldsFormat
			if htmx {
				c.Format = preference.ForHTMX
			}
		}
	}
	if c.Format == renderer.FormatHTML {
		fields = fieldsPage
		if htmx {
			fields = fieldsHTMX
			c.Fragment = !isTrue(h["Hx-Boosted"]) && !isTrue(h["Hx-History-Restore-Request"])
		} else if frame := first(h["Turbo-Frame"]); frame != "" && validFrame(frame) {
			c.Fragment, c.Frame = true, frame
		}
	}
	c.Vary = vary[byAccept][byLanguage][fields]
	return c
}

// Languages returns the languages that answers are given in: the default first.
func (r *Renderer) Languages() []string { return r.state.Load().languages.Tags() }

// first returns the first line of a header field, or "".
func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// isTrue reports whether a header field of htmx is set.
func isTrue(values []string) bool { return strings.EqualFold(first(values), "true") }

// validFrame reports whether id can be put into a page as it stands. Turbo sends the id of an element of the
// application's own page; any other value is not worth an answer made for it.
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
