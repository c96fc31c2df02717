package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

//go:embed assets/page.html
var pageHTML string

//go:embed assets/page.css
var pageCSS template.CSS

//go:embed assets/page.js
var pageJS template.JS

// An htmlTemplate is the parsed template of the technical page, with the hashes of its one style sheet and its one script, by
// which the Content-Security-Policy allows them.
type htmlTemplate struct {
	tmpl                  *template.Template
	styleHash, scriptHash string
}

// builtinTemplate parses the template at its first use, so that importing the package costs nothing.
var builtinTemplate = sync.OnceValues(func() (*htmlTemplate, error) { return parseTemplate("") })

// parseTemplate parses the built-in template. override may redefine parts of it, which is how tests make one fail.
func parseTemplate(override string) (*htmlTemplate, error) {
	// The style sheet, the script and source lines are the only typed strings of the page. The first two are files of this
	// package: html/template would strip the comments of a literal style element, and the hash would be another one.
	t, err := template.New("page.html").Funcs(template.FuncMap{
		"css":      func() template.CSS { return pageCSS },
		"js":       func() template.JS { return pageJS },
		"source":   sourceMarkup,
		"via":      viaText,
		"time":     timeText,
		"rfc3339":  func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
		"duration": durationText,
		"left":     leftText,
		"count":    count,
		"trimmed":  func(n any) string { return trimmedMark(reflect.ValueOf(n).Int()) }, // int or int64
	}).Parse(pageHTML)
	if err == nil && override != "" {
		t, err = t.Parse(override)
	}
	if err != nil {
		return nil, err
	}
	h := &htmlTemplate{tmpl: t}
	for name, hash := range map[string]*string{"style": &h.styleHash, "script": &h.scriptHash} {
		// The element is executed, not read from the file: the hash must be that of the bytes that are sent, which html/template may
		// have changed.
		element, err := h.execute(name, nil)
		if err != nil {
			return nil, err
		}
		content := strings.TrimPrefix(strings.TrimSuffix(string(element), "</"+name+">"), "<"+name+">")
		*hash = cspHash(content)
	}
	return h, nil
}

// execute returns the output of one of the templates in assets/page.html. A panic in it, of a method that the template calls, is
// an error.
func (h *htmlTemplate) execute(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	var err error
	panicked := guard.Call(func() { err = h.tmpl.ExecuteTemplate(&b, name, data) })
	return b.Bytes(), errors.Join(panicked, err)
}

// A section is one part of the page below the fold. The template whose name is the ID writes its content.
type section struct{ ID, Title string }

// sections lists the sections that have content, the most important first.
func (p *page) sections() (out []section) {
	add := func(id, title string, present bool) {
		if present {
			out = append(out, section{id, title})
		}
	}
	add("errors", "Errors", len(p.Errors) > 0)
	add("stack", "Stack", len(p.Stacks) > 0)
	add("templates", "Templates", len(p.Template) > 1) // the first of them stands above the fold
	add("request", "Request", p.Request != nil || len(p.Routes) > 0)
	add("user", "User", p.User != "")
	add("logs", "Log", len(p.Trail.Entries) > 0 || p.Trail.Missing != "" || p.Trail.Dropped > 0)
	add("context", "Context", len(p.ContextLists()) > 0)
	add("decision", "Decision", len(p.Decision.Steps) > 0 || p.Decision.Body != "" || len(p.DecisionLists()) > 0)
	add("panels", "Panels", len(p.Panels) > 0)
	add("watches", "Watches", len(p.Watches) > 0)
	add("build", "Build & runtime", len(p.BuildLists()) > 0)
	add("modules", "Modules", len(p.Build.Modules) > 0)
	add("take", "Take it along", true)
	return out
}

// render makes the page section by section. A section that fails is replaced by a placeholder, and so are the largest sections
// if the page would become too large. The page says so, and the error says what failed. Without the head, the navigation or the
// tail there is no page.
func (h *htmlTemplate) render(p *page) ([]byte, error) {
	sections := p.sections()
	head, headErr := h.execute("head", p)
	nav, navErr := h.execute("nav", sections)
	tail, tailErr := h.execute("tail", p)
	if err := errors.Join(headErr, navErr, tailErr); err != nil {
		return nil, err
	}
	var failures []error
	bodies := make([][]byte, len(sections))
	for i, s := range sections {
		body, err := h.section(s, p)
		if err != nil {
			failures = append(failures, err)
			if body, err = h.placeholder(s, "This section failed: debugview: "+err.Error()); err != nil {
				return nil, err
			}
		}
		bodies[i] = body
	}
	if err := h.fit(sections, bodies, MaxPage-len(head)-len(nav)-len(tail)); err != nil {
		return nil, err
	}
	return slices.Concat(head, nav, slices.Concat(bodies...), tail), errors.Join(failures...)
}

