package technical

import (
	"cmp"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/stacks"
)

const (
	maxFrames = 100 // shown of one stack
	maxStacks = 12
)

// A foundStack is a stack with the index of the error that carries it.
type foundStack struct {
	stacks.Stack
	node int
}

// captureStacks turns the stacks that the errors carry into those of the Report, the origin of the failure first.
func (c *capture) captureStacks() {
	all := c.findStacks()
	var shown [][]runtime.Frame // of each Stack of the Report, before shared frames are cut off
	for _, s := range all[:min(len(all), maxStacks)] {
		frames := s.Frames
		if s.Kind == "error" {
			frames = stacks.TrimFrames(frames, c.errorPackage(s.node))
		}
		c.addStack(s, frames, shown)
		shown = append(shown, frames)
	}
	if left := len(all) - maxStacks; left > 0 {
		c.problem("%d more stacks are left out", left)
	}
	if len(all) == 0 && len(c.nodes) > 0 {
		c.explainNoStack()
	}
	c.attachSources()
}

// findStacks returns the stacks of all errors: the origins of panics first, then the stacks of the innermost errors, where a
// failure usually began.
func (c *capture) findStacks() (all []foundStack) {
	for i, n := range c.nodes {
		for _, s := range n.stacks {
			all = append(all, foundStack{s, i})
		}
	}
	for i := len(c.nodes) - 1; i >= 0 && len(all) == 0; i-- {
		err := c.nodes[i].Err
		if errtree.IsNil(err) {
			continue
		}
		printed, _ := within(c, c.view.perValue, func() stacks.Stack { return stacks.Printed(err) })
		if len(printed.Frames) > 0 {
			all = append(all, foundStack{printed, i})
		}
	}
	slices.SortStableFunc(all, func(a, b foundStack) int {
		byKind := strings.Compare(b.Kind, a.Kind) // "panic" before "error"
		return cmp.Or(byKind, c.nodes[b.node].Depth-c.nodes[a.node].Depth)
	})
	return all
}

// addStack adds a Stack to the Report. A wrapper's stack usually ends like the innermost one, so the frames at the end that one
// of the stacks before it has as well are left out.
func (c *capture) addStack(s foundStack, frames []runtime.Frame, before [][]runtime.Frame) {
	st := report.Stack{Kind: s.Kind, Title: c.text(s.Title, maxName), Node: s.node, Note: c.text(s.Note, 300)}
	shared, with := 0, 0
	for i, other := range before {
		if n := stacks.SharedSuffix(frames, other); n > shared {
			shared, with = n, i
		}
	}
	shared = min(shared, len(frames)-1) // a stack without frames would say nothing
	if shared > 2 {
		frames = frames[:len(frames)-shared]
		st.Shared, st.SharedWith = shared, with
	}
	c.fillFrames(&st, frames)
	if e := &c.report.Errors[s.node]; e.Stack < 0 {
		e.Stack = len(c.report.Stacks)
	}
	c.report.Stacks = append(c.report.Stacks, st)
}

// explainNoStack adds a Stack that says why there is none, with the handler as its only frame, where the reader begins to look.
func (c *capture) explainNoStack() {
	if c.in.Handler == "" && len(c.in.Routes) > 0 {
		return // the router answered, no handler has run
	}
	st := report.Stack{Kind: "handler", Title: "no stack", Node: -1}
	st.Note = "No error in the tree carries a stack: errors.New and fmt.Errorf do not take one. Wrap the error where it " +
		"enters your code (httperrors' constructors take a stack) to see its origin here."
	if h := c.in.Handler; h != "" {
		st.Note += " Until then, this is the handler that returned it."
		f := report.Frame{Function: c.binaryText(h, maxName), Class: report.ClassUnknown}
		f.Name, f.Pkg = stacks.DisplayName(f.Function)
		c.locateHandler(&f)
		st.Frames = append(st.Frames, f)
	}
	c.report.Stacks = append(c.report.Stacks, st)
}

// errorPackage returns the package whose constructors are left out of the stack of an error, "" if none are: those of the
// application's own errors are shown.
func (c *capture) errorPackage(node int) string {
	pkg := packageOf(reflect.TypeOf(c.nodes[node].Err))
	if c.view.paths.IsApp(pkg) {
		return ""
	}
	return pkg
}

// fillFrames sets the frames of st. Of a recursion it keeps one round, whose first frame says how often it was repeated.
func (c *capture) fillFrames(st *report.Stack, frames []runtime.Frame) {
	for _, f := range frames[:min(len(frames), 64)] {
		c.view.paths.Learn(f.Function, f.File)
	}
	for i := 0; i < len(frames); {
		if len(st.Frames) == maxFrames {
			st.Elided = len(frames) - i
			break
		}
		cycle, repeats := stacks.Recursion(frames[i:])
		for j := range max(cycle, 1) {
			f := c.frame(frames[i+j])
			if j == 0 && repeats > 0 {
				f.Cycle, f.Repeats = cycle, repeats
			}
			st.Frames = append(st.Frames, f)
		}
		i += max(cycle, 1) * (repeats + 1)
	}
	if len(st.Frames) > 0 {
		st.Frames[culpritIndex(st.Frames)].Open = true
	}
}

// frame describes one call: where its file belongs, and how its function is shown.
func (c *capture) frame(f runtime.Frame) report.Frame {
	at := c.view.paths.Locate(f.File, f.Function)
	out := report.Frame{
		Function: c.binaryText(f.Function, 300), File: c.binaryText(f.File, 500), Line: max(0, f.Line),
		Class: at.Class, Module: c.binaryText(at.Module, maxName), Version: c.binaryText(at.Version, maxName), Path: c.binaryText(cmp.Or(at.Rel, f.File), 300),
		Inlined: f.Func == nil && f.PC != 0 && f.Function != "",
	}
	out.Name, out.Pkg = stacks.DisplayName(out.Function)
	out.Link = c.view.links.Line(at, out.Line)
	return out
}
