package page

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// maxFrames bounds how many frames are shown of all stacks together; a Report may hold as many of each stack.
const maxFrames = 100

// A stack is a Stack of the Report as the page shows it: runs of frames that are not the application's are folded.
type stack struct {
	report.Stack
	ID         string
	ErrorHref  string // link to the error that carries it; empty if the page has only that error
	Groups     []*group
	LeftOut    string // "3 more frames left out"
	SharedText string // "3 frames as in panic"
	SharedHref string
}

// A group is a run of frames that all belong to the application, or all do not. The latter are folded. They stay in their place,
// because the order of the calls matters.
type group struct {
	Folded, Open bool
	Frames       []frame
}

// A frame is a Frame of the Report at its place on the page.
type frame struct {
	report.Frame
	ID      string
	Culprit bool // its line most likely caused the failure
}

// StackList returns the stacks as the page shows them.
func (p *page) StackList() (out []*stack) {
	left := maxFrames
	for i, s := range p.Stacks {
		st := &stack{Stack: s, ID: stackID(i)}
		if len(p.Errors) > 1 && s.Node >= 0 {
			st.ErrorHref = "#" + errorID(s.Node)
		}
		n := min(len(s.Frames), left)
		left -= n
		for j, f := range s.Frames[:n] {
			st.add(frame{f, st.ID + "-" + strconv.Itoa(j), i == p.Summary.Stack && j == p.Summary.Frame})
		}
		if len(st.Groups) == 1 && st.Groups[0].Folded {
			st.Groups[0].Open = true // there is nothing else to read
		}
		if elided := s.Elided + len(s.Frames) - n; elided > 0 {
			st.LeftOut = count(elided, "more frame") + " left out"
		}
		if s.Shared > 0 {
			st.SharedText = count(s.Shared, "frame") + " as in " + p.Stacks[s.SharedWith].Title
			st.SharedHref = "#" + stackID(s.SharedWith)
		}
		out = append(out, st)
	}
	return out
}

// add appends f to the last group, or begins one where the application's code begins or ends.
func (s *stack) add(f frame) {
	folded := f.Class != report.ClassApp
	if n := len(s.Groups); n == 0 || s.Groups[n-1].Folded != folded {
		s.Groups = append(s.Groups, &group{Folded: folded})
	}
	g := s.Groups[len(s.Groups)-1]
	g.Frames = append(g.Frames, f)
	g.Open = g.Open || f.Culprit
}

// Label names the modules of a folded group: "3 frames · github.com/labstack/echo/v4, net/http".
func (g *group) Label() string {
	var origins []string
	for _, f := range g.Frames {
		if origin := cmp.Or(f.Module, f.Pkg, f.Class); !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	if len(origins) > 3 {
		origins = append(origins[:3], "…")
	}
	return count(len(g.Frames), "frame") + " · " + strings.Join(origins, ", ")
}

// Location is file and line in one piece, so that a text search finds it: "internal/orders/store.go:42".
func (f frame) Location() string { return location(cmp.Or(f.Path, f.File), f.Line) }

// EditorFile is the frame's file if it is an absolute path, by which an editor finds it.
func (f frame) EditorFile() string {
	if name := f.File; strings.HasPrefix(name, "/") || len(name) > 2 && name[1] == ':' && (name[2] == '/' || name[2] == '\\') {
		return name
	}
	return ""
}

// Repeat says how often a recursion went through the frame, "" if it did not.
func (f frame) Repeat() string {
	switch {
	case f.Repeats == 0:
		return ""
	case f.Cycle > 1:
		return fmt.Sprintf("× %d more, with the %s below", f.Repeats, count(f.Cycle-1, "frame"))
	}
	return fmt.Sprintf("× %d more", f.Repeats)
}

// Culprit returns the frame whose line most likely caused the failure, with two lines of source on each side. It is nil if no
// stack is known.
func (p *page) Culprit() *frame {
	s := p.Summary
	if s.Stack < 0 || len(p.Stacks) == 0 {
		return nil
	}
	f := frame{Frame: p.Stacks[s.Stack].Frames[s.Frame], Culprit: true}
	if f.Source != nil {
		near := *f.Source // the section below shows all lines of the same Source
		near.Lines = slices.DeleteFunc(slices.Clone(near.Lines), func(l report.Line) bool {
			return l.Number < near.Line-2 || l.Number > near.Line+2
		})
		f.Source = &near
	}
	return &f
}

// A templateError is a TemplateError of the Report with the main module, to which its file belongs.
type templateError struct {
	report.TemplateError
	module string
}

// TemplateErrors returns the failures inside templates; the first stands above the fold.
func (p *page) TemplateErrors() (out []templateError) {
	for _, t := range p.Template {
		out = append(out, templateError{t, p.Build.Module})
	}
	return out
}

// Location is file, line and column.
func (t templateError) Location() string {
	return location(location(cmp.Or(t.Path, t.Name), t.Line), t.Column)
}

// Frame is the template's place as one of the application's code, for the link to the editor.
func (t templateError) Frame() frame {
	return frame{Frame: report.Frame{Path: t.Path, Line: t.Line, Module: t.module, Class: report.ClassApp}}
}
