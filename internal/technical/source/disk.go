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

// fromDisk reads from where the binary was built, or from where that probably is on this machine.
func (c *Chain) fromDisk(at Place) *File {
	var tries []struct{ dir, origin string }
	try := func(dir, origin string) {
		if dir != "" && filepath.IsAbs(dir) {
			tries = append(tries, struct{ dir, origin string }{dir, origin})
		}
	}
	switch at.Class {
	case report.ClassStd:
		try(at.dir, "goroot")
		if root := os.Getenv("GOROOT"); root != "" {
			try(filepath.Join(root, "src"), "goroot")
		}
	case report.ClassApp:
		// A directory that was learnt from function and file names is believed only if the module says that it is there.
		if at.dir != "" && moduleAt(at.dir) == at.Module {
			try(at.dir, "disk")
		}
		if at.Module == c.build.Module {
			try(c.devRoot, "disk")
		}
	case report.ClassModule:
		if at.dir != "" && at.Ran == "" {
			try(at.dir, "disk")
		} else if at.dir != "" {
			try(at.dir, "modcache")
		}
		if at.Ran != "" {
			try(filepath.Join(modCache(), filepath.FromSlash(escapeModule(at.Ran))+"@"+escapeModule(at.Version)), "modcache")
		}
	}
	for _, t := range tries {
		root, err := os.OpenRoot(t.dir)
		if err != nil {
			continue
		}
		b, changed, err := readSource(root.FS(), at.Rel)
		root.Close()
		if err != nil {
			continue
		}
		out := c.file(b, t.origin, filepath.Join(t.dir, at.Rel))
		if t.origin == "disk" && !c.exe.IsZero() && changed.After(c.exe) {
			out.fresh, out.Content = report.FreshDiffers, nil
			out.note = "the file was changed after the binary was built"
		}
		return out
	}
	return nil
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
	root, err := os.OpenRoot(dir)
	if err != nil {
		return ""
	}
	defer root.Close()
	info, err := root.Stat("go.mod")
	if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return ""
	}
	b, err := root.ReadFile("go.mod")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "module" {
			return strings.Trim(f[1], `"`+"`")
		}
	}
	return ""
}

// readSource reads a regular source file of sensible size. The size and kind are asked before it is opened: opening a pipe
// waits for whoever writes into it.
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
