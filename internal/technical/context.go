package technical

import (
	"context"
	"errors"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// captureContext writes down what the request's context verdict when the request failed, how long it had taken, and whether the
// client was still connected.
func (c *capture) captureContext() {
	ctx := c.ctx
	if c.in.Request != nil {
		ctx = c.in.Request.Context()
	}
	out := &c.report.Context
	out.Known, out.ClientDisconnected, out.Labels = true, c.in.ClientDisconnected, c.profilerLabels()
	start, now := c.in.Start, time.Now()
	if c.trail != nil {
		start = c.trail.Start
	}
	if !start.IsZero() && now.After(start) {
		out.Elapsed = now.Sub(start)
	}
	if d, ok := ctx.Deadline(); ok {
		out.Deadline, out.Left = d.UTC().Round(0), d.Sub(now)
	}
	// The methods of a context of the application's own type may do anything.
	type state struct {
		err   error
		cause string
	}
	got, fault := within(c, c.view.perValue, func() (s state) {
		s.err = ctx.Err()
		if cause := context.Cause(ctx); cause != nil && cause != s.err {
			s.cause = text.Cut(errtree.Text(cause), 2000)
		}
		return s
	})
	switch {
	case fault != "":
		out.State = "unknown"
		c.problem("the context could not be asked: %s", fault)
		return
	case got.err == nil:
		out.State = "alive"
	case errors.Is(got.err, context.DeadlineExceeded):
		out.State = "deadline exceeded"
	default:
		out.State = "canceled"
	}
	out.Cause = c.text(got.cause, 500)
	out.Verdict = c.verdict()
}

// profilerLabels returns the labels that runtime/pprof keeps in a context, sorted by name.
func (c *capture) profilerLabels() (labels []report.Field) {
	pprof.ForLabels(c.ctx, func(key, value string) bool {
		labels = append(labels, c.field(key, value))
		return len(labels) < 20
	})
	slices.SortFunc(labels, func(a, b report.Field) int { return strings.Compare(a.Name, b.Name) })
	return labels
}

// verdict says in sentences what the context means. The context does not tell whether the client was still connected: a
// middleware may have cancelled it, as Echo's Timeout and ContextTimeout do when the handler returns.
func (c *capture) verdict() string {
	out := &c.report.Context
	took := ""
	if out.Elapsed > 0 {
		took = " after " + roundedDuration(out.Elapsed)
	}
	var verdict string
	switch out.State {
	case "alive":
		verdict = "The request failed" + took + ", while its context was alive."
		if !out.Deadline.IsZero() {
			verdict += fmt.Sprintf(" %s were left until its deadline.", roundedDuration(out.Left))
		}
	case "deadline exceeded":
		verdict = "The request failed" + took + ", and the deadline of its context has passed."
	case "canceled":
		verdict = "The request failed" + took + ", and its context has been cancelled."
	}
	if out.ClientDisconnected {
		verdict += " The client had disconnected."
	} else {
		verdict += " The client was still connected."
	}
	if out.State == "alive" && slices.ContainsFunc(c.nodes, func(n node) bool { return n.text == context.DeadlineExceeded.Error() }) {
		verdict += " The deadline in the error is therefore another one, of a call that the handler made."
	}
	return verdict
}

// roundedDuration prints a duration with as many digits as a person reads.
func roundedDuration(d time.Duration) string {
	if d.Abs() >= 10*time.Millisecond {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(time.Microsecond).String()
}
