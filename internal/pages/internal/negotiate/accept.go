// Package negotiate reads what a client accepts. weight.go reads the weights that both fields have, accept.go chooses a format by
// Accept, language.go a language by Accept-Language, and tag.go has the rules of language tags.
package negotiate

import (
	"cmp"
	"strings"

	"github.com/exceptional-go/exceptional/renderer"
)

// This file reads Accept as RFC 9110, section 12.5.1, says. It is written here because no Go library of 2026 does it:
// they let the first or the best match decide where the RFC lets the most specific range decide, drop the whole header
// for one bad element, or match what q=0 excludes.

// No browser or program sends more than this; a larger field is ignored, before it has cost anything.
const (
	maxAcceptBytes  = 8 << 10
	maxAcceptRanges = 64
)

// formats is how many there are, FormatNone included.
const formats = renderer.FormatMarkdown + 1

// A mediaName is a media range that a client may list and that one of our formats matches: a type by its name, or a wildcard. All
// other ranges are ignored.
type mediaName int

const (
	nameHTML mediaName = iota
	nameXHTML
	nameProblemJSON
	nameJSON
	nameProblemXML
	nameXML
	nameTextXML
	namePlain
	nameMarkdown
	rangeText
	rangeApplication
	rangeAny
	nameCount
)

var mediaNames = [nameCount]string{
	nameHTML: "text/html", nameXHTML: "application/xhtml+xml", nameProblemJSON: "application/problem+json", nameJSON: "application/json",
	nameProblemXML: "application/problem+xml", nameXML: "application/xml", nameTextXML: "text/xml", namePlain: "text/plain",
	nameMarkdown: "text/markdown", rangeText: "text/*", rangeApplication: "application/*", rangeAny: "*/*",
}

// namesOf lists the names under which a client may ask for a format; the first is the media type that it is sent.
var namesOf = [formats][]mediaName{
	renderer.FormatHTML:        {nameHTML, nameXHTML},
	renderer.FormatProblemJSON: {nameProblemJSON, nameJSON},
	renderer.FormatProblemXML:  {nameProblemXML, nameXML, nameTextXML},
	renderer.FormatText:        {namePlain},
	renderer.FormatMarkdown:    {nameMarkdown},
}

// Of two formats of equal weight, the one of the higher rank is sent; the order in the field has no meaning. A format that is
// listed by name outranks all that only a wildcard matches. Among the listed, the one that fewer clients list for no reason comes
// first: no browser lists Markdown or JSON. Behind a wildcard, HTML comes first, because best considers it only for clients that
// can show it; of the rest, the document for programs.
var (
	rankListed = [formats]int{
		renderer.FormatMarkdown: 10, renderer.FormatProblemJSON: 9, renderer.FormatHTML: 8, renderer.FormatProblemXML: 7, renderer.FormatText: 6,
	}
	rankWildcard = [formats]int{
		renderer.FormatHTML: 5, renderer.FormatProblemJSON: 4, renderer.FormatText: 3, renderer.FormatProblemXML: 2, renderer.FormatMarkdown: 1,
	}
)

// A Preference is the format that an Accept asks for. htmx sends "*/*" and can use nothing but HTML, so the format for a client
// that is htmx may be another one. Both are here, because the caller has to name HX-Request in Vary where they differ.
type Preference struct{ Format, ForHTMX renderer.Format }

// noPreference answers a request without Accept: a program gets a document for programs. It is tempting to give HTML to
// */*, as most servers do; but fetch, curl and every HTTP library send */* or nothing, and every browser lists
// text/html.
var noPreference = Preference{Format: renderer.FormatProblemJSON, ForHTMX: renderer.FormatHTML}

// Accept decides which format the lines of one Accept field ask for.
func Accept(lines []string) Preference {
	size := 0
	for _, l := range lines {
		size += len(l) + 1
	}
	if size == 0 || size > maxAcceptBytes {
		return noPreference
	}
	// Joined, not read one by one: a quoted string may be open at the end of a line, and an intermediary that joins the
	// lines (section 5.3) must not change the answer.
	var a acceptance
	if !a.read(strings.Join(lines, ",")) {
		return noPreference
	}
	return Preference{Format: a.choose(false), ForHTMX: a.choose(true)}
}

// An acceptance is the weight that an Accept gives to each name, once for each kind of range: the parameters of a range make it
// more specific, or exclude our representations.
type acceptance struct {
	utf8            [nameCount]weight // ranges with charset=utf-8, the only parameter that our representations have
	plain           [nameCount]weight // ranges without parameters
	withOtherParams [nameCount]weight // ranges with parameters that our representations do not have
}

// read fills a from the value of an Accept. It reports false if that is empty or too long, and so to be ignored.
func (a *acceptance) read(list string) bool {
	ranges := 0
	for list != "" {
		var element string
		var ok bool
		element, list, ok = cutUnquoted(list, ',')
		if strings.Trim(element, " \t") == "" {
			continue
		}
		if ranges++; ranges > maxAcceptRanges {
			return false
		}
		if ok { // a malformed element says nothing
			a.readRange(element)
		}
	}
	return ranges > 0
}

