package pages_test

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// pagesOf makes a file system of pairs: a name in http_responses and a template.
func pagesOf(pairs ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		files["http_responses/"+pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return files
}

func TestTemplates_lookup(t *testing.T) {
	all := []string{"quota.de.html", "quota.html", "404.de.html", "404.html", "4xx.de.html", "4xx.html", "default.de.html", "default.html"}
	for i, want := range all {
		var pairs []string
		for _, name := range all[i:] {
			pairs = append(pairs, name, "{{.Code}} from "+name)
		}
		r := newRenderer(t, renderer.Options{Templates: pagesOf(pairs...)})
		c := pages.Choice{Format: html, Language: "de"}
		if !strings.Contains(strings.Join(pairs, " "), ".de.") {
			c.Language = "en"
		}
		for _, own := range []string{"quota", "quota.html", "http_responses/quota.html"} {
			a := render(t, r, c, &pages.Input{Error: httperrors.New(404, "x").WithTemplate(own)})
			if got := string(a.Body); got != "404 from "+want {
				t.Errorf("%s for %s: %q, want %s", c.Language, own, got, want)
			}
			if a.Template != "http_responses/"+want || a.Step != pages.StepCustom {
				t.Errorf("Template = %q, step %v", a.Template, a.Step)
			}
		}
	}
}

func TestTemplates_whoseStatus(t *testing.T) {
	r := newRenderer(t, renderer.Options{Templates: pagesOf("404.html", "A", "5xx.html", "B", "404.txt", "C", "404.md", "D")})
	for _, tt := range []struct {
		format renderer.Format
		status int
		want   string
		step   pages.Step
	}{
		{html, 404, "A", pages.StepCustom}, {html, 503, "B", pages.StepCustom}, {html, 599, "B", pages.StepCustom},
		{text, 404, "C", pages.StepCustom}, {md, 404, "D", pages.StepCustom},
		{html, 403, "<", pages.StepBuiltin}, {text, 503, "5", pages.StepBuiltin}, {pjs, 404, "{", pages.StepBuiltin},
	} {
		a := render(t, r, pages.Choice{Format: tt.format}, &pages.Input{Status: tt.status})
		if !strings.Contains(string(a.Body), tt.want) || a.Step != tt.step {
			t.Errorf("%v %d: %q, step %v", tt.format, tt.status, a.Body, a.Step)
		}
	}
}

func TestTemplates_layouts(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files fstest.MapFS
		want  string
	}{
		{"a partial by its path", fstest.MapFS{
			"http_responses/404.html": {Data: []byte(`{{template "partials/nav.html" .}}{{.Code}}`)},
			"partials/nav.html":       {Data: []byte(`<nav>{{.Title}}</nav>`)}},
			"<nav>Not Found</nav>404"},
		{"a partial by its base name", fstest.MapFS{
			"http_responses/404.html":   {Data: []byte(`{{template "_nav.html" .}}{{.Code}}`)},
			"http_responses/_nav.html":  {Data: []byte(`<nav>1</nav>`)},
			"http_responses/_other.txt": {Data: []byte(`x`)}},
			"<nav>1</nav>404"},
		{"a layout that is called", fstest.MapFS{
			"http_responses/404.html": {Data: []byte(`{{template "base.html" .}}{{define "content"}}own {{.Code}}{{end}}`)},
			"http_responses/403.html": {Data: []byte(`{{template "base.html" .}}{{define "content"}}other{{end}}`)},
			"layouts/base.html":       {Data: []byte(`<main>{{block "content" .}}default{{end}}</main>`)}},
			"<main>own 404</main>"},
		{"a layout that is implied", fstest.MapFS{
			"http_responses/404.html":    {Data: []byte(`{{define "content"}}own {{.Code}}{{end}}`)},
			"http_responses/layout.html": {Data: []byte(`<main>{{block "content" .}}default{{end}}{{template "foot.html" .}}</main>`)},
			"partials/foot.html":         {Data: []byte(`foot`)}},
			"<main>own 404foot</main>"},
		{"a file elsewhere by its path", fstest.MapFS{
			"http_responses/404.html": {Data: []byte(`{{template "web/views/nav.html" .}}`)},
			"web/views/nav.html":      {Data: []byte(`N`)},
			"web/views/app.html":      {Data: []byte(`{{nosuchfunction}}`)}},
			"N"},
		{"templates of the application that do not concern us", fstest.MapFS{
			"http_responses/404.html": {Data: []byte(`A`)},
			"index.html":              {Data: []byte(`{{asset "x"}}`)},
			"layouts/app.html":        {Data: []byte(`{{if}}`)}},
			"A"},
		{"a byte order mark", fstest.MapFS{"http_responses/404.html": {Data: []byte("\ufeff<!doctype html>")}}, "<!doctype html>"},
		{"CRLF", fstest.MapFS{"http_responses/404.html": {Data: []byte("a\r\nb")}}, "a\r\nb"},
		{"a partial for the fields", fstest.MapFS{
			"http_responses/404.html":   {Data: []byte(`{{range .Errors}}{{template "field.html" .}}{{end}}A`)},
			"http_responses/field.html": {Data: []byte(`{{.Pointer}}`)}},
			"A"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRenderer(t, renderer.Options{Templates: tt.files})
			a := render(t, r, pages.Choice{Format: html}, &pages.Input{Status: 404})
			if got := string(a.Body); got != tt.want || a.Err != nil {
				t.Errorf("%q, want %q; %v", got, tt.want, a.Err)
			}
		})
	}
}

