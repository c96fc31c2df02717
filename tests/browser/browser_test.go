package browser

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/exceptional-go/exceptional/tests/browser/chromium"
)

// browser is one Chromium with one tab. Its methods fail the test they are called with.
type browser struct {
	*chromium.Tab
	shots string // where pictures are kept
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	return &browser{Tab: chromium.Start(t, chromedp.Flag("hide-scrollbars", true)), shots: t.ArtifactDir()}
}

// within bounds one step, so that a page that never loads fails the test and not the run.
func (b *browser) within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(b.Context, 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func (b *browser) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.within(t), steps...); err != nil {
		t.Fatal(err)
	}
}

// view sets the window's width and the colour scheme.
func (b *browser) view(t *testing.T, width int64, scheme string) {
	t.Helper()
	b.do(t, chromedp.EmulateViewport(width, 800))
	_, err := chromedp.Call(b.Context, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// signIn becomes a viewer the way people do: on the start page, with a click.
func (b *browser) signIn(t *testing.T, base, viewer string) {
	t.Helper()
	if _, err := chromedp.Call(b.Context, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	b.open(t, base+"/")
	if viewer == "stranger" {
		return
	}
	b.click(t, `form.people button[value="`+viewer+`"]`)
	if p := b.page(t); !strings.Contains(p.text, "You are "+viewer) {
		t.Fatalf("after the click on %s the page says:\n%s", viewer, p.text)
	}
}

// click clicks and waits for the page it leads to.
func (b *browser) click(t *testing.T, selector string) {
	t.Helper()
	if _, err := chromedp.RunResponse(b.within(t), chromedp.Click(selector)); err != nil {
		t.Fatalf("click on %s: %v", selector, err)
	}
}

// open opens a page and returns its status.
func (b *browser) open(t *testing.T, address string) (status int) {
	t.Helper()
	res, err := chromedp.RunResponse(b.within(t), chromedp.Navigate(address))
	if err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	return int(res.Status)
}

// page is a page as a person sees it.
type page struct {
	url, title string
	text       string // as rendered, without hidden text
	html       string
	overflow   bool // must be scrolled sideways
	technical  bool
}

func (b *browser) page(t *testing.T) page {
	t.Helper()
	type state struct {
		URL, Title, Text, HTML string
		Overflow               bool
	}
	s, err := chromedp.Run(b.within(t), chromedp.Evaluate[state](`({
		URL: location.href,
		Title: document.title,
		Text: document.body.innerText,
		HTML: document.documentElement.outerHTML,
		Overflow: document.documentElement.scrollWidth > document.documentElement.clientWidth,
	})`))
	if err != nil {
		t.Fatal(err)
	}
	return page{url: s.URL, title: s.Title, text: s.Text, html: s.HTML, overflow: s.Overflow, technical: isTechnical(s.HTML)}
}

// shot keeps a picture of the page if the test runs with -artifacts.
func (b *browser) shot(t *testing.T, name string) {
	t.Helper()
	picture, err := chromedp.Run(b.within(t), chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.shots, name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

// quiet fails the test if a page broke its own rules or asked for anything from elsewhere.
func (b *browser) quiet(t *testing.T, base string) {
	t.Helper()
	complaints, requested := b.Events()
	for _, c := range complaints {
		t.Errorf("the browser complains: %s", c)
	}
	for _, r := range requested {
		if u, err := url.Parse(r); err != nil || u.Scheme != "data" && u.Scheme != "blob" && "http://"+u.Host != base {
			t.Errorf("the page asked for %s", r)
		}
	}
}

// fill types into a field that may hold something already.
func (b *browser) fill(t *testing.T, selector, value string) {
	t.Helper()
	b.do(t, chromedp.Clear(selector), chromedp.SendKeys(selector, value))
}
