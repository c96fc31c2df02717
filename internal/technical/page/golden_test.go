package page_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/technical/page"
	"github.com/exceptional-go/exceptional/internal/technical/page/pagetest"
	"github.com/exceptional-go/exceptional/internal/technical/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

type form struct {
	name string
	form page.Format
	kind string
}

var forms = []form{
	{"html", page.FormatHTML, "text/html; charset=utf-8"},
	{"txt", page.FormatText, "text/plain; charset=utf-8"},
	{"md", page.FormatMarkdown, "text/markdown; charset=utf-8"},
	{"json", page.FormatJSON, "application/json"},
}

func mustRender(t *testing.T, f page.Format, r *report.Report) (body []byte, csp string) {
	t.Helper()
	body, kind, csp, err := page.Render(f, r)
	if err != nil {
		t.Fatalf("Render(%d) = %v", f, err)
	}
	if kind != forms[f].kind {
		t.Errorf("Content-Type = %q, want %q", kind, forms[f].kind)
	}
	return body, csp
}

func TestRenderGolden(t *testing.T) {
	for _, name := range []string{"panic.html", "panic.md", "panic.txt", "wrapped.html", "wrapped.md", "empty.html", "empty.md"} {
		t.Run(name, func(t *testing.T) {
			sample, extension, _ := strings.Cut(name, ".")
			form := forms[slices.IndexFunc(forms, func(f form) bool { return f.name == extension })]
			body, _ := mustRender(t, form.form, pagetest.All()[sample])
			got := withoutAssets(string(body))
			file := filepath.Join("testdata", "report_"+name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs; look at the change and run go test ./internal/technical/page -run TestRenderGolden -update", file)
			}
		})
	}
}

// withoutAssets leaves style and script out of a golden page: they have files of their own, and tests.
func withoutAssets(markup string) string {
	for _, name := range []string{"style", "script"} {
		before, rest, found := strings.Cut(markup, "<"+name+">")
		if !found {
			continue
		}
		_, after, _ := strings.Cut(rest, "</"+name+">")
		markup = before + "<" + name + ">…</" + name + ">" + after
	}
	return markup
}

// A Report that was stored as JSON and read again renders as the live one did, byte for byte, in every form.
func TestRenderDecoded(t *testing.T) {
	all := pagetest.All()
	for name, r := range all {
		stored, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var decoded report.Report
		if err := json.Unmarshal(stored, &decoded); err != nil {
			t.Fatal(err)
		}
		for _, f := range forms {
			live, livePolicy := mustRender(t, f.form, r)
			later, laterPolicy := mustRender(t, f.form, &decoded)
			if string(live) != string(later) || livePolicy != laterPolicy {
				t.Errorf("%s.%s: the page of the decoded Report is another one", name, f.name)
			}
		}
	}
}
