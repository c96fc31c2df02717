// Package negotiate reads what a client accepts. accept.go chooses a format by Accept, language.go a language by
// Accept-Language, and tag.go is about language tags.
package negotiate

import (
	"strconv"
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

// A mediaName is a media type or range that a client may list and that one of our formats satisfies.
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

// satisfies lists the names under which a client may ask for a format; the first is the one that it is sent.
var satisfies = [formats][]mediaName{
	renderer.FormatHTML:        {nameHTML, nameXHTML},
	renderer.FormatProblemJSON: {nameProblemJSON, nameJSON},
	renderer.FormatProblemXML:  {nameProblemXML, nameXML, nameTextXML},
	renderer.FormatText:        {namePlain},
	renderer.FormatMarkdown:    {nameMarkdown},
}

// Of two formats of equal weight, ours decides, because the order in the header has no meaning. Among names that are listed,
// the one that fewer clients list for no reason comes first: no browser lists Markdown or JSON. Behind a wildcard, the
// document for programs.
var (
	rankListed = [formats]int{
		renderer.FormatMarkdown: 5, renderer.FormatProblemJSON: 4, renderer.FormatHTML: 3, renderer.FormatProblemXML: 2, renderer.FormatText: 1,
	}
	rankWildcard = [formats]int{
		renderer.FormatHTML: 5, renderer.FormatProblemJSON: 4, renderer.FormatText: 3, renderer.FormatProblemXML: 2, renderer.FormatMarkdown: 1,
	}
)

// A Preference is the format that an Accept asks for. htmx sends a mere wildcard and can use nothing but HTML, so a client
// that is htmx has a preference of its own.
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

// A weight is a qvalue in thousandths plus one, so that 0 means "not listed" and 1 means "q=0".
type weight int

// An acceptance is the weight that a list of media ranges gives to each name.
type acceptance struct {
	utf8            [nameCount]weight // ranges with charset=utf-8, the only parameter that our representations have
	plain           [nameCount]weight // ranges without parameters
	withOtherParams [nameCount]weight // ranges with parameters that our representations do not have
}

// read fills a from list. It reports false if the list is to be ignored.
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
	q, hasQ, into := weight(1001), false, &a.plain
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

// equalFold compares s with an ASCII string, without regard to the case of ASCII letters: the other letters that fold to them,
// such as U+212A, are longer.
func equalFold(s, ascii string) bool { return len(s) == len(ascii) && strings.EqualFold(s, ascii) }

// parseWeight reads a qvalue (section 12.4.2). A text that is no number from 0 to 1 counts as 0: a client that we do not
// understand is not sent what it may have excluded. Digits behind the third are ignored, but do not make a zero of another
// number.
func parseWeight(s string) weight {
	whole, fraction, _ := strings.Cut(s, ".")
	if whole+fraction == "" || whole != "" && whole != "0" && whole != "1" || strings.Trim(fraction, "0123456789") != "" {
		return 1
	}
	zero := strings.Trim(fraction, "0") == ""
	if whole == "1" {
		if zero {
			return 1001
		}
		return 1
	}
	thousandths, _ := strconv.Atoi((fraction + "000")[:3])
	if thousandths == 0 && !zero {
		thousandths = 1
	}
	return weight(thousandths + 1)
}

// choose picks the format. That no format is acceptable is no reason to change the status to 406 (section 12.4.1 lets us
// ignore the field, and so does RFC 9457, section 3); then it is one that was not excluded by name, if there is one.
func (a *acceptance) choose(htmx bool) renderer.Format {
	best, bestScore := renderer.FormatNone, 0
	better := func(f renderer.Format, score int) {
		if score > bestScore {
			best, bestScore = f, score
		}
	}
	for f := renderer.FormatHTML; f < formats; f++ {
		w, listed := a.quality(f)
		switch {
		case w <= 1, f == renderer.FormatHTML && !htmx && !a.lists(f): // HTML only for a client that lists it
		case listed:
			better(f, int(w)<<8|1<<4|rankListed[f])
		default:
			better(f, int(w)<<8|rankWildcard[f])
		}
	}
	if best != renderer.FormatNone {
		return best
	}
	// A client that asks for "text/html;level=1" or "application/json;odata=verbose" alone is not asking for what
	// we have, strictly; but nothing is closer to it.
	for f := renderer.FormatHTML; f < formats; f++ {
		for _, n := range satisfies[f] {
			if w := a.withOtherParams[n]; w > 1 && a.exact(n) == 0 {
				better(f, int(w)<<8|rankListed[f])
			}
		}
	}
	if best != renderer.FormatNone {
		return best
	}
	if htmx && !a.excludes(renderer.FormatHTML) {
		return renderer.FormatHTML
	}
	for _, f := range [...]renderer.Format{renderer.FormatProblemJSON, renderer.FormatText, renderer.FormatProblemXML, renderer.FormatMarkdown} {
		if !a.excludes(f) {
			return f
		}
	}
	return renderer.FormatProblemJSON
}

// quality returns the weight of a format, as the most specific range that matches it decides, and whether that is its name.
func (a *acceptance) quality(f renderer.Format) (w weight, listed bool) {
	names := satisfies[f]
	w = a.exact(names[0])
	if w == 0 || f == renderer.FormatHTML && w > 1 {
		// The other names count where the real one is not listed. HTML takes the best of both its names: a browser
		// that puts application/xhtml+xml before text/html means the same page.
		for _, n := range names[1:] {
			w = max(w, a.exact(n))
		}
	}
	if w > 0 {
		return w, true
	}
	typeRange := rangeApplication
	if f == renderer.FormatHTML || f == renderer.FormatText || f == renderer.FormatMarkdown {
		typeRange = rangeText
	}
	if w = a.exact(typeRange); w == 0 {
		w = a.exact(rangeAny)
	}
	return w, false
}

// exact returns the weight of the most specific range for n that our representation matches.
func (a *acceptance) exact(n mediaName) weight {
	if a.utf8[n] > 0 {
		return a.utf8[n]
	}
	return a.plain[n]
}

// lists reports whether the client names the format, with whatever parameters.
func (a *acceptance) lists(f renderer.Format) bool {
	for _, n := range satisfies[f] {
		if a.utf8[n] > 1 || a.plain[n] > 1 || a.withOtherParams[n] > 1 {
			return true
		}
	}
	return false
}

// excludes reports whether the client refuses the format by its name.
func (a *acceptance) excludes(f renderer.Format) bool {
	w, listed := a.quality(f)
	return listed && w == 1
}
