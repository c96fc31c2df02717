package pages_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"html/template"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

var formats = []renderer.Format{html, pjs, pxml, text, md}

// render makes one answer and checks what holds for all of them.
func render(t testing.TB, r *pages.Renderer, c pages.Choice, in *pages.Input) pages.Answer {
	t.Helper()
	a := r.Render(c, in)
	if (len(a.Body) == 0) != (a.ContentType == "") {
		t.Errorf("%v: %d bytes of Content-Type %q", c.Format, len(a.Body), a.ContentType)
	}
	if !utf8.Valid(a.Body) {
		t.Errorf("%v: the body is not UTF-8: %q", c.Format, a.Body)
	}
	return a
}

func body(r *pages.Renderer, c pages.Choice, status int) string {
	a := r.Render(c, &pages.Input{Status: status})
	return string(a.Body)
}

func TestRender_everyStatusInEveryForm(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	types := map[renderer.Format]string{
		html: "text/html; charset=utf-8", pjs: "application/problem+json", pxml: "application/problem+xml",
		text: "text/plain; charset=utf-8", md: "text/markdown; charset=utf-8",
	}
	for status := 300; status < 600; status++ {
		for _, f := range formats {
			for _, fragment := range []bool{false, true} {
				a := render(t, r, pages.Choice{Format: f, Fragment: fragment, Language: "en"}, &pages.Input{Status: status})
				if a.Err != nil || len(a.Body) == 0 || a.ContentType != types[f] || a.ContentLanguage != "en" || a.Step != pages.StepBuiltin {
					t.Fatalf("%d in %v: %q, %q, %q, step %v, %v", status, f, a.Body, a.ContentType, a.ContentLanguage, a.Step, a.Err)
				}
				if f != html && !strings.Contains(string(a.Body), strconv.Itoa(status)) {
					t.Errorf("%d in %v: the body does not say it: %q", status, f, a.Body)
				}
			}
		}
	}
}

func TestRender_statusOutOfRange(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	for _, status := range []int{0, -1, 42, 99, 100, 150, 199, 200, 204, 299, 600, 999, 1 << 40, -1 << 60} {
		a := render(t, r, pages.Choice{Format: pjs}, &pages.Input{Status: status})
		if !strings.Contains(string(a.Body), `"status":500`) {
			t.Errorf("%d: %s", status, a.Body)
		}
	}
}

func TestRender_noBody(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	for _, f := range []renderer.Format{renderer.FormatNone, 77} {
		if a := render(t, r, pages.Choice{Format: f}, &pages.Input{Status: 304}); a.Body != nil || a.ContentLanguage != "" {
			t.Errorf("format %d: %+v", f, a)
		}
	}
	if a := r.Render(pages.Choice{Format: pjs}, nil); !strings.Contains(string(a.Body), "500") {
		t.Errorf("no input: %s", a.Body)
	}
}

// full is an error that has everything.
func full() *pages.Input {
	return &pages.Input{
		Error: httperrors.New(422, "The order cannot be changed.").
			WithDetail("It was sent\non Monday.").
			WithCause(errors.New("pq: secret table")).
			WithType("https://example.org/errors/sent", "Order sent").
			WithCode("order-sent").
			WithRetryAfter(90*time.Second).
			WithExtension("balance", 30).
			WithExtension("accounts", []string{"/a/1", "/a/2"}).
			WithErrors(httperrors.FieldError{Detail: "must not be empty", Pointer: "/items/0/name", Code: "required"},
				httperrors.FieldError{Detail: "is unknown", Parameter: "sort"}),
		Reference: "7K3F-9Q2M-4T", Instance: "urn:uuid:1", RequestID: "req-1", TraceID: "4bf92f", Method: "POST", Path: "/orders/1",
	}
}

func TestDocument_JSON(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	a := render(t, r, pages.Choice{Format: pjs, Language: "en"}, full())
	var got map[string]any
	if err := json.Unmarshal(a.Body, &got); err != nil {
		t.Fatalf("%s: %v", a.Body, err)
	}
	want := map[string]any{
		"type": "https://example.org/errors/sent", "title": "Order sent", "status": 422.0, "detail": "It was sent\non Monday.",
		"instance": "urn:uuid:1", "message": "The order cannot be changed.", "code": "order-sent", "reference": "7K3F-9Q2M-4T",
		"request_id": "req-1", "trace_id": "4bf92f", "retryable": true, "retry_after": 90.0, "balance": 30.0,
		"accounts": []any{"/a/1", "/a/2"},
		"errors": []any{map[string]any{"detail": "must not be empty", "pointer": "/items/0/name", "code": "required"},
			map[string]any{"detail": "is unknown", "parameter": "sort"}},
	}
	g, _ := json.Marshal(got)
	w, _ := json.Marshal(want)
	if string(g) != string(w) {
		t.Errorf("got  %s\nwant %s", g, w)
	}
	if strings.Contains(string(a.Body), "secret") {
		t.Errorf("the cause is in %s", a.Body)
	}
}