func TestTemplates_fragment(t *testing.T) {
	r := newRenderer(t, renderer.Options{Templates: pagesOf(
		"404.html", `<html>{{template "fragment" .}}</html>{{define "fragment"}}<p id='{{.Frame}}'>{{.Code}}{{end}}`, "403.html", `<html>`)})
	for _, tt := range []struct {
		c      pages.Choice
		status int
		want   string
	}{
		{pages.Choice{Format: html}, 404, "<html><p id=''>404</html>"},
		{pages.Choice{Format: html, Fragment: true}, 404, "<p id=''>404"},
		{pages.Choice{Format: html, Fragment: true, Frame: "cart"}, 404, "<p id='cart'>404"},
		{pages.Choice{Format: html, Fragment: true, Frame: `"><x>`}, 404, "<p id=''>404"},
	} {
		for range 3 {
			if got := body(r, tt.c, tt.status); got != tt.want {
				t.Errorf("%+v: %q, want %q", tt.c, got, tt.want)
			}
		}
	}
	a := r.Render(pages.Choice{Format: html, Fragment: true, Frame: "cart"}, &pages.Input{Status: 403})
	if a.Step != pages.StepBuiltin || strings.Contains(string(a.Body), "<html") || !strings.Contains(string(a.Body), `<turbo-frame id="cart"`) {
		t.Errorf("a page without a fragment: step %v, %s", a.Step, a.Body)
	}
}

