// Package sentry reports failures to Sentry by way of github.com/getsentry/sentry-go.
//
//	sentry.Init(sentry.ClientOptions{Dsn: dsn})
//	responder, err := exceptional.New(exceptional.Config{
//		Reporters: []report.Reporter{exceptionalsentry.New(exceptionalsentry.Options{})},
//	})
//
// An event's id is the id behind the reference on the page, so that either finds the other; the reference is a tag as well.
// The SDK's own options decide what is sent of a request, and to whom; this package adds no data that they hold back. A
// request's body is never sent. Hidden are the parameters of the path that are secret by their names, as in /reset/:token, and
// the secrets in the Referer and its like, which the SDK would send as they are.
//
// # sentry-go's own middleware
//
// It is not needed here. An application that wants it, for its transactions or its hub, puts it outside Recover: a panic
// that goes through it becomes an event of its own beside ours. With Repanic: false such a panic never reaches us, so that the
// client gets an empty 200 and Sentry its event alone; nothing but the order helps. Its transactions have the right status
// if Responder.AnswerHere stands inside it: it looks when the handler returns, and an error is answered after that.
//
// Data that the application's handlers add to its hub is on our events as well, if the hub is in the request's context. The
// middleware for net/http puts it there, also by echo.WrapMiddleware. The one for Echo keeps it in the echo.Context alone,
// where no reporter can look; one more middleware hands it on:
//
//	func hubForReporters(next echo.HandlerFunc) echo.HandlerFunc {
//		return func(c echo.Context) error {
//			if hub := sentryecho.GetHubFromContext(c); hub != nil {
//				r := c.Request()
//				c.SetRequest(r.WithContext(sentry.SetHubOnContext(r.Context(), hub)))
//			}
//			return next(c)
//		}
//	}
//
//	e.Use(sentryecho.New(sentryecho.Options{Repanic: true}), hubForReporters, exceptional.Recover())
package sentry

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/getsentry/sentry-go"

	"github.com/exceptional-go/exceptional/report"
)

// Options configures a Reporter. The zero Options are valid.
type Options struct {
	// Hub returns the hub that belongs to a request, or nil if there is none. If it is nil, or returns nil, the hub is
	// the one in the request's context (see sentry.SetHubOnContext), and without one sentry.CurrentHub(). Hub is called
	// after the request.
	Hub func(ctx context.Context) *sentry.Hub
	// Mask makes a text fit to leave the process: error texts, remarks and the addresses in the request's header pass
	// through it. If nil, it takes out what looks like a password, a token or a key.
	Mask func(text string) string
}

// A Reporter sends failures to Sentry. Make one with New; the zero Reporter is not valid. It may be used concurrently.
type Reporter struct {
	o    Options
	last atomic.Pointer[sentry.Client] // the one to flush
}

var _ interface {
	report.Reporter
	report.Flusher
} = (*Reporter)(nil)

// New returns a Reporter. The SDK need not be initialised yet.
func New(o Options) *Reporter {
	return &Reporter{o: o}
}

var (
	errNoClient = errors.New("sentry: no client: sentry.Init was not called, or it failed")
	errFlush    = errors.New("sentry: not everything was sent in time")
)

// Report hands f to the SDK, which sends it when it can. It returns an error if no client is bound; that an event was
// dropped by sampling or by a hook of the client is no error.
func (r *Reporter) Report(ctx context.Context, f *report.Failure) error {
	hub, own := r.hub(ctx)
	client := hub.Client()
	if !client.IsEnabled() {
		return errNoClient
	}
	scope := hub.Scope()
	if scope == nil {
		scope = sentry.NewScope()
	} else {
		scope = scope.Clone() // the request may still be using its own
	}
	if span := scope.GetSpan(); span != nil {
		// The SDK would read all of it, while its middleware writes the span's status without a lock. The ids never
		// change.
		scope.SetPropagationContext(sentry.PropagationContext{
			TraceID: span.TraceID, SpanID: span.SpanID, ParentSpanID: span.ParentSpanID,
		})
		scope.SetSpan(nil)
	}
	request := r.request(f)
	if request != nil {
		// The middleware's request may still be in use, and so may the part of its body that the SDK has buffered without a
		// lock.
		scope.SetRequest(request)
		scope.SetRequestBody(nil)
	}
	scope.AddEventProcessor(func(e *sentry.Event, _ *sentry.EventHint) *sentry.Event {
		complete(e, f, own)
		return e
	})
	r.last.Store(client)
	client.CaptureEvent(r.event(f), hint(ctx, f, request), scope)
	return nil
}

