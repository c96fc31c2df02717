package browser

import (
	"os"
	"strings"
	"testing"
	"time"
)

// broken is the address that the tests below open to see which page a viewer gets.
const broken = "/books/recommended"

// TestMembershipHoldsAtOnce clicks through the members page of one replica and looks at the other,
// with no second try: when the page is back, the change holds everywhere.
func TestMembershipHoldsAtOnce(t *testing.T) {
	b, d := startBrowser(t), startDemo(t)
	b.view(t, 1280, "light")
	here, there := d.urls[0], d.urls[1]
	sees := func(want bool) {
		t.Helper()
		for _, base := range []string{there, here} {
			if status := b.open(t, base+broken); status != 500 {
				t.Errorf("status %d, want 500", status)
			}
			if p := b.page(t); p.technical != want {
				t.Errorf("technical page on %s: %t, want %t", base, p.technical, want)
			}
		}
	}

	b.signIn(t, here, "alice") // a cookie does not know about ports: she is alice on both
	sees(true)

	b.open(t, here+"/admin/members")
	b.click(t, `button[aria-label="Remove alice"]`)
	if p := b.page(t); !strings.Contains(p.text, "alice removed alice. Every replica answered by the new rule after") {
		t.Errorf("the members page says:\n%s", p.text)
	}
	b.shot(t, "members-removed")
	sees(false)

	b.open(t, there+"/admin/members") // a superuser she still is
	b.click(t, `button[aria-label="Add carol"]`)
	sees(false)
	b.signIn(t, there, "carol")
	sees(true)

	b.signIn(t, here, "bob")
	if status := b.open(t, here+"/admin/members"); status != 403 {
		t.Errorf("bob gets the members page with status %d", status)
	}
	if got := d.get(t, 0, "/admin/members", "stranger", "text/html").status; got != 403 {
		t.Errorf("a stranger gets the members page with status %d", got)
	}
}

// TestOrder sends the form of a book's page wrong and right.
func TestOrder(t *testing.T) {
	b, d := startBrowser(t), startDemo(t)
	b.view(t, 320, "dark")
	b.signIn(t, d.urls[0], "bob")
	b.open(t, d.urls[0]+"/books/moby-dick")
	b.fill(t, `input[name="copies"]`, "0")
	b.fill(t, `input[name="postcode"]`, "nowhere")
	b.click(t, "form.order button")
	p := b.page(t)
	b.shot(t, "order-wrong")
	for _, want := range []string{"Please correct the order.", "Order between 1 and 20 copies.", "A postcode looks like EH1 1AA."} {
		if !strings.Contains(p.text, want) {
			t.Errorf("%q is not visible in:\n%s", want, p.text)
		}
	}
	if !strings.Contains(p.html, "/static/shop.css") {
		t.Error("the page is not the shop's own")
	}
	b.open(t, d.urls[0]+"/books/moby-dick")
	b.fill(t, `input[name="postcode"]`, "EH1 1AA")
	b.click(t, "form.order button")
	if p := b.page(t); !strings.Contains(p.text, "Your order has the number 1009") {
		t.Errorf("after the order the page says:\n%s", p.text)
	}
	b.quiet(t, d.urls[0])
}

// TestPages looks at the shop's own pages, wide and narrow, light and dark, and follows every link
// of the start page.
func TestPages(t *testing.T) {
	b, d := startBrowser(t), startDemo(t)
	base := d.urls[0]
	b.signIn(t, base, "alice")
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 320} {
			b.view(t, width, scheme)
			for name, path := range map[string]string{"start": "/", "books": "/books", "book": "/books/moby-dick",
				"members": "/admin/members", "broken": broken, "lost": "/book/moby-dick", "gallery": "/errors"} {
				if status := b.open(t, base+path); status != 200 && name != "broken" && name != "lost" {
					t.Errorf("%s: status %d", path, status)
				}
				b.shot(t, name+"-"+scheme+"-"+map[int64]string{1280: "wide", 320: "narrow"}[width])
				if p := b.page(t); p.overflow {
					t.Errorf("%s at %d pixels, %s, must be scrolled sideways", path, width, scheme)
				}
			}
		}
	}
	b.quiet(t, base)

	b.open(t, base+"/")
	start := b.page(t)
	for _, f := range d.failures(t) {
		if !strings.Contains(start.html, `href="`+strings.ReplaceAll(f.Path, "&", "&amp;")+`"`) {
			t.Errorf("the start page has no link to %s", f.Path)
		}
		if !strings.Contains(start.text, base+f.Path) {
			t.Errorf("the start page has no curl line for %s", f.Path)
		}
	}
}

// TestInterrupt ends the demo as Ctrl-C does.
func TestInterrupt(t *testing.T) {
	d := startDemo(t)
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Skipf("this system cannot interrupt a process: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- d.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("the demo ended with %v:\n%s", err, d.log)
		}
	case <-time.After(15 * time.Second):
		t.Errorf("the demo goes on after an interrupt:\n%s", d.log)
	}
}
