package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/sourcepack"
	"github.com/exceptional-go/exceptional/internal/technical"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":              "module example.test/shop\n\ngo 1.26.0\n",
		"main.go":             "package main\n\nimport (\n\t_ \"embed\"\n\t\"example.test/shop/internal/svc\"\n)\n\n//go:embed page.html\nvar page string\n\n//go:embed config.env\nvar config string\n\nfunc main() { svc.F(page, config) }\n",
		"main_test.go":        "package main\n",
		"page.html":           "<p>{{.}}</p>",
		"config.env":          "PASSWORD=canary",
		"unused.html":         "canary",
		"internal/svc/svc.go": "package svc\n\nfunc F(...string) {}\n",
		"other/other.go":      "package other\n\nconst canary = 1\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOWORK", "off")
	if err := run([]string{"-o", "source.zip", "-revision", "abc"}, io.Discard); err != nil {
		t.Fatal(err)
	}
	zip, err := os.ReadFile("source.zip")
	if err != nil {
		t.Fatal(err)
	}
	p, err := sourcepack.Open(zip)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := fs.WalkDir(p, "example.test", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"example.test/shop/main.go", "example.test/shop/page.html", "example.test/shop/internal/svc/svc.go"} {
		if _, err := fs.ReadFile(p, want); err != nil {
			t.Errorf("%s: %v", want, err)
		}
	}
	if len(names) != 3 || p.Revision != "abc" || len(p.Modules) != 1 {
		t.Errorf("packed %q, revision %q, modules %q", names, p.Revision, p.Modules)
	}
	if _, err := technical.New(debugview.Options{Sources: []debugview.Sources{debugview.SourcePack(zip)}}); err != nil {
		t.Error(err)
	}
	// Without a repository the pack names no revision, and no temporary file remains.
	if err := run([]string{"-o", "again.zip"}, io.Discard); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(".sourcepack-*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	if err := run([]string{"./nothing/..."}, io.Discard); err == nil || !strings.Contains(err.Error(), "no source") {
		t.Errorf("nothing to pack: %v", err)
	}
}
