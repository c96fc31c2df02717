package reporting_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// nowhere is a handler that takes every record and does nothing with it; slog.DiscardHandler would not be given any.
type nowhere struct{}

func (nowhere) Enabled(context.Context, slog.Level) bool  { return true }
func (nowhere) Handle(context.Context, slog.Record) error { return nil }
func (h nowhere) WithAttrs([]slog.Attr) slog.Handler      { return h }
func (h nowhere) WithGroup(string) slog.Handler           { return h }

// A 404 that is not logged costs only the question.
func TestUnloggedFailureAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	o := logTo(&recorder{level: slog.LevelWarn})
	o.Reporters = []report.Reporter{&collector{}}
	p := newPipeline(t, o)
	f := own(404)
	ctx := context.Background()
	if n := testing.AllocsPerRun(100, func() { handle(p, ctx, f) }); n != 0 {
		t.Errorf("Handle: %v allocations", n)
	}
}

// The ceilings are what the parts cost: a record's attributes, its message, the chain of types.
func TestLoggedFailureAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	o := logTo(nowhere{})
	o.LogLimit = -1
	p := newPipeline(t, o)
	f := failure()
	ctx := context.Background()
	if n := testing.AllocsPerRun(100, func() { handle(p, ctx, f) }); n > 6 {
		t.Errorf("%v allocations, want at most 6", n)
	}
	o.LogLimit = 1
	p = newPipeline(t, o)
	handle(p, ctx, f)
	if n := testing.AllocsPerRun(100, func() { handle(p, ctx, f) }); n > 1 {
		t.Errorf("%v allocations over the limit, want hardly any", n)
	}
}

// BenchmarkHandle shows what reporting adds to a request. The difference between quiet and reporter is the cost of
// telling a reporter; that between quiet and logged the cost of making a record.
func BenchmarkHandle(b *testing.B) {
	cause := errors.New("connection refused")
	err := fmt.Errorf("load order 7: %w", cause)
	foreign := report.Failure{
		Err: err, Resolved: httperrors.New(500, "").WithCause(err), Origin: httperrors.OriginUnknown, Status: 500,
		Method: "GET", Path: "/orders/7", Route: "/orders/:id", Reference: "7K3F-9Q2M-4TXV", RequestID: "req-1",
		Format: "html", Language: "en", Step: "builtin", Duration: 12 * time.Millisecond, Stack: here(),
	}
	missing := *own(404)
	quiet := logTo(slog.DiscardHandler)
	quiet.LogLimit = -1
	reporters := quiet
	reporters.Reporters = []report.Reporter{reporter(func(context.Context, *report.Failure) error { return nil })}
	logged := quiet
	logged.Logger = slog.New(nowhere{})
	limited := logged
	limited.LogLimit = 1
	for _, bb := range []struct {
		name string
		o    report.Options
		f    *report.Failure
	}{
		{"404/quiet", quiet, &missing},
		{"500/quiet", quiet, &foreign},
		{"500/reporter", reporters, &foreign},
		{"500/logged", logged, &foreign},
		{"500/limited", limited, &foreign},
	} {
		b.Run(bb.name, func(b *testing.B) {
			p := newPipeline(b, bb.o)
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				f := *bb.f
				handle(p, ctx, &f)
			}
			closed(b, p)
		})
	}
}
