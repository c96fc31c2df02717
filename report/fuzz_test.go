package report_test

import (
	"bytes"
	"context"
	"errors"
	"log"
	"log/slog"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// FuzzOneLine holds the promise of one line for whatever is in an error and in a request, with the standard handler and
// with one that quotes nothing.
func FuzzOneLine(f *testing.F) {
	for _, s := range []string{"", "a", "a\nb", "\x1b[31m", "\u202e", "\xff", "password=hunter2", strings.Repeat("é\n", 5000), "\u2028 \u0085"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var plain, text bytes.Buffer
		for _, h := range []slog.Handler{plainHandler{log.New(&plain, "", 0)}, slog.NewTextHandler(&text, nil)} {
			o := logTo(h)
			o.LogLimit = -1
			newPipeline(t, o).Handle(context.Background(), &report.Failure{
				Err: errors.New(a), Resolved: httperrors.New(500, a), Status: 500, Origin: httperrors.OriginUnknown,
				Method: b, Path: a, Route: b, RequestID: a, TraceID: b, SpanID: a, Reference: b, PageErr: errors.New(b),
				Warnings: []string{a, b}, Viewer: a, Format: b, Language: a, Step: b,
			})
		}
		for name, s := range map[string]string{"plain": plain.String(), "text": text.String()} {
			if err := oneLine(s); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
