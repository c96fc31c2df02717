package page_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/exceptional-go/exceptional/internal/technical/page"
	"github.com/exceptional-go/exceptional/internal/technical/page/pagetest"
	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// outside returns the lines of a Markdown text that stand outside of fences, and whether every fence is closed.
func outside(text string) (lines []string, closed bool) {
	fence := ""
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		run := l[:len(l)-len(strings.TrimLeft(l, "`"))]
		switch {
		case fence == "" && len(run) >= 3:
			fence = run
		case fence == "":
			lines = append(lines, l)
		case len(run) >= len(fence) && l == run:
			fence = ""
		}
	}
	return lines, fence == ""
}

// No data stands where Markdown would read it: outside of fences there are our own titles, and code spans.
func TestMarkdownHoldsItsData(t *testing.T) {
	span := regexp.MustCompile("(`+) ?.*? ?(`+)$")
	known := regexp.MustCompile("^(|# |## (What happened|Template: |Hints|Errors|Stack: |Request|User|Log|Context|Decision|Panel: |Watch: |Build|Modules|Before it is repeated|Repeat it with curl|Repeat it in a test|Not shown)|… trimmed [0-9]+ (bytes|kB))$")
	for _, p := range append(slices.Clone(pagetest.Payloads), strings.Repeat("`", 70), "`", "``` ```` `", "a`b", strings.Repeat("x\n```\n", 600)) {
		body, _ := mustRender(t, page.FormatMarkdown, pagetest.Hostile(p))
		lines, closed := outside(string(body))
		if !closed {
			t.Errorf("payload %.60q leaves a fence open", p)
		}
		for _, l := range lines {
			rest := span.ReplaceAllStringFunc(l, func(s string) string {
				m := span.FindStringSubmatch(s)
				if m[1] == m[2] && !strings.Contains(strings.TrimSuffix(strings.TrimPrefix(s, m[1]), m[2]), "`"+m[1]) {
					return ""
				}
				return s
			})
			if !known.MatchString(rest) {
				t.Errorf("payload %.60q stands outside of code: %q", p, l)
			}
		}
	}
}

// In the first column of the text form stand our own titles; a text of several lines cannot forge one.
func TestTextHoldsItsData(t *testing.T) {
	title := regexp.MustCompile("^(|=+|-+|… trimmed .*|What happened|Hints|Errors|Request|User|Log|Context|Decision|Build|Modules|Not shown|(Stack|Template|Panel|Watch): .*|Before it is repeated|Repeat it with curl|Repeat it in a test)$")
	for _, p := range append(slices.Clone(pagetest.Payloads), "a\nStack\n-----\n> forged\n\x1b[31m") {
		body, _ := mustRender(t, page.FormatText, pagetest.Hostile(p))
		for i, l := range strings.Split(string(body), "\n") {
			if i > 0 && !strings.HasPrefix(l, "  ") && !title.MatchString(l) {
				t.Errorf("payload %.60q stands in the first column: %q", p, l)
			}
		}
		if !utf8.Valid(body) {
			t.Errorf("payload %.60q: not UTF-8", p)
		}
	}
}

// A log line stays one line, whatever it says.
func TestLogLinesStayOne(t *testing.T) {
	r := pagetest.Panic()
	r.Trail.Entries[0].Text = "first\r\n+1ms  ERROR forged"
	r.Trail.Entries[0].Fields = []report.Field{{Name: "a\nb", Value: "c\nd"}}
	for _, f := range []page.Format{page.FormatText, page.FormatMarkdown} {
		body, _ := mustRender(t, f, r)
		if !strings.Contains(string(body), "first␍␊+1ms  ERROR forged a␊b=c␊d\n") {
			t.Errorf("form %d: the line was broken", f)
		}
	}
}

func TestJSONForm(t *testing.T) {
	for _, p := range pagetest.Payloads {
		body, _ := mustRender(t, page.FormatJSON, pagetest.Hostile(p))
		if !json.Valid(body) || !utf8.Valid(body) {
			t.Errorf("payload %q: not JSON", p)
		}
		if bytes.ContainsAny(body, "<>&") || bytes.Contains(body, []byte("\u2028")) {
			t.Errorf("payload %q: not escaped for a browser that sniffs", p)
		}
		var r report.Report
		if err := json.Unmarshal(body, &r); err != nil {
			t.Errorf("payload %q: %v", p, err)
		}
	}
	body, _ := mustRender(t, page.FormatJSON, pagetest.Panic())
	var head struct{ Version int }
	if err := json.Unmarshal(body, &head); err != nil || head.Version != report.Version {
		t.Errorf("version = %d (%v), want %d", head.Version, err, report.Version)
	}
}

// What is put into an issue tracker holds nothing of the user, of addresses, headers, the log or the host.
func TestIssueTellsLess(t *testing.T) {
	html, _ := mustRender(t, page.FormatHTML, pagetest.Panic())
	_, issue, ok := strings.Cut(string(html), `<textarea id="copy-issue"`)
	if !ok {
		t.Fatal("there is no text for an issue")
	}
	issue, _, _ = strings.Cut(issue, "</textarea>")
	for _, private := range []string{"u-1042", "203.0.113.9", "Mozilla", "Cookie", "shop.example.test", "stock is low", "shop-7c9d", "TEA-001", "eu-central", "4bf92f35"} {
		if strings.Contains(issue, private) {
			t.Errorf("the issue tells %q", private)
		}
	}
	for _, wanted := range []string{"assignment to entry in nil map", "internal/orders/order.go:42", "7K3F-9Q2M-4T", "4f1d0c9b3a5e", "o.items[item.SKU] = item"} {
		if !strings.Contains(issue, wanted) {
			t.Errorf("the issue does not tell %q", wanted)
		}
	}
}
