// Package highlight cuts lines out of Go source and templates, with a class for the colour of each piece.
//
// Read highlight.go first: a [File] and its lines. golang.go finds the pieces and the functions of Go source.
package highlight

import (
	"bytes"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

const maxLineBytes = 500 // shown of one line

// A File is the text of a source file, divided into lines and coloured pieces.
type File struct {
	IsGo   bool // it was scanned as Go source
	Funcs  []Func
	src    []byte
	starts []int   // the offset of each line
	pieces []piece // in order, without overlap; text between them has no colour
}

// A Func is a top-level function of a file.
type Func struct {
	Name        string
	Receiver    string // the type, without * and type parameters
	First, Last int    // lines
}

// A piece is a part of a file with one class, by byte offsets.
type piece struct {
	from, to int
	class    string
}

// Uncoloured returns a File without colours and functions.
func Uncoloured(content []byte) *File {
	src := bytes.TrimPrefix(content, []byte("\uFEFF"))
	f := &File{src: src, starts: []int{0}}
	for i, c := range src {
		if c == '\n' && i+1 < len(src) {
			f.starts = append(f.starts, i+1)
		}
	}
	return f
}

// Scan returns a File with colours, in the language that the name's ending tells: Go, assembly and grammars (no colours), and
// templates for all other names.
func Scan(name string, content []byte) *File {
	f := Uncoloured(content)
	switch {
	case strings.HasSuffix(name, ".go"):
		f.scanGo()
	case !strings.HasSuffix(name, ".s") && !strings.HasSuffix(name, ".y"):
		f.scanTemplate()
	}
	return f
}

// templatePiece matches comments, actions and the names of tags. It is no HTML parser: anything that looks like a tag is coloured.
var templatePiece = regexp.MustCompile(`(?is)(?P<comment>\{\{(?:- )?/\*.*?(?:\}\}|\z)|<!--.*?(?:-->|\z))|(?P<action>\{\{.*?(?:\}\}|\z))|<[/!a-z][a-z0-9-]*`)

// scanTemplate finds the pieces of a template.
func (f *File) scanTemplate() {
	for _, m := range templatePiece.FindAllSubmatchIndex(f.src, -1) {
		class := report.SpanTag
		switch {
		case m[2] >= 0:
			class = report.SpanComment
		case m[4] >= 0:
			class = report.SpanAction
		}
		f.pieces = append(f.pieces, piece{m[0], m[1], class})
	}
}

// NumLines returns the number of lines.
func (f *File) NumLines() int { return len(f.starts) }

// Lines returns the lines from first to last. m masks strings and comments, which may hold passwords.
func (f *File) Lines(first, last int, m *mask.Masker) (lines []report.Line) {
	for n := first; n <= min(last, len(f.starts)); n++ {
		from, to := f.starts[n-1], len(f.src)
		if n < len(f.starts) {
			to = f.starts[n]
		}
		content := bytes.TrimSuffix(bytes.TrimSuffix(f.src[from:to], []byte("\n")), []byte("\r"))
		shown := len(content)
		if shown > maxLineBytes {
			shown = len(text.Cut(string(content[:maxLineBytes+1]), maxLineBytes))
		}
		line := report.Line{Number: n, Trimmed: len(content) - shown}
		line.Spans = f.spans(from, from+shown, m)
		lines = append(lines, line)
	}
	return lines
}

// spans divides the bytes from from to to, which are within one line, into coloured spans. A piece that begins on an earlier line or
// ends on a later one, such as a raw string, is cut to the line.
func (f *File) spans(from, to int, m *mask.Masker) (spans []report.Span) {
	add := func(class string, upTo int) {
		if upTo = min(upTo, to); upTo <= from {
			return
		}
		s := validText(f.src[from:upTo])
		if m != nil && (class == report.SpanString || class == report.SpanComment) {
			s = m.Text(s)
		}
		if n := len(spans); n > 0 && spans[n-1].Class == class {
			spans[n-1].Text += s
		} else {
			spans = append(spans, report.Span{Class: class, Text: s})
		}
		from = upTo
	}
	next := sort.Search(len(f.pieces), func(i int) bool { return f.pieces[i].to > from })
	for _, p := range f.pieces[next:] {
		if p.from >= to {
			break
		}
		add("", p.from)
		add(p.class, p.to)
	}
	add("", to)
	return spans
}

// validText replaces each invalid byte by U+FFFD. strings.ToValidUTF8 would make one of a run of them, but two of a run that
// two spans share.
func validText(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return string(bytes.Runes(b))
}