// TestTemplates_faults: each with its file and line, all of them in one error.
func TestTemplates_faults(t *testing.T) {
	files := fstest.MapFS{
		"http_responses/400.html":          {Data: []byte("a\nb\n{{if}}")},
		"http_responses/401.html":          {Data: []byte("a\n{{.NoSuchField}}")},
		"http_responses/402.html":          {Data: []byte("<a href='{{if .Code}}\"{{end}}>")},
		"http_responses/403.html":          {Data: []byte("a\n\n{{nosuchfunction}}")},
		"http_responses/404.html":          {Data: []byte("  \n")},
		"http_responses/405.html":          {Data: []byte("ok\nno\xe4\n")},
		"http_responses/406.html":          {Mode: fs.ModeDir},
		"http_responses/407.html":          {Data: []byte("{{template \"nowhere\"}}")},
		"http_responses/408.html":          {Data: []byte("\n{{if eq .Code 408}}{{index .Errors 9}}{{end}}")},
		"http_responses/409.html":          {Data: []byte("{{template \"r\" .}}{{define \"r\"}}{{template \"r\" .}}{{end}}")},
		"http_responses/451.html":          {Data: []byte(`{{template "a.html" .}}`)},
		"layouts/a.html":                   {Data: []byte(`{{template "b.html" .}}`)},
		"layouts/b.html":                   {Data: []byte(`{{template "a.html" .}}`)},
		"http_responses/410.txt":           {Data: []byte("{{.Nope}}")},
		"http_responses/411.html":          {Data: []byte(`{{template "bad.html" .}}`)},
		"http_responses/412.html":          {Data: []byte(`{{template "bad.html" .}}`)},
		"http_responses/413.html":          {Data: []byte("<script>var x = `{{.Code}}</script>")},
		"http_responses/414.html":          {Data: []byte("{{range .Errors}}{{.Detail.X}}{{end}}")},
		"http_responses/418.html":          {Data: []byte(`x{{define "fragment"}}<a href='x{{end}}`)},
		"http_responses/416.html":          {Data: []byte(strings.Repeat("x", 2<<20))},
		"http_responses/417.html":          {Data: []byte(`{{printf "%1000000d" 1}}{{printf "%1000000d" 1}}`)},
		"http_responses/999.html":          {Data: []byte("a")},
		"http_responses/200.html":          {Data: []byte("a")},
		"http_responses/2xx.html":          {Data: []byte("a")},
		"http_responses/quota.html":        {Data: []byte("{{.Quota}}")},
		"http_responses/partial/_bad.html": {Data: []byte("")},
		"partials/bad.html":                {Data: []byte("\n\n{{end}}")},
	}
	_, err := pages.New(renderer.Options{Templates: files, MaxBytes: -1, Timeout: -1, Funcs: template.FuncMap{
		"len": func() int { return 0 }, "_html_template_cssescaper": fmt.Sprint, "call": fmt.Sprint, "nofunc": 1, "two words": fmt.Sprint}})
	if err == nil {
		t.Fatal("New found nothing")
	}
	for _, want := range []string{
		"Templates: http_responses/400.html:3: missing value for if",
		"Templates: http_responses/401.html:2:2: executing", "can't evaluate field NoSuchField",
		"Templates: http_responses/402.html", "Templates: http_responses/403.html:3: function \"nosuchfunction\" not defined",
		"Templates: http_responses/404.html: wrote nothing", "Templates: http_responses/405.html:2: is not UTF-8",
		"Templates: http_responses/406.html: is a directory", "Templates: http_responses/407.html:1:11", "Templates: http_responses/408.html:2:",
		"Templates: http_responses/409.html:1:43: template \"r\" calls itself", "Templates: http_responses/410.txt:1:2: executing", "Templates: layouts/b.html:1:11: template \"a.html\" calls itself", "Templates: partials/bad.html:3: unexpected {{end}}",
		"Templates: http_responses/413.html", "Templates: http_responses/414.html:1:", "Templates: http_responses/416.html: is larger",
		"Templates: http_responses/418.html: fragment: ends in a non-text context",
		"Templates: http_responses/417.html: the output is larger", "Templates: http_responses/999.html: is no status", "Templates: http_responses/200.html: is no status",
		"Templates: http_responses/2xx.html: there are pages for", "Templates: http_responses/quota.html:1:2",
		"MaxBytes: -1 is negative", "Timeout: -1ns is negative", "Funcs: len is text/template's own", "Funcs: _html_template_cssescaper", "Funcs: call", "Funcs: nofunc", "Funcs: two words",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "partials/bad.html"); n != 1 {
		t.Errorf("the partial's fault is told %d times", n)
	}
}

