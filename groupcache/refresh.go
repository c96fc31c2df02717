package groupcache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// callTimeout bounds the wait for one call of the Redis client, which lives on if it does not heed its context. Shorter
// ones starve the retries and redirects inside a cluster client.
const callTimeout = time.Second

// pollMin is the first pause while another replica loads; its message is the usual end of the wait, this the back-stop.
const pollMin = 20 * time.Millisecond

// refresherFields belong to the refresh goroutine.
type refresherFields struct {
	loading   bool  // under the lock
	alone     bool  // without
	nextAlone int64 // not before
	failures  int   // calls of Redis, or loads without Redis, that failed in a row
	lastAsked int64
	poll      time.Duration

	// The data in use was read by the loader before newest, and is the entry newestID. What is in Redis can be older: after
	// a failover or a FLUSHALL, when a Ring returns to a shard, or when this replica had loaded for itself.
	newest   int64
	newestID string
}

// refresh keeps the snapshot current until the group is stopped, by ctx or because nobody asks any more.
//
// Loads run beside it, because a lease does not wait for a slow loader. Calls of Redis are awaited, one after the other.
func (g *group) refresh() {
	defer g.stop()
	g.r.lastAsked = g.c.now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	defer g.aloneTimer.Stop()
	for {
		var pause time.Duration
		if g.idle() {
			return
		}
		select {
		case <-g.ctx.Done():
			return
		case <-g.kick:
			pause = g.pass()
		case <-timer.C:
			pause = g.pass()
		case l := <-g.loaded:
			pause = g.finish(l)
		case <-g.aloneTimer.C:
			g.loadAlone()
			continue
		case l := <-g.alone:
			g.finishAlone(l)
			continue
		}
		timer.Reset(pause)
	}
}

func (g *group) idle() bool {
	now := g.c.now()
	if g.r.loading || g.r.alone {
		return false // others wait for the lock to be given back
	}
	if g.asked.Swap(false) {
		g.r.lastAsked = now
	}
	return now-g.r.lastAsked > int64(g.c.opts.MaxAge)
}

// call awaits f, which calls Redis, for callTimeout at most. What hangs is left behind; at most maxCalls are, and while
// they hang Redis counts as unreachable. Meanwhile the loads that a Redis in trouble makes necessary go on.
func call[T any](g *group, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(g.ctx, callTimeout)
	done := make(chan struct{})
	var result T
	var err error
	start := func() {
		g.c.background.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("the Redis client panicked: %s", errtree.Print(p))
				}
				<-g.calls
				close(done)
				cancel() // after done: see below
			}()
			result, err = f(ctx)
		})
	}
	free := g.calls // one of its slots is ours to take
	for {
		select {
		case free <- struct{}{}:
			free = nil
			start()
		case <-done:
			return result, err
		case <-ctx.Done():
			select {
			case <-done: // the call's end is what ended ctx
				return result, err
			default:
			}
			cancel()
			var zero T
			return zero, fmt.Errorf("no answer within %v: %w", callTimeout, ctx.Err())
		case <-g.aloneTimer.C:
			g.loadAlone()
		case l := <-g.alone:
			g.finishAlone(l)
		}
	}
}

