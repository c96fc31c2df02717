package pages_test

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	texttemplate "text/template"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
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
	c := pages.Choice{Format: html, Language: "en"}
	in := &pages.Input{Error: httperrors.New(404, "").WithTemplate("quota")}
	for i := range 3 { // a name that does not exist now may exist for the next request
		a := render(t, r, c, in)
		if string(a.Body) != "default 404" || a.Step != pages.StepCustom || a.Template != "http_responses/default.html" || a.Err != nil {
			t.Errorf("%q, step %v, %v", a.Body, a.Step, a.Err)
		}
		want := []string{"quota", "quota.en.html", "quota.html", "http_responses/404.en.html", "http_responses/404.html", "http_responses/4xx.en.html",
			"http_responses/4xx.html", "http_responses/default.en.html", "http_responses/default.html"}
		if got := x.take(); !slices.Equal(got, want) {
			t.Errorf("round %d: asked for %q, want %q", i, got, want)
		}
	}
	a := render(t, r, pages.Choice{Format: html, Fragment: true, Language: "en"}, &pages.Input{Status: 404})
	want := []string{"http_responses/404.fragment.en.html", "http_responses/404.fragment.html", "http_responses/4xx.fragment.en.html",
		"http_responses/4xx.fragment.html", "http_responses/default.fragment.en.html", "http_responses/default.fragment.html"}
	if got := x.take(); !slices.Equal(got, want) || a.Step != pages.StepBuiltin || strings.Contains(string(a.Body), "<html") {
		t.Errorf("a fragment: asked for %q, step %v, %s", got, a.Step, a.Body)
	}
	if got := body(r, pages.Choice{Format: pjs}, 404); x.take() != nil || !strings.HasPrefix(got, "{") {
		t.Errorf("asked for a document: %s", got)
	}
}

// TestExternal_missing: a renderer that says that it has no such template is asked for the next name, and nothing of it is a
// failure.
func TestExternal_missing(t *testing.T) {
	none := template.Must(template.New("other").Parse("x"))
	for name, missing := range map[string]func(name string) error{
		"by our sentinel":  func(string) error { return renderer.ErrNoTemplate },
		"wrapped":          func(n string) error { return fmt.Errorf("views: %s: %w", n, renderer.ErrNoTemplate) },
		"by fs's sentinel": func(string) error { return fmt.Errorf("views: %w", fs.ErrNotExist) },
		"fs":               func(n string) error { return &fs.PathError{Op: "open", Path: n, Err: fs.ErrNotExist} },
		"in a folder":      func(n string) error { _, err := os.Open("testdata/nowhere/" + n); return err },
		"with an end":      func(n string) error { _, err := os.Open("testdata/nowhere/" + n + ".jet"); return err },
		"with another end": func(n string) error {
			_, err := os.Open("views/" + strings.TrimSuffix(n, ".html") + ".jet")
			return err
		},
		"html":              func(n string) error { return none.ExecuteTemplate(io.Discard, n, nil) },
		"text":              func(n string) error { return texttemplate.New("x").ExecuteTemplate(io.Discard, n, nil) },
		"html, as it wraps": func(n string) error { return fmt.Errorf("html/template: %q is undefined", n) },
	} {
		t.Run(name, func(t *testing.T) {
			x := &asked{f: func(w io.Writer, name string, p *renderer.Page) error { return missing(name) }}
			r := newRenderer(t, renderer.Options{External: x.render, Templates: pagesOf("404.html", "mine")})
			for range 3 {
				a := render(t, r, pages.Choice{Format: html}, &pages.Input{Status: 404})
				if string(a.Body) != "mine" || a.Err != nil {
					t.Errorf("%q, %v", a.Body, a.Err)
				}
				if n := len(x.take()); n != 6 {
					t.Errorf("asked for %d names", n)
				}
			}
		})
	}
}

// TestExternal_oneAttempt: a renderer that fails is not asked for other names: it would take as long again for each.
func TestExternal_oneAttempt(t *testing.T) {
	for name, f := range map[string]func(w io.Writer, name string) error{
		"an error":     func(io.Writer, string) error { return errors.New("no layout in this request") },
		"in words":     func(_ io.Writer, n string) error { return fmt.Errorf("Template %s not found", n) },
		"a panic":      func(io.Writer, string) error { panic("boom") },
		"says nothing": func(io.Writer, string) error { return nil },
		"half-way":     func(w io.Writer, _ string) error { io.WriteString(w, "half"); return renderer.ErrNoTemplate },
	} {
		t.Run(name, func(t *testing.T) {
			x := &asked{f: func(w io.Writer, name string, p *renderer.Page) error { return f(w, name) }}
			r := newRenderer(t, renderer.Options{External: x.render})
			for range 2 {
				a := render(t, r, pages.Choice{Format: html}, &pages.Input{Status: 404})
				if got := x.take(); len(got) != 1 || a.Step != pages.StepBuiltin || a.Err == nil || !strings.Contains(a.Err.Error(), "http_responses/404.en.html: ") {
					t.Errorf("asked for %q, step %v, %v", got, a.Step, a.Err)
				}
			}
		})
	}
}

