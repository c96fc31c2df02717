package debugview

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// locateHandler finds the function that handled a request by its name alone, in the packed source: an error without a stack
// leaves nothing else to go by.
func (c *capture) locateHandler(f *Frame) {
	r := c.view.paths
	pkg := packageOf(f.Function)
	importPath := pkg
	if pkg == "main" {
		importPath = r.build.path
	}
	module := r.ownModule(importPath)
	if module == "" {
		return
	}
	f.Class, f.Module = ClassApp, module
	parts := splitName(strings.TrimSuffix(f.Function[strings.LastIndexByte(f.Function, '/')+1:], "-fm"))
	parts = parts[1:] // the package
	for len(parts) > 1 && isClosure(parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 0 {
		return
	}
	name := parts[len(parts)-1]
	dir := strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
	for _, s := range c.view.sources.sources {
		if s.pack == nil {
			continue
		}
		files := make([]string, 0, 8)
		for file := range s.pack.Files {
			if path.Dir(file) == path.Join(module, dir) && strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") {
				files = append(files, file)
			}
		}
		slices.Sort(files)
		for _, file := range files[:min(len(files), 60)] {
			t := c.view.sources.fromPack(s.pack, file, module)
			if t == nil || t.fresh == FreshDiffers || !bytes.Contains(t.content, []byte(name)) {
				continue
			}
			src, _, _, funcs, _ := t.scan.fill(file, &c.scanLeft)
			for _, fn := range funcs {
				if fn.name != name {
					continue
				}
				f.Line = 1 + bytes.Count(src[:fn.from], []byte{'\n'})
				f.Path = strings.TrimPrefix(file, module+"/")
				f.File = file
				f.Source = c.window(t, file, f.Line, 0, "")
				f.Link = c.view.links.line(r.ownSpot(module, f.Path), f.Line)
				f.Open = true
				return
			}
		}
	}
}
