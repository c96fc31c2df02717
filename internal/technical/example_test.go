package technical_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

// A middleware attaches a trail to each request; what the handler logs, notes and watches is in the Report, although the
// production logger prints nothing below Info.
func Example_report() {
	log := slog.New(debugview.LogHandler(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelWarn})))
	view, err := technical.New(debugview.Options{})
	if err != nil {
		panic(err)
	}
	view.SetBudget(20*time.Second, 10*time.Second, 10*time.Second) // a loaded machine is no reason to fail
	handler := func(r *http.Request) error {
		log.DebugContext(r.Context(), "query", "table", "orders", "password", "hunter2")
		debugview.Watch(r.Context(), "cart", map[string]int{"apples": 3})
		return errors.New("out of apples")
	}

	r := trail.Attach(httptest.NewRequest("GET", "/checkout?token=t0k3n", nil))
	rep := view.Report(r.Context(), &technical.Input{Err: handler(r), Request: r, Status: http.StatusInternalServerError})

	fmt.Println(rep.Summary.Line)
	for _, e := range rep.Trail.Entries {
		fmt.Println(e.Level, e.Text, e.Fields[0].Value, e.Fields[1].Value)
	}
	fmt.Println(rep.Watches[0].Title, rep.Watches[0].Fields[0].Name, rep.Watches[0].Fields[0].Value)
	// Output:
	// GET /checkout?token=•••• (masked) HTTP/1.1
	// DEBUG query orders •••• (masked)
	// cart apples 3
}

// A panel shows what the application knows: it gets the request's context with its values, but with a deadline of its own.
func Example_panel() {
	type session struct {
		Plan  string
		Token string `exceptional:"secret"`
	}
	view, err := technical.New(debugview.Options{Panels: []debugview.Panel{{
		Title: "Session",
		Load:  func(ctx context.Context, user string) (any, error) { return session{"gold", "8f3a"}, nil },
	}}})
	if err != nil {
		panic(err)
	}
	view.SetBudget(20*time.Second, 10*time.Second, 10*time.Second) // a loaded machine is no reason to fail
	rep := view.Report(context.Background(), &technical.Input{Err: errors.New("x"), User: "jo"})
	for _, f := range rep.Panels[0].Fields {
		fmt.Println(f.Name, f.Value)
	}
	// Output:
	// Plan gold
	// Token •••• (masked)
}
