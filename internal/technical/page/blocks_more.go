package page

import (
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

func (w *blockWriter) template(t report.TemplateError) {
	w.pair("", "Message", t.Text)
	w.pair("", "At", location(location(orElse(t.Path, t.Name), t.Line), t.Column))
	w.pair("", "Action", t.Action)
	w.source("", t.Source)
}

func (w *blockWriter) request() {
	if r := w.r.Request; r != nil {
		w.line("", "%s", joinNonEmpty(" ", r.Method, r.Target, r.Proto))
		w.pair("", "Route", r.Route)
		w.pair("", "Handler", r.Handler)
		w.pair("", "Host", r.Host)
		if w.d.private {
			w.pair("", "Remote address", r.Remote)
			w.pair("", "TLS", r.TLS)
			w.pair("", "Request ID", r.ID)
		}
		w.group("Path parameters", r.Params)
		w.group("Query", r.Query)
		w.group("Headers", r.Headers)
		w.group("Cookies", r.Cookies)
		w.group("Form", r.Form)
		w.group("Files", fileFields(r.Files))
		if b := r.Body; b != nil {
			w.line("", "Body: %s", joinNonEmpty(". ", bodyAbout(b), b.Note))
			w.data("    ", b.Text, int(min(b.Trimmed, 1<<50)))
		}
		if r.Omitted > 0 {
			w.line("", "%s left out", count(r.Omitted, "more field"))
		}
	}
	if len(w.r.Routes) > 0 {
		w.line("", "Routes that could have been meant")
		for _, r := range firstN(w.r.Routes, showRows) {
			w.line("    ", "%s", joinNonEmpty("  ", r.Method, r.Path, r.Handler, r.Why))
		}
	}
}

func (w *blockWriter) trail() {
	t := w.r.Trail
	if t.Missing != "" {
		w.line("", "%s", t.Missing)
	}
	entries, dropped := t.Entries, max0(t.Dropped)
	if n := len(entries) - showRows; n > 0 {
		entries, dropped = entries[n:], dropped+n
	}
	if dropped > 0 {
		w.line("", "%s dropped", count(dropped, "earlier line"))
	}
	for _, e := range entries {
		if w.full(80) {
			continue
		}
		text, over := cut(e.Text, 2048)
		if over += max0(e.Trimmed); over > 0 {
			text += trimmedMark(int64(over))
		}
		var b strings.Builder
		appendAttrs(&b, "", e.Fields, 0)
		if e.Hidden {
			b.WriteString(" [below the log level]")
		}
		w.line("", "%8s  %-5s %s%s", "+"+durationText(e.At), orElse(e.Level, e.Kind), text, b.String())
	}
}

// appendAttrs writes attributes as slog's text handler does, groups joined with dots.
func appendAttrs(b *strings.Builder, prefix string, fields []report.Field, depth int) {
	for _, f := range firstN(fields, 40) {
		name, _ := cut(f.Name, 256)
		if len(f.Fields) > 0 {
			if depth < showDepth {
				appendAttrs(b, prefix+name+".", f.Fields, depth+1)
			}
			continue
		}
		value, over := cut(f.Value, 1024)
		if over += max0(f.Trimmed); over > 0 {
			value += trimmedMark(int64(over))
		}
		b.WriteString(" " + prefix + name + "=" + value)
	}
}

func (w *blockWriter) context() {
	c := w.r.Context
	if c.Verdict != "" {
		w.line("", "%s", c.Verdict)
	}
	w.fields("", contextFields(c), 0)
	w.group("Profiler labels", c.Labels)
}

func (w *blockWriter) decision() {
	d := w.r.Decision
	for i, s := range firstN(d.Steps, 60) {
		w.line("", "%d. %s", i+1, s)
	}
	w.fields("", decisionFields(d), 0)
}

func (w *blockWriter) sections(kind string, list []report.Section) {
	for _, s := range firstN(list, 40) {
		w.add(kind, s.Title, "text", func() {
			if s.Error != "" {
				w.line("", "not shown: %s", s.Error)
			}
			w.fields("", s.Fields, 0)
			w.data("", s.Text, 0)
			if s.Error == "" && len(s.Fields) == 0 && s.Text == "" {
				w.line("", "empty")
			}
		})
	}
}

func (w *blockWriter) build() {
	b := w.r.Build
	w.fields("", buildFields(b), 0)
	if b.Note != "" {
		w.line("", "%s", b.Note)
	}
	if !w.d.private {
		w.pair("", "Runtime", joinNonEmpty(" ", w.r.Runtime.Go, joinNonEmpty("/", w.r.Runtime.OS, w.r.Runtime.Arch)))
		return
	}
	w.group("Runtime", runtimeFields(w.r.Runtime))
	w.group("Trace", traceFields(w.r.Trace))
	if w.d.modules {
		w.group("Build settings", b.Settings)
		w.group("Environment", w.r.Env)
	}
}

func (w *blockWriter) modules() {
	for _, m := range firstN(w.r.Build.Modules, 2*showRows) {
		if w.full(40) {
			continue
		}
		w.line("", "%s", joinNonEmpty(" => ", joinNonEmpty(" ", m.Path, m.Version), m.Replace))
	}
	if n := len(w.r.Build.Modules) - 2*showRows + max0(w.r.Build.Omitted); n > 0 {
		w.line("", "… and more")
	}
}
