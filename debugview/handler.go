package debugview

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// locateHandler finds the function that handled a request by its name alone, in the application's source: an error without a
// stack leaves nothing else to go by. A method's receiver has to be the right one.
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
	name, receiver := parts[len(parts)-1], ""
	if len(parts) > 1 {
		receiver, _, _ = strings.Cut(strings.Trim(parts[len(parts)-2], "(*)"), "[")
	}
	dir := strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
	files, fault := within(&c.allow, c.view.perValue, func() []string { return c.view.sources.list(module, dir) })
	if fault != "" {
		c.problem("looking for the source of %s: %s", f.Function, fault)
	}
	for _, file := range files[:min(len(files), 60)] {
		at := r.ownSpot(module, file)
		t, _ := within(&c.allow, c.view.perValue, func() *text { return c.view.sources.find(at) })
		if t == nil || t.fresh == FreshDiffers || !bytes.Contains(t.content, []byte(name)) {
			continue
		}
		src, _, _, funcs, _ := t.scan.fill(file, &c.scanLeft)
		for _, fn := range funcs {
			if fn.name != name || receiverOf(src[fn.from:fn.to], name) != receiver {
				continue
			}
			f.Line = 1 + bytes.Count(src[:fn.from], []byte{'\n'})
			f.Path = file
			f.File = path.Join(module, file)
			f.Source = c.window(t, file, f.Line, 0, "")
			f.Link = c.view.links.line(at, f.Line)
			f.Open = true
			return
		}
	}
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

// list returns the Go files in a directory of a module of the application, from the first source that has any.
func (c *sourceChain) list(module, dir string) (files []string) {
	add := func(name string) {
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			files = append(files, path.Join(dir, name))
		}
	}
	inside := func(fsys fs.FS) {
		entries, err := fs.ReadDir(fsys, path.Join(".", dir))
		if err != nil {
			return
		}
		for _, e := range entries {
			add(e.Name())
		}
	}
	for _, s := range c.sources {
		switch {
		case s.pack != nil:
			for file := range s.pack.Files {
				if path.Dir(file) == path.Join(module, dir) {
					add(path.Base(file))
				}
			}
		case s.module != "" && s.module == module:
			inside(s.fsys)
		}
		if len(files) > 0 {
			slices.Sort(files)
			return files
		}
	}
	if c.disk && c.devRoot != "" && module == c.build.module {
		if root, err := os.OpenRoot(c.devRoot); err == nil {
			inside(root.FS())
			root.Close()
		}
	}
	return files
}
