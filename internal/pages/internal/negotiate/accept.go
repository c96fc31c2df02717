package negotiate

import (
	"strings"

	"github.com/exceptional-go/exceptional/renderer"
)

// This file reads Accept as RFC 9110, section 12.5.1, says. It is written here because no Go library of 2026 does it:
// they let the first or the best match decide where the RFC lets the most specific range decide, drop the whole header
// for one bad element, or match what q=0 excludes.

// What lies beyond these limits is no request that a browser or a program makes; it is answered as if the field were
// absent, before it has cost anything.
const (
	maxAcceptBytes  = 8 << 10
	maxAcceptRanges = 64
)

// A mediaName is a media type that a client may list and that one of our formats satisfies.
type mediaName uint8

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

	nameUnknown = nameCount
)

// A weight is a qvalue in thousandths plus one, so that zero means "not listed" and one means "q=0".
type weight uint16

// A Preference is the format that an Accept asks for. A client that is htmx sends a mere wildcard and can use nothing but
// HTML, so it has a preference of its own.
type Preference struct{ Format, ForHTMX renderer.Format }

// noPreference answers a request without Accept: a program gets a document for programs. It is tempting to give HTML to
// */*, as most servers do; but fetch, curl and every HTTP library send */* or nothing, and every browser lists
// text/html.
var noPreference = Preference{Format: renderer.FormatProblemJSON, ForHTMX: renderer.FormatHTML}

// readAccept decides what the lines of one Accept field ask for.
func Accept(lines []string) Preference {
	size := 0
	for _, l := range lines {
		size += len(l) + 1
	}
	if size == 0 || size > maxAcceptBytes {
		return noPreference
	}
	list := lines[0]
	if len(lines) > 1 {
		// Joined, not read one by one: a quoted string may be open at the end of a line, and an intermediary that
		// joins the lines (section 5.3) must not change the answer.
		list = strings.Join(lines, ",")
	}
	var a acceptance
	if !a.read(list) {
		return noPreference
	}
	return Preference{Format: a.choose(false), ForHTMX: a.choose(true)}
}

// An acceptance is what a list of media ranges says about each name that concerns us.
type acceptance struct {
	utf8  [nameCount]weight // ranges with charset=utf-8, the only parameter that our representations have
	plain [nameCount]weight // ranges without parameters
	loose [nameCount]weight // ranges with parameters that our representations do not have
}

// read fills a from list. It reports false if the list is to be treated as absent.
func (a *acceptance) read(list string) bool {
	ranges := 0
	for i := 0; i < len(list); {
		switch list[i] {
		case ',', ' ', '\t':
			i++
			continue
		}
		if ranges++; ranges > maxAcceptRanges {
			return false
		}
		i = a.readRange(list, i)
	}
	return ranges > 0
}

// readRange reads the element that begins at i and returns where it ends. A malformed element says nothing.
func (a *acceptance) readRange(list string, i int) int {
	start := i
	for i < len(list) && list[i] != ',' && list[i] != ';' {
		if list[i] == '"' { // there is no string in a media range, but its commas are still not ours
			return skipElement(list, i)
		}
		i++
	}
	name := lookupName(trimOWS(list[start:i]))
	if name == nameUnknown {
		return skipElement(list, i)
	}
	q, seenQ, into := weight(1001), false, &a.plain
	for i < len(list) && list[i] == ';' {
		var key, value string
		var ok bool
		key, value, i, ok = readParameter(list, i+1)
		switch {
		case !ok:
			return skipElement(list, i)
		case key == "":
		case len(key) == 1 && key[0]|0x20 == 'q':
			if !seenQ { // of two, the first is the weight: what followed it was an extension (RFC 7231)
				q, seenQ = parseWeight(value), true
			}
		case EqualFold(key, "charset") && EqualFold(value, "utf-8"):
			if into == &a.plain {
				into = &a.utf8
			}
		default:
			into = &a.loose
		}
	}
	// Two equal ranges: the better one, so that their order says nothing.
	into[name] = max(into[name], q)
	return i
}

// readParameter reads the parameter that begins at i, and returns where the next delimiter is. An empty parameter is
// valid (section 5.6.6); a string that does not end is not.
func readParameter(list string, i int) (key, value string, next int, ok bool) {
	start, eq := i, -1
	for i < len(list) && list[i] != ',' && list[i] != ';' {
		if list[i] == '=' && eq < 0 {
			eq = i
		}
		if list[i] == '"' {
			end := skipString(list, i)
			if end < 0 {
				return "", "", len(list), false
			}
			i = end
			continue
		}
		i++
	}
	if eq < 0 {
		return trimOWS(list[start:i]), "", i, true
	}
	value = trimOWS(list[eq+1 : i])
	if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
		value = value[1 : n-1] // what is escaped in there compares unequal to all that we look for, as it should
	}
	if key = trimOWS(list[start:eq]); key == "" {
		key = "=" // a value without a name is no parameter that we have
	}
	return key, value, i, true
}

// skipElement returns the end of the element that i is in.
func skipElement(list string, i int) int {
	for i < len(list) && list[i] != ',' {
		if list[i] == '"' {
			end := skipString(list, i)
			if end < 0 {
				return len(list)
			}
			i = end
			continue
		}
		i++
	}
	return i
}

