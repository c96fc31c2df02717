package source

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/sourcepack"
	"github.com/exceptional-go/exceptional/internal/text"
)

// A Chain looks for a file in one place after the other: the application's sources in their order, then the disk. It reads no file
// outside the directories that it was given.
type Chain struct {
	sources []Sources
	build   *Build
	disk    bool
	exe     time.Time // when the binary was written: a file changed later is not what was compiled; zero if unknown
	devRoot string    // directory of the main module, found from the working directory; "" if unknown
}

// NewChain returns a Chain that asks sources in turn, and then, if disk is set, the directories that the binary b was built from.
func NewChain(sources []Sources, disk bool, b *Build) *Chain {
	c := &Chain{sources: sources, build: b, disk: disk}
	if disk {
		c.exe, c.devRoot = binaryTime(), moduleAbove(b.Main.Path)
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
		parts = append(parts, disk)
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
	for _, s := range c.sources {
		if fsys := s.of(at.Module); fsys != nil {
			if f := c.file(s, fsys, at.Rel); f != nil {
				return f
			}
		}
	}
	if c.disk {
		return c.fromDisk(at)
	}
	return nil
}

// withDisk yields the sources, and then the main module's directory if the disk may be read. Through os.Root no link leads out of
// the directory.
func (c *Chain) withDisk(yield func(Sources) bool) {
	for _, s := range c.sources {
		if !yield(s) {
			return
		}
	}
	if root, err := os.OpenRoot(c.devRoot); err == nil {
		yield(FS(disk, c.build.Main.Path, root.FS()))
		root.Close()
	}
}

// FindFunc returns the file in a directory of a module of the application that declares a function, with the receiver's type if
// it is a method, and its line.
func (c *Chain) FindFunc(module, dir, name, receiver string) (f *File, line int) {
	for s := range c.withDisk {
		fsys := s.of(module)
		if fsys == nil {
			continue
		}
		entries, _ := fs.ReadDir(fsys, path.Join(".", dir))
		for _, e := range entries[:min(len(entries), maxListed)] {
			if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			if f := c.file(s, fsys, path.Join(dir, e.Name())); f != nil && f.lineOf(name, receiver) > 0 {
				return f, f.lineOf(name, receiver)
			}
		}
	}
	return nil, 0
}

const maxListed = 200 // files of one directory that are looked at
