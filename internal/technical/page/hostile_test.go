package page_test

import (
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/technical/page"
	"github.com/exceptional-go/exceptional/internal/technical/page/pagetest"
)

func TestHostileStrings(t *testing.T) {
	for _, p := range pagetest.Payloads {
		r := pagetest.Hostile(p)
		html, _ := mustRender(t, page.FormatHTML, r)
		markup := string(html)
		for _, bad := range []string{"<script>window", "<img", "</style><style>*", "\x00", "\x1b", "\u202e", "\u2028", "\u2066", `href="javascript:`, `src="javascript:`, "ZgotmplZ"} {
			if strings.Contains(markup, bad) {
				at := strings.Index(markup, bad)
				t.Errorf("payload %q: the page holds %q: …%q…", p, bad, markup[max(0, at-80):min(len(markup), at+80)])
			}
		}
		for _, f := range []page.Format{page.FormatText, page.FormatMarkdown} {
			body, _ := mustRender(t, f, r)
			for _, bad := range []string{"\x00", "\x1b", "\r", "\u202e", "\u2028", "\u200b"} {
				if strings.Contains(string(body), bad) {
					t.Errorf("payload %q: form %d holds %q", p, f, bad)
				}
			}
		}
	}
}
