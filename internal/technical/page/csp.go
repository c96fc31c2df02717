package page

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// A policy holds the hashes of the page's own style sheet and script.
type policy struct{ style, script string }

// policyOf reads them from emitted markup: the content of the first style and the first script element.
func policyOf(markup []byte) policy {
	return policy{style: hashSource(between(string(markup), "<style>", "</style>")), script: hashSource(between(string(markup), "<script>", "</script>"))}
}

// policyFor is the policy of the page of r. The preview of the public answer is a document of its own in a sandbox, but it
// inherits the policy: its style sheets are let in by their hashes, or what the viewer sees would not be what the public saw.
// Everything else of it stays locked out: scripts by the sandbox and the policy, images and fonts by default-src.
func (h *htmlPage) policyFor(r *report.Report) string {
	styles := h.policy.style
	if isHTML(r.Decision.Type) && r.Decision.Trimmed == 0 && len(r.Decision.Body) <= showPreview {
		for _, s := range styleHashes(string([]rune(r.Decision.Body))) {
			styles += " " + s
		}
	}
	return "default-src 'none'; style-src " + styles + "; script-src " + h.policy.script +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

// styleHashes are the sources for the style elements of an HTML document, the first few of them. Finding too few leaves the
// preview unstyled and harms nothing.
func styleHashes(html string) (out []string) {
	for len(out) < 4 {
		_, rest, found := cutFold(html, "<style")
		if !found {
			return out
		}
		_, rest, found = strings.Cut(rest, ">")
		if !found {
			return out
		}
		content, after, found := cutFold(rest, "</style")
		if !found {
			return out
		}
		// An HTML parser reads CR LF and CR as LF, and hashes what it read.
		content = strings.ReplaceAll(strings.ReplaceAll(content, "\r\n", "\n"), "\r", "\n")
		out, html = append(out, hashSource(content)), after
	}
	return out
}

func hashSource(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func between(s, open, end string) string {
	_, s, _ = strings.Cut(s, open)
	s, _, _ = strings.Cut(s, end)
	return s
}

// cutFold is strings.Cut for an ASCII separator in either case.
func cutFold(s, separator string) (before, after string, found bool) {
	for i := 0; i+len(separator) <= len(s); i++ {
		if s[i] == separator[0] && strings.EqualFold(s[i:i+len(separator)], separator) {
			return s[:i], s[i+len(separator):], true
		}
	}
	return s, "", false
}