func TestDocument_messageIsTheDetail(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	for _, tt := range []struct {
		name string
		err  *httperrors.Error
		want string
	}{
		{"none", nil, `{"title":"Not Found","status":404}`},
		{"without a message", httperrors.New(404, ""), `{"title":"Not Found","status":404}`},
		{"a message", httperrors.New(404, "No such order."), `{"title":"Not Found","status":404,"detail":"No such order."}`},
		{"the phrase", httperrors.New(404, "Not Found"), `{"title":"Not Found","status":404}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := &pages.Input{Error: tt.err, Status: 404}
			for range 3 {
				a := render(t, r, pages.Choice{Format: pjs, Language: "en"}, in)
				if got := strings.TrimSpace(string(a.Body)); got != tt.want {
					t.Errorf("%s, want %s", got, tt.want)
				}
			}
		})
	}
}

func TestDocument_XML(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	in := full()
	in.Error = in.Error.WithDetail("a\x0b\ufffe<b>\x00 & \xff").WithExtension("nested", map[string]any{"x": []int{1, 2}, "!": "<"})
	a := render(t, r, pages.Choice{Format: pxml, Language: "en"}, in)
	if !strings.Contains(string(a.Body), `<problem xmlns="urn:ietf:rfc:7807">`) || !strings.Contains(string(a.Body), "<i>/a/1</i><i>/a/2</i>") {
		t.Errorf("%s", a.Body)
	}
	wellFormed(t, a.Body)
}

func wellFormed(t testing.TB, b []byte) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(b)))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("not well-formed: %v in %s", err, b)
		}
	}
}

func TestText(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	a := render(t, r, pages.Choice{Format: text, Language: "en"}, full())
	for _, want := range []string{"Order sent (422)\n", "\nThe order cannot be changed.\n", "\nIt was sent\non Monday.\n", "\n- /items/0/name: must not be empty\n- sort: is unknown\n", "90 s\n", ": 7K3F-9Q2M-4T\n"} {
		if !strings.Contains(string(a.Body), want) {
			t.Errorf("no %q in\n%s", want, a.Body)
		}
	}
}

func TestMarkdown(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	a := render(t, r, pages.Choice{Format: md, Language: "en"}, full())
	front, rest, ok := strings.Cut(strings.TrimPrefix(string(a.Body), "---\n"), "\n---\n")
	if !ok || !strings.HasPrefix(rest, "\n# Order sent\n") {
		t.Fatalf("no front matter in\n%s", a.Body)
	}
	got := map[string]string{}
	for line := range strings.Lines(front) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		got[name] = value
		if !json.Valid([]byte(value)) {
			t.Errorf("%s: %s is no JSON, so it may be no YAML", name, value)
		}
	}
	for name, want := range map[string]string{"type": `"https://example.org/errors/sent"`, "title": `"Order sent"`, "status": "422",
		"detail": `"It was sent\non Monday."`, "code": `"order-sent"`, "retryable": "true", "retry_after": "90", "balance": "30", "reference": `"7K3F-9Q2M-4T"`} {
		if got[name] != want {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
	for _, want := range []string{"\nThe order cannot be changed.\n", "- /items/0/name: must not be empty\n", "7K3F-9Q2M-4T"} {
		if !strings.Contains(rest, want) {
			t.Errorf("no %q in\n%s", want, rest)
		}
	}
}

func TestMarkdown_escapes(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	a := render(t, r, pages.Choice{Format: md, Language: "en"}, &pages.Input{Error: httperrors.New(400, "# Hi <img> [x](javascript:1) `a` *b* http://evil.example 1. no\n---\n- x").WithDetail("1. a\n# b\n> c\n- d")})
	_, rest, _ := strings.Cut(strings.TrimPrefix(string(a.Body), "---\n"), "\n---\n")
	for _, bad := range []string{"\n# Hi", "<img>", "[x](", "`a`", " *b*", "http://", "\n# b", "\n> c", "\n- d", "\n1. a", "\n---"} {
		if strings.Contains(rest, bad) {
			t.Errorf("%q is in\n%s", bad, rest)
		}
	}
}

func TestRender_contentLanguage(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	for _, f := range formats {
		for choice, want := range map[string]string{"": "en", "EN": "en", "../../etc/passwd": "en", "xx": "en"} {
			if a := render(t, r, pages.Choice{Format: f, Language: choice}, &pages.Input{Status: 404}); a.ContentLanguage != want {
				t.Errorf("%v in %q: Content-Language %q, want %q", f, choice, a.ContentLanguage, want)
			}
		}
	}
}

// TestDataInPages puts what breaks pages into every text and every form.
func TestDataInPages(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	for _, bad := range []string{
		"</script><script>alert(1)</script>", "--></title>", "{{.Err}}", "javascript:alert(1)", "\u202eRTL\u202c \u2066x", "z\u0300\u0301" + strings.Repeat("\u0302", 500),
		"a\r\nSet-Cookie: x=y\r\n\r\n<html>", "\x1b[31mred\x1b[0m", "nul\x00", "\xff\xfe\xfd", "\ufffe\uffff\ufdd0", "👩\u200d👩\u200d👧 می\u200cخواهم", "\u2028\u2029\u0085",
		strings.Repeat("x", 10<<20), strings.Repeat("\u202e", 1<<20), strings.Repeat("é", 1<<20), `"><img src=x onerror=alert(1)>`, "]]>", "&amp;&#0;", "",
	} {
		in := &pages.Input{
			Error: httperrors.New(400, bad).WithDetail(bad).WithType("", bad).WithExtension("bad", bad).
				WithErrors(httperrors.FieldError{Detail: bad, Pointer: bad, Parameter: bad, Header: bad, Code: bad}),
			Reference: bad, Instance: bad, RequestID: bad, TraceID: bad, Method: bad, Path: bad,
		}
		for _, f := range formats {
			a := render(t, r, pages.Choice{Format: f, Language: "en"}, in)
			if a.Err != nil || a.Step != pages.StepBuiltin {
				t.Errorf("%.20q in %v: step %v, %v", bad, f, a.Step, a.Err)
			}
			if len(a.Body) > 256<<10 {
				t.Errorf("%.20q in %v: %d bytes", bad, f, len(a.Body))
			}
			s := string(a.Body)
			if f == md {
				s = strings.ReplaceAll(s, `\<`, "") // escaped
			}
			for _, evil := range []string{"<script>alert", "<img src", "\u202e", "\u2066", "\x00", "\x1b", "\r", "\ufffe"} {
				if strings.Contains(s, evil) && !(f == text && strings.HasPrefix(evil, "<")) {
					t.Errorf("%.20q in %v: %q got through", bad, f, evil)
				}
			}
			switch f {
			case pjs:
				if !json.Valid(a.Body) {
					t.Errorf("%.20q: no JSON: %.200s", bad, s)
				}
			case pxml:
				wellFormed(t, a.Body)
			case html:
				if n := strings.Count(s, "</title>"); n != 1 {
					t.Errorf("%.20q: %d titles end", bad, n)
				}
			}
		}
	}
}

