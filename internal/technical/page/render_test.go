package page_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/exceptional-go/exceptional/internal/technical/page"
	"github.com/exceptional-go/exceptional/internal/technical/page/pagetest"
	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// What a reader needs first stands in the first bytes, unbroken: a text search finds it.
func TestAboveTheFold(t *testing.T) {
	html, _ := mustRender(t, page.FormatHTML, pagetest.Wrapped())
	markup := string(html)
	head, _, ok := strings.Cut(markup[strings.Index(markup, "<body>"):], "<nav")
	if !ok {
		t.Fatal("no navigation")
	}
	for _, want := range []string{
		`duplicate key value violates unique constraint &#34;items_pkey&#34; (SQLSTATE 23505)`,
		"*pgconn.PgError", "<b>500</b> Internal Server Error", "POST /orders/17/items", "7K3F-9Q2M-4T",
		"internal/orders/store.go:131", `<mark data-n="131">`,
	} {
		if !strings.Contains(head, want) {
			t.Errorf("above the fold there is no %q", want)
		}
	}
	for _, want := range []string{"internal/orders/handler.go:93", "middleware/request_id.go:69", "net/http/server.go:2109"} {
		if !strings.Contains(markup, want) {
			t.Errorf("the page does not hold %q in one piece", want)
		}
	}
}

// The order of the calls is kept: what is not the application's is folded where it stands.
func TestFramesKeepTheirOrder(t *testing.T) {
	html, _ := mustRender(t, page.FormatHTML, pagetest.Wrapped())
	markup := string(html)
	markup = markup[strings.Index(markup, `id="stack"`):]
	at := 0
	for _, want := range []string{"1 frame · github.com/jackc/pgx/v5", "conn.go:455", "<details open><summary>", "store.go:131", "handler.go:93", "2 frames · github.com/labstack/echo/v4", "request_id.go:69", "session.go:31", "3 frames · github.com/labstack/echo/v4, net/http"} {
		i := strings.Index(markup[at:], want)
		if i < 0 {
			t.Fatalf("%q is missing, or stands before what calls it", want)
		}
		at += i
	}
}

func TestPolicy(t *testing.T) {
	r := pagetest.Panic()
	html, csp := mustRender(t, page.FormatHTML, r)
	hash := func(open, end string) string {
		_, s, _ := strings.Cut(string(html), open)
		s, _, _ = strings.Cut(s, end)
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	style, script := hash("<style>", "</style>"), hash("<script>", "</script>")
	_, preview, _ := strings.Cut(r.Decision.Body, "<style>")
	preview, _, _ = strings.Cut(preview, "</style>")
	sum := sha256.Sum256([]byte(preview))
	want := "default-src 'none'; style-src " + style + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; script-src " + script +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	if csp != want {
		t.Errorf("policy = %q, want %q", csp, want)
	}
	for _, f := range forms[1:] {
		if _, csp := mustRender(t, f.form, r); !strings.HasPrefix(csp, "default-src 'none'; ") || !strings.HasSuffix(csp, "sandbox") {
			t.Errorf("%s: policy = %q", f.name, csp)
		}
	}
}

// Nothing on the page but the two hashed elements may need a policy: no handler, no style attribute, nothing from elsewhere.
func TestPageAsksForNothing(t *testing.T) {
	for name, r := range pagetest.All() {
		html, _ := mustRender(t, page.FormatHTML, r)
		markup := string(html)
		if i := strings.Index(markup, "srcdoc="); i >= 0 { // the public's page is data here
			markup = markup[:i] + markup[i+strings.Index(markup[i:], "</iframe>"):]
		}
		for _, bad := range []string{` on\w+="`, ` style="`, `<link`, `<img`, ` src="`, `<base`, `<form`, `<object`, `<embed`, `http-equiv`, `href="http:`, `@import`, `url\(`} {
			if m := regexp.MustCompile(bad).FindString(markup); m != "" {
				t.Errorf("%s: the page holds %q", name, m)
			}
		}
		if strings.Count(markup, "<style>") != 1 || strings.Count(markup, "<script>") != 1 {
			t.Errorf("%s: not one style and one script element", name)
		}
	}
}

