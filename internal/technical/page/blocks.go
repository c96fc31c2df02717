package page

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// A scope says who may read a text, and so how much of the Report it holds.
type scope uint8

const (
	scopeIssue scope = iota // for an issue, which may be public: no user, host, address, header, log or panel
	scopeCopy               // for a colleague
	scopeAll                // everything, with the modules and the request as a command
)

// maxSources is how many windows of source the texts of a scope hold.
func (s scope) maxSources() int {
	switch s {
	case scopeIssue:
		return 1
	case scopeCopy:
		return 4
	}
	return 100
}

// A block is one titled part of the text and Markdown formats.
type block struct {
	title string
	of    string // data, one line: which stack, which panel
	lang  string // for the Markdown fence
	text  string
}

// A blockWriter writes the text of one block after the other. Its methods keep data inside one line, or indent it, so that no
// data can pass for a title.
type blockWriter struct {
	*page
	scope       scope
	sourcesLeft int // windows of source that may still be written
	b           strings.Builder
	blocks      []block
}

// blocks writes out the page, the most important block first.
func (p *page) blocks(s scope) []block {
	w := &blockWriter{page: p, scope: s, sourcesLeft: s.maxSources()}
	w.add("What happened", "", w.writeSummary)
	for _, t := range p.TemplateErrors() {
		w.add("Template", cmp.Or(t.Path, t.Name), func() { w.writeTemplate(t) })
	}
	w.add("Hints", "", w.writeHints)
	if len(p.Errors) > 1 || len(p.Errors) == 1 && (len(p.Errors[0].Fields) > 0 || len(p.Errors[0].Sentinels) > 0) {
		w.add("Errors", "", func() { w.writeChain("", p.ErrorChain()) }) // the summary says all of a single plain error
	}
	for _, st := range p.StackList() {
		w.add("Stack", cmp.Or(st.Title, st.Kind), func() { w.writeStack(st) })
	}
	if s == scopeIssue {
		w.add("Build", "", w.writePublicBuild)
		return w.blocks
	}
	w.add("Request", "", w.writeRequest)
	w.add("User", "", func() { w.writeLists(p.UserLists()) })
	w.add("Log", "", w.writeTrail)
	w.add("Context", "", func() { w.writeLists(p.ContextLists()) })
	w.add("Decision", "", w.writeDecision)
	for _, section := range p.Panels {
		w.add("Panel", section.Title, func() { w.writeSection(section) })
	}
	for _, section := range p.Watches {
		w.add("Watch", section.Title, func() { w.writeSection(section) })
	}
	w.add("Build", "", func() { w.writeLists(p.BuildLists()) })
	if s == scopeAll {
		w.add("Modules", "", w.writeModules)
		w.addReplay()
	}
	w.add("Not shown", "", func() {
		for _, problem := range p.Problems {
			w.line("", "%s", problem)
		}
	})
	return w.blocks
}

// add appends a block with what write writes, unless it writes nothing.
func (w *blockWriter) add(title, of string, write func()) {
	w.b.Reset()
	write()
	if w.b.Len() > 0 {
		w.blocks = append(w.blocks, block{title, text.ShowLine(of), "text", w.b.String()})
	}
}

// addReplay appends the request as a command and as a test.
func (w *blockWriter) addReplay() {
	r := newReplay(w.original.Request)
	if r == nil {
		return
	}
	w.add("Before it is repeated", "", func() { w.lines("", strings.Join(r.notes, "\n")) })
	w.blocks = append(w.blocks,
		block{title: "Repeat it with curl", lang: "sh", text: r.curl() + "\n"},
		block{title: "Repeat it in a test", lang: "go", text: r.goTest(w.Reference)})
}

// line writes one line. The arguments are data: line feeds in them are made visible, so they stay in that line.
func (w *blockWriter) line(indent, format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = text.ShowLine(s)
		}
	}
	w.b.WriteString(strings.TrimRight(indent+fmt.Sprintf(format, args...), " \t") + "\n")
}

