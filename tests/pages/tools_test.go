package pages

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

	"github.com/exceptional-go/exceptional/tests/chromium"
)

// What the tests install for themselves, from npm. html-validate 11 needs a newer Node than distributions have.
var packages = []string{"axe-core@4.14.1", "html-validate@10.9.0", "vnu-jar@26.9.27"}

// need returns the path of a program, and skips the test if there is none; in CI it is an error not to have it.
func need(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	chromium.Missing(t, "there is no "+strings.Join(names, " or ")+" here")
	return ""
}

var modules = sync.OnceValues(install)

// nodeModules returns a directory with the packages.
func nodeModules(t *testing.T) string {
	t.Helper()
	need(t, "node")
	need(t, "npm")
	dir, err := modules()
	if err != nil {
		chromium.Missing(t, "npm could not install what the test needs: "+err.Error())
	}
	return dir
}

// install installs the packages into the user's cache, once for each set of versions.
func install() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	name := strings.NewReplacer("@", "-", " ", "_").Replace(strings.Join(packages, " "))
	dir := filepath.Join(cache, "exceptional-tests", name)
	if _, err := os.Stat(dir); err == nil {
		return filepath.Join(dir, "node_modules"), nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	// Elsewhere first: what is interrupted must not be found the next time.
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
		if _, there := os.Stat(dir); there != nil { // or else somebody was faster
			return "", err
		}
	}
	return filepath.Join(dir, "node_modules"), nil
}
