package pages_test

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// file makes a file system of one catalogue.
func file(name, content string) fstest.MapFS {
	return fstest.MapFS{name: {Data: []byte(content)}}
}

// texts is the plain text of an answer, which has the texts of the catalogue and nothing else.
func texts(t *testing.T, r *pages.Renderer, lang string, in *pages.Input) string {
	t.Helper()
	a := r.Render(pages.Choice{Format: renderer.FormatHTML, Language: lang}, in)
	if a.Step != pages.StepBuiltin {
		t.Fatalf("the page of %d in %s is %v: %v", in.Status, lang, a.Step, a.Err)
	}
	return string(a.Body)
}

func TestCatalogue(t *testing.T) {
	for _, tt := range []struct {
		name    string
		file    string
		content string
		lang    string
		status  int
		want    []string
		not     []string
	}{
		{
			name: "an own headline for one status", file: "en.json",
			content: `{"pages":{"404":{"heading":"No such book"}}}`,
			lang:    "en", status: 404, want: []string{"<h1>No such book</h1>", "We could not find anything"}, not: []string{"Page not found"},
		},
		{
			name: "an own title is the headline too", file: "en.json",
			content: `{"pages":{"404":{"title":"No such book"}}}`,
			lang:    "en", status: 404, want: []string{"<h1>No such book</h1>"},
		},
		{
			name: "titles are pages in short", file: "en.json",
			content: `{"titles":{"404":"No such book"}}`,
			lang:    "en", status: 404, want: []string{"<h1>No such book</h1>"},
		},
		{
			name: "a group serves all of its statuses", file: "en.json",
			content: `{"groups":{"conflict":{"text":"Somebody was faster."}}}`,
			lang:    "en", status: 423, want: []string{"Somebody was faster.", "This does not fit"},
		},
		{
			name: "a status goes before its group", file: "en.json",
			content: `{"groups":{"conflict":{"text":"Somebody was faster."}},"pages":{"423":{"text":"It is locked."}}}`,
			lang:    "en", status: 423, want: []string{"It is locked."}, not: []string{"faster"},
		},
		{
			name: "an unknown status", file: "en.json",
			content: `{"pages":{"499":{"title":"Gone away"}}}`,
			lang:    "en", status: 499, want: []string{"<h1>Gone away</h1>", "could not work with"},
		},
		{
			name: "the rest of a class", file: "en.json",
			content: `{"pages":{"4xx":{"heading":"Something with the request"}}}`,
			lang:    "en", status: 477, want: []string{"<h1>Something with the request</h1>"},
		},
		{
			name: "the rest of a class leaves the others", file: "en.json",
			content: `{"pages":{"4xx":{"heading":"Something with the request"}}}`,
			lang:    "en", status: 404, want: []string{"<h1>Page not found</h1>"},
		},
		{
			name: "a language of the application, with what it lacks from the default", file: "tlh.json",
			content: `{"name":"tlhIngan Hol","pages":{"404":{"heading":"nuqDaq"}},"labels":{"home":"juH"}}`,
			lang:    "tlh", status: 404, want: []string{`<html lang="tlh" dir="ltr">`, "<h1>nuqDaq</h1>", "juH", "We could not find anything"},
		},
		{
			name: "a direction that the file does not say", file: "dv.json",
			content: `{"pages":{"404":{"heading":"x"}}}`,
			lang:    "dv", status: 404, want: []string{`<html lang="dv" dir="rtl">`},
		},
		{
			name: "a direction by the script", file: "az-Arab.json",
			content: `{"pages":{"404":{"heading":"x"}}}`,
			lang:    "az-Arab", status: 404, want: []string{`<html lang="az-Arab" dir="rtl">`},
		},
		{
			name: "a region takes from its language", file: "en-AU.json",
			content: `{"pages":{"404":{"text":"We could not find it, mate."}}}`,
			lang:    "en-AU", status: 404, want: []string{`<html lang="en-AU"`, "Page not found", "mate"},
		},
		{
			name: "a name that is not in the recommended case", file: "EN_au.json",
			content: `{"language":"en-au","pages":{"404":{"text":"We could not find it, mate."}}}`,
			lang:    "en-AU", status: 404, want: []string{"mate"},
		},
		{
			name: "a byte order mark", file: "en.json",
			content: "\ufeff" + `{"pages":{"404":{"heading":"No such book"}}}`,
			lang:    "en", status: 404, want: []string{"No such book"},
		},
		{
			name: "markup is text", file: "en.json",
			content: `{"pages":{"404":{"heading":"<b>No</b>"}}}`,
			lang:    "en", status: 404, want: []string{"<h1>&lt;b&gt;No&lt;/b&gt;</h1>"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := pages.New(renderer.Options{Catalogue: file(tt.file, tt.content)})
			if err != nil {
				t.Fatal(err)
			}
			got := texts(t, r, tt.lang, &pages.Input{Status: tt.status})
			for _, s := range tt.want {
				if !strings.Contains(got, s) {
					t.Errorf("no %q in\n%s", s, got)
				}
			}
			for _, s := range tt.not {
				if strings.Contains(got, s) {
					t.Errorf("%q in\n%s", s, got)
				}
			}
		})
	}
}

