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
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/renderer"
)

// An executer is a compiled template, of html/template or text/template.
type executer interface {
	Execute(w io.Writer, data any) error
}

// A Page is a page of the application, compiled. It may be used by many goroutines.
type Page struct {
	Path        string
	Language    string // the one that it is in, as it is offered; "" is any
	WantsScript bool   // it names renderer.Page.ProblemScript, which is made before

	name     pageName
	format   renderer.Format
	whole    executer
	fragment executer    // what the page defines as "fragment", or nil
	disabled atomic.Bool // it has overrun its time once

	maxBytes int
	timeout  time.Duration
	overruns *guard.Limit
}

var templateFormats = map[string]renderer.Format{
	".html": renderer.FormatHTML, ".txt": renderer.FormatText, ".md": renderer.FormatMarkdown,
}

// compile makes a page of the file s and of those that it calls. Each page has a name space of its own: two pages may both
// define "content".
func (l *sources) compile(s *source) (*Page, []error) {
	name, err := parsePageName(s.path)
	if err != nil {
		return nil, []error{fmt.Errorf("%s: %w", s.path, err)}
	}
	files := []*source{s}
	if layout := l.layout(s); layout != nil {
		files = []*source{layout, s}
	}
	start := files[0].path
	trees := make(map[string]*parse.Tree)
	visited := make(map[*source]bool)
	for _, f := range files {
		if faults := l.collect(f, trees, visited); len(faults) > 0 {
			return nil, faults
		}
	}
	p := &Page{Path: s.path, name: name, Language: name.language, format: templateFormats[path.Ext(s.path)]}
	for _, entry := range [...]string{start, "fragment"} {
		if err := checkCycles(trees, entry, make(map[string]bool)); err != nil {
			return nil, []error{err}
		}
	}
	lookup, err := assemble(p.format == renderer.FormatHTML, trees, l.funcs)
	if err != nil {
		return nil, []error{Readable(err)}
	}
	if p.whole, p.fragment = lookup(start), lookup("fragment"); p.whole == nil {
		return nil, []error{fmt.Errorf("%s: %w", s.path, ErrNothing)}
	}
	complete := true
	for _, t := range trees {
		p.WantsScript = p.WantsScript || strings.Contains(t.Root.String(), "ProblemScript")
		walk(t.Root, func(n parse.Node) {
			if call, ok := n.(*parse.TemplateNode); ok && trees[call.Name] == nil {
				complete = false
			}
		})
	}
	if !complete {
		return p, l.unread // the template may be there; the execution reports that it is missing
	}
	return p, nil
}

// collect adds the templates of s to trees, those that it calls first: its own definitions replace a layout's blocks.
func (l *sources) collect(s *source, trees map[string]*parse.Tree, visited map[*source]bool) (faults []error) {
	if visited[s] {
		return nil
	}
	visited[s] = true
	if s.err != nil {
		return []error{Readable(s.err)}
	}
	for _, name := range s.calls {
		if s.trees[name] != nil {
			continue // it is defined in s itself
		}
		if f := l.find(name, s); f != nil {
			faults = append(faults, l.collect(f, trees, visited)...)
			if f.trees != nil {
				trees[name] = f.trees[f.path]
			}
		}
	}
	for name, tree := range s.trees {
		if trees[name] == nil || !parse.IsEmptyTree(tree.Root) { // as text/template does
			trees[name] = tree
		}
	}
	return faults
}

// checkCycles refuses a template that calls itself, directly or not. text/template stops at a depth of 100000. With a dozen
// {{if}} around each call that is beyond the gigabyte of stack at which Go ends the program. In checked, a template is false
// while it is being looked at, and true afterwards.
func checkCycles(trees map[string]*parse.Tree, name string, checked map[string]bool) (err error) {
	t := trees[name]
	if t == nil || checked[name] {
		return nil
	}
	checked[name] = false
	walk(t.Root, func(n parse.Node) {
		call, ok := n.(*parse.TemplateNode)
		if !ok || err != nil {
			return
		}
		if done, began := checked[call.Name]; began && !done {
			where, _ := t.ErrorContext(call)
			err = fmt.Errorf("%s: template %q calls itself, which a page must not", where, call.Name)
			return
		}
		err = checkCycles(trees, call.Name, checked)
	})
	checked[name] = true
	return err
}

// assemble makes html/template or text/template of trees. The result looks a template up; nil is none.
func assemble(html bool, trees map[string]*parse.Tree, funcs map[string]any) (lookup func(name string) executer, err error) {
	if html {
		set := htmltemplate.New("").Funcs(funcs)
		for name, tree := range trees {
			if _, err := set.AddParseTree(name, tree.Copy()); err != nil { // a copy: escaping edits it in place
				return nil, err
			}
		}
		return func(name string) executer {
			if t := set.Lookup(name); t != nil {
				return t
			}
			return nil
		}, nil
	}
	set := texttemplate.New("").Funcs(funcs).Funcs(map[string]any{nilAsEmptyFunc: nilAsEmpty})
	for name, tree := range trees {
		tree = tree.Copy()
		appendNilAsEmpty(tree.Root)
		if _, err := set.AddParseTree(name, tree); err != nil {
			return nil, err
		}
	}
	return func(name string) executer {
		if t := set.Lookup(name); t != nil {
			return t
		}
		return nil
	}, nil
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

type readableError struct {
	text string
	err  error
}

func (e *readableError) Error() string { return e.text }
func (e *readableError) Unwrap() error { return e.err }
