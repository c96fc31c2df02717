package page

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

type pageRequest struct {
	Line   string
	Lists  []pageList
	Body   *pageBody
	Routes []pageRoute
	More   string
}

type pageBody struct {
	About string
	Text  clip
	Note  string
}

type pageRoute struct{ Method, Path, Handler, Name, Why string }

type pageTrail struct {
	Entries []pageEntry
	Missing string
	Dropped string
}

type pageEntry struct {
	At, Left, Level, Kind string
	Text                  clip
	Fields                []pageField
	Hidden                bool
}

type pageDecision struct {
	Steps   []string
	Lists   []pageList
	Preview string // an HTML document for the sandbox
	Text    clip   // any other public answer
	Left    string // why there is no preview
}

func (m *modeller) request() *pageRequest {
	r := m.r.Request
	if r == nil && len(m.r.Routes) == 0 {
		return nil
	}
	p := &pageRequest{}
	if r != nil {
		if line := joinNonEmpty(" ", r.Method, r.Target, r.Proto); line != m.r.Summary.Line { // it stands above the fold already
			p.Line = m.b.short(line)
		}
		var about []report.Field
		for _, f := range []report.Field{
			{Name: "Route", Value: r.Route}, {Name: "Handler", Value: r.Handler}, {Name: "Host", Value: r.Host}, {Name: "Remote address", Value: r.Remote},
			{Name: "Scheme", Value: r.Scheme}, {Name: "TLS", Value: r.TLS}, {Name: "Request ID", Value: r.ID},
		} {
			if f.Value != "" {
				about = append(about, f)
			}
		}
		p.Lists = m.list(p.Lists, "", about)
		p.Lists = m.list(p.Lists, "Path parameters", r.Params)
		p.Lists = m.list(p.Lists, "Query", r.Query)
		p.Body = m.body(r.Body)
		p.Lists = m.list(p.Lists, "Form", r.Form)
		p.Lists = m.list(p.Lists, "Files", fileFields(r.Files))
		p.Lists = m.list(p.Lists, "Headers", r.Headers)
		p.Lists = m.list(p.Lists, "Cookies", r.Cookies)
		if r.Omitted > 0 {
			p.More = count(r.Omitted, "more field") + " left out"
		}
	}
	for i, route := range m.r.Routes {
		if i == showRows || !m.b.take(120) {
			p.More = joinNonEmpty("; ", p.More, count(len(m.r.Routes)-i, "more route")+" left out")
			break
		}
		b := m.b
		p.Routes = append(p.Routes, pageRoute{b.short(route.Method), b.short(route.Path), b.short(route.Handler), b.short(route.Name), b.short(route.Why)})
	}
	return p
}

// fileFields lists uploads by name, type and size; their content was never kept.
func fileFields(files []report.File) (out []report.Field) {
	for _, f := range files {
		out = append(out, report.Field{Name: f.Field, Value: joinNonEmpty(", ", f.Name, f.Type, bytesText(f.Size))})
	}
	return out
}

func (m *modeller) body(body *report.Body) *pageBody {
	if body == nil {
		return nil
	}
	p := &pageBody{About: m.b.short(bodyAbout(body)), Note: m.b.short(body.Note)}
	p.Text = m.b.text(body.Text, showBody, int(min(body.Trimmed, 1<<50)))
	return p
}

func bodyAbout(b *report.Body) string {
	length := ""
	if b.Length >= 0 {
		length = bytesText(b.Length)
	}
	read := bytesText(b.Read) + " read"
	if b.Complete {
		read = "read to the end"
	}
	return joinNonEmpty(", ", b.Type, length, read)
}

func (m *modeller) trail() *pageTrail {
	t := m.r.Trail
	if len(t.Entries) == 0 && t.Missing == "" && t.Dropped == 0 {
		return nil
	}
	p := &pageTrail{Missing: m.b.short(t.Missing)}
	dropped := max0(t.Dropped)
	entries := t.Entries
	if n := len(entries) - showRows; n > 0 { // the last lines before the failure say most
		entries, dropped = entries[n:], dropped+n
	}
	for i, e := range entries {
		if !m.b.take(160) {
			p.Missing = joinNonEmpty("; ", p.Missing, count(len(entries)-i, "later line")+" left out")
			break
		}
		q := pageEntry{At: "+" + durationText(e.At), Level: m.b.short(e.Level), Kind: m.b.short(e.Kind), Hidden: e.Hidden, Text: m.b.text(e.Text, 2048, e.Trimmed)}
		if e.Left != 0 {
			q.Left = leftText(e.Left)
		}
		q.Fields, _ = m.fields(firstN(e.Fields, 40), showDepth-2)
		p.Entries = append(p.Entries, q)
	}
	if dropped > 0 {
		p.Dropped = count(dropped, "earlier line") + " dropped"
	}
	return p
}

func leftText(d time.Duration) string {
	if d < 0 {
		return durationText(-d) + " overdue"
	}
	return durationText(d) + " left"
}

func (m *modeller) context() (out []pageList) {
	fields := contextFields(m.r.Context)
	if len(fields) == 0 && m.r.Context.Verdict == "" && len(m.r.Context.Labels) == 0 {
		return nil
	}
	l := pageList{Note: m.b.short(m.r.Context.Verdict)}
	l.Fields, l.More = m.fields(fields, 0)
	return m.list(append(out, l), "Profiler labels", m.r.Context.Labels)
}

