package reporting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/exceptional-go/exceptional/internal/text"
	"github.com/exceptional-go/exceptional/report"
)

// Close waits until the queues are empty, then calls Flush on the reporters that are Flushers. When ctx ends first, it drops
// what still waits and the error says how much. Later failures are logged, but not reported. A second call waits as well and
// returns the error of the first; Close may be called concurrently.
func (p *Pipeline) Close(ctx context.Context) error {
	errs := make([]error, len(p.queues)) // in the order of the reporters, so that the text is the same each time
	var all sync.WaitGroup
	for i, q := range p.queues {
		all.Go(func() { errs[i] = q.drain(ctx) })
	}
	all.Wait()
	p.closing.Do(func() {
		for i, q := range p.queues {
			if f, ok := q.reporter.(report.Flusher); ok {
				all.Go(func() { errs[i] = errors.Join(errs[i], q.flush(ctx, f)) })
			}
		}
		all.Wait()
		p.closeErr = errors.Join(errs...)
		p.logDropped(ctx)
	})
	return p.closeErr
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
	fmt.Fprintf(os.Stderr, "%s (the logger panicked: %s)\n", s, text.Line(reason, maxValue))
}
