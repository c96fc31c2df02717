package groupcache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/text"
)

// callTimeout bounds the wait for one call of the Redis client, which goes on if it ignores its context. Shorter timeouts
// starve the retries and redirects inside a cluster client.
const callTimeout = time.Second

// pollMin is the first pause while another replica loads. Normally that replica's message ends the wait earlier.
const pollMin = 20 * time.Millisecond

// refresherFields belong to the refresh goroutine.
type refresherFields struct {
	loading       bool  // under the lock
	loadingDirect bool  // without the lock
	nextDirect    int64 // no direct load before this time
	failures      int   // consecutive failures of calls of Redis, or of loads if there is no Redis
	lastAsked     int64
	poll          time.Duration

	// The data in use is the entry newestID, which the loader finished reading by newest. Redis may hold an older entry: after
	// a failover or a FLUSHALL, when a Ring returns to a shard, or after a direct load of this replica.
	newest   int64
	newestID string
}

// refresh keeps the snapshot current until the group is stopped, by ctx or because there are no questions any more.
//
// Loads run on other goroutines, because a lease does not wait for a slow loader. Calls of Redis are awaited, one after the
// other.
func (g *group) refresh() {
	defer g.stop()
	g.r.lastAsked = g.c.now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	defer g.directTimer.Stop()
	for {
		var pause time.Duration
		if g.idle() {
			return
		}
		select {
		case <-g.ctx.Done():
			return
		case <-g.woken:
			pause = g.tick()
		case <-timer.C:
			pause = g.tick()
		case l := <-g.loaded:
			pause = g.finish(l)
		case <-g.directTimer.C:
			g.loadDirect()
			continue
		case l := <-g.direct:
			g.finishDirect(l)
			continue
		}
		timer.Reset(pause)
	}
}

func (g *group) idle() bool {
	now := g.c.now()
	if g.r.loading || g.r.loadingDirect {
		return false // other replicas wait until this one returns the lock
	}
	if g.recentlyAsked.Swap(false) {
		g.r.lastAsked = now
	}
	return now-g.r.lastAsked > int64(g.c.opts.MaxAge)
}

// call waits for f, which calls Redis, for callTimeout at most. A call that hangs is abandoned; at most maxCalls are, and
// while they hang Redis counts as unreachable. Direct loads go on meanwhile, because a Redis in trouble is their reason.
func call[T any](g *group, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(g.ctx, callTimeout)
	defer cancel()
	free := g.callSlots // nil once one of its slots is ours
	var results <-chan guard.Result[T]
	for {
		select {
		case free <- struct{}{}:
			free = nil
			results = start(g.c, func() (T, error) {
				defer func() { <-g.callSlots }()
				return f(ctx)
			})
		case r := <-results:
			return r.Value, r.Err
		case <-ctx.Done():
			var zero T
			return zero, fmt.Errorf("no answer within %v: %w", callTimeout, ctx.Err())
		case <-g.directTimer.C:
			g.loadDirect()
		case l := <-g.direct:
			g.finishDirect(l)
		}
	}
}

// tick asks Redis whether the snapshot still holds, does what can be done at once, and returns when to tick again.
func (g *group) tick() time.Duration {
	if g.c.rdb == nil {
		return g.tickWithoutRedis()
	}
	seq, sent := g.sequence(), g.c.now()
	e, err := g.renew()
	if err != nil {
		return g.redisFailed(err)
	}
	lease := sent + int64(g.c.opts.Lease) // counted from before asking: the reply has every revocation acknowledged until then
	cur := g.snap.Load()
	switch {
	case e.current && cur != nil && cur.gen == e.gen && cur.id == e.id && sent < cur.expiresAt:
		expired := g.c.now() >= cur.lease.Load()
		cur.renew(lease)
		g.c.count.renewed.Add(1)
		g.redisWorks()
		if expired {
			g.update(0, nil)
		}
		if g.c.now() < cur.refreshAt {
			return g.renewal()
		}
	case e.current:
		s, err := g.pull(e, sent)
		if err != nil {
			return g.redisFailed(err)
		}
		if s != nil {
			g.redisWorks()
			s.renew(lease)
			if !g.use(s, seq) {
				return 0
			}
			return g.renewal()
		}
	}
	if g.r.loading {
		return g.renewal()
	}
	return g.claim(e.id)
}

