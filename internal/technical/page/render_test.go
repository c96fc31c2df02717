package page_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/page"
	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// What a reader needs first stands in the first bytes, unbroken: a text search finds it.
func TestAboveTheFold(t *testing.T) {
	html, _ := mustRender(t, page.FormHTML, sampleWrapped())
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
	html, _ := mustRender(t, page.FormHTML, sampleWrapped())
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
	r := samplePanic()
	html, csp := mustRender(t, page.FormHTML, r)
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
	for name, r := range samples() {
		html, _ := mustRender(t, page.FormHTML, r)
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
	for name, r := range samples() {
		if html, _ := mustRender(t, page.FormHTML, r); name != "hostile" && len(html) > 120_000 {
			t.Errorf("%s: a typical page has %d bytes, at most 120 kB are allowed", name, len(html))
		}
	}
}

// huge is a Report that no View makes, but a store may give back: too much of everything.
func huge(text string) *report.Report {
	r := hostile(text)
	for range 10 {
		r.Errors = append(r.Errors, r.Errors...)
		r.Request.Headers = append(r.Request.Headers, r.Request.Headers...)
		r.Trail.Entries = append(r.Trail.Entries, r.Trail.Entries...)
		r.Build.Modules = append(r.Build.Modules, r.Build.Modules...)
	}
	for range 4 {
		r.Stacks[0].Frames = append(r.Stacks[0].Frames, r.Stacks[0].Frames...)
		r.Panels = append(r.Panels, r.Panels...)
		r.Routes = append(r.Routes, r.Routes...)
	}
	for i := range r.Stacks[0].Frames {
		r.Stacks[0].Frames[i].Class = report.ClassApp
	}
	for range 20 {
		r.Stacks = append(r.Stacks, r.Stacks[0])
	}
	return r
}

func TestHugeReports(t *testing.T) {
	for name, text := range map[string]string{
		"quotes": strings.Repeat(`"<'&+>`, 20_000), "letters": strings.Repeat("letters ", 10_000), "lines": strings.Repeat("a\n", 30_000),
		"controls": strings.Repeat("\x00\u202e", 20_000), "short": "x", "backticks": strings.Repeat("`", 50_000), "megabyte": strings.Repeat("é", 500_000),
	} {
		r := huge(text)
		if name == "megabyte" { // a thousand times that would be a store of gigabytes
			r = hostile(text)
		}
		for _, f := range forms[:3] {
			start := time.Now()
			body, _ := mustRender(t, f.form, r)
			if len(body) > page.MaxPage {
				t.Errorf("%s.%s has %d bytes, at most %d are allowed", name, f.name, len(body), page.MaxPage)
			}
			if name != "short" && !strings.Contains(string(body), "trimmed ") && !strings.Contains(string(body), "left out") {
				t.Errorf("%s.%s: nothing says what is missing", name, f.name)
			}
			if took := time.Since(start); took > 10*time.Second && !raceEnabled { // 250 ms is the aim; a loaded machine is no reason to fail
				t.Errorf("%s.%s took %v", name, f.name, took)
			}
		}
		html, _ := mustRender(t, page.FormHTML, r)
		if !strings.HasSuffix(string(html), "</body>\n</html>\n") || strings.Count(string(html), "<section") != strings.Count(string(html), "</section>") {
			t.Errorf("%s: the page is not whole", name)
		}
	}
}

// A Report with indices that point nowhere, or in a circle, is shown as far as it goes.
func TestBrokenIndices(t *testing.T) {
	for _, n := range []int{-1 << 62, -2, 1 << 62, 3} {
		r := samplePanic()
		r.Errors = append(r.Errors, report.ErrorNode{Parent: n, Stack: n, Via: "join"}, report.ErrorNode{Parent: 2, Stack: n}, report.ErrorNode{Parent: 3, Stack: n})
		r.Summary.Chain, r.Summary.Stack, r.Summary.Frame = []int{n, 0, n}, n, n
		r.Stacks[0].Node, r.Stacks[0].Shared, r.Stacks[0].SharedWith, r.Stacks[0].Elided = n, n, n, n
		r.Stacks[0].Frames[0].Cycle, r.Stacks[0].Frames[0].Repeats, r.Stacks[0].Frames[0].Line = n, n, n
		r.Stacks[0].Frames[0].Source.Line, r.Stacks[0].Frames[0].Source.Column = n, n
		r.Template = []report.TemplateError{{Node: n, Line: n, Column: n}}
		r.Trail.Dropped, r.Request.Omitted, r.Decision.Trimmed = n, n, n
		r.Request.Body.Length, r.Request.Body.Trimmed = int64(n), int64(n)
		for _, f := range forms {
			mustRender(t, f.form, r)
		}
	}
}

var sectionNames = []string{"errors", "stack", "request", "user", "logs", "context", "decision", "panels", "watches", "build", "modules", "take"}

// A section that fails takes nobody along.
func TestSectionFails(t *testing.T) {
	for _, name := range sectionNames {
		body, csp, err := page.RenderWith(`{{define "`+name+`"}}half of it {{.NoSuchField}}{{end}}`, samplePanic())
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

// The page that replaces a failed one holds both errors, the one it was to tell and its own.
func TestMinimalPage(t *testing.T) {
	for _, tt := range []struct {
		name, override string
		broken         error
	}{
		{"the head fails", `{{define "head"}}{{.NoSuchField}}{{end}}`, nil},
		{"the tail fails", `{{define "tail"}}{{.NoSuchField}}{{end}}`, nil},
		{"the remark on a failed section fails", `{{define "stack"}}{{.NoSuchField}}{{end}}{{define "failed"}}NoSuchField {{index .Title 9999}}{{end}}`, nil},
		{"the template does not parse", `{{`, nil},
		{"there is no template", "", errors.New("no <template> at \x1b[1mhand")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := hostile(`<script>"boom"</script>`)
			var body []byte
			var csp string
			var err error
			if tt.broken != nil {
				body, csp, err = page.RenderHTML(tt.broken, r)
			} else {
				body, csp, err = page.RenderWith(tt.override, r)
			}
			if err == nil {
				t.Error("the caller is not told")
			}
			markup := string(body)
			if !strings.Contains(markup, "&lt;script&gt;&#34;boom&#34;") || strings.Contains(markup, "<script>") || strings.Contains(markup, "\x1b") {
				t.Errorf("not the error, escaped:\n%.500s", markup)
			}
			own := "NoSuchField"
			if strings.Contains(tt.override, "9999") {
				own = "index out of range: 9999"
			}
			if tt.broken != nil {
				own = "no &lt;template&gt; at ␛[1mhand"
			} else if tt.override == "{{" {
				own = "unclosed action"
			}
			if !strings.Contains(markup, own) {
				t.Errorf("the page does not hold its own failure %q", own)
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
	if body, _, _, err := page.Render(99, samplePanic()); body != nil || err == nil {
		t.Errorf("Render(99) = %q, %v; want an error alone", body, err)
	}
}

// A Report is read by several at once, and Render writes to none of it.
func TestRenderConcurrently(t *testing.T) {
	r := samplePanic()
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

// Source that is not what runs is worse than none.
func TestSourceThatDiffers(t *testing.T) {
	r := samplePanic()
	s := r.Stacks[0].Frames[0].Source
	s.Fresh, s.Note = report.FreshDiffers, "source differs from the running build"
	for _, f := range forms[:3] {
		body, _ := mustRender(t, f.form, r)
		if strings.Contains(string(body), "item.Quantity = quantity") {
			t.Errorf("%s shows lines of another build", f.name)
		}
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
		{"too large", "text/html", strings.Repeat("x", 40_000), 0, false},
		{"none", "text/html", "", 0, false},
		{"looks like html", "text/plain", "<h1>x</h1>", 0, false},
	} {
		r := samplePanic()
		r.Decision.Type, r.Decision.Body, r.Decision.Trimmed = tt.kind, tt.body, tt.trimmed
		html, _ := mustRender(t, page.FormHTML, r)
		if got := strings.Contains(string(html), `<iframe sandbox="" srcdoc="`); got != tt.frame {
			t.Errorf("%s: preview %v, want %v", tt.name, got, tt.frame)
		}
	}
}

func TestSafeLink(t *testing.T) {
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
		if got := page.SafeLink(link); got != want {
			t.Errorf("SafeLink(%q) = %q, want %q", link, got, want)
		}
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\n":        "plain\ttext\n",
		"\x1b[31mred":          "␛[31mred",
		"nul\x00 del\x7f cr\r": "nul␀ del␡ cr␍",
		"\u202Ereversed\u202C": "⟦U+202E⟧reversed⟦U+202C⟧",
		"\u2028\u200b\ufeff":   "⟦U+2028⟧⟦U+200B⟧⟦U+FEFF⟧",
		"\u009b31m":            "⟦U+009B⟧31m",
		"\U000E0041 tag":       "⟦U+E0041⟧ tag",
		"bad \xff utf-8":       "bad \uFFFD utf-8",
		"می\u200cخواهم \U0001F468\u200D\U0001F469": "می\u200cخواهم \U0001F468\u200D\U0001F469",
	} {
		if got := page.Visible(in); got != want || page.Visible(got) != got {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want)
		}
	}
	if got := page.OneLine("a\nb\r\nc\td"); got != "a␊b␍␊c\td" {
		t.Errorf("OneLine = %q", got)
	}
}

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 17: "17ns", 1234567: "1.23ms", 999999: "1ms", 61*time.Second + 234*time.Millisecond: "1m1.2s", -1500 * time.Millisecond: "-1.5s", 1 << 62: "1281023h53m38s",
	} {
		if got := page.Duration(d); got != want {
			t.Errorf("Duration(%d) = %q, want %q", d, got, want)
		}
	}
}

func FuzzVisible(f *testing.F) {
	for _, p := range payloads {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := page.OneLine(s)
		for _, r := range got {
			if r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e {
				t.Fatalf("OneLine(%q) = %q", s, got)
			}
		}
		if page.OneLine(got) != got {
			t.Fatalf("OneLine(%q) is not stable", s)
		}
	})
}

// The template engine costs some allocations for each value; what this guards against is a loop that forgets its limit.
func TestRenderAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates, too")
	}
	r := samplePanic()
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
	for name, r := range map[string]*report.Report{"typical": samplePanic(), "huge": huge(strings.Repeat(`<a> "b" `, 3000))} {
		for _, f := range forms {
			b.Run(name+"/"+f.name, func(b *testing.B) {
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
}
