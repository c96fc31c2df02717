package debugview

import (
	"reflect"
	"runtime"
	"slices"
	"strings"
	"unicode"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

const (
	maxFrames  = 100 // shown of one stack
	maxStacks  = 12
	maxCycle   = 8 // frames of one round of a recursion
	maxSources = 14
)

// symbolise turns program counters into frames. It passes the whole slice at once: only so are inlined calls found.
func symbolise(pcs []uintptr) (frames []runtime.Frame) {
	if len(pcs) == 0 {
		return nil
	}
	it := runtime.CallersFrames(pcs)
	for len(frames) < 2*maxPCs {
		f, more := it.Next()
		if f.PC != 0 || f.Function != "" {
			frames = append(frames, f)
		}
		if !more {
			break
		}
	}
	return frames
}

// trim drops what stands above a panic in the stack of an error that was made while recovering from it, the runtime's
// own frames, and the constructors of the error's own package.
func trim(frames []runtime.Frame, errorPkg string) []runtime.Frame {
	for i := len(frames) - 1; i >= 0; i-- {
		if frames[i].Function == "runtime.gopanic" {
			frames = frames[i+1:]
			break
		}
	}
	for len(frames) > 1 && isRuntime(frames[0]) {
		frames = frames[1:]
	}
	for len(frames) > 0 {
		if f := frames[len(frames)-1].Function; f != "runtime.goexit" && f != "runtime.main" {
			break
		}
		frames = frames[:len(frames)-1]
	}
	if errorPkg != "" {
		i := 0
		for i < len(frames) && packageOf(frames[i].Function) == errorPkg {
			i++
		}
		if i < len(frames) && i < 4 { // more than that is no constructor
			frames = frames[i:]
		}
	}
	return frames
}

func isRuntime(f runtime.Frame) bool {
	return strings.HasPrefix(f.Function, "runtime.") || strings.HasPrefix(f.Function, "internal/runtime/")
}

// captureStacks turns what the errors carry into Stacks, the most telling first: a panic's origin, then the stack of the
// innermost error, for that is where it came from.
func (c *capture) captureStacks() {
	type found struct {
		raw  rawStack
		node int
	}
	var all, returns []found
	for i := range c.nodes {
		for _, s := range c.nodes[i].stacks {
			if s.kind == "return" {
				returns = append(returns, found{s, i})
			} else {
				all = append(all, found{s, i})
			}
		}
	}
	if len(returns) > 0 { // one counter for each return: the chain from the inside out is the way the error took
		s := rawStack{kind: "return", title: "returned through", note: "one frame for each place that wrapped the error"}
		for i := len(returns) - 1; i >= 0; i-- {
			s.pcs = append(s.pcs, returns[i].raw.pcs...)
		}
		all = append(all, found{s, returns[len(returns)-1].node})
	}
	if len(all) == 0 {
		for i := len(c.nodes) - 1; i >= 0; i-- {
			if errtree.IsNil(c.nodes[i].Err) {
				continue
			}
			err := c.nodes[i].Err
			if s, fault := within(&c.allow, c.view.perValue, func() []rawStack { return lastResort(err) }); fault == "" && len(s) > 0 {
				all = append(all, found{s[0], i})
				break
			}
		}
	}
	slices.SortStableFunc(all, func(a, b found) int {
		rank := func(f found) int {
			switch f.raw.kind {
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
		frames := slices.Clone(s.raw.frames)
		for i := range frames { // a library's own: whether they were inlined is not known
			frames[i].PC = 0
		}
		if frames == nil && s.raw.kind == "return" {
			for _, pc := range s.raw.pcs { // each on its own: they are not one stack
				if f := symbolise([]uintptr{pc}); len(f) > 0 {
					frames = append(frames, f[0])
				}
			}
		} else if frames == nil {
			frames = symbolise(s.raw.pcs)
		}
		if s.raw.kind == "error" {
			frames = trim(frames, c.errorPackage(s.node))
		}
		if len(frames) == 0 {
			continue
		}
		st := Stack{Kind: s.raw.kind, Title: c.text(s.raw.title, maxName), Node: s.node, Note: c.text(s.raw.note, 300)}
		// A wrapper's stack ends as the innermost one does; only its beginning is news.
		best, with := 0, 0
		for i, other := range kept {
			if n := sharedSuffix(frames, other); n > best {
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
	st := Stack{Kind: "handler", Title: "no stack", Node: -1}
	st.Note = "No error in the tree carries a stack: errors.New and fmt.Errorf do not take one. Wrap the error where it " +
		"enters your code (httperrors' constructors take a stack) to see its origin here."
	if h := c.in.Handler; h != "" {
		st.Note += " Until then, this is the handler that it came out of."
		f := Frame{Function: c.plain(h, maxName), Class: ClassUnknown}
		f.Name, f.Pkg = beautify(f.Function, "")
		c.locateHandler(&f)
		st.Frames = append(st.Frames, f)
	}
	c.report.Stacks = append(c.report.Stacks, st)
}

// plain is text for names that come from the binary, not from a request: nothing that a request sent is looked for in them.
func (c *capture) plain(s string, n int) string {
	return strings.ToValidUTF8(head(c.view.mask.Text(head(s, n+slack)), n), "\uFFFD")
}

func (c *capture) errorPackage(node int) string {
	t := reflect.TypeOf(c.nodes[node].Err)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	pkg := t.PkgPath()
	if c.view.paths.isApp(pkg) {
		return "" // the application's own error types are where its constructors are of interest
	}
	return pkg
}

func sharedSuffix(a, b []runtime.Frame) int {
	n := 0
	for n < len(a) && n < len(b) {
		x, y := &a[len(a)-1-n], &b[len(b)-1-n]
		if x.Function != y.Function || x.File != y.File || x.Line != y.Line {
			break
		}
		n++
	}
	return n
}

// fillFrames folds recursion and describes each frame that is left.
func (c *capture) fillFrames(st *Stack, frames []runtime.Frame) {
	for _, f := range frames[:min(len(frames), 64)] {
		c.view.paths.learn(f.Function, f.File)
	}
	for i := 0; i < len(frames); {
		if len(st.Frames) == maxFrames {
			st.Elided = len(frames) - i
			break
		}
		cycle, repeats := recursion(frames[i:])
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
		st.Frames[telling(st.Frames)].Open = true
	}
}

// recursion finds the shortest round at the beginning of frames that is walked at least three times.
func recursion(frames []runtime.Frame) (cycle, repeats int) {
	same := func(a, b *runtime.Frame) bool {
		return a.Function == b.Function && a.Line == b.Line && a.File == b.File
	}
	for n := 1; n <= maxCycle && 3*n <= len(frames); n++ {
		i := n
		for i < len(frames) && same(&frames[i], &frames[i-n]) {
			i++
		}
		if rounds := i / n; rounds >= 3 {
			return n, rounds - 1
		}
	}
	return 0, 0
}

func (c *capture) frame(f runtime.Frame) Frame {
	at := c.view.paths.locate(f.File, f.Function)
	out := Frame{
		Function: c.plain(f.Function, 300), File: c.plain(f.File, 500), Line: max(0, f.Line),
		Class: at.class, Module: c.plain(at.module, maxName), Version: c.plain(at.version, maxName), Path: c.plain(at.display, 300),
		Inlined: f.Func == nil && f.PC != 0 && f.Function != "",
	}
	out.Name, out.Pkg = beautify(out.Function, out.Path)
	if c.mask.Name(f.Function) && out.Name == "" {
		out.Name = out.Function
	}
	out.Link = c.view.links.line(at, out.Line)
	return out
}

// packageOf returns the import path in the name of a function.
func packageOf(function string) string {
	slash := strings.LastIndexByte(function, '/')
	// A generic type's arguments may hold slashes: everything from the first bracket on is not the package.
	if b := strings.IndexByte(function, '['); b >= 0 && slash > b {
		slash = strings.LastIndexByte(function[:b], '/')
	}
	dot := strings.IndexByte(function[slash+1:], '.')
	if dot < 0 || slash < 0 && (function[0] == '(' || unicode.IsUpper(rune(function[0]))) {
		return "" // some libraries cut the package off
	}
	return unescapePackage(function[:slash+1+dot])
}

// unescapePackage undoes what the linker does to the last element of a path: "yaml%2ev3".
func unescapePackage(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, lo := hexDigit(s[i+1]), hexDigit(s[i+2]); hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// beautify makes a name for people: "(*Store).Load · func1" of "example.test/shop/internal/orders.(*Store).Load.func1". A
// closure that was inlined bears its caller's name before its own ("main.main.RequestID.RequestIDWithConfig.func3.1"); only
// its own is kept.
func beautify(function, path string) (name, pkg string) {
	pkg = packageOf(function)
	rest := function
	if pkg != "" {
		slash := strings.LastIndexByte(strings.SplitN(function, "[", 2)[0], '/')
		rest = function[slash+1:]
		rest = rest[strings.IndexByte(rest, '.')+1:]
	}
	rest = strings.ReplaceAll(rest, "[...]", "[…]")
	rest = strings.TrimSuffix(rest, "-fm")
	parts := splitName(rest)
	closure := len(parts)
	for closure > 1 && isClosure(parts[closure-1]) {
		closure--
	}
	named, inner := parts[:closure], parts[closure:]
	if len(inner) > 0 && len(named) > 2 {
		named = named[len(named)-1:]
	}
	name = strings.Join(named, ".")
	if named[0] == "init" && len(inner) > 0 || named[0] == "glob" {
		name = "package variable"
	}
	if len(inner) > 0 {
		name += " · " + strings.Join(inner, ".")
	}
	return name, pkg
}

// splitName cuts at the dots outside brackets.
func splitName(s string) (parts []string) {
	depth, from := 0, 0
	for i, r := range s {
		switch r {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '.':
			if depth <= 0 && i > from {
				parts = append(parts, s[from:i])
				from = i + 1
			}
		}
	}
	return append(parts, s[from:])
}

// isClosure reports whether s is a part that the compiler made: "func1", "1", "gowrap2", "deferwrap1", "main-range1".
func isClosure(s string) bool {
	if s == "" || strings.Contains(s, "-range") {
		return true
	}
	for _, p := range [...]string{"func", "gowrap", "deferwrap"} {
		if after, ok := strings.CutPrefix(s, p); ok {
			s = after
			break
		}
	}
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}
