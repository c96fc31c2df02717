package technical_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/sourcepack"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// framed carries frames as a library would that keeps text.
type framed struct{ frames []runtime.Frame }

func (*framed) Error() string                  { return "framed" }
func (f *framed) StackFrames() []runtime.Frame { return f.frames }

var shop = &debug.BuildInfo{
	GoVersion: "go1.26.8", Path: "example.test/shop/cmd/server", Main: debug.Module{Path: "example.test/shop", Version: "v1.2.3"},
	Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "aaaa"}, {Key: "-trimpath", Value: "true"}},
}

const storeGo = "package orders\n\nimport \"fmt\"\n\ntype Store struct{}\n\n// Load loads.\nfunc (s *Store) Load(id int) error {\n\tfmt.Println(`a\nb`)\n\treturn fmt.Errorf(\"order %d\", id) // here\n}\n\nfunc other() {}\n\nvar v = func() int { return 1 }\n"

func pack(t testing.TB, revision string, files map[string][]byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := sourcepack.Write(&buf, sourcepack.Manifest{Modules: []string{"example.test/shop"}, Revision: revision}, files); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func sourceOf(t testing.TB, o debugview.Options, info *debug.BuildInfo, file string, line int, function string) report.Frame {
	t.Helper()
	v := newView(t, o)
	v.SetBuild(info)
	r := v.Report(t.Context(), &technical.Input{Err: &framed{[]runtime.Frame{{Function: function, File: file, Line: line}}}})
	if len(r.Stacks) != 1 || len(r.Stacks[0].Frames) != 1 {
		t.Fatalf("stacks = %+v", r.Stacks)
	}
	return r.Stacks[0].Frames[0]
}

func TestFreshness(t *testing.T) {
	files := map[string][]byte{"example.test/shop/internal/orders/store.go": []byte(storeGo)}
	const file, load = "example.test/shop/internal/orders/store.go", "example.test/shop/internal/orders.(*Store).Load"
	unstamped := &debug.BuildInfo{GoVersion: "go1.26.8", Main: shop.Main}
	good := pack(t, "aaaa", files)
	tests := []struct {
		name     string
		pack     []byte
		info     *debug.BuildInfo
		line     int
		function string
		fresh    string
	}{
		{"same revision", good, shop, 11, load, report.FreshVerified},
		{"other revision", pack(t, "bbbb", files), shop, 11, load, report.FreshDiffers},
		{"no revision, right function", pack(t, "", files), shop, 11, load, report.FreshVerified},
		{"no revision, closure", pack(t, "", files), unstamped, 11, load + ".func1", report.FreshVerified},
		{"no revision, inlined elsewhere", pack(t, "", files), unstamped, 11, "main.main.Handler.Load.func3.1", report.FreshVerified},
		{"no revision, wrong function", pack(t, "", files), shop, 14, load, report.FreshDiffers},
		{"no revision, between functions", pack(t, "", files), shop, 5, load, report.FreshDiffers},
		{"no revision, package variable", good, unstamped, 16, "example.test/shop/internal/orders.init.func1", report.FreshUnknown},
		{"no revision, beyond the end", good, unstamped, 99, load, report.FreshDiffers},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := sourceOf(t, debugview.Options{Sources: []debugview.Sources{debugview.SourcePack(tt.pack)}}, tt.info, file, tt.line, tt.function)
			if f.Source == nil || f.Source.Fresh != tt.fresh {
				t.Fatalf("source = %+v, want %s", f.Source, tt.fresh)
			}
			if (f.Source.Lines == nil) != (tt.fresh == report.FreshDiffers) || f.Source.Lines == nil && !strings.Contains(f.Source.Note, "differs from the running build") {
				t.Errorf("source = %+v", f.Source)
			}
		})
	}
}

func TestDamagedPack(t *testing.T) {
	const name = "example.test/shop/a.go"
	files := map[string][]byte{name: []byte("package a\n\nfunc F() {\n}\n")}
	zip := pack(t, "", files)
	at := bytes.Index(zip, []byte(name)) + len(name) + 12 // in the compressed file, which follows the name and the time
	damaged := bytes.Clone(zip)
	damaged[at] ^= 0xff
	f := sourceOf(t, debugview.Options{Sources: []debugview.Sources{debugview.SourcePack(damaged)}}, shop, name, 3, "example.test/shop.F")
	if f.Source == nil || f.Source.Fresh != report.FreshDiffers || len(f.Source.Lines) > 0 || !strings.Contains(f.Source.Note, "the source pack is damaged") {
		t.Errorf("source = %+v", f.Source)
	}
	if err := sourcepack.Write(&bytes.Buffer{}, sourcepack.Manifest{}, map[string][]byte{"config.env": nil}); err == nil {
		t.Error("a file that is not source was packed")
	}
	if again := pack(t, "", files); !bytes.Equal(zip, again) {
		t.Error("packing twice gives different bytes")
	}
}

