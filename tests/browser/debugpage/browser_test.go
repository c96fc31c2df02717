// Package debugpage tests the technical page in Chromium: how its markup, its policy and its script behave in a browser, above all
// with Reports full of hostile texts.
package debugpage

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/exceptional-go/exceptional/internal/technical/page"
	"github.com/exceptional-go/exceptional/internal/technical/page/pagetest"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/tests/browser/chromium"
)

// tab is one Chromium with one tab, and the server of the page it looks at.
type tab struct {
	*chromium.Tab
	t    *testing.T
	base string

	mu       sync.Mutex // guards what follows
	body     []byte
	policies []string
	served   []string // requests that reached the server, except for the page itself
}

func newTab(t *testing.T) *tab {
	t.Helper()
	b := &tab{Tab: chromium.Start(t), t: t}
	server := httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(server.Close)
	b.base = server.URL
	b.run(chromedp.Navigate("about:blank"))
	return b
}

func (b *tab) serve(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.URL.Path != "/page" {
		b.served = append(b.served, r.URL.Path)
		http.NotFound(w, r)
		return
	}
	for _, p := range b.policies {
		w.Header().Add("Content-Security-Policy", p)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-Frame-Options", "DENY")
	w.WriteHeader(http.StatusInternalServerError)
	w.Write(b.body)
}

func (b *tab) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, 120*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// value runs an action that gives something.
func value[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, 120*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// media emulates a medium, or a preference: "prefers-color-scheme", "dark".
func (b *tab) media(medium, name, value string) {
	b.t.Helper()
	p := emulation.SetEmulatedMediaParams{Media: medium}
	if name != "" {
		p.Features = []*emulation.MediaFeature{{Name: name, Value: value}}
	}
	if _, err := chromedp.Call(b.Context, emulation.SetEmulatedMedia, p); err != nil {
		b.t.Fatal(err)
	}
}

// show opens the page of r, under its own policy and those given.
func (b *tab) show(r *report.Report, more ...string) {
	b.t.Helper()
	body, _, csp, err := page.Render(page.FormatHTML, r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.mu.Lock()
	b.body, b.policies = body, append([]string{csp}, more...)
	b.mu.Unlock()
	b.run(chromedp.Navigate("about:blank"))
	b.Events()
	b.run(chromedp.Navigate(b.base+"/page"), chromedp.WaitReady("body"))
}

// quiet fails if the page complained or asked for anything.
func (b *tab) quiet(name string) {
	b.t.Helper()
	complaints, requested := b.Events()
	requested = slices.DeleteFunc(requested, func(u string) bool { // the page itself
		return strings.HasSuffix(u, "/page") || strings.Contains(u, "/page#") || u == "about:srcdoc" || u == "about:blank"
	})
	if len(complaints) > 0 || len(requested) > 0 {
		b.t.Errorf("%s: complaints %q, requests %q", name, complaints, requested)
	}
}

// eval is the value of an expression, awaited.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	return value(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

func (b *tab) keys(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		b.run(chromedp.KeyEvent(k))
	}
}

// sample is a Report of the tests of internal/technical/page.
func sample(t *testing.T, name string) *report.Report {
	t.Helper()
	r := pagetest.All()[name]
	if r == nil {
		t.Fatalf("there is no sample %q", name)
	}
	return r
}

var sampleNames = []string{"panic", "wrapped", "join", "template", "notfound", "empty", "hostile"}