// TestTemplates_unused: the root may be the root of a whole project. What no page calls is no fault, whatever it is; what
// one calls is a fault that says which file it is and why.
func TestTemplates_unused(t *testing.T) {
	denied := func(files fstest.MapFS, name string) fs.FS {
		return strangeFS{files, func(opened string) (fs.File, error) {
			if opened == name {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
			}
			return files.Open(opened)
		}}
	}
	for _, tt := range []struct {
		name  string
		files fstest.MapFS
		deny  string
		call  string
		want  string
	}{
		{"a large file", fstest.MapFS{"coverage.html": {Data: []byte(strings.Repeat("x", 2<<20))}}, "",
			"coverage.html", "Templates: coverage.html: is larger than 1048576 bytes"},
		{"Latin-1", fstest.MapFS{"legacy.html": {Data: []byte("a\ncaf\xe9")}}, "", "legacy.html", "Templates: legacy.html:2: is not UTF-8"},
		{"Latin-1 where no page is", fstest.MapFS{"web/legacy.html": {Data: []byte("caf\xe9")}}, "",
			"web/legacy.html", "Templates: web/legacy.html:1: is not UTF-8"},
		{"Latin-1 beside the pages", fstest.MapFS{"http_responses/old/legacy.html": {Data: []byte("caf\xe9")}}, "",
			"legacy.html", "Templates: http_responses/old/legacy.html:1: is not UTF-8"},
		{"a file that may not be read", fstest.MapFS{"secret.html": {Data: []byte("x")}}, "secret.html",
			"secret.html", "Templates: secret.html: permission denied"},
		{"a directory that may not be read", fstest.MapFS{"partials/nav.html": {Data: []byte("x")}}, "partials",
			"nav.html", "Templates: partials: permission denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.files["http_responses/404.html"] = &fstest.MapFile{Data: []byte("mine")}
			r := newRenderer(t, renderer.Options{Templates: denied(tt.files, tt.deny)})
			if got := body(r, pages.Choice{Format: html}, 404); got != "mine" {
				t.Errorf("%.40q", got)
			}
			tt.files["http_responses/500.html"] = &fstest.MapFile{Data: []byte(`{{template "` + tt.call + `" .}}`)}
			_, err := pages.New(renderer.Options{Templates: denied(tt.files, tt.deny)})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("called: %v\nwant %s", err, tt.want)
			}
		})
	}
}

// TestTemplates_nothing: what an error lacks is nothing in text and Markdown too.
func TestTemplates_nothing(t *testing.T) {
	const page = `{{define "b"}}[{{.Extensions.b}}]{{end -}}
a{{.Extensions.none}}{{(index .Extensions "none")}}{{template "b" .}}{{range $k, $v := .Extensions}}{{$k}}={{$v}} {{end}}` +
		`{{with .Extensions}}{{.none}}{{end}}{{$x := .Extensions.none}}{{if not $x}}{{$x}}{{end}}{{.Code | printf "%d"}}{{.Err}}{{printf "<no value>"}}`
	r := newRenderer(t, renderer.Options{Templates: pagesOf("404.html", page, "404.txt", page, "404.md", page)})
	in := &pages.Input{Error: httperrors.New(404, "M").WithExtension("null", nil).WithExtension("word", "v")}
	for _, tt := range []struct {
		format renderer.Format
		want   string
	}{{html, "a[]null= word=v 404M&lt;no value&gt;"}, {text, "a[]null= word=v 404M<no value>"}, {md, "a[]null= word=v 404M<no value>"}} {
		a := render(t, r, pages.Choice{Format: tt.format}, in)
		if got := string(a.Body); got != tt.want || a.Err != nil {
			t.Errorf("%v: %q, want %q; %v", tt.format, got, tt.want, a.Err)
		}
	}
}

