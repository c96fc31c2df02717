package source

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/technical/highlight"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/stacks"
)

// Windows cuts the windows of one Report out of the files.
type Windows struct {
	around   int // lines shown before and after the line meant
	mask     *mask.Masker
	scanLeft int // bytes of source that may still be scanned
}

// NewWindows returns Windows of around lines before and after the line meant; m masks string literals and comments.
func NewWindows(around int, m *mask.Masker) *Windows {
	return &Windows{around: around, mask: m, scanLeft: maxScan}
}

// At makes the Source around a line. function is that of the frame; if it is known and the line stands in another, the
// file is not the one that was compiled.
func (w *Windows) At(t *File, name string, line, column int, function string) *report.Source {
	s := &report.Source{Origin: t.origin, Fresh: t.fresh, Note: t.note, Line: line, Column: column}
	differs := func(why string) *report.Source {
		s.Fresh, s.Note, s.Lines = report.FreshDiffers, "source differs from the running build: "+why, nil
		return s
	}
	if t.fresh == report.FreshDiffers {
		s.Note = "source differs from the running build: " + t.note
		return s
	}
	src, starts, pieces, funcs, scanned := t.scan.fill(name, &w.scanLeft)
	if line < 1 || line > len(starts) {
		if t.fresh == report.FreshVerified || line < 1 {
			return nil // a //line directive's number, or none
		}
		return differs(fmt.Sprintf("it has no line %d", line))
	}
	first, last := max(1, line-w.around), min(len(starts), line+w.around)
	if scanned && strings.HasSuffix(name, ".go") && t.fresh != report.FreshVerified && function != "" {
		switch encloses(funcs, src, starts, line, function) {
		case report.FreshDiffers:
			return differs("the line is not in the function that ran")
		case report.FreshVerified:
			s.Fresh = report.FreshVerified
		}
	}
	s.Lines = highlight.Lines(src, starts, pieces, first, last, w.mask)
	return s
}

// encloses compares the function around a line with the name that the runtime gave. The name of a closure that was inlined
// into another package's function begins with that one's, so any part of it may be the one.
func encloses(funcs []highlight.Func, src []byte, starts []int, line int, function string) string {
	from, to := starts[line-1], len(src)
	if line < len(starts) {
		to = starts[line]
	}
	parts := stacks.NameParts(strings.TrimSuffix(function[strings.LastIndexByte(function, '/')+1:], "-fm"))
	for _, f := range funcs {
		if f.From < to && f.To > from {
			if slices.Contains(parts, f.Name) || slices.Contains(parts, f.Name+"[...]") {
				return report.FreshVerified
			}
			if f.Name == "init" { // init.0
				return report.FreshUnknown
			}
			if f.From < from || f.To < to { // wholly inside another function
				return report.FreshDiffers
			}
		}
	}
	if slices.Contains(parts, "init") || slices.Contains(parts, "glob") || slices.ContainsFunc(parts, stacks.IsClosure) {
		return report.FreshUnknown // the closure of a package variable
	}
	return report.FreshDiffers
}

// Generated reports whether the file says so, as the convention wants it: before the package clause.
func Generated(src []byte) bool {
	for line := range bytes.Lines(src[:min(len(src), 4<<10)]) {
		l := bytes.TrimRight(line, "\r\n")
		if bytes.HasPrefix(l, []byte("package ")) {
			return false
		}
		if bytes.HasPrefix(l, []byte("// Code generated ")) && bytes.HasSuffix(l, []byte(" DO NOT EDIT.")) {
			return true
		}
	}
	return false
}

// LineOf returns the line at which a file declares a function, with the receiver's type if it is a method; 0 if it does not.
func (w *Windows) LineOf(t *File, file, name, receiver string) int {
	if t.fresh == report.FreshDiffers || !bytes.Contains(t.Content, []byte(name)) {
		return 0
	}
	src, _, _, funcs, _ := t.scan.fill(file, &w.scanLeft)
	for _, fn := range funcs {
		if fn.Name == name && receiverOf(src[fn.From:fn.To], name) == receiver {
			return 1 + bytes.Count(src[:fn.From], []byte{'\n'})
		}
	}
	return 0
}

// receiverOf returns the type of the receiver in a declaration, "" for a function without one.
func receiverOf(decl []byte, name string) string {
	head, _, _ := bytes.Cut(decl[:min(len(decl), 1000)], []byte(name+"("))
	open, shut := bytes.IndexByte(head, '('), bytes.LastIndexByte(head, ')')
	if open < 0 || shut < open {
		return ""
	}
	receiver, _, _ := bytes.Cut(head[open+1:shut], []byte("[")) // without the type parameters
	words := bytes.Fields(receiver)
	if len(words) == 0 {
		return ""
	}
	return string(bytes.TrimLeft(words[len(words)-1], "*"))
}
