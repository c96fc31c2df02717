package otel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// count is called for every failure, reported or not. The attributes have few values each: those of the application's own
// making, and none of the client's.
func (r *Reporter) count(ctx context.Context, f *report.Failure) {
	attrs := make([]attribute.KeyValue, 0, 8)
	attrs = append(attrs, semconv.HTTPResponseStatusCode(f.Status), attribute.String("exceptional.origin", origin(f.Origin)))
	if f.Route != "" {
		attrs = append(attrs, semconv.HTTPRoute(f.Route))
	}
	if f.Format != "" {
		attrs = append(attrs, attribute.String("exceptional.format", f.Format))
	}
	if f.Step != "" {
		attrs = append(attrs, attribute.String("exceptional.step", f.Step))
	}
	if serverFault(f) {
		attrs = append(attrs, semconv.ErrorTypeKey.String(errorType(f)))
	}
	if f.Panic {
		attrs = append(attrs, attribute.Bool("exceptional.panic", true))
	}
	if f.AfterCommit {
		attrs = append(attrs, attribute.Bool("exceptional.after_commit", true))
	}
	set := metric.WithAttributeSet(attribute.NewSet(attrs...))
	r.failures.Add(ctx, 1, set)
	if f.Duration > 0 {
		r.durations.Record(ctx, f.Duration.Seconds(), set)
	}
	switch {
	case f.Technical:
		r.pages.Add(ctx, 1, shown)
	case f.Viewer == "superuser and member", f.Viewer == "development": // in the words of internal/engine; tests/interop watches them
		r.pages.Add(ctx, 1, omitted)
	case f.Viewer != "":
		r.pages.Add(ctx, 1, refused)
	}
}

var (
	shown   = metric.WithAttributeSet(attribute.NewSet(attribute.String("outcome", "shown")))
	omitted = metric.WithAttributeSet(attribute.NewSet(attribute.String("outcome", "omitted")))
	refused = metric.WithAttributeSet(attribute.NewSet(attribute.String("outcome", "refused")))
)

func origin(o httperrors.Origin) string {
	switch o {
	case httperrors.OriginOwn:
		return "own"
	case httperrors.OriginFramework:
		return "framework"
	case httperrors.OriginMapped:
		return "mapped"
	}
	return "unknown"
}

// CacheStats are the figures of a group cache since it was made.
type CacheStats struct {
	Hits     uint64 // questions that were answered
	Misses   uint64 // questions that could not be answered, which count as no
	Loads    uint64 // calls of the loader
	Failures uint64 // calls of the loader, and exchanges with the shared store, that failed
}

// ObserveCache makes the figures of a group cache into metrics:
//
//	exceptional.group_cache.lookups   counter {lookup}  by result: hit or miss
//	exceptional.group_cache.loads     counter {load}
//	exceptional.group_cache.failures  counter {failure}
//
// Stats is called when metrics are collected and must not block. For a *groupcache.Cache it is
//
//	func() exceptionalotel.CacheStats {
//		s := cache.Stats()
//		return exceptionalotel.CacheStats{
//			Hits: s.Members + s.NotMembers + s.NoGroup, Misses: s.Unknown,
//			Loads: s.Loads, Failures: s.LoadErrors + s.RedisErrors,
//		}
//	}
//
// A nil provider is the global one. Unregister the registration when the cache is closed.
func ObserveCache(mp metric.MeterProvider, stats func() CacheStats) (metric.Registration, error) {
	if stats == nil {
		return nil, errors.New("otel: ObserveCache: stats is nil")
	}
	if mp == nil {
		mp = otel.GetMeterProvider()
	}
	m := mp.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))
	lookups, err1 := m.Int64ObservableCounter("exceptional.group_cache.lookups",
		metric.WithUnit("{lookup}"), metric.WithDescription("Questions whether a user is in a group."))
	loads, err2 := m.Int64ObservableCounter("exceptional.group_cache.loads",
		metric.WithUnit("{load}"), metric.WithDescription("Calls of the loader."))
	failures, err3 := m.Int64ObservableCounter("exceptional.group_cache.failures",
		metric.WithUnit("{failure}"), metric.WithDescription("Loads, and exchanges with the shared store, that failed."))
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	hit := metric.WithAttributeSet(attribute.NewSet(attribute.String("result", "hit")))
	miss := metric.WithAttributeSet(attribute.NewSet(attribute.String("result", "miss")))
	return m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := stats()
		o.ObserveInt64(lookups, int64(s.Hits), hit)
		o.ObserveInt64(lookups, int64(s.Misses), miss)
		o.ObserveInt64(loads, int64(s.Loads))
		o.ObserveInt64(failures, int64(s.Failures))
		return nil
	}, lookups, loads, failures)
}