// section makes one section with its heading.
func (h *htmlTemplate) section(s section, p *page) ([]byte, error) {
	heading, err := h.execute("open", s)
	if err != nil {
		return nil, err
	}
	content, err := h.execute(s.ID, p)
	if err != nil {
		return nil, fmt.Errorf("section %s: %w", s.ID, err)
	}
	return slices.Concat(heading, content, []byte("</section>\n")), nil
}

// placeholder is a section that only says why its content is missing.
func (h *htmlTemplate) placeholder(s section, problem string) ([]byte, error) {
	problem = text.Cut(text.ShowInvisible(problem), 300)
	return h.execute("failed", map[string]string{"ID": s.ID, "Title": s.Title, "Problem": problem})
}

// fit replaces the largest bodies by placeholders until all of them together have at most room bytes. A Report is bounded, but
// escaping makes up to five bytes of one.
func (h *htmlTemplate) fit(sections []section, bodies [][]byte, room int) error {
	for range bodies {
		size, largest := 0, 0
		for i, body := range bodies {
			size += len(body)
			if len(body) > len(bodies[largest]) {
				largest = i
			}
		}
		if size <= room {
			return nil
		}
		left := trimmedMark(len(bodies[largest]))
		placeholder, err := h.placeholder(sections[largest], "This section is left out, because the page would become too large: "+left)
		if err != nil {
			return err
		}
		bodies[largest] = placeholder
	}
	return nil
}

// policy returns the Content-Security-Policy of p: nothing may be loaded or run but the page's own style sheet and script.
//
// The preview of the public answer is a document of its own in a sandbox, but it inherits this policy. Its style sheets are
// allowed by their hashes, or the viewer would not see the page as the public saw it. Everything else in it stays blocked:
// scripts by the sandbox and the policy, images and fonts by default-src.
func (h *htmlTemplate) policy(p *page) string {
	styles := h.styleHash
	for _, m := range styleElement.FindAllStringSubmatch(p.Preview(), maxPreviewStyles) {
		styles += " " + cspHash(m[1])
	}
	return "default-src 'none'; style-src " + styles + "; script-src " + h.scriptHash +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

// styleElement finds the style sheets of a document well enough: one that it misses leaves the preview unstyled.
var styleElement = regexp.MustCompile(`(?is)<style[^>]*>(.*?)</style`)

// maxPreviewStyles bounds the length of the policy, which is a header.
const maxPreviewStyles = 4

// cspHash is the hash source, in a Content-Security-Policy, of an element with this content. An HTML parser reads CR LF and CR as
// LF, and hashes what it read.
func cspHash(content string) string {
	content = strings.ReplaceAll(strings.ReplaceAll(content, "\r\n", "\n"), "\r", "\n")
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// sourceMarkup is a window of source in HTML. It is the one place where data becomes markup without html/template, which
// would spend half of the page's time on a thousand pieces of highlighted source. Every string that it writes is escaped.
func sourceMarkup(s *report.Source) template.HTML {
	var b strings.Builder
	for _, l := range s.Lines {
		element := "span"
		if l.Number == s.Line {
			element = "mark"
		}
		fmt.Fprintf(&b, `<%s data-n="%d">`, element, l.Number)
		for _, span := range l.Spans {
			code := template.HTMLEscapeString(text.ShowLine(span.Text))
			if span.Class != "" {
				code = `<i class="` + template.HTMLEscapeString(span.Class) + `">` + code + "</i>"
			}
			b.WriteString(code)
		}
		if l.Trimmed > 0 {
			b.WriteString(`<small class="cut">` + trimmedMark(l.Trimmed) + "</small>")
		}
		b.WriteString("\n</" + element + ">")
		if l.Number == s.Line && s.Column > 0 {
			b.WriteString(caretLine(l, s.Column))
		}
	}
	return template.HTML(b.String())
}

// caretLine is a line with an arrow below column, which counts bytes from 1. Tabs are kept, so that it stands right whatever
// their width.
func caretLine(l report.Line, column int) string {
	before := text.Cut(lineText(l), column-1)
	if len(before) < column-1 {
		return "" // the line is shorter
	}
	blanks := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, before)
	return `<span class="caret" aria-hidden="true">` + blanks + "▲\n</span>"
}

// lineText is the line without its colours.
func lineText(l report.Line) string {
	var b strings.Builder
	for _, s := range l.Spans {
		b.WriteString(s.Text)
	}
	return b.String()
}
