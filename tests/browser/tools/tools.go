// Package tools finds the programs that the tests need, and installs the ones that come from npm.
package tools

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// packages are installed from npm. html-validate 11 needs a newer Node than distributions have.
var packages = []string{"axe-core@4.14.1", "html-validate@10.9.0", "vnu-jar@26.9.27"}

// Missing skips the test on a developer's machine, and fails it in CI, where every test has to run.
func Missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// Need returns the path of the first of these programs that is installed. Empty names are ignored.
func Need(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	Missing(t, "not installed: "+strings.TrimPrefix(strings.Join(names, " or "), " or "))
	return ""
}

// NodeModules returns a directory with the packages from npm.
func NodeModules(t *testing.T) string {
	t.Helper()
	Need(t, "node")
	Need(t, "npm")
	dir, err := install()
	if err != nil {
		Missing(t, "npm could not install the packages: "+err.Error())
	}
	return dir
}

// AxeCore returns the script of axe-core, from the file that the variable AXE_JS names or from npm.
func AxeCore(t *testing.T) string {
	t.Helper()
	file := os.Getenv("AXE_JS")
	if file == "" {
		file = filepath.Join(NodeModules(t), "axe-core", "axe.min.js")
	}
	script, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// install installs the packages into the user's cache, once for each set of versions.
var install = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	name := strings.NewReplacer("@", "-", " ", "_").Replace(strings.Join(packages, " "))
	dir := filepath.Join(cache, "exceptional-tests", name)
	modules := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(dir); err == nil {
		return modules, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	// Install elsewhere and rename, so that no later run finds an installation that was interrupted.
	temp, err := os.MkdirTemp(filepath.Dir(dir), "install-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	args := append([]string{"install", "--prefix", temp, "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"}, packages...)
	if out, err := exec.CommandContext(ctx, "npm", args...).CombinedOutput(); err != nil {
		return "", errors.Join(err, errors.New(string(out)))
	}
	if err := os.Rename(temp, dir); err != nil {
		if _, missing := os.Stat(dir); missing != nil { // otherwise another process has installed them meanwhile
			return "", err
		}
	}
	return modules, nil
})
