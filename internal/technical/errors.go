package technical

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/stacks"
	"github.com/exceptional-go/exceptional/internal/technical/value"
	"github.com/exceptional-go/exceptional/internal/text"
)

// A node is one error of the tree before masking.
type node struct {
	errtree.Node
	text   string // whole, up to maxText
	note   string // why something is missing
	stacks []stacks.Stack
}

// panicked reports whether the error is a panic, not one that wraps a panic.
func (n node) panicked() bool {
	_, ok := n.Err.(*stack.Panic)
	return ok
}

// remark adds to the note.
func (n *node) remark(s string) { n.note = strings.TrimPrefix(n.note+"; "+s, "; ") }

const (
	maxText      = 64 << 10 // bytes kept of an Error text while it is compared with others
	maxTreeBytes = 96 << 10 // bytes shown of all texts of a tree
)

func (c *capture) captureErrors() {
	if c.in.Err == nil {
		return
	}
	c.walkErrors()
	c.readTexts()
	left := maxTreeBytes
	for i := range c.nodes {
		e := c.errorNode(i, min(maxValue, max(200, left)))
		left -= len(e.Text) + len(e.Added)
		c.report.Errors = append(c.report.Errors, e)
	}
}

// walkErrors makes a node of each error in the tree. If an Unwrap method fails, the outermost error is the only one.
func (c *capture) walkErrors() {
	root := c.in.Err
	nodes, fault := within(c, c.view.perValue, func() (nodes []node) {
		truncated := errtree.Walk(root, func(n errtree.Node) bool {
			nodes = append(nodes, node{Node: n})
			return true
		})
		if truncated {
			nodes[len(nodes)-1].remark("further errors are left out")
		}
		return nodes
	})
	if c.nodes = nodes; len(nodes) == 0 {
		c.problem("the error's tree could not be walked: Unwrap %s", fault)
		c.nodes = []node{{Node: errtree.Node{Err: root, Parent: -1}}}
	}
}

// readTexts calls the Error methods. All texts are searched for secrets before any is written down: one error may say
// "password=hunter2", and the one that wraps it "hunter2" alone.
func (c *capture) readTexts() {
	var secrets []string
	for i := range c.nodes {
		n := &c.nodes[i]
		err := n.Err
		errText, fault := within(c, c.view.perValue, func() string {
			return strings.Clone(text.Cut(errtree.Text(err), maxText)) // the clone lets a gigabyte be freed
		})
		if fault != "" {
			n.remark("Error " + fault)
		}
		n.text = errText
		secrets = append(secrets, c.mask.Secrets(errText)...)
	}
	c.mask = c.mask.Knowing(secrets)
}

// errorNode makes the ErrorNode of node i. Its texts have at most limit bytes.
func (c *capture) errorNode(i, limit int) report.ErrorNode {
	n := &c.nodes[i]
	var got inspection
	isNil := errtree.IsNil(n.Err)
	if n.Seen {
		n.remark("already shown above: the tree has a cycle, or two branches share this error")
	} else if !isNil {
		m, err, children, fault := c.mask, n.Err, c.children(i), ""
		if got, fault = within(c, c.view.perValue, func() inspection { return inspect(err, children, m) }); fault != "" {
			n.remark("inspecting it: " + fault)
		}
	}
	n.stacks = got.stacks
	e := got.ErrorNode
	e.Parent, e.Depth, e.Branch, e.Via, e.Stack, e.Nil = n.Parent, n.Depth, n.Branch, n.Via.String(), -1, isNil
	e.Text, e.Added, e.Note = c.text(n.text, limit), c.ownText(i, limit), c.text(n.note, 300)
	t := reflect.TypeOf(n.Err)
	e.Type, e.Pkg = c.text(value.TypeName(t), maxName), c.text(packageOf(t), maxName)
	if p, ok := n.Err.(*stack.Panic); ok {
		e.Type, e.Pkg = c.text(fmt.Sprintf("panic(%T)", p.Value), maxName), ""
	}
	return e
}

// packageOf returns the package of a type, or of the type that it points to.
func packageOf(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath()
}

// children returns the errors directly below a node.
func (c *capture) children(parent int) (children []error) {
	for _, n := range c.nodes[parent+1:] {
		if n.Parent == parent {
			children = append(children, n.Err)
		}
	}
	return children
}

// ownText returns what node i says itself: its text with "…" in place of the texts of its children, "load order: …" for
// "load order: connection refused". It is "" if the node adds nothing to them but punctuation.
func (c *capture) ownText(i, limit int) string {
	rest, wraps := c.nodes[i].text, false
	var b strings.Builder
	for _, child := range c.nodes[i+1:] {
		if child.Parent != i || child.text == "" {
			continue
		}
		at := strings.Index(rest, child.text)
		if child.Via != errtree.Join { // a wrapper usually puts its own words first, and they may be the same: "open x: open x"
			at = strings.LastIndex(rest, child.text)
		}
		if at < 0 {
			continue
		}
		b.WriteString(rest[:at] + "…")
		rest, wraps = rest[at+len(child.text):], true
	}
	b.WriteString(rest)
	if wraps && strings.Trim(b.String(), "… \t\r\n;,*-[]()") == "" {
		return ""
	}
	return c.text(b.String(), limit)
}

// An inspection is the result of calling the methods of one error, other than Error. It is made on a goroutine that may be left
// behind, so it shares nothing with the Report.
type inspection struct {
	report.ErrorNode // Sentinels, Fields, Status and Public
	stacks           []stacks.Stack
}

// inspect calls the methods of err. One that panics leaves its part of the inspection empty, and the others are still called.
func inspect(err error, children []error, m *mask.Masker) (got inspection) {
	if p, ok := err.(*stack.Panic); ok {
		got.stacks = stacks.OfPanic(p)
		if _, isErr := p.Value.(error); !isErr {
			_ = guard.Call(func() { got.Fields = value.ValueFields(p.Value, m) })
		}
		return got
	}
	_ = guard.Call(func() { got.Sentinels = sentinels(err) })
	_ = guard.Call(func() {
		if x, ok := err.(interface {
			StatusCode() int
			PublicMessage() string
		}); ok {
			got.Status = x.StatusCode()
			got.Public, _, _ = value.Show(x.PublicMessage(), 1000, m.Text)
		}
	})
	_ = guard.Call(func() {
		if s := stacks.Of(err); len(s.Frames) > 0 {
			got.stacks = []stacks.Stack{s}
		}
	})
	_ = guard.Call(func() { got.Fields = value.ErrorFields(err, children, m) })
	return got
}
