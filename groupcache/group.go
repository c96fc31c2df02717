package groupcache

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"time"
)

// snapshot is what a replica knows of a group. Nothing but the lease changes.
type snapshot struct {
	gen, id   string // the generation it was loaded under and the entry's id in Redis; empty: known to this replica only
	missing   bool
	members   map[string]struct{}
	loaded    int64 // when, at the earliest, the loader started to read
	readBy    int64 // when, at the latest, the loader had read
	hard      int64 // when it is too old, whatever Redis says
	refreshAt int64 // when to load again, so that it need not get too old
	lease     atomic.Int64
}

// renew lets the snapshot be used until then, if that is not too old.
func (s *snapshot) renew(until int64) { s.lease.Store(min(until, s.hard)) }

type verdict uint8

const (
	unknown verdict = iota
	yes
	no
	noGroup
)

// group is what a replica keeps of one group. Two goroutines serve it: refresh, which alone talks to Redis and the loader
// and alone installs snapshots, and subscribe, which tells refresh to hurry.
type group struct {
	c      *Cache
	name   string
	keys   keys
	token  string // this replica's, for the lock
	ctx    context.Context
	cancel context.CancelFunc

	snap  atomic.Pointer[snapshot]
	asked atomic.Bool // since refresh looked last

	kick       chan struct{}   // refresh: look now
	calls      chan struct{}   // holds as many as there are calls of the Redis client under way
	loads      chan struct{}   // holds as many as there are calls of the loader under way
	loaded     chan *loaded    // a load under the lock has ended
	alone      chan *loaded    // a load without a lock has ended
	aloneTimer *time.Timer     // the next load without a lock is due
	r          refresherFields // refresh's own

	mu      sync.Mutex    // guards what follows
	changed chan struct{} // closed and replaced when a waiter should look again
	drops   uint64        // how often a snapshot was dropped: one loaded before must not be installed after
	retryAt int64         // until then nothing will come: do not wait
	status  status
}

// status is what Explain and errors tell; times are zero if they do not apply.
type status struct {
	loading   int64 // since
	elsewhere bool  // another replica loads
	downSince int64
	downErr   error
	failedAt  int64
	loadErr   error
}

// maxCalls is how many calls of the Redis client may hang at a time. With default options each does so for five seconds
// and a new one is tried every second or so: six, so that the one that would find the promoted master is not kept waiting
// by those that sit on the old one.
const maxCalls = 6

func newGroup(c *Cache, name string) *group {
	g := &group{
		c:       c,
		name:    name,
		keys:    keysFor(c.opts.Prefix, name),
		token:   rand.Text() + ":",
		kick:    make(chan struct{}, 1),
		calls:   make(chan struct{}, maxCalls),
		loads:   make(chan struct{}, 4),
		loaded:  make(chan *loaded, 1),
		alone:   make(chan *loaded, 1),
		changed: make(chan struct{}),
	}
	g.ctx, g.cancel = context.WithCancel(c.ctx)
	g.aloneTimer = time.NewTimer(0)
	g.aloneTimer.Stop()
	g.asked.Store(true)
	return g
}

// answer is the hot path: two atomic loads, one look at the clock, one map look-up. The map is never written after the
// pointer to it was stored.
//
// The clock is read every time. A coarse one that a goroutine advances would be eighty times faster, and would stand still
// exactly when the process was stopped and must not trust itself.
func (g *group) answer(user string) verdict {
	if !g.asked.Load() {
		g.asked.Store(true)
	}
	s := g.snap.Load()
	if s == nil || g.c.now() >= s.lease.Load() {
		return unknown
	}
	if s.missing {
		return noGroup
	}
	if _, ok := s.members[user]; ok {
		return yes
	}
	return no
}

func (g *group) valid() bool {
	s := g.snap.Load()
	return s != nil && g.c.now() < s.lease.Load()
}

// waiter returns what will be closed when something changes, and an error if waiting is useless. Take it before looking at
// the snapshot, or a change in between is missed.
func (g *group) waiter() (<-chan struct{}, error) {
	g.mu.Lock()
	changed, blocked := g.changed, g.c.now() < g.retryAt
	g.mu.Unlock()
	if blocked {
		return changed, g.unknown(nil)
	}
	return changed, nil
}

// notify is called with mu held.
func (g *group) notify() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// update changes the status, and until when waiting is useless, and lets the waiters look.
func (g *group) update(retryAt int64, change func(s *status)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.retryAt = retryAt
	if change != nil {
		change(&g.status)
	}
	g.notify()
}

// hurry makes refresh look now.
func (g *group) hurry() {
	select {
	case g.kick <- struct{}{}:
	default:
	}
}

func (g *group) sequence() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.drops
}

// install makes s the snapshot, unless one was dropped since seq.
func (g *group) install(s *snapshot, seq uint64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.drops != seq {
		return false
	}
	g.snap.Store(s)
	g.retryAt = 0
	g.status.loading, g.status.elsewhere, g.status.loadErr = 0, false, nil
	g.notify()
	return true
}

// drop forgets the snapshot, unless it was loaded under gen, and makes refresh look for a newer one.
func (g *group) drop(gen string) {
	g.mu.Lock()
	if s := g.snap.Load(); s == nil || gen == "" || s.gen != gen {
		g.drops++
		g.snap.Store(nil)
		g.notify()
	}
	g.mu.Unlock()
	g.hurry()
}

// stop ends the group. Waiters look again, and find another or a closed cache.
func (g *group) stop() {
	g.c.forget(g)
	g.cancel()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.snap.Store(nil)
	g.notify()
}
