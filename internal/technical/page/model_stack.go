package page

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

type pageStack struct {
	ID, Title, Note string
	Href            string // the error that carries it
	Open            bool
	Groups          []pageGroup
	Elided          string
	Shared          string
	SharedHref      string
}

// A pageGroup is a run of frames. Folded groups hold no code of the application; they stay in their place, for the order of
// the calls is what a stack tells.
type pageGroup struct {
	Folded bool
	Open   bool
	Label  string
	Frames []pageFrame
}

type pageFrame struct {
	ID        string
	Name      string
	Pkg       string
	Location  string // "internal/orders/store.go:42", in one piece, so that a text search finds it
	Path      string
	File      string // only if absolute: what an editor can open without a mapping
	Line      string
	Class     string // one of the four
	Module    string
	Version   string
	Link      string
	Inlined   bool
	Generated bool
	Open      bool
	Hit       bool // the line that caused it
	Repeat    string
	Source    *pageSource
}

type pageSource struct {
	Note  string
	Lines []pageLine
}

// escapeText is what html/template does to text between elements.
var escapeText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;", "+", "&#43;", "\x00", "\uFFFD")

// Markup is the lines in HTML. It is the one place of the page where data becomes markup without html/template, for which
// the some thousand pieces of highlighted source were half of the work. Nothing but text comes out of a Report here: the
// colours are letters of ours, see modeller.line.
func (s *pageSource) Markup() template.HTML {
	var b strings.Builder
	size := 0
	for _, l := range s.Lines {
		size += 40
		for _, span := range l.Spans {
			size += 24 + cost(span.Text)
		}
	}
	b.Grow(size)
	for _, l := range s.Lines {
		element := "span"
		if l.Hit {
			element = "mark"
		}
		b.WriteString("<" + element + ` data-n="` + strconv.Itoa(l.Number) + `">`)
		for _, span := range l.Spans {
			if span.Class != "" {
				b.WriteString(`<i class="` + span.Class + `">`)
			}
			escapeText.WriteString(&b, span.Text)
			if span.Class != "" {
				b.WriteString("</i>")
			}
		}
		if l.Mark != "" {
			b.WriteString(`<small class="cut">`)
			escapeText.WriteString(&b, l.Mark)
			b.WriteString("</small>")
		}
		b.WriteString("\n</" + element + ">")
		if l.Hit && l.Caret != "" {
			b.WriteString(`<span class="caret" aria-hidden="true">`)
			escapeText.WriteString(&b, l.Caret)
			b.WriteString("\n</span>")
		}
	}
	return template.HTML(b.String())
}

type pageLine struct {
	Number int
	Hit    bool
	Spans  []report.Span // with a Class of the eight letters, or none
	Mark   string
	Caret  string // blanks and an arrow, to stand below the line
}

type pageTemplate struct {
	Location, Name, Action, Text string
	Path, File, Line             string
	Module, Version, Class       string // as of a frame of the application, for the links
	Link                         string
	Source                       *pageSource
}

// culprit is the frame of the line that caused it, nil if no stack is known.
func (m *modeller) culprit() *pageFrame {
	s := m.r.Summary
	if s.Stack < 0 || s.Stack >= min(len(m.r.Stacks), showStacks) || s.Frame < 0 || s.Frame >= min(len(m.r.Stacks[s.Stack].Frames), showFrames) {
		return nil
	}
	f := m.frame(s.Stack, s.Frame, m.r.Stacks[s.Stack].Frames[s.Frame])
	if f.Source != nil { // above the fold there is room for the line and its neighbours
		hit := slices.IndexFunc(f.Source.Lines, func(l pageLine) bool { return l.Hit })
		if hit >= 0 {
			f.Source = &pageSource{Note: f.Source.Note, Lines: f.Source.Lines[max(0, hit-2):min(len(f.Source.Lines), hit+3)]}
		}
	}
	f.Hit = true
	return &f
}

