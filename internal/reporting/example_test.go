package reporting_test

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/reporting"
	"github.com/exceptional-go/exceptional/report"
)

func Example() {
	logger := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	p, err := reporting.New(report.Options{Logger: slog.New(logger)})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	f := &report.Failure{
		Err: errors.New("dial: refused\nlevel=INFO msg=forged"), Origin: httperrors.OriginUnknown, Status: 500,
		Method: "GET", Route: "/orders/:id", Reference: "7K3F-9Q2M-4TXV",
	}
	if p.Listening(ctx, f) {
		p.Handle(ctx, f)
	}
	// Output:
	// level=ERROR msg="500 Internal Server Error: GET /orders/:id" status=500 method=GET route=/orders/:id error="dial: refused\\nlevel=INFO msg=forged" causes=*errors.errorString reference=7K3F-9Q2M-4TXV
}
