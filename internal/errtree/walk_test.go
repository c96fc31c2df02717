package errtree_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/hook"
)

// node is an error that wraps next.
type node struct {
	name string
	next error
}

func (n *node) Error() string { return n.name }
func (n *node) Unwrap() error { return n.next }

// deep is a wrapper whose text contains that of what it wraps, computed late, like echo.HTTPError's.
type deep struct{ next error }

func (d *deep) Error() string { return "deep: " + d.next.Error() }
func (d *deep) Unwrap() error { return d.next }

// many is a join whose members can be changed, so that it can be its own member.
type many struct{ members []error }

func (m *many) Error() string   { return "many" }
func (m *many) Unwrap() []error { return m.members }

// late is a join whose text is computed from its members.
type late struct{ members []error }

func (l *late) Unwrap() []error { return l.members }
func (l *late) Error() string {
	var b strings.Builder
	for _, e := range l.members {
		b.WriteString(e.Error())
	}
	return b.String()
}

// fresh wraps a new error at every call: a tree that never ends and never repeats itself.
type fresh struct{ n int }

func (f *fresh) Error() string   { return "fresh " + strconv.Itoa(f.n) }
func (f *fresh) Unwrap() []error { return []error{&fresh{2 * f.n}, &fresh{2*f.n + 1}} }

// causer has Cause and no Unwrap, as errors did before Go 1.13.
type causer struct{ cause error }

func (c causer) Error() string { return "causer" }
func (c causer) Cause() error  { return c.cause }

// slice is an error type that cannot be compared, like validator.ValidationErrors.
type slice []string

func (s slice) Error() string { return strings.Join(s, ",") }

// hidden is comparable to the compiler, and panics when it is compared.
type hidden struct{ v any }

func (h hidden) Error() string { return "hidden" }

// hostile panics in each of its methods.
type hostile struct{ v any }

func (h *hostile) Error() string { panic(h.v) }
func (h *hostile) Unwrap() error { panic(h.v) }
func (h *hostile) Is(error) bool { panic(h.v) }
func (h *hostile) As(any) bool   { panic(h.v) }

// carrier stands for a framework's error.
type carrier struct {
	internal error
	unwraps  bool
}

func (c *carrier) Error() string { return "carrier" }
func (c *carrier) Unwrap() error {
	if c.unwraps {
		return c.internal
	}
	return nil
}

func init() {
	hook.Inspect = func(err error) (hook.Framework, bool) {
		c, ok := err.(*carrier)
		if !ok {
			return hook.Framework{}, false
		}
		return hook.Framework{Internal: c.internal}, true
	}
}

func selfCycle() error {
	n := &node{name: "self"}
	n.next = n
	return n
}

func twoCycle() error {
	a, b := &node{name: "a"}, &node{name: "b"}
	a.next, b.next = b, a
	return a
}

func longCycle(n int) error {
	first := &deep{}
	last := first
	for range n - 1 {
		next := &deep{}
		last.next = next
		last = next
	}
	last.next = first
	return first
}

func chain(n int) error {
	var err error = &node{name: "end"}
	for range n {
		err = &node{name: "link", next: err}
	}
	return err
}

// diamonds has 2^n paths and 2n+1 nodes.
func diamonds(n int, join func(...error) error) error {
	err := errors.New("bottom")
	for range n {
		err = join(err, err)
	}
	return err
}

func wide(n int) error {
	m := &many{}
	for i := range n {
		m.members = append(m.members, &node{name: strconv.Itoa(i)})
	}
	return m
}

func visits(err error) (nodes []errtree.Node, truncated bool) {
	truncated = errtree.Walk(err, func(n errtree.Node) bool {
		nodes = append(nodes, n)
		return true
	})
	return nodes, truncated
}

// name is the text of err; Text refuses the text of a cycle, as it must.
func name(err error) string {
	switch x := err.(type) {
	case *many:
		return "many"
	case *node:
		if x != nil {
			return x.name
		}
	}
	return errtree.Text(err)
}

