package report_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// pager pages the engineer on call.
type pager struct{}

func (pager) Report(ctx context.Context, f *report.Failure) error {
	// Send it somewhere, and give up when ctx ends.
	fmt.Printf("page: %d on %s: %v\n", f.Status, f.Route, f.Err)
	return nil
}

func ExampleReporter() {
	responder, err := exceptional.New(exceptional.Config{
		Logger:    slog.New(slog.DiscardHandler),
		Reporters: []report.Reporter{pager{}},
	})
	if err != nil {
		panic(err)
	}
	e := echo.New()
	e.HTTPErrorHandler = responder.HandleError
	e.GET("/orders/:id", func(c echo.Context) error { return errors.New("connection refused") })
	e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/orders/7", nil))

	if err := responder.Close(context.Background()); err != nil { // waits for the reporters
		panic(err)
	}
	// Output: page: 500 on /orders/:id: connection refused
}

func ExampleOptions_policy() {
	// A maintenance window is never reported.
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

// This policy reports errors of other packages whatever their status, except for 404 and for clients that have disconnected.
// Malformed bodies are among them, so that any client can fill the error tracker.
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

// This policy goes by the status that the client got. A panic and an error after the response had begun are named, because
// their status may be anything.
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
