package negotiate_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/renderer"
)

// What follows is Accept once more, from the text of RFC 9110 and as naive as can be: regular expressions where the
// package scans, lists of parsed ranges where it has tables, a loop over every range for every format where it reads
// once. FuzzAccept holds one against the other.

type oracleRange struct {
	typ, subtype string
	parameters   map[string]string
	q            float64
}

var (
	oracleElement   = regexp.MustCompile(`^(?:[^,"]|"(?:[^"\\]|\\(?s:.))*")*`)
	oracleParameter = regexp.MustCompile(`^(?:[^;"]|"(?:[^"\\]|\\(?s:.))*")*`)
	oracleQvalue    = regexp.MustCompile(`^(?:0?\.[0-9]+|0\.?|1(?:\.0*)?)$`)
)

// oracleSplit cuts s at the separators that are in no quoted string. It reports whether a string was left open.
func oracleSplit(s string, part *regexp.Regexp) (parts []string, open bool) {
	for {
		m := part.FindString(s)
		rest := s[len(m):]
		if strings.HasPrefix(rest, `"`) {
			return append(parts, s), true
		}
		parts = append(parts, m)
		if rest == "" {
			return parts, false
		}
		s = rest[1:]
	}
}

func oracleParse(header string) (ranges []oracleRange, absent bool) {
	elements, _ := oracleSplit(header, oracleElement)
	count := 0
	for _, e := range elements {
		e = strings.Trim(e, " \t")
		if e == "" {
			continue
		}
		count++
		fields, open := oracleSplit(e, oracleParameter)
		if open {
			continue
		}
		r := oracleRange{q: 1, parameters: map[string]string{}}
		name := strings.Trim(fields[0], " \t")
		if name == "*" {
			name = "*/*"
		}
		typ, subtype, ok := strings.Cut(asciiLower(name), "/")
		if !ok {
			continue
		}
		r.typ, r.subtype = typ, subtype
		weighed := false
		for _, p := range fields[1:] {
			key, value, _ := strings.Cut(p, "=")
			key, value = asciiLower(strings.Trim(key, " \t")), strings.Trim(value, " \t")
			if key == "" && !strings.Contains(p, "=") {
				continue
			}
			if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
				value = value[1 : len(value)-1]
			}
			if key != "q" {
				r.parameters[key] = asciiLower(value)
			} else if !weighed {
				weighed, r.q = true, 0
				if oracleQvalue.MatchString(value) {
					r.q, _ = strconv.ParseFloat(strings.TrimSuffix("0"+value, "."), 64)
					if thousandths := float64(int(r.q*1000 + 1e-9)); thousandths > 0 || r.q == 0 {
						r.q = thousandths / 1000
					} else {
						r.q = 0.001
					}
				}
			}
		}
		ranges = append(ranges, r)
	}
	return ranges, count == 0 || count > 64 || len(header)+1 > 8<<10
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// precedence is how specific a range is for a media type, 0 if it does not match. Our representations have the charset
// utf-8 and no other parameter.
func (r oracleRange) precedence(typ, subtype string) int {
	p := 0
	switch {
	case r.typ == typ && r.subtype == subtype:
		p = 3
	case r.typ == typ && r.subtype == "*":
		p = 2
	case r.typ == "*" && r.subtype == "*":
		p = 1
	default:
		return 0
	}
	switch {
	case len(r.parameters) == 0:
		return p * 2
	case len(r.parameters) == 1 && r.parameters["charset"] == "utf-8":
		return p*2 + 1
	}
	return 0
}

type oracleOffer struct {
	format         renderer.Format
	names          []string
	listed, behind int // its place among equals that are listed, and among equals behind a wildcard
}

var oracleOffers = []oracleOffer{
	{html, []string{"text/html", "application/xhtml+xml"}, 3, 1},
	{pjs, []string{"application/problem+json", "application/json"}, 2, 2},
	{pxml, []string{"application/problem+xml", "application/xml", "text/xml"}, 4, 4},
	{text, []string{"text/plain"}, 5, 3},
	{md, []string{"text/markdown"}, 1, 5},
}

// best is the weight that the most specific matching range gives to a media type; of equals, the greatest.
func best(ranges []oracleRange, name string, atLeast int) (q float64, found bool) {
	typ, subtype, _ := strings.Cut(name, "/")
	top := 0
	for _, r := range ranges {
		p := r.precedence(typ, subtype)
		if p < atLeast || p == 0 || p < top {
			continue
		}
		if p > top {
			top, q = p, r.q
		}
		q = max(q, r.q)
	}
	return q, top > 0
}

