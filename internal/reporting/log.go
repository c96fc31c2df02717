package reporting

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/text"
	"github.com/exceptional-go/exceptional/report"
)

// logFailure writes the record of f, unless Options.Sample or the limit leaves it out.
func (p *Pipeline) logFailure(ctx context.Context, f *report.Failure, l slog.Level) {
	if p.options.Sample != nil && !p.ask(p.options.Sample, f, always) {
		p.droppedSince.Add(1)
		return
	}
	now := time.Now()
	if !p.limit.allow(l, keyOf(f), now) {
		p.droppedSince.Add(1)
		return
	}
	// The context of a client that disconnected has ended, and some handlers write nothing then.
	dropped := p.droppedSince.Swap(0)
	p.write(context.WithoutCancel(ctx), p.record(f, l, now, dropped), dropped)
}

func always(*report.Failure) bool { return true }

// logger is the Logger of the options, or the current default one: programs set theirs after the configuration is made.
func (p *Pipeline) logger() *slog.Logger {
	if p.options.Logger != nil {
		return p.options.Logger
	}
	return slog.Default()
}

// Logs reports whether the logger writes records of this level. A logger that panics counts as yes: write panics as well then,
// and sends the record to standard error.
func (p *Pipeline) Logs(ctx context.Context, l slog.Level) (yes bool) {
	panicked := guard.Call(func() { yes = p.logger().Enabled(ctx, l) })
	return yes || panicked != nil
}

// write gives r to the logger's handler. It does not use Logger.Log, which would set the program counter of this line. dropped
// is the count that r mentions; if the handler fails, the next record mentions it.
func (p *Pipeline) write(ctx context.Context, r slog.Record, dropped uint64) {
	var err error
	panicked := guard.Call(func() { err = p.logger().Handler().Handle(ctx, r) })
	if panicked != nil {
		writeToStderr(r, p.masked(panicked.Error(), maxValue))
	}
	if panicked != nil || err != nil {
		p.droppedSince.Add(dropped)
	}
}

// logDropped logs how many records were left out after the last one that was written.
func (p *Pipeline) logDropped(ctx context.Context) {
	if !p.Logs(ctx, slog.LevelWarn) {
		return
	}
	n := p.droppedSince.Swap(0)
	if n == 0 {
		return
	}
	r := slog.NewRecord(time.Now(), slog.LevelWarn, "failures were not logged", 0)
	r.AddAttrs(slog.Uint64("dropped", n))
	p.write(context.WithoutCancel(ctx), r, n)
}

// queueErrorInterval bounds how often it is logged that one reporter fails: an error tracker may be down for an hour, with
// 10,000 failures a second.
const queueErrorInterval = time.Minute

// logQueueError logs that a reporter failed, at most once a minute for each reporter.
func (p *Pipeline) logQueueError(q *queue, err error) {
	now := time.Now()
	last := q.lastLogged.Load()
	if last != 0 && now.UnixNano()-last < int64(queueErrorInterval) || !q.lastLogged.CompareAndSwap(last, now.UnixNano()) {
		return
	}
	ctx := context.Background()
	if !p.Logs(ctx, slog.LevelWarn) {
		return
	}
	r := slog.NewRecord(now, slog.LevelWarn, "a reporter does not work", 0)
	r.AddAttrs(
		slog.String("reporter", q.name),
		slog.String("error", text.Line(p.masked(err.Error(), maxText), maxText)), // guard made Error safe to call
		slog.Uint64("sent", q.sent.Load()),
		slog.Uint64("not_sent", q.notSent.Load()),
	)
	p.write(ctx, r, 0)
}

// writeToStderr writes a record that the logger's handler panicked on to standard error. The package log is not used, because
// slog.SetDefault makes it call the same handler.
func writeToStderr(r slog.Record, reason string) {
	s := r.Level.String() + " " + text.Line(r.Message, maxText)
	r.Attrs(func(a slog.Attr) bool {
		s += " " + a.Key + "=" + text.Line(a.Value.String(), maxText)
		return len(s) < 2*maxText
	})
	fmt.Fprintf(os.Stderr, "%s (the logger failed: %s)\n", s, text.Line(reason, maxValue))
}

// masked returns s with its secrets masked. Of a long text it returns only the part that the first max bytes of the result
// can depend on.
func (p *Pipeline) masked(s string, max int) string {
	if s == "" {
		return ""
	}
	return mask.MaskPrefix(s, max, p.options.Mask)
}
