package page

import (
	"bytes"
	"encoding/json"

	"github.com/exceptional-go/exceptional/internal/technical/report"
)

// jsonForm is the Report itself. The HTML escapes of encoding/json stay on: a browser that is talked into sniffing finds no tag.
// The form is not cut to a size, for half a JSON document is none; a Report is bounded when it is made.
func jsonForm(r *report.Report) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return nil, err // only a time outside the years 0 to 9999 can do that
	}
	return b.Bytes(), nil
}
