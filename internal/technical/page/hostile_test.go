package page_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/page"
	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// payloads are texts that some reader would obey: a browser, a terminal, a Markdown renderer, a shell, a template engine.
var payloads = []string{
	`<script>window.pwned=1</script>`,
	`"><img src=x onerror=window.pwned=1>`,
	`' onmouseover='window.pwned=1`,
	"</textarea><script>window.pwned=1</script>",
	"</script><script>window.pwned=1</script>",
	"</style><style>*{display:none}</style>",
	"--><script>window.pwned=1</script><!--",
	"{{.}}{{define \"x\"}}",
	"javascript:window.pwned=1",
	"line\u2028separator",
	"a\u202Egnp.exe\u202C",
	"nul\x00byte",
	"invalid \xff\xfe utf-8 \xc3",
	"\x1b[2J\x1b]0;title\x07",
	"```\n# heading\n```\n| a | b |\n![x](http://evil.example/x.png) [l](javascript:alert(1)) @everyone",
	"$(touch pwned) `touch pwned` ; touch pwned # \" ' \\ \r\n! %s %n",
	"\nStack\n-----\n  forged",
	"level=ERROR\nmsg=forged",
	"</iframe><iframe src=javascript:window.pwned=1>",
	"&lt;script&gt; &#60;script&#62; &amp;",
	"\ufeffbom \u200bzero \u2066isolate\u2069",
}

// validPayloads are the payloads as a Report holds them: every string of one is UTF-8, View.Report sees to that.
func validPayloads() (valid []string) {
	for _, p := range payloads {
		valid = append(valid, strings.ToValidUTF8(p, "\uFFFD"))
	}
	return valid
}

// hostile is a Report with texts in every string that it has, links and classes included.
func hostile(texts ...string) *report.Report {
	r := samplePanic()
	wrapped, joined, broken, missing := sampleWrapped(), sampleJoin(), sampleTemplate(), sampleNotFound()
	r.Errors = append(wrapped.Errors, joined.Errors[1:]...)
	r.Stacks = append(r.Stacks, wrapped.Stacks...)
	r.Template = append(broken.Template, broken.Template...)
	r.Routes = missing.Routes
	r.Request.Form = []report.Field{{Name: "f", Value: "v"}, {Name: "g", Value: "w", Masked: true}}
	r.Request.Files = []report.File{{Field: "photo", Name: "x.jpg", Type: "image/jpeg", Size: 17}}
	r.Problems = []string{"x"}
	r.Panels[0].Text = "x"
	r.Context.Labels = []report.Field{{Name: "a", Value: "b"}}
	r.Stacks[0].Shared, r.Stacks[1].Shared, r.Stacks[1].Elided = 3, 2, 1
	n := 0
	next := func() string { n++; return texts[n%len(texts)] }
	poison(reflect.ValueOf(r).Elem(), next)
	r.Time = sampleTime
	return r
}

func poison(v reflect.Value, next func() string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(next())
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), next)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), next)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			poison(v.Field(i), next)
		}
	}
}

func TestHostileStrings(t *testing.T) {
	for _, p := range payloads {
		r := hostile(p)
		html, _ := mustRender(t, page.FormHTML, r)
		markup := string(html)
		for _, bad := range []string{"<script>window", "<img", "</style><style>*", "\x00", "\x1b", "\u202e", "\u2028", "\u2066", `href="javascript:`, `src="javascript:`, "ZgotmplZ"} {
			if strings.Contains(markup, bad) {
				at := strings.Index(markup, bad)
				t.Errorf("payload %q: the page holds %q: …%q…", p, bad, markup[max(0, at-80):min(len(markup), at+80)])
			}
		}
		for _, f := range []page.Form{page.FormText, page.FormMarkdown} {
			body, _ := mustRender(t, f, r)
			for _, bad := range []string{"\x00", "\x1b", "\r", "\u202e", "\u2028", "\u200b"} {
				if strings.Contains(string(body), bad) {
					t.Errorf("payload %q: form %d holds %q", p, f, bad)
				}
			}
		}
	}
}
