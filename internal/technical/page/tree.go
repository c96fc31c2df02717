package page

import (
	"fmt"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// A chain is an error and the errors that it wraps, one after the other. Only the last one may have branches.
type chain []*errorNode

// An errorNode is an error of the tree at its place on the page.
type errorNode struct {
	report.ErrorNode
	ID        string
	OwnText   string  // its text, without that of the errors it wraps
	Silent    bool    // it adds nothing to the errors it wraps
	StackHref string  // link to its stack
	Branches  []chain // of a join
	Omitted   string  // says that branches are left out
}

// maxJoins is how many joins deep the tree is shown: each takes some of the page's width, and a browser limits the depth of nested
// elements.
const maxJoins = 16

// ErrorChain makes a tree of the Report's list, which is in pre-order. A wrapper and the error it wraps stand in one column,
// however deep they are; only a join goes a step to the right.
func (p *page) ErrorChain() chain {
	if len(p.Errors) == 0 {
		return nil
	}
	children := make([][]int, len(p.Errors))
	for i, e := range p.Errors {
		if i > 0 {
			children[e.Parent] = append(children[e.Parent], i)
		}
	}
	return p.chain(0, children, 0)
}

// chain returns the chain that begins with the error i. children are the indices below each error; joins counts those above i.
func (p *page) chain(i int, children [][]int, joins int) (out chain) {
	for {
		below := children[i]
		n := p.node(i, len(below) > 0)
		out = append(out, n)
		switch {
		case len(below) == 0:
			return out
		case len(below) == 1 && p.Errors[below[0]].Via != "join":
			i = below[0]
			continue
		case joins == maxJoins:
			n.Omitted = "deeper branches left out"
			return out
		}
		for _, child := range below {
			n.Branches = append(n.Branches, p.chain(child, children, joins+1))
		}
		return out
	}
}

// node makes the node of the error i. wraps says whether errors stand below it.
func (p *page) node(i int, wraps bool) *errorNode {
	e := p.Errors[i]
	n := &errorNode{ErrorNode: e, ID: errorID(i), OwnText: e.Added}
	switch {
	case e.Added != "":
	case wraps:
		n.Silent = true
	default:
		n.OwnText = e.Text
	}
	if len(p.Errors) > 1 && e.Stack >= 0 {
		n.StackHref = "#" + stackID(e.Stack)
	}
	return n
}

// viaText says how an error was reached from the one above it, as a word before its type.
func viaText(via string) string {
	switch via {
	case "unwrap":
		return "wraps"
	case "join":
		return "joins"
	case "cause", "internal":
		return via
	}
	return ""
}

func errorID(i int) string { return fmt.Sprintf("error-%d", i) }
func stackID(i int) string { return fmt.Sprintf("stack-%d", i) }