// panicky is a value that no encoder survives on its own.
type panicky struct{}

func (panicky) MarshalJSON() ([]byte, error) { panic("MarshalJSON") }
func (panicky) String() string               { panic("String") }

func TestExtensions_unsafe(t *testing.T) {
	cycle := map[string]any{}
	cycle["self"] = cycle
	deep := any("end")
	for range 100000 {
		deep = []any{deep}
	}
	e := httperrors.New(400, "x")
	for i, v := range []any{func() {}, make(chan int), complex(1, 2), cycle, deep, panicky{}, map[any]any{1: 2}, json.Number("1e400"), json.RawMessage("{"), json.RawMessage(`{"a":1,"a":2}`)} {
		e = e.WithExtension("bad"+strconv.Itoa(i), v)
	}
	e = e.WithExtension("status", 200).WithExtension("a-b", 1).WithExtension("xml", 1).WithExtension("", 1).WithExtension("__proto__", 1).WithExtension("good", 1<<53).
		WithExtension("markup", template.HTML("<b>bold</b>"))
	r := newRenderer(t, renderer.Options{Templates: pagesOf("400.html", `{{range $k, $v := .Extensions}}{{$k}}={{$v}};{{end}}{{.Extensions.good}}{{.Extensions.missing}}`)})
	for _, f := range formats {
		a := render(t, r, pages.Choice{Format: f, Language: "en"}, &pages.Input{Error: e})
		if a.Err != nil || f != text && !strings.Contains(string(a.Body), "9007199254740992") {
			t.Errorf("%v: %.300s, %v", f, a.Body, a.Err)
		}
		if f == html && (a.Step != pages.StepCustom || strings.Contains(string(a.Body), "<b>")) {
			t.Errorf("%v: step %v, %s", f, a.Step, a.Body)
		}
		if f == pjs && (!json.Valid(a.Body) || !strings.Contains(string(a.Body), `"status":400`)) {
			t.Errorf("%s", a.Body)
		}
	}
}

