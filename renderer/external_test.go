package renderer_test

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
)

// asked records the names that an External is asked for.
type asked struct {
	mu    sync.Mutex
	names []string
	f     func(w io.Writer, name string, p *renderer.Page) error
}

func (a *asked) render(w io.Writer, name string, p *renderer.Page) error {
	a.mu.Lock()
	a.names = append(a.names, name)
	a.mu.Unlock()
	return a.f(w, name, p)
}

func (a *asked) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	names := a.names
	a.names = nil
	return names
}

func TestExternal_namesInTurn(t *testing.T) {
	set := template.Must(template.New("http_responses/default.html").Parse("default {{.Code}}"))
	x := &asked{f: func(w io.Writer, name string, p *renderer.Page) error { return set.ExecuteTemplate(w, name, p) }}
	r := newRenderer(t, renderer.Options{External: x.render})
	c := renderer.Choice{Format: html, Language: "en"}
	in := &renderer.Input{Error: httperrors.New(404, "").WithTemplate("quota")}
	for i := range 3 {
		a := render(t, r, c, in)
		if string(a.Body) != "default 404" || a.Step != renderer.StepCustom || a.Template != "http_responses/default.html" || a.Err != nil {
			t.Errorf("%q, step %v, %v", a.Body, a.Step, a.Err)
		}
		want := []string{"quota", "quota.en.html", "quota.html", "http_responses/404.en.html", "http_responses/404.html", "http_responses/4xx.en.html",
			"http_responses/4xx.html", "http_responses/default.en.html", "http_responses/default.html"}
		if i > 0 {
			want = want[8:]
		}
		if got := x.take(); !slices.Equal(got, want) {
			t.Errorf("round %d: asked for %q, want %q", i, got, want)
		}
	}
	a := render(t, r, renderer.Choice{Format: html, Fragment: true, Language: "en"}, &renderer.Input{Status: 404})
	want := []string{"http_responses/404.fragment.en.html", "http_responses/404.fragment.html", "http_responses/4xx.fragment.en.html",
		"http_responses/4xx.fragment.html", "http_responses/default.fragment.en.html", "http_responses/default.fragment.html"}
	if got := x.take(); !slices.Equal(got, want) || a.Step != renderer.StepBuiltin || strings.Contains(string(a.Body), "<html") {
		t.Errorf("a fragment: asked for %q, step %v, %s", got, a.Step, a.Body)
	}
	if got := body(r, renderer.Choice{Format: pjs}, 404); x.take() != nil || !strings.HasPrefix(got, "{") {
		t.Errorf("asked for a document: %s", got)
	}
}

func TestExternal_missing(t *testing.T) {
	for name, missing := range map[string]func(name string) error{
		"fs":   func(string) error { return &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist} },
		"html": func(n string) error { return fmt.Errorf("html/template: %q is undefined", n) },
		"text": func(n string) error {
			return fmt.Errorf("template: no template %q associated with template %q", n, "x")
		},
		"in words": func(n string) error { return fmt.Errorf("Template %s not found", n) },
		"in others": func(n string) error {
			return fmt.Errorf("views: %s could not be found", strings.TrimSuffix(n, ".html"))
		},
		"by its base":  func(n string) error { return fmt.Errorf("%s: no such page", path.Base(n)) },
		"in a folder":  func(n string) error { _, err := os.Open("testdata/nowhere/" + n); return err },
		"with an end":  func(n string) error { _, err := os.Open("testdata/nowhere/" + n + ".jet"); return err },
		"without one":  func(string) error { return errors.New("Template not found") },
		"wrapped":      func(n string) error { return fmt.Errorf("views: %w", fs.ErrNotExist) },
		"does not say": func(string) error { return errors.New("nope") },
		"panics":       func(string) error { panic("no such thing") },
		"says nothing": func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			x := &asked{f: func(w io.Writer, name string, p *renderer.Page) error { return missing(name) }}
			r := newRenderer(t, renderer.Options{External: x.render, Templates: pagesOf("404.html", "mine")})
			for i := range 3 {
				a := render(t, r, renderer.Choice{Format: html}, &renderer.Input{Status: 404})
				if string(a.Body) != "mine" {
					t.Errorf("%q", a.Body)
				}
				known := name != "does not say" && name != "panics" && name != "says nothing"
				if (a.Err != nil) != (i == 0 && !known) {
					t.Errorf("round %d: %v", i, a.Err)
				}
				if n := len(x.take()); (n > 0) != (i == 0) {
					t.Errorf("round %d: asked for %d names", i, n)
				}
			}
		})
	}
}

