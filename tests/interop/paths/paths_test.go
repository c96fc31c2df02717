// Package paths_test tests how the technical page reads the file names in real binaries, which it builds with and without
// -trimpath, modules, vendoring and a workspace.
package paths_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// program captures a stack through all its dependencies and prints the frames of its Report.
const program = `package main

import (
	"os"
	"runtime"
	"slices"

	"github.com/Acme/Caps"
	"github.com/acme/dep/v2"
	"github.com/acme/localdep"
	"github.com/acme/shop/internal/svc"
	"github.com/acme/swapped"
	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/show"
%s)

type traced struct{ pcs []uintptr }

func (*traced) Error() string           { return "traced" }
func (t *traced) StackTrace() []uintptr { return t.pcs }

var err error

func capture() {
	pcs := make([]uintptr, 64)
	err = &traced{pcs[:runtime.Callers(1, pcs)]}
}

func main() {
	svc.Run(func() {
		dep.Call(func() {
			Caps.Call(func() {
				swapped.Call(func() {
					localdep.Call(func() {
						%s
						slices.SortFunc([]int{1, 2}, func(a, b int) int { if err == nil { generated(capture) }; return 0 })
					})
				})
			})
		})
	})
	o := debugview.Options{Revision: "0123456789abcdef0123456789abcdef01234567", Disk: len(os.Args) > 1}
	if e := show.Report(os.Stdout, err, o); e != nil {
		panic(e)
	}
}

//line weird<script>.y:3
func generated(f func()) { f() }
`

const caller = "package %s\n\n// Call calls f.\nfunc Call(f func()) { f() }\n"

// proxy writes a module into a directory that serves as GOPROXY.
func proxy(t *testing.T, dir, module, escaped, version, pkg string) {
	t.Helper()
	at := filepath.Join(dir, filepath.FromSlash(escaped), "@v")
	mod := "module " + module + "\n\ngo 1.26.0\n"
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, text := range map[string]string{"go.mod": mod, "call.go": fmt.Sprintf(caller, pkg)} {
		w, err := z.Create(module + "@" + version + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(text))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(at, version+".mod"), mod)
	write(t, filepath.Join(at, version+".info"), `{"Version":"`+version+`"}`)
	write(t, filepath.Join(at, version+".zip"), buf.String())
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

type world struct {
	t   *testing.T
	dir string // of the application
	env []string
}

// newWorld makes the application and everything that it needs. Nothing of it comes from a network.
func newWorld(t *testing.T, workspace bool) *world {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	repo, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir, served := filepath.Join(base, "build dir", "app"), filepath.Join(base, "proxy")
	proxy(t, served, "github.com/acme/dep/v2", "github.com/acme/dep/v2", "v2.1.0", "dep")
	proxy(t, served, "github.com/Acme/Caps", "github.com/!acme/!caps", "v0.0.0-20260102030405-0123456789ab", "Caps")
	proxy(t, served, "github.com/acme/swapped", "github.com/acme/swapped", "v1.5.0", "swapped")
	proxy(t, served, "github.com/acme/swapped", "github.com/acme/swapped", "v1.5.1", "swapped")
	write(t, filepath.Join(base, "build dir", "localdep", "go.mod"), "module github.com/acme/localdep\n\ngo 1.26.0\n")
	write(t, filepath.Join(base, "build dir", "localdep", "call.go"), fmt.Sprintf(caller, "localdep"))
	imports, call := "", ""
	if workspace {
		imports, call = "\t\"github.com/acme/wsdep\"\n", "wsdep.Call(func() {})\n\t\t\t\t\t\twsdep.Call(func() { if err == nil { capture() } })"
		write(t, filepath.Join(base, "build dir", "wsdep", "go.mod"), "module github.com/acme/wsdep\n\ngo 1.26.0\n")
		write(t, filepath.Join(base, "build dir", "wsdep", "call.go"), fmt.Sprintf(caller, "wsdep"))
		write(t, filepath.Join(base, "build dir", "go.work"), "go 1.26.0\n\nuse (\n\t./app\n\t./wsdep\n)\n\nreplace (\n\tgithub.com/exceptional-go/exceptional => "+repo+"\n\tgithub.com/exceptional-go/exceptional/show => "+repo+"/tests/interop/paths/testdata/show\n)\n")
	}
	write(t, filepath.Join(dir, "main.go"), fmt.Sprintf(program, imports, call))
	write(t, filepath.Join(dir, "internal", "svc", "svc.go"), "package svc\n\n// Run calls f.\nfunc Run(f func()) {\n\tdefer func() {}()\n\tf()\n}\n")
	write(t, filepath.Join(dir, "go.mod"), "module github.com/acme/shop\n\ngo 1.26.0\n\nrequire (\n"+
		"\tgithub.com/Acme/Caps v0.0.0-20260102030405-0123456789ab\n\tgithub.com/acme/dep/v2 v2.1.0\n\tgithub.com/acme/localdep v0.0.0\n"+
		"\tgithub.com/acme/swapped v1.5.1\n\tgithub.com/exceptional-go/exceptional v0.0.0\n"+
		"\tgithub.com/exceptional-go/exceptional/show v0.0.0\n)\n\n"+
		"replace (\n\tgithub.com/acme/swapped v1.5.1 => github.com/acme/swapped v1.5.0\n\tgithub.com/acme/localdep => ../localdep\n"+
		"\tgithub.com/exceptional-go/exceptional => "+repo+"\n\tgithub.com/exceptional-go/exceptional/show => "+repo+"/tests/interop/paths/testdata/show\n)\n")
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	flags := "-modcacherw -mod=mod"
	if workspace {
		flags = "-modcacherw"
	}
	w := &world{t, dir, append(os.Environ(), "GOFLAGS="+flags, "GONOSUMDB=*", "GONOSUMCHECK=1", "GOSUMDB=off", "GOMODCACHE="+filepath.Join(base, "mod"),
		"GOPROXY=file://"+filepath.ToSlash(served)+",file://"+filepath.ToSlash(strings.TrimSpace(string(cache)))+"/cache/download", "GOTOOLCHAIN=local", "GOWORK=")}
	return w
}

func (w *world) run(name string, args ...string) []byte {
	w.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = w.dir, w.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("%s %v: %v\n%s", name, args, err, stderr.Bytes())
	}
	return out
}

