package negotiate_test

import (
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/pages/internal/negotiate"
	"github.com/exceptional-go/exceptional/renderer"
)

const (
	html = renderer.FormatHTML
	pjs  = renderer.FormatProblemJSON
	pxml = renderer.FormatProblemXML
	text = renderer.FormatText
	md   = renderer.FormatMarkdown
)

const (
	chrome  = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
	firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8"
)

// read is the format that the lines of an Accept ask for; htmx says that htmx asks.
func read(lines []string, htmx bool) renderer.Format {
	p := negotiate.Accept(lines)
	if htmx {
		return p.ForHTMX
	}
	return p.Format
}

// TestAccept_RFC9110 is section 12.5.1 in cases.
var rfcCases = []struct {
	name   string
	accept []string
	want   renderer.Format
}{
	{"absent", nil, pjs},
	{"empty", []string{""}, pjs},
	{"any", []string{"*/*"}, pjs},
	{"table 5", []string{"text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5"}, text},
	{"the first example", []string{"audio/*; q=0.2, audio/basic"}, pjs},
	{"the second example", []string{"text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c"}, html},
	{"the third example", []string{"text/*, text/plain, text/plain;format=flowed, */*"}, text},
	{"weight decides", []string{"text/html;q=0.5, text/plain;q=0.6"}, text},
	{"weight defaults to 1", []string{"text/html, text/plain;q=0.9"}, html},
	{"upper case Q", []string{"text/html;Q=0.5, text/plain;Q=0.6"}, text},
	{"upper case type", []string{"TEXT/HTML, */*;q=0.1"}, html},
	{"weight before a parameter", []string{"text/html;q=0.1;charset=utf-8, text/plain;q=0.2"}, text},
	{"weight behind a parameter", []string{"text/html;charset=utf-8;q=0.1, text/plain;q=0.2"}, text},
	{"three decimals", []string{"text/html;q=0.501, text/plain;q=0.502"}, text},
	{"weight with a dot alone", []string{"text/html;q=1., text/plain;q=0."}, html},
	{"weight of zero excludes", []string{"text/html;q=0, text/plain;q=0.001"}, text},
	{"zero in three decimals excludes", []string{"text/plain;q=0.000, application/xml;q=0.1"}, pxml},
	{"spaces around the weight", []string{"text/html ; q=0.5 , text/plain ;\tq=0.6"}, text},
	{"out of range is 0", []string{"text/html;q=1.5, text/plain;q=0.1"}, text},
	{"no number is 0", []string{"text/html;q=abc, text/plain;q=0.1"}, text},
	{"a specific range outranks a better wildcard", []string{"*/*, application/json;q=0.1, text/html"}, html},
	{"a specific range outranks its own wildcard", []string{"text/*, text/plain;q=0.1, application/json;q=0.5"}, md},
	{"a type range outranks any", []string{"*/*;q=1, application/*;q=0.1, text/*;q=0.5"}, text},
	{"excluded by name, allowed by wildcard", []string{"application/problem+json;q=0, */*"}, text},
	{"excluded by type, allowed by wildcard", []string{"application/*;q=0, */*"}, text},
	{"parameters are more specific", []string{"text/html;charset=utf-8;q=0.9, text/html;q=0.1, text/plain;q=0.5"}, html},
	{"parameters that are not ours do not match", []string{"text/html;level=1, text/html;q=0.4, text/plain;q=0.5"}, text},
	{"empty elements", []string{",, text/html ,,;q=1,"}, html},
	{"a comma in a quoted string", []string{`application/json;profile="a,text/html", text/plain`}, text},
	{"an escaped quote in a quoted string", []string{`application/json;profile="a\",text/html", text/plain`}, text},
	{"a semicolon in a quoted string", []string{`text/plain;a=";q=0", text/html;q=0.5`}, html},
	{"two lines", []string{"text/plain;q=0.5", "text/html"}, html},
	{"two lines, the first wins", []string{"text/plain", "text/html;q=0.5"}, text},
	{"nothing acceptable", []string{"image/png"}, pjs},
	{"nothing at all acceptable", []string{"*/*;q=0"}, pjs},
	{"vendor type", []string{"application/vnd.api+json"}, pjs},
	{"the only format excluded by name", []string{"application/json;q=0"}, text},
	// ours
	{"problem document by its name", []string{"application/problem+json"}, pjs},
	{"problem document with a charset", []string{"application/problem+json;charset=x"}, pjs},
	{"JSON", []string{"application/json"}, pjs},
	{"XML", []string{"application/xml"}, pxml},
	{"XML as text", []string{"text/xml"}, pxml},
	{"problem XML", []string{"application/problem+xml"}, pxml},
	{"Markdown", []string{"text/markdown"}, md},
	{"Markdown or JSON", []string{"text/markdown, application/json"}, md},
	{"XHTML alone", []string{"application/xhtml+xml"}, html},
	{"HTML never by a type range", []string{"text/*"}, text},
	{"HTML never by any", []string{"image/*, */*"}, pjs},
	{"HTML that is listed with a level", []string{"text/html;level=1"}, html},
	{"JSON that is listed with a version", []string{"application/json;version=2"}, pjs},
	{"an application range", []string{"application/*"}, pjs},
}

func TestAccept_RFC9110(t *testing.T) {
	for _, tt := range rfcCases {
		t.Run(tt.name, func(t *testing.T) {
			if got := read(tt.accept, false); got != tt.want {
				t.Errorf("Accept(%q) = %v, want %v", tt.accept, got, tt.want)
			}
		})
	}
}

func TestAccept_lines(t *testing.T) {
	for _, lines := range [][]string{
		{"text/plain;q=0.4", "text/html;q=0.5"}, {"", "text/html"}, {`a/b;c="`, `text/html", text/plain`}, {"text/html;q=0.1", "", "text/plain"},
	} {
		joined := []string{strings.Join(lines, ", ")}
		if got, want := read(lines, false), read(joined, false); got != want {
			t.Errorf("%q gives %v, joined %v", lines, got, want)
		}
	}
}

// TestAccept_order: the order of elements and white space have no meaning.
func TestAccept_order(t *testing.T) {
	for _, tt := range rfcCases {
		list := strings.Join(tt.accept, ",")
		if strings.Contains(list, `"`) {
			continue
		}
		elements := strings.Split(list, ",")
		for i := range elements {
			rotated := append(append([]string(nil), elements[i:]...), elements[:i]...)
			for _, separator := range []string{",", " , ", ",\t,"} {
				swapped := strings.Join(rotated, separator)
				if got := read([]string{swapped}, false); got != tt.want {
					t.Errorf("%s: %q gives %v, want %v", tt.name, swapped, got, tt.want)
				}
			}
		}
	}
}
