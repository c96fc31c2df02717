// Package show makes the Report of an error in the programs that the test builds. Those are modules of other people, which may not
// import internal packages; the path of this module lets it.
package show

import (
	"context"
	"encoding/json"
	"io"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/technical"
)

// Report writes the Report of err as JSON.
func Report(w io.Writer, err error, o debugview.Options) error {
	v, fault := technical.New(o)
	if fault != nil {
		return fault
	}
	return json.NewEncoder(w).Encode(v.Report(context.Background(), &technical.Input{Err: err}))
}
