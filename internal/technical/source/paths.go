package source

import (
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/stacks"
)

// A Place is what the name of a file turned out to mean.
type Place struct {
	Class   string
	Module  string // as the main module calls it; empty for the standard library and for unknown files
	Version string // of the code that ran
	Rel     string // inside the module, or GOROOT/src; empty if the file must not be read
	Display string
	Ran     string // the module after replace directives; empty if that is a directory
	dir     string // the module's directory on the machine of the build, if known
}

// A Resolver knows what the file names in this binary mean. That depends on -trimpath and on where a module came from, and a
// //line directive may name any file, so nothing here trusts a name further than its shape.
type Resolver struct {
	build   *Build
	std     string   // GOROOT/src/ as the binary has it; empty if it was trimmed
	modules []module // the longest path first

	mu    sync.RWMutex
	roots map[string][]string // directories in which modules were built, as far as learnt, with a slash at the end
}

// A module is one of those that the binary was built from.
type module struct {
	path, version string
	own           bool   // the main module, or one of its workspace
	ran, ranAt    string // path and version after replace directives; both empty for a directory
	dir           string // the directory that replaces it
}

const maxRoots = 4 // learnt for one module

// NewResolver returns a Resolver of the binary b, whose standard library was compiled in std, see [StdRoot].
func NewResolver(b *Build, std string) *Resolver {
	r := &Resolver{build: b, roots: map[string][]string{}, std: std}
	if b.Main.Path != "" {
		r.modules = append(r.modules, module{path: b.Main.Path, version: b.Main.Version, own: true, ran: b.Main.Path, ranAt: b.Main.Version})
	}
	for _, dep := range b.Deps {
		m := module{path: dep.Path, version: dep.Version}
		switch replaced := dep.Replace; {
		case replaced == nil && dep.Version == "(devel)":
			m.own = true
		case replaced == nil:
			m.ran, m.ranAt = dep.Path, dep.Version
		case replaced.Version == "" || replaced.Version == "(devel)":
			m.dir = strings.TrimSuffix(strings.ReplaceAll(replaced.Path, `\`, "/"), "/")
		default:
			m.ran, m.ranAt = replaced.Path, replaced.Version
		}
		r.modules = append(r.modules, m)
	}
	slices.SortStableFunc(r.modules, func(a, b module) int { return len(b.path) - len(a.path) })
	return r
}

// StdRoot finds the directory in which the standard library was compiled, by a function of it that every binary has.
func StdRoot() string {
	f := runtime.FuncForPC(reflect.ValueOf(fmt.Sprint).Pointer())
	if f == nil {
		return ""
	}
	file, _ := f.FileLine(f.Entry())
	dir, ok := strings.CutSuffix(file, "fmt/print.go")
	if !ok || !rooted(dir) {
		return ""
	}
	return dir
}

// moduleOf returns the module of a package or trimmed file name, the longest that fits: an example may be a module of its own
// inside the library that it replaces by "..".
func (r *Resolver) moduleOf(p string) *module {
	for i := range r.modules {
		if m := &r.modules[i]; p == m.path || strings.HasPrefix(p, m.path+"/") {
			return m
		}
	}
	return nil
}

// OwnModule returns the application's module that has the package or file p, or "".
func (r *Resolver) OwnModule(p string) string {
	if m := r.moduleOf(p); m != nil && m.own {
		return m.path
	}
	return ""
}

// IsApp reports whether the package belongs to the main module or to one of its workspace.
func (r *Resolver) IsApp(pkg string) bool {
	return pkg == "main" || pkg == "command-line-arguments" || r.OwnModule(pkg) != ""
}

// Learn finds the directory in which a module was built: the file of a function minus the part that its package adds to the
// module's path. Only modules that have no place in the module cache are learnt, and only from functions whose name and
// file agree.
func (r *Resolver) Learn(function, file string) {
	if !rooted(file) || path.Clean(file) != file || r.std != "" && strings.HasPrefix(file, r.std) ||
		strings.Contains(file, "@") || strings.Contains(file, "/vendor/") || !strings.HasSuffix(file, ".go") {
		return
	}
	pkg := stacks.PackageOf(function)
	if pkg == "main" {
		pkg = r.build.Path
	}
	pkg = strings.TrimSuffix(strings.TrimSuffix(pkg, "_test"), ".test")
	m := r.moduleOf(pkg)
	if m == nil || !m.own && m.dir == "" {
		return
	}
	if pkg == m.path && isInlined(function) {
		return // any directory fits the root package, so the function's name must be its own
	}
	dir, ok := strings.CutSuffix(path.Dir(file), pkg[len(m.path):])
	if !ok {
		return
	}
	root := strings.TrimSuffix(dir, "/") + "/"
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.roots[m.path]; !slices.Contains(known, root) && len(known) < maxRoots {
		r.roots[m.path] = append(slices.Clip(known), root) // a copy: learnt returns the slice
	}
}

// isInlined reports whether function may be a closure that was inlined: its name begins with its caller's, and its file is another
// package's.
func isInlined(function string) bool {
	name := function[strings.LastIndexByte(function, '/')+1:]
	return strings.Count(name, ".") > 2 || stacks.IsClosure(name[strings.LastIndexByte(name, '.')+1:])
}

func (r *Resolver) learnt(module string) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.roots[module]
}

// Locate says what file means.
func (r *Resolver) Locate(file, function string) Place {
	at, ok := Place{}, false
	switch {
	case file == "" && function != "" && r.IsApp(stacks.PackageOf(function)): // from a library that keeps no files
		return Place{Class: report.ClassApp}
	case strings.ContainsAny(file, "\x00\n\r"):
	case !rooted(file):
		at, ok = r.locateTrimmed(file)
	case path.Clean(file) == file: // no compiler writes another; a //line directive may
		at, ok = r.locateAbsolute(file)
	}
	if !ok {
		return Place{Class: report.ClassUnknown, Display: file}
	}
	return at
}

// locateTrimmed reads the names that -trimpath makes: "example.test/shop/a.go", "github.com/x/y@v1.2.3/z.go", "net/http/server.go".
// go build main.go makes "./main.go".
func (r *Resolver) locateTrimmed(file string) (Place, bool) {
	if rel, ok := strings.CutPrefix(file, "./"); ok && validRel(rel) {
		at, _ := r.Place(r.build.Main.Path, rel)
		at.Class, at.Rel, at.Display = report.ClassApp, rel, rel
		return at, true
	}
	if !validRel(file) {
		return Place{}, false
	}
	if name, after, ok := strings.Cut(file, "@"); ok {
		version, rel, ok := strings.Cut(after, "/")
		if !ok {
			return Place{}, false
		}
		for _, m := range r.modules {
			if m.path == name && m.version == version || m.ran == name && m.ranAt == version {
				return m.place(rel), true
			}
		}
		return module{path: name, ran: name, ranAt: version}.place(rel), true
	}
	if m := r.moduleOf(file); m != nil {
		return m.place(strings.TrimPrefix(file[len(m.path):], "/")), m.own
	}
	if first, _, ok := strings.Cut(file, "/"); ok && stdTop[first] {
		return r.stdPlace(file), true
	}
	return Place{}, false
}

// stdTop are the directories of GOROOT/src. A production machine has no GOROOT to look them up, and an application that is built
// without module information may have paths without a dot as well.
var stdTop = func() map[string]bool {
	set := map[string]bool{}
	for _, dir := range strings.Fields(`archive arena bufio builtin bytes cmd cmp compress container context crypto database debug
		embed encoding errors expvar flag fmt go hash html image index internal io iter log maps math mime net os path plugin
		reflect regexp runtime simd slices sort strconv strings structs sync syscall testing text time unicode unique unsafe
		vendor weak`) {
		set[dir] = true
	}
	return set
}()

func (r *Resolver) stdPlace(rel string) Place {
	return Place{Class: report.ClassStd, Rel: rel, Display: rel, Version: r.build.GoVersion, dir: strings.TrimSuffix(r.std, "/")}
}

// locateAbsolute reads the names that are made without -trimpath.
func (r *Resolver) locateAbsolute(file string) (Place, bool) {
	if r.std != "" && strings.HasPrefix(file, r.std) {
		return r.stdPlace(file[len(r.std):]), true
	}
	if at, ok := r.locateCached(file); ok {
		return at, true
	}
	m, root := r.moduleAround(file)
	if m == nil || !validRel(file[len(root):]) {
		return Place{}, false
	}
	rel, dir := file[len(root):], strings.TrimSuffix(root, "/")
	if after, ok := strings.CutPrefix(rel, "vendor/"); ok {
		if vendored := r.moduleOf(after); vendored != nil && len(after) > len(vendored.path) {
			m, rel, dir = vendored, after[len(vendored.path)+1:], root+"vendor/"+vendored.path
		}
	}
	at := m.place(rel)
	at.dir = dir
	return at, true
}

// moduleAround returns the module with the longest known directory that file is in, and that directory.
func (r *Resolver) moduleAround(file string) (found *module, root string) {
	for i := range r.modules {
		m := &r.modules[i]
		dirs := slices.Clone(r.learnt(m.path))
		switch {
		case rooted(m.dir):
			dirs = append(dirs, m.dir+"/")
		case m.dir != "": // relative to the main module
			for _, main := range r.learnt(r.build.Main.Path) {
				dirs = append(dirs, path.Join(main, m.dir)+"/")
			}
		}
		for _, dir := range dirs {
			if len(dir) > len(root) && strings.HasPrefix(file, dir) {
				found, root = m, dir
			}
		}
	}
	return found, root
}

// locateCached reads the path of a file in the module cache, wherever that is: …/github.com/!data!dog/x@v0.7.0/y.go.
func (r *Resolver) locateCached(file string) (Place, bool) {
	before, after, ok := strings.Cut(file, "@")
	version, rel, hasRel := strings.Cut(after, "/")
	if !ok || !hasRel || !validRel(rel) {
		return Place{}, false
	}
	name := unescapeModule(before)
	_, uncached, inCache := strings.Cut(name, "/pkg/mod/")
	found := module{path: uncached, ran: uncached, ranAt: unescapeModule(version)}
	for _, m := range r.modules {
		if m.ran != "" && m.ranAt == found.ranAt && strings.HasSuffix(name, "/"+m.ran) {
			found, inCache = m, true
			break
		}
	}
	at := found.place(rel)
	at.dir = before + "@" + version
	return at, inCache
}

// Place returns the Place of a file in one of the binary's modules.
func (r *Resolver) Place(module, rel string) (Place, bool) {
	for _, m := range r.modules {
		if m.path == module {
			return m.place(rel), true
		}
	}
	return Place{}, false
}

func (m module) place(rel string) Place {
	at := Place{Class: report.ClassModule, Module: m.path, Version: m.ranAt, Rel: rel, Display: rel, Ran: m.ran}
	if m.own {
		at.Class = report.ClassApp
	}
	if rooted(m.dir) {
		at.dir = m.dir
	}
	return at
}

// validRel reports whether p names a file below a directory and nothing else.
func validRel(p string) bool {
	return len(p) <= 1000 && p != "." && fs.ValidPath(p) && !strings.ContainsAny(p, "\\\x00:")
}

// rooted also knows Windows' drives, which the name of a file may begin with.
func rooted(p string) bool {
	return strings.HasPrefix(p, "/") || len(p) > 2 && p[1] == ':' && p[2] == '/'
}

// The module cache spells a capital letter as "!" and the small one.
var (
	capital        = regexp.MustCompile(`[A-Z]`)
	escapedCapital = regexp.MustCompile(`![a-z]`)
)

func escapeModule(p string) string {
	return capital.ReplaceAllStringFunc(p, func(c string) string { return "!" + strings.ToLower(c) })
}

func unescapeModule(p string) string {
	return escapedCapital.ReplaceAllStringFunc(p, func(c string) string { return strings.ToUpper(c[1:]) })
}
