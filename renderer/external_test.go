package renderer_test

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
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
		"in words":     func(n string) error { return fmt.Errorf("Template %s not found", n) },
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
