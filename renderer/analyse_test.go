package renderer_test

import (
	"fmt"
	"html/template"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/renderer"
)

func TestAnalyse(t *testing.T) {
	doubling := `{{define "t0"}}x{{end}}`
	for i := range 30 {
		doubling += fmt.Sprintf(`{{define "t%d"}}{{if ne .Code 404}}{{template "t%d" .}}{{template "t%d" .}}{{end}}x{{end}}`, i+1, i, i)
	}
	for _, tt := range []struct {
		name, template string
		kept, wild     bool
	}{
		{"text", "x", true, false},
		{"Code and Message", "{{.Code}} {{.Message}}", true, false},
		{"the brand", "{{with .Brand}}{{.Name}}{{range .Links}}{{.URL}}{{end}}{{end}}x", true, false},
		{"labels", "{{.Labels.Reference}}x", true, false},
		{"a partial", `{{define "p"}}{{.Title}}{{end}}{{template "p" .}}`, true, false},
		{"a partial that gets the page by $", `{{define "p"}}{{.Title}}{{end}}{{template "p" $}}`, true, false},
		{"what may be absent", "x{{.Reference}}{{.Detail}}{{range .Errors}}{{.Detail}} {{.Pointer}}{{end}}", true, false},
		{"all of the page", "{{.}}", false, false},
		{"all of the page by a variable", "{{$p := .}}{{$p.Path}}x", false, false},
		{"all of the page in a condition", "{{if .}}x{{end}}", false, false},
		{"text/template's own functions", `{{printf "%d" .Code}}{{if and (eq .Code 404) (not .Detail)}}x{{end}}`, true, false},
		{"members", "{{.Extensions.balance}}x", true, false},
		{"ranging over the members", "{{range .Extensions}}{{end}}x", true, true},
		{"ranging over a member", "{{range .Extensions.list}}{{end}}x", true, true},
		{"ranging over a number", "{{range 3}}x{{end}}", true, true},
		{"ranging over the code", "{{range .Code}}x{{end}}", true, true},
		{"ranging over a variable", "{{$n := 3}}{{range $n}}x{{end}}", true, true},
		{"ranging over what a function gives", "{{range (slice .Errors 0)}}x{{end}}x", true, true},
		{"a function of the application", "{{upper .Title}}", false, true},
		{"the cause", "{{.Err.Unwrap}}x", false, true},
		{"the cause in a with", "{{with .Err}}{{.Unwrap}}{{end}}x", false, true},
		{"the error", "{{.Err}} {{.Err.Error}}", true, false},
		{"doubling", doubling + `{{template "t30" .}}`, true, true},
		{"one function for each field", "{{range .Errors}}{{printf \"%s\" .Detail}}{{end}}x", true, false},
		{"many functions for each field", "{{range .Errors}}" + strings.Repeat("{{$x := printf \"%1000000d\" 1}}", 20) + "{{end}}x", true, true},
		{"a list within a list", "{{range .Errors}}{{range $.Errors}}{{range $.Errors}}{{range $.Errors}}x{{end}}{{end}}{{end}}{{end}}x", true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRenderer(t, renderer.Options{Templates: pagesOf("404.html", tt.template), Funcs: template.FuncMap{"upper": strings.ToUpper}})
			if kept, wild := r.PageTraits(); kept != tt.kept || wild != tt.wild {
				t.Errorf("kept %v, wild %v; want %v, %v", kept, wild, tt.kept, tt.wild)
			}
		})
	}
	if !newRenderer(t, renderer.Options{}).KeepsBuiltin() {
		t.Error("the built-in page is never kept")
	}
}
