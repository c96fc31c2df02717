package renderer

import (
	"cmp"
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"
	"text/template/parse"
)

// maxWildRuns bounds how many executions of one wild page there are at a time, and so how many goroutines it can leave
// behind before it is disabled.
const maxWildRuns = 64

// A dialect is html/template or text/template, which have the same methods but no interface in common.
type dialect struct {
	parse func(name, text string) error
	add   func(name string, tree *parse.Tree) error
	tree  func(name string) *parse.Tree // nil if there is none of that name
	root  func(name string) executer    // nil likewise
	trees func() []*parse.Tree          // of a text template, all of them
}

func newDialect(html bool, root string, funcs map[string]any) dialect {
	if html {
		set := htmltemplate.New(root).Funcs(funcs)
		return dialect{
			parse: func(name, text string) error {
				t := set
				if name != root {
					t = set.New(name)
				}
				_, err := t.Parse(text)
				return err
			},
			add: func(name string, tree *parse.Tree) error { _, err := set.AddParseTree(name, tree); return err },
			tree: func(name string) *parse.Tree {
				if t := set.Lookup(name); t != nil {
					return t.Tree
				}
				return nil
			},
			root: func(name string) executer {
				if t := set.Lookup(name); t != nil && t.Tree != nil {
					return t
				}
				return nil
			},
		}
	}
	set := texttemplate.New(root).Funcs(funcs).Funcs(map[string]any{quietFunc: quiet})
	return dialect{
		trees: func() (list []*parse.Tree) {
			for _, t := range set.Templates() {
				list = append(list, t.Tree)
			}
			return list
		},
		parse: func(name, text string) error {
			t := set
			if name != root {
				t = set.New(name)
			}
			_, err := t.Parse(text)
			return err
		},
		add: func(name string, tree *parse.Tree) error { _, err := set.AddParseTree(name, tree); return err },
		tree: func(name string) *parse.Tree {
			if t := set.Lookup(name); t != nil {
				return t.Tree
			}
			return nil
		},
		root: func(name string) executer {
			if t := set.Lookup(name); t != nil && t.Tree != nil {
				return t
			}
			return nil
		},
	}
}

// compile makes a page of the file s and of those that it needs, each page with a name space of its own: two pages may
// both define "content".
func (l *library) compile(s *templateFile) (*customPage, []error) {
	needs := l.needs(s)
	var faults []error
	for _, n := range needs {
		if n.err != nil {
			faults = append(faults, readable(n.err))
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	d := newDialect(s.ext() == "html", s.path, l.funcs)
	for _, n := range needs {
		if err := d.parse(n.path, n.text); err != nil {
			return nil, []error{readable(err)}
		}
	}
	// {{template "base.html"}} means layouts/base.html where there is no closer one.
	for _, n := range needs {
		for _, name := range n.calls {
			if f := l.find(name, n); f != nil && d.tree(name) == nil && d.tree(f.path) != nil {
				if err := d.add(name, d.tree(f.path).Copy()); err != nil { // a copy: escaping edits it in place
					return nil, []error{readable(err)}
				}
			}
		}
	}
	for _, n := range needs {
		for _, name := range n.calls {
			if d.tree(name) == nil {
				faults = l.unread // which says what may be wrong; that it is not there, the execution does
			}
		}
	}
	start := s.path
	if s.partial() {
		if f := l.layout(s); f != nil {
			start = f.path
		}
	}
	p := &customPage{name: s.path, id: pageIDs.Add(1), format: FormatText, slots: make(chan struct{}, maxWildRuns)}
	switch s.ext() {
	case "html":
		p.format = FormatHTML
	case "md":
		p.format = FormatMarkdown
	}
	if p.whole = d.root(start); p.whole == nil {
		return nil, []error{fmt.Errorf("%s: %w", s.path, errNothing)}
	}
	p.analysis = analyse(start, d.tree, builtinFuncs)
	if p.fragment = d.root("fragment"); p.fragment != nil {
		a := analyse("fragment", d.tree, builtinFuncs)
		p.uses, p.wild, p.script, p.loop = p.uses|a.uses, p.wild || a.wild, p.script || a.script, cmp.Or(p.loop, a.loop)
	}
	if p.loop != "" {
		// text/template stops at a depth of 100000. With a dozen {{if}} around each call that is beyond the gigabyte at
		// which Go ends the program, and nothing recovers from that.
		return nil, []error{fmt.Errorf("%s calls itself, which a page must not", p.loop)}
	}
	if d.trees != nil {
		for _, t := range d.trees() {
			silence(t.Root)
		}
	}
	return p, faults
}

// quietFunc ends every action of a text template, as html/template's escapers end its own: what is not there is nothing,
// and not the "<no value>" that text/template writes. The option missingkey=zero does not do that: the zero value of an
// any is nil, which is no value either (Go issue 24963).
const quietFunc = "_exceptional_quiet"

func quiet(v any) any {
	if v == nil {
		return ""
	}
	return v
}

// silence adds quietFunc to the actions under n.
func silence(n parse.Node) {
	branch := func(b *parse.BranchNode) { silence(b.List); silence(b.ElseList) }
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				silence(c)
			}
		}
	case *parse.ActionNode:
		if len(n.Pipe.Decl) == 0 {
			name := parse.NewIdentifier(quietFunc).SetPos(n.Pos)
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{name}})
		}
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	}
}

// readable removes the package names from a template's error: what is left begins with the file and the line.
func readable(err error) error {
	text := err.Error()
	for _, prefix := range [...]string{"html/template: ", "html/template:", "template: ", "template:"} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			return &readableError{strings.TrimSpace(rest), err}
		}
	}
	return err
}

type readableError struct {
	text string
	err  error
}

func (e *readableError) Error() string { return e.text }
func (e *readableError) Unwrap() error { return e.err }