func TestOnlySourceIsRead(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(t.TempDir(), "outside.go")
	mustWrite := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	mustWrite(secret, "package canary\n")
	mustWrite(filepath.Join(dir, "go.mod"), "module example.test/shop\n")
	mustWrite(filepath.Join(dir, "ok.go"), "package canary\n\nfunc Load() {\n}\n")
	mustWrite(filepath.Join(dir, ".env"), "CANARY=1\n")
	mustWrite(filepath.Join(dir, "notes.txt"), "canary\n")
	mustWrite(filepath.Join(dir, "huge.go"), "package canary\n"+strings.Repeat("// canary\n", 300_000))
	if err := os.Mkdir(filepath.Join(dir, "dir.go"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "link.go")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.go"), 0o666); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-100 * time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "ok.go"), old, old); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	o := debugview.Options{Disk: true, Sources: []debugview.Sources{debugview.SourceFS("app", "example.test/shop", os.DirFS(dir))}}
	if f := sourceOf(t, o, shop, "example.test/shop/ok.go", 3, "example.test/shop.Load"); f.Source == nil || len(f.Source.Lines) == 0 {
		t.Errorf("an ordinary file is not read: %+v", f.Source)
	}
	for _, file := range []string{
		"/etc/passwd", "/abs/../../etc/passwd", "../outside.go", "example.test/shop/../outside.go", "example.test/shop/.env", "example.test/shop/notes.txt",
		"example.test/shop/huge.go", "example.test/shop/dir.go", "example.test/shop/pipe.go", "/proc/self/environ", "C:/x/y.go",
		`\\host\share\x.go`, "//host/share/x.go", "example.test/shop//etc/passwd", "example.test/shop/ok.go\x00.txt", "weird<script>.y", "", ".", "/",
		dir + "/../" + filepath.Base(filepath.Dir(secret)) + "/outside.go",
	} {
		if f := sourceOf(t, o, shop, file, 1, "example.test/shop.Load"); f.Source != nil && len(f.Source.Lines) > 0 {
			t.Errorf("%q was read: %+v", file, f.Source)
		}
	}
	// Through os.Root a link that leads out of the directory is not followed; an fs.FS that the application gives is its own
	// business.
	if f := sourceOf(t, debugview.Options{Disk: true}, shop, "example.test/shop/link.go", 1, "example.test/shop.Load"); f.Source != nil && len(f.Source.Lines) > 0 {
		t.Errorf("a link out of the module was followed: %+v", f.Source)
	}
	// Changed after the binary was built.
	late := time.Now().Add(100 * time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "ok.go"), late, late); err != nil {
		t.Fatal(err)
	}
	if f := sourceOf(t, debugview.Options{Disk: true}, shop, "example.test/shop/ok.go", 3, "example.test/shop.Load"); f.Source == nil || f.Source.Fresh != report.FreshDiffers {
		t.Errorf("a changed file: %+v", f.Source)
	}
}

func TestOddSources(t *testing.T) {
	for name, src := range map[string]string{
		"CRLF": "package a\r\n\r\nfunc F() {\r\n}\r\n", "CR": "package a\rfunc F(){}\r", "BOM": "\uFEFFpackage a\nfunc F() {\n}\n", "no final newline": "package a\n\nfunc F() {}",
		"long line": "package a\nvar x = `" + strings.Repeat("x", 1<<20) + "`\nfunc F() {}\n", "invalid UTF-8": "package a\n// \xff\xfe\nfunc F() { _ = \"\xff0\" }\n", "empty": "", "tabs": "package a\n\n\tfunc F() {\n\t\t_ = 1\n\t}\n",
	} {
		for _, line := range []int{-1, 0, 1, 2, 3, 4, 1 << 30} {
			o := debugview.Options{Sources: []debugview.Sources{debugview.SourceFS("app", "example.test/shop", fstest.MapFS{"a.go": {Data: []byte(src)}})}}
			f := sourceOf(t, o, shop, "example.test/shop/a.go", line, "example.test/shop.F")
			if b := encode(t, &report.Report{Stacks: []report.Stack{{Frames: []report.Frame{f}}}}); len(b) > 20<<10 {
				t.Errorf("%s:%d: %d bytes", name, line, len(b))
			}
		}
	}
}

func TestTemplateSource(t *testing.T) {
	page := "<html>\n{{/* greeting */}}\n<p class=\"x\">{{.Total}}</p>\n"
	o := debugview.Options{Sources: []debugview.Sources{debugview.SourceFS("templates", "", fstest.MapFS{"views/page.html": {Data: []byte(page)}, "a/x.html": {}, "b/x.html": {}})}}
	r := reportOf(t, o, &technical.Input{Err: errors.New(`template: page.html:3:15: executing "page.html" at <.Total>: no such field`)})
	if len(r.Template) != 1 || r.Template[0].Source == nil || r.Template[0].Path != "views/page.html" {
		t.Fatalf("template = %+v", r.Template)
	}
	spans := fmt.Sprint(r.Template[0].Source.Lines)
	if !strings.Contains(spans, "{a {{.Total}}}") || !strings.Contains(spans, "{c {{/* greeting */}}}") {
		t.Errorf("lines = %s", spans)
	}
	if r.Summary.Where != "template page.html:3" {
		t.Errorf("where = %q", r.Summary.Where)
	}
	r = reportOf(t, o, &technical.Input{Err: errors.New(`template: x.html:1: two files have this name`)})
	if len(r.Template) != 1 || r.Template[0].Source != nil {
		t.Errorf("one of two files was chosen: %+v", r.Template)
	}
}
