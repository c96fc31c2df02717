package page

import (
	"fmt"
	"html"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// minimalPage is the page for the day when the page itself fails: no template, no style, no script, nothing that could fail
// again. It holds both errors, the one that happened and the one that kept the page from telling it.
func minimalPage(r *report.Report, failure error) []byte {
	d := detail{windows: 1, request: true, public: true}
	message := "unknown"
	if failure != nil {
		message = failure.Error()
	}
	message, _ = cut(visible(message), showValue)
	text := textForm(r, d, MaxPage/8) // every byte may become five
	return fmt.Appendf(nil, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>%s</title>
</head>
<body>
<h1>%s</h1>
<pre>%s</pre>
<h2>This page is a smaller one, for the full page failed</h2>
<pre>%s</pre>
</body>
</html>
`, html.EscapeString(strings.TrimSpace(headline(r))), html.EscapeString(headline(r)), html.EscapeString(text), html.EscapeString(message))
}

func minimalPolicy() string {
	return "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
