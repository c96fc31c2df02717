package renderer

import (
	"fmt"
	"reflect"
	"text/template/parse"
)

// A fieldSet is a set of those fields of a Page that differ from one occurrence of an error to the next.
type fieldSet uint32

const (
	hasDetail fieldSet = 1 << iota
	hasReference
	hasRequestID
	hasMethod
	hasPath
	hasRetryAfter
	hasLocation
	hasErrors
	hasExtensions
	hasLinks
	hasFrame
	hasDocument // of pages alone: what has the problem document in it
	hasAnything // what no page is without: an answer that uses it is never kept
	allFields   = hasAnything<<1 - 1
)

var occurrence = map[string]fieldSet{
	"Detail": hasDetail, "Reference": hasReference, "RequestID": hasRequestID, "Method": hasMethod, "Path": hasPath,
	"RetryAfter": hasRetryAfter, "Wait": hasRetryAfter, "Location": hasLocation, "Errors": hasErrors,
	"Extensions": hasExtensions, "Links": hasLinks, "Frame": hasFrame, "ProblemScript": documentUses,
}

// An analysis is what a template's source says about its executions.
type analysis struct {
	uses   fieldSet // if a page has none of these, it looks like every other page of its status, message and language
	script bool     // it may ask for Page.ProblemScript, which is made before
	wild   bool     // its time cannot be bounded by looking at it: it calls functions, or ranges over who knows what
	loop   string   // where it calls itself: file, line, column and name; "" if it does not
}

// maxSteps is about how many nodes a template may execute before it counts as wild, and callSteps what a function counts
// as: {{printf "%1000000d" 1}} takes a millisecond. Templates that call each other twice
// at each of 40 levels never end.
const (
	maxSteps  = 1 << 17
	callSteps = 1 << 7
)

// analyse reads the tree called name and those that it calls. It errs to the safe side: what it does not know is wild,
// and different every time.
func analyse(name string, trees func(name string) *parse.Tree, safe map[string]bool) analysis {
	a := analyser{trees: trees, safe: safe, steps: make(map[string]int), busy: make(map[string]bool)}
	// A member of the extensions may be the number 2e9, and a range over that is a loop. Where the dot may be the
	// extensions, any name may be a member; but none is called Errors.
	if a.template(name) >= maxSteps || a.ranges && a.uses&hasExtensions != 0 {
		a.wild = true
	}
	return a.analysis
}

type analyser struct {
	analysis
	ranges bool // over something else than Errors
	trees  func(string) *parse.Tree
	safe   map[string]bool // the functions that are text/template's own
	steps  map[string]int  // of the templates that have been read
	busy   map[string]bool // the templates that are being read
	tree   *parse.Tree     // the one that is being read
}

func (a *analyser) template(name string) int {
	if n, ok := a.steps[name]; ok {
		return n
	}
	t := a.trees(name)
	if t == nil || t.Root == nil {
		return 0
	}
	outer := a.tree
	a.busy[name], a.tree = true, t
	n := a.node(t.Root)
	delete(a.busy, name)
	a.tree = outer
	a.steps[name] = n
	return n
}

func (a *analyser) node(n parse.Node) int {
	switch n := n.(type) {
	case *parse.ListNode:
		steps := 0
		if n != nil {
			for _, c := range n.Nodes {
				steps = min(steps+a.node(c), maxSteps)
			}
		}
		return steps
	case *parse.ActionNode:
		return 1 + a.pipe(n.Pipe, false)
	case *parse.IfNode:
		return a.branch(&n.BranchNode, 1)
	case *parse.WithNode:
		return a.branch(&n.BranchNode, 1)
	case *parse.RangeNode:
		if list := ranged(n.Pipe); !plainFields[list] {
			a.wild = true
		} else if list != "Errors" {
			a.ranges = true
		}
		return a.branch(&n.BranchNode, maxErrors)
	case *parse.TemplateNode:
		if a.busy[n.Name] {
			where, _ := a.tree.ErrorContext(n)
			a.loop = fmt.Sprintf("%s: template %q", where, n.Name)
			return 1
		}
		return min(1+a.pipe(n.Pipe, true)+a.template(n.Name), maxSteps)
	case *parse.TextNode, *parse.CommentNode, *parse.BreakNode, *parse.ContinueNode:
	default:
		a.wild, a.uses = true, allFields
	}
	return 1
}

func (a *analyser) branch(b *parse.BranchNode, times int) int {
	steps := a.pipe(b.Pipe, b.NodeType == parse.NodeWith)
	return min(1+steps+times*(a.node(b.List)+a.node(b.ElseList)), maxSteps)
}

