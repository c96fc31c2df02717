package source

import (
	"io/fs"
	"path"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// Template finds a template's file by its name, which is usually the last element of its path. If several files fit, none is
// returned: the wrong one would be worse.
func (c *Chain) Template(name string) *File {
	if !sourceName(name) {
		return nil
	}
	for s := range c.withDisk {
		var f *File
		if s.pack != nil {
			f = c.templateInPack(s, name)
		} else {
			f = templateInFS(s, name)
		}
		if f != nil {
			return f
		}
	}
	return nil
}

func (c *Chain) templateInPack(s Sources, name string) *File {
	found := ""
	for file := range s.pack.Files {
		if file != name && !strings.HasSuffix(file, "/"+name) {
			continue
		}
		if found != "" {
			return nil
		}
		found = file
	}
	module := ""
	for _, m := range s.pack.Modules {
		if strings.HasPrefix(found, m+"/") && len(m) > len(module) {
			module = m
		}
	}
	if module == "" {
		return nil
	}
	f := c.fromPack(s.pack, found)
	if f != nil {
		f.Path = strings.TrimPrefix(found, module+"/")
	}
	return f
}

const maxWalked = 5000 // files looked at for a template

// skippedDirs hold no templates of the application.
var skippedDirs = map[string]bool{"node_modules": true, "vendor": true, "testdata": true}

func templateInFS(s Sources, name string) *File {
	found := name
	b, _, err := readSource(s.fsys, name)
	if err != nil {
		files, walked := []string{}, 0
		_ = fs.WalkDir(s.fsys, ".", func(p string, d fs.DirEntry, err error) error {
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
			return nil
		}
		found = files[0]
		b, _, err = readSource(s.fsys, found)
	}
	if err != nil {
		return nil
	}
	return &File{Content: b, Path: found, origin: s.name, fresh: report.FreshUnknown}
}
