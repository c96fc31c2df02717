package source

import (
	"io/fs"
	"path"
	"strings"
)

const maxWalked = 10_000 // files of one source that are looked at for a template

// Template finds a template's file by its name, which is usually the last element of its path. If several files fit, none is
// returned: the wrong one would be worse.
func (c *Chain) Template(name string) *File {
	for s := range c.withDisk {
		f := c.file(s, s.fsys, name)
		if f == nil {
			f = c.file(s, s.fsys, onlyFile(s.fsys, name))
		}
		if f != nil && s.pack != nil {
			f.Path = inModule(s.pack.Modules, f.Path)
		}
		if f != nil {
			return f
		}
	}
	return nil
}

// inModule returns the name of a file in a pack relative to its module, which is the one with the longest path that fits.
func inModule(modules []string, file string) string {
	rel := file
	for _, m := range modules {
		if after, ok := strings.CutPrefix(file, m+"/"); ok && len(after) < len(rel) {
			rel = after
		}
	}
	return rel
}

// skippedDirs hold no templates of the application.
var skippedDirs = map[string]bool{"node_modules": true, "vendor": true, "testdata": true}

// onlyFile returns the path of the only file in fsys that ends with /name, "" if there is none or more than one.
func onlyFile(fsys fs.FS, name string) string {
	var files []string
	walked := 0
	_ = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		base := path.Base(p)
		switch walked++; {
		case walked > maxWalked || len(files) > 1:
			return fs.SkipAll
		case err != nil:
		case d.IsDir() && p != "." && (strings.HasPrefix(base, ".") || skippedDirs[base]):
			return fs.SkipDir
		case !d.IsDir() && strings.HasSuffix(p, "/"+name):
			files = append(files, p)
		}
		return nil
	})
	if len(files) != 1 {
		return ""
	}
	return files[0]
}