func TestWalk(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	shared := &node{name: "shared", next: a}
	ring := &many{}
	ring.members = []error{a, ring, b}
	tests := []struct {
		name      string
		err       error
		want      string // text, depth, parent, branch, via; ! for seen
		truncated bool
	}{
		{"nil is not visited", nil, "", false},
		{"a leaf", a, "a 0 -1 0 root", false},
		{"a wrapper", fmt.Errorf("w: %w", a), "w: a 0 -1 0 root|a 1 0 0 unwrap", false},
		{"a join, members in order", errors.Join(a, b), "a\nb 0 -1 0 root|a 1 0 0 join|b 1 0 1 join", false},
		{"nil members are passed over and counted", &many{[]error{nil, a, nil, b}}, "many 0 -1 0 root|a 1 0 1 join|b 1 0 3 join", false},
		{"a join without members", &many{}, "many 0 -1 0 root", false},
		{"pre-order", errors.Join(&node{"x", a}, b), "x\nb 0 -1 0 root|x 1 0 0 join|a 2 1 0 unwrap|b 1 0 1 join", false},
		{"Cause where there is no Unwrap", causer{a}, "causer 0 -1 0 root|a 1 0 0 cause", false},
		{"a shared branch is descended into once", errors.Join(shared, shared),
			"shared\nshared 0 -1 0 root|shared 1 0 0 join|a 2 1 0 unwrap|shared 1 0 1 join!", false},
		{"an error that wraps itself", selfCycle(), "self 0 -1 0 root|self 1 0 0 unwrap!", false},
		{"a cycle of two", twoCycle(), "a 0 -1 0 root|b 1 0 0 unwrap|a 2 1 0 unwrap!", false},
		{"a join that contains itself", ring, "many 0 -1 0 root|a 1 0 0 join|many 1 0 1 join!|b 1 0 2 join", false},
		{"a nil pointer is visited and not descended into", fmt.Errorf("w: %w", (*node)(nil)),
			"w: <nil> 0 -1 0 root|<nil> 1 0 0 unwrap", false},
		{"Unwrap panics", &hostile{"no"}, "*errtree_test.hostile (Error panicked: no) 0 -1 0 root", false},
		{"an uncomparable value", fmt.Errorf("%w", slice{"s"}), "s 0 -1 0 root|s 1 0 0 unwrap", false},
		{"uncomparable in secret, twice", errors.Join(hidden{[]int{1}}, hidden{[]int{1}}),
			"hidden\nhidden 0 -1 0 root|hidden 1 0 0 join|hidden 1 0 1 join", false},
		{"Internal that Unwrap does not reach", &carrier{internal: a}, "carrier 0 -1 0 root|a 1 0 0 internal", false},
		{"Internal that Unwrap reaches", &carrier{internal: a, unwraps: true}, "carrier 0 -1 0 root|a 1 0 0 unwrap", false},
		{"uncomparable Internal that Unwrap reaches", &carrier{internal: slice{"s"}, unwraps: true}, "carrier 0 -1 0 root|s 1 0 0 unwrap", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			nodes, truncated := visits(tt.err)
			var got []string
			for _, n := range nodes {
				s := fmt.Sprintf("%s %d %d %d %s", name(n.Err), n.Depth, n.Parent, n.Branch, n.Via)
				if n.Seen {
					s += "!"
				}
				got = append(got, s)
			}
			if s := strings.Join(got, "|"); s != tt.want {
				t.Errorf("Walk visited\n%q, want\n%q", s, tt.want)
			}
			if truncated != tt.truncated {
				t.Errorf("truncated = %v, want %v", truncated, tt.truncated)
			}
		})
	}
}