// TestExternal_missingInUnknownWords: what a renderer says of any name at all is told once, and not at every error for ever.
func TestExternal_missingInUnknownWords(t *testing.T) {
	for name, missing := range map[string]func(name string) error{
		"that name the template": func(n string) error { return fmt.Errorf("Vorlage %s fehlt", n) },
		"that do not":            func(string) error { return errors.New("nope") },
		"by a panic":             func(string) error { panic("no") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRenderer(t, renderer.Options{External: func(w io.Writer, name string, p *renderer.Page) error { return missing(name) }})
			told := 0
			for status := 400; status < 420; status++ {
				a := render(t, r, renderer.Choice{Format: html, Language: []string{"en", "de"}[status%2]}, &renderer.Input{Error: httperrors.New(status, "").WithTemplate("own")})
				if a.Err != nil {
					told++
				}
				if a.Step != renderer.StepBuiltin {
					t.Errorf("step %v", a.Step)
				}
			}
			if told != 1 {
				t.Errorf("told %d times", told)
			}
		})
	}
}

// TestExternal_failsWithin: that something is missing within a page is not that the page is. It is told each time, the
// general page is not shown in its place, and it is well as soon as the fault is over.
func TestExternal_failsWithin(t *testing.T) {
	const page = "http_responses/500.html"
	for name, fault := range map[string]error{
		"an asset is not found":         fmt.Errorf(`template: %s:1:6: executing %q at <asset "app.css">: error calling asset: asset app.css not found`, page, page),
		"a file does not exist":         fmt.Errorf("template: %s:1:6: error calling asset: %w", page, &fs.PathError{Op: "open", Path: "manifest.json", Err: fs.ErrNotExist}),
		"a file of a similar name":      &fs.PathError{Op: "open", Path: "old-" + page, Err: fs.ErrNotExist},
		"a partial is not defined":      fmt.Errorf(`template: %s:1:12: executing %q at <{{template "nav" .}}>: template "nav" not defined`, page, page),
		"a partial is not there":        errors.New(`html/template: "nav" is undefined`),
		"a function is undefined":       fmt.Errorf(`%s: function "x" is undefined`, page),
		"something is not in the words": errors.New("boom"),
		"it says nothing":               nil,
		"an error that panics":          panickyError{},
	} {
		t.Run(name, func(t *testing.T) {
			set := template.Must(template.New(page).Parse("500"))
			template.Must(set.New("http_responses/5xx.html").Parse("5xx"))
			well := false
			r := newRenderer(t, renderer.Options{External: func(w io.Writer, name string, p *renderer.Page) error {
				if name == page && !well {
					return fault
				}
				return set.ExecuteTemplate(w, name, p)
			}})
			for range 3 {
				a := render(t, r, renderer.Choice{Format: html}, &renderer.Input{Status: 500})
				if a.Step == renderer.StepCustom || a.Err == nil || name != "an error that panics" && !strings.Contains(a.Err.Error(), page) {
					t.Errorf("%s, step %v, %v", a.Template, a.Step, a.Err)
				}
			}
			well = true
			if a := render(t, r, renderer.Choice{Format: html}, &renderer.Input{Status: 500}); string(a.Body) != "500" || a.Err != nil {
				t.Errorf("when it is well: %.40q, %v", a.Body, a.Err)
			}
		})
	}
}

// endless is an error whose text is its own.
type endless struct{ error }

func (e *endless) Unwrap() error { return e.error }

