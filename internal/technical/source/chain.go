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
	"github.com/exceptional-go/exceptional/internal/technical/highlight"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// A File is a file that was found for one Report.
type File struct {
	Content []byte // nil if it is known not to be what was compiled
	Path    string // where it was found, for templates
	origin  string
	fresh   string // FreshVerified or FreshUnknown, or FreshDiffers with a note
	note    string
	lines   *highlight.File // nil until [Windows] has scanned Content
}

// A Chain asks one place after the other. It never leaves the directories it was given.
type Chain struct {
	sources []Sources
	build   *Build
	disk    bool
	exe     time.Time // when the binary was written; zero if unknown
	devRoot string    // directory of the main module, found from the working directory; "" if unknown
}

// NewChain returns a Chain that asks sources in turn, and then, if disk is set, the directories that the binary b was built from.
func NewChain(sources []Sources, disk bool, b *Build) *Chain {
	c := &Chain{sources: sources, build: b, disk: disk}
	if !disk {
		return c
	}
	if exe, err := os.Executable(); err == nil {
		if info, err := os.Stat(exe); err == nil {
			c.exe = info.ModTime()
		}
	}
	if dir, err := os.Getwd(); err == nil && b.Module != "" {
		for range 12 {
			if moduleAt(dir) == b.Module {
				c.devRoot = dir
				break
			}
			dir = filepath.Dir(dir)
		}
	}
	return c
}

// Describe says in a sentence which source is at hand.
func (c *Chain) Describe() string {
	var parts []string
	for _, s := range c.sources {
		if s.pack != nil {
			parts = append(parts, c.describePack(s.pack))
		} else {
			parts = append(parts, s.name)
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

func (c *Chain) describePack(p *sourcepack.Pack) string {
	packed := "packed at " + text.Cut(p.Revision, 12)
	switch {
	case p.Revision == "":
		return "packed, revision unknown"
	case p.Modified:
		return packed + " with uncommitted changes"
	case c.build.Revision == "":
		return packed + "; the binary's own revision is unknown"
	case p.Revision == c.build.Revision:
		return packed + ", the running revision"
	}
	return packed + ", which is not the running revision"
}

// Find returns the file at a place, or nil.
func (c *Chain) Find(at Place) *File {
	if !sourceName(at.Rel) {
		return nil
	}
	for _, s := range c.sources {
		switch {
		case at.Module == "":
		case s.pack != nil:
			if f := c.fromPack(s.pack, path.Join(at.Module, at.Rel)); f != nil {
				return f
			}
		case s.module == at.Module:
			if b, _, err := readSource(s.fsys, at.Rel); err == nil {
				return &File{Content: b, origin: s.name, fresh: report.FreshUnknown}
			}
		}
	}
	if c.disk {
		return c.fromDisk(at)
	}
	return nil
}

func (c *Chain) fromPack(p *sourcepack.Pack, name string) *File {
	b, err := p.Read(name)
	f := &File{Content: b, origin: "pack", fresh: report.FreshUnknown}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		f.fresh, f.note, f.Content = report.FreshDiffers, "the source pack is damaged", nil
	case p.Revision == "" || c.build.Revision == "":
	case p.Revision != c.build.Revision:
		f.fresh, f.Content = report.FreshDiffers, nil
		f.note = "the source pack was made of revision " + text.Cut(p.Revision, 12) + ", the binary of " + text.Cut(c.build.Revision, 12)
	case !p.Modified && !c.build.Modified:
		f.fresh = report.FreshVerified
	}
	return f
}

// withDisk yields the sources, and then the main module's directory if the disk may be read. Through os.Root no link leads out of
// the directory.
func (c *Chain) withDisk(yield func(Sources) bool) {
	for _, s := range c.sources {
		if !yield(s) {
			return
		}
	}
	if c.devRoot == "" {
		return
	}
	root, err := os.OpenRoot(c.devRoot)
	if err != nil {
		return
	}
	defer root.Close()
	yield(Sources{name: "disk", module: c.build.Module, fsys: root.FS()})
}

// List returns the Go files in a directory of a module of the application, from the first source that has any.
func (c *Chain) List(module, dir string) (files []string) {
	for s := range c.withDisk {
		for _, name := range s.names(module, dir) {
			if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
				files = append(files, path.Join(dir, name))
			}
		}
		if len(files) > 0 {
			break
		}
	}
	slices.Sort(files)
	return files
}
