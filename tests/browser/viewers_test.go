package browser

import (
	"regexp"
	"strings"
	"testing"
)

// secrets are words that only the log and alice may read, in whichever failure they come up.
var secrets = []string{
	"nil map", "runtime error", "goroutine ", "panic", ".go:", "breaking.go", "store.go", "main.", // the panic
	"gift_wrap", "no such column", "SQL logic", "store: ", "orders page", // the query
	"paymill", "insufficient_funds", "CHECK constraint", "4111111111111111", // the card
	"nil pointer", "gift-card.html", "Design", // the template
	"deadline", "Client.Timeout", "/stock/", // the warehouse
	"no rows in result", "code=4", "*errors.", "strconv.", // the rest
}

// visible is what alice must find on the page without opening anything, by failure.
var visible = map[string][]string{
	"panic":     {"assignment to entry in nil map", "taste).add", "breaking.go", "t.genres[genre] += weight"},
	"sql":       {"no such column: gift_wrap", "orders page", "store: orders of"},
	"join":      {"charge the card", "insufficient_funds", "CHECK constraint failed"},
	"template":  {"gift-card.html", "nil pointer evaluating"},
	"timeout":   {"/stock/moby-dick", "asking the warehouse"},
	"csv":       {"no such column: gift_wrap"},
	"not-found": {"/book/moby-dick", "similar path", "/books/:slug"},
	"method":    {"/sign-in", "POST"},
}

var reference = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2,4}\b`)

// isTechnical recognises the technical page by its last line. What must not be on a public page is
// checked word for word as well.
func isTechnical(html string) bool {
	return strings.Contains(html, "Made by exceptional for technical viewers")
}

// TestViewers opens every failure as each of the five.
func TestViewers(t *testing.T) {
	b, d := startBrowser(t), startDemo(t)
	base := d.urls[0]
	failures := d.failures(t)
	for _, viewer := range viewers {
		b.view(t, 1280, "light")
		b.signIn(t, base, viewer)
		b.Events()
		for _, f := range failures {
			t.Run(viewer+"/"+f.Name, func(t *testing.T) {
				status := b.open(t, base+f.Path)
				p := b.page(t)
				b.shot(t, viewer+"-"+f.Name)
				if f.Status/100 == 3 {
					if status != 200 || !strings.HasSuffix(p.url, "/books") {
						t.Errorf("the redirect leads to %s with status %d", p.url, status)
					}
					return
				}
				if status != f.Status {
					t.Errorf("status %d, want %d", status, f.Status)
				}
				if p.title == "" || strings.TrimSpace(p.text) == "" {
					t.Errorf("the page is empty: title %q", p.title)
				}
				if p.overflow {
					t.Error("the page must be scrolled sideways")
				}
				if f.Status >= 500 && !reference.MatchString(p.text) {
					t.Errorf("no reference to quote in:\n%s", p.text)
				}
				raw := d.get(t, 0, f.Path, viewer, "text/html")
				if viewer == "alice" {
					checkTechnical(t, f, p, raw)
				} else {
					checkPublic(t, p, raw)
				}
				b.quiet(t, base)
			})
		}
	}
}

func checkTechnical(t *testing.T, f failure, p page, raw answer) {
	t.Helper()
	if !p.technical {
		t.Errorf("alice sees the public page:\n%s", p.text)
	}
	for _, want := range visible[f.Name] {
		if !strings.Contains(p.text, want) {
			t.Errorf("%q is not visible", want)
		}
	}
	if strings.Contains(raw.everything(), "4111111111111111") {
		t.Error("the card number is not masked")
	}
	if cc := raw.header.Get("Cache-Control"); !strings.Contains(cc, "no-store") {
		t.Errorf("Cache-Control: %q", cc)
	}
}

func checkPublic(t *testing.T, p page, raw answer) {
	t.Helper()
	if p.technical {
		t.Errorf("the technical page is shown:\n%s", p.text)
	}
	lacksSecrets(t, p.html+raw.everything())
}

func lacksSecrets(t *testing.T, everything string) {
	t.Helper()
	for _, secret := range secrets {
		if at := strings.Index(everything, secret); at >= 0 {
			t.Errorf("%q reaches the public: …%s…", secret, everything[max(0, at-60):min(len(everything), at+60)])
		}
	}
}

// TestAPI asks every failure as a program, in each of the five names. Each gets the same problem
// document; alice's has one member more.
func TestAPI(t *testing.T) {
	d := startDemo(t)
	for _, f := range d.failures(t) {
		if f.Status/100 == 3 {
			continue
		}
		for _, viewer := range viewers {
			for _, accept := range []string{"", "*/*", "application/json", "application/problem+json"} {
				t.Run(f.Name+"/"+viewer+"/"+strings.ReplaceAll(accept, "/", " "), func(t *testing.T) {
					raw := d.get(t, 0, f.Path, viewer, accept)
					if raw.status != f.Status {
						t.Errorf("status %d, want %d", raw.status, f.Status)
					}
					if ct := raw.header.Get("Content-Type"); ct != "application/problem+json" {
						t.Errorf("Content-Type: %q", ct)
					}
					if viewer != "alice" {
						lacksSecrets(t, raw.everything())
					}
					checkProblem(t, f, raw.body, viewer == "alice")
				})
			}
		}
	}
}
