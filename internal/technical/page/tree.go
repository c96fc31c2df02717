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
	Said      string // its text, without that of the errors it wraps
	Silent    bool   // it adds nothing to the errors it wraps
	StackHref string
	Branches  []chain
	Omitted   string
}

// maxBranches is how many joins deep the tree is shown: each takes some of the page's width, and a browser limits the depth of
// nested elements.
const maxBranches = 16

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

func (p *page) chain(i int, children [][]int, depth int) (out chain) {
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
		case depth == maxBranches:
			n.Omitted = "deeper branches left out"
			return out
		}
		for _, child := range below {
			n.Branches = append(n.Branches, p.chain(child, children, depth+1))
		}
		return out
	}
}

func (p *page) node(i int, wraps bool) *errorNode {
	e := p.Errors[i]
	n := &errorNode{ErrorNode: e, ID: errorID(i), Said: e.Added}
	if e.Added == "" {
		if n.Silent = wraps; !wraps {
			n.Said = e.Text
		}
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
