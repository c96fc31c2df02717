package renderer_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing/fstest"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
)

// answer is what a client gets from an application whose handler returns err.
func answer(cfg exceptional.Config, err error, accept string) string {
	cfg.Logger = slog.New(slog.DiscardHandler)
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(cfg)
	e.GET("/", func(echo.Context) error { return err })
	req := httptest.NewRequest("GET", "/", nil)
	req.Header.Set("Accept", accept)
	rec := httptest.NewRecorder()
	e.ServeHTTP(rec, req)
	return rec.Body.String()
}

// Pages are html/template files named for a status, a class of them, or default. They share a layout and partials.
func ExamplePage() {
	files := fstest.MapFS{ // an embed.FS, or os.DirFS("templates") while you work on them
		"http_responses/404.html":    {Data: []byte(`{{define "content"}}<h1>{{.Message}}</h1>{{end}}`)},
		"http_responses/layout.html": {Data: []byte(`<!doctype html><html lang="{{.Language}}"><title>{{.Title}}</title>{{block "content" .}}{{end}}`)},
	}
	cfg := exceptional.Config{Templates: files, Pages: renderer.Options{Languages: []string{"en"}}}
	fmt.Println(answer(cfg, httperrors.NotFound("There is no such order."), "text/html"))
	// Output:
	// <!doctype html><html lang="en"><title>Not Found</title><h1>There is no such order.</h1>
}

// Mistakes are found when the program starts, all of them.
func ExampleOptions() {
	_, err := exceptional.New(exceptional.Config{
		Pages: renderer.Options{MaxBytes: -1},
		Templates: fstest.MapFS{
			"http_responses/404.html": {Data: []byte("<h1>{{.Titel}}</h1>")},
			"http_responses/5xx.html": {Data: []byte("<h1>\n{{if .Retryable}}</h1>")},
		},
	})
	fmt.Println(err)
	// Output:
	// exceptional: MaxBytes: -1 is negative
	// exceptional: Templates: http_responses/5xx.html:2: unexpected EOF
	// exceptional: Templates: http_responses/404.html:1:6: executing "http_responses/404.html" at <.Titel>: can't evaluate field Titel in type *renderer.Page
}