func TestAssetSizes(t *testing.T) {
	for file, ceiling := range map[string]int{"assets/page.js": 12_000, "assets/page.css": 16_000} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > ceiling {
			t.Errorf("%s has %d bytes, at most %d are allowed", file, len(text), ceiling)
		}
		if strings.Contains(strings.ToLower(string(text)), "</s") {
			t.Errorf("%s could end its own element", file)
		}
	}
	js, _ := os.ReadFile("assets/page.js")
	for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(", "fetch(", "XMLHttp", "sendBeacon", "WebSocket", "import("} {
		if strings.Contains(string(js), bad) {
			t.Errorf("page.js uses %s", bad)
		}
	}
}

func TestPageSizes(t *testing.T) {
	for name, r := range pagetest.All() {
		if html, _ := mustRender(t, page.FormatHTML, r); name != "hostile" && len(html) > 120_000 {
			t.Errorf("%s: a typical page has %d bytes, at most 120 kB are allowed", name, len(html))
		}
	}
}

// A Report is bounded, but markup and escaping multiply it. Whatever has no room is left out, the largest sections first, and
// each form says so.
func TestLargeReports(t *testing.T) {
	for name, text := range map[string]string{
		"quotes": strings.Repeat(`"<'&+>`, 600), "lines": strings.Repeat("a\n", 2000), "backticks": strings.Repeat("`", 4000),
	} {
		r := pagetest.Wrapped()
		for i := range 100 {
			r.Errors = append(r.Errors, report.ErrorNode{Parent: i, Via: "unwrap", Type: "*x.Error", Text: text, Added: text, Stack: -1})
			r.Trail.Entries = append(r.Trail.Entries, report.Entry{Kind: "log", Text: text})
		}
		for _, f := range forms[:3] {
			body, _ := mustRender(t, f.form, r)
			if len(body) > page.MaxPage {
				t.Errorf("%s.%s has %d bytes, at most %d are allowed", name, f.name, len(body), page.MaxPage)
			}
			if !strings.Contains(string(body), "trimmed ") {
				t.Errorf("%s.%s: nothing says what is missing", name, f.name)
			}
		}
		html, _ := mustRender(t, page.FormatHTML, r)
		markup := string(html)
		if !strings.HasSuffix(markup, "</body>\n</html>\n") || strings.Count(markup, "<section") != strings.Count(markup, "</section>") {
			t.Errorf("%s: the page is not whole", name)
		}
		for _, want := range []string{"This section is left out, because the page would become too large", "store.go:131", `<section id="take"`} {
			if !strings.Contains(markup, want) {
				t.Errorf("%s: the page does not hold %q", name, want)
			}
		}
	}
}

var sectionNames = []string{"errors", "stack", "request", "user", "logs", "context", "decision", "panels", "watches", "build", "modules", "take"}

// A section that fails leaves the others as they are.
func TestSectionFails(t *testing.T) {
	for _, name := range sectionNames {
		body, csp, err := page.RenderWith(`{{define "`+name+`"}}half of it {{.NoSuchField}}{{end}}`, pagetest.Panic())
		markup := string(body)
		if err == nil || !strings.Contains(err.Error(), "section "+name) {
			t.Errorf("%s: the error does not say so: %v", name, err)
		}
		if !strings.Contains(markup, "This section failed: debugview: section "+name) || strings.Contains(markup, "half of it") {
			t.Errorf("%s: the page does not say so", name)
		}
		for _, other := range sectionNames {
			if !strings.Contains(markup, `<section id="`+other+`"`) {
				t.Errorf("%s took %s along", name, other)
			}
		}
		if !strings.Contains(csp, "script-src 'sha256-") || !strings.HasSuffix(markup, "</html>\n") {
			t.Errorf("%s: not the full page", name)
		}
	}
}

// The page that replaces a failed one shows the error that it was made for, and its own.
func TestMinimalPage(t *testing.T) {
	for _, tt := range []struct {
		name, override, own string
	}{
		{"the head fails", `{{define "head"}}{{.NoSuchField}}{{end}}`, "NoSuchField"},
		{"the tail fails", `{{define "tail"}}{{.NoSuchField}}{{end}}`, "NoSuchField"},
		{"the remark on a failed section fails", `{{define "stack"}}{{.NoSuchField}}{{end}}{{define "failed"}}NoSuchField {{index .Title 9999}}{{end}}`, "index out of range: 9999"},
		{"the template does not parse", `{{`, "unclosed action"},
		{"the failure's text is hostile", "{{define \"head\"}}{{index \"no <template> at \x1b[1mhand\" 9999}}{{end}}", "no &lt;template&gt; at ␛[1mhand"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body, csp, err := page.RenderWith(tt.override, pagetest.Hostile(`<script>"boom"</script>`))
			if err == nil {
				t.Error("the caller gets no error")
			}
			markup := string(body)
			if !strings.Contains(markup, "&lt;script&gt;&#34;boom&#34;") || strings.Contains(markup, "<script>") || strings.Contains(markup, "\x1b") {
				t.Errorf("not the error, escaped:\n%.500s", markup)
			}
			if !strings.Contains(markup, tt.own) {
				t.Errorf("the page does not hold its own failure %q", tt.own)
			}
			if csp != "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" {
				t.Errorf("policy = %q", csp)
			}
			if len(markup) > page.MaxPage {
				t.Errorf("%d bytes", len(markup))
			}
		})
	}
}

