package pages

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/exceptional-go/exceptional/tests/browser/chromium"
	"github.com/exceptional-go/exceptional/tests/browser/tools"
)

// TestAxe shows every page in Chromium, under the policy that it comes with, in light and dark: axe-core finds no
// violation, and nothing about contrast that it could not decide; the page asks for nothing but itself, and Chromium has
// nothing to complain about; and at 320 pixels nothing is wider than the window.
func TestAxe(t *testing.T) {
	tab := chromium.Start(t, chromedp.Flag("hide-scrollbars", true))
	axe := tools.AxeCore(t)
	pages := make(map[string]page)
	var names []string
	for _, p := range corpus(t) {
		pages["/"+p.name] = p
		names = append(names, p.name)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ok := pages[r.URL.Path]
		if code, isPreview := strings.CutPrefix(r.URL.Path, "/_errors/"); isPreview {
			p, ok = pages["/ar-"+code]
		}
		if !ok {
			http.NotFound(w, r)
			return
		}
		if !strings.Contains(p.name, "fragment") { // which stands in a page of the application
			w.Header().Set("Content-Security-Policy", p.csp)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(p.body)
	}))
	defer server.Close()

	if err := chromedp.Do(tab.Context, chromedp.EmulateViewport(1280, 800)); err != nil {
		tools.Missing(t, "Chromium does not start: "+err.Error())
	}
	v := viewer{tab: tab, axe: axe, shots: t.ArtifactDir()}
	for _, name := range names {
		t.Run(name, func(t *testing.T) { v.look(t, name, server.URL) })
	}
}

// A viewer looks at pages, one at a time.
type viewer struct {
	tab   *chromium.Tab
	axe   string
	shots string
}

func (v *viewer) look(t *testing.T, name, server string) {
	ctx, cancel := context.WithTimeout(v.tab.Context, 2*time.Minute)
	defer cancel()
	url := server + "/" + name
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800), chromedp.Navigate(url)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	complaints, requested := v.tab.Events()
	for _, c := range complaints {
		t.Errorf("%s: Chromium says: %s", name, c)
	}
	for _, r := range requested {
		if r != url && !strings.HasPrefix(r, "data:") && !(strings.HasPrefix(name, "gallery") && strings.HasPrefix(r, server+"/_errors/")) {
			t.Errorf("%s asks for %s", name, r)
		}
	}
	looks := []emulation.SetEmulatedMediaParams{feature("prefers-color-scheme", "light"), feature("prefers-color-scheme", "dark")}
	if strings.HasPrefix(name, "ar-") || strings.HasSuffix(name, "rich") {
		looks = append(looks, feature("forced-colors", "active"), emulation.SetEmulatedMediaParams{Media: "print"})
	}
	for _, look := range looks {
		v.emulate(ctx, t, look)
		for _, f := range v.runAxe(ctx, t) {
			t.Errorf("%s, %s%s: %s", name, look.Media, values(look), f)
		}
	}
	v.emulate(ctx, t, feature("prefers-color-scheme", "light"))
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(320, 568)); err != nil {
		t.Fatal(err)
	}
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[string](overflow))
	if err != nil {
		t.Fatal(err)
	}
	if wide != "" {
		t.Errorf("%s: at 320 pixels these are too wide: %s", name, wide)
	}
	shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(60))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(v.shots, name+"-320.jpeg"), shot, 0o600); err != nil {
		t.Fatal(err)
	}
	v.tab.Events()
}

func (v *viewer) emulate(ctx context.Context, t *testing.T, look emulation.SetEmulatedMediaParams) {
	t.Helper()
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, look); err != nil {
		t.Fatal(err)
	}
}

func feature(name, value string) emulation.SetEmulatedMediaParams {
	return emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: name, Value: value}}}
}

func values(look emulation.SetEmulatedMediaParams) (s string) {
	for _, f := range look.Features {
		s += f.Name + ": " + f.Value
	}
	return s
}

// overflow names the elements that stick out of the window.
const overflow = `(() => {
	const d = document.documentElement;
	if (d.scrollWidth <= d.clientWidth) return "";
	return d.scrollWidth + ": " + [...document.body.querySelectorAll("*")].filter(x => {
		const r = x.getBoundingClientRect();
		return r.right > d.clientWidth + 1 || r.left < -1;
	}).map(x => x.tagName + "." + x.className).join(" ");
})()`

// runAxe returns what axe-core has against the page, in words.
func (v *viewer) runAxe(ctx context.Context, t *testing.T) []string {
	t.Helper()
	const run = `axe.run(document, {iframes: false, resultTypes: ["violations", "incomplete"]}).then(r => JSON.stringify({violations: r.violations, incomplete: r.incomplete}))`
	loaded, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`typeof axe === "object"`))
	if err == nil && !loaded {
		err = chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](v.axe))
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string](run, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var report struct{ Violations, Incomplete []finding }
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range report.Violations {
		found = append(found, f.String())
	}
	for _, f := range report.Incomplete {
		if f.ID == "color-contrast" {
			found = append(found, "undecided: "+f.String())
		}
	}
	return found
}

type finding struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML, FailureSummary string }
}

func (f finding) String() string {
	s := fmt.Sprintf("%s (%s): %s", f.ID, f.Impact, f.Help)
	for i, n := range f.Nodes {
		if i == 3 {
			break
		}
		s += "\n\t" + n.HTML + "\n\t\t" + strings.ReplaceAll(n.FailureSummary, "\n", " ")
	}
	return s
}
