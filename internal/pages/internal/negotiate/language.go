package negotiate

import "strings"

// This file reads Accept-Language and looks the language up as RFC 4647, section 3.4, says. golang.org/x/text/language
// is not used: its parser gives up the whole header for one bad element, forgets what q=0 excludes and takes 75 ms for
// 600 KB of commas, and its matcher takes Danish for Norwegian.

// What lies beyond these limits is not read.
const (
	maxLanguageBytes  = 1 << 10
	maxLanguageRanges = 32
)

// MaxLanguages is how many languages there can be to choose from.
const MaxLanguages = 64

// Languages is the set of languages that there are texts or templates in. It is immutable.
type Languages struct {
	tags     []string          // canonical; the default first, then "en", then the others in order
	index    map[string]uint8  // by lower-case tag or alias: the number of a tag plus one
	prefixed map[string]uint64 // by lower-case prefix of a tag: the set of tags that a range of that name covers
}

// NewLanguages makes the set of tags, at most 64. An alias whose tag there is no text in is of no use and left out.
func NewLanguages(fallback string, tags []string) *Languages {
	l := &Languages{index: make(map[string]uint8), prefixed: make(map[string]uint64)}
	add := func(tag string) {
		key := strings.ToLower(tag)
		if l.index[key] != 0 || len(l.tags) == MaxLanguages || len(tag) > MaxTagBytes || tag == "" {
			return
		}
		l.tags = append(l.tags, tag)
		l.index[key] = uint8(len(l.tags))
	}
	add(fallback)
	for _, t := range tags {
		if EqualFold(t, "en") {
			add(t)
		}
	}
	for _, t := range tags {
		add(t)
	}
	for i, t := range l.tags {
		for prefix := strings.ToLower(t); prefix != ""; prefix = Parent(prefix) {
			l.prefixed[prefix] |= 1 << i
		}
	}
	for alias, tag := range Aliases {
		n, key := l.index[strings.ToLower(tag)], strings.ToLower(alias)
		if n == 0 || l.index[key] != 0 {
			continue
		}
		l.index[key] = n
		l.prefixed[key] |= 1 << (n - 1)
	}
	// A reader of "pt" is better served by pt-BR than by the default; lookup by the letter would not find it.
	for i, t := range l.tags {
		for prefix := Parent(strings.ToLower(t)); prefix != ""; prefix = Parent(prefix) {
			if l.index[prefix] == 0 {
				l.index[prefix] = uint8(i + 1)
			}
		}
	}
	return l
}

// Tags returns the languages, canonical: the default first, then "en", then the others in order.
func (l *Languages) Tags() []string { return l.tags }

// Canonical returns the tag of the set that equals tag, whatever its case.
func (l *Languages) Canonical(tag string) (string, bool) {
	n := l.index[strings.ReplaceAll(strings.ToLower(tag), "_", "-")]
	if n == 0 {
		return "", false
	}
	return l.tags[n-1], true
}

// A langRange is one element of an Accept-Language.
type langRange struct {
	tag [MaxTagBytes]byte // in lower case
	len uint8
	q   weight
}

// Choose picks a language for the lines of one Accept-Language field. What it returns is always one of l.tags: nothing
// that a client wrote goes into a file name.
func (l *Languages) Choose(lines []string) string {
	if len(l.tags) == 1 {
		return l.tags[0]
	}
	var ranges [maxLanguageRanges]langRange
	n, size := 0, 0
	for _, line := range lines {
		if size += len(line); size > maxLanguageBytes {
			line = line[:max(0, maxLanguageBytes-(size-len(line)))]
			// The element that the limit cuts in two would say something else than it did.
			line = line[:max(0, strings.LastIndexByte(line, ','))]
		}
		n = readLanguages(line, &ranges, n)
	}
	return l.lookup(ranges[:n])
}

