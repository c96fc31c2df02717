// Command sourcepack packs the source of an application's own modules, for debugview.SourcePack.
//
// It packs the named packages and the packages that they import, as far as these belong to the main module or to a module of
// its workspace: their source files, and the templates that they embed. Dependencies, the standard library, tests and all
// other files (configurations, fixtures) are left out.
//
//	//go:generate go run github.com/exceptional-go/exceptional/cmd/sourcepack -o source.zip .
//	//go:embed source.zip
//	var source []byte
//
// The zip names the revision of the repository. Run go generate in each build, and list the zip in .gitignore: a committed zip
// would always name the revision before its own.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/sourcepack"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(2)
		}
		fmt.Fprintln(os.Stderr, "sourcepack:", err)
		os.Exit(1)
	}
}

func run(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("sourcepack", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("o", "source.zip", "write the zip to this `file`")
	revision := flags.String("revision", "", "the `revision` of the source; read from git if empty")
	tags := flags.String("tags", "", "build `tags`, as given to go build")
	if err := flags.Parse(args); err != nil {
		return err
	}
	patterns := flags.Args()
	if len(patterns) == 0 {
		patterns = []string{"."}
	}
	manifest, files, err := collect(*tags, patterns)
	if err != nil {
		return err
	}
	if manifest.Revision = *revision; *revision == "" {
		manifest.Revision, manifest.Modified = gitState()
	}
	var buf bytes.Buffer
	if err := sourcepack.Write(&buf, manifest, files); err != nil {
		return err
	}
	// Rename the finished file into place: a go build that runs at the same time must not read half of it.
	tmp, err := os.CreateTemp(filepath.Dir(*out), ".sourcepack-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(buf.Bytes())
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), *out)
}

// listedPackage has the fields of a package in go list's output that are used here.
type listedPackage struct {
	Dir, ImportPath                       string
	Standard                              bool
	GoFiles, CgoFiles, SFiles, EmbedFiles []string
	Module                                *struct {
		Path, Dir string
		Main      bool
	}
}

// collect reads the source files of the packages that match patterns, and those of their dependencies in the main modules.
func collect(tags string, patterns []string) (m sourcepack.Manifest, files map[string][]byte, err error) {
	args := []string{"list", "-deps", "-e", "-json=Dir,ImportPath,Standard,GoFiles,CgoFiles,SFiles,EmbedFiles,Module"}
	if tags != "" {
		args = append(args, "-tags", tags)
	}
	cmd := exec.Command("go", append(append(args, "--"), patterns...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		return m, nil, fmt.Errorf("go list: %w\n%s", err, stderr.Bytes())
	}
	files = map[string][]byte{}
	var main string
	for dec := json.NewDecoder(bytes.NewReader(stdout)); ; {
		var p listedPackage
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return m, nil, fmt.Errorf("go list: %w", err)
		}
		// Module.Main is true for every module of a workspace.
		if p.Standard || p.Module == nil || !p.Module.Main || p.Module.Dir == "" {
			continue
		}
		main = p.Module.Path // dependencies come first, so the last is the application
		if !slices.Contains(m.Modules, p.Module.Path) {
			m.Modules = append(m.Modules, p.Module.Path)
		}
		for _, name := range slices.Concat(p.GoFiles, p.CgoFiles, p.SFiles, p.EmbedFiles) {
			file := filepath.Join(p.Dir, name)
			rel, err := filepath.Rel(p.Module.Dir, file)
			if err != nil {
				return m, nil, err
			}
			packed := path.Join(p.Module.Path, filepath.ToSlash(rel))
			info, err := os.Lstat(file)
			if err != nil {
				return m, nil, err
			}
			if !sourcepack.Source(packed) || !info.Mode().IsRegular() || info.Size() > sourcepack.MaxFile {
				continue // an embedded file other than a template is not source
			}
			if files[packed], err = os.ReadFile(file); err != nil {
				return m, nil, err
			}
		}
	}
	if len(files) == 0 {
		return m, nil, fmt.Errorf("%s: no source of a main module", strings.Join(patterns, " "))
	}
	slices.SortFunc(m.Modules, func(a, b string) int {
		switch main {
		case a:
			return -1
		case b:
			return 1
		}
		return strings.Compare(a, b)
	})
	return m, files, nil
}

// gitState returns the revision of the working directory's repository, and whether the working tree has changes, as go build
// does. Without a repository or without git, the revision is empty, which is not an error.
func gitState() (revision string, modified bool) {
	rev, err := exec.Command("git", "rev-parse", "HEAD").Output()
	if err != nil {
		return "", false
	}
	status, err := exec.Command("git", "status", "--porcelain").Output()
	return strings.TrimSpace(string(rev)), err != nil || len(bytes.TrimSpace(status)) > 0
}
