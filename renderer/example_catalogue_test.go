package renderer_test

import (
	"fmt"
	"testing/fstest"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
)

// A catalogue changes built-in texts, and has texts for the application's own codes. A file needs to contain no more
// than what it changes; a language that is not built in is added by a file for it. An embed.FS is what an application
// would use.
//
// A file may have these members: "language", a BCP 47 tag, which the file is named after; "direction", "ltr" or "rtl"; "name",
// the language's own name for itself; "labels", "titles", which are phrases by status, and "groups", which explain several
// statuses at once, with the keys of internal/pages/internal/i18n/locales/en.json; and "pages", for one status, for the rest of
// a class ("4xx"), or for a code.
func ExampleOptions_catalogue() {
	texts := fstest.MapFS{
		"en.json": {Data: []byte(`{
			"labels": {"home": "Back to the books"},
			"groups": {"not-found": {"text": "We do not have that."}},
			"pages": {
				"503":            {"heading": "We are taking stock", "advice": "Come back after lunch."},
				"quota-exceeded": {"title": "Quota exceeded", "text": "You have used up this month's quota."}
			}
		}`)},
	}
	cfg := exceptional.Config{Pages: renderer.Options{Catalogue: texts}}
	fmt.Print(answer(cfg, httperrors.TooManyRequests("").WithCode("quota-exceeded"), "text/plain"))
	// Output:
	// Quota exceeded (429)
	//
	// You have used up this month's quota.
	//
	// Wait a little, then try again.
}