// TestExternal_eachRequest: a renderer that cannot serve one request, or declines it, is asked again for the next.
func TestExternal_eachRequest(t *testing.T) {
	for name, refusal := range map[string]func(name string) error{
		"fails":          func(string) error { return errors.New("no layout in this request") },
		"panics":         func(string) error { panic("no layout in this request") },
		"lacks a file":   func(string) error { return fs.ErrNotExist },
		"lacks its file": func(n string) error { return &fs.PathError{Op: "open", Path: n, Err: fs.ErrNotExist} },
		"declines":       func(string) error { return renderer.ErrNoTemplate },
	} {
		t.Run(name, func(t *testing.T) {
			served := false
			r := newRenderer(t, renderer.Options{External: func(w io.Writer, name string, p *renderer.Page) error {
				if !served {
					return refusal(name)
				}
				_, err := io.WriteString(w, "mine")
				return err
			}})
			for range 3 {
				served = false
				a := render(t, r, pages.Choice{Format: html}, &pages.Input{Status: 404})
				if a.Step != pages.StepBuiltin || name == "declines" && a.Err != nil {
					t.Errorf("step %v, %v", a.Step, a.Err)
				}
				served = true
				if a := render(t, r, pages.Choice{Format: html}, &pages.Input{Status: 404}); string(a.Body) != "mine" || a.Err != nil {
					t.Errorf("the next request: %.40q, %v", a.Body, a.Err)
				}
			}
		})
	}
}

// TestExternal_writesElsewhere: a renderer that writes to the response, and not to w, is not asked again.
func TestExternal_writesElsewhere(t *testing.T) {
	for name, result := range map[string]error{"and says nothing": nil, "and fails": errors.New("boom"), "and has no template": renderer.ErrNoTemplate} {
		t.Run(name, func(t *testing.T) {
			attempts := 0
			r := newRenderer(t, renderer.Options{External: func(io.Writer, string, *renderer.Page) error { attempts++; return result }})
			a := r.Render(pages.Choice{Format: html}, &pages.Input{Status: 404, Begun: func() bool { return attempts > 0 }})
			if attempts != 1 || a.Err == nil || !strings.Contains(a.Err.Error(), "http_responses/404.en.html: the Renderer wrote to the context's response instead of w") {
				t.Errorf("%d attempts, %v", attempts, a.Err)
			}
		})
	}
}

// TestExternal_failsWithin: that something is missing within a page is not that the page is. It is told each time, the
// general page is not shown in its place, and it is well as soon as the fault is over.
func TestExternal_failsWithin(t *testing.T) {
	const page = "http_responses/500.html"
	for name, fault := range map[string]error{
		"an asset is not found":           fmt.Errorf(`template: %s:1:6: executing %q at <asset "app.css">: error calling asset: asset app.css not found`, page, page),
		"a file does not exist":           fmt.Errorf("template: %s:1:6: error calling asset: %w", page, &fs.PathError{Op: "open", Path: "manifest.json", Err: fs.ErrNotExist}),
		"a file beside it, in a function": failing("http_responses/500.css"),
		"a file of a similar name":        &fs.PathError{Op: "open", Path: "old-" + page, Err: fs.ErrNotExist},
		"a partial is not defined":        fmt.Errorf(`template: %s:1:12: executing %q at <{{template "nav" .}}>: template "nav" not defined`, page, page),
		"a partial is not there":          errors.New(`html/template: "nav" is undefined`),
		"a function is undefined":         fmt.Errorf(`%s: function "x" is undefined`, page),
		"something is not in the words":   errors.New("boom"),
		"it says nothing":                 nil,
		"an error that panics":            panickyError{},
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
				a := render(t, r, pages.Choice{Format: html}, &pages.Input{Status: 500})
				if a.Step == pages.StepCustom || a.Err == nil || name != "an error that panics" && !strings.Contains(a.Err.Error(), page) {
					t.Errorf("%s, step %v, %v", a.Template, a.Step, a.Err)
				}
			}
			well = true
			if a := render(t, r, pages.Choice{Format: html}, &pages.Input{Status: 500}); string(a.Body) != "500" || a.Err != nil {
				t.Errorf("when it is well: %.40q, %v", a.Body, a.Err)
			}
		})
	}
}

// failing is the error of a template with a function that does not find a file.
func failing(file string) error {
	open := func() (string, error) { return "", &fs.PathError{Op: "open", Path: file, Err: fs.ErrNotExist} }
	return template.Must(template.New("http_responses/500.html").Funcs(template.FuncMap{"open": open}).Parse("{{open}}")).Execute(io.Discard, nil)
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
				if a := render(t, r, pages.Choice{Format: html}, &pages.Input{Status: 404}); string(a.Body) != "fine" || a.Err != nil {
					t.Errorf("%q, %v", a.Body, a.Err)
				}
				fail = true
				a := render(t, r, pages.Choice{Format: html}, &pages.Input{Status: 404})
				if a.Step != pages.StepBuiltin || a.Err == nil || strings.Contains(string(a.Body), "half") {
					t.Errorf("step %v, %v", a.Step, a.Err)
				}
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
		if a := render(t, r, pages.Choice{Format: html}, &pages.Input{Status: 404}); a.Step != pages.StepBuiltin || a.Err != nil {
			t.Errorf("without: step %v, %v", a.Step, a.Err)
		}
		set = template.Must(template.New("http_responses/404.html").Parse("mine"))
		if a := render(t, r, pages.Choice{Format: html}, &pages.Input{Status: 404}); string(a.Body) != "mine" || a.Err != nil {
			t.Errorf("with: %.40q, %v", a.Body, a.Err)
		}
	}
}

// TestExternal_ofTheRequest: an adapter's closure goes before Options.External.
func TestExternal_ofTheRequest(t *testing.T) {
	r := newRenderer(t, renderer.Options{External: func(w io.Writer, name string, p *renderer.Page) error { t.Error("asked"); return nil }})
	a := r.Render(pages.Choice{Format: html}, &pages.Input{Status: 404, External: func(w io.Writer, name string, p *renderer.Page) error {
		_, err := fmt.Fprintf(w, "%s %d", name, p.Code)
		return err
	}})
	if string(a.Body) != "http_responses/404.en.html 404" {
		t.Errorf("%q, %v", a.Body, a.Err)
	}
}