// readRange reads one element: a media range with its parameters.
func (a *acceptance) readRange(element string) {
	media, parameters, _ := strings.Cut(element, ";")
	name, ok := lookupName(strings.Trim(media, " \t"))
	if !ok {
		return
	}
	q, hasQ, into := fullWeight, false, &a.plain
	for parameters != "" {
		var p string
		p, parameters, _ = cutUnquoted(parameters, ';')
		key, value, _ := strings.Cut(p, "=")
		key, value = strings.Trim(key, " \t"), strings.Trim(value, " \t")
		if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
			value = value[1 : n-1] // one with escapes in it is equal to nothing that we look for
		}
		switch {
		case strings.Trim(p, " \t") == "": // valid (section 5.6.6)
		case equalFold(key, "q"):
			if !hasQ { // of two, the first is the weight: what followed it was an extension (RFC 7231)
				q, hasQ = parseWeight(value), true
			}
		case equalFold(key, "charset") && equalFold(value, "utf-8"):
			if into == &a.plain {
				into = &a.utf8
			}
		default:
			into = &a.withOtherParams
		}
	}
	into[name] = max(into[name], q) // of two equal ranges the better one, so that their order has no meaning
}

// cutUnquoted cuts s at the first sep that is in no quoted string. It reports false if such a string does not end.
func cutUnquoted(s string, sep byte) (before, after string, ok bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case sep:
			return s[:i], s[i+1:], true
		case '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
			if i >= len(s) {
				return s, "", false
			}
		}
	}
	return s, "", true
}

// lookupName finds the name of a media range. Java's HttpURLConnection has always sent "*" for "*/*".
func lookupName(s string) (mediaName, bool) {
	if s == "*" {
		return rangeAny, true
	}
	for name, want := range mediaNames {
		if equalFold(s, want) {
			return mediaName(name), true
		}
	}
	return 0, false
}

// choose picks the format. If none is acceptable, that is no reason to change the status to 406: section 12.4.1 lets us ignore the
// field, and so does RFC 9457, section 3.
func (a *acceptance) choose(htmx bool) renderer.Format {
	if f := a.best(htmx); f != renderer.FormatNone {
		return f
	}
	if f := a.closest(); f != renderer.FormatNone {
		return f
	}
	return a.notExcluded(htmx)
}

// best returns the acceptable format of the greatest weight, and FormatNone if none is acceptable. HTML is only for a client that
// lists it, and for htmx.
func (a *acceptance) best(htmx bool) renderer.Format {
	best, bestScore := renderer.FormatNone, 0
	for f := renderer.FormatHTML; f < formats; f++ {
		w, listed := a.quality(f)
		if w <= excluded || f == renderer.FormatHTML && !htmx && !a.lists(f) {
			continue
		}
		s := score(w, rankWildcard[f])
		if listed {
			s = score(w, rankListed[f])
		}
		if s > bestScore {
			best, bestScore = f, s
		}
	}
	return best
}

// closest returns the best format that the client lists with other parameters, or FormatNone. A client that asks for
// "text/html;level=1" or "application/json;odata=verbose" alone is not asking for what we have, strictly; but nothing is closer.
func (a *acceptance) closest() renderer.Format {
	best, bestScore := renderer.FormatNone, 0
	for f := renderer.FormatHTML; f < formats; f++ {
		for _, n := range namesOf[f] {
			w := a.withOtherParams[n]
			if s := score(w, rankListed[f]); w > excluded && a.exact(n) == notListed && s > bestScore {
				best, bestScore = f, s
			}
		}
	}
	return best
}

// score orders formats by weight, then by rank.
func score(w weight, rank int) int { return int(w)<<4 | rank }

// notExcluded returns a format that the client does not refuse by name, and a problem document if it refuses all.
func (a *acceptance) notExcluded(htmx bool) renderer.Format {
	order := []renderer.Format{renderer.FormatProblemJSON, renderer.FormatText, renderer.FormatProblemXML, renderer.FormatMarkdown}
	if htmx {
		order = append([]renderer.Format{renderer.FormatHTML}, order...)
	}
	for _, f := range order {
		if w, listed := a.quality(f); !listed || w > excluded {
			return f
		}
	}
	return renderer.FormatProblemJSON
}

// quality returns the weight of a format, and whether the client lists it by name. The most specific range that matches decides:
// a name before text/* or application/*, and that before */*.
func (a *acceptance) quality(f renderer.Format) (w weight, listed bool) {
	names := namesOf[f]
	w = a.exact(names[0])
	if w == notListed || f == renderer.FormatHTML && w > excluded {
		// The other names count if the first is not listed. HTML takes the best of both its names: a browser that puts
		// application/xhtml+xml before text/html means the same page.
		for _, n := range names[1:] {
			w = max(w, a.exact(n))
		}
	}
	if w != notListed {
		return w, true
	}
	typeRange := rangeApplication
	if f == renderer.FormatHTML || f == renderer.FormatText || f == renderer.FormatMarkdown {
		typeRange = rangeText
	}
	return cmp.Or(a.exact(typeRange), a.exact(rangeAny)), false
}

// exact returns the weight of the most specific range for n that our representation matches, or notListed.
func (a *acceptance) exact(n mediaName) weight { return cmp.Or(a.utf8[n], a.plain[n]) }

// lists reports whether the client wants the format by name, with whatever parameters.
func (a *acceptance) lists(f renderer.Format) bool {
	for _, n := range namesOf[f] {
		if max(a.utf8[n], a.plain[n], a.withOtherParams[n]) > excluded {
			return true
		}
	}
	return false
}
