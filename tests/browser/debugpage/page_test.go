package debugpage

import (
	"bytes"
	"fmt"
	"image"
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/exceptional-go/exceptional/internal/technical/page/pagetest"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/tests/browser/tools"
)

// vocabulary lists the elements of the page with their attributes: "a[href rel]".
const vocabulary = `[...new Set([...document.querySelectorAll('*')].flatMap(e =>
	[e.localName, ...[...e.attributes].map(a => e.localName + ' ' + a.name)]))].sort()`

// Texts that would be obeyed as markup, script, style or address are shown, wherever they stand, and do nothing: the page
// has no element and no attribute that it does not have without them, before and after its script has worked on them.
func TestHostileTexts(t *testing.T) {
	b := newTab(t)
	known := map[string]bool{}
	for _, name := range []string{"panic", "wrapped", "join", "template", "notfound", "hostile"} {
		r := sample(t, name)
		if name == "hostile" {
			pagetest.Fill(r, "text")
			for i := range r.Stacks {
				for j := range r.Stacks[i].Frames {
					r.Stacks[i].Frames[j].Class = report.ClassModule
				}
			}
		}
		b.show(r)
		for _, word := range eval[[]string](b, vocabulary) {
			known[word] = true
		}
	}
	for _, word := range []string{"html data-theme", "body class", "small", "small class", "a href", "a rel"} {
		known[word] = true
	}
	for _, payload := range []string{
		`<script>window.pwned=1</script>`,
		`"><img src=x onerror=window.pwned=1>`,
		`' onmouseover='window.pwned=1' x='`,
		"</textarea></title></style></pre></code><script>window.pwned=1</script>",
		"</script><script>window.pwned=1</script><svg onload=window.pwned=1>",
		"--><script>window.pwned=1</script><!--",
		"{{.}}{{define \"x\"}}${window.pwned=1}",
		"javascript:window.pwned=1",
		"&lt;script&gt;window.pwned=1&lt;/script&gt;",
		"</iframe><iframe srcdoc='<script>parent.pwned=1</script>'>",
		"\u202Egnp.exe \u2028 \x00 \x1b[2J",
		`../../../etc/passwd`,
		"%2e%2e/%00\"'><b>",
	} {
		r := sample(t, "hostile")
		pagetest.Fill(r, payload)
		r.Decision.Type = "text/html"
		b.show(r)
		// Let the script at every text: editor links, filter, copying, folding, theme.
		eval[bool](b, `localStorage.setItem('exceptional.editor', 'VS Code'), localStorage.setItem('exceptional.roots', `+quote(payload+" = /home/"+payload)+`), true`)
		b.run(chromedp.Reload(), chromedp.WaitReady("body"))
		b.keys("a", "j", "j", "k", "a")
		eval[bool](b, `(() => { const f = document.getElementById('filter'); f.value = `+quote(payload)+`; f.dispatchEvent(new Event('input')); f.value = ''; f.dispatchEvent(new Event('input')); return true })()`)
		eval[bool](b, `(() => { for (const e of document.querySelectorAll('button')) if (e.dataset.do !== 'save') e.click(); for (const d of document.querySelectorAll('dialog')) d.close(); return true })()`)

		if eval[bool](b, `'pwned' in window`) {
			t.Errorf("payload %q ran", payload)
		}
		for _, word := range eval[[]string](b, vocabulary) {
			if !known[word] {
				t.Errorf("payload %q made <%s>", payload, word)
			}
		}
		for _, href := range eval[[]string](b, `[...document.querySelectorAll('[href]')].map(e => e.getAttribute('href'))`) {
			if !strings.HasPrefix(href, "#") && !strings.HasPrefix(href, "https://") && !strings.HasPrefix(href, "vscode://file/") {
				t.Errorf("payload %q made the address %q", payload, href)
			}
		}
		b.quiet(fmt.Sprintf("payload %q", payload))
		eval[bool](b, `localStorage.clear(), true`)
	}
}

