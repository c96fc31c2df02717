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

// A file is a file of Options.Files, parsed.
type file struct {
	path  string
	trees map[string]*parse.Tree // the templates that it defines, itself under its path; nil if it does not parse
	calls []string               // the names in its {{template}} actions, sorted
	err   error                  // why it cannot be read or does not parse
}

// onlyDefines reports whether the file has no text of its own, only definitions.
func (f *file) onlyDefines() bool {
	return f.err == nil && parse.IsEmptyTree(f.trees[f.path].Root)
}

// A fileList is the files of Options.Files. Each is read once, when it is first needed: a fault in a file that no page calls
// does not matter.
type fileList struct {
	Options
	paths  []string         // in the order in which a base name is looked up
	opened map[string]*file // by path
	unread []error          // the shared directories that cannot be read; reported if a page calls a template that is not found
}

// isTemplate reports whether a file with this extension is a template.
func isTemplate(ext string) bool { return ext == ".html" || ext == ".txt" || ext == ".md" }

// listFiles lists the files without reading them. The errors are about Dir alone.
func listFiles(o Options) (*fileList, []error) {
	l := &fileList{Options: o, opened: make(map[string]*file)}
	var faults []error
	// list adds the templates in dir. Only Dir is searched with its subdirectories.
	var list func(dir string)
	list = func(dir string) {
		entries, err := fs.ReadDir(o.Files, dir)
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
				l.paths = append(l.paths, p)
			}
		}
	}
	list(Dir)
	if len(l.paths) == 0 && len(faults) == 0 {
		if dir := misplaced(o.Files); dir != "" {
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
func (l *fileList) open(p string) *file {
	if f := l.opened[p]; f != nil {
		return f
	}
	f := &file{path: p}
	l.opened[p] = f
	text, err := l.read(p)
	if err == nil {
		f.trees, err = parse.Parse(p, text, "", "", builtinFuncs, l.Funcs)
	}
	if err != nil {
		f.trees, f.err = nil, err
		return f
	}
	for _, t := range f.trees {
		for _, call := range calls(t) {
			f.calls = append(f.calls, call.Name)
		}
	}
	slices.Sort(f.calls) // the trees are a map; the order of faults should not change from run to run
	f.calls = slices.Compact(f.calls)
	return f
}

// read returns the text of the file p. It must be UTF-8, because the answers are declared as that; the fault names the line.
func (l *fileList) read(p string) (string, error) {
	f, err := l.Files.Open(p)
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

// find returns the file that {{template "name"}} in the file from means: by its path or by its base name. It returns nil if there
// is none.
func (l *fileList) find(name string, from *file) *file {
	if slices.Contains(l.paths, name) {
		return l.open(name)
	}
	for _, p := range l.paths {
		if path.Base(p) == name && p != from.path {
			return l.open(p)
		}
	}
	if strings.Contains(name, "/") && fs.ValidPath(name) && isTemplate(path.Ext(name)) {
		if _, err := fs.Stat(l.Files, name); !errors.Is(err, fs.ErrNotExist) {
			return l.open(name)
		}
	}
	return nil
}

// pages returns the files of Dir that are pages: those that are named for a status, a class or the default, and the others,
// which an error may name, unless they are the layout, begin with an underscore, or are called by another file.
func (l *fileList) pages() (pages []*file) {
	var inDir []*file
	called := make(map[*file]bool)
	for _, p := range l.paths {
		if path.Dir(p) != Dir {
			continue
		}
		f := l.open(p)
		inDir = append(inDir, f)
		for _, name := range f.calls {
			if c := l.find(name, f); c != nil {
				called[c] = true
			}
		}
	}
	for _, f := range inDir {
		name, err := parsePageName(f.path)
		isForStatus := err != nil || name.custom == "" // a bad status is a page, too: compile reports it
		isLayout := strings.TrimSuffix(f.path, path.Ext(f.path)) == layoutName
		if isForStatus || !called[f] && !isLayout && !strings.HasPrefix(path.Base(f.path), "_") {
			pages = append(pages, f)
		}
	}
	slices.SortFunc(pages, func(a, b *file) int { return strings.Compare(a.path, b.path) })
	return pages
}

// layout returns the file that the page f is put into, or nil.
func (l *fileList) layout(f *file) *file {
	if name := layoutName + path.Ext(f.path); f.onlyDefines() && slices.Contains(l.paths, name) {
		return l.open(name)
	}
	return nil
}

// calls returns the {{template}} actions of a template.
func calls(t *parse.Tree) (calls []*parse.TemplateNode) {
	walk(t.Root, func(n parse.Node) {
		if call, ok := n.(*parse.TemplateNode); ok {
			calls = append(calls, call)
		}
	})
	return calls
}

// walk calls visit for every action and text of a template, those inside {{if}}, {{with}} and {{range}} included.
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

// withoutPath removes the path from an error of a file system: our errors begin with it already.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
