package renderer

import (
	"bytes"
	"strings"
)

// A page of a 500 differs from every other one in nothing but the reference, and executing html/template for that costs
// fifty times what sending the page does. So the built-in page is kept as a mold: made with words in the places of the
// reference and the id of the request, which are then put there as bytes. That is safe because it is done only where
// both consist of letters, digits and hyphens, which mean themselves in every context of HTML; anything else goes
// through the template.
const (
	moldReference = "moldReferenceOfThePage"
	moldRequestID = "moldRequestIDOfThePage"
	moldStem      = "moldRe" // both begin so, and one search finds them
)

// moldable are the fields that can be put into a mold.
const moldable = hasReference | hasRequestID

// moldFor returns which words a mold for f has, and whether f can be served from one.
func moldFor(f *facts, uses fieldSet) (fields fieldSet, ok bool) {
	if uses&hasDocument != 0 {
		return 0, false // in a document the reference is a part of other members, too: of the instance, for one
	}
	if shown := f.has & uses; shown == 0 || shown&^moldable != 0 || !plainWord(f.in.Reference) || !plainWord(requestID(f.in)) {
		return 0, false
	}
	if strings.Contains(f.message, moldStem) || strings.Contains(f.title, moldStem) {
		return 0, false
	}
	if f.in.Reference != "" {
		fields |= hasReference
	}
	if requestID(f.in) != "" {
		fields |= hasRequestID
	}
	return fields, true
}

// molded returns what a mold is made from.
func molded(in *Input, fields fieldSet) Input {
	m := Input{Error: in.Error, Status: in.Status, Method: in.Method, Path: in.Path}
	if fields&hasReference != 0 {
		m.Reference = moldReference
	}
	if fields&hasRequestID != 0 {
		m.RequestID = moldRequestID
	}
	return m
}

// cast appends the page that a mold gives with the words of in.
func cast(dst, mold []byte, in *Input) []byte {
	for {
		i := bytes.Index(mold, []byte(moldStem))
		if i < 0 {
			return append(dst, mold...)
		}
		dst = append(dst, mold[:i]...)
		mold = mold[i:]
		switch {
		case bytes.HasPrefix(mold, []byte(moldReference)):
			dst, mold = append(dst, in.Reference...), mold[len(moldReference):]
		case bytes.HasPrefix(mold, []byte(moldRequestID)):
			dst, mold = append(dst, requestID(in)...), mold[len(moldRequestID):]
		default:
			dst, mold = append(dst, moldStem...), mold[len(moldStem):]
		}
	}
}

// requestID is what Page.RequestID is made of.
func requestID(in *Input) string {
	if in.RequestID != "" {
		return in.RequestID
	}
	return in.TraceID
}

// plainWord reports whether s is the same in every context of HTML, and no word of a mold itself.
func plainWord(s string) bool {
	if len(s) > maxWord || strings.HasPrefix(s, "mold") {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
		default:
			return false
		}
	}
	return true
}