// readLanguages appends the elements of line to ranges, of which n are filled. A malformed element says nothing, and
// takes nothing with it.
func readLanguages(line string, ranges *[maxLanguageRanges]langRange, n int) int {
	for line != "" && n < maxLanguageRanges {
		element := line
		if i := strings.IndexByte(line, ','); i >= 0 {
			element, line = line[:i], line[i+1:]
		} else {
			line = ""
		}
		tag, parameter := element, ""
		if i := strings.IndexByte(element, ';'); i >= 0 {
			tag, parameter = element[:i], element[i+1:]
		}
		if r := &ranges[n]; r.read(trimOWS(tag), parameter) {
			n++
		}
	}
	return n
}

// read reports whether tag is a well-formed language range.
func (r *langRange) read(tag, parameter string) bool {
	if tag == "" || len(tag) > MaxTagBytes {
		return false
	}
	subtag := 0
	for i := range len(tag) {
		c := tag[i]
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			subtag++
		case 'A' <= c && c <= 'Z':
			c |= 0x20
			subtag++
		case c == '*' && subtag == 0 && (i+1 == len(tag) || tag[i+1] == '-' || tag[i+1] == '_'):
			subtag++
		case (c == '-' || c == '_') && subtag > 0 && i+1 < len(tag): // POSIX programs send de_DE
			c, subtag = '-', 0
		default:
			return false
		}
		if subtag > 8 {
			return false
		}
		r.tag[i] = c
	}
	r.len, r.q = uint8(len(tag)), 1001
	for parameter != "" {
		p := parameter
		if i := strings.IndexByte(parameter, ';'); i >= 0 {
			p, parameter = parameter[:i], parameter[i+1:]
		} else {
			parameter = ""
		}
		key, value, _ := strings.Cut(p, "=")
		if EqualFold(trimOWS(key), "q") {
			r.q = parseWeight(trimOWS(value))
			break
		}
	}
	return true
}

// lookup goes through the ranges by weight, and by their order where the weight is the same.
func (l *Languages) lookup(ranges []langRange) string {
	var refused uint64 // the tags that a range with q=0 covers, unless a range that is closer to them wants them
	anything := true   // false: what is not listed is refused
	for i := range ranges {
		if r := &ranges[i]; r.q == 1 {
			if r.len == 1 && r.tag[0] == '*' {
				anything = false
			}
			refused |= l.prefixed[string(r.tag[:r.len])]
		}
	}
	for last := weight(1002); ; {
		next := weight(1)
		for i := range ranges {
			if q := ranges[i].q; q < last && q > next {
				next = q
			}
		}
		if next == 1 {
			break
		}
		last = next
		for i := range ranges {
			if ranges[i].q == next {
				if n := l.match(&ranges[i], ranges, refused); n > 0 {
					return l.tags[n-1]
				}
			}
		}
	}
	if refused == 0 || !anything {
		return l.tags[0]
	}
	for i, t := range l.tags {
		if refused&(1<<i) == 0 {
			return t
		}
	}
	return l.tags[0] // everything is refused; an answer that cannot be read is better than none
}

// match returns the number of the tag that serves r, or 0.
func (l *Languages) match(r *langRange, ranges []langRange, refused uint64) int {
	tag := r.tag[:r.len]
	for len(tag) > 0 {
		if n := int(l.index[string(tag)]); n > 0 {
			if refused&(1<<(n-1)) == 0 || len(tag) == int(r.len) && !refuses(ranges, tag) {
				return n
			}
			return 0
		}
		i := len(tag) - 1
		for i >= 0 && tag[i] != '-' {
			i--
		}
		if i >= 2 && tag[i-2] == '-' {
			i -= 2
		} else if i == 1 {
			i = 0 // i-klingon, x-private
		}
		tag = tag[:max(0, i)]
	}
	return 0
}

// refuses reports whether a range of this very name has q=0. "de;q=0, de-CH" asks for Swiss German and no other.
func refuses(ranges []langRange, tag []byte) bool {
	for i := range ranges {
		if r := &ranges[i]; r.q == 1 && string(r.tag[:r.len]) == string(tag) {
			return true
		}
	}
	return false
}
