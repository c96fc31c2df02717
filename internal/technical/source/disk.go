package source

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/sourcepack"
	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// fromDisk reads from the directory in which the binary was built, or from where that probably is on this machine.
func (c *Chain) fromDisk(at Place) *File {
	for _, place := range c.directories(at) {
		if !filepath.IsAbs(place.dir) {
			continue
		}
		root, err := os.OpenRoot(place.dir)
		if err != nil {
			continue
		}
		b, changed, err := readSource(root.FS(), at.Rel)
		root.Close()
		if err != nil {
			continue
		}
		f := &File{Content: b, origin: place.origin, fresh: report.FreshUnknown}
		if place.origin == "disk" && !c.exe.IsZero() && changed.After(c.exe) {
			f.fresh, f.note, f.Content = report.FreshDiffers, "the file was changed after the binary was built", nil
		}
		return f
	}
	return nil
}

// A directory is one in which a file may be.
type directory struct{ dir, origin string }

// directories returns where a file may be, the likeliest first.
func (c *Chain) directories(at Place) (dirs []directory) {
	switch at.Class {
	case report.ClassStd:
		dirs = append(dirs, directory{at.dir, "goroot"})
		if root := os.Getenv("GOROOT"); root != "" {
			dirs = append(dirs, directory{filepath.Join(root, "src"), "goroot"})
		}
	case report.ClassApp:
		// The directory was learnt from the names of functions and files; its go.mod has to confirm it.
		if at.dir != "" && moduleAt(at.dir) == at.Module {
			dirs = append(dirs, directory{at.dir, "disk"})
		}
		if at.Module == c.build.Module {
			dirs = append(dirs, directory{c.devRoot, "disk"})
		}
	case report.ClassModule:
		if at.Ran == "" {
			return append(dirs, directory{at.dir, "disk"})
		}
		cached := filepath.FromSlash(escapeModule(at.Ran)) + "@" + escapeModule(at.Version)
		dirs = append(dirs, directory{at.dir, "modcache"}, directory{filepath.Join(modCache(), cached), "modcache"})
	}
	return dirs
}

func modCache() string {
	if dir := os.Getenv("GOMODCACHE"); dir != "" {
		return dir
	}
	if dir := os.Getenv("GOPATH"); dir != "" {
		return filepath.Join(filepath.SplitList(dir)[0], "pkg", "mod")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, "go", "pkg", "mod")
	}
	return ""
}

// moduleAt returns the path of the module whose directory dir is.
func moduleAt(dir string) string {
	name := filepath.Join(dir, "go.mod")
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return ""
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "module" {
			return strings.Trim(f[1], "\"`")
		}
	}
	return ""
}

// readSource reads a regular source file of sensible size. Size and kind are checked before it is opened, because opening a
// named pipe waits for a writer.
func readSource(fsys fs.FS, name string) ([]byte, time.Time, error) {
	if !sourceName(name) {
		return nil, time.Time{}, fs.ErrNotExist
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, time.Time{}, err
	}
	if !info.Mode().IsRegular() || info.Size() > sourcepack.MaxFile {
		return nil, time.Time{}, fs.ErrInvalid
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, sourcepack.MaxFile+1))
	if err == nil && len(b) > sourcepack.MaxFile {
		err = fs.ErrInvalid
	}
	return b, info.ModTime(), err
}
