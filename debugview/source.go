package debugview

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/sourcepack"
)

// Sources is one place where the text of source files is found. [SourcePack] and [SourceFS] make one.
type Sources struct {
	name   string
	module string // whose files fsys has
	fsys   fs.FS
	pack   *sourcepack.Pack
	fault  error
}

// SourcePack returns the sources in a zip that cmd/sourcepack made and the application embeds:
//
//	//go:generate go run github.com/exceptional-go/exceptional/cmd/sourcepack -o source.zip .
//	//go:embed source.zip
//	var source []byte
//
// The binary then contains the application's source. The zip belongs beside the build, not into the repository: it names the
// revision that it was made of, and a report shows no lines of another revision than the running one.
func SourcePack(zip []byte) Sources {
	p, err := sourcepack.Open(zip)
	return Sources{name: "pack", pack: p, fault: err}
}

// SourceFS returns the files in fsys as sources of a module, with paths relative to the module's directory. It is also where
// templates are looked up; for those alone, module may be empty. name is shown beside the lines.
func SourceFS(name, module string, fsys fs.FS) Sources {
	s := Sources{name: name, module: module, fsys: fsys}
	switch {
	case name == "":
		s.fault = errors.New("no name")
	case fsys == nil:
		s.fault = errors.New("nil file system")
	}
	return s
}

func (s Sources) err() error {
	if s.fault == nil && s.fsys == nil && s.pack == nil {
		return errors.New("the zero Sources have no files: use SourcePack or SourceFS")
	}
	return s.fault
}

// sourceName reports whether a file of this name may be read at all. A //line directive can name any file, so without this
// list the page would be a way to read the disk.
func sourceName(name string) bool { return sourcepack.Source(name) }

// A text is a file that was found.
type text struct {
	content []byte // nil if it is known not to be what was compiled
	scan    *scan
	origin  string
	path    string // where it was found, for templates
	fresh   string // FreshVerified or FreshUnknown, or FreshDiffers with a note
	note    string
}

// A sourceChain asks one place after the other. It never leaves the directories it was given.
type sourceChain struct {
	sources []Sources
	build   *buildInfo
	paths   *resolver
	disk    bool
	exe     time.Time // when the binary was written; zero if unknown
	devRoot string    // directory of the main module, found from the working directory
	kept    scanCache
}

// text makes the text of a file that was read from where name says.
func (c *sourceChain) text(content []byte, origin, name string) *text {
	return &text{content: content, scan: c.kept.put(scanKey{name: origin + "\x00" + name}, content), origin: origin, fresh: FreshUnknown}
}

func newSourceChain(o Options, b *buildInfo, r *resolver) *sourceChain {
	c := &sourceChain{sources: o.Sources, build: b, paths: r, disk: o.Disk}
	if o.Disk {
		if exe, err := os.Executable(); err == nil {
			if info, err := os.Stat(exe); err == nil {
				c.exe = info.ModTime()
			}
		}
		if dir, err := os.Getwd(); err == nil {
			for range 12 {
				if moduleAt(dir) == b.module && b.module != "" {
					c.devRoot = dir
					break
				}
				dir = filepath.Dir(dir)
			}
		}
	}
	return c
}

// describe says in a sentence which source is at hand.
func (c *sourceChain) describe() string {
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
			parts = append(parts, "packed at "+head(at, 12)+" with uncommitted changes")
		case c.build.revision == "":
			parts = append(parts, "packed at "+head(at, 12)+"; the binary's own revision is unknown")
		case at == c.build.revision:
			parts = append(parts, "packed at "+head(at, 12)+", the running revision")
		default:
			parts = append(parts, "packed at "+head(at, 12)+", which is not the running revision")
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

// find returns the file at a spot, or nil.
func (c *sourceChain) find(at spot) *text {
	if at.rel == "" || !sourceName(at.rel) {
		return nil
	}
	for _, s := range c.sources {
		if s.pack != nil {
			if t := c.fromPack(s.pack, path.Join(at.module, at.rel), at.module); t != nil {
				return t
			}
			continue
		}
		if s.module != "" && s.module == at.module {
			if b, _, err := readSource(s.fsys, at.rel); err == nil {
				return c.text(b, s.name, s.module+"/"+at.rel)
			}
		}
	}
	if !c.disk {
		return nil
	}
	return c.fromDisk(at)
}

func (c *sourceChain) fromPack(p *sourcepack.Pack, name, module string) *text {
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
			return &text{origin: "pack", fresh: FreshDiffers, note: "the source pack is damaged"}
		}
		kept = c.kept.put(scanKey{p, name}, b)
	}
	t := &text{content: kept.content, scan: kept, origin: "pack", fresh: FreshUnknown}
	switch {
	case p.Revision == "" || c.build.revision == "":
	case p.Revision != c.build.revision:
		t.fresh, t.note, t.content = FreshDiffers, "the source pack was made of revision "+head(p.Revision, 12)+", the binary of "+head(c.build.revision, 12), nil
	case !p.Modified && !c.build.modified:
		t.fresh = FreshVerified
	}
	return t
}

