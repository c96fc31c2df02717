package technical_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/internal/technical/page"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

// countedFS counts what is read from it.
type countedFS struct {
	fstest.MapFS
	opened atomic.Int64
}

func (c *countedFS) Open(name string) (fs.File, error) {
	c.opened.Add(1)
	return c.MapFS.Open(name)
}

func (c *countedFS) Stat(name string) (fs.FileInfo, error) { return c.MapFS.Stat(name) }

// asked counts how often it is asked for its text.
type asked struct {
	n    *atomic.Int64
	text string
	all  []error
}

func (a *asked) Error() string   { a.n.Add(1); return a.text }
func (a *asked) Unwrap() []error { return a.all }

// worst is a failure with too much of everything: 300 errors of a megabyte each, stacks through sixty files of a megabyte,
// thousands of headers, parameters, lines and notes.
func worst(t testing.TB) (*technical.View, *technical.Input, *countedFS, *atomic.Int64) {
	file := []byte("package a\n" + strings.Repeat("func F() string { return \"some text in a string\" + g(1, 2) } // and a remark\n", 13_000))
	files := &countedFS{MapFS: fstest.MapFS{}}
	var frames []runtime.Frame
	for i := range 60 {
		name := fmt.Sprintf("f%d.go", i)
		files.MapFS[name] = &fstest.MapFile{Data: file}
		for line := range 100 {
			frames = append(frames, runtime.Frame{Function: "example.test/shop.F", File: "example.test/shop/" + name, Line: 100 * (line + 2)})
		}
	}
	calls := new(atomic.Int64)
	root := &asked{n: calls, text: strings.Repeat("<&\"' password=hunter22 ", 45_000), all: []error{&framed{frames}}}
	for range 300 {
		root.all = append(root.all, &asked{n: calls, text: root.text, all: []error{&framed{frames}}})
	}
	req := httptest.NewRequest("POST", "/"+strings.Repeat("p", 1<<20)+"?"+strings.Repeat("a=%3Cb&", 50_000), strings.NewReader(`{"a":"`+strings.Repeat("<", 1<<20)+`"}`))
	req.Header.Set("Content-Type", "application/json")
	for i := range 5000 {
		req.Header.Add(fmt.Sprintf("X-%d", i), strings.Repeat("<v>", 300))
	}
	req = trail.Attach(req)
	new(bytes.Buffer).ReadFrom(req.Body)
	for i := range 5000 {
		debugview.Note(req.Context(), strings.Repeat("<n>", 1000), slog.Any("i", map[string]int{"a": i}))
	}
	v, err := technical.New(debugview.Options{Sources: []debugview.Sources{debugview.SourceFS("app", "example.test/shop", files)}})
	if err != nil {
		t.Fatal(err)
	}
	v.SetBuild(shop)
	return v, &technical.Input{Err: root, Request: req, Status: 500, PublicType: "text/html", PublicBody: bytes.Repeat([]byte("<p>"), 1<<20)}, files, calls
}

// TestWorstCase holds the work of the worst case down, by what can be counted on any machine: memory that is taken, files
// that are read, calls of foreign methods, bytes that are sent. BenchmarkWorstCase shows the time, of which 250 ms are allowed.
func TestWorstCase(t *testing.T) {
	v, in, files, calls := worst(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := v.Report(t.Context(), in)
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 128 && !raceEnabled {
		t.Errorf("the report took %d MiB, at most 128 are allowed", got)
	}
	if n := files.opened.Load(); n > 14 {
		t.Errorf("%d source files were read, at most 14 are allowed", n)
	}
	if n := calls.Load(); n > 2*200 {
		t.Errorf("texts were asked for %d times, for at most 200 errors", n)
	}
	if n := len(encode(t, r)); n > 1<<20 {
		t.Errorf("the report has %d bytes", n)
	}
	for name, form := range map[string]page.Format{"HTML": page.FormatHTML, "text": page.FormatText, "Markdown": page.FormatMarkdown, "JSON": page.FormatJSON} {
		runtime.ReadMemStats(&before)
		body, _, _, err := page.Render(form, r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 48 && !raceEnabled {
			t.Errorf("%s took %d MiB, at most 48 are allowed", name, got)
		}
		if len(body) > page.MaxPage && form != page.FormatJSON {
			t.Errorf("%s has %d bytes", name, len(body))
		}
		if strings.Contains(string(body), "hunter22") {
			t.Errorf("%s shows the password", name)
		}
	}
}

func BenchmarkWorstCase(b *testing.B) {
	v, in, _, _ := worst(b)
	b.ReportAllocs()
	for b.Loop() {
		v.SetBuild(shop) // forget the sources
		if _, _, _, err := page.Render(page.FormatHTML, v.Report(b.Context(), in)); err != nil {
			b.Fatal(err)
		}
	}
}

// Each report shows a file as it is then.
func TestSourcesMayChange(t *testing.T) {
	files := &countedFS{MapFS: fstest.MapFS{"a.go": {Data: []byte("package a\n\nfunc F() {\n\tprintln(1)\n}\n")}}}
	v := newView(t, debugview.Options{Sources: []debugview.Sources{debugview.SourceFS("app", "example.test/shop", files)}})
	v.SetBuild(shop)
	window := func() string {
		err := &framed{[]runtime.Frame{{Function: "example.test/shop.F", File: "example.test/shop/a.go", Line: 4}}}
		r := v.Report(t.Context(), &technical.Input{Err: errors.Join(err)})
		if len(r.Stacks) == 0 || r.Stacks[0].Frames[0].Source == nil {
			t.Fatalf("stacks = %+v", r.Stacks)
		}
		return fmt.Sprint(r.Stacks[0].Frames[0].Source.Lines)
	}
	first := window()
	if again := window(); again != first {
		t.Errorf("the second look shows %s, the first %s", again, first)
	}
	files.MapFS["a.go"] = &fstest.MapFile{Data: []byte("package a\n\nfunc F() {\n\tprintln(2)\n}\n")}
	if changed := window(); changed == first || !strings.Contains(changed, "2") {
		t.Errorf("a changed file is shown as it was: %s", changed)
	}
}
