package page

import (
	"slices"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// A list is a part of a section: a title, a remark, and names with their values. Both the HTML page and the text formats show it.
type list struct {
	Title, Note string
	Facts       []fact
	Fields      []report.Field
}

// A fact is a value that the Report has a struct field for, unlike a [report.Field], whose name comes from the request or the
// application. Only a fact can be a link: a value from elsewhere never becomes one.
type fact struct {
	Name, Value string
	Link        bool
}

// facts makes facts of names and values in turn, without those that have no value.
func facts(pairs ...string) (out []fact) {
	for pair := range slices.Chunk(pairs, 2) {
		if name, value := pair[0], pair[1]; value != "" {
			out = append(out, fact{name, value, name == "Commit" || name == "Link"}) // both are Link fields, checked by safeLink
		}
	}
	return out
}

// lists returns the lists that have content.
func lists(all ...list) []list {
	return slices.DeleteFunc(all, func(l list) bool { return l.Note == "" && len(l.Facts) == 0 && len(l.Fields) == 0 })
}

// RequestLine is the request's first line.
func (p *page) RequestLine() string {
	return joinNonEmpty(" ", p.Request.Method, p.Request.Target, p.Request.Proto)
}

// RequestLists returns the parts of the request that are names with values; the body is shown on its own.
func (p *page) RequestLists() []list {
	r := p.Request
	if r == nil {
		return nil
	}
	var files []report.Field
	for _, f := range r.Files {
		files = append(files, report.Field{Name: f.Field, Value: joinNonEmpty(", ", f.Name, f.Type, bytesText(f.Size))})
	}
	return lists(
		list{Facts: facts("Route", r.Route, "Handler", r.Handler, "Host", r.Host, "Remote address", r.Remote,
			"Scheme", r.Scheme, "TLS", r.TLS, "Request ID", r.ID)},
		list{Title: "Path parameters", Fields: r.Params},
		list{Title: "Query", Fields: r.Query},
		list{Title: "Form", Fields: r.Form},
		list{Title: "Files", Fields: files},
		list{Title: "Headers", Fields: r.Headers},
		list{Title: "Cookies", Fields: r.Cookies},
	)
}

// BodyAbout describes the request's body: "application/json, 48 bytes, read to the end".
func (p *page) BodyAbout() string {
	b := p.Request.Body
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

func (p *page) UserLists() []list { return lists(list{Facts: facts("ID", p.User)}) }

func (p *page) ContextLists() []list {
	c := p.Context
	elapsed, deadline, client := "", "", ""
	if c.Elapsed != 0 {
		elapsed = durationText(c.Elapsed)
	}
	if !c.Deadline.IsZero() {
		deadline = timeText(c.Deadline) + ", " + leftText(c.Left)
	}
	if c.ClientDisconnected {
		client = "disconnected"
	}
	return lists(
		list{Note: c.Verdict, Facts: facts("State", c.State, "Cause", c.Cause, "Elapsed", elapsed, "Deadline", deadline, "Client", client)},
		list{Title: "Profiler labels", Fields: c.Labels},
	)
}

func (p *page) DecisionLists() []list {
	d := p.Decision
	return lists(list{Facts: facts("Origin", d.Origin, "Public message", d.Message, "Content-Type", d.Type, "Template", d.Template)})
}

// PublicHTML reports whether the public answer is an HTML page.
func (p *page) PublicHTML() bool {
	mediaType, _, _ := strings.Cut(p.Decision.Type, ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), "text/html")
}

// PublicSize is the size of the public answer.
func (p *page) PublicSize() string {
	return bytesText(int64(len(p.Decision.Body) + p.Decision.Trimmed))
}

// Preview returns the public HTML page for the sandboxed frame, byte for byte as it was sent. It is empty unless all of it is
// known: half a page would not be what the public saw.
func (p *page) Preview() string {
	if !p.PublicHTML() || p.Decision.Trimmed > 0 {
		return ""
	}
	return p.original.Decision.Body
}

// BuildLists returns the binary, the process and its environment.
func (p *page) BuildLists() []list {
	t := p.Trace
	return lists(
		p.build(),
		list{Title: "Build settings", Fields: p.Build.Settings},
		p.runtime(),
		list{Title: "Trace", Facts: facts("Trace", t.TraceID, "Span", t.SpanID, "Link", t.Link)},
		list{Title: "Environment", Fields: p.Env},
	)
}

func (p *page) build() list {
	b := p.Build
	revision := b.Revision
	if revision != "" && b.Modified {
		revision += " (modified)"
	}
	return list{Title: "Build", Note: b.Note, Facts: facts("Path", b.Path, "Module", b.Module, "Version", b.Version, "Revision", revision,
		"Commit", b.Link, "Committed", timeText(b.Time), "Go", b.Go, "Source", b.Source)}
}

func (p *page) runtime() list {
	r := p.Runtime
	uptime, heap := "", ""
	if r.Uptime > 0 {
		uptime = durationText(r.Uptime)
	}
	if r.Heap > 0 {
		heap = bytesText(int64(r.Heap)) + " of " + bytesText(int64(r.Total))
	}
	return list{Title: "Runtime", Facts: facts("Go", p.platform(), "Host", r.Host,
		"Process", numberText(r.PID), "Uptime", uptime, "CPUs", numberText(r.CPUs), "GOMAXPROCS", numberText(r.MaxProcs),
		"Goroutines", numberText(r.Goroutines), "Heap", heap, "Collections", numberText(int(r.GCs)))}
}

// platform is the Go version with the operating system and architecture.
func (p *page) platform() string {
	return joinNonEmpty(" ", p.Runtime.Go, joinNonEmpty("/", p.Runtime.OS, p.Runtime.Arch))
}

// ModuleCount is the number of modules in the binary, those left out of the list included.
func (p *page) ModuleCount() string { return count(len(p.Build.Modules)+p.Build.Omitted, "module") }