// pass asks Redis whether the snapshot still holds, does about it what can be done at once, and returns when to look again.
func (g *group) pass() time.Duration {
	if g.c.rdb == nil {
		return g.passAlone()
	}
	seq, sent := g.sequence(), g.c.now()
	e, err := g.renew()
	if err != nil {
		return g.redisFailed(err)
	}
	lease := sent + int64(g.c.opts.Lease) // counted from before asking: every revocation acknowledged until then is in the reply
	cur := g.snap.Load()
	switch {
	case e.current && cur != nil && cur.gen == e.gen && cur.id == e.id && sent < cur.hard:
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

// claim asks for the permission to load anew after the entry that was seen, and starts if it gets it.
func (g *group) claim(seen string) time.Duration {
	l := &loaded{id: rand.Text()}
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
	case g.valid():
		return g.renewal()
	}
	if g.r.poll == 0 {
		g.update(0, func(s *status) { s.elsewhere = true })
	}
	g.r.poll = min(max(2*g.r.poll, pollMin), g.c.opts.Lease/5)
	return min(c.ttl+time.Millisecond, g.r.poll)
}

var errElsewhere = errors.New("the loader failed on another replica")

// finish publishes what was loaded under the lock and uses it.
func (g *group) finish(l *loaded) time.Duration {
	g.r.loading = false
	if l.err != nil {
		return g.loadFailed(l)
	}
	g.reportDropped(l)
	seq, sent := g.sequence(), g.c.now()
	status, err := g.publish(l)
	if err != nil {
		// The data is as good as what would now be loaded without Redis.
		g.r.nextAlone = l.start + int64(g.c.opts.Lease)
		g.useAlone(l)
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
		l.err = fmt.Errorf("what was loaded could not be published (%s)", status)
		return g.loadFailed(l)
	default: // publishedLost, publishedStale: what Redis has now decides
		return 0
	}
}

func (g *group) loadFailed(l *loaded) time.Duration {
	g.c.count.loadErrors.Add(1)
	g.log(slog.LevelWarn, "loading a group failed", slog.Any("error", l.err))
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

// redisFailed is the end of every pass in which Redis did not do what it was asked. The snapshot holds until its lease
// ends.
func (g *group) redisFailed(err error) time.Duration {
	if g.ctx.Err() != nil {
		return time.Hour // stopping; not Redis' fault
	}
	g.c.count.redisErrors.Add(1)
	g.r.failures++
	now := g.c.now()
	g.mu.Lock()
	if g.status.downSince == 0 {
		g.status.downSince = now
	}
	g.status.downErr = err
	g.mu.Unlock()
	if g.r.failures == 2 {
		g.log(slog.LevelWarn, "Redis is unreachable", slog.Any("error", err))
	}
	g.c.reloadState()
	switch {
	case g.c.opts.NoFallback:
		if !g.r.loading {
			g.update(math.MaxInt64, nil)
		}
	case g.r.failures >= 2:
		g.loadAlone()
	}
	if g.r.failures == 1 || g.c.isCluster() {
		return g.renewal() / 4
	}
	return g.renewal()
}

func (g *group) redisWorks() {
	if g.r.failures == 0 {
		return
	}
	if g.r.failures >= 2 {
		g.log(slog.LevelInfo, "Redis is back")
	}
	g.r.failures = 0
	g.aloneTimer.Stop()
	g.update(0, func(s *status) { s.downSince, s.downErr = 0, nil })
}

type reloader interface{ ReloadState(context.Context) }

func (c *Cache) isCluster() bool {
	_, ok := c.rdb.(reloader)
	return ok
}

// reloadState makes a cluster client ask for the new master: go-redis 9.22 and later would find it after 60 s
// (redis/go-redis#3979).
func (c *Cache) reloadState() {
	if r, ok := c.rdb.(reloader); ok {
		defer func() { _ = recover() }()
		r.ReloadState(c.ctx)
	}
}

// renewal is the time to the next pass when all is well.
func (g *group) renewal() time.Duration {
	d := g.c.opts.Lease / 5
	return d*3/4 + time.Duration(jitter(int(d/2)))
}

func (g *group) reportDropped(l *loaded) {
	if l.dropped > 0 {
		g.c.count.dropped.Add(uint64(l.dropped))
		g.log(slog.LevelWarn, "the loader listed ids that are empty or longer than 1 KiB", slog.Int("dropped", l.dropped))
	}
}

func (g *group) log(level slog.Level, msg string, attrs ...slog.Attr) {
	defer func() { _ = recover() }() // a handler is the application's
	for i, a := range attrs {
		if err, ok := a.Value.Any().(error); ok {
			attrs[i].Value = slog.StringValue(errText(err))
		}
	}
	attrs = append(attrs, slog.String("group", printable(g.name)))
	g.c.opts.Logger.LogAttrs(g.ctx, level, "groupcache: "+msg, attrs...)
}
