package pages_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

func TestBrandFaults(t *testing.T) {
	long := strings.Repeat("a", 3000)
	for _, tt := range []struct {
		name  string
		brand renderer.Brand
		want  string
	}{
		{"a long name", renderer.Brand{Name: long}, "Brand.Name: 3000 bytes"},
		{"a name on two lines", renderer.Brand{Name: "a\nb"}, "Brand.Name: contains the control character U+000A"},
		{"a name that turns around", renderer.Brand{Name: "a\u202eb"}, "Brand.Name: contains the control character U+202E"},
		{"a name that is no text", renderer.Brand{Name: "\xff"}, "Brand.Name: is not valid UTF-8"},
		{"a colour by name", renderer.Brand{Color: "blue"}, `Brand.Color: "blue"`},
		{"a colour with more to it", renderer.Brand{Color: "#123456;}"}, "Brand.Color"},
		{"a colour that closes the sheet", renderer.Brand{Color: "</sty"}, "Brand.Color"},
		{"a colour with a sign", renderer.Brand{Color: "#+12345"}, "Brand.Color"},
		{"a logo elsewhere", renderer.Brand{Logo: "https://cdn.example.org/logo.svg"}, "Brand.Logo"},
		{"a logo elsewhere in short", renderer.Brand{Logo: "//cdn.example.org/logo.svg"}, "Brand.Logo"},
		{"a logo that is a page", renderer.Brand{Logo: "data:text/html,<p>"}, `Brand.Logo: the data URL is of type "text/html"`},
		{"a logo without content", renderer.Brand{Logo: "data:image/png"}, "Brand.Logo: is not a data URL"},
		{"a logo that is no base64", renderer.Brand{Logo: "data:image/png;base64,###"}, "Brand.Logo: the data URL: illegal"},
		{"a logo that is too large", renderer.Brand{Logo: "data:image/png," + strings.Repeat("a", 70_000)}, "Brand.Logo: 70015 bytes"},
		{"a logo that breaks out", renderer.Brand{Logo: `/a" onload="x`}, "Brand.Logo"},
		{"a home that is a script", renderer.Brand{Home: "javascript:alert(1)"}, "Brand.Home"},
		{"a home in capitals", renderer.Brand{Home: "JavaScript:alert(1)"}, "Brand.Home"},
		{"a home that is no path", renderer.Brand{Home: "start"}, "Brand.Home: \"start\": write a path"},
		{"a support that is data", renderer.Brand{Support: "data:text/html,x"}, "Brand.Support"},
		{"a support without an address", renderer.Brand{Support: "mailto:"}, "Brand.Support: \"mailto:\": has no address"},
		{"a support without a host", renderer.Brand{Support: "https:///help"}, "Brand.Support: \"https:///help\": has no host"},
		{"a link without a text", renderer.Brand{Links: []renderer.Link{{URL: "/"}}}, "Brand.Links[0]: needs"},
		{"a link that is a script", renderer.Brand{Links: []renderer.Link{{Text: "a", URL: "/"}, {Text: "b", URL: "vbscript:x"}}}, "Brand.Links[1].URL"},
		{"too many links", renderer.Brand{Links: slices.Repeat([]renderer.Link{{Text: "a", URL: "/"}}, 13)}, "Brand.Links: 13 links"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := pages.New(renderer.Options{Brand: tt.brand}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New: %v, want %s", err, tt.want)
			}
		})
	}
	_, err := pages.New(renderer.Options{Brand: renderer.Brand{Color: "x", Home: "y", Links: []renderer.Link{{Text: "a", URL: "z"}}}})
	for _, want := range []string{"Brand.Color", "Brand.Home", "Brand.Links[0].URL"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not all at once: %v, want %s", err, want)
		}
	}
}