func quote(s string) string {
	return "decodeURIComponent('" + strings.NewReplacer("'", "%27", "+", "%20").Replace(escape(s)) + "')"
}

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// Nothing of the page offends its own policy, throws, or asks the network for anything.
func TestPolicyHolds(t *testing.T) {
	b := newTab(t)
	for _, name := range sampleNames {
		b.show(sample(t, name))
		if name != "empty" && !eval[bool](b, `getComputedStyle(document.querySelector('header')).display === 'flex' && !document.querySelector('[data-do=keys]').hidden`) {
			t.Errorf("%s: style or script were refused", name)
		}
		b.quiet(name)
	}
}

// The sandboxed preview shows the public page with its style, and none of what the page would do otherwise.
func TestPreview(t *testing.T) {
	b := newTab(t)
	r := sample(t, "panic")
	b.show(r)
	eval[bool](b, `document.querySelector('iframe').scrollIntoView({behavior: 'instant', block: 'center'}), new Promise(f => setTimeout(() => f(true), 500))`)
	where := eval[[]float64](b, `(r => [r.x + r.width / 2, r.bottom - 30])(document.querySelector('iframe').getBoundingClientRect())`)
	picture := value(b, chromedp.CaptureScreenshot())
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	red, green, blue, _ := img.At(int(where[0]), int(where[1])).RGBA()
	if red>>8 != 0xee || green>>8 != 0xee || blue>>8 != 0xff { // its own style sheet says so
		t.Errorf("the preview's ground is %x %x %x: its style sheet was refused", red>>8, green>>8, blue>>8)
	}
	b.quiet("preview")

	r.Decision.Body = `<!doctype html><meta http-equiv="refresh" content="0;url=` + b.base + `/refreshed"><script>parent.pwned=1</script><img src="` + b.base + `/x.png" onerror="parent.pwned=1">
<form action="` + b.base + `/form" target="_top"><button id="b">go</button></form><link rel="stylesheet" href="` + b.base + `/x.css"><style>body{background:url(` + b.base + `/y.png)}@import "` + b.base + `/z.css";</style><iframe src="` + b.base + `/frame"></iframe><a href="` + b.base + `/link" target="_top">link</a>`
	b.show(r)
	eval[bool](b, `document.querySelector('iframe').scrollIntoView({behavior: 'instant'}), true`)
	eval[bool](b, `new Promise(f => setTimeout(() => f(true), 1500))`)
	b.mu.Lock()
	if len(b.served) > 0 {
		t.Errorf("the preview asked for %q", b.served)
	}
	b.mu.Unlock()
	if eval[bool](b, `'pwned' in window`) {
		t.Error("the preview's script ran")
	}
}

const visibleFrame = `document.activeElement.closest('.frame')?.id || ''`

func TestKeyboard(t *testing.T) {
	b := newTab(t)
	b.show(sample(t, "wrapped"))
	b.keys("j")
	if got := eval[string](b, visibleFrame); got != "stack-0-1" {
		t.Errorf("the first frame to be seen is %q, want stack-0-1", got)
	}
	b.keys("j", "j")
	if got := eval[string](b, visibleFrame); got != "stack-0-5" { // the folded ones between are passed over
		t.Errorf("two frames on there is %q", got)
	}
	if !eval[bool](b, `document.querySelector('#stack-0-5 details').open`) {
		t.Error("the frame is not open")
	}
	b.keys("j", "j", "j", "k")
	if got := eval[string](b, visibleFrame); got != "stack-0-2" {
		t.Errorf("back from the end there is %q", got)
	}
	b.keys("a")
	if eval[bool](b, `[...document.querySelectorAll('.group')].some(e => e.checkVisibility())`) {
		t.Error("a: frames of others are still there")
	}
	b.keys("a")
	if !eval[bool](b, `[...document.querySelectorAll('.group')].every(e => e.checkVisibility())`) {
		t.Error("a again: they do not come back")
	}
	b.keys("/")
	if got := eval[string](b, `document.activeElement.id`); got != "filter" {
		t.Errorf("/: the focus is on %q", got)
	}
	b.keys("j", "?", kb.Escape)
	if eval[bool](b, `!!document.querySelector('dialog[open]') || document.getElementById('filter').value !== ''`) {
		t.Error("keys typed into the filter did something else")
	}
	b.keys("?")
	if !eval[bool](b, `document.getElementById('keys').open`) {
		t.Error("?: no list of keys")
	}
	b.keys(kb.Escape)
	if eval[bool](b, `document.getElementById('keys').open`) {
		t.Error("Escape does not close it")
	}
	b.quiet("keyboard")
}

