package renderer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template/parse"
	"unicode/utf8"
)

// Where templates are looked for. The pages are in pagesDir; what they call may also be in the root and in the two
// directories where people keep layouts and partials. The rest of the file system is not read unless a page calls a
// file there by its path: it may well be the application's whole template tree, with functions of its own.
const pagesDir = "http_responses"

var sharedDirs = [...]string{"layouts", "partials", "."}

// What lies beyond these limits is not a set of error pages.
const (
	maxTemplateBytes = 1 << 20
	maxTemplateFiles = 1000
)

// A templateFile is a file with a template in it.
type templateFile struct {
	path    string
	text    string
	defines map[string]*parse.Tree // nil if it does not parse
	calls   []string               // the templates that it calls, in order
	err     error                  // why it cannot be read or does not parse, said only if it is needed
	page    bool                   // it lies in pagesDir itself
}

// ext returns "html", "txt" or "md".
func (s *templateFile) ext() string { return strings.TrimPrefix(path.Ext(s.path), ".") }

// partial reports whether the file has no text of its own, only definitions.
func (s *templateFile) partial() bool {
	t := s.defines[s.path]
	return t == nil || parse.IsEmptyTree(t.Root)
}

// A library is a snapshot of the template files: loading and validating see the same text, whatever happens to the files
// meanwhile.
type library struct {
	fsys   fs.FS
	files  map[string]*templateFile
	order  []string // the paths in the order in which they are searched
	unread []error  // what may lie where nobody could look, said only if something is not found
	funcs  map[string]any
}

// readLibrary takes the snapshot. What is wrong with a file shows when a page needs it: the root may be that of a whole
// project, with much in it that nobody calls.
func readLibrary(fsys fs.FS, funcs map[string]any) (*library, []error) {
	l := &library{fsys: fsys, files: make(map[string]*templateFile), funcs: funcs}
	var faults []error

	var walk func(dir string, deep bool)
	walk = func(dir string, deep bool) {
		fail := func(p string, err error) {
			err = fmt.Errorf("%s: %w", p, bare(err))
			if deep {
				faults = append(faults, &optionError{"Templates", err})
			} else {
				l.unread = append(l.unread, err)
			}
		}
		entries, err := fs.ReadDir(fsys, dir)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				fail(dir, err)
			}
			return
		}
		for _, e := range entries {
			p := path.Join(dir, e.Name())
			switch ext := path.Ext(p); {
			case e.IsDir() && ext != "" && isTemplate(ext) && dir == pagesDir:
				fail(p, errors.New("is a directory"))
			case e.IsDir() && deep:
				walk(p, true)
			case e.IsDir() || !isTemplate(ext):
			case len(l.files) == maxTemplateFiles:
				fail(p, fmt.Errorf("there are more than %d templates", maxTemplateFiles))
				return
			default:
				l.read(p)
			}
		}
	}
	walk(pagesDir, true)
	pages := len(l.files)
	for _, dir := range sharedDirs {
		walk(dir, false)
	}
	if pages == 0 {
		if dir := misplaced(fsys); dir != "" {
			faults = append(faults, faultf("Templates", "%s is in %s; hand over fs.Sub(…, %q)", pagesDir, dir, dir))
		}
	}
	return l, faults
}

func isTemplate(ext string) bool { return ext == ".html" || ext == ".txt" || ext == ".md" }

// misplaced returns the directory that should have been the root: forgetting fs.Sub after go:embed is easily done, and
// nothing else would tell.
func misplaced(fsys fs.FS) string {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if e.IsDir() {
			if info, err := fs.Stat(fsys, path.Join(e.Name(), pagesDir)); err == nil && info.IsDir() {
				return e.Name()
			}
		}
	}
	return ""
}

// read adds the file p to the library, also if it cannot be read: whoever calls it learns why.
func (l *library) read(p string) {
	s := &templateFile{path: p, page: path.Dir(p) == pagesDir}
	l.files[p] = s
	l.order = append(l.order, p)
	if s.text, s.err = l.text(p); s.err != nil {
		if s.text == "" {
			l.unread = append(l.unread, s.err)
		}
		return
	}
	s.defines = make(map[string]*parse.Tree)
	t := parse.New(p)
	t.Mode = parse.SkipFuncCheck // whose functions they are shows when it is compiled
	if _, err := t.Parse(s.text, "", "", s.defines); err != nil {
		s.defines, s.err = nil, err
	}
	s.calls = calls(s.defines)
}

