package negotiate

import (
	"slices"
	"strings"
)

// This file reads Accept-Language and looks the language up as RFC 4647, section 3.4, says. golang.org/x/text/language
// is not used: its parser gives up the whole header for one bad element, forgets what q=0 excludes and takes 75 ms for
// 600 KB of commas, and its matcher takes Danish for Norwegian.

// What lies beyond these limits is not read.
const (
	maxLanguageBytes  = 1 << 10
	maxLanguageRanges = 32
)

// MaxLanguages is how many languages there can be to choose from: as many as a set of bits has.
const MaxLanguages = 64

// Languages is the set of languages to choose from. It is immutable.
type Languages struct {
	tags    []string
	index   map[string]int    // by lower-case tag or alias: the place in tags
	covered map[string]uint64 // by lower-case prefix of a tag: the set of tags that a range of that name covers
}

// NewLanguages makes the set of fallback, which is the default, and tags. All are canonical; those beyond MaxLanguages are left out.
func NewLanguages(fallback string, tags []string) *Languages {
	l := &Languages{index: make(map[string]int), covered: make(map[string]uint64)}
	list := []string{fallback}
	if slices.Contains(tags, "en") {
		list = append(list, "en")
	}
	for _, t := range append(list, tags...) {
		key := strings.ToLower(t)
		if _, known := l.index[key]; !known && len(l.tags) < MaxLanguages {
			l.index[key] = len(l.tags)
			l.tags = append(l.tags, t)
		}
	}
	for i, t := range l.tags {
		for prefix := strings.ToLower(t); prefix != ""; prefix = Parent(prefix) {
			l.covered[prefix] |= 1 << i
		}
	}
	for alias, tag := range Aliases {
		i, ok := l.index[strings.ToLower(tag)]
		if _, known := l.index[alias]; ok && !known {
			l.index[alias] = i
			l.covered[alias] |= 1 << i
		}
	}
	// A reader of "pt" is better served by pt-BR than by the default, which lookup by the letter would give.
	for i, t := range l.tags {
		for prefix := Parent(strings.ToLower(t)); prefix != ""; prefix = Parent(prefix) {
			if _, known := l.index[prefix]; !known {
				l.index[prefix] = i
			}
		}
	}
	return l
}

// Tags returns the languages: the default first, then "en", then the others in order.
func (l *Languages) Tags() []string { return l.tags }

// Canonical returns the tag of the set that equals tag, whatever its case, or that it is an alias or a part of.
func (l *Languages) Canonical(tag string) (string, bool) {
	i, ok := l.index[strings.ReplaceAll(strings.ToLower(tag), "_", "-")]
	if !ok {
		return "", false
	}
	return l.tags[i], true
}

// A languageRange is one element of an Accept-Language.
type languageRange struct {
	tag string // in lower case
	q   weight
}

// Choose picks a language for the lines of one Accept-Language field. The result is always one of Tags: nothing that a client
// wrote goes into a file name.
func (l *Languages) Choose(lines []string) string {
	if len(l.tags) == 1 {
		return l.tags[0]
	}
	ranges := readLanguages(lines)
	var refused uint64 // the set of tags that a range with q=0 covers; lookup has the exceptions
	anything := true   // false after "*;q=0": a language that is not listed is refused
	for _, r := range ranges {
		if r.q == excluded {
			refused |= l.covered[r.tag]
			anything = anything && r.tag != "*"
		}
	}
	slices.SortStableFunc(ranges, func(a, b languageRange) int { return int(b.q - a.q) })
	for _, r := range ranges {
		if r.q == excluded {
			break // they are sorted: the rest is excluded, too
		}
		if i := l.lookup(r.tag, ranges, refused); i >= 0 {
			return l.tags[i]
		}
	}
	if anything {
		for i, t := range l.tags {
			if refused&(1<<i) == 0 {
				return t
			}
		}
	}
	return l.tags[0] // everything is refused; an answer that cannot be read is better than none
}

// lookup returns the place of the language that serves a range, or -1: the one of that tag, or of the longest prefix of it. That the
// tag may be refused by another range is checked here, because the more specific of the two decides.
func (l *Languages) lookup(tag string, ranges []languageRange, refused uint64) int {
	for t := tag; t != ""; t = Parent(t) {
		i, ok := l.index[t]
		if !ok {
			continue
		}
		// "de;q=0, de-CH" asks for Swiss German and no other, but a range outranks the refusal of a broader one.
		if refused&(1<<i) != 0 && (t != tag || slices.Contains(ranges, languageRange{t, excluded})) {
			return -1
		}
		return i
	}
	return -1
}

// readLanguages returns the elements of the lines. A malformed element is ignored, and no other with it.
func readLanguages(lines []string) []languageRange {
	ranges := make([]languageRange, 0, maxLanguageRanges)
	size := 0
	for _, line := range lines {
		if size += len(line); size > maxLanguageBytes {
			line = line[:max(0, maxLanguageBytes-(size-len(line)))]
			// The element that the limit cuts in two would say something else than it did.
			line = line[:max(0, strings.LastIndexByte(line, ','))]
		}
		for element := range strings.SplitSeq(line, ",") {
			if len(ranges) == maxLanguageRanges {
				return ranges
			}
			tag, parameters, _ := strings.Cut(element, ";")
			tag = strings.ReplaceAll(strings.Trim(tag, " \t"), "_", "-") // POSIX programs send de_DE
			if !validRange(tag) {
				continue
			}
			r := languageRange{strings.ToLower(tag), fullWeight}
			for p := range strings.SplitSeq(parameters, ";") {
				if key, value, _ := strings.Cut(p, "="); equalFold(strings.Trim(key, " \t"), "q") {
					r.q = parseWeight(strings.Trim(value, " \t"))
					break
				}
			}
			ranges = append(ranges, r)
		}
	}
	return ranges
}

// validRange reports whether tag is a well-formed language range.
func validRange(tag string) bool {
	if len(tag) > maxTagBytes {
		return false
	}
	for subtag := range strings.SplitSeq(tag, "-") {
		if subtag != "*" && (subtag == "" || len(subtag) > 8 || !isAlphanumeric(subtag)) {
			return false
		}
	}
	return true
}

// isAlphanumeric reports whether s consists of ASCII letters and digits.
func isAlphanumeric(s string) bool {
	for _, c := range []byte(s) {
		if (c|0x20 < 'a' || 'z' < c|0x20) && (c < '0' || '9' < c) {
			return false
		}
	}
	return true
}
