package page

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// A page is a Report made ready for the template: every string visible and cut to the budget, every index checked, every
// number written out. It is made from the Report alone, so it is the same for a live one and a decoded one.
type page struct {
	Title     string // of the document
	Status    string
	Phrase    string
	Kind      string
	Type      string
	Reference string
	Time      string
	Machine   string // the time, for <time datetime>
	Line      string
	Message   clip
	Chain     []pageCrumb
	Where     string
	Culprit   *pageFrame
	Template  *pageTemplate // instead of the culprit, where a template failed
	Hints     []pageHint
	Notes     []string
	Quick     string // id of the text that the copy button takes

	sections []pageSection
}

// A pageSection is one part of the column. data is what the template of that name is given.
type pageSection struct {
	ID, Title, template string
	data                any
}

type pageCrumb struct{ Text, Href string }

type pageHint struct{ Title, Text, Link string }

type pageField struct {
	Name, Type string
	Value      clip
	Masked     bool
	Link       string
	Fields     []pageField
	More       string
}

// A pageList is a titled list of fields, a text, or the reason why there is none.
type pageList struct {
	Title  string
	Note   string
	Fields []pageField
	More   string
	Text   clip
	Error  string
}

type pageCopy struct {
	ID, Title string
	Note      string
	Text      string
	Rows      int
}

// newPage builds the model, what matters most first.
func newPage(r *report.Report) *page {
	b := &budget{left: MaxPage - showCopies - 70_000} // assets, and the markup around it all
	s := &r.Summary
	p := &page{
		Phrase:    b.short(s.Phrase),
		Kind:      b.short(s.Kind),
		Type:      b.short(s.Type),
		Reference: b.short(r.Reference),
		Line:      b.short(s.Line),
		Message:   b.text(s.Text, showMessage, 0),
		Where:     b.short(s.Where),
	}
	if s.Status > 0 {
		p.Status = strconv.Itoa(s.Status)
	}
	p.Time, p.Machine = timeText(r.Time)
	title, _ := cut(s.Text, 120)
	line, _ := cut(p.Line, 120)
	p.Title = joinNonEmpty(" · ", p.Status, oneLine(title), line, p.Reference)
	for _, i := range s.Chain {
		if len(p.Chain) < 24 && i >= 0 && i < min(len(r.Errors), showNodes) {
			p.Chain = append(p.Chain, pageCrumb{b.short(r.Errors[i].Type), nodeHref(i)})
		}
	}
	if r.Version != report.Version && r.Version != 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("This report has schema %d, the page knows %d: parts may be missing.", r.Version, report.Version))
	}
	for _, text := range firstN(r.Problems, 20) {
		p.Notes = append(p.Notes, b.short(text))
	}

	m := &modeller{r: r, b: b, windows: showWindows}
	if len(r.Template) > 0 {
		p.Template = m.template(0)
	} else {
		p.Culprit = m.culprit()
	}
	p.Hints = m.hints()
	addList(p, "errors", "Errors", m.tree())
	addList(p, "stack", "Stack", m.stacks())
	addList(p, "templates", "Templates", m.templates())
	addOne(p, "request", "Request", m.request())
	addList(p, "user", "User", m.user())
	addOne(p, "logs", "Log", m.trail())
	addList(p, "context", "Context", m.context())
	addOne(p, "decision", "Decision", m.decision())
	addList(p, "panels", "Panels", m.sections(r.Panels))
	addList(p, "watches", "Watches", m.sections(r.Watches))
	addList(p, "build", "Build & runtime", m.build())
	addOne(p, "modules", "Modules", m.modules())
	copies := copiesOf(r)
	addList(p, "take", "Take it along", copies)
	for _, c := range copies {
		if c.ID == copyMarkdown {
			p.Quick = c.ID
		}
	}
	return p
}

// addList appends a section that is a list, unless there is nothing in it.
func addList[T any](p *page, id, title string, list []T) {
	if len(list) > 0 {
		p.sections = append(p.sections, pageSection{id, title, id, list})
	}
}

// addOne appends a section that is one thing, unless there is none.
func addOne[T any](p *page, id, title string, one *T) {
	if one != nil {
		p.sections = append(p.sections, pageSection{id, title, id, one})
	}
}

// A modeller holds what the parts of the model share.
type modeller struct {
	r       *report.Report
	b       *budget
	windows int // source windows that may still be shown
}

func (m *modeller) hints() (out []pageHint) {
	for _, h := range firstN(m.r.Hints, 10) {
		out = append(out, pageHint{m.b.short(h.Title), m.b.text(h.Text, showValue, 0).Text, safeLink(h.Link)})
	}
	return out
}

// fields copies a list of fields as far as there is room, and says what is missing.
func (m *modeller) fields(list []report.Field, depth int) (out []pageField, more string) {
	for i, f := range list {
		if i == showRows || !m.b.take(60) {
			return out, fmt.Sprintf("%d more left out", len(list)-i)
		}
		p := pageField{Name: m.b.short(f.Name), Type: m.b.short(f.Type), Masked: f.Masked}
		switch {
		case len(f.Fields) == 0:
			p.Value = m.b.text(f.Value, showValue, f.Trimmed)
		case depth >= showDepth:
			p.Value = clip{Text: "…"}
		default:
			p.Fields, p.More = m.fields(f.Fields, depth+1)
		}
		out = append(out, p)
	}
	return out, ""
}

// list makes a list of fields; without fields it adds nothing.
func (m *modeller) list(to []pageList, title string, fields []report.Field) []pageList {
	if len(fields) == 0 {
		return to
	}
	l := pageList{Title: title}
	l.Fields, l.More = m.fields(fields, 0)
	return append(to, l)
}

func (m *modeller) sections(list []report.Section) (out []pageList) {
	for _, s := range firstN(list, 40) {
		l := pageList{Title: m.b.short(s.Title), Error: m.b.short(s.Error), Text: m.b.text(s.Text, showValue, 0)}
		l.Fields, l.More = m.fields(s.Fields, 0)
		out = append(out, l)
	}
	return out
}

func (m *modeller) user() (out []pageList) {
	if m.r.User == "" {
		return nil
	}
	return m.list(nil, "", []report.Field{{Name: "ID", Value: m.r.User}})
}

// safeLink lets only an https address through, whatever a stored Report says.
func safeLink(s string) string {
	if len(s) > 2048 || obeyed(s) {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}

func timeText(t time.Time) (text, machine string) {
	if t.IsZero() {
		return "", ""
	}
	t = t.UTC()
	return t.Format("2006-01-02 15:04:05.000 UTC"), t.Format(time.RFC3339Nano)
}

// durationText keeps three digits: nobody reads nanoseconds of a request that took seconds.
func durationText(d time.Duration) string {
	unit := time.Duration(1)
	for a := d.Abs(); a >= 1000*unit && unit < time.Second; unit *= 10 {
	}
	return d.Round(unit).String()
}

func joinNonEmpty(separator string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, separator)
}

func firstN[T any](list []T, n int) []T { return list[:min(len(list), n)] }