// lines writes a text of several lines, each indented.
func (w *blockWriter) lines(indent, s string) {
	for line := range strings.Lines(s) {
		w.b.WriteString(indent + strings.TrimSuffix(line, "\n") + "\n")
	}
}

// pair writes a name with its value, and a value of several lines below its name. It writes nothing if the value is empty.
func (w *blockWriter) pair(indent, name, value string) {
	switch {
	case value == "":
	case strings.Contains(value, "\n"):
		w.line(indent, "%s:", name)
		w.lines(indent+"    ", value)
	default:
		w.line(indent, "%s: %s", name, value)
	}
}

func (w *blockWriter) writeFields(indent string, fields []report.Field) {
	for _, f := range fields {
		name := f.Name
		if f.Type != "" {
			name += " (" + f.Type + ")"
		}
		if value := f.Value + trimmedMark(f.Trimmed); value != "" && len(f.Fields) == 0 {
			w.pair(indent, name, value)
			continue
		}
		w.line(indent, "%s:", name)
		w.writeFields(indent+"    ", f.Fields)
	}
}

// writeLists writes lists as the HTML page does. A list without a title is not indented.
func (w *blockWriter) writeLists(lists []list) {
	for _, l := range lists {
		indent := ""
		if l.Title != "" {
			w.line("", "%s", l.Title)
			indent = "    "
		}
		w.lines(indent, l.Note)
		for _, f := range l.Facts {
			w.pair(indent, f.Name, f.Value)
		}
		w.writeFields(indent, l.Fields)
	}
}

func (w *blockWriter) writeSummary() {
	s := w.Summary
	w.lines("", s.Text)
	var types []string
	for _, i := range w.ChainStart() {
		types = append(types, w.Errors[i].Type)
	}
	w.pair("", "Type", cmp.Or(strings.Join(types, " › "), s.Type))
	w.pair("", "At", s.Where)
	if f := w.Culprit(); f != nil {
		w.pair("", "In", f.Name)
		if f.Source != nil {
			for _, l := range f.Source.Lines {
				if l.Number == f.Source.Line {
					w.pair("", "Code", strings.TrimSpace(lineText(l)))
				}
			}
		}
	}
	w.pair("", "Request", s.Line)
	w.pair("", "Answer", joinNonEmpty(" ", w.status(), s.Phrase))
	w.pair("", "Reference", w.Reference)
	w.pair("", "Time", timeText(w.Time))
}

func (w *blockWriter) writeTemplate(t templateError) {
	w.pair("", "Message", t.Text)
	w.pair("", "At", t.Location())
	w.pair("", "Action", t.Action)
	w.writeSource("", t.Source)
}

func (w *blockWriter) writeHints() {
	for _, h := range w.Hints {
		w.line("", "%s", h.Title)
		w.lines("    ", h.Text)
		w.pair("    ", "See", h.Link)
	}
}

func (w *blockWriter) writeChain(indent string, c chain) {
	for _, n := range c {
		w.line(indent, "%s", joinNonEmpty(" ", viaText(n.Via), joinNonEmpty(": ", n.Type, n.OwnText)))
		w.pair(indent+"  ", "is", strings.Join(n.Sentinels, ", "))
		if n.Status > 0 {
			w.pair(indent+"  ", "answers", joinNonEmpty(" ", strconv.Itoa(n.Status), n.Public))
		}
		w.pair(indent+"  ", "note", joinNonEmpty("; ", n.Note, n.Omitted))
		w.writeFields(indent+"  ", n.Fields)
		for _, branch := range n.Branches {
			w.writeChain(indent+"    ", branch)
		}
	}
}

func (w *blockWriter) writeStack(s *stack) {
	w.lines("", s.Note)
	for _, g := range s.Groups {
		if g.Folded && !g.Open && w.scope == scopeIssue { // most readers of an issue want the application's frames
			w.line("  ", "… %s outside the application", count(len(g.Frames), "frame"))
			continue
		}
		for _, f := range g.Frames {
			w.writeFrame(f)
		}
	}
	for _, rest := range []string{s.LeftOut, s.SharedText} {
		if rest != "" {
			w.line("  ", "… %s", rest)
		}
	}
}

