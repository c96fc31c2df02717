// Package source knows what the file names in this binary mean and finds the text of those files. It reads only the places that the
// application named, and only source.
//
// Read build.go first, the build information of the binary; then paths.go, which makes a [Place] of a file's name; source.go,
// chain.go and disk.go, which find the [File] at a Place; template.go, which finds a template by its name alone; window.go,
// which cuts the lines that are shown; links.go, the addresses of lines on GitHub and GitLab.
package source

import (
	"errors"
	"io/fs"
	"path"

	"github.com/exceptional-go/exceptional/internal/sourcepack"
)

// Sources is one place where the text of source files is found. [Pack] and [FS] make one.
type Sources struct {
	name   string
	module string // whose files fsys has
	fsys   fs.FS
	pack   *sourcepack.Pack
	fault  error
}

// Pack returns the sources in a zip that cmd/sourcepack made.
func Pack(zip []byte) Sources {
	p, err := sourcepack.Open(zip)
	return Sources{name: "pack", pack: p, fault: err}
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
	if s.fault == nil && s.fsys == nil && s.pack == nil {
		return errors.New("the zero Sources have no files: use SourcePack or SourceFS")
	}
	return s.fault
}

// names returns the names of the files in a directory of a module.
func (s Sources) names(module, dir string) (names []string) {
	switch {
	case s.pack != nil:
		for file := range s.pack.Files {
			if path.Dir(file) == path.Join(module, dir) {
				names = append(names, path.Base(file))
			}
		}
	case s.module != "" && s.module == module:
		entries, _ := fs.ReadDir(s.fsys, path.Join(".", dir))
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	return names
}

// sourceName reports whether a file of this name may be read at all. A //line directive can name any file, so without this
// check the page would be a way to read the disk.
func sourceName(name string) bool { return sourcepack.Source(name) }
