package main

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

//go:embed templates
var pageFiles embed.FS

// pages is the shop's echo.Renderer: each page is templates/NAME within templates/layout.html.
type pages struct {
	set map[string]*template.Template
}

var _ echo.Renderer = (*pages)(nil)

func newPages() *pages {
	layout := template.Must(template.ParseFS(pageFiles, "templates/layout.html"))
	p := &pages{set: map[string]*template.Template{}}
	entries, err := pageFiles.ReadDir("templates")
	if err != nil {
		panic(err) // embedded: it cannot
	}
	for _, entry := range entries {
		if name := entry.Name(); name != "layout.html" {
			p.set[name] = template.Must(template.Must(layout.Clone()).ParseFS(pageFiles, "templates/"+name))
		}
	}
	return p
}

func (p *pages) Render(w io.Writer, name string, data any, _ echo.Context) error {
	t, ok := p.set[name]
	if !ok {
		return fmt.Errorf("pages: no template %q", name)
	}
	return t.ExecuteTemplate(w, "layout.html", data)
}

// view is what every page of the shop sees.
type view struct {
	Title   string
	Visitor user
	Path    string
	Replica string // empty with only one
	Data    any
}

// show renders to memory first, as exceptional does with its own pages: half a page with status 200
// is worse than an error.
func (s *shop) show(c echo.Context, name, title string, data any) error {
	who, err := s.visitor(c)
	if err != nil {
		return err
	}
	v := view{Title: title, Visitor: who, Path: c.Request().URL.RequestURI(), Data: data}
	if len(s.replicas) > 1 {
		v.Replica = s.replica.name
	}
	var page bytes.Buffer
	if err := s.pages.Render(&page, name, v, c); err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	c.Response().Header().Set("Cache-Control", "no-store") // it says who is signed in
	return c.HTMLBlob(http.StatusOK, page.Bytes())
}

// shell quotes an argument for the curl lines.
func shell(arg string) string {
	if !strings.ContainsAny(arg, " &?;'\"{}[]$*!()<>|\\") {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
