package pagetest

import (
	"reflect"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// Payloads are texts that some reader would act on: a browser, a terminal, a Markdown renderer, a shell, a template engine.
var Payloads = []string{
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

// validPayloads are the Payloads as a Report holds them: View.Report makes every string valid UTF-8.
func validPayloads() (valid []string) {
	for _, p := range Payloads {
		valid = append(valid, strings.ToValidUTF8(p, "\uFFFD"))
	}
	return valid
}

// Hostile is a Report with texts in every string that it has, links and classes included.
func Hostile(texts ...string) *report.Report {
	r := Panic()
	wrapped, joined, broken, missing := Wrapped(), Join(), Template(), NotFound()
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
	fill(reflect.ValueOf(r).Elem(), next)
	r.Time = sampleTime
	return r
}

// Fill sets every string of r to text.
func Fill(r *report.Report, text string) {
	fill(reflect.ValueOf(r).Elem(), func() string { return text })
}

func fill(v reflect.Value, next func() string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(next())
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem(), next)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i), next)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), next)
		}
	}
}
