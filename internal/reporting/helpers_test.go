package reporting_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/reporting"
	"github.com/exceptional-go/exceptional/report"
)

// recorder is a slog.Handler that keeps what it is given.
type recorder struct {
	level slog.Level

	mu      sync.Mutex
	records []slog.Record
}

func (r *recorder) Enabled(_ context.Context, l slog.Level) bool { return l >= r.level }
func (r *recorder) WithAttrs([]slog.Attr) slog.Handler           { return r }
func (r *recorder) WithGroup(string) slog.Handler                { return r }
func (r *recorder) Handle(_ context.Context, rec slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records = append(r.records, rec.Clone())
	return nil
}

func (r *recorder) all() []slog.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]slog.Record(nil), r.records...)
}

// only returns the one record there must be, and its attributes.
func (r *recorder) only(t *testing.T) (slog.Record, map[string]slog.Value) {
	t.Helper()
	all := r.all()
	if len(all) != 1 {
		t.Fatalf("%d records, want 1: %v", len(all), all)
	}
	return all[0], attrsOf(all[0])
}

func attrsOf(r slog.Record) map[string]slog.Value {
	m := make(map[string]slog.Value)
	r.Attrs(func(a slog.Attr) bool {
		m[a.Key] = a.Value
		return true
	})
	return m
}

// collector is a Reporter that keeps what it is given.
type collector struct {
	mu sync.Mutex
	fs []*report.Failure
}

func (r *collector) Report(_ context.Context, f *report.Failure) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fs = append(r.fs, f)
	return nil
}

func (r *collector) all() []*report.Failure {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*report.Failure(nil), r.fs...)
}

// reporter is a Reporter made of a function.
type reporter func(ctx context.Context, f *report.Failure) error

func (r reporter) Report(ctx context.Context, f *report.Failure) error { return r(ctx, f) }

func newPipeline(t testing.TB, o report.Options) *reporting.Pipeline {
	t.Helper()
	p, err := reporting.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// handle takes the engine's two steps for a failure.
func handle(p *reporting.Pipeline, ctx context.Context, f *report.Failure) {
	p.Listening(ctx, f)
	p.Handle(ctx, f)
}

func logTo(h slog.Handler) report.Options { return report.Options{Logger: slog.New(h)} }

func closed(t testing.TB, p *reporting.Pipeline) {
	t.Helper()
	if err := p.Close(context.Background()); err != nil {
		t.Errorf("Close() = %v", err)
	}
}

// failure is a foreign error that became a 500.
func failure() *report.Failure {
	err := errors.New("connection refused")
	return &report.Failure{
		Err: err, Resolved: httperrors.New(500, "").WithCause(err), Origin: httperrors.OriginUnknown, Status: 500,
		Method: "GET", Path: "/orders/7", Route: "/orders/:id",
	}
}

// own is the application's own error of this status.
func own(status int) *report.Failure {
	e := httperrors.New(status, "No such order.")
	return &report.Failure{Err: e, Resolved: e, Origin: httperrors.OriginOwn, Status: status, Method: "GET", Path: "/orders/7"}
}
