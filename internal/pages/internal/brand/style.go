package brand

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"regexp"
	"strings"
)

//go:embed page.css
var pageCSS string

// styleSheet returns the style sheet of the built-in page in a colour that Check has passed; "" is the standard colour. It is
// compact already, because the hash in the policy is that of the bytes that the browser gets.
func styleSheet(brand string) template.CSS {
	css := CompactCSS(pageCSS)
	c, err := parseColor(brand)
	if err != nil {
		return template.CSS(css)
	}
	light, dark := c.legibleOn(paperLight), c.legibleOn(paperDark)
	css += fmt.Sprintf(":root{--brand:%s;--link:%s}@media(prefers-color-scheme:dark){:root{--link:%s}}", c, light, dark)
	return template.CSS(css)
}

var cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)

// CompactCSS removes the comments, the indentation and the line breaks. Our style sheets have none of these in a string.
func CompactCSS(css string) string {
	var b strings.Builder
	for line := range strings.Lines(cssComment.ReplaceAllString(css, "")) {
		b.WriteString(strings.TrimSpace(line))
	}
	return b.String()
}

// Policy returns the Content-Security-Policy of a page whose one style sheet is css, with its other directives.
func Policy(css template.CSS, directives string) string {
	sum := sha256.Sum256([]byte(css))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; " + directives
}

// PagePolicy is the policy of the built-in page, and of those that explain problems: they may load a logo from their own
// host, and the gallery may frame them.
func PagePolicy(css template.CSS) string {
	return Policy(css, "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
}