func TestFilter(t *testing.T) {
	b := newTab(t)
	b.show(sample(t, "wrapped"))
	b.keys("/")
	b.run(chromedp.SendKeys("#filter", "Request_ID.go"))
	if got := eval[int](b, `[...document.querySelectorAll('.frame')].filter(e => e.checkVisibility()).length`); got != 1 {
		t.Errorf("%d frames hold request_id.go, want the one that was folded", got)
	}
	if got := eval[string](b, `document.getElementById('found').textContent`); !strings.HasPrefix(got, "1 of ") {
		t.Errorf("count = %q", got)
	}
	b.keys(kb.Escape)
	if eval[bool](b, `!![...document.querySelectorAll('[data-i]')].find(e => e.hidden) || document.querySelector('.group details').open`) {
		t.Error("without a filter not everything is as it was")
	}
	b.quiet("filter")
}

func TestCopy(t *testing.T) {
	b := newTab(t)
	b.show(sample(t, "panic"))
	// A headless browser has no clipboard. A substitute records the text.
	eval[bool](b, `Object.defineProperty(navigator, 'clipboard', {value: {writeText: async s => { window.copied = s }}, configurable: true}), true`)
	for _, button := range []string{"copy-markdown", "copy-issue", "copy-curl", "copy-test"} {
		eval[bool](b, `document.querySelector('section [data-copy=`+button+`]').click(), true`)
		got := eval[string](b, `window.copied`)
		if got == "" || got != eval[string](b, `document.getElementById('`+button+`').value`) {
			t.Errorf("%s copied %.100q", button, got)
		}
		if strings.HasPrefix(got, "\n") {
			t.Errorf("%s begins with an empty line", button)
		}
	}
	eval[bool](b, `window.copied = '', true`)
	b.keys("c")
	if got := eval[string](b, `window.copied`); !strings.HasPrefix(got, "# `500 Internal Server Error") {
		t.Errorf("c copied %.100q", got)
	}
	if got := eval[string](b, `document.getElementById('toast').textContent`); got != "Copied." {
		t.Errorf("the page says %q", got)
	}
	// Without a clipboard, as on a page that is not https, the text is unfolded and selected at least.
	eval[bool](b, `Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true}) && true`)
	b.keys("c")
	if !eval[bool](b, `(e => document.activeElement === e && e.checkVisibility() && e.selectionStart === 0 && e.selectionEnd === e.value.length)(document.getElementById('copy-markdown'))`) {
		t.Error("without a clipboard the text is not selected")
	}
	b.quiet("copy")
}

