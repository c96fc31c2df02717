package report_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
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

// Somebody else's error is always reported, whatever status it stands for, but for what was not found and what nobody waits
// for. That includes malformed bodies, so that anybody can fill the error tracker by sending some.
func ExampleDefaultPolicy() {
	strict := func(f *report.Failure) bool {
		return report.DefaultPolicy(f) ||
			f.Origin == httperrors.OriginMapped && !f.ClientGone && f.Resolved.StatusCode() != 404
	}
	for _, err := range []error{
		&json.SyntaxError{}, &http.MaxBytesError{}, fs.ErrPermission, fs.ErrNotExist, errors.New("connection refused"),
		httperrors.Conflict("Changed meanwhile."), httperrors.InternalServerError("Broken."),
	} {
		resolved, origin := httperrors.Resolve(err)
		f := &report.Failure{Err: err, Resolved: resolved, Origin: origin, Status: resolved.StatusCode()}
		fmt.Println(f.Status, origin, report.DefaultPolicy(f), strict(f))
	}
	// Output:
	// 400 mapped false true
	// 413 mapped false true
	// 403 mapped true true
	// 404 mapped false false
	// 500 unknown true true
	// 409 own false false
	// 500 own true true
}

// Only what the client got counts, whoever's error it is. A panic and an error after the response had begun have to be
// named: their status may be anything.
func ExampleOptions_policyOfStatuses() {
	reported := map[int]bool{500: true, 502: true, 504: true}
	policy := func(f *report.Failure) bool {
		return f.Panic || f.AfterCommit || reported[f.Status]
	}
	for _, status := range []int{403, 500, 503} {
		f := &report.Failure{Origin: httperrors.OriginUnknown, Status: status}
		fmt.Println(status, policy(f))
	}
	// Output:
	// 403 false
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
