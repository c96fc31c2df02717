package pages_test

import (
	"bytes"
	"html/template"
	"net/http"
	"syscall"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

func TestZZCPU(t *testing.T) {
	run := func(name string, f func()) {
		for range 1000 {
			f()
		}
		best := 1e18
		for range 7 {
			var a, b syscall.Rusage
			syscall.Getrusage(0, &a)
			n := 20000
			for range n {
				f()
			}
			syscall.Getrusage(0, &b)
			d := float64((b.Utime.Nano()+b.Stime.Nano())-(a.Utime.Nano()+a.Stime.Nano())) / float64(n)
			best = min(best, d)
		}
		t.Logf("%-20s %8.0f ns CPU", name, best)
	}
	r := newRenderer(t, renderer.Options{Templates: pagesOf("409.html", benchTemplate)})
	in := &pages.Input{Error: httperrors.New(404, ""), Header: http.Header{}, Method: "GET", Path: "/nowhere"}
	for _, f := range formats {
		run(f.String(), func() { r.Render(pages.Choice{Format: f, Language: "en"}, in) })
	}
	h := http.Header{"Accept": {chrome}, "Accept-Language": {"de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7"}}
	run("Choose", func() { r.Choose(h, 0) })
	run("Choose json", func() { r.Choose(http.Header{"Accept": {"application/json"}}, 0) })
	in2 := &pages.Input{Error: httperrors.New(409, "There is no such order."), Header: http.Header{}, Method: "GET", Path: "/orders/1", Reference: "7K3F-9Q2M-4T"}
	run("custom", func() { r.Render(pages.Choice{Format: html, Language: "en"}, in2) })
	tm := template.Must(template.New("").Parse(benchTemplate))
	p := &renderer.Page{Code: 404, Title: "Not Found", Message: "There is no such order.", Language: "en", Reference: "7K3F-9Q2M-4T", Method: "GET", Path: "/orders/1"}
	run("bare", func() {
		var buf bytes.Buffer
		if err := tm.Execute(&buf, p); err != nil {
			t.Fatal(err)
		}
	})
}