func TestEditorLinks(t *testing.T) {
	b := newTab(t)
	r := sample(t, "panic")
	frames := r.Stacks[0].Frames
	frames[0].Path = `internal/a b/"q'#?%.go`
	frames[1].Path = "../../etc/passwd"
	frames[3].Module, frames[3].Version, frames[3].Path = "github.com/DataDog/x", "v0.7.0", "y.go"
	b.show(r)
	if eval[bool](b, `!![...document.querySelectorAll('a.edit')].find(e => e.checkVisibility())`) {
		t.Error("links are shown before an editor was chosen")
	}
	b.keys("e")
	if !eval[bool](b, `document.getElementById('editor').open`) {
		t.Fatal("e: no way to choose an editor")
	}
	eval[bool](b, `document.getElementById('editor-name').value = 'VS Code', document.getElementById('editor-roots').value = 'example.test/shop = /home/ann/shop/\nmodcache=/home/ann/go/pkg/mod\n goroot = C:\\go', document.querySelector('[data-do=save]').click(), true`)
	href := func(frame string) string {
		return eval[string](b, `document.querySelector('#`+frame+` a.edit')?.getAttribute('href') || ''`)
	}
	for frame, want := range map[string]string{
		"stack-0-0": `vscode://file/home/ann/shop/internal/a%20b/%22q'%23%3F%25.go:42`,
		"stack-0-1": "",
		"stack-0-2": "vscode://file/home/ann/shop/internal/orders/handler.go:57",
		"stack-0-3": "vscode://file/home/ann/go/pkg/mod/github.com/!data!dog/x%40v0.7.0/y.go:587",
		"stack-0-7": "vscode://file/C%3A/go/src/net/http/server.go:3340",
	} {
		if got := href(frame); got != want {
			t.Errorf("%s: %q, want %q", frame, got, want)
		}
	}
	b.run(chromedp.Reload(), chromedp.WaitReady("body"))
	if href("stack-0-2") == "" {
		t.Error("the choice was not kept")
	}
	eval[bool](b, `localStorage.clear(), true`)
	b.quiet("editor")
}

