package debugview

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// html/template and text/template say where they failed only in their text: `template: page.html:12:7: executing
// "page.html" at <.Total>: …`. A panic of a template function comes back like that, too, without any stack.
var templateText = regexp.MustCompile(`^(?s:.{0,400}?)(?:^|[\s:])(?:html/)?template: ?([^\s:"][^:"\n]{0,200}):(\d{1,7})(?::(\d{1,7}))?: (?:executing "[^"\n]{0,200}" at <([^\n]{0,200}?)>: )?((?s:.*))$`)

// htmlText is html/template's own form, for what its escaper found: `html/template:page.html:3:7: …`.
var htmlText = regexp.MustCompile(`^(?s:.{0,400}?)html/template:([^\s:"][^:"\n]{0,200}):(\d{1,7})(?::(\d{1,7}))?: ((?s:.*))$`)

func (c *capture) captureTemplates() {
	seen := map[string]bool{}
	for i := len(c.nodes) - 1; i >= 0 && len(c.report.Template) < 4; i-- {
		t, ok := parseTemplate(head(c.nodes[i].text, 8<<10))
		if !ok {
			continue
		}
		key := t.Name + ":" + strconv.Itoa(t.Line) + ":" + strconv.Itoa(t.Column)
		if seen[key] {
			continue
		}
		seen[key] = true
		t.Node = i
		name := t.Name
		t.Name, t.Action, t.Text = c.text(t.Name, maxName), c.text(t.Action, maxName), c.text(t.Text, 1000)
		found, fault := within(&c.allow, c.view.perValue, func() *text { return c.view.sources.template(name) })
		if fault != "" {
			c.problem("source of template %s: %s", name, fault)
		}
		if found != nil {
			t.Path = c.text(found.path, 300)
			t.Source = c.window(found, found.path, t.Line, t.Column, "")
			if t.Source != nil && t.Source.Fresh == FreshDiffers && t.Source.Note == "" {
				t.Source = nil
			}
		}
		c.report.Template = append(c.report.Template, t)
	}
	// The outermost is the page that failed; the innermost, which comes first here, is where.
}

func parseTemplate(s string) (t TemplateError, ok bool) {
	if m := htmlText.FindStringSubmatch(s); m != nil {
		t.Name, t.Text = m[1], m[4]
		t.Line, _ = strconv.Atoi(m[2])
		t.Column = column(m[3])
		return t, true
	}
	m := templateText.FindStringSubmatch(s)
	if m == nil {
		return t, false
	}
	t.Name, t.Action, t.Text = m[1], m[4], m[5]
	t.Line, _ = strconv.Atoi(m[2])
	t.Column = column(m[3])
	if t.Action != "" {
		t.Action = "{{" + t.Action + "}}"
	}
	return t, true
}

// column is a column counted from one, 0 if there is none: both packages count bytes from zero (parse.Tree.ErrorContext).
func column(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n + 1
}

// template finds a template's file by its name, which is usually the last element of its path. If several fit, none is
// shown: the wrong one would be worse.
func (c *sourceChain) template(name string) *text {
	if !sourceName(name) {
		return nil
	}
	for _, s := range c.sources {
		if s.pack != nil {
			var found []string
			for file := range s.pack.Files {
				if file == name || strings.HasSuffix(file, "/"+name) {
					found = append(found, file)
				}
			}
			if len(found) != 1 {
				continue
			}
			module := ""
			for _, m := range s.pack.Modules {
				if strings.HasPrefix(found[0], m+"/") && len(m) > len(module) {
					module = m
				}
			}
			if t := c.fromPack(s.pack, found[0], module); t != nil {
				t.path = strings.TrimPrefix(found[0], module+"/")
				return t
			}
			continue
		}
		if t := c.templateFS(s, name); t != nil {
			return t
		}
	}
	if c.disk && c.devRoot != "" {
		return c.templateOnDisk(name)
	}
	return nil
}

const maxWalked = 5000 // files looked at for a template

func (c *sourceChain) templateFS(s Sources, name string) *text {
	found := func(file string, content []byte) *text {
		t := c.text(content, s.name, file)
		t.path = file
		return t
	}
	if b, _, err := readSource(s.fsys, name); err == nil {
		return found(name, b)
	}
	files, walked := []string{}, 0
	_ = fs.WalkDir(s.fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if walked++; walked > maxWalked || len(files) > 1 {
			return fs.SkipAll
		}
		switch {
		case err != nil:
			return nil
		case d.IsDir():
			if base := path.Base(p); p != "." && (strings.HasPrefix(base, ".") || slices.Contains([]string{"node_modules", "vendor", "testdata"}, base)) {
				return fs.SkipDir
			}
		case strings.HasSuffix(p, "/"+name):
			files = append(files, p)
		}
		return nil
	})
	if len(files) != 1 {
		return nil
	}
	b, _, err := readSource(s.fsys, files[0])
	if err != nil {
		return nil
	}
	return found(files[0], b)
}