// Flush waits until the SDK has sent its buffer. If there are several clients, it is the one that was used last.
func (r *Reporter) Flush(ctx context.Context) error {
	if client := r.last.Load(); client != nil && !client.FlushWithContext(ctx) {
		return errFlush
	}
	return nil
}

// hub returns the hub to use, and whether it is the request's own.
func (r *Reporter) hub(ctx context.Context) (hub *sentry.Hub, own bool) {
	if r.o.Hub != nil {
		if hub := r.o.Hub(ctx); hub != nil {
			return hub, true
		}
	}
	if hub := sentry.GetHubFromContext(ctx); hub != nil {
		return hub, true
	}
	return sentry.CurrentHub(), false
}

// addresses are the headers whose values have a query, which the SDK does not filter there.
var addresses = [...]string{"Referer", "Hx-Current-Url", "X-Original-Url", "X-Original-Uri", "X-Rewrite-Url", "X-Forwarded-Uri"}

// request returns the request of f with the addresses in its header masked.
func (r *Reporter) request(f *report.Failure) *http.Request {
	if f.Request == nil {
		return nil
	}
	c := f.Request.WithContext(context.Background()) // the other reporters have the same one
	c.Header = maps.Clone(c.Header)
	for _, name := range addresses {
		if values := c.Header[name]; values != nil {
			masked := make([]string, 0, len(values))
			for _, v := range values {
				masked = append(masked, r.masked(report.MaskURL(v)))
			}
			c.Header[name] = masked
		}
	}
	return c
}

func hint(ctx context.Context, f *report.Failure, request *http.Request) *sentry.EventHint {
	h := &sentry.EventHint{Context: ctx, OriginalException: f.Err, Request: request}
	if f.Panic {
		h.RecoveredException = recovered(f)
	}
	return h
}

// event describes f in the SDK's terms.
func (r *Reporter) event(f *report.Failure) *sentry.Event {
	e := sentry.NewEvent()
	if f.ID != [16]byte{} {
		e.EventID = sentry.EventID(hex.EncodeToString(f.ID[:]))
	}
	e.Level = level(f)
	e.Timestamp = f.Time
	if e.Timestamp.IsZero() {
		e.Timestamp = time.Now()
	}
	if f.Route != "" {
		e.Transaction = f.Method + " " + f.Route
		e.TransactionInfo = &sentry.TransactionInfo{Source: sentry.SourceRoute}
	}
	// A 4xx alone is not reported. If its page failed, or a hook, the event is about that.
	subject, aside := f.Err, f.IntendedStatus() < 500 && !f.Panic
	switch {
	case aside && f.PageErr != nil:
		subject = f.PageErr
	case aside && f.HookPanic:
		subject = hookPanic(strings.Join(f.Warnings, "\n"))
	default:
		aside = false
	}
	e.Exception = r.exceptions(subject, f, aside)
	e.Tags = r.tags(f)
	e.Contexts["failure"] = r.details(f, aside)
	return e
}

func level(f *report.Failure) sentry.Level {
	if f.Panic {
		return sentry.LevelFatal
	}
	if f.PageErr != nil || f.HookPanic {
		return sentry.LevelError
	}
	if f.Resolved != nil {
		if l, chosen := f.Resolved.Level(); chosen {
			switch {
			case l < slog.LevelInfo:
				return sentry.LevelDebug
			case l < slog.LevelWarn:
				return sentry.LevelInfo
			case l < slog.LevelError:
				return sentry.LevelWarning
			}
			return sentry.LevelError
		}
		if f.Resolved.Retryable() {
			return sentry.LevelWarning
		}
	}
	if s := f.IntendedStatus(); s >= 300 && s < 500 {
		return sentry.LevelWarning
	}
	return sentry.LevelError
}

// complete fills in fields that the request's scope and the client have left empty.
func complete(e *sentry.Event, f *report.Failure, own bool) {
	if len(e.Fingerprint) == 0 {
		// The default is the stack, or the type and text for want of one. The same line may answer 500 or 503, and
		// those are two issues for the engineer on call.
		e.Fingerprint = []string{"{{ default }}", code(f)}
	}
	if e.User.IsEmpty() && f.User != "" {
		e.User.ID = f.User
	}
	if !own && f.TraceID != "" {
		// No middleware began a trace of its own, so the event belongs to the one that came with the request.
		trace := e.Contexts["trace"]
		if trace == nil {
			trace = sentry.Context{}
			e.Contexts["trace"] = trace
		}
		trace["trace_id"] = f.TraceID
		if f.SpanID != "" {
			trace["span_id"] = f.SpanID
			delete(trace, "parent_span_id")
		}
	}
}
