package pages_test

import (
	"fmt"
	"net/http"
	"testing/fstest"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// A renderer chooses the form by the request's header, and makes the answer.
func Example() {
	r, err := pages.New(renderer.Options{})
	if err != nil {
		panic(err)
	}
	header := http.Header{"Accept": {"application/json"}, "Accept-Language": {"en"}}
	choice := r.Choose(header, renderer.FormatNone)
	answer := r.Render(choice, &pages.Input{
		Error: httperrors.ServiceUnavailable("The shop is closed for stocktaking.").WithRetryAfter(time.Hour),
	})
	fmt.Println(answer.ContentType)
	fmt.Printf("%s", answer.Body)
	// Output:
	// application/problem+json
	// {"title":"Service Unavailable","status":503,"detail":"The shop is closed for stocktaking.","retryable":true,"retry_after":3600}
}

// Pages are html/template files named for a status, a class of them, or default. They share layouts and partials.
func ExampleNew_templates() {
	files := fstest.MapFS{ // an embed.FS, or os.DirFS("templates") while you work on them
		"http_responses/404.html":    {Data: []byte(`{{define "content"}}<h1>{{.Message}}</h1>{{end}}`)},
		"http_responses/layout.html": {Data: []byte(`<!doctype html><html lang="{{.Language}}"><title>{{.Title}}</title>{{block "content" .}}{{end}}`)},
	}
	r, err := pages.New(renderer.Options{Templates: files, Languages: []string{"en"}})
	if err != nil {
		panic(err)
	}
	answer := r.Render(pages.Choice{Format: renderer.FormatHTML}, &pages.Input{Error: httperrors.NotFound("There is no such order.")})
	fmt.Printf("%s\n", answer.Body)
	// Output:
	// <!doctype html><html lang="en"><title>Not Found</title><h1>There is no such order.</h1>
}

// Mistakes are found when the program starts, all of them.
func ExampleNew_faults() {
	_, err := pages.New(renderer.Options{
		MaxBytes: -1,
		Templates: fstest.MapFS{
			"http_responses/404.html": {Data: []byte("<h1>{{.Titel}}</h1>")},
			"http_responses/5xx.html": {Data: []byte("<h1>\n{{if .Retryable}}</h1>")},
		},
	})
	fmt.Println(err)
	// Output:
	// MaxBytes: -1 is negative
	// Templates: http_responses/5xx.html:2: unexpected EOF
	// Templates: http_responses/404.html:1:6: executing "http_responses/404.html" at <.Titel>: can't evaluate field Titel in type *renderer.Page
}