func (w *world) frames(args []string, what ...string) []report.Frame {
	w.t.Helper()
	bin := filepath.Join(w.t.TempDir(), "app")
	w.run("go", append(append([]string{"build", "-o", bin}, args...), what...)...)
	var r report.Report
	if err := json.Unmarshal(w.run(bin, "disk"), &r); err != nil {
		w.t.Fatal(err)
	}
	if len(r.Stacks) == 0 {
		w.t.Fatal("no stack")
	}
	return r.Stacks[0].Frames
}

const rev = "0123456789abcdef0123456789abcdef01234567"

// row is the expected frame of this path and module.
type row struct{ path, module, class, version, link string }

func check(t *testing.T, frames []report.Frame, want []row) {
	t.Helper()
	for _, w := range want {
		i := slices.IndexFunc(frames, func(f report.Frame) bool { return f.Path == w.path && f.Module == w.module })
		if i < 0 {
			t.Errorf("no frame %s of %s", w.path, w.module)
			continue
		}
		f := frames[i]
		link, _, _ := strings.Cut(f.Link, "#L")
		if got := (row{f.Path, f.Module, f.Class, f.Version, link}); w.version == "*" && got.class == w.class || got == w {
			continue
		} else {
			t.Errorf("frame %+v, want %+v (file %s)", got, w, f.File)
		}
	}
	if t.Failed() {
		for _, f := range frames {
			t.Logf("%-8s %-30s %-20s %s  %s", f.Class, f.Module, f.Path, f.File, f.Function)
		}
	}
}

func matrix(swapped string) []row {
	return []row{
		{"main.go", "github.com/acme/shop", "app", "(devel)", "https://github.com/acme/shop/blob/" + rev + "/main.go"},
		{"internal/svc/svc.go", "github.com/acme/shop", "app", "(devel)", "https://github.com/acme/shop/blob/" + rev + "/internal/svc/svc.go"},
		{"call.go", "github.com/acme/dep/v2", "module", "v2.1.0", "https://github.com/acme/dep/blob/v2.1.0/call.go"},
		{"call.go", "github.com/Acme/Caps", "module", "v0.0.0-20260102030405-0123456789ab", "https://github.com/Acme/Caps/blob/0123456789ab/call.go"},
		{"call.go", "github.com/acme/swapped", "module", swapped, "https://github.com/acme/swapped/blob/" + swapped + "/call.go"},
		{"call.go", "github.com/acme/localdep", "module", "", ""},
	}
}

func TestMatrix(t *testing.T) {
	for _, mode := range [][]string{nil, {"-trimpath"}, {"-trimpath", "-ldflags=-s -w"}} {
		t.Run(strings.Join(append([]string{"modules"}, mode...), " "), func(t *testing.T) {
			frames := newWorld(t, false).frames(mode, ".")
			check(t, frames, matrix("v1.5.0"))
			std := slices.IndexFunc(frames, func(f report.Frame) bool { return f.Path == "slices/zsortanyfunc.go" })
			if std < 0 || frames[std].Class != "std" || !strings.HasPrefix(frames[std].Link, "https://github.com/golang/go/blob/go1.") {
				t.Errorf("no frame of the standard library, or without a link: %+v", frames)
			}
			line := slices.IndexFunc(frames, func(f report.Frame) bool { return strings.Contains(f.File, "weird<script>.y") })
			if line < 0 || frames[line].Link != "" && strings.Contains(frames[line].Link, "<") {
				t.Errorf("the //line directive: %d %+v", line, frames)
			}
			if mode == nil {
				// With the disk at hand each frame but that of the //line directive has its lines, and its function around them.
				// The standard library comes last, when the number of windows may be used up.
				for i, f := range frames {
					if i != line && f.Class != "std" && (f.Source == nil || f.Source.Fresh != report.FreshVerified) {
						t.Errorf("source of %s: %+v", f.File, f.Source)
					}
				}
			}
		})
		if len(mode) > 1 {
			continue // the linker's flags change nothing, which once is enough to see
		}
		t.Run(strings.Join(append([]string{"vendor"}, mode...), " "), func(t *testing.T) {
			w := newWorld(t, false)
			w.run("go", "mod", "tidy")
			w.run("go", "mod", "vendor")
			w.env = append(w.env, "GOFLAGS=-mod=vendor")
			check(t, w.frames(mode, "."), matrix("v1.5.0"))
		})
		t.Run(strings.Join(append([]string{"workspace"}, mode...), " "), func(t *testing.T) {
			w := newWorld(t, true)
			check(t, w.frames(mode, "."), []row{{"call.go", "github.com/acme/wsdep", "app", "", ""}, matrix("v1.5.0")[0], matrix("v1.5.0")[2]})
		})
		t.Run(strings.Join(append([]string{"one file"}, mode...), " "), func(t *testing.T) {
			frames := newWorld(t, false).frames(mode, "main.go")
			i := slices.IndexFunc(frames, func(f report.Frame) bool { return f.Path == "main.go" })
			if len(mode) > 0 && (i < 0 || frames[i].Class != "app") {
				t.Errorf("main.go: %+v", frames)
			}
			check(t, frames, matrix("v1.5.0")[2:])
		})
	}
}