// Without script everything can be read: only the buttons are hidden.
func TestWithoutScript(t *testing.T) {
	b := newTab(t)
	if _, err := chromedp.Call(b.Context, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.show(sample(t, "panic"))
	if hidden := eval[[]string](b, `[...document.querySelectorAll('[hidden]')].filter(e => !e.closest('dialog')).map(e => e.localName + '.' + e.className)`); slices.ContainsFunc(hidden, func(s string) bool {
		return s != "button." && s != "a.edit" && s != "p.find"
	}) {
		t.Errorf("hidden: %q", hidden)
	}
	b.run(chromedp.Click("#stack-0-1 summary"))
	if !eval[bool](b, `document.querySelector('#stack-0-1 .src').checkVisibility()`) {
		t.Error("a frame does not unfold")
	}
	b.quiet("no script")
}

// A proxy may add a policy of its own. Without style and script the page is a document still.
func TestStricterPolicy(t *testing.T) {
	b := newTab(t)
	b.show(sample(t, "panic"), "default-src 'none'")
	text := eval[string](b, `document.body.innerText`)
	for _, want := range []string{"assignment to entry in nil map", "internal/orders/order.go:42", "o.items[item.SKU] = item", "7K3F-9Q2M-4T", "net/http/server.go:3340"} {
		if !strings.Contains(text, want) && !eval[bool](b, `document.body.textContent.includes(`+quote(want)+`)`) {
			t.Errorf("the bare page does not say %q", want)
		}
	}
}

// No page is wider than the window, at 320 px as well, which is what 1280 px become at 400 %.
func TestNarrow(t *testing.T) {
	b := newTab(t)
	for _, width := range []int64{320, 1280} {
		b.run(chromedp.EmulateViewport(width, 800))
		for _, name := range append(slices.Clone(sampleNames), "long") {
			r := sample(t, strings.Replace(name, "long", "hostile", 1))
			if name == "long" {
				pagetest.Fill(r, strings.Repeat("Unbreakable", 60))
			}
			b.show(r)
			eval[bool](b, `document.querySelectorAll('details').forEach(d => d.open = true), true`)
			if got := eval[int64](b, `document.scrollingElement.scrollWidth`); got > width {
				t.Errorf("%s is %d px wide in a window of %d: %s", name, got, width, eval[string](b, fmt.Sprintf(`[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > %d && !e.closest('pre')).slice(0, 5).map(e => e.localName + '.' + e.className).join(' ')`, width)))
			}
		}
		if name := os.Getenv("SHOTS"); name != "" {
			for _, sampleName := range []string{"panic", "join"} {
				b.show(sample(t, sampleName))
				os.WriteFile(filepath.Join(name, fmt.Sprintf("%s-%d.png", sampleName, width)), value(b, chromedp.FullScreenshot(100)), 0o644)
			}
		}
	}
}

// The outline a screen reader offers: landmarks, one first heading, no level left out, names for everything that acts.
func TestOutline(t *testing.T) {
	b := newTab(t)
	for _, name := range sampleNames {
		b.show(sample(t, name))
		levels := eval[[]int](b, `[...document.querySelectorAll('h1,h2,h3')].filter(e => !e.closest('dialog')).map(e => +e.localName[1])`)
		for i, l := range levels {
			if i == 0 && l != 1 || i > 0 && (l == 1 || l > levels[i-1]+1) {
				t.Errorf("%s: headings %v", name, levels)
				break
			}
		}
		for _, landmark := range []string{"body > header", "main#main", "nav[aria-label]", "body > footer"} {
			if eval[int](b, `document.querySelectorAll('`+landmark+`').length`) != 1 {
				t.Errorf("%s: not one %s", name, landmark)
			}
		}
		if ids := eval[[]string](b, `[...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i)`); len(ids) > 0 {
			t.Errorf("%s: ids twice: %q", name, ids)
		}
		if dead := eval[[]string](b, `[...document.querySelectorAll('a[href^="#"]')].map(e => e.getAttribute('href')).filter(h => !document.getElementById(h.slice(1)))`); len(dead) > 0 {
			t.Errorf("%s: addresses that lead nowhere: %q", name, dead)
		}
	}
}

// axe-core checks contrast in both themes, names, roles and structure.
func TestAxe(t *testing.T) {
	axe := tools.AxeCore(t)
	b := newTab(t)
	if _, err := chromedp.Call(b.Context, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}); err != nil { // axe is ours, not the page's
		t.Fatal(err)
	}
	for _, theme := range []string{"light", "dark"} {
		b.media("", "prefers-color-scheme", theme)
		for _, name := range []string{"panic", "wrapped", "join", "template", "notfound", "empty"} {
			b.show(sample(t, name))
			eval[bool](b, `document.querySelectorAll('details').forEach(d => d.open = true), true`)
			eval[bool](b, axe+"; true")
			found := eval[[]string](b, `axe.run(document, {iframes: false}).then(r => r.violations.flatMap(v => v.nodes.slice(0, 3).map(n => v.id + ': ' + n.html.slice(0, 160) + ' ' + (n.any[0]?.message || n.all[0]?.message || n.none[0]?.message || ''))))`)
			for _, f := range found {
				t.Errorf("%s, %s: %s", name, theme, f)
			}
		}
	}
}

// On paper the frames of the application are unfolded, and there are no controls.
func TestPrint(t *testing.T) {
	b := newTab(t)
	b.show(sample(t, "panic"))
	b.media("print", "", "")
	eval[bool](b, `window.dispatchEvent(new Event('beforeprint'))`)
	if eval[bool](b, `['nav', '.tools', 'iframe', '#take'].some(s => document.querySelector(s).checkVisibility())`) {
		t.Error("controls are printed")
	}
	if !eval[bool](b, `[...document.querySelectorAll('.frame.app .src')].every(e => e.checkVisibility())`) {
		t.Error("source is folded away on paper")
	}
}

// Where the system chooses the colours, the failing line differs by more than its background.
func TestForcedColors(t *testing.T) {
	b := newTab(t)
	b.media("", "forced-colors", "active")
	b.show(sample(t, "panic"))
	if got := eval[string](b, `getComputedStyle(document.querySelector('.src mark')).outlineStyle`); got != "solid" {
		t.Errorf("the line meant has the outline %q", got)
	}
	b.quiet("forced colours")
}