// TestTemplates_twice: of two files for the same readers, one would never be shown.
func TestTemplates_twice(t *testing.T) {
	files := pagesOf("404.no.html", "x", "404.nb.html", "x", "403.de-CH.html", "x", "403.de_ch.html", "x", "4xx.html", "x", "4XX.html", "x",
		"quota.fr.html", "x", "quota.FR.html", "x", "404.nb.txt", "x", "404.html", "x", "403.no.html", "x")
	_, err := pages.New(renderer.Options{Templates: files})
	if err == nil {
		t.Fatal("New found nothing")
	}
	for _, want := range []string{"Templates: http_responses/404.no.html: is for the same as http_responses/404.nb.html",
		"Templates: http_responses/403.de_ch.html: is for the same as http_responses/403.de-CH.html",
		"Templates: http_responses/4xx.html: is for the same as http_responses/4XX.html",
		"Templates: http_responses/quota.fr.html: is for the same as http_responses/quota.FR.html"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "the same as"); n != 4 {
		t.Errorf("%d faults:\n%v", n, err)
	}
}

// TestTemplates_languages: a language may be named that there are only templates in, and one of a region that there are
// texts for.
func TestTemplates_languages(t *testing.T) {
	files := pagesOf("404.html", "any", "404.gsw.html", "gsw {{.Language}}", "404.de_at.html", "at {{.Language}}", "404.ia.html", "ia")
	r := newRenderer(t, renderer.Options{Templates: files, Languages: []string{"en", "de", "GSW", "de-AT"}})
	if got, want := r.Languages(), []string{"en", "de", "de-AT", "gsw"}; !slices.Equal(got, want) {
		t.Errorf("Languages = %q, want %q", got, want)
	}
	for accept, want := range map[string]string{"gsw": "gsw gsw", "de-AT": "at de-AT", "de": "any", "ia": "any", "de-CH": "any"} {
		c := r.Choose(http.Header{"Accept": {chrome}, "Accept-Language": {accept}}, renderer.FormatNone)
		if got := body(r, c, 404); got != want {
			t.Errorf("%s: %q, want %q", accept, got, want)
		}
	}
	_, err := pages.New(renderer.Options{Templates: files, Languages: []string{"en", "gsw", "xx"}})
	if err == nil || err.Error() != `Languages[2]: there are no texts in "xx"` {
		t.Errorf("New: %v", err)
	}
}

// TestTemplates_manyLanguages: what would never be shown is a fault.
func TestTemplates_manyLanguages(t *testing.T) {
	files := pagesOf()
	for i := range 40 {
		files[fmt.Sprintf("http_responses/404.q%c%c.html", 'a'+i%26, 'a'+i/26)] = &fstest.MapFile{Data: []byte("x")}
	}
	_, err := pages.New(renderer.Options{Templates: files})
	if err == nil || !strings.Contains(err.Error(), "Templates: pages in 40 languages that there are no texts in; at most 64 can be offered, and 35 have texts") {
		t.Errorf("New: %v", err)
	}
	if _, err := pages.New(renderer.Options{Templates: files, Languages: []string{"en"}}); err != nil {
		t.Errorf("with Languages: %v", err)
	}
}

func TestTemplates_misplaced(t *testing.T) {
	_, err := pages.New(renderer.Options{Templates: fstest.MapFS{"templates/http_responses/404.html": {Data: []byte("x")}}})
	if err == nil || !strings.Contains(err.Error(), `fs.Sub(…, "templates")`) {
		t.Errorf("New: %v", err)
	}
	if _, err := pages.New(renderer.Options{Templates: fstest.MapFS{}}); err != nil {
		t.Errorf("no templates at all: %v", err)
	}
}

// strangeFS misbehaves in the way that its name says.
type strangeFS struct {
	fstest.MapFS
	open func(name string) (fs.File, error)
}

func (f strangeFS) Open(name string) (fs.File, error) { return f.open(name) }

// ReadDir hides the method of MapFS, which would not go through Open.
func (f strangeFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if _, err := f.open(name); err != nil {
		return nil, err
	}
	return fs.ReadDir(f.MapFS, name)
}

// ReadFile and the others are hidden likewise.
func (f strangeFS) ReadFile() {}
func (f strangeFS) Stat()     {}

type shortFile struct{ fs.File }

