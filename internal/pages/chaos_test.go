package pages_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// TestChaos_ladder breaks the steps one after the other: each is replaced by the next, with the status and the form that
// were asked for as long as there are any, and every failure is in Err.
func TestChaos_ladder(t *testing.T) {
	boom := errors.New("boom")
	how := map[string]func(w io.Writer, data any) error{
		"fails":     func(w io.Writer, data any) error { io.WriteString(w, "half"); return boom },
		"panics":    func(w io.Writer, data any) error { io.WriteString(w, "half"); panic(boom) },
		"is silent": func(w io.Writer, data any) error { return nil },
		"floods":    func(w io.Writer, data any) error { return writeForEver(w) },
		"nil":       func(w io.Writer, data any) error { var p *renderer.Page; _ = p.Code; return nil },
	}
	for name, f := range how {
		t.Run(name, func(t *testing.T) {
			for _, fragment := range []bool{false, true} {
				r := newRenderer(t, renderer.Options{
					External:  func(w io.Writer, name string, p *renderer.Page) error { return f(w, p) },
					Templates: pagesOf("404.html", "{{if eq .Path \"/now\"}}{{index .Errors 9}}{{else}}x{{end}}{{define \"fragment\"}}{{if eq .Path \"/now\"}}{{index .Errors 9}}{{end}}x{{end}}"),
				})
				in := &pages.Input{Status: 404, Path: "/now", Reference: "R"}
				c := pages.Choice{Format: html, Fragment: fragment, Language: "en"}
				check := func(step pages.Step, content string, failures ...string) {
					t.Helper()
					a := render(t, r, c, in)
					if a.Step != step || !strings.Contains(string(a.Body), content) || strings.Contains(string(a.Body), "half") {
						t.Errorf("step %v, want %v; %.100q", a.Step, step, a.Body)
					}
					for _, want := range failures {
						if a.Err == nil || !strings.Contains(a.Err.Error(), want) {
							t.Errorf("step %v: %v, want %q", a.Step, a.Err, want)
						}
					}
				}
				external := "http_responses/404.en.html"
				if fragment {
					external = "http_responses/404.fragment.en.html"
				}
				check(pages.StepBuiltin, "Page not found", external, "template http_responses/404.html")
			}
		})
	}
}

// TestChaos_bare: the last answer of all is complete.
func TestChaos_bare(t *testing.T) {
	for status := 300; status < 600; status++ {
		if a := pages.LastResort(status); a.Step != pages.StepBare || len(a.Body) == 0 || a.ContentType == "" {
			t.Errorf("%d: step %v, %q", status, a.Step, a.Body)
		}
	}
}

// TestChaos_ours: even a fault of the package's own does not get out.
func TestChaos_ours(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	r.BreakEverything()
	a := r.Render(pages.Choice{Format: html}, &pages.Input{Status: 503})
	if a.Step != pages.StepBare || !strings.Contains(string(a.Body), "Service Unavailable") || a.Err == nil || !strings.Contains(a.Err.Error(), "panic: ") {
		t.Errorf("step %v, %v", a.Step, a.Err)
	}
}

// TestChaos_messages: the application's own texts fail, the page does not.
func TestChaos_messages(t *testing.T) {
	for name, f := range map[string]func(lang string, status int, code string) (string, string, bool){
		"panics": func(string, int, string) (string, string, bool) { panic("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRenderer(t, renderer.Options{Messages: f})
			a := render(t, r, pages.Choice{Format: html, Language: "en"}, &pages.Input{Status: 404})
			if a.Step != pages.StepBuiltin || a.Err == nil || !strings.Contains(string(a.Body), "not found") {
				t.Errorf("step %v, %v", a.Step, a.Err)
			}
		})
	}
}

// TestChaos_messagesAtTheStart: what is made at the start does not wait for the application.
func TestChaos_messagesAtTheStart(t *testing.T) {
	newRenderer(t, renderer.Options{Messages: func(string, int, string) (string, string, bool) {
		t.Error("asked")
		return "", "", false
	}})
}

// TestShared has eight goroutines ask for everything at once, and change what they were handed.
func TestShared(t *testing.T) {
	r := newRenderer(t, renderer.Options{Templates: pagesOf("404.html", "{{.Code}} {{.Message}}", "403.html", "{{.Path}}{{range $k, $v := .Extensions}}{{$k}}{{end}}")})
	shared := httperrors.New(404, "shared").WithExtension("list", []string{"a"}).WithRetryAfter(time.Minute)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				h := http.Header{"Accept": {[]string{chrome, "*/*", "text/plain", "text/markdown;q=0." + strings.Repeat("1", i%3+1)}[i%4]}, "Accept-Language": {[]string{"de", "en", "fr;q=0.1"}[i%3]}}
				c := r.Choose(h, renderer.FormatNone)
				a := r.Render(c, &pages.Input{Error: shared, Status: 400 + i%8, Path: "/x"})
				b := r.Render(c, &pages.Input{Error: shared, Path: "/y", Reference: strings.Repeat("r", g+1)})
				h["Accept"][0], h["Accept-Language"][0] = "x", "y"
				if a.Err != nil || b.Err != nil {
					t.Errorf("%v, %v", a.Err, b.Err)
				}
				before := bytes.Clone(b.Body)
				clear(a.Body)
				if !bytes.Equal(before, b.Body) {
					t.Error("two answers share memory")
				}
			}
		})
	}
	wg.Wait()
}
