package reporting

import (
	"context"
	"log/slog"

	"github.com/exceptional-go/exceptional/report"
)

// The bits of report.Failure.Asked.
const (
	asked     = 1 << iota // by Decide
	askedPage             // the same, with a failed page
	askedHook             // the same, with a hook that panicked
	listened              // by Listening
)

// Decide asks the policy whether f is reported, once.
//
// Deprecated: removed with the next engine; use Listening.
func (p *Pipeline) Decide(f *report.Failure) bool {
	page, hook := f.PageErr != nil, f.HookPanic
	if f.Asked == 0 || !f.Reported && (page && f.Asked&askedPage == 0 || hook && f.Asked&askedHook == 0) {
		f.Asked = asked
		if page {
			f.Asked |= askedPage
		}
		if hook {
			f.Asked |= askedHook
		}
		f.Reported = p.ask(p.options.Policy, f, report.DefaultPolicy)
	}
	return f.Reported
}

// Wants reports whether the log or a reporter receives f.
//
// Deprecated: removed with the next engine; use Listening.
func (p *Pipeline) Wants(ctx context.Context, f *report.Failure) bool {
	return len(p.queues) > 0 && (p.Decide(f) || p.hasSync) || p.enabled(ctx, level(f))
}

// OwnPolicy reports whether Options.Policy was set.
//
// Deprecated: removed with the next engine.
func (p *Pipeline) OwnPolicy() bool { return p.ownPolicy }

// Ignores reports whether nothing is told of a failure that is logged at level.
//
// Deprecated: removed with the next engine; use Listening.
func (p *Pipeline) Ignores(ctx context.Context, level slog.Level) bool {
	return len(p.queues) == 0 && !p.enabled(ctx, level)
}
