package page

import (
	"fmt"
	"strconv"
	"strings"
)

// pageNodes is a chain of errors, each wrapping the next; only the last one may have branches.
type pageNodes []*pageNode

type pageNode struct {
	ID        string
	Via       string
	Type      string
	Pkg       string
	Text      clip
	Silent    bool // it adds nothing to what it wraps
	Nil       bool
	Sentinels []string
	Status    string
	Public    string
	StackHref string
	Note      string
	Fields    []pageField
	More      string
	Branches  []pageNodes
	Omitted   string
}

// tree turns the pre-order list into chains. A wrapper and what it wraps stand in one column, however deep they are; only a
// join goes a step to the right.
func (m *modeller) tree() []pageNodes {
	list := firstN(m.r.Errors, showNodes)
	if len(list) == 0 {
		return nil
	}
	children := make([][]int, len(list))
	var roots []int
	for i, n := range list {
		if n.Parent >= 0 && n.Parent < i { // what a stored Report says otherwise would be a cycle
			children[n.Parent] = append(children[n.Parent], i)
		} else {
			roots = append(roots, i)
		}
	}
	var out []pageNodes
	for _, i := range roots {
		out = append(out, m.chain(i, children, 0))
	}
	if n := len(m.r.Errors) - len(list); n > 0 {
		last := out[len(out)-1]
		last[len(last)-1].Omitted = count(n, "more error") + " left out"
	}
	return out
}

func (m *modeller) chain(i int, children [][]int, depth int) (out pageNodes) {
	for {
		p := m.node(i)
		out = append(out, p)
		next := children[i]
		if len(next) == 0 {
			return out
		}
		if len(next) > 1 || m.r.Errors[next[0]].Via == "join" {
			if depth == 16 {
				p.Omitted = "deeper branches left out"
				return out
			}
			for _, c := range next {
				p.Branches = append(p.Branches, m.chain(c, children, depth+1))
			}
			return out
		}
		i = next[0]
	}
}

func (m *modeller) node(i int) *pageNode {
	list, b := m.r.Errors, m.b
	n := list[i]
	b.take(250)
	p := &pageNode{ID: nodeHref(i)[1:], Type: b.short(n.Type), Pkg: b.short(n.Pkg), Nil: n.Nil, Public: b.short(n.Public), Note: b.short(n.Note)}
	p.Via = viaText(n.Via)
	switch wraps := i+1 < len(list) && list[i+1].Parent == i; {
	case strings.Trim(n.Added, "…\n ") != "":
		p.Text = b.text(n.Added, showValue, 0)
	case wraps:
		p.Silent = true
	default:
		p.Text = b.text(n.Text, showValue, 0)
	}
	for _, s := range firstN(n.Sentinels, 12) {
		p.Sentinels = append(p.Sentinels, b.short(s))
	}
	if n.Status > 0 {
		p.Status = strconv.Itoa(n.Status)
	}
	if len(list) > 1 && n.Stack >= 0 && n.Stack < min(len(m.r.Stacks), showStacks) && m.r.Stacks[n.Stack].Node == i {
		p.StackHref = "#" + stackID(n.Stack)
	}
	p.Fields, p.More = m.fields(n.Fields, 0)
	return p
}

// viaText is how an error was reached from the one above it, as a word before its type.
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

func nodeHref(i int) string { return fmt.Sprintf("#error-%d", i) }