func TestBrandShown(t *testing.T) {
	links := []renderer.Link{{Text: "Status & <more>", URL: "https://status.example.org/?a=1&b=2"}, {Text: "Imprint", URL: "/imprint#here"}}
	brand := renderer.Brand{Name: "Tom & <Jerry>", Color: "#0B7A53", Home: "/shop?x=1", Support: "tel:+1-555-0100", Links: links}
	r, err := pages.New(renderer.Options{Brand: brand, Languages: []string{"en"}})
	if err != nil {
		t.Fatal(err)
	}
	links[0].Text = "changed afterwards"
	got := texts(t, r, "en", &pages.Input{Status: 404})
	for _, want := range []string{
		"<title>Page not found – Tom &amp; &lt;Jerry&gt;</title>", "--brand:#0b7a53", `href="/shop?x=1"`, `href="tel:&#43;1-555-0100"`,
		`href="https://status.example.org/?a=1&amp;b=2" dir="auto">Status &amp; &lt;more&gt;</a>`, `href="/imprint#here"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}

	bare, err := pages.New(renderer.Options{Brand: renderer.Brand{Home: "-"}, Languages: []string{"en"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := texts(t, bare, "en", &pages.Input{Status: 404}); strings.Contains(got, "<a ") || strings.Contains(got, "<header") || strings.Contains(got, "<footer") {
		t.Errorf("a page without links has some:\n%s", got)
	}
}

var (
	variable = regexp.MustCompile(`--(brand|link|paper):(#[0-9a-f]{6})`)
	sheet    = regexp.MustCompile(`(?s)<style>(.*)</style>`)
)

// TestBrandContrast: whatever the colour of a brand, what is written in it can be read on both papers.
func TestBrandContrast(t *testing.T) {
	for _, c := range []string{"#000", "#fff", "#ffe14d", "#00ff00", "#ff0000", "#0000ff", "#808080", "#0b7a53", "#010203", "#fefdfc", "#777", "#f0f"} {
		r, err := pages.New(renderer.Options{Brand: renderer.Brand{Color: c}, Languages: []string{"en"}})
		if err != nil {
			t.Fatal(err)
		}
		css := sheet.FindStringSubmatch(texts(t, r, "en", &pages.Input{Status: 404}))[1]
		values := make(map[string][]string)
		for _, m := range variable.FindAllStringSubmatch(css, -1) {
			values[m[1]] = append(values[m[1]], m[2])
		}
		papers, links := values["paper"], values["link"]
		if len(papers) != 2 || len(links) != 4 {
			t.Fatalf("papers %v, links %v", papers, links)
		}
		for i, l := range links[2:] {
			if got := contrastOf(t, l, papers[i]); got < 4.5 {
				t.Errorf("%s: %s on %s has a contrast of %.2f", c, l, papers[i], got)
			}
		}
	}
}

// contrastOf is WCAG's, written down a second time.
func contrastOf(t *testing.T, a, b string) float64 {
	t.Helper()
	luminance := func(s string) float64 {
		n, err := strconv.ParseUint(s[1:], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		part := func(v uint64) float64 {
			x := float64(v&0xff) / 255
			if x <= 0.03928 {
				return x / 12.92
			}
			return math.Pow((x+0.055)/1.055, 2.4)
		}
		return 0.2126*part(n>>16) + 0.7152*part(n>>8) + 0.0722*part(n) + 0.05
	}
	x, y := luminance(a), luminance(b)
	return max(x, y) / min(x, y)
}

// TestBuiltinCSP: the policy names the very bytes of the sheet, with every brand.
func TestBuiltinCSP(t *testing.T) {
	for _, color := range []string{"", "#0b7a53"} {
		r, err := pages.New(renderer.Options{Brand: renderer.Brand{Color: color}, Languages: []string{"en"}})
		if err != nil {
			t.Fatal(err)
		}
		a := r.Render(pages.Choice{Format: renderer.FormatHTML, Language: "en"}, &pages.Input{Status: 500})
		styles := sheet.FindAllStringSubmatch(string(a.Body), -1)
		if len(styles) != 1 {
			t.Fatalf("%d sheets", len(styles))
		}
		sum := sha256.Sum256([]byte(styles[0][1]))
		want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
		if a.CSP != want {
			t.Errorf("CSP = %s\nwant  %s", a.CSP, want)
		}
		if len(a.Body) > 14<<10 {
			t.Errorf("%d bytes", len(a.Body))
		}
		if strings.Contains(styles[0][1], "/*") || strings.Contains(styles[0][1], "\n") {
			t.Error("the sheet is not compact")
		}
	}
}

// TestBuiltinPage: what a document must have, on the page of every status.
func TestBuiltinPage(t *testing.T) {
	r, err := pages.New(renderer.Options{Languages: []string{"en"}, Brand: renderer.Brand{Name: "Riverside Books"}})
	if err != nil {
		t.Fatal(err)
	}
	h1 := regexp.MustCompile(`<h1>(.*)</h1>`)
	for status := 300; status < 600; status++ {
		got := texts(t, r, "en", &pages.Input{Status: status})
		head := h1.FindAllStringSubmatch(got, -1)
		if len(head) != 1 {
			t.Fatalf("%d: %d headlines", status, len(head))
		}
		for _, want := range []string{"<!doctype html>\n<html lang=\"en\" dir=\"ltr\">", "<title>" + head[0][1] + " – Riverside Books</title>",
			`<meta name="viewport" content="width=device-width, initial-scale=1">`, `<meta name="color-scheme" content="light dark">`,
			`<meta name="robots" content="noindex">`, fmt.Sprintf("<dd>%d</dd>", status)} {
			if !strings.Contains(got, want) {
				t.Errorf("%d: no %s", status, want)
			}
		}
		for _, not := range []string{"<script", "http-equiv", "@import", "url(", "<form", "ZgotmplZ"} {
			if strings.Contains(got, not) {
				t.Errorf("%d: contains %s", status, not)
			}
		}
		if strings.Count(got, "<main>") != 1 {
			t.Errorf("%d: not one main", status)
		}
		if strings.Contains(head[0][1], strconv.Itoa(status)) {
			t.Errorf("%d: the headline is %q", status, head[0][1])
		}
	}
}

func TestBuiltinFragment(t *testing.T) {
	r, err := pages.New(renderer.Options{Languages: []string{"en"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, frame := range []string{"", "cart"} {
		a := r.Render(pages.Choice{Format: renderer.FormatHTML, Language: "en", Fragment: true, Frame: frame}, &pages.Input{Status: 404, Reference: "7K3F-9Q2M-4T"})
		got := string(a.Body)
		for _, not := range []string{"<!doctype", "<html", "<style", "<main", "<h1"} {
			if strings.Contains(got, not) {
				t.Errorf("the fragment contains %s:\n%s", not, got)
			}
		}
		if !strings.Contains(got, `<section class="exceptional" role="alert" lang="en" dir="ltr">`) || !strings.Contains(got, "7K3F-9Q2M-4T") {
			t.Errorf("the fragment is\n%s", got)
		}
		if wrapped := strings.HasPrefix(got, `<turbo-frame id="cart">`) && strings.Contains(got, "</turbo-frame>"); wrapped != (frame != "") {
			t.Errorf("frame %q: the fragment is\n%s", frame, got)
		}
	}
}