func TestCatalogueFaults(t *testing.T) {
	for _, tt := range []struct{ name, file, content, want string }{
		{"not JSON", "de.json", "{\n\"pages\": {\n,}}", "Catalogue: de.json:3: "},
		{"empty", "de.json", "", "Catalogue: de.json:1: "},
		{"an array", "de.json", "[]", "Catalogue: de.json:1: "},
		{"a number for a text", "de.json", "{\n\"pages\":{\"404\":{\"title\":4}}}", "Catalogue: de.json:2: "},
		{"an unknown key", "de.json", `{"page":{}}`, `unknown field "page"`},
		{"more behind the end", "de.json", "{}\n{}", "Catalogue: de.json:2: there is more"},
		{"not UTF-8", "de.json", "{\"name\":\"\xff\"}", "Catalogue: de.json: is not UTF-8"},
		{"no language", "no language.json", "{}", "Catalogue: no language.json: language: \"no language\" is not"},
		{"a traversal", "x.json", `{"language":"../../etc"}`, "Catalogue: x.json: language: "},
		{"two names", "de.json", `{"language":"fr"}`, `Catalogue: de.json: language: is "fr"`},
		{"a direction", "de.json", `{"direction":"up"}`, `Catalogue: de.json: direction: is "up"`},
		{"a label", "de.json", `{"labels":{"hello":"Hallo"}}`, "Catalogue: de.json: labels.hello: there is no such label"},
		{"a unit without a number", "de.json", `{"labels":{"minutes":"min"}}`, "labels.minutes: needs {n}"},
		{"a unit with two", "de.json", `{"labels":{"minutes":"{n} of {n}"}}`, "labels.minutes: needs {n}"},
		{"a group", "de.json", `{"groups":{"teapots":{}}}`, "groups.teapots: there is no such group"},
		{"a status that is none", "de.json", `{"pages":{"200":{}}}`, "pages.200: is not a status"},
		{"a number that is none", "de.json", `{"titles":{"0x1f4":"a"}}`, "titles.0x1f4: is not a status"},
		{"a code with a space", "de.json", `{"titles":{"a b":"a"}}`, "the code contains"},
		{"an empty code", "de.json", `{"titles":{"":"a"}}`, "the key is 0 bytes long"},
		{"a bidirectional override", "de.json", "{\"titles\":{\"404\":\"a\u202eb\"}}", "titles.404: contains the character U+202E"},
		{"a line end", "de.json", `{"titles":{"404":"a\nb"}}`, "titles.404: contains the character U+000A"},
		{"a NUL", "de.json", `{"pages":{"404":{"text":"a\u0000"}}}`, "pages.404.text: contains the character U+0000"},
		{"a title that is too long", "de.json", `{"titles":{"404":"` + strings.Repeat("a", 300) + `"}}`, "titles.404: 300 bytes long"},
		{"a text that is too long", "de.json", `{"groups":{"gone":{"advice":"` + strings.Repeat("a", 3000) + `"}}}`, "groups.gone.advice: 3000 bytes long"},
		{"a file that is too large", "de.json", strings.Repeat(" ", 1<<20) + "{}", "Catalogue: de.json: is larger than"},
		{"a language in a directory", "locales/de.json", "{}", `Catalogue: no texts at the root, but in locales; pass fs.Sub(…, "locales")`},
		{"a language in two directories", "web/locales/pt-BR.json", "{}", `Catalogue: no texts at the root, but in web/locales; pass fs.Sub(…, "web/locales")`},
		{"a status twice", "de.json", "{\"titles\":{\n\"404\":\"a\",\n\"405\":\"b\",\n\"404\":\"c\"}}", "Catalogue: de.json:4: titles.404 is there twice"},
		{"a section twice", "de.json", "{\"pages\":{},\n\"titles\":{},\n\"Pages\":{}}", "Catalogue: de.json:3: Pages is there twice"},
		{"a text twice", "de.json", "{\"pages\":{\"404\":{\"text\":\"a\",\"heading\":\"b\",\n\"text\":\"c\"}}}", "Catalogue: de.json:2: pages.404.text is there twice"},
		{"depth", "de.json", strings.Repeat(`{"pages":`, 100000), "Catalogue: de.json:1: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := pages.New(renderer.Options{Catalogue: file(tt.file, tt.content)})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New: %v\nwant %s", err, tt.want)
			}
		})
	}
	t.Run("all at once", func(t *testing.T) {
		_, err := pages.New(renderer.Options{
			Catalogue: fstest.MapFS{
				"de.json":  {Data: []byte(`{"labels":{"a":"b"},"groups":{"c":{}}}`)},
				"fr.json":  {Data: []byte(`{`)},
				"DE.json":  {Data: []byte(`{}`)},
				"es.json":  {Mode: fs.ModeDir},
				"help.txt": {Data: []byte("not ours")},
			},
			Language: "xx", Languages: []string{"en", "yy", "?"},
		})
		for _, want := range []string{"de.json: labels.a", "de.json: groups.c", "fr.json:1: ", "same language as", "es.json: ",
			`Language: there are no texts in "xx"`, `Languages[1]: there are no texts in "yy"`, `Languages[2]: "?" is not a language tag`} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("New: %v\nwant %s", err, want)
			}
		}
		if err != nil && strings.Contains(err.Error(), "help.txt") {
			t.Errorf("New read %v", err)
		}
	})
}