// TestExternal_fails: a template that has worked and fails now is reported each time, and nothing of it is shown.
func TestExternal_fails(t *testing.T) {
	for name, f := range map[string]func(w io.Writer) error{
		"with an error":          func(io.Writer) error { return errors.New("boom") },
		"half-way":               func(w io.Writer) error { io.WriteString(w, "half"); return errors.New("boom") },
		"by a panic":             func(w io.Writer) error { io.WriteString(w, "half"); panic("boom") },
		"without a word":         func(w io.Writer) error { return nil },
		"by writing without end": func(w io.Writer) (err error) { return writeForEver(w) },
		"by writing too much": func(w io.Writer) error {
			io.WriteString(w, "half")
			io.WriteString(w, strings.Repeat("x", 2000))
			return nil
		},
		"by too much at once":     func(w io.Writer) error { w.Write(make([]byte, 2000)); io.WriteString(w, "half"); return nil },
		"by an endless panic":     func(io.Writer) error { self := []any{nil}; self[0] = self; panic(self) },
		"with an endless error":   func(io.Writer) error { self := new(endless); self.error = self; return self },
		"by panicking with it":    func(io.Writer) error { self := new(endless); self.error = self; panic(self) },
		"with one that panics":    func(io.Writer) error { return panickyError{} },
		"by an undefined partial": func(w io.Writer) error { return errors.New(`html/template: no such template "nav"`) },
	} {
		t.Run(name, func(t *testing.T) {
			fail := false
			x := &asked{f: func(w io.Writer, name string, p *renderer.Page) error {
				if fail {
					return f(w)
				}
				_, err := io.WriteString(w, "fine")
				return err
			}}
			r := newRenderer(t, renderer.Options{External: x.render, MaxBytes: 1000})
			for range 3 {
				fail = false
				if a := render(t, r, renderer.Choice{Format: html}, &renderer.Input{Status: 404}); string(a.Body) != "fine" || a.Err != nil {
					t.Errorf("%q, %v", a.Body, a.Err)
				}
				fail = true
				a := render(t, r, renderer.Choice{Format: html}, &renderer.Input{Status: 404})
				if a.Step != renderer.StepBuiltin || a.Err == nil || strings.Contains(string(a.Body), "half") {
					t.Errorf("step %v, %v", a.Step, a.Err)
				}
				a.Release()
			}
		})
	}
}

func writeForEver(w io.Writer) error {
	for {
		if _, err := io.WriteString(w, "xxxxxxxxxxxxxxxx"); err != nil {
			return err
		}
	}
}

// TestExternal_reload: a template may come and go, also where there are no Options.Templates.
func TestExternal_reload(t *testing.T) {
	set := template.New("")
	r := newRenderer(t, renderer.Options{Reload: true, External: func(w io.Writer, name string, p *renderer.Page) error { return set.ExecuteTemplate(w, name, p) }})
	for range 3 {
		set = template.New("")
		if a := render(t, r, renderer.Choice{Format: html}, &renderer.Input{Status: 404}); a.Step != renderer.StepBuiltin || a.Err != nil {
			t.Errorf("without: step %v, %v", a.Step, a.Err)
		}
		set = template.Must(template.New("http_responses/404.html").Parse("mine"))
		if a := render(t, r, renderer.Choice{Format: html}, &renderer.Input{Status: 404}); string(a.Body) != "mine" || a.Err != nil {
			t.Errorf("with: %.40q, %v", a.Body, a.Err)
		}
	}
}

// TestExternal_ofTheRequest: an adapter's closure goes before Options.External.
func TestExternal_ofTheRequest(t *testing.T) {
	r := newRenderer(t, renderer.Options{External: func(w io.Writer, name string, p *renderer.Page) error { t.Error("asked"); return nil }})
	a := r.Render(renderer.Choice{Format: html}, &renderer.Input{Status: 404, External: func(w io.Writer, name string, p *renderer.Page) error {
		_, err := fmt.Fprintf(w, "%s %d", name, p.Code)
		return err
	}})
	if string(a.Body) != "http_responses/404.en.html 404" {
		t.Errorf("%q, %v", a.Body, a.Err)
	}
}
