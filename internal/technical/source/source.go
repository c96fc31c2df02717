// Package source knows what the file names in this binary mean and finds the text of those files. It reads only the places that the
// application named, and only source.
//
// Read build.go first, the build information of the binary; then paths.go, which makes a [Place] of a file's name; source.go,
// chain.go and disk.go, which find the [File] at a Place; template.go, which finds a template by its name alone; window.go,
// which cuts the lines that are shown; links.go, the addresses of lines on GitHub and GitLab.
package source

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/exceptional-go/exceptional/internal/sourcepack"
	"github.com/exceptional-go/exceptional/internal/technical/highlight"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// Sources is one place where the text of source files is found. [Pack] and [FS] make one.
type Sources struct {
	name   string
	module string           // the module whose files fsys has; empty for a pack, which has those of several
	pack   *sourcepack.Pack // the pack that fsys is, nil for other file systems
	fsys   fs.FS
	fault  error // why it cannot be used
}

// Pack returns the sources in a zip that cmd/sourcepack made.
func Pack(zip []byte) Sources {
	p, err := sourcepack.Open(zip)
	return Sources{name: "pack", pack: p, fsys: p, fault: err}
}

// FS returns the files in fsys as sources of a module; see debugview.SourceFS.
func FS(name, module string, fsys fs.FS) Sources {
	s := Sources{name: name, module: module, fsys: fsys}
	switch {
	case name == "":
		s.fault = errors.New("no name")
	case fsys == nil:
		s.fault = errors.New("nil file system")
	}
	return s
}

// Err returns the reason why s cannot be used, or nil.
func (s Sources) Err() error {
	if s.fault == nil && s.fsys == nil {
		return errors.New("the zero Sources have no files: use SourcePack or SourceFS")
	}
	return s.fault
}

// of returns the files of a module, with names relative to the module's directory; nil if s has none of them.
func (s Sources) of(module string) fs.FS {
	switch {
	case module == "":
	case s.pack != nil && slices.Contains(s.pack.Modules, module):
		if files, err := fs.Sub(s.pack, module); err == nil {
			return files
		}
	case s.pack == nil && s.module == module:
		return s.fsys
	}
	return nil
}

// A File is a source file or template that was found for one Report.
type File struct {
	Path    string // where it was found
	content []byte // nil if it is known not to be what was compiled
	origin  string
	fresh   string          // FreshVerified or FreshUnknown, or FreshDiffers with a note
	note    string          // why it is not what was compiled
	lines   *highlight.File // nil until it is first needed
}

// read reads a regular source file of sensible size. A //line directive can name any file, so without the check of the name the
// page would be a way to read the disk. Size and kind are checked before it is opened, because opening a named pipe waits for
// a writer.
func read(fsys fs.FS, name string) (content []byte, changed time.Time, err error) {
	if !sourcepack.Source(name) {
		return nil, changed, fs.ErrNotExist
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, changed, err
	}
	if !info.Mode().IsRegular() || info.Size() > sourcepack.MaxFile {
		return nil, changed, fs.ErrNotExist
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, changed, err
	}
	defer f.Close()
	content, err = io.ReadAll(io.LimitReader(f, sourcepack.MaxFile))
	return content, info.ModTime(), err
}

// file returns a file of s, nil if it has none of this name in fsys, which is s.fsys or a part of it.
func (c *Chain) file(s Sources, fsys fs.FS, name string) *File {
	content, changed, err := read(fsys, name)
	f := &File{Path: name, origin: s.name, fresh: report.FreshUnknown}
	switch {
	case s.pack != nil && err != nil && !errors.Is(err, fs.ErrNotExist):
		f.fresh, f.note = report.FreshDiffers, "the source pack is damaged"
	case err != nil:
		return nil
	case s.pack != nil:
		f.fresh, f.note = c.freshness(s.pack)
	case s.name == disk && !c.exe.IsZero() && changed.After(c.exe):
		f.fresh, f.note = report.FreshDiffers, "the file was changed after the binary was built"
	}
	if f.fresh != report.FreshDiffers {
		f.content = content
	}
	return f
}

// freshness says whether a pack was made of the revision that is running. If neither is known to differ or to have changed, the
// page compares the names of functions instead, see [File.Window].
func (c *Chain) freshness(p *sourcepack.Pack) (fresh, note string) {
	switch {
	case p.Revision == "" || c.build.Revision == "":
		return report.FreshUnknown, ""
	case p.Revision != c.build.Revision:
		return report.FreshDiffers, "the source pack was made of revision " + text.Cut(p.Revision, 12) + ", the binary of " + text.Cut(c.build.Revision, 12)
	case p.Modified || c.build.Modified:
		return report.FreshUnknown, ""
	}
	return report.FreshVerified, ""
}
