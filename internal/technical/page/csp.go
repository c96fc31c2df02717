package page

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
)

// policy is the policy of the page p. The preview of the public answer is a document of its own in a sandbox, but it inherits
// the policy: its style sheets are allowed by their hashes, or the viewer would not see the page that the public saw.
// Everything else in it stays blocked: scripts by the sandbox and the policy, images and fonts by default-src.
func (h *htmlPage) policy(p *page) string {
	styles := h.styleSource
	for _, m := range styleElement.FindAllStringSubmatch(p.Preview(), maxStyles) {
		styles += " " + hashSource(m[1])
	}
	return "default-src 'none'; style-src " + styles + "; script-src " + h.scriptSource +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

// styleElement finds the style sheets of a document well enough: one that it misses leaves the preview unstyled.
var styleElement = regexp.MustCompile(`(?is)<style[^>]*>(.*?)</style`)

// maxStyles bounds the length of the policy.
const maxStyles = 4

// hashSource is the source of a policy that allows an element with this content. An HTML parser reads CR LF and CR as LF, and
// hashes what it read.
func hashSource(content string) string {
	content = strings.ReplaceAll(strings.ReplaceAll(content, "\r\n", "\n"), "\r", "\n")
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