func contextFields(c report.Context) (out []report.Field) {
	add := func(name, value string) {
		if value != "" {
			out = append(out, report.Field{Name: name, Value: value})
		}
	}
	add("State", c.State)
	add("Cause", c.Cause)
	if c.Elapsed != 0 {
		add("Elapsed", durationText(c.Elapsed))
	}
	if !c.Deadline.IsZero() {
		text, _ := timeText(c.Deadline)
		add("Deadline", text+", "+leftText(c.Left))
	}
	if c.ClientDisconnected {
		add("Client", "disconnected")
	}
	return out
}

func (m *modeller) decision() *pageDecision {
	d := m.r.Decision
	fields := decisionFields(d)
	if len(d.Steps) == 0 && len(fields) == 0 && d.Body == "" {
		return nil
	}
	p := &pageDecision{Lists: m.list(nil, "", fields)}
	for _, s := range firstN(d.Steps, 60) {
		p.Steps = append(p.Steps, m.b.short(s))
	}
	switch html := isHTML(d.Type); {
	case d.Body == "":
	case html && d.Trimmed == 0 && len(d.Body) <= showPreview && cost(d.Body) < m.b.left:
		m.b.take(cost(d.Body))
		p.Preview = string([]rune(d.Body)) // as it is: the sandbox contains what a control character could do
	case html:
		p.Left = fmt.Sprintf("No preview: the page has %s.", bytesText(int64(len(d.Body)+d.Trimmed)))
	default:
		p.Text = m.b.text(d.Body, showValue, d.Trimmed)
	}
	return p
}

func decisionFields(d report.Decision) (out []report.Field) {
	for _, f := range []report.Field{
		{Name: "Origin", Value: d.Origin}, {Name: "Public message", Value: d.Message}, {Name: "Content-Type", Value: d.Type}, {Name: "Template", Value: d.Template},
	} {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

func isHTML(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(kind), "text/html")
}

type pageModules struct {
	Summary string
	Modules []report.Module
	More    string
}

func (m *modeller) build() (out []pageList) {
	out = m.list(out, "Build", buildFields(m.r.Build))
	if note := m.b.short(m.r.Build.Note); note != "" {
		if len(out) == 0 {
			out = []pageList{{Title: "Build"}}
		}
		out[0].Note = note
	}
	out = m.list(out, "Build settings", m.r.Build.Settings)
	out = m.list(out, "Runtime", runtimeFields(m.r.Runtime))
	out = m.list(out, "Trace", traceFields(m.r.Trace))
	for _, l := range out { // what these lists call a link is one; a value of the application never is
		for i, f := range l.Fields {
			if f.Name == "Commit" && l.Title == "Build" || f.Name == "Link" && l.Title == "Trace" {
				l.Fields[i].Link = safeLink(f.Value.Text)
			}
		}
	}
	return m.list(out, "Environment", m.r.Env)
}

func buildFields(b report.Build) (out []report.Field) {
	revision := b.Revision
	if revision != "" && b.Modified {
		revision += " (modified)"
	}
	at, _ := timeText(b.Time)
	return filled([]report.Field{
		{Name: "Path", Value: b.Path}, {Name: "Module", Value: b.Module}, {Name: "Version", Value: b.Version}, {Name: "Revision", Value: revision},
		{Name: "Commit", Value: safeLink(b.Link)}, {Name: "Committed", Value: at}, {Name: "Go", Value: b.Go}, {Name: "Source", Value: b.Source},
	})
}

func runtimeFields(r report.Runtime) []report.Field {
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	up, heap, gcs := "", "", ""
	if r.Uptime > 0 {
		up = durationText(r.Uptime)
	}
	if r.Heap > 0 {
		heap = bytesText(int64(min(r.Heap, 1<<62)))
		if r.Total > 0 {
			heap += " of " + bytesText(int64(min(r.Total, 1<<62)))
		}
	}
	if r.GCs > 0 {
		gcs = strconv.FormatUint(r.GCs, 10)
	}
	return filled([]report.Field{
		{Name: "Go", Value: joinNonEmpty(" ", r.Go, joinNonEmpty("/", r.OS, r.Arch))}, {Name: "Host", Value: r.Host}, {Name: "Process", Value: number(r.PID)},
		{Name: "Uptime", Value: up}, {Name: "CPUs", Value: number(r.CPUs)}, {Name: "GOMAXPROCS", Value: number(r.MaxProcs)},
		{Name: "Goroutines", Value: number(r.Goroutines)}, {Name: "Heap", Value: heap}, {Name: "Collections", Value: gcs},
	})
}

func traceFields(t report.Trace) []report.Field {
	return filled([]report.Field{{Name: "Trace", Value: t.TraceID}, {Name: "Span", Value: t.SpanID}, {Name: "Link", Value: safeLink(t.Link)}})
}

// filled drops the fields that say nothing.
func filled(fields []report.Field) []report.Field {
	out := fields[:0]
	for _, f := range fields {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

func (m *modeller) modules() *pageModules {
	list := m.r.Build.Modules
	if len(list) == 0 {
		return nil
	}
	p := &pageModules{Summary: count(len(list)+max0(m.r.Build.Omitted), "module")}
	for i, mod := range list {
		if i == 2*showRows || !m.b.take(40) {
			p.More = count(len(list)-i, "more module") + " left out"
			break
		}
		p.Modules = append(p.Modules, report.Module{Path: m.b.short(mod.Path), Version: m.b.short(mod.Version), Replace: m.b.short(mod.Replace)})
	}
	return p
}