func TestRenderNothing(t *testing.T) {
	for _, f := range forms {
		if body, _, _, err := page.Render(f.form, nil); body != nil || err == nil {
			t.Errorf("Render(%s, nil) = %q, %v; want an error alone", f.name, body, err)
		}
	}
	if body, _, _, err := page.Render(99, pagetest.Panic()); body != nil || err == nil {
		t.Errorf("Render(99) = %q, %v; want an error alone", body, err)
	}
}

// A Report is read by several at once, and Render writes to none of it.
func TestRenderConcurrently(t *testing.T) {
	r := pagetest.Panic()
	before, _ := json.Marshal(r)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 4 {
				if _, _, _, err := page.Render(forms[i%4].form, r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if after, _ := json.Marshal(r); string(before) != string(after) {
		t.Error("Render changed the Report")
	}
}

// Where the source is not that of the running build, the reason stands in its place.
func TestSourceThatDiffers(t *testing.T) {
	r := pagetest.Panic()
	s := r.Stacks[0].Frames[0].Source
	s.Fresh, s.Note, s.Lines = report.FreshDiffers, "source differs from the running build", nil
	for _, f := range forms[:3] {
		body, _ := mustRender(t, f.form, r)
		if !strings.Contains(string(body), "source differs from the running build") {
			t.Errorf("%s does not say why there is no source", f.name)
		}
	}
}

// A public page that is too large, cut or no HTML is not given to the sandbox.
func TestPreview(t *testing.T) {
	for _, tt := range []struct {
		name, kind, body string
		trimmed          int
		frame            bool
	}{
		{"html", "text/html; charset=utf-8", "<h1>x</h1>", 0, true},
		{"html in capitals", "Text/HTML", "<h1>x</h1>", 0, true},
		{"problem document", "application/problem+json", "{}", 0, false},
		{"cut", "text/html", "<h1>x", 9, false},
		{"none", "text/html", "", 0, false},
		{"looks like html", "text/plain", "<h1>x</h1>", 0, false},
	} {
		r := pagetest.Panic()
		r.Decision.Type, r.Decision.Body, r.Decision.Trimmed = tt.kind, tt.body, tt.trimmed
		html, _ := mustRender(t, page.FormatHTML, r)
		if got := strings.Contains(string(html), `<iframe sandbox="" srcdoc="`); got != tt.frame {
			t.Errorf("%s: preview %v, want %v", tt.name, got, tt.frame)
		}
	}
}

// Only an https address becomes a link.
func TestLinks(t *testing.T) {
	for link, want := range map[string]string{
		"https://git.example.test/a/b?x=1#L2":  "https://git.example.test/a/b?x=1#L2",
		"http://git.example.test/":             "",
		"javascript:alert(1)":                  "",
		"https:alert(1)":                       "",
		"https://":                             "",
		"//evil.example/":                      "",
		"https://user:pass@git.example.test/":  "",
		"https://git.example.test/\nx":         "",
		"https://git.example.test/\u202ex":     "",
		"data:text/html,x":                     "",
		"vscode://file/etc/passwd":             "",
		" https://git.example.test/":           "",
		"https://git.example.test/\"><script>": "https://git.example.test/%22%3E%3Cscript%3E",
	} {
		r := &report.Report{Hints: []report.Hint{{Title: "t", Link: link}}}
		html, _ := mustRender(t, page.FormatHTML, r)
		got := ""
		if _, after, ok := strings.Cut(string(html), `<b>t</b>  <a href="`); ok {
			got, _, _ = strings.Cut(after, `"`)
		}
		if got != want {
			t.Errorf("the link for %q is %q, want %q", link, got, want)
		}
	}
}

// The template engine costs some allocations for each value; what this guards against is a loop that forgets its limit.
func TestRenderAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates, too")
	}
	r := pagetest.Panic()
	for i, ceiling := range []float64{14_000, 2_000, 2_000, 500} {
		got := testing.AllocsPerRun(5, func() {
			if _, _, _, err := page.Render(forms[i].form, r); err != nil {
				t.Fatal(err)
			}
		})
		if got > ceiling {
			t.Errorf("%s: %.0f allocations, at most %.0f are allowed", forms[i].name, got, ceiling)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	r := pagetest.Panic()
	for _, f := range forms {
		b.Run(f.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				body, _, _, err := page.Render(f.form, r)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(body)))
			}
		})
	}
}