func TestWalk_bounds(t *testing.T) {
	tests := []struct {
		name      string
		err       error
		nodes     int
		depth     int
		truncated bool
	}{
		{"64 levels are whole", chain(64), 65, 64, false},
		{"65 levels are not", chain(65), 65, 64, true},
		{"a million levels", chain(1_000_000), 65, 64, true},
		{"200 nodes are whole", wide(199), 200, 1, false},
		{"201 nodes are not", wide(200), 200, 1, true},
		{"a million members", wide(1_000_000), 200, 1, true},
		{"forty diamonds on end", diamonds(40, errors.Join), 81, 40, false},
		{"a tree that never ends", &fresh{1}, 200, 64, true},
		{"a cycle longer than the bound", longCycle(1000), 65, 64, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			nodes, truncated := visits(tt.err)
			depth := 0
			for i, n := range nodes {
				depth = max(depth, n.Depth)
				if n.Parent >= i {
					t.Fatalf("node %d has the parent %d", i, n.Parent)
				}
			}
			if len(nodes) != tt.nodes || depth != tt.depth || truncated != tt.truncated {
				t.Errorf("%d nodes, %d deep, truncated %v; want %d, %d, %v", len(nodes), depth, truncated, tt.nodes, tt.depth, tt.truncated)
			}
		})
	}
}

func TestWalk_stops(t *testing.T) {
	n := 0
	errtree.Walk(wide(10), func(errtree.Node) bool { n++; return n < 3 })
	if n != 3 {
		t.Errorf("visited %d nodes, want 3", n)
	}
}

func TestWalk_allocations(t *testing.T) {
	err := fmt.Errorf("a: %w", fmt.Errorf("b: %w", errors.Join(io.EOF, fs.ErrNotExist)))
	n := testing.AllocsPerRun(100, func() { errtree.Walk(err, func(errtree.Node) bool { return true }) })
	if n != 0 {
		t.Errorf("Walk allocates %v times, want 0", n)
	}
}

func TestText(t *testing.T) {
	const endless = " (not printed: its error tree is endless or too large)"
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"plain", io.EOF, "EOF"},
		{"nil", nil, "<nil>"},
		{"a nil pointer", (*node)(nil), "<nil>"},
		{"a nil slice is a value", slice(nil), ""},
		{"panics with a string", &hostile{"boom"}, "*errtree_test.hostile (Error panicked: boom)"},
		{"panics with a number", &hostile{42}, "*errtree_test.hostile (Error panicked: 42)"},
		{"panics with a nil error", &hostile{nil}, "*errtree_test.hostile (Error panicked: panic called with nil argument)"},
		{"panics with a hostile error", &hostile{&hostile{"x"}}, "*errtree_test.hostile (Error panicked: a value of type *errtree_test.hostile)"},
		{"a cycle would overflow the stack", longCycle(1), "*errtree_test.deep" + endless},
		{"a long cycle", longCycle(1000), "*errtree_test.deep" + endless},
		{"2^40 paths", diamonds(40, func(e ...error) error { return &late{e} }), "*errtree_test.late" + endless},
		{"deeper than any program's errors", func() error {
			err := io.EOF
			for range 300 {
				err = &deep{err}
			}
			return err
		}(), "*errtree_test.deep" + endless},
		{"deep, and not too deep", func() error {
			err := io.EOF
			for range 100 {
				err = &deep{err}
			}
			return err
		}(), strings.Repeat("deep: ", 100) + "EOF"},
		{"a small diamond", errors.Join(io.EOF, io.EOF), "EOF\nEOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := errtree.Text(tt.err); got != tt.want {
				t.Errorf("Text = %q, want %q", got, tt.want)
			}
		})
	}
	var batch []error
	for i := range 5000 {
		batch = append(batch, fmt.Errorf("item %d", i))
	}
	if got := errtree.Text(errors.Join(batch...)); !strings.HasSuffix(got, "item 4999") {
		t.Errorf("a join of 5000 is not printed whole: …%q", got[max(0, len(got)-40):])
	}
}

type stringer struct{ f func() string }

func (s *stringer) String() string { return s.f() }

// formatted prints what it wraps, as the errors of pkg/errors do.
type formatted struct{ node }

func (f *formatted) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "%+v", f.next) }

