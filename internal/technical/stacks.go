package technical

import (
	"reflect"
	"runtime"
	"slices"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/stacks"
)

const (
	maxFrames = 100 // shown of one stack
	maxStacks = 12
)

// captureStacks turns what the errors carry into Stacks, the most telling first: a panic's origin, then the stack of the
// innermost error, for that is where it came from.
func (c *capture) captureStacks() {
	type found struct {
		raw  stacks.Stack
		node int
	}
	var all, returns []found
	for i := range c.nodes {
		for _, s := range c.nodes[i].stacks {
			if s.Kind == "return" {
				returns = append(returns, found{s, i})
			} else {
				all = append(all, found{s, i})
			}
		}
	}
	if len(returns) > 0 { // one counter for each return: the chain from the inside out is the way the error took
		s := stacks.Stack{Kind: "return", Title: "returned through", Note: "one frame for each place that wrapped the error"}
		for i := len(returns) - 1; i >= 0; i-- {
			s.PCs = append(s.PCs, returns[i].raw.PCs...)
		}
		all = append(all, found{s, returns[len(returns)-1].node})
	}
	if len(all) == 0 {
		for i := len(c.nodes) - 1; i >= 0; i-- {
			if errtree.IsNil(c.nodes[i].Err) {
				continue
			}
			err := c.nodes[i].Err
			if s, fault := within(c, c.view.perValue, func() []stacks.Stack { return stacks.Printed(err) }); fault == "" && len(s) > 0 {
				all = append(all, found{s[0], i})
				break
			}
		}
	}
	slices.SortStableFunc(all, func(a, b found) int {
		rank := func(f found) int {
			switch f.raw.Kind {
			case "panic":
				return 0
			case "return":
				return 2
			}
			return 1
		}
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		if a.node == b.node {
			return 0
		}
		return c.nodes[b.node].Depth - c.nodes[a.node].Depth
	})

	var kept [][]runtime.Frame
	for _, s := range all {
		if len(c.report.Stacks) == maxStacks {
			c.problem("%d more stacks are left out", len(all)-maxStacks)
			break
		}
		frames := slices.Clone(s.raw.Frames)
		for i := range frames { // a library's own: whether they were inlined is not known
			frames[i].PC = 0
		}
		if frames == nil && s.raw.Kind == "return" {
			for _, pc := range s.raw.PCs { // each on its own: they are not one stack
				if f := stacks.Symbolize([]uintptr{pc}); len(f) > 0 {
					frames = append(frames, f[0])
				}
			}
		} else if frames == nil {
			frames = stacks.Symbolize(s.raw.PCs)
		}
		if s.raw.Kind == "error" {
			frames = stacks.TrimFrames(frames, c.errorPackage(s.node))
		}
		if len(frames) == 0 {
			continue
		}
		st := report.Stack{Kind: s.raw.Kind, Title: c.text(s.raw.Title, maxName), Node: s.node, Note: c.text(s.raw.Note, 300)}
		// A wrapper's stack ends as the innermost one does; only its beginning is news.
		best, with := 0, 0
		for i, other := range kept {
			if n := stacks.SharedSuffix(frames, other); n > best {
				best, with = n, i
			}
		}
		kept = append(kept, frames)
		if best > 0 && best == len(frames) {
			best-- // a stack without a frame would tell nothing
		}
		if best > 2 {
			frames = frames[:len(frames)-best]
			st.Shared, st.SharedWith = best, with
		}
		c.fillFrames(&st, frames)
		if c.report.Errors[s.node].Stack < 0 {
			c.report.Errors[s.node].Stack = len(c.report.Stacks)
		}
		c.report.Stacks = append(c.report.Stacks, st)
	}
	if len(c.report.Stacks) == 0 && len(c.nodes) > 0 {
		c.noStack()
	}
	c.attachSources()
}

// noStack says where to look instead of inventing a stack.
func (c *capture) noStack() {
	if c.in.Handler == "" && len(c.in.Routes) > 0 {
		return // the router's own answer: no code of anybody's has run
	}
	st := report.Stack{Kind: "handler", Title: "no stack", Node: -1}
	st.Note = "No error in the tree carries a stack: errors.New and fmt.Errorf do not take one. Wrap the error where it " +
		"enters your code (httperrors' constructors take a stack) to see its origin here."
	if h := c.in.Handler; h != "" {
		st.Note += " Until then, this is the handler that it came out of."
		f := report.Frame{Function: c.plain(h, maxName), Class: report.ClassUnknown}
		f.Name, f.Pkg = stacks.DisplayName(f.Function)
		c.locateHandler(&f)
		st.Frames = append(st.Frames, f)
	}
	c.report.Stacks = append(c.report.Stacks, st)
}

func (c *capture) errorPackage(node int) string {
	t := reflect.TypeOf(c.nodes[node].Err)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	pkg := t.PkgPath()
	if c.view.paths.IsApp(pkg) {
		return "" // the application's own error types are where its constructors are of interest
	}
	return pkg
}

// fillFrames folds recursion and describes each frame that is left.
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

func (c *capture) frame(f runtime.Frame) report.Frame {
	at := c.view.paths.Locate(f.File, f.Function)
	out := report.Frame{
		Function: c.plain(f.Function, 300), File: c.plain(f.File, 500), Line: max(0, f.Line),
		Class: at.Class, Module: c.plain(at.Module, maxName), Version: c.plain(at.Version, maxName), Path: c.plain(at.Display, 300),
		Inlined: f.Func == nil && f.PC != 0 && f.Function != "",
	}
	out.Name, out.Pkg = stacks.DisplayName(out.Function)
	if c.mask.Name(f.Function) && out.Name == "" {
		out.Name = out.Function
	}
	out.Link = c.view.links.Line(at, out.Line)
	return out
}
