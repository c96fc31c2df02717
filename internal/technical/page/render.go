// Package page writes out a [report.Report] as HTML, text, Markdown or JSON. It needs nothing but the Report.
//
// Read render.go first, then page.go: a page is the Report with its invisible characters made visible.
//
//   - The HTML format: html.go executes assets/page.html. stacks.go, tree.go and lists.go arrange the stacks, the error tree and the
//     other data for it.
//   - The text formats: text.go writes plain text and Markdown out of titled blocks, and blocks.go fills the blocks with the same
//     data.
//   - The request to repeat: replay.go takes the request apart, curl.go makes a command of it, and gotest.go a test.
//
// units.go writes numbers for people, for all of them.
package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// A Format is a way to write out a [report.Report].
type Format uint8

const (
	FormatHTML     Format = iota // the technical page
	FormatText                   // for a terminal
	FormatMarkdown               // for a chat, or a client that asks for it
	FormatJSON                   // the Report itself, for tools
)

// MaxPage bounds the HTML, text and Markdown formats, in bytes.
const MaxPage = 512_000

// The Content-Security-Policies of the formats that need neither style nor script: nothing in them may load or run. The minimal
// page is an HTML document; the text formats and JSON are not, so they are sandboxed as well, in case a browser takes them for one.
const (
	policyMinimal = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	policyInert   = policyMinimal + "; sandbox"
)

// Render writes out r in the format f. csp is the Content-Security-Policy to send with body.
//
// It relies on what a Report promises: its strings are masked, bounded and valid UTF-8, and its indices are right. It does no
// I/O and may be called concurrently. The HTML, text and Markdown formats stay below [MaxPage] and say what was left out.
//
// A body beside an error is still a page: a section of it failed, or all of it did and a minimal page replaces it. The caller
// sends the body and reports the error. Without a body, as for a nil r, the caller answers what the public gets. Render never
// panics.
func Render(f Format, r *report.Report) (body []byte, contentType, csp string, err error) {
	if r == nil {
		return nil, "", "", errors.New("debugview: no report to render")
	}
	switch f {
	case FormatHTML:
		body, csp, err = renderHTML(r, builtinTemplate)
		return body, "text/html; charset=utf-8", csp, err
	case FormatText:
		contentType = "text/plain; charset=utf-8"
		body, err = guarded(func() ([]byte, error) { return []byte(newPage(r).asText(scopeAll, MaxPage)), nil })
	case FormatMarkdown:
		contentType = "text/markdown; charset=utf-8"
		body, err = guarded(func() ([]byte, error) { return []byte(newPage(r).asMarkdown(scopeAll, "", MaxPage)), nil })
	case FormatJSON:
		contentType = "application/json"
		// encoding/json escapes "<", so a browser that guesses the type of what it gets finds no tag. This format is not cut to a
		// size: half a JSON document cannot be read.
		body, err = guarded(func() ([]byte, error) { return json.MarshalIndent(r, "", "  ") })
	default:
		err = fmt.Errorf("debugview: unknown format %d", f)
	}
	return body, contentType, policyInert, err
}

// renderHTML makes the technical page, or the minimal page if that fails, or no page if both fail. Tests give it a template of
// which a part fails.
func renderHTML(r *report.Report, parse func() (*htmlTemplate, error)) (body []byte, csp string, err error) {
	body, err = guarded(func() ([]byte, error) {
		h, err := parse()
		if err != nil {
			return nil, err
		}
		p := newPage(r)
		csp = h.policy(p)
		return h.render(p)
	})
	if body != nil {
		return body, csp, err
	}
	body, minimalErr := guarded(func() ([]byte, error) { return minimalPage(r, err), nil })
	return body, policyMinimal, errors.Join(err, minimalErr)
}

// guarded calls f. A panic in it is an error without a body.
func guarded(f func() ([]byte, error)) (body []byte, err error) {
	if panicked := guard.Call(func() { body, err = f() }); panicked != nil {
		body, err = nil, panicked
	}
	if err != nil {
		err = fmt.Errorf("debugview: rendering: %w", err)
	}
	return body, err
}

// minimalPage replaces the technical page when that fails. It has no template, no style and no script, so that
// little is left to fail, and it shows both errors: that of the request, and the one that made the technical page fail.
func minimalPage(r *report.Report, failure error) []byte {
	p := newPage(r)
	reason := text.Cut(text.ShowInvisible(failure.Error()), 4<<10)
	return fmt.Appendf(nil, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>%[1]s</title>
</head>
<body>
<h1>%[1]s</h1>
<pre>%[2]s</pre>
<h2>This page is a smaller one, because the full page failed</h2>
<pre>%[3]s</pre>
</body>
</html>
`, html.EscapeString(p.headline()), html.EscapeString(p.asText(scopeCopy, MaxPage/8)), html.EscapeString(reason)) // escaping makes a byte five at most
}