func (m *modeller) stacks() (out []pageStack) {
	left := showFrames
	for i, s := range firstN(m.r.Stacks, showStacks) {
		p := pageStack{ID: stackID(i), Title: m.b.short(s.Title), Note: m.b.short(s.Note), Open: i == 0 || i == m.r.Summary.Stack}
		if len(m.r.Errors) > 1 && s.Node >= 0 && s.Node < min(len(m.r.Errors), showNodes) {
			p.Href = nodeHref(s.Node)
		}
		if p.Title == "" {
			p.Title = m.b.short(orElse(s.Kind, "stack"))
		}
		elided := max0(s.Elided)
		for j, f := range s.Frames {
			if left == 0 || !m.b.take(400) {
				elided += len(s.Frames) - j
				break
			}
			left--
			m.place(&p, m.frame(i, j, f))
		}
		closeGroups(p.Groups)
		if elided > 0 {
			p.Elided = count(elided, "more frame") + " left out"
		}
		if s.Shared > 0 && s.SharedWith >= 0 && s.SharedWith < i {
			p.Shared = count(s.Shared, "frame") + " as in " + out[s.SharedWith].Title
			p.SharedHref = "#" + stackID(s.SharedWith)
		}
		out = append(out, p)
	}
	if n := len(m.r.Stacks) - len(out); n > 0 {
		out[len(out)-1].Elided = joinNonEmpty("; ", out[len(out)-1].Elided, count(n, "more stack")+" left out")
	}
	return out
}

// place appends f to the last group, or begins one where the kind of code changes.
func (m *modeller) place(p *pageStack, f pageFrame) {
	folded := f.Class != report.ClassApp
	if n := len(p.Groups); n == 0 || p.Groups[n-1].Folded != folded {
		p.Groups = append(p.Groups, pageGroup{Folded: folded})
	}
	g := &p.Groups[len(p.Groups)-1]
	g.Frames = append(g.Frames, f)
	g.Open = g.Open || f.Hit
}

// closeGroups labels the folded groups: "3 frames · echo/v4, net/http". A stack without any frame of the application says so
// and begins unfolded, for there is nothing else to read.
func closeGroups(groups []pageGroup) {
	if len(groups) == 1 && groups[0].Folded {
		groups[0].Open = true
	}
	for i := range groups {
		g := &groups[i]
		if !g.Folded {
			continue
		}
		var origins []string
		for _, f := range g.Frames {
			origin := orElse(f.Module, f.Pkg)
			if origin = orElse(origin, f.Class); !slices.Contains(origins, origin) {
				origins = append(origins, origin)
			}
		}
		if len(origins) > 3 {
			origins = append(origins[:3], "…")
		}
		g.Label = count(len(g.Frames), "frame") + " · " + strings.Join(origins, ", ")
		if len(groups) == 1 {
			g.Label = "No frame of the application, " + g.Label
		}
	}
}

func (m *modeller) frame(stack, i int, f report.Frame) pageFrame {
	b := m.b
	p := pageFrame{
		ID:   stackID(stack) + "-" + strconv.Itoa(i),
		Name: b.short(orElse(f.Name, orElse(f.Function, "unknown"))), Pkg: b.short(f.Pkg),
		Class: f.Class, Module: b.short(f.Module), Version: b.short(f.Version),
		Link: safeLink(f.Link), Inlined: f.Inlined, Generated: f.Generated, Open: f.Open,
		Hit: stack == m.r.Summary.Stack && i == m.r.Summary.Frame,
	}
	switch f.Class {
	case report.ClassApp, report.ClassModule, report.ClassStd:
	default:
		p.Class = report.ClassUnknown
	}
	p.Path = b.short(orElse(f.Path, f.File))
	p.Location = p.Path
	if f.Line > 0 {
		p.Line = strconv.Itoa(f.Line)
		p.Location += ":" + p.Line
	}
	if absolute(f.File) && !obeyed(f.File) && len(f.File) < 1024 {
		p.File = f.File
	}
	if f.Repeats > 0 {
		p.Repeat = fmt.Sprintf("× %d more", f.Repeats)
		if f.Cycle > 1 {
			p.Repeat += fmt.Sprintf(", with the %s below", count(f.Cycle-1, "frame"))
		}
	}
	p.Source = m.source(f.Source)
	return p
}