// TestCatalogueNothing: what looks no better one level below is no fault, and neither is what is told apart.
func TestCatalogueNothing(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"no files":            {},
		"other files":         {"web/package.json": {Data: []byte("{}")}, "web/de.txt": {Data: []byte("x")}, "help.txt": {Data: []byte("x")}},
		"files in both":       {"de.json": {Data: []byte("{}")}, "old/de.json": {Data: []byte("{}")}},
		"codes of two cases":  {"de.json": {Data: []byte(`{"titles":{"sold-out":"a","Sold-out":"b","404":"c"},"pages":{"404":{"text":"d"}}}`)}},
		"one key in two maps": {"de.json": {Data: []byte(`{"pages":{"404":{"text":"d"},"405":{"text":"d"}},"groups":{"gone":{"text":"e"}}}`)}},
	} {
		if _, err := pages.New(renderer.Options{Catalogue: files}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// hostileFS does with every Open what it says.
type hostileFS func(name string) (fs.File, error)

func (f hostileFS) Open(name string) (fs.File, error) { return f(name) }

func TestCatalogueHostileFS(t *testing.T) {
	for _, tt := range []struct {
		name string
		fsys fs.FS
		want string
	}{
		{"fails", hostileFS(func(string) (fs.File, error) { return nil, errors.New("disk on fire") }), "Catalogue: disk on fire"},
		{"panics", hostileFS(func(string) (fs.File, error) { panic("disk on fire") }), "Catalogue: panic: disk on fire"},
		{"ends the goroutine", hostileFS(func(string) (fs.File, error) { runtime.Goexit(); return nil, nil }), "Catalogue: no answer: it ended its goroutine"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := pages.New(renderer.Options{Catalogue: tt.fsys})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New: %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestMessages(t *testing.T) {
	r, err := pages.New(renderer.Options{Messages: func(lang string, status int, code string) (title, text string, ok bool) {
		switch status {
		case 404:
			return "No such book", "It is in " + lang + " " + strconv.Itoa(status) + ".", true
		case 405:
			return "", "Only a text.", true
		case 406:
			return "ignored", "ignored", false
		case 409:
			return "a\x00b\u202ec\nd", "\xff" + strings.Repeat("long ", 10000), true
		case 500:
			panic("a secret of the application")
		}
		return "", "", false
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		status int
		want   []string
		fails  string
	}{
		{404, []string{"<h1>No such book</h1>", "It is in en 404.", "If you typed the address"}, ""},
		{405, []string{"<h1>This is not possible here</h1>", "Only a text."}, ""},
		{406, []string{"<h1>Not available in this form</h1>"}, ""},
		{409, []string{"<h1>abc d</h1>", "long long"}, ""},
		{500, []string{"<h1>Sorry, there is a problem"}, "panic: a secret"},
	} {
		a := r.Render(pages.Choice{Format: renderer.FormatHTML, Language: "en"}, &pages.Input{Status: tt.status})
		for _, want := range tt.want {
			if !strings.Contains(string(a.Body), want) {
				t.Errorf("%d: no %q in\n%s", tt.status, want, a.Body)
			}
		}
		if got := fmt.Sprint(a.Err); tt.fails == "" && a.Err != nil || !strings.Contains(got, tt.fails) {
			t.Errorf("%d: Err = %v, want %q", tt.status, a.Err, tt.fails)
		}
		if strings.Contains(string(a.Body), "secret") {
			t.Errorf("%d: the panic is in the page", tt.status)
		}
		if len(a.Body) > 14<<10 {
			t.Errorf("%d: %d bytes", tt.status, len(a.Body))
		}
	}
}

func FuzzCatalogue(f *testing.F) {
	for _, s := range []string{`{}`, `{"language":"de","direction":"rtl","name":"x","labels":{"minutes":"{n} m"}}`,
		`{"titles":{"404":"a","4xx":"b","code":"c"},"groups":{"gone":{"text":"t"}},"pages":{"404":{"title":"<script>"}}}`,
		"\ufeff{}", `{"pages":{"999":{}}}`, `[`, `null`, `{"titles":null}`, `{"pages":{"code":null}}`} {
		f.Add("de.json", s)
	}
	f.Fuzz(func(t *testing.T, name, content string) {
		if !fs.ValidPath(name) || strings.Contains(name, "/") {
			return
		}
		r, err := pages.New(renderer.Options{Catalogue: file(name, content), Languages: []string{"en"}})
		if err != nil {
			return
		}
		for _, status := range []int{404, 430, 500} {
			a := r.Render(pages.Choice{Format: renderer.FormatHTML, Language: "en"}, &pages.Input{Status: status})
			if a.Step != pages.StepBuiltin || a.Err != nil || !strings.HasSuffix(string(a.Body), "</html>\n") {
				t.Errorf("%d: %v %v\n%s", status, a.Step, a.Err, a.Body)
			}
		}
	})
}
