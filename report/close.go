package report

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Close waits until the reporters have been told of all that waits, then has those that are Flushers send it. When ctx
// ends first, it gives up the rest and the error says how much that was. Failures that come later are logged, but not
// reported. A second call waits as well and returns what the first one did; Close may be called concurrently.
func (p *Pipeline) Close(ctx context.Context) error {
	errs := make([]error, len(p.lanes)) // by reporter, so that the text is the same each time
	var all sync.WaitGroup
	for i, l := range p.lanes {
		all.Go(func() { errs[i] = l.drain(ctx) })
	}
	all.Wait()
	p.closing.Do(func() {
		for i, l := range p.lanes {
			if fl, ok := l.to.(Flusher); ok {
				all.Go(func() { errs[i] = errors.Join(errs[i], l.flush(ctx, fl)) })
			}
		}
		all.Wait()
		p.closeErr = errors.Join(errs...)
		p.sayDropped(ctx)
	})
	return p.closeErr
}

func (l *lane) flush(ctx context.Context, to Flusher) error {
	if l.abandoned.Load() >= maxAbandoned {
		return fmt.Errorf("report: %s: not flushed, for its calls do not return", l.name)
	}
	if err := l.call(ctx, ctx, to.Flush); err != nil {
		return fmt.Errorf("report: %s: flush: %w", l.name, err)
	}
	return nil
}

// sayDropped logs how many records were left out after the last one.
func (p *Pipeline) sayDropped(ctx context.Context) {
	if !p.enabled(ctx, slog.LevelWarn) {
		return
	}
	n := p.unsaid.Swap(0)
	if n == 0 {
		return
	}
	r := slog.NewRecord(p.now(), slog.LevelWarn, "failures were not logged", 0)
	r.AddAttrs(slog.Uint64("dropped", n))
	p.write(context.WithoutCancel(ctx), r, n)
}

// Stats is what a Pipeline has done so far.
type Stats struct {
	Logged  uint64 // records of failures that were given to the logger, LogFailed ones included
	Sampled uint64 // records that Options.Sample left out
	Limited uint64 // records that Options.LogLimit left out
	// LogFailed counts records that the logger's handler refused or panicked on, and HookPanics the panics of
	// Options.Policy, Sample and Mask.
	LogFailed, HookPanics uint64
	Reporters             []ReporterStats // in the order of Options.Reporters
}

// ReporterStats is what became of the failures for one reporter.
type ReporterStats struct {
	Reporter string // its type
	Sent     uint64 // Report returned nil
	Failed   uint64 // Report returned an error
	Panicked uint64 // Report, ReportNow or Trace panicked
	TimedOut uint64 // Report did not return in time
	Dropped  uint64 // the queue was full, or too many calls did not return, or the Pipeline was closed
	Waiting  int    // in the queue now
	Running  int    // calls that have not returned, the abandoned ones included
}

// Stats returns the counts of p. Each is right by itself; together they may be of slightly different moments.
func (p *Pipeline) Stats() Stats {
	s := Stats{
		Logged: p.logged.Load(), Sampled: p.sampled.Load(), Limited: p.limited.Load(),
		LogFailed: p.logFailed.Load(), HookPanics: p.hooks.Load(),
	}
	for _, l := range p.lanes {
		l.mu.Lock()
		waiting := len(l.waiting)
		l.mu.Unlock()
		s.Reporters = append(s.Reporters, ReporterStats{
			Reporter: l.name,
			Sent:     l.sent.Load(), Failed: l.failed.Load(), Panicked: l.panicked.Load(),
			TimedOut: l.timedOut.Load(), Dropped: l.dropped.Load(),
			Waiting: waiting, Running: int(l.abandoned.Load()),
		})
	}
	return s
}

// complaintInterval bounds how often the log is told of a reporter that does not work: the error tracker is down for an
// hour, and there are 10 000 failures a second.
const complaintInterval = time.Minute

func (p *Pipeline) complain(l *lane, err error) {
	now := p.now()
	last := l.complained.Load()
	if last != 0 && now.UnixNano()-last < int64(complaintInterval) || !l.complained.CompareAndSwap(last, now.UnixNano()) {
		return
	}
	ctx := context.Background()
	if !p.enabled(ctx, slog.LevelWarn) {
		return
	}
	r := slog.NewRecord(now, slog.LevelWarn, "a reporter does not work", 0)
	r.AddAttrs(
		slog.String("reporter", l.name),
		slog.String("error", line(p.masked(err.Error(), maxText), maxText)), // ours: see lane.call
		slog.Uint64("sent", l.sent.Load()),
		slog.Uint64("not_sent", l.failed.Load()+l.panicked.Load()+l.timedOut.Load()+l.dropped.Load()),
	)
	p.write(ctx, r, 0)
}

// lastResort writes what a logger's handler panicked on to standard error, where whoever looks for the reason will look.
// The package log is not used, for slog.SetDefault leads it back to the handler.
func lastResort(r slog.Record, reason string) {
	s := r.Level.String() + " " + line(r.Message, maxText)
	r.Attrs(func(a slog.Attr) bool {
		s += " " + a.Key + "=" + line(a.Value.String(), maxText)
		return len(s) < 2*maxText
	})
	fmt.Fprintf(os.Stderr, "%s (the logger panicked: %s)\n", s, line(reason, maxValue))
}
