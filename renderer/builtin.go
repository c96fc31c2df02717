package renderer

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
)

//go:embed builtin/page.html
var pageHTML string

//go:embed builtin/page.css
var pageCSS string

// builtinTemplate returns the built-in page: "page" is a whole document, "fragment" what htmx and Turbo put into one.
// Both take a *Page.
//
// They use neither functions nor what differs with every request, so that a page can be kept; and never a bare dot,
// which would stand for all of the page.
func builtinTemplate(embed bool) *template.Template {
	t := template.Must(template.New("page").Parse(pageHTML))
	if embed {
		template.Must(t.Parse(problemBlock))
	}
	return t
}

// styleSheet returns the style sheet of the built-in page in a colour, which parseColor takes; "" is the standard one.
// What the browser gets is this, byte for byte, because template.CSS is not escaped: so its hash can be in the CSP.
func styleSheet(brand string) template.CSS {
	css := compactCSS(pageCSS)
	c, err := parseColor(brand)
	if err != nil {
		return template.CSS(css)
	}
	light, dark := c.on(paperLight), c.on(paperDark)
	return template.CSS(css + fmt.Sprintf(":root{--brand:%s;--link:%s}@media(prefers-color-scheme:dark){:root{--link:%s}}", c, light, dark))
}

// compactCSS removes the comments and the indentation. It knows page.css, in which neither is inside of a string.
func compactCSS(css string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(css, "/*")
		b.WriteString(before)
		if !found {
			break
		}
		_, css, _ = strings.Cut(after, "*/")
	}
	var out strings.Builder
	for line := range strings.Lines(b.String()) {
		out.WriteString(strings.TrimSpace(line))
	}
	return out.String()
}

// builtinStyleHash returns the hash of the style sheet as a source of a CSP: sha256-….
func builtinStyleHash(b *Brand) string {
	sum := sha256.Sum256([]byte(b.Style()))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// builtinCSP returns the Content-Security-Policy of the built-in page for a brand that has been checked. The page may
// load a picture from its own host, and be framed by it, which the gallery does.
func builtinCSP(b *Brand) string {
	return "default-src 'none'; style-src '" + builtinStyleHash(b) + "'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
}