// pipe reads a pipeline. The whole page may stand in it only to be handed on as what the dot is.
func (a *analyser) pipe(p *parse.PipeNode, handsOn bool) (steps int) {
	if p == nil {
		return 0
	}
	if handsOn && len(p.Decl) == 0 && len(p.Cmds) == 1 && len(p.Cmds[0].Args) == 1 && isWholePage(p.Cmds[0].Args[0]) {
		return 0
	}
	for _, c := range p.Cmds {
		for _, arg := range c.Args {
			steps += a.argument(arg)
		}
	}
	return steps
}

func isWholePage(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.DotNode:
		return true
	case *parse.VariableNode:
		return len(n.Ident) == 1 && n.Ident[0] == "$"
	}
	return false
}

func (a *analyser) argument(n parse.Node) (steps int) {
	switch n := n.(type) {
	case *parse.FieldNode:
		a.fields(n.Ident)
	case *parse.VariableNode:
		if isWholePage(n) {
			a.uses |= allFields
		} else {
			a.fields(n.Ident[1:])
		}
	case *parse.ChainNode:
		a.fields(n.Field)
		return a.argument(n.Node)
	case *parse.DotNode:
		a.uses |= allFields
	case *parse.PipeNode:
		return a.pipe(n, false)
	case *parse.IdentifierNode:
		if !a.safe[n.Ident] {
			a.wild, a.uses = true, a.uses|allFields
		}
		return callSteps
	case *parse.StringNode, *parse.NumberNode, *parse.BoolNode, *parse.NilNode:
	default:
		a.wild, a.uses = true, allFields
	}
	return 0
}

// fields reads a chain such as .Brand.Name, without knowing what the dot is.
func (a *analyser) fields(chain []string) {
	for i, name := range chain {
		a.uses |= occurrence[name]
		a.script = a.script || name == "ProblemScript"
		if name == "Extensions" {
			return // what follows are keys of plain data
		}
		if _, ok := plainFields[name]; !ok && !(name == "Error" && i > 0 && chain[i-1] == "Err") {
			// A method of the error that caused this, for one: it may block, and say something else each time.
			a.wild, a.uses = true, a.uses|allFields
			return
		}
	}
}

// ranged returns the name of the field that is ranged over, or "".
func ranged(p *parse.PipeNode) string {
	if p == nil || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return ""
	}
	var chain []string
	switch n := p.Cmds[0].Args[0].(type) {
	case *parse.FieldNode:
		chain = n.Ident
	case *parse.VariableNode:
		chain = n.Ident[1:]
	}
	if len(chain) == 0 {
		return ""
	}
	return chain[len(chain)-1]
}

// plainFields are the names of the fields of a Page and of the structs in it: reading them runs nobody's code. The value
// says that no field of that name is a number, which may be ranged over as well, and for hours.
var plainFields = func() map[string]bool {
	fields := make(map[string]bool)
	known := make(map[reflect.Type]bool)
	var add func(t reflect.Type)
	add = func(t reflect.Type) {
		for t.Kind() == reflect.Slice || t.Kind() == reflect.Array || t.Kind() == reflect.Pointer || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || known[t] {
			return
		}
		known[t] = true
		for i := range t.NumField() {
			f := t.Field(i)
			bounded := true
			switch f.Type.Kind() {
			case reflect.Func, reflect.Chan, reflect.Interface:
				bounded = false
			default:
				bounded = !f.Type.ConvertibleTo(reflect.TypeFor[int]())
			}
			if was, ok := fields[f.Name]; ok {
				bounded = bounded && was
			}
			fields[f.Name] = bounded
			add(f.Type)
		}
	}
	add(reflect.TypeFor[Page]())
	fields["ProblemScript"] = false // made before the page is executed
	for _, own := range []reflect.Type{reflect.TypeFor[Labels](), reflect.TypeFor[Brand]()} {
		for i := range own.NumMethod() { // ours, and they do nothing but format
			fields[own.Method(i).Name] = false
		}
	}
	return fields
}()

// builtinFuncs are text/template's own, but for call.
var builtinFuncs = map[string]bool{
	"and": true, "or": true, "not": true, "len": true, "index": true, "slice": true, "print": true, "printf": true,
	"println": true, "html": true, "js": true, "urlquery": true, "eq": true, "ne": true, "lt": true, "le": true,
	"gt": true, "ge": true,
}
