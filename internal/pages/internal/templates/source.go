package templates

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

// Dir is the directory of the pages. The files that they call may also be in sharedDirs. The rest of the file system is not
// read unless a page calls a file there by its path: it may be the application's whole template tree, with functions of its
// own.
const Dir = "http_responses"

var sharedDirs = [...]string{"layouts", "partials", "."}

// layoutName is the file, without its extension, that a page is put into if it only defines blocks.
const layoutName = Dir + "/layout"

const maxTemplateBytes = 1 << 20

// A source is a file with a template in it.
type source struct {
	path  string
	trees map[string]*parse.Tree // the templates that it defines, itself under its path; nil if it does not parse
	calls []string               // the templates that it calls
	err   error                  // why it cannot be read or does not parse
}

// onlyDefines reports whether the file has no text of its own, only definitions.
func (s *source) onlyDefines() bool {
	return s.err == nil && parse.IsEmptyTree(s.trees[s.path].Root)
}

// sources are the files of Options.Templates. Each is read once, when it is first needed: a fault in a file that no page calls
// does not matter.
type sources struct {
	fsys   fs.FS
	funcs  map[string]any
	names  []string // the paths, in the order in which a base name is looked up
	files  map[string]*source
	unread []error // directories that could not be read; reported if something is not found
}

// isTemplate reports whether a file with this extension is a template.
func isTemplate(ext string) bool { return ext == ".html" || ext == ".txt" || ext == ".md" }

// listSources lists the files. The errors are those of Dir.
func listSources(fsys fs.FS, funcs map[string]any) (*sources, []error) {
	l := &sources{fsys: fsys, funcs: funcs, files: make(map[string]*source)}
	var faults []error
	var list func(dir string)
	list = func(dir string) {
		entries, err := fs.ReadDir(fsys, dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s: %w", dir, withoutPath(err))
			if strings.HasPrefix(dir, Dir) {
				faults = append(faults, err)
			} else {
				l.unread = append(l.unread, err)
			}
		}
		for _, e := range entries {
			p := path.Join(dir, e.Name())
			switch named := isTemplate(path.Ext(p)); {
			case e.IsDir() && named && dir == Dir:
				faults = append(faults, fmt.Errorf("%s: is a directory", p))
			case e.IsDir() && strings.HasPrefix(dir, Dir):
				list(p)
			case named && !e.IsDir():
				l.names = append(l.names, p)
			}
		}
	}
	list(Dir)
	if len(l.names) == 0 && len(faults) == 0 {
		if dir := misplaced(fsys); dir != "" {
			faults = append(faults, fmt.Errorf("%s is in %s; pass fs.Sub(…, %q)", Dir, dir, dir))
		}
	}
	for _, dir := range sharedDirs {
		list(dir)
	}
	return l, faults
}

// misplaced returns the directory that should have been the root: fs.Sub is easily forgotten after go:embed.
func misplaced(fsys fs.FS) string {
	found, _ := fs.Glob(fsys, "*/"+Dir)
	if len(found) == 0 {
		return ""
	}
	return path.Dir(found[0])
}

// open returns the file p, also if it cannot be read.
func (l *sources) open(p string) *source {
	s := l.files[p]
	if s != nil {
		return s
	}
	s = &source{path: p}
	l.files[p] = s
	text, err := l.read(p)
	if err == nil {
		s.trees, err = parse.Parse(p, text, "", "", builtinFuncs, l.funcs)
	}
	if err != nil {
		s.trees, s.err = nil, err
		return s
	}
	for _, t := range s.trees {
		walk(t.Root, func(n parse.Node) {
			if call, ok := n.(*parse.TemplateNode); ok && !slices.Contains(s.calls, call.Name) {
				s.calls = append(s.calls, call.Name)
			}
		})
	}
	slices.Sort(s.calls) // the trees are a map
	return s
}

// read returns the text of the file p. Templates are UTF-8: the answers are declared as that.
func (l *sources) read(p string) (string, error) {
	f, err := l.fsys.Open(p)
	if err != nil {
		return "", fmt.Errorf("%s: %w", p, withoutPath(err))
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxTemplateBytes+1))
	if err != nil {
		return "", fmt.Errorf("%s: %w", p, withoutPath(err))
	}
	if len(b) > maxTemplateBytes {
		return "", fmt.Errorf("%s: is larger than %d bytes", p, maxTemplateBytes)
	}
	for i, line := range bytes.Split(b, []byte("\n")) {
		if !utf8.Valid(line) {
			return "", fmt.Errorf("%s:%d: is not UTF-8", p, i+1)
		}
	}
	return strings.TrimPrefix(string(b), "\ufeff"), nil // a byte order mark would put the page into quirks mode
}

// find returns the file that {{template "name"}} in the file from means: by its path or by its base name. Nil is none.
func (l *sources) find(name string, from *source) *source {
	if slices.Contains(l.names, name) {
		return l.open(name)
	}
	for _, p := range l.names {
		if path.Base(p) == name && p != from.path {
			return l.open(p)
		}
	}
	if strings.Contains(name, "/") && fs.ValidPath(name) && isTemplate(path.Ext(name)) {
		if _, err := fs.Stat(l.fsys, name); !errors.Is(err, fs.ErrNotExist) {
			return l.open(name)
		}
	}
	return nil
}

// pages returns the files that are pages: those in Dir that are named for a status, a class or the default, and the
// others there, which an error may name, unless they are the layout, begin with an underscore, or are called.
func (l *sources) pages() (pages []*source) {
	var inDir []*source
	called := make(map[*source]bool)
	for _, p := range l.names {
		if path.Dir(p) != Dir {
			continue
		}
		s := l.open(p)
		inDir = append(inDir, s)
		for _, name := range s.calls {
			if f := l.find(name, s); f != nil {
				called[f] = true
			}
		}
	}
	for _, s := range inDir {
		name, err := parsePageName(s.path)
		isLayout := strings.TrimSuffix(s.path, path.Ext(s.path)) == layoutName
		if err != nil || name.own == "" || !called[s] && !isLayout && !strings.HasPrefix(path.Base(s.path), "_") {
			pages = append(pages, s)
		}
	}
	return pages
}

// layout returns the file that the page s is put into, or nil.
func (l *sources) layout(s *source) *source {
	if name := layoutName + path.Ext(s.path); s.onlyDefines() && slices.Contains(l.names, name) {
		return l.open(name)
	}
	return nil
}

// walk calls visit for the nodes of a template that are no lists or branches.
func walk(n parse.Node, visit func(parse.Node)) {
	branch := func(b *parse.BranchNode) { walk(b.List, visit); walk(b.ElseList, visit) }
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				walk(c, visit)
			}
		}
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	default:
		visit(n)
	}
}

// withoutPath removes the path from an error of a file system that begins with it: ours do already.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
