package technical

import (
	"path"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/source"
	"github.com/exceptional-go/exceptional/internal/technical/stacks"
)

// sourceLimits bounds how many frames of a Report have lines of source beside them, by the class of the frame. Most failures are
// mistakes of the application; the other files are one link away.
var sourceLimits = []struct {
	class   string
	windows int
}{{report.ClassApp, 14}, {report.ClassModule, 6}, {report.ClassStd, 2}}

// attachSources puts lines of source beside frames: the application's own first, then the others as far as their source is found.
// All classes together have at most as many as the application's frames may have, so a Report full of those shows no others.
func (c *capture) attachSources() {
	left := sourceLimits[0].windows
	for _, limit := range sourceLimits {
		left = min(left, limit.windows)
		for i := range c.report.Stacks {
			left -= c.attach(c.report.Stacks[i].Frames, limit.class, left)
		}
	}
}

// attach puts lines beside at most max frames of a class, and returns how many it put them beside.
func (c *capture) attach(frames []report.Frame, class string, max int) (attached int) {
	for i := range frames {
		f := &frames[i]
		if attached == max || f.Class != class || f.Source != nil {
			continue
		}
		file := c.find(c.view.paths.Locate(f.File, f.Function), f.Path)
		if file == nil {
			continue
		}
		f.Generated = file.Generated()
		if f.Source = c.window(file, f.Line, 0, f.Function); f.Source != nil {
			attached++
		}
	}
	return attached
}

// window cuts the lines around a line out of a file. The masks are those of the configuration alone: source is not the request's.
func (c *capture) window(f *source.File, line, column int, function string) *report.Source {
	return f.Window(line, column, function, c.view.o.Context, c.view.mask)
}

// find returns the file at a place, nil if it is not found. A file system of the application may do anything, so it is called under
// a limit. name stands in the problem if that fails.
func (c *capture) find(at source.Place, name string) *source.File {
	key := at.Module + "\x00" + at.Rel
	file, seen := c.files[key]
	if seen {
		return file
	}
	file = try(c, "source of "+name, func() *source.File { return c.view.sources.Find(at) })
	c.files[key] = file
	return file
}

// locateHandler adds to f, which has only the name of the function that handled the request, where that function is declared in the
// application's source. It is for errors without a stack. The receiver of a method has to match.
func (c *capture) locateHandler(f *report.Frame) {
	importPath := stacks.PackageOf(f.Function)
	if importPath == "main" {
		importPath = c.view.build.Path
	}
	module, ok := c.view.paths.Own(importPath)
	if !ok {
		return
	}
	f.Class, f.Module = report.ClassApp, module.Module
	parts, _ := stacks.Parts(f.Function)
	name, receiver := parts[len(parts)-1], ""
	if len(parts) > 1 {
		receiver, _, _ = strings.Cut(strings.Trim(parts[len(parts)-2], "(*)"), "[")
	}
	dir := strings.TrimPrefix(strings.TrimPrefix(importPath, module.Module), "/")
	type declaration struct {
		file *source.File
		line int
	}
	found := try(c, "looking for the source of "+f.Function, func() (d declaration) {
		d.file, d.line = c.view.sources.FindFunc(module.Module, dir, name, receiver)
		return d
	})
	if found.file == nil {
		return
	}
	f.Line, f.Path, f.Open = found.line, found.file.Path, true
	f.File = path.Join(module.Module, f.Path)
	f.Source = c.window(found.file, f.Line, 0, "")
	f.Link = c.view.links.Line(module.In(f.Path), f.Line)
}
