package exceptional_test

import (
	"go/build"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

const module = "github.com/exceptional-go/exceptional"

// layers says which packages of this module, and which of other modules, each package may import beside the standard
// library. "" is the root.
var layers = map[string][]string{
	"": {
		"debugview", "httperrors", "internal/engine", "internal/errtree", "internal/guard", "internal/hook",
		"internal/ids", "internal/mask", "internal/pages", "internal/reporting", "internal/request", "internal/stack",
		"internal/technical", "internal/technical/trail", "renderer", "report", "github.com/labstack/echo/v4",
	},
	"debugview":  {"internal/technical/source", "internal/technical/trail"},
	"groupcache": {"internal/errtree", "internal/guard", "internal/text", "github.com/redis/go-redis/v9"},
	"httperrors": {"internal/errtree", "internal/guard", "internal/hook", "internal/problem", "internal/stack"},
	"renderer":   {"httperrors"},
	"report":     {"httperrors", "internal/errtree", "internal/mask", "internal/stack"},
	"internal/engine": {
		"httperrors", "internal/errtree", "internal/guard", "internal/ids", "internal/mask", "internal/pages",
		"internal/problem", "internal/reporting", "internal/request", "internal/stack", "internal/technical",
		"internal/technical/page", "internal/technical/trail", "renderer", "report",
	},
	"internal/errtree": {"internal/hook"},
	"internal/guard":   {"internal/errtree", "internal/stack"},
	"internal/hook":    {},
	"internal/ids":     {},
	"internal/mask":    {"internal/text"},
	"internal/pages": {
		"httperrors", "internal/errtree", "internal/guard", "internal/pages/internal/brand",
		"internal/pages/internal/forms", "internal/pages/internal/i18n", "internal/pages/internal/negotiate",
		"internal/pages/internal/templates", "internal/problem", "internal/stack", "internal/text", "renderer",
	},
	"internal/pages/internal/brand":     {"renderer"},
	"internal/pages/internal/forms":     {"httperrors", "renderer"},
	"internal/pages/internal/i18n":      {"internal/guard", "internal/pages/internal/negotiate", "internal/text", "renderer"},
	"internal/pages/internal/negotiate": {"renderer"},
	"internal/pages/internal/templates": {"internal/errtree", "internal/guard", "internal/pages/internal/negotiate", "renderer"},
	"internal/problem":                  {},
	"internal/reporting": {
		"httperrors", "internal/errtree", "internal/guard", "internal/ids", "internal/mask", "internal/text", "report",
	},
	"internal/request":    {"internal/errtree", "internal/guard", "internal/stack"},
	"internal/sourcepack": {},
	"internal/stack":      {"internal/errtree"},
	"internal/technical": {
		"debugview", "internal/errtree", "internal/guard", "internal/ids", "internal/mask", "internal/stack",
		"internal/technical/report", "internal/technical/source", "internal/technical/stacks", "internal/technical/trail",
		"internal/technical/value", "internal/text",
	},
	"internal/technical/highlight":     {"internal/mask", "internal/technical/report", "internal/text"},
	"internal/technical/page":          {"internal/guard", "internal/technical/report", "internal/text"},
	"internal/technical/page/pagetest": {"internal/technical/report"},
	"internal/technical/report":        {},
	"internal/technical/source": {
		"internal/mask", "internal/sourcepack", "internal/technical/highlight", "internal/technical/report",
		"internal/technical/stacks", "internal/text",
	},
	"internal/technical/stacks": {"internal/errtree", "internal/stack", "internal/technical/value", "internal/text"},
	"internal/technical/trail":  {"internal/technical/report", "internal/technical/value", "internal/text"},
	"internal/technical/value":  {"internal/errtree", "internal/mask", "internal/technical/report", "internal/text"},
	"internal/text":             {},
	"cmd/errorpages":            {"internal/pages", "renderer"},
	"cmd/sourcepack":            {"internal/sourcepack"},
}

// TestLayers holds the import rules: only the root knows Echo, nothing imports the root, renderer and debugview do not know
// each other, and leaves stay leaves. Tests may import what they like.
func TestLayers(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		name := d.Name()
		if dir != "." && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || isModule(dir)) {
			return filepath.SkipDir
		}
		p, err := build.ImportDir(dir, 0)
		if _, none := err.(*build.NoGoError); none {
			return nil
		} else if err != nil {
			return err
		}
		rel := strings.TrimPrefix(filepath.ToSlash(dir), ".")
		seen[rel] = true
		list, known := layers[rel]
		if !known {
			t.Errorf("package %q is not in the list of layers", rel)
			return nil
		}
		for _, imp := range p.Imports {
			inside, ours := strings.CutPrefix(imp, module)
			switch {
			case ours && !slices.Contains(list, strings.TrimPrefix(inside, "/")):
				t.Errorf("%s imports %s", name, imp)
			case !ours && strings.Contains(strings.Split(imp, "/")[0], ".") && !slices.Contains(list, imp):
				t.Errorf("%s imports %s of another module", name, imp)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range layers {
		if !seen[dir] && !strings.HasPrefix(dir, "cmd/") {
			t.Errorf("package %q of the list does not exist", dir)
		}
	}
}

// TestModulesUseThePublicAPI keeps contrib and the example off internal packages: a module that imports one breaks when only
// the root module is upgraded.
func TestModulesUseThePublicAPI(t *testing.T) {
	for _, root := range []string{"contrib", "example"} {
		err := filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			p, err := build.ImportDir(dir, 0)
			if _, none := err.(*build.NoGoError); none {
				return nil
			} else if err != nil {
				return err
			}
			for _, imp := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
				if inside, ours := strings.CutPrefix(imp, module+"/"); ours && strings.Contains("/"+inside+"/", "/internal/") {
					t.Errorf("%s imports %s", dir, imp)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func isModule(dir string) bool {
	m, _ := filepath.Glob(path.Join(filepath.ToSlash(dir), "go.mod"))
	return len(m) > 0
}

// blocks returns the README's code blocks of one language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(readme), -1) {
		found = append(found, m[1])
	}
	if len(found) == 0 {
		t.Fatalf("README.md has no block of %s", language)
	}
	return found
}

// TestReadmeCompiles holds every line of Go in the README to an example that the compiler has seen.
func TestReadmeCompiles(t *testing.T) {
	examples, err := os.ReadFile("examples_test.go")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"func main() {": true, "//go:embed http_responses": true}
	for line := range strings.Lines(string(examples)) {
		known[strings.TrimSpace(line)] = true
	}
	for _, block := range blocks(t, "go") {
		for line := range strings.Lines(block) {
			if line = strings.TrimSpace(line); !known[line] {
				t.Errorf("no example has the line %q", line)
			}
		}
	}
}

// TestReadmeTranscript runs the README's program and compares what it answers with what the README says.
func TestReadmeTranscript(t *testing.T) {
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{Logger: slog.New(slog.DiscardHandler)})
	e.Use(exceptional.Recover())
	e.GET("/orders/:id", func(c echo.Context) error {
		return httperrors.NotFound("There is no such order.")
	})
	server := httptest.NewServer(e)
	defer server.Close()
	res, err := http.Get(server.URL + "/orders/7")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{res.Proto + " " + res.Status}
	for name, values := range res.Header {
		got = append(got, name+": "+strings.Join(values, ", "))
	}
	got = append(got, strings.TrimSpace(body(t, res)))
	slices.Sort(got)

	_, transcript, _ := strings.Cut(blocks(t, "console")[0], "\n") // after the command
	want := slices.DeleteFunc(strings.Split(transcript, "\n"), func(line string) bool { return line == "" })
	slices.Sort(want)
	date := func(line string) bool { return strings.HasPrefix(line, "Date: ") }
	if got, want := slices.DeleteFunc(got, date), slices.DeleteFunc(want, date); !slices.Equal(got, want) {
		t.Errorf("the program answers\n%q\nthe README says\n%q", got, want)
	}
}
