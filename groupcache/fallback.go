package groupcache

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
)

// Without Redis, because there is none or because it is unreachable, groups are loaded directly.
//
// While Redis is unreachable, a snapshot lasts one Lease from the moment the loader starts, and the next load starts when it
// ends. So promise 2 also holds for revocations that this replica cannot see.

// tickWithoutRedis is tick for a cache of a single process.
func (g *group) tickWithoutRedis() time.Duration {
	now := g.c.now()
	next := now
	if s := g.snap.Load(); s != nil {
		next = s.refreshAt
	}
	if next = max(next, g.r.nextDirect); next <= now {
		g.loadDirect()
		return g.renewal()
	}
	return min(time.Duration(next-now), g.renewal())
}

// loadDirect starts a direct load, if it is time for one.
func (g *group) loadDirect() {
	if g.r.loadingDirect || g.r.loading || g.c.rdb != nil && g.r.failures < 2 {
		return
	}
	now := g.c.now()
	if g.r.nextDirect > now {
		g.directTimer.Reset(time.Duration(g.r.nextDirect - now))
		return
	}
	g.r.loadingDirect = true
	if g.c.rdb != nil {
		g.r.nextDirect = now + int64(g.c.opts.Lease)
		g.c.count.directLoads.Add(1)
	}
	g.update(0, func(s *status) { s.loading, s.elsewhere = now, false })
	g.run(&loadRun{}, g.direct)
}

// finishDirect uses the result of a direct load, and schedules the next.
func (g *group) finishDirect(l *loadRun) {
	g.r.loadingDirect = false
	now := g.c.now()
	switch {
	case l.err != nil:
		g.c.count.loadErrors.Add(1)
		g.log(slog.LevelWarn, "loading a group failed", slog.String("error", errText(l.err)))
		if g.c.rdb == nil {
			g.r.failures++
			g.r.nextDirect = now + int64(min(backoffMin<<min(g.r.failures-1, 10), backoffMax))
		}
		g.update(g.r.nextDirect, func(s *status) { s.loading, s.failedAt, s.loadErr = 0, now, l.err })
	case g.c.rdb != nil && g.r.failures == 0 && g.current() != nil:
		g.update(0, func(s *status) { s.loading = 0 }) // Redis is back, and its entry is in use
	default:
		g.logDropped(l)
		if g.c.rdb == nil {
			g.r.failures = 0
		}
		if !g.useDirect(l) {
			g.update(0, func(s *status) { s.loading = 0 })
		}
	}
	if g.c.rdb == nil {
		g.wake()
	} else {
		g.loadDirect()
	}
}

// useDirect uses a result that is in this replica only. It refuses one that was read before a revocation, or that may be
// older than the data in use.
func (g *group) useDirect(l *loadRun) bool {
	if l.start < g.r.newest {
		return false
	}
	s := g.snapshotOf(l)
	if g.c.rdb == nil {
		s.renew(s.expiresAt)
	} else {
		s.renew(l.start + int64(g.c.opts.Lease))
	}
	return g.use(s, l.seq)
}

// redisFailed ends every tick in which a call of Redis failed. The snapshot holds until its lease ends.
func (g *group) redisFailed(err error) time.Duration {
	if g.ctx.Err() != nil {
		return time.Hour // the group is stopping, which is why the call failed
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
		g.log(slog.LevelWarn, "Redis is unreachable", slog.String("error", errText(err)))
	}
	g.c.reloadState()
	switch {
	case g.c.opts.NoFallback:
		if !g.r.loading {
			g.update(math.MaxInt64, nil)
		}
	case g.r.failures >= 2:
		g.loadDirect()
	}
	if g.r.failures == 1 || g.c.isCluster() {
		return g.renewal() / 4
	}
	return g.renewal()
}

// redisWorks is called after each tick in which Redis answered.
func (g *group) redisWorks() {
	if g.r.failures == 0 {
		return
	}
	if g.r.failures >= 2 {
		g.log(slog.LevelInfo, "Redis is back")
	}
	g.r.failures = 0
	g.directTimer.Stop()
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
		_ = guard.Call(func() { r.ReloadState(c.ctx) })
	}
}
