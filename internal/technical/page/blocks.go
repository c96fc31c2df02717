package page

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// A scope says how much of a Report a text holds. Where a text is pasted decides who reads it.
type scope uint8

const (
	scopeIssue scope = iota // for an issue, which may be public: no user, host, address, header, log or panel
	scopeCopy               // for a colleague
	scopeAll                // everything, with the modules and the request as a command
)

// windows is how many source windows the texts of a scope hold.
func (s scope) windows() int { return []int{scopeIssue: 1, scopeCopy: 4, scopeAll: 100}[s] }

// A block is one titled part of the text and Markdown forms. Each piece of data in it is held in its line or indented, so no
// data can pass for a title.
type block struct {
	title string
	of    string // data, one line: which stack, which panel
	lang  string // for the Markdown fence
	text  string
}

// blocks writes out the page, the most important first.
func (p *page) blocks(s scope) []block {
	w := &blockWriter{page: p, scope: s, windows: s.windows()}
	private := s > scopeIssue
	w.add("What happened", "", w.summary)
	for _, t := range p.TemplateErrors() {
		w.add("Template", cmp.Or(t.Path, t.Name), func() { w.template(t) })
	}
	w.add("Hints", "", w.hints)
	if len(p.Errors) > 1 || len(p.Errors) == 1 && (len(p.Errors[0].Fields) > 0 || len(p.Errors[0].Sentinels) > 0) {
		w.add("Errors", "", func() { w.chain("", p.ErrorChain()) })
	}
	for _, st := range p.StackList() {
		w.add("Stack", cmp.Or(st.Title, st.Kind), func() { w.stack(st) })
	}
	if private {
		w.add("Request", "", w.request)
		w.add("User", "", func() { w.lists(p.UserLists()) })
		w.add("Log", "", w.trail)
		w.add("Context", "", func() { w.lists(p.ContextLists()) })
		w.add("Decision", "", w.decision)
		for _, g := range p.Panels {
			w.add("Panel", g.Title, func() { w.given(g) })
		}
		for _, g := range p.Watches {
			w.add("Watch", g.Title, func() { w.given(g) })
		}
	}
	w.add("Build", "", func() {
		if private {
			w.lists(p.BuildLists())
			return
		}
		w.lists(lists(p.build()))
		w.pair("", "Runtime", p.platform())
	})
	if s == scopeAll {
		w.add("Modules", "", w.modules)
		if c := newReplay(p.original.Request); c != nil {
			w.add("Before it is repeated", "", func() { w.data("", strings.Join(c.notes, "\n")) })
			w.addCode("Repeat it with curl", "sh", c.curl()+"\n")
			w.addCode("Repeat it in a test", "go", c.goTest(p.Reference))
		}
	}
	if private {
		w.add("Not shown", "", func() {
			for _, problem := range p.Problems {
				w.line("", "%s", problem)
			}
		})
	}
	return w.blocks
}

// A blockWriter writes the text of one block after the other.
type blockWriter struct {
	*page
	scope   scope
	windows int // source windows that may still be written
	b       strings.Builder
	blocks  []block
}

// add appends a block with what write writes, unless it writes nothing.
func (w *blockWriter) add(title, of string, write func()) {
	w.b.Reset()
	write()
	if w.b.Len() > 0 {
		w.blocks = append(w.blocks, block{title, text.ShowLine(of), "text", w.b.String()})
	}
}

func (w *blockWriter) addCode(title, lang, code string) {
	w.blocks = append(w.blocks, block{title: title, lang: lang, text: code})
}

// line writes one line; the arguments are data, and whatever they hold stays in that line.
func (w *blockWriter) line(indent, format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = text.ShowLine(s)
		}
	}
	w.b.WriteString(strings.TrimRight(indent+fmt.Sprintf(format, args...), " \t") + "\n")
}

// data writes a text of several lines, each indented.
func (w *blockWriter) data(indent, s string) {
	for line := range strings.Lines(s) {
		w.b.WriteString(indent + strings.TrimSuffix(line, "\n") + "\n")
	}
}

// pair writes a name with its value, a value of several lines below its name. It writes nothing if there is no value.
func (w *blockWriter) pair(indent, name, value string) {
	switch {
	case value == "":
	case strings.Contains(value, "\n"):
		w.line(indent, "%s:", name)
		w.data(indent+"    ", value)
	default:
		w.line(indent, "%s: %s", name, value)
	}
}

func (w *blockWriter) fields(indent string, fields []report.Field) {
	for _, f := range fields {
		name := f.Name
		if f.Type != "" {
			name += " (" + f.Type + ")"
		}
		if value := f.Value + trimmedMark(int64(f.Trimmed)); value != "" && len(f.Fields) == 0 {
			w.pair(indent, name, value)
			continue
		}
		w.line(indent, "%s:", name)
		w.fields(indent+"    ", f.Fields)
	}
}

