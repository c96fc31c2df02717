package pages_test

import (
	"fmt"
	"testing/fstest"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// A catalogue changes built-in texts, and has texts for the application's own codes. A file needs to contain no more
// than what it changes; a language that is not built in is added by a file for it. An embed.FS is what an application
// would use.
//
// All that a file may have: "language", a BCP 47 tag, which the file is named after; "direction", "ltr" or "rtl"; "name",
// what the language calls itself; "labels", as in renderer/locales/en.json, like "titles", phrases by status, and
// "groups", which explain several statuses at once; and "pages", for one status, for the rest of a class ("4xx"), or for
// a code.
func ExampleOptions_catalogue() {
	r, err := pages.New(renderer.Options{Catalogue: fstest.MapFS{
		"en.json": {Data: []byte(`{
			"labels": {"home": "Back to the books"},
			"groups": {"not-found": {"text": "We do not have that."}},
			"pages": {
				"503":            {"heading": "We are taking stock", "advice": "Come back after lunch."},
				"quota-exceeded": {"title": "Quota exceeded", "text": "You have used up this month's quota."}
			}
		}`)},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	in := &pages.Input{Error: httperrors.New(429, "").WithCode("quota-exceeded")}
	a := r.Render(pages.Choice{Format: renderer.FormatText, Language: "en"}, in)
	fmt.Printf("%s", a.Body)
	// Output:
	// Quota exceeded (429)
	//
	// You have used up this month's quota.
	//
	// Wait a little, then try again.
}
