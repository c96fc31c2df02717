package page

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// A block is one titled piece of the text and Markdown forms. Text is visible, and every piece of data in it is held in its
// line or indented, so that no data can pass for a title.
type block struct {
	Title string
	Of    string // data, one line: which stack, which panel
	Lang  string // of the Markdown fence: "go", "sh", "text"
	Text  string
}

// A detail says what of a Report a text is to hold. Texts leave the page by copying, and where they go decides what they may
// tell: an issue tracker is read by more people than a log.
type detail struct {
	windows int  // source windows, in the order of the frames
	appOnly bool // frames of the application only, the others counted
	request bool // everything known of the request, not merely its line
	private bool // user, host, addresses, log
	public  bool // what the public saw and why
	panels  bool
	modules bool
	replay  bool // curl command and test
}

// blocks writes out the Report, what matters most first, and little more than max bytes of it: over is about how many more
// there would have been.
func blocks(r *report.Report, d detail, max int) (out []block, over int) {
	w := &blockWriter{r: r, d: d, windows: d.windows, left: max}
	w.add("What happened", "", "text", w.summary)
	for i := range r.Template {
		if i < 8 {
			w.add("Template", orElse(r.Template[i].Path, r.Template[i].Name), "text", func() { w.template(r.Template[i]) })
		}
	}
	w.add("Hints", "", "text", w.hints)
	if len(r.Errors) > 1 || len(r.Errors) == 1 && (len(r.Errors[0].Fields) > 0 || len(r.Errors[0].Sentinels) > 0) {
		w.add("Errors", "", "text", w.errors)
	}
	for i, s := range firstN(r.Stacks, showStacks) {
		w.add("Stack", orElse(s.Title, s.Kind), "text", func() { w.stack(i, s) })
	}
	if d.request {
		w.add("Request", "", "text", w.request)
	}
	if d.private {
		w.add("User", "", "text", func() { w.pair("", "ID", r.User) })
		w.add("Log", "", "text", w.trail)
		w.add("Context", "", "text", w.context)
	}
	if d.public {
		w.add("Decision", "", "text", w.decision)
	}
	if d.panels {
		w.sections("Panel", r.Panels)
		w.sections("Watch", r.Watches)
	}
	w.add("Build", "", "text", w.build)
	if d.modules {
		w.add("Modules", "", "text", w.modules)
	}
	if p := replayOf(r.Request); d.replay && p != nil {
		w.add("Before it is repeated", "", "text", func() {
			for _, n := range p.notes {
				w.line("", "%s", n)
			}
		})
		w.add("Repeat it with curl", "", "sh", func() { w.b.WriteString(curlCommand(p) + "\n") })
		w.add("Repeat it in a test", "", "go", func() { w.b.WriteString(testSkeleton(p, r.Reference)) })
	}
	if d.public {
		w.add("Not shown", "", "text", func() {
			for _, p := range firstN(r.Problems, 20) {
				w.line("", "%s", p)
			}
		})
	}
	return w.out, w.over
}

type blockWriter struct {
	r       *report.Report
	d       detail
	b       strings.Builder
	windows int
	left    int // bytes that may still be written; below zero nothing is
	over    int // bytes that were not
	out     []block
}

// full counts n bytes that will not be written, if there is no room for more.
func (w *blockWriter) full(n int) bool {
	if w.left > 0 {
		return false
	}
	w.over += n
	return true
}

// add appends what write writes, unless it writes nothing.
func (w *blockWriter) add(title, of, lang string, write func()) {
	w.b.Reset()
	write()
	if text := w.b.String(); text != "" {
		of, _ = cut(of, 200)
		w.out = append(w.out, block{title, oneLine(of), lang, text})
	}
}

// line writes one line; the arguments are data, and whatever they hold stays in that line.
func (w *blockWriter) line(indent, format string, args ...any) {
	if w.full(40) {
		return
	}
	start := w.b.Len()
	for i, a := range args {
		if s, ok := a.(string); ok {
			s, over := cut(s, showBody)
			if s = oneLine(s); over > 0 {
				s += trimmedMark(int64(over))
			}
			args[i] = s
		}
	}
	w.b.WriteString(indent)
	fmt.Fprintf(&w.b, format, args...)
	w.b.WriteByte('\n')
	w.left -= w.b.Len() - start
}

