package sentry_test

import (
	"context"
	"log"

	sdk "github.com/getsentry/sentry-go"

	"github.com/exceptional-go/exceptional"
	exceptionalsentry "github.com/exceptional-go/exceptional/contrib/sentry"
	"github.com/exceptional-go/exceptional/report"
)

func Example() {
	if err := sdk.Init(sdk.ClientOptions{Dsn: "" /* yours */}); err != nil {
		log.Print(err) // the application works without Sentry
	}
	responder, err := exceptional.New(exceptional.Config{
		Reporters: []report.Reporter{exceptionalsentry.New(exceptionalsentry.Options{})},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer responder.Close(context.Background()) // sends what is queued
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
