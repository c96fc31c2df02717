package source

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// Template finds a template's file by its name, which is usually the last element of its path. If several fit, none is
// shown: the wrong one would be worse.
func (c *Chain) Template(name string) *File {
	if !sourceName(name) {
		return nil
	}
	for _, s := range c.sources {
		if s.pack != nil {
			var found []string
			for file := range s.pack.Files {
				if file == name || strings.HasSuffix(file, "/"+name) {
					found = append(found, file)
				}
			}
			if len(found) != 1 {
				continue
			}
			module := ""
			for _, m := range s.pack.Modules {
				if strings.HasPrefix(found[0], m+"/") && len(m) > len(module) {
					module = m
				}
			}
			if t := c.fromPack(s.pack, found[0], module); t != nil {
				t.Path = strings.TrimPrefix(found[0], module+"/")
				return t
			}
			continue
		}
		if t := c.templateFS(s, name); t != nil {
			return t
		}
	}
	if c.disk && c.devRoot != "" {
		return c.templateOnDisk(name)
	}
	return nil
}

const maxWalked = 5000 // files looked at for a template

func (c *Chain) templateFS(s Sources, name string) *File {
	found := func(file string, content []byte) *File {
		t := c.file(content, s.name, file)
		t.Path = file
		return t
	}
	if b, _, err := readSource(s.fsys, name); err == nil {
		return found(name, b)
	}
	files, walked := []string{}, 0
	_ = fs.WalkDir(s.fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if walked++; walked > maxWalked || len(files) > 1 {
			return fs.SkipAll
		}
		switch {
		case err != nil:
			return nil
		case d.IsDir():
			if base := path.Base(p); p != "." && (strings.HasPrefix(base, ".") || slices.Contains([]string{"node_modules", "vendor", "testdata"}, base)) {
				return fs.SkipDir
			}
		case strings.HasSuffix(p, "/"+name):
			files = append(files, p)
		}
		return nil
	})
	if len(files) != 1 {
		return nil
	}
	b, _, err := readSource(s.fsys, files[0])
	if err != nil {
		return nil
	}
	return found(files[0], b)
}

// templateOnDisk looks below the main module's directory.
func (c *Chain) templateOnDisk(name string) *File {
	root, err := os.OpenRoot(c.devRoot)
	if err != nil {
		return nil
	}
	defer root.Close()
	return c.templateFS(Sources{name: "disk", fsys: root.FS()}, name)
}