// data writes a text of several lines, each indented.
func (w *blockWriter) data(indent, text string, trimmed int) {
	if text == "" && trimmed <= 0 || w.full(len(text)) {
		return
	}
	text, over := cut(text, showBody)
	start := w.b.Len()
	for l := range strings.Lines(visible(text)) {
		w.b.WriteString(indent)
		w.b.WriteString(strings.TrimSuffix(l, "\n"))
		w.b.WriteByte('\n')
	}
	w.left -= w.b.Len() - start
	if over += max0(trimmed); over > 0 {
		w.line(indent, "%s", trimmedMark(int64(over)))
	}
}

// pair writes a name with its value, a value of several lines below its name.
func (w *blockWriter) pair(indent, name, value string) {
	value, over := cut(value, showBody)
	if over > 0 {
		value += trimmedMark(int64(over))
	}
	switch {
	case value == "":
	case strings.Contains(value, "\n"):
		w.line(indent, "%s:", name)
		w.data(indent+"    ", value, 0)
	default:
		w.line(indent, "%s: %s", name, value)
	}
}

func (w *blockWriter) fields(indent string, fields []report.Field, depth int) {
	for i, f := range fields {
		if i == showRows {
			w.line(indent, "… %d more left out", len(fields)-i)
			return
		}
		if w.full(40) {
			continue
		}
		name := f.Name
		if f.Type != "" {
			name += " (" + f.Type + ")"
		}
		value, over := cut(f.Value, showValue)
		if over += max0(f.Trimmed); over > 0 {
			value += trimmedMark(int64(over))
		}
		switch {
		case len(f.Fields) > 0 && depth < showDepth:
			w.line(indent, "%s:", name)
			w.fields(indent+"    ", f.Fields, depth+1)
		case value == "":
			w.line(indent, "%s:", name)
		default:
			w.pair(indent, name, value)
		}
	}
}

func (w *blockWriter) group(title string, fields []report.Field) {
	if len(fields) > 0 {
		w.line("", "%s", title)
		w.fields("    ", fields, 0)
	}
}

func (w *blockWriter) summary() {
	r, s := w.r, w.r.Summary
	w.data("", s.Text, 0)
	var chain []string
	for _, i := range firstN(s.Chain, 24) {
		if i >= 0 && i < len(r.Errors) {
			chain = append(chain, r.Errors[i].Type)
		}
	}
	w.pair("", "Type", orElse(strings.Join(chain, " › "), s.Type))
	w.pair("", "At", s.Where)
	if f := frameAt(r, s.Stack, s.Frame); f != nil {
		w.pair("", "In", f.Name)
		if f.Source != nil && w.d.windows > 0 {
			for _, l := range f.Source.Lines {
				if l.Number == f.Source.Line && f.Source.Fresh != report.FreshDiffers {
					w.pair("", "Code", strings.TrimSpace(lineText(l)))
				}
			}
		}
	}
	w.pair("", "Request", s.Line)
	if s.Status > 0 {
		w.pair("", "Answer", joinNonEmpty(" ", strconv.Itoa(s.Status), s.Phrase))
	}
	w.pair("", "Reference", r.Reference)
	at, _ := timeText(r.Time)
	w.pair("", "Time", at)
}

func frameAt(r *report.Report, stack, frame int) *report.Frame {
	if stack < 0 || stack >= len(r.Stacks) || frame < 0 || frame >= len(r.Stacks[stack].Frames) {
		return nil
	}
	return &r.Stacks[stack].Frames[frame]
}

func (w *blockWriter) hints() {
	for _, h := range firstN(w.r.Hints, 10) {
		w.line("", "%s", h.Title)
		w.data("    ", h.Text, 0)
		w.pair("    ", "See", safeLink(h.Link))
	}
}

