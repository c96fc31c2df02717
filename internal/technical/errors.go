package technical

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"
	"syscall"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/stacks"
	"github.com/exceptional-go/exceptional/internal/technical/value"
	"github.com/exceptional-go/exceptional/internal/text"
)

// A node is one error as it was found, before masking.
type node struct {
	errtree.Node
	text   string // whole, up to maxText
	panic  *stack.Panic
	stacks []stacks.Stack
}

const (
	maxText      = 64 << 10 // bytes kept of an Error text while it is compared with others
	maxTreeBytes = 96 << 10 // bytes shown of all texts of a tree
)

// found is what one error says of itself. It is filled on a goroutine that may be left behind, so it holds no pointer to
// anything that the Report is made of.
type found struct {
	sentinels []string
	fields    []report.Field
	status    int
	public    string
	stacks    []stacks.Stack
}

func (c *capture) captureErrors() {
	if c.in.Err == nil {
		return
	}
	var walked struct {
		nodes     []errtree.Node
		truncated bool
	}
	root := c.in.Err
	walk, fault := within(c, c.view.perValue, func() struct {
		nodes     []errtree.Node
		truncated bool
	} {
		var w struct {
			nodes     []errtree.Node
			truncated bool
		}
		w.truncated = errtree.Walk(root, func(n errtree.Node) bool {
			w.nodes = append(w.nodes, n)
			return true
		})
		return w
	})
	walked = walk
	if fault != "" || len(walked.nodes) == 0 {
		c.problem("the error's tree could not be walked: Unwrap %s", fault)
		walked.nodes = []errtree.Node{{Err: root, Parent: -1}}
	}

	var secrets []string
	infos := make([]found, len(walked.nodes))
	notes := make([]string, len(walked.nodes))
	c.nodes = make([]node, len(walked.nodes))
	for i, n := range walked.nodes {
		c.nodes[i] = node{Node: n}
		if p, ok := n.Err.(*stack.Panic); ok && p != nil {
			c.nodes[i].panic = p
		}
		err := n.Err
		text, fault := within(c, c.view.perValue, func() string {
			return strings.Clone(text.Cut(errtree.Text(err), maxText)) // the clone lets a gigabyte go
		})
		if fault != "" {
			text, notes[i] = "", "Error "+fault
		}
		c.nodes[i].text = text
		if len(secrets) < 64 {
			secrets = append(secrets, c.mask.Secrets(text)...)
		}
	}
	// What one error shows behind a telling name, another may show without it.
	c.mask = c.mask.Knowing(secrets)

	for i := range c.nodes {
		n := &c.nodes[i]
		if errtree.IsNil(n.Err) || n.Seen {
			continue
		}
		m, err, children := c.mask, n.Err, c.children(i)
		info, fault := within(c, c.view.perValue, func() found { return inspect(err, children, m) })
		if fault != "" {
			notes[i] = strings.TrimPrefix(notes[i]+"; inspecting it: "+fault, "; ")
		}
		infos[i] = info
		n.stacks = info.stacks
	}
	left := maxTreeBytes
	for i := range c.nodes {
		n, info := &c.nodes[i], &infos[i]
		e := report.ErrorNode{
			Parent: n.Parent, Depth: n.Depth, Branch: n.Branch, Via: n.Via.String(), Stack: -1,
			Nil: errtree.IsNil(n.Err), Note: c.text(notes[i], 300),
			Sentinels: info.sentinels, Fields: info.fields, Status: info.status, Public: info.public,
		}
		e.Type, e.Pkg = c.typeOf(n)
		e.Text = c.text(n.text, min(maxValue, max(200, left)))
		e.Added = c.ownText(i, min(maxValue, max(200, left)))
		left -= len(e.Text) + len(e.Added)
		if n.Seen {
			e.Note = "already shown above: the tree has a cycle, or two branches share this error"
		}
		c.report.Errors = append(c.report.Errors, e)
	}
	if walked.truncated && len(c.report.Errors) > 0 {
		last := &c.report.Errors[len(c.report.Errors)-1]
		last.Note = strings.TrimPrefix(last.Note+"; further errors are left out", "; ")
	}
}

func (c *capture) typeOf(n *node) (name, pkg string) {
	t := reflect.TypeOf(n.Err)
	if n.panic != nil {
		v := "nil"
		if n.panic.Value != nil {
			v = value.TypeName(reflect.TypeOf(n.panic.Value))
		}
		return "panic(" + v + ")", ""
	}
	name = value.TypeName(t)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return c.text(name, maxName), c.text(t.PkgPath(), maxName)
}

func (c *capture) children(parent int) (children []error) {
	for _, n := range c.nodes[parent+1:] {
		if n.Parent == parent {
			children = append(children, n.Err)
		}
	}
	return children
}

