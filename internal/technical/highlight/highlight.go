// Package highlight cuts lines out of Go source and templates, with a class for the colour of each piece.
package highlight

import (
	"bytes"
	"go/scanner"
	gotoken "go/token"
	"strings"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

const maxLineBytes = 500 // shown of one line

// A Piece is a part of a file with one class, by byte offsets.
type Piece struct {
	from, to int
	class    string
}

// A Func is a top-level function of a file.
type Func struct {
	Name     string
	From, To int // offsets; to is len(src) if it does not end
}

// Go finds the pieces and the functions of Go source up to the offset end, and beyond it to the end of the function
// there. It scans from the start, for only so is it known whether a line is inside a raw string or a comment.
//
// A token ends at the next one's offset, never at its own plus the length of its literal: the literal has lost its carriage
// returns, and invalid UTF-8 has another length in it than in the source.
func Go(src []byte, end int) (pieces []Piece, funcs []Func) {
	file := gotoken.NewFileSet().AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, func(gotoken.Position, string) {}, scanner.ScanComments)

	depth := 0
	open := false // funcs' last is not finished
	named := true // and has its name
	receiver := 0 // depth of its receiver's parentheses
	last := Piece{}
	before := gotoken.ILLEGAL // the token before, comments aside
	for {
		pos, tok, lit := s.Scan()
		at := min(file.Offset(pos), len(src))
		if n := len(pieces); last.class != "" {
			last.to = trimSpace(src, last.from, at)
			if last.class == "?" { // an identifier, before what follows was known
				last.class = ""
				if tok == gotoken.LPAREN {
					last.class = report.SpanFunc
				}
			}
			if last.class != "" && last.to > last.from && (n == 0 || pieces[n-1].to <= last.from) {
				pieces = append(pieces, last)
			}
		}
		if tok == gotoken.EOF {
			break
		}
		last = Piece{from: at, class: classOf(tok, lit)}
		switch tok {
		case gotoken.FUNC:
			// Only at the start of a declaration: "type F func()" and "var f = func() {}" have it elsewhere.
			if depth == 0 && !open && (before == gotoken.SEMICOLON || before == gotoken.ILLEGAL) {
				funcs = append(funcs, Func{From: at, To: len(src)})
				open, named, receiver = true, false, 0
			}
		case gotoken.IDENT:
			if open && !named && receiver == 0 {
				funcs[len(funcs)-1].Name, named = lit, true
			}
		case gotoken.LPAREN, gotoken.LBRACK:
			if !named {
				receiver++
			}
		case gotoken.RPAREN, gotoken.RBRACK:
			if !named {
				receiver--
			}
		case gotoken.LBRACE:
			depth++
		case gotoken.RBRACE:
			if depth--; depth <= 0 {
				depth = 0
				if open && named {
					funcs[len(funcs)-1].To = at + 1
					open = false
				}
			}
		case gotoken.SEMICOLON:
			if open && named && depth == 0 { // a function without a body
				funcs[len(funcs)-1].To = at
				open = false
			}
		}
		if tok != gotoken.COMMENT {
			before = tok
		}
		if at > end && !open {
			break
		}
	}
	return pieces, funcs
}

func trimSpace(src []byte, from, to int) int {
	for to > from && (src[to-1] == ' ' || src[to-1] == '\t' || src[to-1] == '\n' || src[to-1] == '\r') {
		to--
	}
	return to
}

func classOf(tok gotoken.Token, lit string) string {
	switch {
	case tok == gotoken.COMMENT:
		return report.SpanComment
	case tok == gotoken.STRING || tok == gotoken.CHAR:
		return report.SpanString
	case tok == gotoken.INT || tok == gotoken.FLOAT || tok == gotoken.IMAG:
		return report.SpanNumber
	case tok.IsKeyword():
		return report.SpanKeyword
	case tok == gotoken.IDENT && predeclared[lit]:
		return report.SpanBuiltin
	case tok == gotoken.IDENT:
		return "?"
	}
	return ""
}

var predeclared = func() map[string]bool {
	set := map[string]bool{}
	for _, s := range strings.Fields(`any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64
		rune string uint uint8 uint16 uint32 uint64 uintptr true false iota nil append cap clear close complex copy delete imag
		len make max min new panic print println real recover`) {
		set[s] = true
	}
	return set
}()