// skipString returns the index behind the quoted string that begins at i, or -1 if it does not end.
func skipString(list string, i int) int {
	for i++; i < len(list); i++ {
		switch list[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// lookupName finds the name of a media range. "*" alone is what Java's HttpURLConnection has always sent for "*/*".
func lookupName(s string) mediaName {
	name, want := nameUnknown, ""
	switch len(s) {
	case 1:
		name, want = rangeAny, "*"
	case 3:
		name, want = rangeAny, "*/*"
	case 6:
		name, want = rangeText, "text/*"
	case 8:
		name, want = nameTextXML, "text/xml"
	case 9:
		name, want = nameHTML, "text/html"
	case 10:
		name, want = namePlain, "text/plain"
	case 13:
		if s[12] == '*' {
			name, want = rangeApplication, "application/*"
		} else {
			name, want = nameMarkdown, "text/markdown"
		}
	case 15:
		name, want = nameXML, "application/xml"
	case 16:
		name, want = nameJSON, "application/json"
	case 21:
		name, want = nameXHTML, "application/xhtml+xml"
	case 23:
		name, want = nameProblemXML, "application/problem+xml"
	case 24:
		name, want = nameProblemJSON, "application/problem+json"
	}
	if name == nameUnknown || !EqualFold(s, want) {
		return nameUnknown
	}
	return name
}

// parseWeight reads a qvalue (section 12.4.2). What is no number from 0 to 1 counts as 0: a client that we do not
// understand is not sent what it may have excluded. Digits behind the third say nothing, but do not make a zero of a
// number that is none.
func parseWeight(s string) weight {
	if s == "" {
		return 1
	}
	whole := 0
	if s[0] == '0' || s[0] == '1' {
		whole, s = int(s[0]-'0'), s[1:]
	} else if s[0] != '.' || len(s) == 1 {
		return 1
	}
	if s == "" {
		return weight(whole*1000 + 1)
	}
	if s[0] != '.' {
		return 1
	}
	thousandths, unit, rest := 0, 100, false
	for _, c := range []byte(s[1:]) {
		if c < '0' || c > '9' {
			return 1
		}
		thousandths += int(c-'0') * unit
		rest = rest || unit == 0 && c != '0'
		unit /= 10
	}
	switch {
	case whole == 1 && (thousandths > 0 || rest):
		return 1
	case whole == 0 && thousandths == 0 && rest:
		thousandths = 1
	}
	return weight(whole*1000 + thousandths + 1)
}

// satisfies lists the names under which a client may have asked for a format; the first is what it will be sent.
var satisfies = [formats][]mediaName{
	renderer.FormatHTML:        {nameHTML, nameXHTML},
	renderer.FormatProblemJSON: {nameProblemJSON, nameJSON},
	renderer.FormatProblemXML:  {nameProblemXML, nameXML, nameTextXML},
	renderer.FormatText:        {namePlain},
	renderer.FormatMarkdown:    {nameMarkdown},
}

// Two formats of equal weight: the order in the header has no meaning, so ours decides. Among names that are listed, the
// one that fewer clients list for no reason comes first: no browser lists Markdown or JSON. Behind a wildcard, the
// document for programs.
var (
	rankListed   = [formats]int{renderer.FormatMarkdown: 5, renderer.FormatProblemJSON: 4, renderer.FormatHTML: 3, renderer.FormatProblemXML: 2, renderer.FormatText: 1}
	rankWildcard = [formats]int{renderer.FormatHTML: 5, renderer.FormatProblemJSON: 4, renderer.FormatText: 3, renderer.FormatProblemXML: 2, renderer.FormatMarkdown: 1}
)

// choose picks the format. Nothing acceptable is no reason to change the status to 406 (section 12.4.1 lets us ignore the
// field, and so does RFC 9457, section 3); then it is a format that was not excluded by name, if there is one.
func (a *acceptance) choose(hinted bool) renderer.Format {
	best, bestScore := renderer.FormatNone, 0
	for f := renderer.FormatHTML; f < formats; f++ {
		if f == renderer.FormatHTML && !hinted && !a.lists(renderer.FormatHTML) {
			continue // HTML only for a client that lists it
		}
		w, listed := a.quality(f)
		if w <= 1 {
			continue
		}
		score := int(w) << 8
		if listed {
			score |= 1<<4 | rankListed[f]
		} else {
			score |= rankWildcard[f]
		}
		if score > bestScore {
			best, bestScore = f, score
		}
	}
	if best != renderer.FormatNone {
		return best
	}
	// A client that asks for "text/html;level=1" or "application/json;odata=verbose" alone is not asking for what
	// we have, strictly; but nothing is closer to it.
	for f := renderer.FormatHTML; f < formats; f++ {
		for _, n := range satisfies[f] {
			if score := int(a.loose[n])<<8 | rankListed[f]; a.loose[n] > 1 && a.exact(n) == 0 && score > bestScore {
				best, bestScore = f, score
			}
		}
	}
	if best != renderer.FormatNone {
		return best
	}
	if hinted && !a.excludes(renderer.FormatHTML) {
		return renderer.FormatHTML
	}
	for _, f := range [...]renderer.Format{renderer.FormatProblemJSON, renderer.FormatText, renderer.FormatProblemXML, renderer.FormatMarkdown} {
		if !a.excludes(f) {
			return f
		}
	}
	return renderer.FormatProblemJSON
}

// quality returns the weight of a format, as the most specific range that matches it decides.
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
	switch f {
	case renderer.FormatHTML, renderer.FormatText, renderer.FormatMarkdown:
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
		if a.utf8[n] > 1 || a.plain[n] > 1 || a.loose[n] > 1 {
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

func trimOWS(s string) string {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// EqualFold compares s with a lower-case ASCII string. strings.EqualFold would take U+212A for a k.
func EqualFold(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
