package technical

import (
	"path"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/source"
	"github.com/exceptional-go/exceptional/internal/technical/stacks"
)

const maxSources = 14 // windows of one Report

// attachSources puts lines beside the frames that are worth it: the application's own first, then the others as far as their
// source is at hand.
func (c *capture) attachSources() {
	files := sourceFiles{capture: c, found: map[string]*source.File{}}
	left := maxSources
	for _, class := range []string{report.ClassApp, report.ClassModule, report.ClassStd} {
		// Files of others are long, rarely to blame, and one link away.
		switch class {
		case report.ClassModule:
			left = min(left, 6)
		case report.ClassStd:
			left = min(left, 2)
		}
		for i := range c.report.Stacks {
			windows := left
			if i > 0 {
				windows = min(left, 3) // the first stack matters most
			}
			left -= files.attach(c.report.Stacks[i].Frames, class, windows)
		}
	}
}

// sourceFiles are the files of one Report, each read once.
type sourceFiles struct {
	*capture
	found map[string]*source.File // nil for a file that is not at hand
}

// attach puts lines beside at most max frames of a class, and returns how many it did.
func (s *sourceFiles) attach(frames []report.Frame, class string, max int) (attached int) {
	for i := range frames[:min(len(frames), 41)] {
		f := &frames[i]
		if attached == max {
			break
		}
		if f.Class != class || f.Source != nil {
			continue
		}
		at := s.view.paths.Locate(f.File, f.Function)
		file := s.find(at, f.Path)
		if file == nil {
			continue
		}
		f.Generated = source.Generated(file.Content)
		if f.Source = s.windows.At(file, at.Rel, f.Line, 0, f.Function); f.Source != nil {
			attached++
		}
	}
	return attached
}

func (s *sourceFiles) find(at source.Place, shownAs string) *source.File {
	key := at.Module + "\x00" + at.Rel
	file, seen := s.found[key]
	if seen {
		return file
	}
	file, fault := within(s.capture, s.view.perValue, func() *source.File { return s.view.sources.Find(at) })
	if fault != "" {
		s.problem("source of %s: %s", shownAs, fault)
	}
	s.found[key] = file
	return file
}

// locateHandler finds the function that handled a request by its name alone, in the application's source: an error without a
// stack leaves nothing else to go by. A method's receiver has to be the right one.
func (c *capture) locateHandler(f *report.Frame) {
	r := c.view.paths
	pkg := stacks.PackageOf(f.Function)
	importPath := pkg
	if pkg == "main" {
		importPath = c.view.build.Path
	}
	module := r.OwnModule(importPath)
	if module == "" {
		return
	}
	f.Class, f.Module = report.ClassApp, module
	parts := stacks.NameParts(strings.TrimSuffix(f.Function[strings.LastIndexByte(f.Function, '/')+1:], "-fm"))
	parts = parts[1:] // the package
	for len(parts) > 1 && stacks.IsClosure(parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 0 {
		return
	}
	name, receiver := parts[len(parts)-1], ""
	if len(parts) > 1 {
		receiver, _, _ = strings.Cut(strings.Trim(parts[len(parts)-2], "(*)"), "[")
	}
	dir := strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
	files, fault := within(c, c.view.perValue, func() []string { return c.view.sources.List(module, dir) })
	if fault != "" {
		c.problem("looking for the source of %s: %s", f.Function, fault)
	}
	for _, file := range files[:min(len(files), 60)] {
		at, _ := r.Place(module, file)
		t, _ := within(c, c.view.perValue, func() *source.File { return c.view.sources.Find(at) })
		if t == nil {
			continue
		}
		if line := c.windows.LineOf(t, file, name, receiver); line > 0 {
			f.Line = line
			f.Path = file
			f.File = path.Join(module, file)
			f.Source = c.windows.At(t, file, f.Line, 0, "")
			f.Link = c.view.links.Line(at, f.Line)
			f.Open = true
			return
		}
	}
}