// text returns what the file p says, with an error as much of it as there is.
func (l *library) text(p string) (string, error) {
	f, err := l.fsys.Open(p)
	if err != nil {
		return "", fmt.Errorf("%s: %w", p, bare(err))
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxTemplateBytes+1))
	b = bytes.TrimPrefix(b, []byte("\ufeff")) // or the page would begin with it, and be in quirks mode
	switch {
	case err != nil:
		return string(b), fmt.Errorf("%s: %w", p, bare(err))
	case len(b) > maxTemplateBytes:
		return string(b), fmt.Errorf("%s: is larger than %d bytes", p, maxTemplateBytes)
	}
	for i, line := range bytes.Split(b, []byte("\n")) {
		if !utf8.Valid(line) {
			return string(b), fmt.Errorf("%s:%d: is not UTF-8", p, i+1)
		}
	}
	return string(b), nil
}

// find returns the file that {{template "name"}} in the file from means: by its path, by its base name, or by what it
// defines. Nil is none.
func (l *library) find(name string, from *templateFile) *templateFile {
	if s := l.files[name]; s != nil {
		return s
	}
	var broken *templateFile
	for _, byBase := range [...]bool{true, false} {
		for _, p := range l.order {
			s := l.files[p]
			if s == from || path.Ext(p) != path.Ext(from.path) {
				continue
			}
			if byBase && path.Base(p) == name {
				return s
			}
			if t := s.defines[name]; !byBase && t != nil && (!s.page || s.partial() || !isPageName(p)) {
				return s
			}
			if s.err != nil && broken == nil && strings.Contains(s.text, fmt.Sprintf("%q", name)) {
				broken = s // it is likely the one, and its fault is the one to tell
			}
		}
	}
	if broken != nil {
		return broken
	}
	if strings.Contains(name, "/") && fs.ValidPath(name) && isTemplate(path.Ext(name)) {
		if _, err := fs.Stat(l.fsys, name); !errors.Is(err, fs.ErrNotExist) {
			l.read(name)
			return l.files[name]
		}
	}
	return nil
}

// layouts are the names under which a page that only defines blocks finds its layout.
var layouts = [...]string{"_layout", "layout", "_base", "base", "default", "main"}

// layout returns the file that a page without text of its own is the blocks of, or nil.
func (l *library) layout(s *templateFile) *templateFile {
	for _, dir := range [...]string{pagesDir, "layouts", "."} {
		for _, name := range layouts {
			if name == "default" && dir == pagesDir {
				continue // that is the page for every other status
			}
			if f := l.files[path.Join(dir, name+path.Ext(s.path))]; f != nil && f != s {
				return f
			}
		}
	}
	return nil
}

// needs returns what the page s calls, directly or not, the innermost first, and s last.
func (l *library) needs(s *templateFile) []*templateFile {
	var order []*templateFile
	visited := make(map[*templateFile]bool)
	var visit func(s *templateFile)
	visit = func(s *templateFile) {
		if visited[s] {
			return
		}
		visited[s] = true
		for _, name := range s.calls {
			if _, own := s.defines[name]; own && name != s.path {
				continue
			}
			if f := l.find(name, s); f != nil {
				visit(f)
			}
		}
		order = append(order, s)
	}
	if s.partial() {
		if f := l.layout(s); f != nil {
			visit(f)
		}
	}
	visit(s)
	return order
}

// pages returns the files that are pages: those in pagesDir that have a status for a name, and those that an error may
// name, which are the others there unless another file calls them or they are layouts or partials by their look.
func (l *library) pages() []*templateFile {
	called := make(map[string]bool)
	for _, s := range l.files {
		for _, name := range s.calls {
			if f := l.find(name, s); f != nil && f != s {
				called[f.path] = true
			}
		}
	}
	var list []*templateFile
	for _, p := range slices.Sorted(slices.Values(l.order)) {
		s := l.files[p]
		base := path.Base(p)
		stem := strings.TrimSuffix(base, path.Ext(base))
		switch {
		case !s.page:
		case isPageName(p):
			list = append(list, s)
		case called[p], strings.HasPrefix(base, "_"), slices.Contains(layouts[:], stem), s.err == nil && s.partial():
		default:
			list = append(list, s)
		}
	}
	return list
}

// calls lists the templates that are called in trees, each once.
func calls(trees map[string]*parse.Tree) []string {
	var names []string
	var visit func(n parse.Node)
	list := func(l *parse.ListNode) {
		if l != nil {
			for _, n := range l.Nodes {
				visit(n)
			}
		}
	}
	branch := func(b *parse.BranchNode) { list(b.List); list(b.ElseList) }
	visit = func(n parse.Node) {
		switch n := n.(type) {
		case *parse.IfNode:
			branch(&n.BranchNode)
		case *parse.WithNode:
			branch(&n.BranchNode)
		case *parse.RangeNode:
			branch(&n.BranchNode)
		case *parse.TemplateNode:
			if !slices.Contains(names, n.Name) {
				names = append(names, n.Name)
			}
		}
	}
	for _, t := range trees {
		list(t.Root)
	}
	slices.Sort(names) // the trees are a map
	return names
}

// bare removes what fs.PathError says twice.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
