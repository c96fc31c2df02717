package page

import (
	"cmp"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// A page is a Report ready to be read. Its methods work out what neither the template nor the text formats can take from the
// Report as it is; the template calls the exported ones.
type page struct {
	*report.Report // the visible copy, see [makeVisible]

	// original is the Report as it was given, for the two uses that need the exact bytes: the preview of the public answer, whose
	// style sheets are hashed, and the request as a command, which quotes invisible characters in its own way.
	original *report.Report
}

func newPage(r *report.Report) *page {
	visible := *r
	makeVisible(reflect.ValueOf(&visible).Elem())
	return &page{Report: &visible, original: r}
}

// makeVisible replaces, in every string of v, the characters that a reader cannot see but a terminal, a browser or a language
// model acts on, and empties each Link that [safeLink] refuses. It uses reflection to reach every string, so that no template
// and no text format can forget one. v can be set; memory that v shares with the original Report is copied, not changed.
func makeVisible(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text.ShowInvisible(v.String()))
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		clone := reflect.New(v.Type().Elem())
		clone.Elem().Set(v.Elem())
		makeVisible(clone.Elem())
		v.Set(clone)
	case reflect.Slice:
		clone := reflect.AppendSlice(reflect.Zero(v.Type()), v) // a nil slice stays nil
		for i := range clone.Len() {
			makeVisible(clone.Index(i))
		}
		v.Set(clone)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return // its fields are not exported, so they cannot be set
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "Link" {
				v.Field(i).SetString(safeLink(v.Field(i).String()))
			} else {
				makeVisible(v.Field(i))
			}
		}
	}
}

// safeLink returns s if it is an https address that may become a link, or "". A Report holds such addresses only, but the page
// does not rely on that: "javascript:" in a link would run with the rights of the application's origin.
func safeLink(s string) string {
	if len(s) > 2048 || text.HasInvisible(s) {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}

// Title is the title of the HTML document. The page's place among the tabs shows its beginning only.
func (p *page) Title() string {
	return joinNonEmpty(" · ", p.status(), text.ShowLine(text.Cut(p.Summary.Text, 120)), text.Cut(p.Summary.Line, 120), p.Reference)
}

// headline is the first line of the text formats. It tells failures apart in a list of messages.
func (p *page) headline() string {
	short := func(s string, limit int) string {
		head := text.Cut(s, limit)
		if len(head) < len(s) {
			head += "…"
		}
		return text.ShowLine(head)
	}
	s := p.Summary
	line := joinNonEmpty(" · ", joinNonEmpty(" ", p.status(), short(s.Phrase, 60)), short(s.Kind, 20), short(p.Reference, 60), short(s.Text, 160))
	return cmp.Or(strings.TrimSpace(line), "Report")
}

// status is the status that the public got, as text.
func (p *page) status() string { return numberText(p.Summary.Status) }

// ChainStart returns the indices of the outermost errors, as many as have room above the fold.
func (p *page) ChainStart() []int { return p.Summary.Chain[:min(len(p.Summary.Chain), 24)] }
