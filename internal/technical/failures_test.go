package technical_test

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/internal/technical/page"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

func TestRealTemplateFailures(t *testing.T) {
	page := template.Must(template.New("page.html").Funcs(template.FuncMap{"boom": func() string { panic("in a template") }}).Parse("<p>\n{{.Name}}\n{{boom}}</p>"))
	err := page.Execute(io.Discard, struct{ Name string }{"x"})
	r := reportOf(t, debugview.Options{}, &technical.Input{Err: fmt.Errorf("render: %w", err)})
	if len(r.Template) != 1 || r.Template[0].Name != "page.html" || r.Template[0].Line != 3 || r.Template[0].Action != "{{boom}}" {
		t.Errorf("template = %+v of %v", r.Template, err)
	}
	err = page.Execute(io.Discard, struct{ Nane string }{"x"})
	r = reportOf(t, debugview.Options{}, &technical.Input{Err: err})
	if len(r.Template) != 1 || r.Template[0].Line != 2 || len(r.Hints) == 0 {
		t.Errorf("template = %+v, hints %+v of %v", r.Template, r.Hints, err)
	}
}

// The column is that of the byte, counted from one, at which the packages say that it failed, and the arrow stands below it.
func TestTemplateColumns(t *testing.T) {
	for _, tt := range []struct{ name, source, at string }{
		{"a field", "<p>\n\t<b>{{.Nope}}</b>", ".Nope"},
		{"a function", "<p>\n<b>ä {{index .L 3}}</b>", "index"},
		{"on the first line", "{{.Nope}}", ".Nope"},
		{"the escaper's own", "<p>\n  <a href={{if .L}}\"{{end}}>x", ".L"},
		{"no such template", "<p>\n<i>{{template \"nope\"}}</i>", "\"nope\""},
	} {
		tmpl, err := template.New("page.html").Parse(tt.source)
		if err != nil {
			t.Fatal(err)
		}
		err = tmpl.Execute(io.Discard, struct{ L []int }{})
		o := debugview.Options{Sources: []debugview.Sources{debugview.SourceFS("app", "", fstest.MapFS{"page.html": {Data: []byte(tt.source)}})}}
		r := reportOf(t, o, &technical.Input{Err: err})
		if len(r.Template) != 1 {
			t.Fatalf("%s: template = %+v of %v", tt.name, r.Template, err)
		}
		got, lines := r.Template[0], strings.Split(tt.source, "\n")
		if got.Line > len(lines) || got.Column < 1 || !strings.HasPrefix(lines[got.Line-1][got.Column-1:], tt.at) {
			t.Errorf("%s: %d:%d is not where %q stands", tt.name, got.Line, got.Column, tt.at)
		}
		markup, _, _, _ := page.Render(page.FormatHTML, r)
		if !strings.Contains(string(markup), `<span class="caret" aria-hidden="true">`) {
			t.Errorf("%s: no arrow", tt.name)
		}
	}
}

// An error without a stack is shown beside the function that handled the request, wherever its source is, and beside no other
// one of that name.
func TestHandlerIsFound(t *testing.T) {
	other := "package orders\n\ntype cart struct{}\n\nfunc (cart) checkout() {\n}\n\nfunc checkout() {\n}\n"
	shopGo := "package orders\n\ntype shop[T, U any] struct{}\n\nfunc (s *shop[T, U]) checkout(a func() error) error {\n\treturn nil\n}\n"
	files := map[string]string{"internal/orders/a.go": other, "internal/orders/b.go": shopGo, "internal/orders/b_test.go": shopGo}
	fsys, packed := fstest.MapFS{}, map[string][]byte{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		packed["example.test/shop/"+name] = []byte(text)
	}
	const pkg = "example.test/shop/internal/orders."
	for name, sources := range map[string]debugview.Sources{
		"pack": debugview.SourcePack(pack(t, "aaaa", packed)), "file system": debugview.SourceFS("app", "example.test/shop", fsys),
	} {
		v := newView(t, debugview.Options{Sources: []debugview.Sources{sources}})
		v.SetBuild(shop)
		for handler, want := range map[string]string{
			pkg + "(*shop[...]).checkout-fm": "internal/orders/b.go:5", pkg + "cart.checkout": "internal/orders/a.go:5", pkg + "checkout.func1": "internal/orders/a.go:8",
			pkg + "(*missing).checkout": ":0", pkg + "(*shop[...]).pay": ":0", "other.example/x.checkout": ":0",
		} {
			r := v.Report(t.Context(), &technical.Input{Err: errors.New("x"), Handler: handler})
			if len(r.Stacks) != 1 || len(r.Stacks[0].Frames) != 1 {
				t.Fatalf("%s: stacks = %+v", handler, r.Stacks)
			}
			f := r.Stacks[0].Frames[0]
			if got := fmt.Sprintf("%s:%d", f.Path, f.Line); got != want || (f.Source != nil) != (f.Line > 0) {
				t.Errorf("%s, %s: %s with source %v, want %s", name, handler, got, f.Source != nil, want)
			}
		}
	}
	r := newView(t, debugview.Options{}).Report(t.Context(), &technical.Input{Err: errors.New("x"), Status: 404, Routes: []report.Route{{Path: "/x"}}})
	if len(r.Stacks) != 0 {
		t.Errorf("the router's own 404 has stacks: %+v", r.Stacks)
	}
}

func TestMalformedJSONBodyIsMasked(t *testing.T) {
	const password = "hunter22-canary"
	body := `{"user":"jo","password":"` + password + `","n":}`
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r = trail.Attach(r)
	io.ReadAll(r.Body)
	rep := reportOf(t, debugview.Options{}, &technical.Input{Err: errors.New("cannot decode " + body + " of " + password), Request: r})
	if all := encode(t, rep); strings.Contains(all, password) {
		t.Errorf("the report shows the password: %s", all)
	}
	if rep.Request.Body.JSON || !rep.Request.Body.Masked {
		t.Errorf("body = %+v", rep.Request.Body)
	}
}

// TestConcurrentReports makes Reports of one request from several goroutines, as happens when a request fails twice.
func TestConcurrentReports(t *testing.T) {
	v := newView(t, debugview.Options{Disk: true})
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: "a", Value: "b"})
	r = trail.Attach(r)
	in := &technical.Input{Err: fmt.Errorf("x: %w", caught(func() { nilMap(nil) })), Request: r}
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 5 {
				if rep := v.Report(r.Context(), in); len(rep.Stacks) == 0 {
					t.Error("no stack")
				}
			}
		}()
	}
	wg.Wait()
}
