package technical

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/technical/value"
)

// captureContext is the autopsy: was the request still wanted, how long had it taken, which deadline ended it?
func (c *capture) captureContext() {
	ctx := c.ctx
	if c.in.Request != nil {
		ctx = c.in.Request.Context()
	}
	out := &c.report.Context
	out.Known = true
	start := c.in.Start
	if c.trail != nil {
		start = c.trail.Start
	}
	now := c.view.now()
	if !start.IsZero() && now.After(start) {
		out.Elapsed = now.Sub(start)
	}
	if d, ok := ctx.Deadline(); ok {
		out.Deadline, out.Left = d.UTC().Round(0), d.Sub(now)
	}
	var cause error
	// Value, Err and Cause of a context of somebody's own type may do anything.
	state, fault := within(c, c.view.perValue, func() (s struct{ err, cause error }) {
		s.err, s.cause = ctx.Err(), context.Cause(ctx)
		return s
	})
	if fault != "" {
		out.State = "unknown"
		c.problem("the context could not be asked: %s", fault)
		return
	}
	switch {
	case state.err == nil:
		out.State = "alive"
	case errors.Is(state.err, context.DeadlineExceeded):
		out.State = "deadline exceeded"
	default:
		out.State = "canceled"
	}
	if cause = state.cause; cause != nil && cause != state.err {
		text, fault := within(c, c.view.perValue, func() string { return value.Head(errtree.Text(cause), 2000) })
		if fault == "" {
			out.Cause = c.text(text, 500)
		}
	}
	took := ""
	if out.Elapsed > 0 {
		took = " after " + roundly(out.Elapsed)
	}
	switch out.State {
	case "alive":
		out.Verdict = "The request was still wanted when it failed" + took + "."
		if !out.Deadline.IsZero() {
			out.Verdict += fmt.Sprintf(" %s were left until its deadline.", roundly(out.Left))
		}
	case "deadline exceeded":
		out.Verdict = "The request's own deadline passed" + took + "."
	case "canceled":
		out.Verdict = "The request was cancelled" + took + "."
		if out.Cause == "" {
			out.Verdict += " net/http does that when the client goes away."
			out.ClientGone = true
		} else {
			out.Verdict += " The cause that was given says why."
		}
	}
	for i := range c.nodes {
		if c.nodes[i].text == context.DeadlineExceeded.Error() && out.State == "alive" {
			out.Verdict += " The deadline in the error is therefore another one, of a call that the handler made."
			break
		}
	}
}

// roundly prints a duration with as many digits as a person reads.
func roundly(d time.Duration) string {
	switch a := d.Abs(); {
	case a >= 10*time.Second:
		return d.Round(time.Second / 10).String()
	case a >= 10*time.Millisecond:
		return d.Round(time.Millisecond).String()
	case a >= 10*time.Microsecond:
		return d.Round(time.Microsecond).String()
	}
	return d.String()
}
