package groupcache

import (
	"log/slog"
	"time"
)

// Loading without Redis: because there is none, or because it is unreachable.
//
// While it is unreachable a snapshot lasts one Lease from the moment the loader starts, and the next load starts when it
// ends: whoever revokes through a Redis that this replica cannot reach still has promise 2.

// passAlone is pass without Redis.
func (g *group) passAlone() time.Duration {
	now := g.c.now()
	next := now
	if s := g.snap.Load(); s != nil {
		next = s.refreshAt
	}
	if next = max(next, g.r.nextAlone); next <= now {
		g.loadAlone()
		return g.renewal()
	}
	return min(time.Duration(next-now), g.renewal())
}

// loadAlone starts a load without a lock, if it is time for one.
func (g *group) loadAlone() {
	if g.r.alone || g.r.loading || g.c.rdb != nil && g.r.failures < 2 {
		return
	}
	now := g.c.now()
	if g.r.nextAlone > now {
		g.aloneTimer.Reset(time.Duration(g.r.nextAlone - now))
		return
	}
	g.r.alone = true
	if g.c.rdb != nil {
		g.r.nextAlone = now + int64(g.c.opts.Lease)
		g.c.count.alone.Add(1)
	}
	g.update(0, func(s *status) { s.loading, s.elsewhere = now, false })
	g.run(&loaded{}, g.alone)
}

// finishAlone uses what was loaded without a lock, and sees to the next load.
func (g *group) finishAlone(l *loaded) {
	g.r.alone = false
	now := g.c.now()
	switch {
	case l.err != nil:
		g.c.count.loadErrors.Add(1)
		g.log(slog.LevelWarn, "loading a group failed", slog.Any("error", l.err))
		if g.c.rdb == nil {
			g.r.failures++
			g.r.nextAlone = now + int64(min(backoffMin<<min(g.r.failures-1, 10), backoffMax))
		}
		g.update(g.r.nextAlone, func(s *status) { s.loading, s.failedAt, s.loadErr = 0, now, l.err })
	case g.c.rdb != nil && g.r.failures == 0 && g.valid():
		g.update(0, func(s *status) { s.loading = 0 }) // Redis is back, and so is what it shares
	default:
		g.reportDropped(l)
		if g.c.rdb == nil {
			g.r.failures = 0
		}
		if !g.useAlone(l) {
			g.update(0, func(s *status) { s.loading = 0 })
		}
	}
	if g.c.rdb == nil {
		g.hurry()
	} else {
		g.loadAlone()
	}
}

// useAlone uses what only this replica knows. It refuses what was read before a revocation, or may be older than what was
// used already.
func (g *group) useAlone(l *loaded) bool {
	if l.start < g.r.newest {
		return false
	}
	s := g.snapshotOf(l)
	if g.c.rdb == nil {
		s.renew(s.hard)
	} else {
		s.renew(l.start + int64(g.c.opts.Lease))
	}
	return g.use(s, l.seq)
}