// ownText tells what node i says beyond its children: its text with "…" where theirs stand.
func (c *capture) ownText(i, limit int) string {
	text, own := c.nodes[i].text, true
	rest := text
	var b strings.Builder
	for j := i + 1; j < len(c.nodes); j++ {
		child := c.nodes[j]
		if child.Parent != i || child.text == "" {
			continue
		}
		before, after, ok := strings.Cut(rest, child.text)
		if !ok {
			continue
		}
		if child.Via != errtree.Join { // a wrapper puts its own words first as a rule: "open x: open x"
			at := strings.LastIndex(rest, child.text)
			before, after = rest[:at], rest[at+len(child.text):]
		}
		b.WriteString(before)
		b.WriteString("…")
		rest, own = after, false
	}
	if own {
		return c.text(text, limit)
	}
	b.WriteString(rest)
	all := b.String()
	if strings.Trim(all, "… \t\r\n;,*-[]()") == "" {
		return ""
	}
	return c.text(all, limit)
}

// inspect asks err for all but its text.
func inspect(err error, children []error, m *mask.Masker) (f found) {
	guarded := func(g func()) {
		defer func() { _ = recover() }()
		g()
	}
	if p, ok := err.(*stack.Panic); ok {
		f.stacks = stacks.OfPanic(p)
		if _, isErr := p.Value.(error); !isErr && p.Value != nil {
			guarded(func() { f.fields = value.ValueFields(p.Value, m) })
		}
		return f
	}
	guarded(func() { f.sentinels = sentinels(err) })
	guarded(func() {
		if x, ok := err.(interface {
			StatusCode() int
			PublicMessage() string
		}); ok {
			f.status, f.public = x.StatusCode(), m.Text(text.Cut(x.PublicMessage(), 1000))
			f.public = strings.ToValidUTF8(f.public, "\uFFFD")
		}
	})
	guarded(func() {
		if s, ok := stacks.Of(err); ok {
			f.stacks = []stacks.Stack{s}
		}
	})
	guarded(func() { f.fields = value.ErrorFields(err, children, m) })
	return f
}

// known are values that a reader recognises by their names.
var known = []struct {
	err  error
	name string
}{
	{io.EOF, "io.EOF"}, {io.ErrUnexpectedEOF, "io.ErrUnexpectedEOF"}, {io.ErrClosedPipe, "io.ErrClosedPipe"},
	{io.ErrShortWrite, "io.ErrShortWrite"}, {io.ErrShortBuffer, "io.ErrShortBuffer"}, {io.ErrNoProgress, "io.ErrNoProgress"},
	{context.Canceled, "context.Canceled"}, {context.DeadlineExceeded, "context.DeadlineExceeded"},
	{fs.ErrNotExist, "fs.ErrNotExist"}, {fs.ErrExist, "fs.ErrExist"}, {fs.ErrPermission, "fs.ErrPermission"},
	{fs.ErrInvalid, "fs.ErrInvalid"}, {fs.ErrClosed, "fs.ErrClosed"}, {os.ErrDeadlineExceeded, "os.ErrDeadlineExceeded"},
	{net.ErrClosed, "net.ErrClosed"}, {http.ErrAbortHandler, "http.ErrAbortHandler"}, {http.ErrHandlerTimeout, "http.ErrHandlerTimeout"},
	{http.ErrNoCookie, "http.ErrNoCookie"}, {http.ErrMissingFile, "http.ErrMissingFile"}, {http.ErrBodyReadAfterClose, "http.ErrBodyReadAfterClose"},
	{http.ErrBodyNotAllowed, "http.ErrBodyNotAllowed"}, {http.ErrContentLength, "http.ErrContentLength"}, {http.ErrNotSupported, "http.ErrNotSupported"},
	{http.ErrServerClosed, "http.ErrServerClosed"}, {strconv.ErrSyntax, "strconv.ErrSyntax"}, {strconv.ErrRange, "strconv.ErrRange"},
	{bufio.ErrTooLong, "bufio.ErrTooLong"}, {errors.ErrUnsupported, "errors.ErrUnsupported"},
}

// sentinels names the well-known values that err itself is, without looking at what it wraps.
func sentinels(err error) (names []string) {
	is, _ := err.(interface{ Is(error) bool })
	t := reflect.TypeOf(err)
	for _, k := range known {
		// Types first: comparing values of a foreign type may recurse as deep as they are nested.
		if t == reflect.TypeOf(k.err) && err == k.err || is != nil && is.Is(k.err) {
			names = append(names, k.name)
		}
	}
	switch x := err.(type) {
	case syscall.Errno:
		names = append(names, "errno "+strconv.Itoa(int(x)))
	case interface{ SQLState() string }:
		if s := x.SQLState(); s != "" {
			names = append(names, "SQLSTATE "+text.Cut(strings.ToValidUTF8(s, "?"), 12))
		}
	}
	// database/sql is not imported for the sake of a name.
	switch {
	case t.String() == "*errors.errorString" && err.Error() == "sql: no rows in result set":
		names = append(names, "sql.ErrNoRows")
	case t.String() == "*errors.errorString" && err.Error() == "sql: transaction has already been committed or rolled back":
		names = append(names, "sql.ErrTxDone")
	}
	if x, ok := err.(interface{ Timeout() bool }); ok && x.Timeout() {
		names = append(names, "timeout")
	}
	if len(names) > 8 {
		names = names[:8]
	}
	return names
}
