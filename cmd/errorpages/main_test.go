package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestRun_languageOfTemplates: a language that only templates are in is exported when it is named, and with all of them.
func TestRun_languageOfTemplates(t *testing.T) {
	templates := t.TempDir()
	if err := os.Mkdir(filepath.Join(templates, "http_responses"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"gsw", "de_at"} {
		if err := os.WriteFile(filepath.Join(templates, "http_responses", "default."+tag+".html"), []byte("<p>Nüt {{.Code}} {{.Language}}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, languages := range []string{"en,gsw,de-AT", "en,all"} {
		dir := filepath.Join(t.TempDir(), "errorpages")
		if err := run([]string{"-o", dir, "-templates", templates, "-languages", languages, "-codes", "404"}, io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
		for _, tag := range []string{"gsw", "de-AT"} {
			if got := read(t, dir, tag, "404.html"); got != "<p>Nüt 404 "+tag {
				t.Errorf("%s: %s: %.60q", languages, tag, got)
			}
			if got := read(t, dir, "nginx.conf"); !strings.Contains(got, `"`+tag+`";`) {
				t.Errorf("%s: %s is not in nginx.conf:\n%s", languages, tag, got)
			}
		}
	}
}

func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "errorpages")
	catalogue := t.TempDir()
	if err := os.WriteFile(filepath.Join(catalogue, "pt-BR.json"), []byte(`{"pages":{"404":{"heading":"Página não encontrada"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-o", dir, "-name", "Riverside Books", "-color", "#0b7a53", "-support", "tel:+15550100",
		"-link", "Status=https://status.example.org/?a=b", "-catalogue", catalogue, "-languages", "en, pt-BR", "-codes", "404,499,500-599"}
	for range 2 { // what is there is replaced
		if err := run(args, io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	page := read(t, dir, "pt-BR", "404.html")
	for _, want := range []string{`<html lang="pt-BR" dir="ltr">`, "<h1>Página não encontrada</h1>", "Riverside Books", "#0b7a53", `href="tel:`,
		`href="https://status.example.org/?a=b"`} {
		if !strings.Contains(page, want) {
			t.Errorf("404.html has no %s:\n%s", want, page)
		}
	}
	var problem struct{ Status int }
	if err := json.Unmarshal([]byte(read(t, dir, "en", "503.json")), &problem); err != nil || problem.Status != 503 {
		t.Errorf("503.json: %+v, %v", problem, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "en", "499.html")); err != nil {
		t.Error("a status that was named on its own:", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "en", "509.html")); err == nil {
		t.Error("509.html was written, of a range")
	}
	entries, _ := os.ReadDir(filepath.Join(dir, "en"))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s was left behind", e.Name())
		}
		if i, err := e.Info(); err == nil && i.Mode().Perm()&0o044 != 0o044 {
			t.Errorf("%s cannot be read by other users: %v", e.Name(), i.Mode())
		}
	}

	nginx := read(t, dir, "nginx.conf")
	for _, want := range []string{`"~*^pt([-,; ]|$)" "pt-BR";`, "error_page 404 500 501", dir} {
		if !strings.Contains(nginx, want) {
			t.Errorf("nginx.conf has no %s:\n%s", want, nginx)
		}
	}
	if strings.Contains(nginx, "499") {
		t.Error("nginx takes no 499 in error_page")
	}
	for _, name := range []string{"nginx-location.conf", "Caddyfile"} {
		if s := read(t, dir, name); !strings.Contains(s, "style-src 'sha256-") || !strings.Contains(s, dir) {
			t.Errorf("%s:\n%s", name, s)
		}
	}
	traefik := yamlPaths(read(t, dir, "traefik.yml"))
	for _, want := range []string{
		`http.middlewares.errorpages.errors.status.- "502"`,
		`http.middlewares.errorpages.errors.service: errorpages`,
		`http.middlewares.errorpages.errors.query: "/en/{status}.html"`,
		`http.middlewares.errorpages.errors.errorRequestHeaders.- "Accept-Encoding"`,
		`http.middlewares.errorpages-404.errors.statusRewrites."418": 404`,
		`http.middlewares.errorpages-404.errors.errorRequestHeaders.- "Accept-Encoding"`,
		`http.routers.errorpages-404.service: noop@internal`,
		`http.services.errorpages.loadBalancer.passHostHeader: false`,
		`http.services.errorpages.loadBalancer.servers.- url: "http://errorpages:80"`,
	} {
		if !slices.Contains(traefik, want) {
			t.Errorf("traefik.yml has no %s:\n%s", want, strings.Join(traefik, "\n"))
		}
	}
	for _, not := range []string{`http.middlewares.errorpages.errors.status.- "500"`, `http.middlewares.errorpages.errors.status.- "404"`} {
		if slices.Contains(traefik, not) {
			t.Errorf("traefik.yml takes the application's own answers away: %s", not)
		}
	}
}

// yamlPaths returns the leaves of our samples, each with the keys that it is under. It reads YAML of one kind: two spaces for
// each level, and a value on one line.
func yamlPaths(s string) (leaves []string) {
	var path []string
	for line := range strings.Lines(s) {
		text := strings.TrimSpace(line)
		if text == "" || text[0] == '#' {
			continue
		}
		depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		path = path[:min(depth, len(path))]
		if key, isKey := strings.CutSuffix(text, ":"); isKey {
			path = append(path, key)
		} else {
			leaves = append(leaves, strings.Join(append(slices.Clone(path), text), "."))
		}
	}
	return leaves
}

// A sample has no section without anything in it: Traefik takes an empty list for one that was not given.
func TestRunFewCodes(t *testing.T) {
	dir := t.TempDir()
	if err := run([]string{"-o", dir, "-codes", "503"}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if s := read(t, dir, "traefik.yml"); strings.Contains(s, "errorpages-404") || !strings.Contains(s, `- "503"`) {
		t.Errorf("traefik.yml:\n%s", s)
	}
}

func TestRunTemplates(t *testing.T) {
	templates, dir := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(templates, "http_responses"), 0o700); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(templates, "http_responses", "default.html")
	if err := os.WriteFile(name, []byte("<!doctype html><title>{{.Title}}</title><p>Ours: {{.Code}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"-o", dir, "-templates", templates}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if got := read(t, dir, "en", "503.html"); !strings.Contains(got, "Ours: 503") {
		t.Errorf("503.html = %s", got)
	}
	if s := read(t, dir, "nginx-location.conf"); strings.Contains(s, "style-src") {
		t.Errorf("the application's own pages have the CSP of the built-in ones:\n%s", s)
	}
}

func TestRunFaults(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"no directory", nil, "-o"},
		{"an argument", []string{"-o", "x", "y"}, `"y"`},
		{"a status below 400", []string{"-o", "x", "-codes", "200"}, "-codes: \"200\""},
		{"a range the wrong way", []string{"-o", "x", "-codes", "500-400"}, "-codes"},
		{"no status", []string{"-o", "x", "-codes", ""}, "-codes"},
		{"a language", []string{"-o", "x", "-languages", "en,xx"}, `Languages[1]: there are no texts in "xx"`},
		{"a colour", []string{"-o", "x", "-color", "blue"}, "Brand.Color"},
		{"a link", []string{"-o", "x", "-link", "Status"}, "TEXT=URL"},
		{"a script", []string{"-o", "x", "-link", "Status=javascript:alert(1)"}, "Brand.Links[0].URL"},
		{"a catalogue that is not there", []string{"-o", "x", "-catalogue", "/nonexistent"}, "Catalogue: "},
		{"templates that are not there", []string{"-o", "x", "-templates", "/nonexistent"}, "-templates: "},
		{"a name that no configuration can hold", []string{"-o", "a$b", "-codes", "404"}, "cannot stand"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := run(tt.args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("run = %v, want %s", err, tt.want)
			}
		})
	}
}

func TestParseLanguages(t *testing.T) {
	for _, tt := range []struct {
		in, standard string
		all          []string
	}{
		{"en", "en", []string{"en"}},
		{" de ,en", "de", []string{"de", "en"}},
		{"de,all", "de", nil},
		{"all", "", nil},
		{"", "", []string{"en"}},
	} {
		standard, all := parseLanguages(tt.in)
		if standard != tt.standard || !slices.Equal(all, tt.all) || (all == nil) != (tt.all == nil) {
			t.Errorf("parseLanguages(%q) = %q, %q, want %q, %q", tt.in, standard, all, tt.standard, tt.all)
		}
	}
}
