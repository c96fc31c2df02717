package highlight

import (
	"bytes"
	"go/scanner"
	"go/token"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// scanGo finds the pieces and the functions of Go source. It scans the whole file, because a line may be inside a raw string or
// comment that begins much earlier. A parser is not needed for functions alone, and would fail for a file that is being edited.
//
// A token ends where the next one begins, not after the length of its literal: carriage returns are dropped from literals, and
// invalid UTF-8 has another length in them than in the source.
func (f *File) scanGo() {
	file := token.NewFileSet().AddFile("", -1, len(f.src))
	var s scanner.Scanner
	s.Init(file, f.src, func(token.Position, string) {}, scanner.ScanComments)
	functions := funcFinder{lines: len(f.starts)}
	last := piece{}
	for {
		pos, tok, lit := s.Scan()
		at := min(file.Offset(pos), len(f.src))
		if last.class == identifier {
			last.class = ""
			if tok == token.LPAREN {
				last.class = report.SpanFunc
			}
		}
		last.to = last.from + len(bytes.TrimRight(f.src[last.from:at], " \t\r\n"))
		if last.class != "" && last.to > last.from {
			f.pieces = append(f.pieces, last)
		}
		if tok == token.EOF {
			break
		}
		last = piece{from: at, class: classOf(tok, lit)}
		if tok != token.COMMENT {
			functions.next(tok, lit, file.PositionFor(pos, false).Line)
		}
	}
	f.IsGo, f.Funcs = true, functions.found
}

// identifier is the class of an identifier until the next token shows whether it is called.
const identifier = "?"

// classOf returns the class of a token, [identifier] if that depends on the next one.
func classOf(tok token.Token, lit string) string {
	switch {
	case tok == token.COMMENT:
		return report.SpanComment
	case tok == token.STRING || tok == token.CHAR:
		return report.SpanString
	case tok == token.INT || tok == token.FLOAT || tok == token.IMAG:
		return report.SpanNumber
	case tok.IsKeyword():
		return report.SpanKeyword
	case tok == token.IDENT && predeclared[lit]:
		return report.SpanBuiltin
	case tok == token.IDENT:
		return identifier
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

// A funcFinder finds the top-level functions in a sequence of tokens: it counts braces, and reads the name and the receiver between
// the keyword and the parameters.
type funcFinder struct {
	found  []Func
	lines  int // of the file
	before token.Token
	open   bool // the last of found has not ended
	named  bool // its name has been seen
	parens int  // that are open before its name: those of the receiver and its type parameters
	braces int  // that are open
}

// next takes the next token, which stands on this line.
func (f *funcFinder) next(tok token.Token, lit string, line int) {
	// Only at the start of a declaration: "type F func()" and "var f = func() {}" have the keyword elsewhere.
	declares := f.before == token.SEMICOLON || f.before == token.ILLEGAL
	f.before = tok
	switch {
	case tok == token.LBRACE:
		f.braces++
	case tok == token.RBRACE:
		f.braces = max(0, f.braces-1)
	case tok == token.FUNC && declares && f.braces == 0 && !f.open:
		f.found = append(f.found, Func{First: line, Last: f.lines})
		f.open, f.named, f.parens = true, false, 0
	case f.open && !f.named:
		f.header(tok, lit)
	}
	// A function without a body ends with the semicolon.
	if (tok == token.RBRACE || tok == token.SEMICOLON) && f.open && f.named && f.braces == 0 {
		f.found[len(f.found)-1].Last = line
		f.open = false
	}
}

// header reads "(s *Store[T]) Load".
func (f *funcFinder) header(tok token.Token, lit string) {
	current := &f.found[len(f.found)-1]
	switch tok {
	case token.LPAREN, token.LBRACK:
		f.parens++
	case token.RPAREN, token.RBRACK:
		f.parens--
	case token.IDENT:
		switch f.parens {
		case 0:
			current.Name, f.named = lit, true
		case 1:
			current.Receiver = lit // the last one stands: a name comes before the type
		}
	}
}