func (f shortFile) Read(p []byte) (int, error) { return f.File.Read(p[:min(1, len(p))]) }

func TestTemplates_hostileFS(t *testing.T) {
	files := pagesOf("404.html", "{{.Code}}")
	blocked := make(chan struct{})
	t.Cleanup(func() { close(blocked) })
	for _, tt := range []struct {
		name string
		open func(name string) (fs.File, error)
		want string // "" is no fault
	}{
		{"short reads", func(name string) (fs.File, error) { f, err := files.Open(name); return shortFile{f}, err }, ""},
		{"panics", func(name string) (fs.File, error) { panic("no disk") }, "Templates: reading them: panic: no disk"},
		{"blocks", func(name string) (fs.File, error) { <-blocked; return nil, fs.ErrClosed }, "Templates: reading them: no answer within"},
		{"permission denied", func(name string) (fs.File, error) {
			if strings.HasSuffix(name, ".html") {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
			}
			return files.Open(name)
		}, "Templates: http_responses/404.html: permission denied"},
		{"a directory denied", func(name string) (fs.File, error) {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
		}, "Templates: http_responses: permission denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := pages.New(renderer.Options{Templates: strangeFS{files, tt.open}, Timeout: 100 * time.Millisecond})
			switch {
			case tt.want != "":
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("New: %v, want %s", err, tt.want)
				}
			case err != nil:
				t.Errorf("New: %v", err)
			default:
				if got := body(r, pages.Choice{Format: html}, 404); got != "404" {
					t.Errorf("%q", got)
				}
			}
		})
	}
}

// TestTemplates_overrun: a template that does not end is cut off once, reported, and not asked again.
func TestTemplates_overrun(t *testing.T) {
	never := make(chan string)
	t.Cleanup(func() { close(never) })
	for name, tmpl := range map[string]string{
		"a loop":           "{{if armed}}{{range 2000000000}}{{if not armed}}x{{end}}{{end}}{{end}}x",
		"a loop that adds": "x{{if armed}}{{range forever}}{{end}}{{end}}",
		"a channel":        "x{{if armed}}{{range channel}}{{end}}{{end}}",
		"a call":           "x{{if armed}}{{wait}}{{end}}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var armed atomic.Bool
			r := newRenderer(t, renderer.Options{Templates: pagesOf("404.html", tmpl), Timeout: 400 * time.Millisecond, Funcs: template.FuncMap{
				"armed": armed.Load, "channel": func() chan string { return never }, "wait": func() string { return <-never },
				"forever": func() func(func(int) bool) { return func(func(int) bool) { <-never } },
			}})
			c := pages.Choice{Format: html}
			if got := body(r, c, 404); got != "x" {
				t.Fatalf("%q", got)
			}
			armed.Store(true)
			a := r.Render(c, &pages.Input{Status: 404})
			if a.Step != pages.StepBuiltin || a.Err == nil || !strings.Contains(a.Err.Error(), "template http_responses/404.html: no answer within") {
				t.Errorf("step %v, %v", a.Step, a.Err)
			}
			armed.Store(false) // ends the loops
			a = r.Render(c, &pages.Input{Status: 404})
			if a.Step != pages.StepBuiltin || a.Err != nil {
				t.Errorf("asked again: step %v, %v", a.Step, a.Err)
			}
		})
	}
}

