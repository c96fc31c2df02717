package pages

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/exceptional-go/exceptional/tests/browser/tools"
)

// files writes the corpus into a directory.
func files(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, p := range corpus(t) {
		if err := os.WriteFile(filepath.Join(dir, p.name+".html"), p.body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestNuValidator: no errors, and no warnings either.
func TestNuValidator(t *testing.T) {
	java := tools.Need(t, "java")
	jar := filepath.Join(tools.NodeModules(t), "vnu-jar", "build", "dist", "vnu.jar")
	dir := files(t)
	out, runErr := exec.Command(java, "-jar", jar, "--format", "json", "--stdout", "--exit-zero-always", dir).Output()
	var report struct {
		Messages []struct {
			Type, SubType, URL, Message, Extract string
			LastLine                             int
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v, %v: %s", runErr, err, out)
	}
	seen := make(map[string]bool)
	for _, m := range report.Messages {
		if !seen[m.Message] {
			t.Errorf("%s:%d: %s %s: %s\n\t%s", filepath.Base(m.URL), m.LastLine, m.Type, m.SubType, m.Message, m.Extract)
		}
		seen[m.Message] = true
	}
}

// htmlValidateRules are those of the presets for standards and for accessibility. The rules that are off are not
// part of a standard: they are about taste, and about files that are served by their name.
const htmlValidateRules = `{
  "root": true,
  "extends": ["html-validate:standard", "html-validate:a11y"],
  "rules": {"doctype-style": "off", "no-trailing-whitespace": "error", "no-inline-style": "error", "require-sri": "off"}
}`

func TestHTMLValidate(t *testing.T) {
	node := tools.Need(t, "node")
	bin := filepath.Join(tools.NodeModules(t), "html-validate", "bin", "html-validate.mjs")
	dir := files(t)
	if err := os.WriteFile(filepath.Join(dir, ".htmlvalidate.json"), []byte(htmlValidateRules), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	// Into a file, because it ends before a pipe has taken all of it.
	result := filepath.Join(t.TempDir(), "result.json")
	cmd := exec.Command(node, bin, "--formatter", "json="+result, "--max-warnings", "0", dir)
	cmd.Dir, cmd.Stderr = dir, &stderr
	runErr := cmd.Run()
	out, err := os.ReadFile(result)
	if err != nil {
		t.Fatalf("%v, %v: %s", runErr, err, &stderr)
	}
	var reports []struct {
		FilePath string
		Messages []struct {
			RuleID, Message string
			Line            int
		}
	}
	if err := json.Unmarshal(out, &reports); err != nil {
		t.Fatalf("%v, %v: %s", runErr, err, &stderr)
	}
	seen := make(map[string]bool)
	for _, r := range reports {
		for _, m := range r.Messages {
			if key := m.RuleID + m.Message; !seen[key] {
				seen[key] = true
				t.Errorf("%s:%d: %s: %s", filepath.Base(r.FilePath), m.Line, m.RuleID, m.Message)
			}
		}
	}
	if runErr != nil && len(reports) == 0 {
		t.Errorf("html-validate: %v: %s", runErr, &stderr)
	}
}