// fromDisk reads from where the binary was built, or from where that probably is on this machine.
func (c *sourceChain) fromDisk(at spot) *text {
	var tries []struct{ dir, origin string }
	try := func(dir, origin string) {
		if dir != "" && filepath.IsAbs(dir) {
			tries = append(tries, struct{ dir, origin string }{dir, origin})
		}
	}
	switch at.class {
	case ClassStd:
		try(at.dir, "goroot")
		if root := os.Getenv("GOROOT"); root != "" {
			try(filepath.Join(root, "src"), "goroot")
		}
	case ClassApp:
		// A directory that was learnt from function and file names is believed only if the module says that it is there.
		if at.dir != "" && moduleAt(at.dir) == at.module {
			try(at.dir, "disk")
		}
		if at.module == c.build.module {
			try(c.devRoot, "disk")
		}
	case ClassModule:
		if at.dir != "" && at.ran == "" {
			try(at.dir, "disk")
		} else if at.dir != "" {
			try(at.dir, "modcache")
		}
		if at.ran != "" {
			try(filepath.Join(modCache(), filepath.FromSlash(escapeModule(at.ran))+"@"+escapeModule(at.version)), "modcache")
		}
	}
	for _, t := range tries {
		root, err := os.OpenRoot(t.dir)
		if err != nil {
			continue
		}
		b, changed, err := readSource(root.FS(), at.rel)
		root.Close()
		if err != nil {
			continue
		}
		out := c.text(b, t.origin, filepath.Join(t.dir, at.rel))
		if t.origin == "disk" && !c.exe.IsZero() && changed.After(c.exe) {
			out.fresh, out.content = FreshDiffers, nil
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

// window makes the Source around a line. function is that of the frame; if it is known and the line stands in another, the
// file is not the one that was compiled.
func (c *capture) window(t *text, name string, line, column int, function string) *Source {
	s := &Source{Origin: t.origin, Fresh: t.fresh, Note: t.note, Line: line, Column: column}
	differs := func(why string) *Source {
		s.Fresh, s.Note, s.Lines = FreshDiffers, "source differs from the running build: "+why, nil
		return s
	}
	if t.fresh == FreshDiffers {
		s.Note = "source differs from the running build: " + t.note
		return s
	}
	src, starts, pieces, funcs, scanned := t.scan.fill(name, &c.scanLeft)
	if line < 1 || line > len(starts) {
		if t.fresh == FreshVerified || line < 1 {
			return nil // a //line directive's number, or none
		}
		return differs(fmt.Sprintf("it has no line %d", line))
	}
	around := c.view.o.Context
	first, last := max(1, line-around), min(len(starts), line+around)
	if scanned && strings.HasSuffix(name, ".go") && t.fresh != FreshVerified && function != "" {
		switch encloses(funcs, src, starts, line, function) {
		case FreshDiffers:
			return differs("the line is not in the function that ran")
		case FreshVerified:
			s.Fresh = FreshVerified
		}
	}
	s.Lines = lines(src, starts, pieces, first, last, c.view.mask)
	return s
}

// encloses compares the function around a line with the name that the runtime gave. The name of a closure that was inlined
// into another package's function begins with that one's, so any part of it may be the one.
func encloses(funcs []funcRange, src []byte, starts []int, line int, function string) string {
	from, to := starts[line-1], len(src)
	if line < len(starts) {
		to = starts[line]
	}
	parts := splitName(strings.TrimSuffix(function[strings.LastIndexByte(function, '/')+1:], "-fm"))
	for _, f := range funcs {
		if f.from < to && f.to > from {
			if slices.Contains(parts, f.name) || slices.Contains(parts, f.name+"[...]") {
				return FreshVerified
			}
			if f.name == "init" { // init.0
				return FreshUnknown
			}
			if f.from < from || f.to < to { // wholly inside another function
				return FreshDiffers
			}
		}
	}
	if slices.Contains(parts, "init") || slices.Contains(parts, "glob") || slices.ContainsFunc(parts, isClosure) {
		return FreshUnknown // the closure of a package variable
	}
	return FreshDiffers
}

// generated reports whether the file says so, as the convention wants it: before the package clause.
func generated(src []byte) bool {
	for line := range bytes.Lines(src[:min(len(src), 4<<10)]) {
		l := bytes.TrimRight(line, "\r\n")
		if bytes.HasPrefix(l, []byte("package ")) {
			return false
		}
		if bytes.HasPrefix(l, []byte("// Code generated ")) && bytes.HasSuffix(l, []byte(" DO NOT EDIT.")) {
			return true
		}
	}
	return false
}

// attachSources puts lines beside the frames that are worth it: the application's own first, then the others as far as their
// source is at hand.
func (c *capture) attachSources() {
	left := maxSources
	files := map[string]*text{}
	for _, class := range []string{ClassApp, ClassModule, ClassStd} {
		// Files that others wrote are long, rarely to blame, and one link away.
		switch class {
		case ClassModule:
			left = min(left, 6)
		case ClassStd:
			left = min(left, 2)
		}
		for i := range c.report.Stacks {
			st := &c.report.Stacks[i]
			perStack := maxSources
			if i > 0 {
				perStack = 3
			}
			for j := range st.Frames {
				f := &st.Frames[j]
				if f.Class != class || f.Source != nil || left == 0 || perStack == 0 || j > 40 {
					continue
				}
				at := c.view.paths.locate(f.File, f.Function)
				key := at.module + "\x00" + at.rel
				t, seen := files[key]
				if !seen {
					var fault string
					if t, fault = within(&c.allow, c.view.perValue, func() *text { return c.view.sources.find(at) }); fault != "" {
						c.problem("source of %s: %s", f.Path, fault)
					}
					files[key] = t
				}
				if t == nil {
					continue
				}
				f.Generated = generated(t.content)
				if f.Source = c.window(t, at.rel, f.Line, 0, f.Function); f.Source != nil {
					left--
					perStack--
				}
			}
		}
	}
}

// templateOnDisk looks below the main module's directory.
func (c *sourceChain) templateOnDisk(name string) *text {
	root, err := os.OpenRoot(c.devRoot)
	if err != nil {
		return nil
	}
	defer root.Close()
	return c.templateFS(Sources{name: "disk", fsys: root.FS()}, name)
}