func TestTemplates_fails(t *testing.T) {
	cause := errors.New("boom")
	for name, tmpl := range map[string]string{
		"after 64 KB":            `{{printf "%65536d" 1}}{{if eq .Path "/now"}}{{index .Errors 9}}{{end}}`,
		"a function that panics": `x{{if eq .Path "/now"}}{{explode}}{{end}}`,
		"a function that fails":  `x{{if eq .Path "/now"}}{{fail}}{{end}}`,
		"a method that panics":   `x{{if eq .Path "/now"}}{{.Err.Unwrap.Unwrap.Error}}{{end}}`,
		"more than the limit":    `{{if eq .Path "/now"}}{{printf "%999999d%999999d" 1 1}}{{end}}x`,
		"nothing":                `{{if ne .Path "/now"}}x{{end}}`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRenderer(t, renderer.Options{Templates: pagesOf("404.html", tmpl), Funcs: template.FuncMap{
				"explode": func() string { panic(cause) }, "fail": func() (string, error) { return "", cause }}})
			c := pages.Choice{Format: html}
			for range 3 { // through the same buffers
				a := render(t, r, c, &pages.Input{Error: httperrors.New(404, "").WithCause(panickyError{}), Path: "/now"})
				if a.Step != pages.StepBuiltin || a.Err == nil || !strings.Contains(a.Err.Error(), "http_responses/404.html") {
					t.Errorf("step %v, %v", a.Step, a.Err)
				}

				a = render(t, r, c, &pages.Input{Status: 404, Path: "/other"})
				if a.Step != pages.StepCustom || a.Err != nil {
					t.Errorf("afterwards: step %v, %v", a.Step, a.Err)
				}
			}
		})
	}
}

type panickyError struct{}

func (panickyError) Error() string { panic("Error") }

// TestPage_err: Err prints as the message, whatever verb a template prints it with, and leads to the cause on request.
func TestPage_err(t *testing.T) {
	cause := errors.New("secret")
	r := newRenderer(t, renderer.Options{Templates: pagesOf("404.html", `{{.Err}}|{{printf "%v %s %+v %#v %q" .Err .Err .Err .Err .Err}}|{{.Err.Error}}|{{.}}`)})
	in := &pages.Input{Error: httperrors.New(404, "public").WithCause(cause)}
	a := render(t, r, pages.Choice{Format: html}, in)
	if strings.Contains(string(a.Body), "secret") || !strings.HasPrefix(string(a.Body), "public|public public public &#34;public&#34; &#34;public&#34;|public|") {
		t.Errorf("%s", a.Body)
	}
	var got error
	r = newRenderer(t, renderer.Options{Templates: pagesOf("404.html", `{{see .Err}}x`), Funcs: template.FuncMap{"see": func(err error) string { got = err; return "" }}})
	render(t, r, pages.Choice{Format: html}, in)
	if !errors.Is(got, cause) {
		t.Errorf("%v does not lead to the cause", got)
	}
}

func TestReload(t *testing.T) {
	fsys := &swapFS{files: pagesOf("404.html", "one")}
	r := newRenderer(t, renderer.Options{Templates: fsys, Reload: true})
	r.ReloadAlways()
	c := pages.Choice{Format: html}
	expect := func(want string, fault string) {
		t.Helper()
		a := r.Render(c, &pages.Input{Status: 404})
		if string(a.Body) != want || (a.Err == nil) != (fault == "") || a.Err != nil && !strings.Contains(a.Err.Error(), fault) {
			t.Errorf("%q, want %q; %v, want %q", a.Body, want, a.Err, fault)
		}
	}
	expect("one", "")
	fsys.set(pagesOf("404.html", "two"))
	expect("two", "")
	fsys.set(pagesOf("404.html", "three {{.Nope}}"))
	expect("two", "Templates: http_responses/404.html:1:8")
	expect("two", "") // once
	fsys.set(pagesOf("404.html", "four", "404.de.html", "vier"))
	expect("four", "")
	if got := body(r, pages.Choice{Format: html, Language: "de"}, 404); got != "vier" {
		t.Errorf("a new language: %q", got)
	}
	fsys.set(nil)
	if a := r.Render(c, &pages.Input{Status: 404}); a.Step != pages.StepBuiltin || a.Err != nil {
		t.Errorf("all removed: step %v, %v", a.Step, a.Err)
	}
}