// source copies a window of source, as long as the page has room for one.
func (m *modeller) source(s *report.Source) *pageSource {
	if s == nil || len(s.Lines) == 0 && s.Note == "" {
		return nil
	}
	p := &pageSource{Note: m.b.short(s.Note)}
	if m.windows == 0 || s.Fresh == report.FreshDiffers { // a wrong line is worse than none, a stored Report's too
		if p.Note == "" {
			return nil
		}
		return p
	}
	m.windows--
	lines := s.Lines
	if hit := slices.IndexFunc(lines, func(l report.Line) bool { return l.Number == s.Line }); hit > showLines/2 {
		lines = lines[min(hit-showLines/2, len(lines)-1):]
	}
	for _, l := range firstN(lines, showLines) {
		if !m.b.take(50) {
			break
		}
		p.Lines = append(p.Lines, m.line(l, l.Number == s.Line, s.Column))
	}
	return p
}

// line joins neighbours of one colour and cuts the line to its limit.
func (m *modeller) line(l report.Line, hit bool, column int) pageLine {
	p := pageLine{Number: l.Number, Hit: hit, Spans: make([]report.Span, 0, len(l.Spans))}
	left, over := showLineBytes, max0(l.Trimmed)
	for _, s := range l.Spans {
		class := s.Class
		if len(class) != 1 || !strings.Contains("ksncbfat", class) {
			class = ""
		}
		if class != "" && strings.TrimLeft(s.Text, " \t") == "" {
			class = ""
		}
		text, n := cut(s.Text, left)
		text, over, left = oneLine(text), over+n, left-len(text)
		if text == "" {
			continue
		}
		m.b.take(cost(text))
		if n := len(p.Spans); n > 0 && p.Spans[n-1].Class == class {
			p.Spans[n-1].Text += text
			continue
		}
		if class != "" {
			m.b.take(14)
		}
		p.Spans = append(p.Spans, report.Span{Class: class, Text: text})
	}
	if over > 0 {
		p.Mark = trimmedMark(int64(over))
	}
	if hit && column > 0 {
		p.Caret = caret(p.Spans, column)
	}
	return p
}

// caret is what stands before the arrow below column (in bytes, from 1), tabs kept so that it stands right whatever their width.
func caret(spans []report.Span, column int) string {
	var b strings.Builder
	n := 1
	for _, s := range spans {
		for i, r := range s.Text {
			if n+i >= column {
				b.WriteString("▲")
				return b.String()
			}
			if r == '\t' {
				b.WriteByte('\t')
			} else {
				b.WriteByte(' ')
			}
		}
		n += len(s.Text)
	}
	if n != column {
		return ""
	}
	return b.String() + "▲"
}

func (m *modeller) template(i int) *pageTemplate {
	t, b := m.r.Template[i], m.b
	p := &pageTemplate{
		Name: b.short(t.Name), Action: b.short(t.Action), Text: b.short(t.Text),
		Link: safeLink(t.Link), Path: b.short(t.Path), Source: m.source(t.Source),
		Module: b.short(m.r.Build.Module), Class: report.ClassApp,
	}
	p.Location = orElse(p.Path, p.Name)
	if t.Line > 0 {
		p.Line = strconv.Itoa(t.Line)
		p.Location += ":" + p.Line
		if t.Column > 0 {
			p.Location += ":" + strconv.Itoa(t.Column)
		}
	}
	return p
}

// templates are the template errors after the first one, which stands above the fold.
func (m *modeller) templates() (out []*pageTemplate) {
	for i := 1; i < min(len(m.r.Template), 8); i++ {
		out = append(out, m.template(i))
	}
	return out
}

func stackID(i int) string { return "stack-" + strconv.Itoa(i) }

// absolute reports whether an editor can find the file by its name alone.
func absolute(file string) bool {
	return strings.HasPrefix(file, "/") || len(file) > 2 && file[1] == ':' && (file[2] == '/' || file[2] == '\\')
}
