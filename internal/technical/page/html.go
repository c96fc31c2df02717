package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

//go:embed assets/page.html assets/page.css assets/page.js
var assets embed.FS

// An htmlPage is the parsed template of the technical page, with the sources that its policy allows.
type htmlPage struct {
	tmpl                      *template.Template
	styleSource, scriptSource string
}

// builtinPage parses the template at its first use, so that importing the package costs nothing.
var builtinPage = sync.OnceValues(func() (*htmlPage, error) { return parsePage("") })

// parsePage parses the built-in template; override may redefine parts of it, which is how tests make one fail.
func parsePage(override string) (*htmlPage, error) {
	asset := func(name string) string {
		content, err := assets.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // the names are those of the directive above
		}
		return string(content)
	}
	css, js := template.CSS(asset("page.css")), template.JS(asset("page.js"))
	// The style sheet, the script and source lines are the only typed strings of the page. The first two are files of this
	// package: html/template would strip the comments of a literal style element, and the hash would be another one.
	t, err := template.New("page.html").Funcs(template.FuncMap{
		"css":      func() template.CSS { return css },
		"js":       func() template.JS { return js },
		"source":   sourceMarkup,
		"via":      viaText,
		"time":     timeText,
		"rfc3339":  func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
		"duration": durationText,
		"left":     leftText,
		"count":    count,
		"trimmed":  func(n any) string { return trimmedMark(reflect.ValueOf(n).Int()) }, // int or int64
	}).Parse(asset("page.html"))
	if err == nil && override != "" {
		t, err = t.Parse(override)
	}
	if err != nil {
		return nil, fmt.Errorf("debugview: %w", err)
	}
	h := &htmlPage{tmpl: t}
	for name, source := range map[string]*string{"style": &h.styleSource, "script": &h.scriptSource} {
		var b strings.Builder
		if err := t.ExecuteTemplate(&b, name, nil); err != nil {
			return nil, fmt.Errorf("debugview: %w", err)
		}
		// The hash is that of the bytes that are sent, which html/template may have changed.
		content := strings.TrimPrefix(strings.TrimSuffix(b.String(), "</"+name+">"), "<"+name+">")
		*source = hashSource(content)
	}
	return h, nil
}

// A page is what the template is executed with: the Report, and methods for what a template cannot work out by itself.
type page struct {
	*report.Report                // as shown returns it
	original       *report.Report // for what is not read by people: the preview, and the request as a command
}

func newPage(r *report.Report) *page { return &page{Report: shown(r), original: r} }

// Title is the title of the document.
func (p *page) Title() string {
	return joinNonEmpty(" · ", p.status(), text.ShowLine(text.Cut(p.Summary.Text, 120)), text.Cut(p.Summary.Line, 120), p.Reference)
}

// status is the status that the public got, as text.
func (p *page) status() string {
	if p.Summary.Status == 0 {
		return ""
	}
	return strconv.Itoa(p.Summary.Status)
}

// ChainStart returns the indices of the outermost errors, as many as have room above the fold.
func (p *page) ChainStart() []int { return p.Summary.Chain[:min(len(p.Summary.Chain), 24)] }

// A section is one part of the page. The template of the same name as ID writes it.
type section struct{ ID, Title string }

// sections lists the parts that there is something to show of, the most important first.
func (p *page) sections() (out []section) {
	add := func(id, title string, present bool) {
		if present {
			out = append(out, section{id, title})
		}
	}
	add("errors", "Errors", len(p.Errors) > 0)
	add("stack", "Stack", len(p.Stacks) > 0)
	add("templates", "Templates", len(p.Template) > 1) // the first stands above the fold
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

// render makes the page section by section. One that fails is replaced by a remark, and so are the largest if the page would
// become too large. The error says what failed; the page says so, too.
func (h *htmlPage) render(p *page) ([]byte, error) {
	sections := p.sections()
	var start, end bytes.Buffer
	for _, part := range []struct {
		to   *bytes.Buffer
		name string
		data any
	}{{&start, "head", p}, {&start, "nav", sections}, {&end, "tail", p}} {
		if err := h.tmpl.ExecuteTemplate(part.to, part.name, part.data); err != nil {
			return nil, fmt.Errorf("debugview: %w", err)
		}
	}
	var failures []error
	bodies := make([][]byte, len(sections))
	for i, s := range sections {
		body, err := h.section(p, s)
		if err != nil {
			failures = append(failures, err)
			if body, err = h.remark(s, "This section failed: "+err.Error()); err != nil {
				return nil, err
			}
		}
		bodies[i] = body
	}
	if err := h.fit(sections, bodies, MaxPage-start.Len()-end.Len()); err != nil {
		return nil, err
	}
	for _, body := range bodies {
		start.Write(body)
	}
	end.WriteTo(&start)
	return start.Bytes(), errors.Join(failures...)
}

// fit replaces the largest bodies by remarks until all of them have room. A Report is bounded, but escaping makes up to five
// bytes of one.
func (h *htmlPage) fit(sections []section, bodies [][]byte, room int) error {
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
		left := trimmedMark(int64(len(bodies[largest])))
		remark, err := h.remark(sections[largest], "This section is left out, because the page would become too large: "+left)
		if err != nil {
			return err
		}
		bodies[largest] = remark
	}
	return nil
}

// section executes one section; a panic in it is a failure of that section alone.
func (h *htmlPage) section(p *page, s section) ([]byte, error) {
	var b bytes.Buffer
	var err error
	failure := guard.Call(func() {
		if err = h.tmpl.ExecuteTemplate(&b, "open", s); err == nil {
			err = h.tmpl.ExecuteTemplate(&b, s.ID, p)
		}
	})
	if err = errors.Join(failure, err); err != nil {
		return nil, fmt.Errorf("debugview: section %s: %w", s.ID, err)
	}
	b.WriteString("</section>\n")
	return b.Bytes(), nil
}

// remark is a section that says why there is nothing else in it.
func (h *htmlPage) remark(s section, problem string) ([]byte, error) {
	var b bytes.Buffer
	problem = text.Cut(text.ShowInvisible(problem), 300)
	if err := h.tmpl.ExecuteTemplate(&b, "failed", map[string]string{"ID": s.ID, "Title": s.Title, "Problem": problem}); err != nil {
		return nil, fmt.Errorf("debugview: %w", err)
	}
	return b.Bytes(), nil
}

// policy is the policy of the page p. The preview of the public answer is a document of its own in a sandbox, but it inherits
// the policy: its style sheets are allowed by their hashes, or the viewer would not see the page that the public saw.
// Everything else in it stays blocked: scripts by the sandbox and the policy, images and fonts by default-src.
func (h *htmlPage) policy(p *page) string {
	styles := h.styleSource
	for _, m := range styleElement.FindAllStringSubmatch(p.Preview(), maxStyles) {
		styles += " " + hashSource(m[1])
	}
	return "default-src 'none'; style-src " + styles + "; script-src " + h.scriptSource +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

// styleElement finds the style sheets of a document well enough: one that it misses leaves the preview unstyled.
var styleElement = regexp.MustCompile(`(?is)<style[^>]*>(.*?)</style`)

// maxStyles bounds the length of the policy.
const maxStyles = 4

// hashSource is the source of a policy that allows an element with this content. An HTML parser reads CR LF and CR as LF, and
// hashes what it read.
func hashSource(content string) string {
	content = strings.ReplaceAll(strings.ReplaceAll(content, "\r\n", "\n"), "\r", "\n")
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