// endless has values that fmt.Sprint would never come to the end of.
func endless() map[string]any {
	byMap, bySlice := map[string]any{}, []any{nil}
	byMap["self"], bySlice[0] = byMap, bySlice
	type held struct{ Any any }
	byStruct := &held{}
	byStruct.Any = map[string]held{"self": {byMap}}
	deepValue := any("end")
	for range 100_000 {
		deepValue = [1]any{deepValue}
	}
	wide := any("end")
	for range 40 {
		wide = []any{wide, wide}
	}
	f := &formatted{}
	f.next = f
	return map[string]any{
		"a map that holds itself": byMap, "a slice that holds itself": bySlice, "a struct with such a map": *byStruct,
		"a pointer to one": byStruct, "in a field that is not exported": struct{ m any }{byMap}, "as a key": map[any]int{[1]any{&byMap}: 1, [1]any{[1]any{deepValue}}: 2},
		"a hundred thousand deep": deepValue, "2^40 paths": wide, "an error in a list": []any{longCycle(1)}, "a Formatter in a list": []error{f},
	}
}

func TestPrint(t *testing.T) {
	for name, v := range endless() {
		if errtree.Ends(v) {
			t.Errorf("%s: Ends", name)
		}
		if got := errtree.Print(v); len(got) > 200 || !strings.Contains(got, "not printed") {
			t.Errorf("%s: Print = %.200q", name, got)
		}
	}
	self := map[string]any{}
	self["self"] = self
	for _, tt := range []struct {
		name string
		v    any
		want string
	}{
		{"nil", nil, "<nil>"},
		{"a string", "boom", "boom"},
		{"a number", 42, "42"},
		{"an error", io.EOF, "EOF"},
		{"an error that panics", &hostile{"boom"}, "*errtree_test.hostile (Error panicked: boom)"},
		{"an error without an end", longCycle(1), "*errtree_test.deep (not printed: its error tree is endless or too large)"},
		{"a map", map[string]int{"a": 1}, "map[a:1]"},
		{"a pointer to a struct", &struct{ A, B any }{1, io.EOF}, "&{1 EOF}"},
		{"pointers in a circle are addresses to fmt", func() any {
			type ring struct{ next *ring }
			r := &ring{}
			r.next = r
			return r
		}, "&{0x"},
		{"a text of its own", &stringer{func() string { return "text" }}, "text"},
		{"a nil pointer with one", (*stringer)(nil), "<nil>"},
		{"whose method panics", &stringer{func() string { panic("boom") }}, "*errtree_test.stringer (String panicked: boom)"},
		{"whose method panics with no end", &stringer{func() string { panic(self) }},
			"*errtree_test.stringer (String panicked: a value of type map[string]interface {})"},
	} {
		if f, ok := tt.v.(func() any); ok {
			tt.v = f()
		}
		if got := errtree.Print(tt.v); got != tt.want && (tt.want != "&{0x" || !strings.HasPrefix(got, tt.want)) {
			t.Errorf("%s: Print = %q, want %q", tt.name, got, tt.want)
		}
		if !errtree.Ends(tt.v) && tt.name != "an error without an end" {
			t.Errorf("%s: Ends = false", tt.name)
		}
	}
}

func TestContain(t *testing.T) {
	panics := &hostile{"boom"}
	for _, tt := range []struct {
		name  string
		err   error
		text  string
		found bool
	}{
		{"plain", io.EOF, "EOF", true},
		{"wrapped", fmt.Errorf("a: %w", io.EOF), "a: EOF", true},
		{"panics", panics, "*errtree_test.hostile (Error panicked: boom)", true},
		{"a nil pointer", (*node)(nil), "<nil>", true},
		{"a cycle", longCycle(1), "*errtree_test.deep (not printed: its error tree is endless or too large)", false},
	} {
		got := errtree.Contain(tt.err)
		if got.Error() != tt.text || errors.Is(got, tt.err) != tt.found {
			t.Errorf("%s: Contain = %q, which errors.Is finds: %v", tt.name, got, !tt.found)
		}
	}
	if errtree.Contain(nil) != nil {
		t.Error("Contain makes an error of nil")
	}
}

