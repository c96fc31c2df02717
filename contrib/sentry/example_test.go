package sentry_test

import (
	"context"
	"log"

	sdk "github.com/getsentry/sentry-go"

	exceptionalsentry "github.com/exceptional-go/exceptional/contrib/sentry"
	"github.com/exceptional-go/exceptional/report"
)

func Example() {
	if err := sdk.Init(sdk.ClientOptions{Dsn: "" /* yours */}); err != nil {
		log.Print(err) // the application is not worse for it
	}
	// Reporters go into exceptional.Config; a pipeline is what runs them.
	p, err := report.New(report.Options{
		Reporters: []report.Reporter{exceptionalsentry.New(exceptionalsentry.Options{})},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close(context.Background())
}

// The hub may be kept wherever the application likes.
func ExampleOptions_hub() {
	type key struct{}
	exceptionalsentry.New(exceptionalsentry.Options{
		Hub: func(ctx context.Context) *sdk.Hub {
			hub, _ := ctx.Value(key{}).(*sdk.Hub)
			return hub // nil: whatever the SDK has
		},
	})
}