// lists writes lists as the page does. A list without a title is not indented.
func (w *blockWriter) lists(lists []list) {
	for _, l := range lists {
		indent := ""
		if l.Title != "" {
			w.line("", "%s", l.Title)
			indent = "    "
		}
		w.data(indent, l.Note)
		for _, f := range l.Facts {
			w.pair(indent, f.Name, f.Value)
		}
		w.fields(indent, l.Fields)
	}
}

func (w *blockWriter) summary() {
	s := w.Summary
	w.data("", s.Text)
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

func (w *blockWriter) template(t templateError) {
	w.pair("", "Message", t.Text)
	w.pair("", "At", t.Location())
	w.pair("", "Action", t.Action)
	w.source("", t.Source)
}

func (w *blockWriter) hints() {
	for _, h := range w.Hints {
		w.line("", "%s", h.Title)
		w.data("    ", h.Text)
		w.pair("    ", "See", h.Link)
	}
}

func (w *blockWriter) chain(indent string, c chain) {
	for _, n := range c {
		w.line(indent, "%s", joinNonEmpty(" ", viaText(n.Via), joinNonEmpty(": ", n.Type, n.Said)))
		w.pair(indent+"  ", "is", strings.Join(n.Sentinels, ", "))
		if n.Status > 0 {
			w.pair(indent+"  ", "answers", joinNonEmpty(" ", strconv.Itoa(n.Status), n.Public))
		}
		w.pair(indent+"  ", "note", joinNonEmpty("; ", n.Note, n.Omitted))
		w.fields(indent+"  ", n.Fields)
		for _, branch := range n.Branches {
			w.chain(indent+"    ", branch)
		}
	}
}

func (w *blockWriter) stack(s *stack) {
	w.data("", s.Note)
	for _, g := range s.Groups {
		if g.Folded && !g.Open && w.scope == scopeIssue {
			w.line("  ", "… %s outside the application", count(len(g.Frames), "frame"))
			continue
		}
		for _, f := range g.Frames {
			w.frame(f)
		}
	}
	for _, rest := range []string{s.LeftOut, s.SharedText} {
		if rest != "" {
			w.line("  ", "… %s", rest)
		}
	}
}

func (w *blockWriter) frame(f frame) {
	mark := "  "
	if f.Hit {
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
	w.source("      ", f.Source)
}

func (w *blockWriter) source(indent string, s *report.Source) {
	if s == nil {
		return
	}
	w.pair(indent, "Source", s.Note)
	if w.windows == 0 || len(s.Lines) == 0 {
		return
	}
	w.windows--
	for _, l := range s.Lines {
		mark := " "
		if l.Number == s.Line {
			mark = ">"
		}
		w.line(indent+mark, "%5d | %s", l.Number, lineText(l)+trimmedMark(int64(l.Trimmed)))
	}
}

func (w *blockWriter) request() {
	if w.Request != nil {
		w.line("", "%s", w.RequestLine())
		w.lists(w.RequestLists())
		if b := w.Request.Body; b != nil {
			w.line("", "Body: %s", joinNonEmpty(". ", w.BodyAbout(), b.Note))
			w.data("    ", b.Text)
			w.data("    ", trimmedMark(b.Trimmed))
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

func (w *blockWriter) trail() {
	t := w.Trail
	w.data("", t.Missing)
	if t.Dropped > 0 {
		w.line("", "%s dropped", count(t.Dropped, "earlier line"))
	}
	for _, e := range t.Entries {
		said := e.Text + trimmedMark(int64(e.Trimmed)) + attributes("", e.Fields)
		if e.Hidden {
			said += " [below the log level]"
		}
		w.line("", "%8s  %-5s %s", "+"+durationText(e.At), cmp.Or(e.Level, e.Kind), said)
	}
}

// attributes are fields as slog's text handler writes them, groups joined with dots.
func attributes(prefix string, fields []report.Field) string {
	var b strings.Builder
	for _, f := range fields {
		if len(f.Fields) > 0 {
			b.WriteString(attributes(prefix+f.Name+".", f.Fields))
		} else {
			b.WriteString(" " + prefix + f.Name + "=" + f.Value + trimmedMark(int64(f.Trimmed)))
		}
	}
	return b.String()
}

func (w *blockWriter) decision() {
	for i, s := range w.Decision.Steps {
		w.line("", "%d. %s", i+1, s)
	}
	w.lists(w.DecisionLists())
}

// given writes a section that the application filled.
func (w *blockWriter) given(s report.Section) {
	if s.Error != "" {
		w.line("", "not shown: %s", s.Error)
	}
	w.fields("", s.Fields)
	w.data("", s.Text)
	if w.b.Len() == 0 {
		w.line("", "empty")
	}
}

func (w *blockWriter) modules() {
	for _, m := range w.Build.Modules {
		w.line("", "%s", joinNonEmpty(" => ", joinNonEmpty(" ", m.Path, m.Version), m.Replace))
	}
	if n := w.Build.Omitted; n > 0 {
		w.line("", "… %s left out", count(n, "more module"))
	}
}