func TestIs(t *testing.T) {
	tests := []struct {
		name        string
		err, target error
		want        bool
	}{
		{"itself", io.EOF, io.EOF, true},
		{"wrapped", fmt.Errorf("w: %w", io.EOF), io.EOF, true},
		{"joined", errors.Join(io.ErrNoProgress, io.EOF), io.EOF, true},
		{"another", io.EOF, io.ErrNoProgress, false},
		{"its Is method says so", &fs.PathError{Op: "open", Err: fs.ErrNotExist}, fs.ErrNotExist, true},
		{"nil is nil", nil, nil, true},
		{"an error is not nil", io.EOF, nil, false},
		{"nil is not an error", nil, io.EOF, false},
		{"a cycle", twoCycle(), io.EOF, false},
		{"Is panics", errors.Join(&hostile{"x"}, io.EOF), io.EOF, true},
		{"an uncomparable target", slice{"a"}, slice{"a"}, false},
		{"a target uncomparable in secret", hidden{[]int{1}}, hidden{[]int{1}}, false},
		{"equal values", hidden{1}, hidden{1}, true},
		{"a nil pointer in the tree", errors.Join((*node)(nil), io.EOF), io.EOF, true},
		{"beyond the bound", chain(1000), io.EOF, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := errtree.Is(tt.err, tt.target); got != tt.want {
				t.Errorf("Is = %v, want %v", got, tt.want)
			}
		})
	}
}

type aser struct{ as *fs.PathError }

func (a aser) Error() string { return "aser" }
func (a aser) As(target any) bool {
	p, ok := target.(**fs.PathError)
	if ok {
		*p = a.as
	}
	return ok
}

func TestFind(t *testing.T) {
	pe := &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}
	tests := []struct {
		name string
		err  error
		want *fs.PathError
	}{
		{"itself", pe, pe},
		{"wrapped", fmt.Errorf("w: %w", pe), pe},
		{"nil pointers are passed over", errors.Join((*fs.PathError)(nil), pe), pe},
		{"its As method makes one", aser{pe}, pe},
		{"an As method that makes nil", errors.Join(aser{nil}, pe), pe},
		{"As panics", errors.Join(&hostile{"x"}, pe), pe},
		{"a cycle", twoCycle(), nil},
		{"absent", io.EOF, nil},
		{"nil", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := errtree.Find[*fs.PathError](tt.err)
			if got != tt.want || ok != (tt.want != nil) {
				t.Errorf("Find = %v, %v; want %v", got, ok, tt.want)
			}
		})
	}
	if _, ok := errtree.Find[interface{ Timeout() bool }](fmt.Errorf("w: %w", pe)); !ok {
		t.Error("Find does not find an interface")
	}
}

// FuzzWalk builds an arbitrary graph of errors from its input, cycles included, and holds the walk to its promises.
func FuzzWalk(f *testing.F) {
	f.Add([]byte{1, 2, 3})
	f.Add([]byte{0, 0, 0, 0})
	f.Add([]byte{250, 251, 252, 253, 254, 255, 1, 1, 1})
	f.Fuzz(func(t *testing.T, graph []byte) {
		if len(graph) == 0 || len(graph) > 4096 {
			return
		}
		nodes := make([]error, len(graph))
		for i, b := range graph {
			switch b % 7 {
			case 0:
				nodes[i] = &node{name: "n"}
			case 1:
				nodes[i] = &many{}
			case 2:
				nodes[i] = &deep{}
			case 3:
				nodes[i] = &hostile{i}
			case 4:
				nodes[i] = slice{"s"}
			case 5:
				nodes[i] = &carrier{unwraps: b > 100}
			case 6:
				nodes[i] = (*node)(nil)
			}
		}
		at := func(i int) error { return nodes[(i*7+int(graph[i%len(graph)]))%len(nodes)] }
		for i, e := range nodes {
			switch x := e.(type) {
			case *node:
				if x != nil {
					x.next = at(i)
				}
			case *deep:
				x.next = at(i)
			case *carrier:
				x.internal = at(i)
			case *many:
				for j := range int(graph[i]) {
					x.members = append(x.members, at(i+j))
				}
			}
		}
		var ptrs []error
		count, last := 0, errtree.Node{Depth: -1}
		errtree.Walk(nodes[0], func(n errtree.Node) bool {
			if n.Err == nil || n.Depth > errtree.MaxDepth || n.Depth > last.Depth+1 || n.Parent >= count {
				t.Fatalf("node %d: %+v after %+v", count, n, last)
			}
			if _, ok := n.Err.(*node); ok {
				if slices.Contains(ptrs, n.Err) != n.Seen {
					t.Fatalf("node %d: Seen = %v", count, n.Seen)
				}
				ptrs = append(ptrs, n.Err)
			}
			last, count = n, count+1
			return true
		})
		if count > errtree.MaxNodes {
			t.Fatalf("%d nodes", count)
		}
		_ = errtree.Text(nodes[0])
		_ = errtree.Is(nodes[0], io.EOF)
		_, _ = errtree.Find[*fs.PathError](nodes[0])
	})
}