func (o oracleOffer) weight(ranges []oracleRange) (q float64, listed bool) {
	const exact = 6
	q, listed = best(ranges, o.names[0], exact)
	if !listed || o.format == html && q > 0 {
		for _, alias := range o.names[1:] {
			if other, ok := best(ranges, alias, exact); ok {
				q, listed = max(q, other), true
			}
		}
	}
	if listed {
		return q, true
	}
	q, _ = best(ranges, o.names[0], 0)
	return q, false
}

func oracle(header string, hinted bool) renderer.Format {
	ranges, absent := oracleParse(header)
	if absent {
		if hinted {
			return html
		}
		return pjs
	}
	names := func(o oracleOffer, r oracleRange) bool { return slices.Contains(o.names, r.typ+"/"+r.subtype) }

	type candidate struct {
		format renderer.Format
		q      float64
		listed bool
		place  int
	}
	var candidates []candidate
	for _, o := range oracleOffers {
		if o.format == html && !hinted && !slices.ContainsFunc(ranges, func(r oracleRange) bool { return names(o, r) && r.q > 0 }) {
			continue
		}
		q, listed := o.weight(ranges)
		c := candidate{o.format, q, listed, o.behind}
		if listed {
			c.place = o.listed
		}
		if q > 0 {
			candidates = append(candidates, c)
		}
	}
	if len(candidates) == 0 { // whatever comes closest: the right type with the wrong parameters
		for _, o := range oracleOffers {
			for _, name := range o.names {
				if _, listed := best(ranges, name, 6); listed {
					continue
				}
				for _, r := range ranges {
					if r.typ+"/"+r.subtype == name && r.q > 0 && r.precedence(r.typ, r.subtype) == 0 {
						candidates = append(candidates, candidate{o.format, r.q, true, o.listed})
					}
				}
			}
		}
	}
	if len(candidates) == 0 { // whatever is not refused by its name
		fallbacks := []renderer.Format{pjs, text, pxml, md}
		if hinted {
			fallbacks = append([]renderer.Format{html}, fallbacks...)
		}
		for _, f := range fallbacks {
			for _, o := range oracleOffers {
				if _, listed := o.weight(ranges); o.format == f && !listed {
					return f
				}
			}
		}
		return pjs
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int {
		switch {
		case a.q != b.q:
			if a.q > b.q {
				return -1
			}
			return 1
		case a.listed != b.listed:
			if a.listed {
				return -1
			}
			return 1
		}
		return a.place - b.place
	})
	return candidates[0].format
}

// TestAccept_oracle: the oracle passes the RFC's cases itself.
func TestAccept_oracle(t *testing.T) {
	for _, tt := range rfcCases {
		if got := oracle(strings.Join(tt.accept, ","), false); got != tt.want {
			t.Errorf("%s: the oracle says %v, want %v", tt.name, got, tt.want)
		}
	}
}

func FuzzAccept(f *testing.F) {
	for _, tt := range rfcCases {
		f.Add(strings.Join(tt.accept, ","))
	}
	for _, s := range []string{chrome, firefox, `text/html;a="b`, "text/html;q=00.5", "*", "text/html;;q=1;x", "text/html;Q=.5;charset=UTF-8", `a;b="\"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		for _, hinted := range []bool{false, true} {
			want := oracle(header, hinted)
			if got := read([]string{header}, hinted); got != want {
				t.Errorf("%q, hinted %v: %v, the oracle says %v", header, hinted, got, want)
			}
		}
	})
}

// TestAccept_combinations holds the two against each other on every pair and many triples of elements.
func TestAccept_combinations(t *testing.T) {
	var elements []string
	for _, name := range []string{"text/html", "application/xhtml+xml", "application/json", "application/problem+json", "application/xml", "text/plain", "text/markdown", "text/*", "application/*", "*/*", "image/png"} {
		for _, q := range []string{"", ";q=0", ";q=0.5", ";level=1", ";charset=utf-8;q=0.7"} {
			elements = append(elements, name+q)
		}
	}
	check := func(header string) {
		for _, hinted := range []bool{false, true} {
			if got, want := read([]string{header}, hinted), oracle(header, hinted); got != want {
				t.Fatalf("%q, hinted %v: %v, the oracle says %v", header, hinted, got, want)
			}
		}
	}
	for i, a := range elements {
		check(a)
		for j, b := range elements {
			check(a + "," + b)
			check(a + ", " + b + ", " + elements[(i*7+j*13)%len(elements)])
		}
	}
}