func (w *blockWriter) writeFrame(f frame) {
	mark := "  "
	if f.Culprit {
		mark = "> "
	}
	about := f.Class
	if f.Module != "" && f.Class == report.ClassModule {
		about = joinNonEmpty("@", f.Module, f.Version)
	}
	if f.Inlined {
		about += ", inlined"
	}
	w.line(mark, "%s", cmp.Or(f.Name, f.Function, "unknown"))
	w.line("      ", "%s (%s)", f.Location(), joinNonEmpty(", ", about, f.Repeat()))
	w.writeSource("      ", f.Source)
}

func (w *blockWriter) writeSource(indent string, s *report.Source) {
	if s == nil {
		return
	}
	w.pair(indent, "Source", s.Note)
	if w.sourcesLeft == 0 || len(s.Lines) == 0 {
		return
	}
	w.sourcesLeft--
	for _, l := range s.Lines {
		mark := " "
		if l.Number == s.Line {
			mark = ">"
		}
		w.line(indent+mark, "%5d | %s", l.Number, lineText(l)+trimmedMark(l.Trimmed))
	}
}

func (w *blockWriter) writeRequest() {
	if w.Request != nil {
		w.line("", "%s", w.RequestLine())
		w.writeLists(w.RequestLists())
		if b := w.Request.Body; b != nil {
			w.line("", "Body: %s", joinNonEmpty(". ", w.BodyAbout(), b.Note))
			w.lines("    ", b.Text)
			w.lines("    ", trimmedMark(b.Trimmed))
		}
		if n := w.Request.Omitted; n > 0 {
			w.line("", "%s left out", count(n, "more field"))
		}
	}
	if len(w.Routes) > 0 {
		w.line("", "Routes that could have been meant")
	}
	for _, r := range w.Routes {
		w.line("    ", "%s", joinNonEmpty("  ", r.Method, r.Path, r.Handler, r.Why))
	}
}

func (w *blockWriter) writeTrail() {
	t := w.Trail
	w.lines("", t.Missing)
	if t.Dropped > 0 {
		w.line("", "%s dropped", count(t.Dropped, "earlier line"))
	}
	for _, e := range t.Entries {
		message := e.Text + trimmedMark(e.Trimmed) + attributes("", e.Fields)
		if e.Hidden {
			message += " [below the log level]"
		}
		w.line("", "%8s  %-5s %s", "+"+durationText(e.At), cmp.Or(e.Level, e.Kind), message)
	}
}

// attributes are fields as slog's text handler writes them, groups joined with dots.
func attributes(prefix string, fields []report.Field) string {
	var b strings.Builder
	for _, f := range fields {
		if len(f.Fields) > 0 {
			b.WriteString(attributes(prefix+f.Name+".", f.Fields))
		} else {
			b.WriteString(" " + prefix + f.Name + "=" + f.Value + trimmedMark(f.Trimmed))
		}
	}
	return b.String()
}

func (w *blockWriter) writeDecision() {
	for i, s := range w.Decision.Steps {
		w.line("", "%d. %s", i+1, s)
	}
	w.writeLists(w.DecisionLists())
}

// writeSection writes a panel or a watched value, which the application filled.
func (w *blockWriter) writeSection(s report.Section) {
	if s.Error != "" {
		w.line("", "not shown: %s", s.Error)
	}
	w.writeFields("", s.Fields)
	w.lines("", s.Text)
	if w.b.Len() == 0 { // the block would be left out, and the reader would look for it
		w.line("", "empty")
	}
}

// writePublicBuild leaves out the process, its host, its environment and the build settings.
func (w *blockWriter) writePublicBuild() {
	w.writeLists(lists(w.build()))
	w.pair("", "Runtime", w.platform())
}

func (w *blockWriter) writeModules() {
	for _, m := range w.Build.Modules {
		w.line("", "%s", joinNonEmpty(" => ", joinNonEmpty(" ", m.Path, m.Version), m.Replace))
	}
	if n := w.Build.Omitted; n > 0 {
		w.line("", "… %s left out", count(n, "more module"))
	}
}
