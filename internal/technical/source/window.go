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

// The bounds of scanning for colours and functions, in bytes. Beyond them lines are shown plain.
const (
	maxScan     = 2 << 20 // of all files of one Report
	maxScanFile = 1 << 20
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

// scan returns the lines of t. A file is scanned once for each Report.
func (w *Windows) scan(t *File, name string) *highlight.File {
	switch {
	case t.lines != nil:
	case len(t.Content) > min(w.scanLeft, maxScanFile):
		t.lines = highlight.Plain(t.Content)
	default:
		w.scanLeft -= len(t.Content)
		t.lines = highlight.Scan(name, t.Content)
	}
	return t.lines
}

// At makes the Source around a line. function is that of the frame; if it is known and the line stands in another, the
// file is not the one that was compiled.
func (w *Windows) At(t *File, name string, line, column int, function string) *report.Source {
	s := &report.Source{Origin: t.origin, Fresh: t.fresh, Note: t.note, Line: line, Column: column}
	differs := func(why string) *report.Source {
		s.Fresh, s.Note = report.FreshDiffers, "source differs from the running build: "+why
		return s
	}
	if t.fresh == report.FreshDiffers {
		return differs(t.note)
	}
	file := w.scan(t, name)
	switch {
	case line < 1 || line > file.NumLines() && t.fresh == report.FreshVerified:
		return nil // the number comes from a //line directive, or is unknown
	case line > file.NumLines():
		return differs(fmt.Sprintf("it has no line %d", line))
	case file.IsGo && t.fresh != report.FreshVerified && function != "":
		if s.Fresh = encloses(file.Funcs, line, function); s.Fresh == report.FreshDiffers {
			return differs("the line is not in the function that ran")
		}
	}
	s.Lines = file.Lines(max(1, line-w.around), line+w.around, w.mask)
	return s
}

// encloses compares the function around a line with the name that the runtime gave. The name of a closure that was inlined
// into another package's function begins with the name of that function, so any part of it may be the right one.
func encloses(funcs []highlight.Func, line int, function string) string {
	parts := stacks.NameParts(strings.TrimSuffix(function[strings.LastIndexByte(function, '/')+1:], "-fm"))
	inside := false
	for _, f := range funcs {
		switch {
		case line < f.First || line > f.Last:
		case slices.Contains(parts, f.Name) || slices.Contains(parts, f.Name+"[...]"):
			return report.FreshVerified
		case f.Name == "init": // the runtime calls it init.0
			return report.FreshUnknown
		default:
			inside = true
		}
	}
	if !inside && (slices.Contains(parts, "init") || slices.Contains(parts, "glob") || slices.ContainsFunc(parts, stacks.IsClosure)) {
		return report.FreshUnknown // the closure of a package variable
	}
	return report.FreshDiffers
}

// LineOf returns the line at which a file declares a function, with the receiver's type if it is a method; 0 if it does not.
func (w *Windows) LineOf(t *File, file, name, receiver string) int {
	if t.fresh == report.FreshDiffers || !bytes.Contains(t.Content, []byte(name)) {
		return 0
	}
	for _, f := range w.scan(t, file).Funcs {
		if f.Name == name && f.Receiver == receiver {
			return f.First
		}
	}
	return 0
}

// Generated reports whether the file says so, in the form that the go command defines: before the package clause.
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