// Template finds actions, comments and tags. It is no HTML parser: what it takes for a tag is merely coloured.
func Template(src []byte, end int) (pieces []Piece) {
	for i := 0; i < len(src) && i <= end; {
		rest := src[i:]
		class, stop := "", ""
		switch {
		case bytes.HasPrefix(rest, []byte("{{/*")), bytes.HasPrefix(rest, []byte("{{- /*")):
			class, stop = report.SpanComment, "}}"
		case bytes.HasPrefix(rest, []byte("{{")):
			class, stop = report.SpanAction, "}}"
		case bytes.HasPrefix(rest, []byte("<!--")):
			class, stop = report.SpanComment, "-->"
		case rest[0] == '<' && len(rest) > 1 && (rest[1] == '/' || rest[1] == '!' || 'a' <= rest[1]|0x20 && rest[1]|0x20 <= 'z'):
			// The tag's name; attributes may hold actions.
			j := 2
			for j < len(rest) && (rest[j] == '-' || '0' <= rest[j] && rest[j] <= '9' || 'a' <= rest[j]|0x20 && rest[j]|0x20 <= 'z') {
				j++
			}
			pieces = append(pieces, Piece{i, i + j, report.SpanTag})
			i += j
			continue
		default:
			j := bytes.IndexAny(rest[1:], "{<")
			if j < 0 {
				return pieces
			}
			i += 1 + j
			continue
		}
		j := bytes.Index(rest, []byte(stop))
		if j < 0 {
			return append(pieces, Piece{i, len(src), class})
		}
		j += len(stop)
		pieces = append(pieces, Piece{i, i + j, class})
		i += j
	}
	return pieces
}

// Lines cuts the lines from first to last out of src. starts has the offset of each line.
func Lines(src []byte, starts []int, pieces []Piece, first, last int, m *mask.Masker) (out []report.Line) {
	next := 0
	for n := first; n <= last && n <= len(starts); n++ {
		from, to := starts[n-1], len(src)
		if n < len(starts) {
			to = starts[n] - 1
		} else if to > from && src[to-1] == '\n' {
			to--
		}
		if to > from && src[to-1] == '\r' {
			to--
		}
		line := report.Line{Number: n}
		if to-from > maxLineBytes {
			cut := from + len(text.Cut(string(src[from:from+maxLineBytes+1]), maxLineBytes))
			line.Trimmed = to - cut
			to = cut
		}
		for next > 0 && pieces[next-1].to > from {
			next--
		}
		at := from
		for k := next; k < len(pieces) && pieces[k].from < to; k++ {
			p := pieces[k]
			if p.to <= from {
				next = k + 1
				continue
			}
			addSpan(&line, "", src[at:max(at, p.from)], m)
			addSpan(&line, p.class, src[max(at, p.from):min(p.to, to)], m)
			at = max(at, min(p.to, to))
		}
		addSpan(&line, "", src[at:to], m)
		out = append(out, line)
	}
	return out
}

func addSpan(l *report.Line, class string, text []byte, m *mask.Masker) {
	if len(text) == 0 {
		return
	}
	s := eachValid(text)
	if m != nil && (class == report.SpanString || class == report.SpanComment) {
		// Somebody may have written a password into the source.
		s = m.Text(s)
	}
	if n := len(l.Spans); n > 0 && l.Spans[n-1].Class == class {
		l.Spans[n-1].Text += s
		return
	}
	l.Spans = append(l.Spans, report.Span{Class: class, Text: s})
}

// eachValid replaces each invalid byte by U+FFFD. strings.ToValidUTF8 would make one of a run, and of a run that two spans
// share two.
func eachValid(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var out strings.Builder
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		out.WriteRune(r) // RuneError for what is invalid
		b = b[n:]
	}
	return out.String()
}

// LineStarts returns the offset at which each line begins.
func LineStarts(src []byte) []int {
	starts := make([]int, 1, 1+bytes.Count(src, []byte{'\n'}))
	for i, c := range src {
		if c == '\n' && i+1 < len(src) {
			starts = append(starts, i+1)
		}
	}
	return starts
}
