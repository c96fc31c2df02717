package negotiate

import (
	"testing"

	"github.com/exceptional-go/exceptional/renderer"
)

// TestWeights is table 5 of RFC 9110, section 12.5.1.
func TestWeights(t *testing.T) {
	const table5 = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5"
	var a acceptance
	a.read(table5)
	for f, want := range map[renderer.Format]int{
		renderer.FormatText: 700, renderer.FormatHTML: 300, renderer.FormatMarkdown: 300, renderer.FormatProblemJSON: 500, renderer.FormatProblemXML: 500,
	} {
		if w, _ := a.quality(f); int(w)-1 != want {
			t.Errorf("the weight of %v is %d/1000, want %d", f, int(w)-1, want)
		}
	}
}
