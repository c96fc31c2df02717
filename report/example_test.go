package report_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// pager wakes somebody up.
type pager struct{}

func (pager) Report(ctx context.Context, f *report.Failure) error {
	// Send it somewhere, and give up when ctx ends.
	fmt.Printf("page: %d on %s: %v\n", f.Status, f.Route, f.Err)
	return nil
}

func ExampleReporter() {
	p, err := report.New(report.Options{
		Logger:    slog.New(slog.DiscardHandler),
		Reporters: []report.Reporter{pager{}},
	})
	if err != nil {
		panic(err)
	}
	p.Handle(context.Background(), &report.Failure{
		Err: errors.New("connection refused"), Origin: httperrors.OriginUnknown, Status: 500, Route: "/orders/:id",
	})
	if err := p.Close(context.Background()); err != nil {
		panic(err)
	}
	// Output: page: 500 on /orders/:id: connection refused
}

func ExampleOptions_policy() {
	// Nobody wants to hear of a maintenance window, whatever else goes wrong.
	policy := func(f *report.Failure) bool {
		return f.Status != 503 && report.DefaultPolicy(f)
	}
	for _, status := range []int{404, 500, 503} {
		f := &report.Failure{Origin: httperrors.OriginOwn, Status: status}
		fmt.Println(status, policy(f))
	}
	// Output:
	// 404 false
	// 500 true
	// 503 false
}

func ExamplePipeline() {
	plain := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	p, err := report.New(report.Options{Logger: slog.New(plain)})
	if err != nil {
		panic(err)
	}
	p.Handle(context.Background(), &report.Failure{
		Err: errors.New("dial: refused\nlevel=INFO msg=forged"), Origin: httperrors.OriginUnknown, Status: 500,
		Method: "GET", Route: "/orders/:id", Reference: "7K3F-9Q2M-4TXV",
	})
	// Output:
	// level=ERROR msg="500 Internal Server Error: GET /orders/:id" status=500 method=GET route=/orders/:id error="dial: refused\\nlevel=INFO msg=forged" causes=*errors.errorString reference=7K3F-9Q2M-4TXV
}

func ExampleParseReference() {
	ref, ok := report.ParseReference("7k3f 9q2m 4txo")
	fmt.Println(ref, ok)
	// Output: 7K3F-9Q2M-4TX0 true
}