// claim asks Redis for the lock, to load an entry that replaces the one that tick saw, and starts to load if it gets it.
func (g *group) claim(seen string) time.Duration {
	l := &loadRun{id: rand.Text()}
	c, err := g.acquire(l.id, seen)
	if err != nil {
		return g.redisFailed(err)
	}
	g.redisWorks()
	now := g.c.now()
	switch {
	case c.won:
		l.gen, l.old = c.gen, c.old
		g.r.loading = true
		g.update(0, func(s *status) { s.loading, s.elsewhere = now, false })
		g.run(l, g.loaded)
		return g.renewal()
	case c.ttl < 0:
		return 0
	case c.backoff:
		g.update(now+int64(c.ttl), func(s *status) {
			s.loading, s.elsewhere = 0, false
			if s.loadErr == nil {
				s.failedAt, s.loadErr = now, errElsewhere
			}
		})
		return min(c.ttl+time.Millisecond, g.renewal())
	case g.current() != nil:
		return g.renewal()
	}
	if g.r.poll == 0 {
		g.update(0, func(s *status) { s.elsewhere = true })
	}
	g.r.poll = min(max(2*g.r.poll, pollMin), g.c.opts.Lease/5)
	return min(c.ttl+time.Millisecond, g.r.poll)
}

var errElsewhere = errors.New("the loader failed on another replica")

// finish publishes the result of a load under the lock, and uses it.
func (g *group) finish(l *loadRun) time.Duration {
	g.r.loading = false
	if l.err != nil {
		return g.loadFailed(l)
	}
	g.logDropped(l)
	seq, sent := g.sequence(), g.c.now()
	status, err := g.publish(l)
	if err != nil {
		// The result is as good as that of the direct load that would now follow.
		g.r.nextDirect = l.start + int64(g.c.opts.Lease)
		g.useDirect(l)
		return g.redisFailed(err)
	}
	g.redisWorks()
	switch status {
	case published:
		s := g.snapshotOf(l)
		s.gen, s.id = l.gen, l.id
		s.renew(sent + int64(g.c.opts.Lease))
		if l.start < g.r.newest || !g.use(s, seq) {
			return 0
		}
		return g.renewal()
	case publishedAged, publishedPartial:
		l.err = fmt.Errorf("the loaded members could not be published (%s)", status)
		return g.loadFailed(l)
	default: // publishedLost, publishedStale: the next tick uses what Redis has now
		return 0
	}
}

func (g *group) loadFailed(l *loadRun) time.Duration {
	g.c.count.loadErrors.Add(1)
	g.log(slog.LevelWarn, "loading a group failed", slog.String("error", errText(l.err)))
	now := g.c.now()
	g.update(now+int64(backoffMin), func(s *status) { s.loading, s.failedAt, s.loadErr = 0, now, l.err })
	pause, err := g.fail(l.id)
	if err != nil {
		return g.redisFailed(err)
	}
	if pause <= 0 { // the lock was lost
		pause = backoffMin
	}
	g.update(g.c.now()+int64(pause), nil)
	return min(pause+time.Millisecond, g.renewal())
}

// renewal is the time to the next tick if nothing happens before.
func (g *group) renewal() time.Duration {
	d := g.c.opts.Lease / 5
	return d*3/4 + time.Duration(jitter(int(d/2)))
}

func (g *group) logDropped(l *loadRun) {
	if l.dropped > 0 {
		g.c.count.dropped.Add(uint64(l.dropped))
		g.log(slog.LevelWarn, "the loader listed ids that are empty or longer than 1 KiB", slog.Int("dropped", l.dropped))
	}
}

func (g *group) log(level slog.Level, msg string, attrs ...slog.Attr) {
	attrs = append(attrs, slog.String("group", text.Line(g.name, maxText)))
	_ = guard.Call(func() { g.c.opts.Logger.LogAttrs(g.ctx, level, "groupcache: "+msg, attrs...) })
}
