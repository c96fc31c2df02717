package source

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/sourcepack"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// A File is a file that was found.
type File struct {
	Content []byte // nil if it is known not to be what was compiled
	scan    *scanned
	origin  string
	Path    string // where it was found, for templates
	fresh   string // FreshVerified or FreshUnknown, or FreshDiffers with a note
	note    string
}

// A Chain asks one place after the other. It never leaves the directories it was given.
type Chain struct {
	sources []Sources
	build   *Build
	disk    bool
	exe     time.Time // when the binary was written; zero if unknown
	devRoot string    // directory of the main module, found from the working directory
	kept    scanCache
}

// file makes the File of content, which was read from where name says.
func (c *Chain) file(content []byte, origin, name string) *File {
	return &File{Content: content, scan: c.kept.put(scanKey{name: origin + "\x00" + name}, content), origin: origin, fresh: report.FreshUnknown}
}

// NewChain returns a Chain that asks sources in turn, and then, if disk is set, the directories that the binary b was built from.
func NewChain(sources []Sources, disk bool, b *Build) *Chain {
	c := &Chain{sources: sources, build: b, disk: disk}
	if disk {
		if exe, err := os.Executable(); err == nil {
			if info, err := os.Stat(exe); err == nil {
				c.exe = info.ModTime()
			}
		}
		if dir, err := os.Getwd(); err == nil {
			for range 12 {
				if moduleAt(dir) == b.Module && b.Module != "" {
					c.devRoot = dir
					break
				}
				dir = filepath.Dir(dir)
			}
		}
	}
	return c
}

// Describe says in a sentence which source is at hand.
func (c *Chain) Describe() string {
	var parts []string
	for _, s := range c.sources {
		if s.pack == nil {
			parts = append(parts, s.name)
			continue
		}
		switch at := s.pack.Revision; {
		case at == "":
			parts = append(parts, "packed, revision unknown")
		case s.pack.Modified:
			parts = append(parts, "packed at "+text.Cut(at, 12)+" with uncommitted changes")
		case c.build.Revision == "":
			parts = append(parts, "packed at "+text.Cut(at, 12)+"; the binary's own revision is unknown")
		case at == c.build.Revision:
			parts = append(parts, "packed at "+text.Cut(at, 12)+", the running revision")
		default:
			parts = append(parts, "packed at "+text.Cut(at, 12)+", which is not the running revision")
		}
	}
	if c.disk {
		parts = append(parts, "disk")
	}
	if len(parts) == 0 {
		return "none: see SourcePack"
	}
	return strings.Join(parts, ", ")
}

// Find returns the file at a spot, or nil.
func (c *Chain) Find(at Place) *File {
	if at.Rel == "" || !sourceName(at.Rel) {
		return nil
	}
	for _, s := range c.sources {
		if s.pack != nil {
			if t := c.fromPack(s.pack, path.Join(at.Module, at.Rel), at.Module); t != nil {
				return t
			}
			continue
		}
		if s.module != "" && s.module == at.Module {
			if b, _, err := readSource(s.fsys, at.Rel); err == nil {
				return c.file(b, s.name, s.module+"/"+at.Rel)
			}
		}
	}
	if !c.disk {
		return nil
	}
	return c.fromDisk(at)
}

func (c *Chain) fromPack(p *sourcepack.Pack, name, module string) *File {
	if module == "" {
		return nil
	}
	kept := c.kept.get(scanKey{p, name})
	if kept == nil {
		b, err := p.Read(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return &File{origin: "pack", fresh: report.FreshDiffers, note: "the source pack is damaged"}
		}
		kept = c.kept.put(scanKey{p, name}, b)
	}
	t := &File{Content: kept.content, scan: kept, origin: "pack", fresh: report.FreshUnknown}
	switch {
	case p.Revision == "" || c.build.Revision == "":
	case p.Revision != c.build.Revision:
		t.fresh, t.note, t.Content = report.FreshDiffers, "the source pack was made of revision "+text.Cut(p.Revision, 12)+", the binary of "+text.Cut(c.build.Revision, 12), nil
	case !p.Modified && !c.build.Modified:
		t.fresh = report.FreshVerified
	}
	return t
}

// List returns the Go files in a directory of a module of the application, from the first source that has any.
func (c *Chain) List(module, dir string) (files []string) {
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
	if c.disk && c.devRoot != "" && module == c.build.Module {
		if root, err := os.OpenRoot(c.devRoot); err == nil {
			inside(root.FS())
			root.Close()
		}
	}
	return files
}