func (w *blockWriter) errors() {
	list := firstN(w.r.Errors, showNodes)
	depth := make([]int, len(list)) // by branches, as the page indents
	members := make([]int, len(list))
	for _, n := range list {
		if n.Parent >= 0 && n.Parent < len(list) {
			members[n.Parent]++
		}
	}
	for i, n := range list {
		if w.full(100) {
			continue
		}
		if n.Parent >= 0 && n.Parent < i {
			depth[i] = depth[n.Parent]
			if n.Via == "join" || members[n.Parent] > 1 {
				depth[i]++
			}
		}
		indent := strings.Repeat("    ", min(depth[i], 12))
		text := n.Added
		if strings.Trim(text, "…\n ") == "" {
			text = ""
		}
		if text == "" && members[i] == 0 {
			text = n.Text
		}
		text, over := cut(text, showValue)
		if over > 0 {
			text += trimmedMark(int64(over))
		}
		w.line(indent, "%s", joinNonEmpty(" ", viaText(n.Via), joinNonEmpty(": ", n.Type, text)))
		indent += "  "
		if len(n.Sentinels) > 0 {
			w.pair(indent, "is", strings.Join(firstN(n.Sentinels, 12), ", "))
		}
		if n.Status > 0 {
			w.pair(indent, "answers", joinNonEmpty(" ", strconv.Itoa(n.Status), n.Public))
		}
		w.pair(indent, "note", n.Note)
		w.fields(indent, n.Fields, 0)
	}
	if n := len(w.r.Errors) - len(list); n > 0 {
		w.line("", "%s left out", count(n, "more error"))
	}
}

func (w *blockWriter) stack(i int, s report.Stack) {
	if s.Note != "" {
		w.data("", s.Note, 0)
	}
	skipped, elided := 0, max0(s.Elided)
	flush := func() {
		if skipped > 0 {
			w.line("  ", "… %s", count(skipped, "frame")+" outside the application")
			skipped = 0
		}
	}
	for j, f := range s.Frames {
		hit := i == w.r.Summary.Stack && j == w.r.Summary.Frame
		if j == showFrames || w.full(80*(len(s.Frames)-j)) {
			elided += len(s.Frames) - j
			break
		}
		if w.d.appOnly && f.Class != report.ClassApp && !hit {
			skipped++
			continue
		}
		flush()
		mark := "  "
		if hit {
			mark = "> "
		}
		kind := f.Class
		if f.Module != "" && f.Class == report.ClassModule {
			kind = joinNonEmpty("@", f.Module, f.Version)
		}
		extra := ""
		if f.Inlined {
			extra = ", inlined"
		}
		if f.Repeats > 0 {
			extra += fmt.Sprintf(", × %d more", f.Repeats)
		}
		w.line(mark, "%s", orElse(f.Name, f.Function))
		w.line("      ", "%s", joinNonEmpty(" ", location(orElse(f.Path, f.File), f.Line), "("+kind+extra+")"))
		w.source("      ", f.Source)
	}
	flush()
	if elided > 0 {
		w.line("  ", "… %s left out", count(elided, "more frame"))
	}
	if s.Shared > 0 && s.SharedWith >= 0 && s.SharedWith < len(w.r.Stacks) {
		w.line("  ", "… %s as in %s", count(s.Shared, "frame"), w.r.Stacks[s.SharedWith].Title)
	}
}

func location(path string, line int) string {
	path, _ = cut(path, 1024)
	if line <= 0 {
		return path
	}
	return path + ":" + strconv.Itoa(line)
}

func lineText(l report.Line) string {
	var b strings.Builder
	for _, s := range l.Spans {
		b.WriteString(s.Text)
	}
	return b.String()
}

func (w *blockWriter) source(indent string, s *report.Source) {
	if s == nil {
		return
	}
	if s.Note != "" {
		w.line(indent, "%s", s.Note)
	}
	if w.windows <= 0 || s.Fresh == report.FreshDiffers || w.full(40*len(s.Lines)) {
		return
	}
	w.windows--
	start := w.b.Len()
	for _, l := range firstN(s.Lines, showLines) {
		mark := " "
		if l.Number == s.Line {
			mark = ">"
		}
		text, over := cut(lineText(l), showLineBytes)
		if over += max0(l.Trimmed); over > 0 {
			text += trimmedMark(int64(over))
		}
		w.b.WriteString(strings.TrimRight(fmt.Sprintf("%s%s%5d | %s", indent, mark, l.Number, oneLine(text)), " \t") + "\n")
	}
	w.left -= w.b.Len() - start
}
