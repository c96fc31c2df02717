package source

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// The names of the directories on this machine.
const (
	disk     = "disk" // the application's own
	modCache = "modcache"
	goRoot   = "goroot"
)

// fromDisk reads a file from the directory in which its module was compiled, or from the likely place of that module on this
// machine. Through os.Root no symbolic link leads out of the directory.
func (c *Chain) fromDisk(at Place) *File {
	name, dirs := c.directories(at)
	for _, dir := range dirs {
		root, err := os.OpenRoot(dir)
		if err != nil {
			continue
		}
		f := c.file(Sources{name: name}, root.FS(), at.Rel)
		root.Close()
		if f != nil {
			return f
		}
	}
	return nil
}

// directories returns the directories in which a file may be, the likeliest first. One that is not known is "", which os.OpenRoot
// refuses.
func (c *Chain) directories(at Place) (name string, dirs []string) {
	switch {
	case at.Class == report.ClassStd:
		return goRoot, []string{at.dir, filepath.Join(os.Getenv("GOROOT"), "src")}
	case at.Class == report.ClassApp:
		// The directory was learnt from the names of functions and files; its go.mod has to confirm it.
		if at.dir != "" && moduleAt(at.dir) == at.Module {
			dirs = append(dirs, at.dir)
		}
		if at.Module == c.build.Main.Path {
			dirs = append(dirs, c.devRoot)
		}
		return disk, dirs
	case at.Ran == "":
		return disk, []string{at.dir}
	}
	home, _ := os.UserHomeDir()
	gopath, _, _ := strings.Cut(os.Getenv("GOPATH"), string(filepath.ListSeparator))
	cache := cmp.Or(os.Getenv("GOMODCACHE"), filepath.Join(cmp.Or(gopath, filepath.Join(home, "go")), "pkg", "mod"))
	return modCache, []string{at.dir, filepath.Join(cache, filepath.FromSlash(escapeModule(at.Ran+"@"+at.Version)))}
}

// binaryTime returns when the running binary was written, zero if that is not known.
func binaryTime() (written time.Time) {
	if exe, err := os.Executable(); err == nil {
		if info, err := os.Stat(exe); err == nil {
			written = info.ModTime()
		}
	}
	return written
}

// moduleAbove returns the directory of a module if it is the working directory or one above it, and "" if not.
func moduleAbove(module string) string {
	dir, err := os.Getwd()
	for err == nil && module != "" {
		if moduleAt(dir) == module {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return ""
}

// moduleAt returns the path of the module in a directory, "" if it has no go.mod.
func moduleAt(dir string) string {
	b, _ := os.ReadFile(filepath.Join(dir, "go.mod"))
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "module" {
			return strings.Trim(f[1], "\"`")
		}
	}
	return ""
}
