package source

import (
	"fmt"
	"path"
	"reflect"
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
	// ran is the module whose code ran, which is not module where a replace directive says so; empty if that is a directory.
	Ran string
	dir string // the module's directory on the machine of the build, if known
}

// A Resolver knows what the file names in this binary mean. What a file name says depends on -trimpath, on where a module
// came from, and in the end on whoever wrote a //line directive, so nothing here trusts it further than its shape.
type Resolver struct {
	build *Build
	std   string // GOROOT/src/ as the binary has it; empty if it was trimmed
	deps  []dep  // the longest path first

	mu    sync.RWMutex
	roots map[string][]string // directories of the application's modules, with a slash at the end, as far as learnt
}

type dep struct {
	path, version string
	ran, ranExact string // path and version of what ran; ran is empty for a directory
	dir           string // of a replacement
	own           bool   // a module of the workspace
	escaped       string // ran as the module cache spells it
}

const maxRoots = 4 // learnt for one module

// NewResolver returns a Resolver of the binary b, whose standard library was compiled in std, see [StdRoot].
func NewResolver(b *Build, std string) *Resolver {
	r := &Resolver{build: b, roots: map[string][]string{}, std: std}
	for _, m := range b.Deps {
		d := dep{path: m.Path, version: m.Version, ran: m.Path, ranExact: m.Version}
		if m.Replace != nil {
			d.ran, d.ranExact = m.Replace.Path, m.Replace.Version
			if v := m.Replace.Version; v == "" || v == "(devel)" { // a directory
				d.dir, d.ran, d.ranExact = strings.ReplaceAll(m.Replace.Path, `\`, "/"), "", ""
			}
		}
		d.own = m.Version == "(devel)" && m.Replace == nil
		d.escaped = escapeModule(d.ran)
		r.deps = append(r.deps, d)
	}
	slices.SortStableFunc(r.deps, func(a, b dep) int { return len(b.path) - len(a.path) })
	return r
}

// StdRoot finds out where the standard library stood when it was compiled, from a function of it that is surely there.
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

// IsApp reports whether the package belongs to the main module or to one of its workspace.
func (r *Resolver) IsApp(pkg string) bool {
	if pkg == "main" || pkg == "command-line-arguments" {
		return true
	}
	return r.OwnModule(pkg) != ""
}

// OwnModule returns the application's module that has the package or file p, the longest that fits.
func (r *Resolver) OwnModule(p string) string {
	best := ""
	try := func(m string) {
		if m != "" && len(m) > len(best) && (p == m || strings.HasPrefix(p, m+"/")) {
			best = m
		}
	}
	try(r.build.Module)
	for _, d := range r.deps {
		switch {
		case d.own:
			try(d.path)
		case len(d.path) > len(best) && (p == d.path || strings.HasPrefix(p, d.path+"/")):
			best = "" // a dependency inside the main module's path: example.test/shop/plugin
			if strings.HasPrefix(d.path+"/", r.build.Module+"/") {
				return ""
			}
		}
	}
	return best
}

// Learn finds the directory that one of the application's modules was built in: the file of a function minus what its
// package adds to the module's path. Only functions are believed whose name and place agree.
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
	module := r.learnable(pkg)
	if module == "" {
		return
	}
	rel := strings.TrimPrefix(pkg[len(module):], "/")
	dir := path.Dir(file)
	if rel == "" {
		// Any directory would fit; a closure that was inlined has its caller's name and another package's file.
		if name := function[strings.LastIndexByte(function, '/')+1:]; strings.Count(name, ".") > 2 || stacks.IsClosure(name[strings.LastIndexByte(name, '.')+1:]) {
			return
		}
	} else {
		var ok bool
		if dir, ok = strings.CutSuffix(dir, "/"+rel); !ok {
			return
		}
	}
	root := strings.TrimSuffix(dir, "/") + "/"
	r.mu.RLock()
	known := slices.Contains(r.roots[module], root) || len(r.roots[module]) >= maxRoots
	r.mu.RUnlock()
	if known {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if have := r.roots[module]; !slices.Contains(have, root) && len(have) < maxRoots {
		r.roots[module] = append(slices.Clip(have), root)
	}
}

// learnable returns the module of pkg if it has a directory of its own: the application's, or one replaced by a directory.
// The longest path wins: an example may be a module of its own inside the library that it replaces by "..".
func (r *Resolver) learnable(pkg string) string {
	own := r.OwnModule(pkg)
	for _, d := range r.deps {
		if (d.own || d.dir != "") && len(d.path) > len(own) && (pkg == d.path || strings.HasPrefix(pkg, d.path+"/")) {
			return d.path
		}
	}
	return own
}

func (r *Resolver) learnt(module string) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.roots[module]
}

// Locate says what file means.
func (r *Resolver) Locate(file, function string) Place {
	unknown := Place{Class: report.ClassUnknown, Display: file}
	switch {
	case file == "" && function != "" && r.IsApp(stacks.PackageOf(function)): // a library that keeps no files
		return Place{Class: report.ClassApp}
	case file == "" || strings.HasPrefix(file, "<") || strings.HasPrefix(file, "_cgo_") || strings.HasPrefix(file, "??"):
		return unknown
	case strings.ContainsAny(file, "\x00\n\r"):
		return unknown
	}
	if rooted(file) {
		if path.Clean(file) != file {
			return unknown // no compiler writes that; a //line directive does
		}
		return r.locateAbsolute(file, unknown)
	}
	return r.locateTrimmed(file, unknown)
}

func (r *Resolver) locateTrimmed(file string, unknown Place) Place {
	if rel, ok := strings.CutPrefix(file, "./"); ok { // go build main.go
		if !validRel(rel) {
			return unknown
		}
		return Place{Class: report.ClassApp, Module: r.build.Module, Version: r.build.Version, Ran: r.build.Module, Rel: rel, Display: rel}
	}
	if !validRel(file) {
		return unknown
	}
	if before, after, ok := strings.Cut(file, "@"); ok {
		version, rel, ok := strings.Cut(after, "/")
		if !ok || !validRel(rel) {
			return unknown
		}
		for _, d := range r.deps {
			if d.path == before && d.version == version || d.ran == before && d.ranExact == version {
				return d.place(rel)
			}
		}
		return Place{Class: report.ClassModule, Module: before, Version: version, Ran: before, Rel: rel, Display: rel}
	}
	if m := r.OwnModule(file); m != "" && len(file) > len(m) {
		return r.OwnPlace(m, file[len(m)+1:])
	}
	if first, _, _ := strings.Cut(file, "/"); stdTop[first] && strings.Contains(file, "/") {
		return Place{Class: report.ClassStd, Rel: file, Display: file, Version: r.build.GoVersion}
	}
	return unknown
}

func (r *Resolver) locateAbsolute(file string, unknown Place) Place {
	if r.std != "" && strings.HasPrefix(file, r.std) {
		rel := file[len(r.std):]
		return Place{Class: report.ClassStd, Rel: rel, Display: rel, Version: r.build.GoVersion, dir: strings.TrimSuffix(r.std, "/")}
	}
	if at := strings.IndexByte(file, '@'); at > 0 {
		if s, ok := r.locateCached(file, at); ok {
			return s
		}
	}
	best, bestRoot := "", ""
	fits := func(module, root string) {
		if len(root) > len(bestRoot) && strings.HasPrefix(file, root) {
			best, bestRoot = module, root
		}
	}
	own := []string{r.build.Module}
	for _, d := range r.deps {
		if d.own || d.dir != "" {
			own = append(own, d.path)
		}
		if rooted(d.dir) {
			fits(d.path, strings.TrimSuffix(d.dir, "/")+"/")
		}
		if strings.HasPrefix(d.dir, ".") { // relative to the main module's directory
			for _, root := range r.learnt(r.build.Module) {
				fits(d.path, path.Join(root, d.dir)+"/")
			}
		}
	}
	for _, m := range own {
		for _, root := range r.learnt(m) {
			fits(m, root)
		}
	}
	if bestRoot == "" {
		return unknown
	}
	rel := file[len(bestRoot):]
	if after, ok := strings.CutPrefix(rel, "vendor/"); ok {
		for _, d := range r.deps {
			if rest, ok := strings.CutPrefix(after, d.path+"/"); ok {
				s := d.place(rest)
				s.dir = bestRoot + "vendor/" + d.path
				return s
			}
		}
	}
	if !validRel(rel) {
		return unknown
	}
	for _, d := range r.deps {
		if d.path == best && d.dir != "" {
			s := d.place(rel)
			s.dir = strings.TrimSuffix(bestRoot, "/")
			return s
		}
	}
	s := r.OwnPlace(best, rel)
	s.dir = strings.TrimSuffix(bestRoot, "/")
	return s
}

// locateCached reads the path of a file in the module cache, wherever that is: …/github.com/!data!dog/x@v0.7.0/y.go.
func (r *Resolver) locateCached(file string, at int) (Place, bool) {
	version, rel, ok := strings.Cut(file[at+1:], "/")
	if !ok || !validRel(rel) {
		return Place{}, false
	}
	before := file[:at]
	dir := file[:at+1+len(version)]
	for _, d := range r.deps {
		if d.ran != "" && d.ranExact == unescapeModule(version) && strings.HasSuffix(before, "/"+d.escaped) {
			s := d.place(rel)
			s.dir = dir
			return s, true
		}
	}
	if _, name, ok := strings.Cut(before, "/pkg/mod/"); ok {
		name = unescapeModule(name)
		return Place{Class: report.ClassModule, Module: name, Version: version, Ran: name, Rel: rel, Display: rel, dir: dir}, true
	}
	return Place{}, false
}

// OwnPlace returns the Place of a file in one of the application's modules.
func (r *Resolver) OwnPlace(module, rel string) Place {
	s := Place{Class: report.ClassApp, Module: module, Rel: rel, Display: rel}
	if module == r.build.Module {
		s.Version, s.Ran = r.build.Version, module
	}
	return s
}

func (d *dep) place(rel string) Place {
	s := Place{Class: report.ClassModule, Module: d.path, Version: d.ranExact, Ran: d.ran, Rel: rel, Display: rel}
	if d.own {
		s.Class = report.ClassApp
	}
	if d.dir != "" && rooted(d.dir) {
		s.dir = strings.TrimSuffix(d.dir, "/")
	}
	return s
}

// validRel reports whether p names a file below a directory and nothing else.
func validRel(p string) bool {
	if p == "" || len(p) > 1000 || strings.ContainsAny(p, "\\\x00:") {
		return false
	}
	for e := range strings.SplitSeq(p, "/") {
		if e == "" || e == "." || e == ".." {
			return false
		}
	}
	return true
}

// rooted also knows Windows' drives, which a report from there may name.
func rooted(p string) bool {
	return strings.HasPrefix(p, "/") || len(p) > 2 && p[1] == ':' && p[2] == '/'
}

// escapeModule spells a module path as the module cache does: a capital as "!" and the small letter.
func escapeModule(p string) string {
	var b strings.Builder
	for i := range len(p) {
		if c := p[i]; 'A' <= c && c <= 'Z' {
			b.WriteByte('!')
			b.WriteByte(c + 'a' - 'A')
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func unescapeModule(p string) string {
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		if p[i] == '!' && i+1 < len(p) && 'a' <= p[i+1] && p[i+1] <= 'z' {
			i++
			b.WriteByte(p[i] - 'a' + 'A')
		} else {
			b.WriteByte(p[i])
		}
	}
	return b.String()
}

// stdTop are the directories of GOROOT/src. A production machine has no GOROOT to ask.
var stdTop = func() map[string]bool {
	set := map[string]bool{}
	for _, d := range strings.Fields(`archive arena bufio builtin bytes cmd cmp compress container context crypto database debug
		embed encoding errors expvar flag fmt go hash html image index internal io iter log maps math mime net os path plugin
		reflect regexp runtime simd slices sort strconv strings structs sync syscall testing text time unicode unique unsafe
		vendor weak`) {
		set[d] = true
	}
	return set
}()
