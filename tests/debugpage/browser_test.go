// Package debugpage looks at the technical page through Chromium: what its markup, its policy and its script do in a browser,
// with Reports full of hostile texts above all.
package debugpage

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/exceptional-go/exceptional/debugview"
)

// tab is one Chromium with one tab, and the server of the page it looks at.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu         sync.Mutex // guards what follows
	body       []byte
	policies   []string
	complaints []string // exceptions, and whatever a policy refused
	requested  []string // addresses asked for, the page itself aside; a refused one is among the complaints as well
	served     []string // what reached the server, the page itself aside
}

func newTab(t *testing.T) *tab {
	t.Helper()
	path := ""
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); name != "" && err == nil {
			path = found
			break
		}
	}
	if path == "" {
		missing(t, "there is no Chromium here; install it or set CHROMIUM to its path")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WSURLReadTimeout(90*time.Second))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to run as root with one
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)

	b := &tab{t: t, ctx: ctx}
	server := httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(server.Close)
	b.base = server.URL
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	b.run(chromedp.Navigate("about:blank"))
	return b
}

// missing skips on a person's machine and fails where everything is promised.
func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
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

func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *cdpruntime.EventExceptionThrown:
		b.complaints = append(b.complaints, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if !strings.HasPrefix(e.Entry.Text, "Failed to load resource: the server responded with a status of") {
			b.complaints = append(b.complaints, e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasSuffix(u, "/page") && !strings.Contains(u, "/page#") && u != "about:srcdoc" && u != "about:blank" {
			b.requested = append(b.requested, u)
		}
	}
}

func (b *tab) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 120*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// value runs an action that gives something.
func value[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 120*time.Second)
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
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, p); err != nil {
		b.t.Fatal(err)
	}
}

// show opens the page of r, under its own policy and those given.
func (b *tab) show(r *debugview.Report, more ...string) {
	b.t.Helper()
	body, _, csp, err := new(debugview.View).Render(debugview.FormHTML, r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.mu.Lock()
	b.body, b.policies = body, append([]string{csp}, more...)
	b.mu.Unlock()
	b.run(chromedp.Navigate("about:blank"))
	b.mu.Lock()
	b.complaints, b.requested = nil, nil
	b.mu.Unlock()
	b.run(chromedp.Navigate(b.base+"/page"), chromedp.WaitReady("body"))
}

// quiet fails if the page complained or asked for anything.
func (b *tab) quiet(name string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 || len(b.requested) > 0 {
		b.t.Errorf("%s: complaints %q, requests %q", name, b.complaints, b.requested)
	}
	b.complaints, b.requested = nil, nil
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

// sample is a Report of debugview's own goldens.
func sample(t *testing.T, name string) *debugview.Report {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "debugview", "testdata", "report_"+name+".json.golden"))
	if err != nil {
		t.Fatal(err)
	}
	var r debugview.Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

var sampleNames = []string{"panic", "wrapped", "join", "template", "notfound", "empty", "hostile"}

// poison puts text into every string of v.
func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), text)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			poison(v.Field(i), text)
		}
	}
}
