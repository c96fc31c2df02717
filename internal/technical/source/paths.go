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

// A Place is a file, or the directory of a module, as far as the names in the binary tell.
type Place struct {
	Class   string
	Module  string // as the main module calls it; empty for the standard library and for unknown files
	Version string // of the code that ran
	Rel     string // inside the module, or GOROOT/src; empty for an unknown file, which must not be read
	Ran     string // the module after replace directives; empty if that is a directory
	dir     string // the module's directory on the machine of the build, if known
}

// In returns the Place of a file in the module of p.
func (p Place) In(rel string) Place {
	p.Rel = rel
	return p
}

// A Resolver finds the module, or the standard library, to which a file name in this binary belongs. The form of the names depends
// on how the binary was built:
//
//   - with -trimpath they begin with the module's path, "example.test/shop/a.go", see locateTrimmed;
//   - without it they are absolute, "/home/ann/shop/a.go", see locateAbsolute. The build information does not say in which
//     directories the modules were, so Learn works them out from functions whose package is known.
//
// A //line directive may name any file, so a name is never trusted to be what it looks like: Locate returns only names that stay
// inside a module.
type Resolver struct {
	build   *Build
	std     string   // GOROOT/src/ as the binary has it; empty if it was trimmed
	modules []module // the longest path first, so that the first that fits is the right one
	roots   sync.Map // module path to the directory in which it was built, with a slash at the end; filled by Learn
}

// A module is one of those that the binary was built from.
type module struct {
	Place
	// replacedBy is the directory that replaces the module, as go.mod has it: absolute, or relative to the main module. It is empty for
	// other modules.
	replacedBy string
}

