package templates

import (
	"fmt"
	htmltemplate "html/template"
	"io"
	"path"
	"strings"
	"sync/atomic"
	texttemplate "text/template"
	"text/template/parse"

	"github.com/exceptional-go/exceptional/renderer"
)

// fragmentName is the template of a page that answers htmx and Turbo.
const fragmentName = "fragment"

// An executer is a compiled template, of html/template or text/template.
type executer interface {
	Execute(w io.Writer, data any) error
}

// A Page is a page of the application, compiled. It may be used by many goroutines.
type Page struct {
	Path        string
	Language    string // the language of a page for one language, as it is offered; "" if the page is for any
	WantsScript bool   // it uses renderer.Page.ProblemScript, which the caller makes only then

	name     pageName
	format   renderer.Format
	whole    executer
	fragment executer    // nil if the page defines none
	disabled atomic.Bool // it has overrun its time once

	limits Options // of the Set
}

var templateFormats = map[string]renderer.Format{
	".html": renderer.FormatHTML, ".txt": renderer.FormatText, ".md": renderer.FormatMarkdown,
}

// compile makes a page of the file f, of its layout, and of the files that they call. Each page has a name space of its own: two
// pages may both define "content".
func (l *fileList) compile(f *file) (*Page, []error) {
	name, err := parsePageName(f.path)
	if err != nil {
		return nil, []error{fmt.Errorf("%s: %w", f.path, err)}
	}
	start := f
	if layout := l.layout(f); layout != nil {
		start = layout
	}
	trees := make(map[string]*parse.Tree)
	visited := make(map[*file]bool)
	for _, part := range [...]*file{start, f} { // the layout first: the page's definitions replace its blocks
		if faults := l.collect(part, trees, visited); len(faults) > 0 {
			return nil, faults
		}
	}
	for _, entry := range [...]string{start.path, fragmentName} {
		if err := checkCycles(trees, entry, make(map[string]bool)); err != nil {
			return nil, []error{err}
		}
	}
	p := &Page{
		Path: f.path, name: name, Language: name.language, format: templateFormats[path.Ext(f.path)],
		limits: l.Options,
	}
	if err := p.assemble(trees, start.path, l.Funcs); err != nil {
		return nil, []error{Readable(err)}
	}
	for _, t := range trees {
		p.WantsScript = p.WantsScript || strings.Contains(t.Root.String(), "ProblemScript")
	}
	if callsMissing(trees) {
		return p, l.unread // the reason may be a directory that cannot be read; the execution reports the name
	}
	return p, nil
}

// collect adds the templates of f and of the files that it calls to trees. Its own come last and replace those of the same name:
// that is how a page fills the blocks of its layout.
func (l *fileList) collect(f *file, trees map[string]*parse.Tree, visited map[*file]bool) (faults []error) {
	if visited[f] {
		return nil
	}
	visited[f] = true
	if f.err != nil {
		return []error{Readable(f.err)}
	}
	for _, name := range f.calls {
		if f.trees[name] != nil {
			continue // it is defined in f itself
		}
		if c := l.find(name, f); c != nil {
			faults = append(faults, l.collect(c, trees, visited)...)
			if c.trees != nil {
				trees[name] = c.trees[c.path]
			}
		}
	}
	for name, tree := range f.trees {
		if trees[name] == nil || !parse.IsEmptyTree(tree.Root) { // text/template does not replace by an empty one either
			trees[name] = tree
		}
	}
	return faults
}

// callsMissing reports whether a template calls one that is not in trees.
func callsMissing(trees map[string]*parse.Tree) bool {
	for _, t := range trees {
		for _, call := range calls(t) {
			if trees[call.Name] == nil {
				return true
			}
		}
	}
	return false
}

// checkCycles refuses a template that calls itself, directly or not. text/template stops at a depth of 100000; with a dozen
// {{if}} around each call, that takes more than the gigabyte of stack at which Go ends the program.
//
// A template is in checked as false while it is being looked at, and as true afterwards.
func checkCycles(trees map[string]*parse.Tree, name string, checked map[string]bool) error {
	t := trees[name]
	if t == nil || checked[name] {
		return nil
	}
	checked[name] = false
	for _, call := range calls(t) {
		if done, began := checked[call.Name]; began && !done {
			where, _ := t.ErrorContext(call)
			return fmt.Errorf("%s: template %q calls itself, which a page must not", where, call.Name)
		}
		if err := checkCycles(trees, call.Name, checked); err != nil {
			return err
		}
	}
	checked[name] = true
	return nil
}

// assemble makes p's templates of trees: html/template's for HTML, which escapes, and text/template's otherwise.
func (p *Page) assemble(trees map[string]*parse.Tree, start string, funcs map[string]any) error {
	hasFragment := trees[fragmentName] != nil
	if p.format == renderer.FormatHTML {
		set := htmltemplate.New("").Funcs(funcs)
		for name, tree := range trees {
			if _, err := set.AddParseTree(name, tree.Copy()); err != nil { // a copy: escaping changes the tree, which pages share
				return err
			}
		}
		p.whole = set.Lookup(start)
		if hasFragment {
			p.fragment = set.Lookup(fragmentName)
		}
		return nil
	}
	set := texttemplate.New("").Funcs(funcs).Funcs(map[string]any{nilAsEmptyFunc: nilAsEmpty})
	for name, tree := range trees {
		tree = tree.Copy()
		appendNilAsEmpty(tree.Root)
		if _, err := set.AddParseTree(name, tree); err != nil {
			return err
		}
	}
	p.whole = set.Lookup(start)
	if hasFragment {
		p.fragment = set.Lookup(fragmentName)
	}
	return nil
}

// nilAsEmptyFunc ends every action of a text template, as html/template's escapers end its own: a missing value is printed
// as nothing, and not as the "<no value>" that text/template writes. The option missingkey=zero does not do that: the zero
// value of an any is nil, which is no value either (Go issue 24963).
const nilAsEmptyFunc = "_exceptional_nil_as_empty"

// nilAsEmpty is the function of that name in templates.
func nilAsEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

// appendNilAsEmpty adds nilAsEmptyFunc to the actions of a template.
func appendNilAsEmpty(root *parse.ListNode) {
	walk(root, func(n parse.Node) {
		action, ok := n.(*parse.ActionNode)
		if ok && len(action.Pipe.Decl) == 0 {
			name := parse.NewIdentifier(nilAsEmptyFunc).SetPos(action.Pos)
			command := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: action.Pos, Args: []parse.Node{name}}
			action.Pipe.Cmds = append(action.Pipe.Cmds, command)
		}
	})
}

// Readable removes the package names from a template's error: the rest begins with the file and the line.
func Readable(err error) error {
	text := strings.TrimPrefix(err.Error(), "html/")
	if rest, ok := strings.CutPrefix(text, "template:"); ok {
		return &readableError{strings.TrimSpace(rest), err}
	}
	return err
}

// A readableError is an error with another text.
type readableError struct {
	text string
	err  error
}

func (e *readableError) Error() string { return e.text }
func (e *readableError) Unwrap() error { return e.err }