// TestReload_faults: every change that has a fault is reported, once, and what comes after it is taken.
func TestReload_faults(t *testing.T) {
	one := pagesOf("404.html", "one", "500.html", "five")
	for name, tt := range map[string]struct{ bad, good fstest.MapFS }{
		"a new file that is not UTF-8":         {pagesOf("404.html", "one", "500.html", "five", "403.html", "caf\xe9"), one},
		"a file is no longer UTF-8, and goes":  {pagesOf("404.html", "caf\xe9", "500.html", "five"), pagesOf("500.html", "five")},
		"a page that fails, and goes":          {pagesOf("404.html", "{{.Nope}}", "500.html", "five"), pagesOf("500.html", "five")},
		"a page that fails, and is as it was":  {pagesOf("404.html", "{{.Nope}}", "500.html", "five"), one},
		"a file that is too large, and better": {pagesOf("404.html", strings.Repeat("x", 2<<20)), pagesOf("404.html", "two")},
		"a directory, and another page":        {fstest.MapFS{"http_responses/404.html": {Mode: fs.ModeDir}}, pagesOf("404.html", "two")},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := &swapFS{files: one}
			r := newRenderer(t, renderer.Options{Templates: fsys, Reload: true})
			r.ReloadAlways()
			fresh := func(files fstest.MapFS) string {
				return body(newRenderer(t, renderer.Options{Templates: files}), pages.Choice{Format: html}, 404)
			}
			last := fresh(one)
			for round := range 3 {
				fsys.set(tt.bad)
				for i := range 2 {
					a := r.Render(pages.Choice{Format: html}, &pages.Input{Status: 404})
					if (a.Err != nil) != (i == 0) || string(a.Body) != last {
						t.Errorf("round %d, bad, answer %d: %.40q, %v", round, i, a.Body, a.Err)
					}
				}
				fsys.set(tt.good)
				last = fresh(tt.good)
				a := r.Render(pages.Choice{Format: html}, &pages.Input{Status: 404})
				if a.Err != nil || string(a.Body) != last {
					t.Errorf("round %d, good: %.40q, %v", round, a.Body, a.Err)
				}
			}
		})
	}
}

// TestReload_hostile: a file system that fails as a whole is reported once as well, and looked at again.
func TestReload_hostile(t *testing.T) {
	files, broken := pagesOf("404.html", "one"), false
	fsys := strangeFS{files, func(name string) (fs.File, error) {
		if broken {
			panic("no disk")
		}
		return files.Open(name)
	}}
	r := newRenderer(t, renderer.Options{Templates: fsys, Reload: true})
	r.ReloadAlways()
	for round := range 2 {
		broken = true
		for i := range 3 {
			a := r.Render(pages.Choice{Format: html}, &pages.Input{Status: 404})
			if (a.Err != nil) != (i == 0) {
				t.Errorf("round %d, answer %d: %v", round, i, a.Err)
			}
		}
		broken = false
		if a := r.Render(pages.Choice{Format: html}, &pages.Input{Status: 404}); a.Err != nil {
			t.Errorf("round %d: %v", round, a.Err)
		}
	}
}

// TestReload_storm changes the files as fast as it can while eight goroutines render.
func TestReload_storm(t *testing.T) {
	fsys := &swapFS{files: pagesOf("404.html", "good 0")}
	r := newRenderer(t, renderer.Options{Templates: fsys, Reload: true})
	r.ReloadAlways()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				if i%3 == 0 {
					fsys.set(pagesOf("404.html", "good "+strings.Repeat("{{if}}", i%2)))
				}
				a := r.Render(pages.Choice{Format: html}, &pages.Input{Status: 404})
				if !strings.HasPrefix(string(a.Body), "good ") {
					t.Errorf("%q, %v", a.Body, a.Err)
				}
			}
		})
	}
	wg.Wait()
}

type swapFS struct {
	mu    sync.Mutex
	files fstest.MapFS
}

func (f *swapFS) set(files fstest.MapFS) { f.mu.Lock(); f.files = files; f.mu.Unlock() }

func (f *swapFS) Open(name string) (fs.File, error) {
	f.mu.Lock()
	files := f.files
	f.mu.Unlock()
	return files.Open(name)
}