// NewResolver returns a Resolver of the binary b, whose standard library was compiled in std, see [StdRoot].
func NewResolver(b *Build, std string) *Resolver {
	r := &Resolver{build: b, std: std}
	if main := b.Main; main.Path != "" {
		r.modules = append(r.modules, module{Place: Place{Class: report.ClassApp, Module: main.Path, Version: main.Version, Ran: main.Path}})
	}
	for _, dep := range b.Deps {
		m := module{Place: Place{Class: report.ClassModule, Module: dep.Path, Version: dep.Version, Ran: dep.Path}}
		switch replaced := dep.Replace; {
		case replaced == nil && dep.Version == "(devel)":
			m.Place = Place{Class: report.ClassApp, Module: dep.Path} // of the workspace
		case replaced == nil:
		case replaced.Version == "" || replaced.Version == "(devel)":
			m.replacedBy = strings.TrimSuffix(strings.ReplaceAll(replaced.Path, `\`, "/"), "/")
			m.Version, m.Ran = "", ""
			if rooted(m.replacedBy) {
				m.dir = m.replacedBy
			}
		default:
			m.Version, m.Ran = replaced.Version, replaced.Path
		}
		r.modules = append(r.modules, m)
	}
	slices.SortStableFunc(r.modules, func(a, b module) int { return len(b.Module) - len(a.Module) })
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
		if m := &r.modules[i]; p == m.Module || strings.HasPrefix(p, m.Module+"/") {
			return m
		}
	}
	return nil
}

// Own returns the directory of the application's module that has a package; ok is false if it is not the application's.
func (r *Resolver) Own(pkg string) (at Place, ok bool) {
	if m := r.moduleOf(pkg); m != nil && m.Class == report.ClassApp {
		return m.Place, true
	}
	return at, false
}

// IsApp reports whether the package belongs to the main module or to one of its workspace.
func (r *Resolver) IsApp(pkg string) bool {
	_, own := r.Own(pkg)
	return own || pkg == "main" || pkg == "command-line-arguments"
}

// Learn finds the directory in which a module was built: the file of a function minus the part that its package adds to the
// module's path. Only modules that have no place in the module cache are learnt, and only from functions whose name and
// file agree.
func (r *Resolver) Learn(function, file string) {
	switch {
	case !rooted(file), path.Clean(file) != file, !strings.HasSuffix(file, ".go"):
		return // a trimmed name, or one that no compiler writes
	case r.std != "" && strings.HasPrefix(file, r.std), strings.Contains(file, "@"), strings.Contains(file, "/vendor/"):
		return // the standard library, the module cache, or a copy of another module
	}
	pkg := stacks.PackageOf(function)
	if pkg == "main" {
		pkg = r.build.Path
	}
	pkg = strings.TrimSuffix(strings.TrimSuffix(pkg, "_test"), ".test")
	m := r.moduleOf(pkg)
	if m == nil || m.Class != report.ClassApp && m.replacedBy == "" {
		return // other modules were compiled in the module cache
	}
	if pkg == m.Module && isInlined(function) {
		return // any directory fits the root package, so a function that may be another package's proves nothing
	}
	// "/home/ann/shop/internal/orders" minus "/internal/orders" is "/home/ann/shop".
	if dir, ok := strings.CutSuffix(path.Dir(file), pkg[len(m.Module):]); ok {
		r.roots.LoadOrStore(m.Module, strings.TrimSuffix(dir, "/")+"/")
	}
}

// isInlined reports whether function may be a closure that was inlined: its name begins with its caller's, and its file is another
// package's.
func isInlined(function string) bool {
	named, closure := stacks.Parts(function)
	return len(named) > 2 || len(closure) > 0
}

// root returns the directory in which a module was built, with a slash at the end; "" if it is not known. A relative replacement
// in go.mod counts from the main module's directory.
func (r *Resolver) root(m *module) string {
	if learnt, ok := r.roots.Load(m.Module); ok {
		return learnt.(string)
	}
	switch main, _ := r.roots.Load(r.build.Main.Path); {
	case m.dir != "":
		return m.dir + "/"
	case m.replacedBy != "" && main != nil:
		return path.Join(main.(string), m.replacedBy) + "/"
	}
	return ""
}

// Locate says what the file of a function means.
func (r *Resolver) Locate(file, function string) (at Place) {
	switch {
	case file == "" && function != "" && r.IsApp(stacks.PackageOf(function)): // from a library that keeps no files
		return Place{Class: report.ClassApp}
	case strings.ContainsAny(file, "\x00\n\r"):
	case !rooted(file):
		at = r.locateTrimmed(file)
	case path.Clean(file) == file: // no compiler writes another; a //line directive may
		at = r.locateAbsolute(file)
	}
	if !validRel(at.Rel) {
		return Place{Class: report.ClassUnknown}
	}
	return at
}

// locateTrimmed reads the names that -trimpath makes: "example.test/shop/a.go", "github.com/x/y@v1.2.3/z.go", "net/http/server.go".
// go build main.go makes "./main.go".
func (r *Resolver) locateTrimmed(file string) (none Place) {
	if rel, ok := strings.CutPrefix(file, "./"); ok {
		at, _ := r.Own(r.build.Main.Path)
		at.Class = report.ClassApp
		return at.In(rel)
	}
	if name, after, ok := strings.Cut(file, "@"); ok {
		version, rel, _ := strings.Cut(after, "/")
		if m := r.moduleOf(name); m != nil && m.Module == name {
			return m.In(rel)
		}
		return Place{Class: report.ClassModule, Module: name, Version: version, Ran: name}.In(rel)
	}
	if at, ok := r.Own(file); ok {
		return at.In(strings.TrimPrefix(file[len(at.Module):], "/"))
	}
	if first, _, ok := strings.Cut(file, "/"); ok && stdTop[first] {
		return r.stdPlace(file)
	}
	return none
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

// stdPlace returns the Place of a file in GOROOT/src.
func (r *Resolver) stdPlace(rel string) Place {
	return Place{Class: report.ClassStd, Rel: rel, Version: r.build.GoVersion, dir: strings.TrimSuffix(r.std, "/")}
}

// locateAbsolute reads the names that are made without -trimpath: in GOROOT, in the module cache, in the directory of a module, or
// in a vendor directory below that.
func (r *Resolver) locateAbsolute(file string) (at Place) {
	if r.std != "" && strings.HasPrefix(file, r.std) {
		return r.stdPlace(file[len(r.std):])
	}
	if at = r.locateCached(file); at.Rel != "" {
		return at
	}
	root := ""
	for i := range r.modules { // the one with the longest directory
		m := &r.modules[i]
		if dir := r.root(m); len(dir) > len(root) && strings.HasPrefix(file, dir) {
			root, at = dir, m.In(file[len(dir):])
		}
	}
	at.dir = strings.TrimSuffix(root, "/")
	if after, ok := strings.CutPrefix(at.Rel, "vendor/"); ok {
		if m := r.moduleOf(after); m != nil && len(after) > len(m.Module) {
			at = m.In(after[len(m.Module)+1:])
			at.dir = root + "vendor/" + m.Module
		}
	}
	return at
}

// locateCached reads the path of a file in the module cache, wherever that is: …/github.com/!data!dog/x@v0.7.0/y.go.
func (r *Resolver) locateCached(file string) (at Place) {
	before, after, _ := strings.Cut(file, "@")
	version, rel, ok := strings.Cut(after, "/")
	if !ok {
		return at
	}
	name := unescapeModule(before)
	if _, inCache, ok := strings.Cut(name, "/pkg/mod/"); ok {
		at = Place{Class: report.ClassModule, Module: inCache, Ran: inCache, Version: unescapeModule(version)}.In(rel)
	}
	for _, m := range r.modules {
		if m.Ran != "" && m.Version == unescapeModule(version) && strings.HasSuffix(name, "/"+m.Ran) {
			at = m.In(rel)
			break
		}
	}
	at.dir = before + "@" + version
	return at
}

// validRel reports whether p names a file below a directory and nothing else.
func validRel(p string) bool {
	return len(p) <= 1000 && p != "." && fs.ValidPath(p) && !strings.ContainsAny(p, "\\\x00:")
}

// rooted reports whether p is absolute, on Windows as well: the binary may have been built there.
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
