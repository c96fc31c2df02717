package source

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/technical/highlight"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/stacks"
)

// maxScan is the size of the largest file that is searched for colours and functions. The lines of others, which a program wrote,
// are shown plain.
const maxScan = 512 << 10

// scan returns the lines of f. The file is scanned when its lines are first needed.
func (f *File) scan() *highlight.File {
	switch {
	case f.lines != nil:
	case len(f.content) > maxScan:
		f.lines = highlight.Uncoloured(f.content)
	default:
		f.lines = highlight.Scan(f.Path, f.content)
	}
	return f.lines
}

// Window cuts a line of f out, with around lines before and after it. m masks string literals and comments. It returns nil if the line
// number means nothing.
//
// A wrong line is worse than none: if the file may not be the one that was compiled, a Source without Lines says so. Unless the
// revision has already proved it, the function of the frame does: it has to be the one around the line.
func (f *File) Window(line, column int, function string, around int, m *mask.Masker) *report.Source {
	s := &report.Source{Origin: f.origin, Fresh: f.fresh, Line: line, Column: column}
	differs := func(why string) *report.Source {
		s.Fresh, s.Note = report.FreshDiffers, "source differs from the running build: "+why
		return s
	}
	if f.fresh == report.FreshDiffers {
		return differs(f.note)
	}
	file := f.scan()
	switch {
	case line < 1 || line > file.NumLines() && f.fresh == report.FreshVerified:
		return nil // the number comes from a //line directive, or is unknown
	case line > file.NumLines():
		return differs(fmt.Sprintf("it has no line %d", line))
	case file.IsGo && f.fresh != report.FreshVerified && function != "":
		if s.Fresh = encloses(file.Funcs, line, function); s.Fresh == report.FreshDiffers {
			return differs("the line is not in the function that ran")
		}
	}
	s.Lines = file.Lines(max(1, line-around), line+around, m)
	return s
}

// encloses compares the function around a line with the name that the runtime gave. The name of a closure that was inlined
// into another package's function begins with the name of that function, so any part of it may be the right one.
func encloses(funcs []highlight.Func, line int, function string) string {
	named, closure := stacks.Parts(function)
	parts := slices.Concat(named, closure)
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

// lineOf returns the line at which a file declares a function, 0 if it does not.
func (f *File) lineOf(name, receiver string) int {
	if !bytes.Contains(f.content, []byte(name)) {
		return 0
	}
	for _, fn := range f.scan().Funcs {
		if fn.Name == name && fn.Receiver == receiver {
			return fn.First
		}
	}
	return 0
}

// Generated reports whether the file says so, in the form that the go command defines: before the package clause.
func (f *File) Generated() bool {
	for line := range bytes.Lines(f.content[:min(len(f.content), 4<<10)]) {
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
