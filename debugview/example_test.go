package debugview_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/debugview"
)

// The application's log handler is wrapped once. Lines below its own level are then on the technical page of a failed request,
// although the log does not have them.
func ExampleLogHandler() {
	next := slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})
	slog.SetDefault(slog.New(debugview.LogHandler(next)))
}

// A panel shows what the application knows: it gets the request's context with its values, but with a deadline of its own.
func ExamplePanel() {
	type session struct {
		Plan  string
		Token string `exceptional:"secret"`
	}
	cfg := exceptional.Config{Technical: debugview.Options{Panels: []debugview.Panel{{
		Title: "Session",
		Load:  func(ctx context.Context, user string) (any, error) { return session{"gold", "8f3a"}, nil },
	}}}}
	if _, err := exceptional.New(cfg); err != nil {
		fmt.Println(err)
	}
}
