// Package chromium starts a Chromium for the tests of pages, and records its complaints about them.
package chromium

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/exceptional-go/exceptional/tests/browser/tools"
)

// A Tab is one Chromium with one tab. [Start] makes one. It may be used concurrently.
type Tab struct {
	Context context.Context // for chromedp

	mu         sync.Mutex // guards the fields below; the events come from chromedp's goroutine
	complaints []string
	requested  []string
}

// Start starts a Chromium that ends with the test. The variable CHROMIUM may name the program. Without a Chromium the test is
// skipped, or fails in CI.
func Start(t *testing.T, more ...chromedp.ExecAllocatorOption) *Tab {
	t.Helper()
	path := tools.Need(t, os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "chrome",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WSURLReadTimeout(90*time.Second))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to run as root with its sandbox
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &Tab{Context: ctx}
	if err := chromedp.Listen(ctx, b.record); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *Tab) record(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		// Chromium complains about every page with status 500, but these tests are about such pages.
		if !strings.HasPrefix(e.Entry.Text, "Failed to load resource: the server responded with a status of") {
			b.complaints = append(b.complaints, string(e.Entry.Source)+": "+e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		b.requested = append(b.requested, e.Request.URL)
	}
}

// Events returns what happened since its last call: the complaints, which are exceptions and violations of a policy, and the
// addresses that the pages requested, including their own.
func (b *Tab) Events() (complaints, requested []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	complaints, requested = b.complaints, b.requested
	b.complaints, b.requested = nil, nil
	return complaints, requested
}