func BenchmarkWalk(b *testing.B) {
	err := fmt.Errorf("a: %w", fmt.Errorf("b: %w", io.EOF))
	for b.Loop() {
		errtree.Walk(err, func(errtree.Node) bool { return true })
	}
}

// inside is a comparable error that holds another by value: comparing two of them compares everything below.
type inside struct{ err error }

func (i inside) Error() string { return "inside" }
func (i inside) Unwrap() error { return i.err }

// insides is nested by value and does not say so: Unwrap answers nothing.
type insides struct{ errs [2]error }

func (i insides) Error() string { return "insides" }

// block is comparable and large.
type block struct{ data [1 << 20]byte }

func (b block) Error() string { return "block " + strconv.Itoa(len(b.data)) }

func nested(n int) error {
	err := errors.New("end")
	for range n {
		err = inside{err}
	}
	return err
}

// Depth a million: compared without a bound, each step of the walk would go down all of it, and the stack with it.
func TestErrorsNestedByValueAreNotCompared(t *testing.T) {
	const n = 1_000_000
	chain, other := nested(n), nested(n)
	var tree error = insides{}
	for range 100 {
		tree = insides{[2]error{tree, tree}} // 2^100 comparisons
	}
	if nodes, truncated := visits(chain); len(nodes) != errtree.MaxDepth+1 || !truncated {
		t.Errorf("visited %d nodes, truncated %v; want %d, true", len(nodes), truncated, errtree.MaxDepth+1)
	}
	for name, pair := range map[string][2]error{
		"a chain":        {chain, other},
		"a chain's copy": {chain, chain},
		"a tree":         {tree, tree},
		"large values":   {block{}, block{}},
	} {
		if errtree.Is(pair[0], pair[1]) {
			t.Errorf("%s: Is compared it to the end", name)
		}
	}
	if nodes, _ := visits(&many{[]error{tree, block{}, tree}}); len(nodes) != 4 {
		t.Errorf("visited %d nodes, want 4", len(nodes))
	}
	if got := errtree.Text(chain); !strings.Contains(got, "not printed") {
		t.Errorf("Text = %.40q", got)
	}
	if got := errtree.Text(tree); got != "insides" {
		t.Errorf("Text = %.40q", got)
	}
	if _, ok := errtree.Find[*node](chain); ok {
		t.Error("Find found what is not there")
	}
}

func TestSmallValuesAreCompared(t *testing.T) {
	end := errors.New("end")
	a, b := inside{inside{end}}, inside{inside{end}}
	if !errtree.Is(fmt.Errorf("x: %w", a), b) {
		t.Error("Is does not find an equal value")
	}
	if errtree.Is(a, inside{inside{errors.New("end")}}) {
		t.Error("Is finds a different value")
	}
	nodes, _ := visits(&many{[]error{a, b}})
	if last := nodes[len(nodes)-1]; !last.Seen || last.Err != error(b) {
		t.Errorf("the second of two equal values is not known: %+v", last)
	}
	for name, err := range map[string]error{
		"a slice inside":  hidden{[]int{1}},
		"a map two below": hidden{hidden{map[int]int{}}},
		"an array of any": hidden{[2]any{1, []int{1}}},
	} {
		if errtree.Is(err, err) {
			t.Errorf("%s: Is compared what cannot be compared", name)
		}
	}
	if err := (hidden{[4]int{1}}); !errtree.Is(err, err) {
		t.Error("Is does not compare an array of numbers")
	}
}