func TestRedirect(t *testing.T) {
	r := newRenderer(t, renderer.Options{})
	a := render(t, r, pages.Choice{Format: html, Language: "en"}, &pages.Input{Error: httperrors.Redirect(http.StatusSeeOther, "/orders?a=1&b=2")})
	if !strings.Contains(string(a.Body), `href="/orders?a=1&amp;b=2"`) {
		t.Errorf("no link in %s", a.Body)
	}
}

// TestPage_own: a page has nothing of the one before it.
func TestPage_own(t *testing.T) {
	r := newRenderer(t, renderer.Options{Templates: pagesOf("default.html", "{{.}}")})
	c := pages.Choice{Format: html, Language: "en"}
	empty := &pages.Input{Status: 404}
	want := body(r, c, 404)
	for range 10 {
		in := full()
		in.Path = "/orders/4711"
		a := render(t, r, pages.Choice{Format: html, Language: "en", Frame: "frame-id"}, in)
		if !strings.Contains(string(a.Body), "4711") || !strings.Contains(string(a.Body), "frame-id") {
			t.Fatalf("%s", a.Body)
		}

		b := render(t, r, c, empty)
		got := regexp.MustCompile(`0x[0-9a-f]+`).ReplaceAllString(string(b.Body), "")
		if got != regexp.MustCompile(`0x[0-9a-f]+`).ReplaceAllString(want, "") {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}

// TestAnswer_own: each answer is for its own message, language, status and form.
func TestAnswer_own(t *testing.T) {
	r := newRenderer(t, renderer.Options{Templates: pagesOf("4xx.html", "{{.Code}} {{.Message}} {{.Language}}{{with .Reference}} {{.}}{{end}}")})
	var seen []string
	for range 4 {
		for _, status := range []int{404, 410} {
			for _, message := range []string{"one", "two"} {
				for _, reference := range []string{"", "R1", "R2"} {
					in := &pages.Input{Error: httperrors.New(status, message), Reference: reference}
					want := strings.TrimSpace(strconv.Itoa(status) + " " + message + " en " + reference)
					a := render(t, r, pages.Choice{Format: html, Language: "en"}, in)
					if got := string(a.Body); got != want {
						t.Errorf("%q, want %q", got, want)
					}
					seen = append(seen, want)
				}
			}
		}
	}
	if len(slices.Compact(seen)) != len(seen) {
		t.Error("the test compares nothing")
	}
}

func FuzzPage(f *testing.F) {
	f.Add("No such order.", "detail", "ref", "/path", "name", "value", 404)
	f.Add("</script>", "\u202e", "\x00", "\xff", "a-b", "]]>", 503)
	r := newRenderer(f, renderer.Options{Templates: pagesOf("5xx.html", "<p title='{{.Detail}}' id={{.Reference}}>{{.Message}} {{range $k, $v := .Extensions}}{{$k}} {{$v}}{{end}} <a href='{{.Path}}'>")})
	f.Fuzz(func(t *testing.T, message, detail, reference, path, name, value string, status int) {
		in := &pages.Input{Error: httperrors.New(status, message).WithDetail(detail).WithExtension(name, value).
			WithErrors(httperrors.FieldError{Detail: value, Pointer: name}), Reference: reference, Path: path, RequestID: name}
		for _, format := range formats {
			for _, fragment := range []bool{false, true} {
				a := render(t, r, pages.Choice{Format: format, Fragment: fragment, Language: reference}, in)
				if a.Err != nil || a.Step > pages.StepBuiltin {
					t.Errorf("%v: step %v, %v", format, a.Step, a.Err)
				}
				switch format {
				case pjs:
					if !json.Valid(a.Body) {
						t.Errorf("no JSON: %q", a.Body)
					}
				case pxml:
					wellFormed(t, a.Body)
				case text, md:
					if strings.ContainsFunc(string(a.Body), func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f || r == 0x202e }) {
						t.Errorf("%v: control characters in %q", format, a.Body)
					}
				}
			}
		}
	})
}
