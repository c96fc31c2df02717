package debugview_test

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

	"github.com/exceptional-go/exceptional/debugview"
)

func TestRealTemplateFailures(t *testing.T) {
	page := template.Must(template.New("page.html").Funcs(template.FuncMap{"boom": func() string { panic("in a template") }}).Parse("<p>\n{{.Name}}\n{{boom}}</p>"))
	err := page.Execute(io.Discard, struct{ Name string }{"x"})
	r := reportOf(t, debugview.Options{}, &debugview.Input{Err: fmt.Errorf("render: %w", err)})
	if len(r.Template) != 1 || r.Template[0].Name != "page.html" || r.Template[0].Line != 3 || r.Template[0].Action != "{{boom}}" {
		t.Errorf("template = %+v of %v", r.Template, err)
	}
	err = page.Execute(io.Discard, struct{ Nane string }{"x"})
	r = reportOf(t, debugview.Options{}, &debugview.Input{Err: err})
	if len(r.Template) != 1 || r.Template[0].Line != 2 || len(r.Hints) == 0 {
		t.Errorf("template = %+v, hints %+v of %v", r.Template, r.Hints, err)
	}
}

func TestMalformedJSONBodyIsMasked(t *testing.T) {
	const password = "hunter22-canary"
	body := `{"user":"jo","password":"` + password + `","n":}`
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r = debugview.Attach(r)
	io.ReadAll(r.Body)
	rep := reportOf(t, debugview.Options{}, &debugview.Input{Err: errors.New("cannot decode " + body + " of " + password), Request: r})
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
	r = debugview.Attach(r)
	in := &debugview.Input{Err: fmt.Errorf("x: %w", caught(func() { nilMap(nil) })), Request: r}
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
