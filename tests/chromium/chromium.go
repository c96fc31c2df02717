// Package chromium starts a Chromium for the tests that look at pages, and hears what it says of them.
package chromium

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A Tab is one Chromium with one tab. Start makes one. It may be used concurrently.
type Tab struct {
	Context context.Context // for chromedp

	mu         sync.Mutex // guards what follows; the events come from chromedp's goroutine
	complaints []string
	requested  []string
}

// Start starts a Chromium that ends with the test. It finds it by the variable CHROMIUM or by its usual names, and skips the
// test if there is none.
func Start(t *testing.T, more ...chromedp.ExecAllocatorOption) *Tab {
	t.Helper()
	path := ""
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "chrome",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if found, err := exec.LookPath(name); name != "" && err == nil {
			path = found
			break
		}
	}
	if path == "" {
		Missing(t, "there is no Chromium here; install it or set CHROMIUM to its path")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WSURLReadTimeout(90*time.Second))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to run as root with one
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &Tab{Context: ctx}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	return b
}

// Missing skips the test on a person's machine and fails it in CI, which promises everything.
func Missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func (b *Tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		// That a page has status 500 is a complaint of Chromium's too, and the point of it all.
		if !strings.HasPrefix(e.Entry.Text, "Failed to load resource: the server responded with a status of") {
			b.complaints = append(b.complaints, string(e.Entry.Source)+": "+e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		b.requested = append(b.requested, e.Request.URL)
	}
}

// Heard returns, and forgets, what there was since the last call: exceptions and what a policy refused, and the addresses of
// all that the pages asked for, themselves included.
func (b *Tab) Heard() (complaints, requested []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	complaints, requested = b.complaints, b.requested
	b.complaints, b.requested = nil, nil
	return complaints, requested
}
