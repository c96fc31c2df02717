package groupcache

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"time"
)

// snapshot is one state of a group: its members, or that it does not exist. Only the lease changes. All times are of
// Cache.now.
type snapshot struct {
	gen, id     string // the generation it was loaded under and the entry's id in Redis; empty if it is in this replica only
	missing     bool
	members     map[string]struct{}
	loadStarted int64 // the earliest time at which the loader can have started to read
	readBy      int64 // the latest time at which the loader can have finished reading
	expiresAt   int64 // the age limit, whatever Redis says
	refreshAt   int64 // when to load again, before the age limit
	lease       atomic.Int64
}

// renew allows the snapshot to be used until then, but not beyond its age limit.
func (s *snapshot) renew(until int64) { s.lease.Store(min(until, s.expiresAt)) }

type verdict uint8

const (
	unknown verdict = iota
	yes
	no
	noGroup
)

// group is the state of one group in this replica. It has two goroutines: refresh, which alone calls Redis and the loader and
// alone installs snapshots, and subscribe, which wakes refresh.
//
// There are two ways to load. Normally a replica takes the lock in Redis, loads, and publishes the result. A direct load does
// without the lock, because there is no Redis or it is unreachable; its result is used by this replica only.
type group struct {
	c      *Cache
	name   string
	keys   keys
	token  string // identifies this replica as the owner of the lock
	ctx    context.Context
	cancel context.CancelFunc

	snap          atomic.Pointer[snapshot]
	recentlyAsked atomic.Bool // since refresh looked last

	woken       chan struct{}   // refresh: tick now
	callSlots   chan struct{}   // one element for each running call of the Redis client
	loadSlots   chan struct{}   // one element for each running call of the loader
	loaded      chan *loadRun   // a load under the lock has ended
	direct      chan *loadRun   // a direct load has ended
	directTimer *time.Timer     // the next direct load is due
	r           refresherFields // refresh's own

	mu      sync.Mutex    // guards what follows
	changed chan struct{} // closed and replaced when a waiter should look again
	drops   uint64        // how often a snapshot was dropped: one loaded before must not be installed after
	retryAt int64         // until then there will be no answer, so waiting is useless
	status  status
}

// status is for Explain and for errors; times are zero if they do not apply.
type status struct {
	loading   int64 // since
	elsewhere bool  // another replica loads
	downSince int64
	downErr   error
	failedAt  int64
	loadErr   error
}

// maxCalls is how many calls of the Redis client may hang at a time. With default options each hangs for five seconds and a
// new one is tried every second or so. With six, a call that would find the promoted master need not wait for those to the
// old one.
const maxCalls = 6

func newGroup(c *Cache, name string) *group {
	g := &group{
		c:         c,
		name:      name,
		keys:      keysFor(c.opts.Prefix, name),
		token:     rand.Text() + ":",
		woken:     make(chan struct{}, 1),
		callSlots: make(chan struct{}, maxCalls),
		loadSlots: make(chan struct{}, 4),
		loaded:    make(chan *loadRun, 1),
		direct:    make(chan *loadRun, 1),
		changed:   make(chan struct{}),
	}
	g.ctx, g.cancel = context.WithCancel(c.ctx)
	g.directTimer = time.NewTimer(0)
	g.directTimer.Stop()
	g.recentlyAsked.Store(true)
	return g
}

// answer is the hot path: two atomic loads, one look at the clock, one map look-up. The map is never written after the
// pointer to it was stored.
//
// The clock is read every time. A coarse one that a goroutine advances would be eighty times faster, but it would stand still
// when the process is stopped, which is when a lease must end.
func (g *group) answer(user string) verdict {
	if !g.recentlyAsked.Load() {
		g.recentlyAsked.Store(true)
	}
	s := g.current()
	if s == nil {
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

// current returns the snapshot, if it may be used now.
func (g *group) current() *snapshot {
	s := g.snap.Load()
	if s == nil || g.c.now() >= s.lease.Load() {
		return nil
	}
	return s
}

// waiter returns a channel that is closed when something changes, and an error if waiting is useless. Call it before looking
// at the snapshot, or a change in between is missed.
func (g *group) waiter() (<-chan struct{}, error) {
	g.mu.Lock()
	changed, blocked := g.changed, g.c.now() < g.retryAt
	g.mu.Unlock()
	if blocked {
		return changed, g.unknown(nil)
	}
	return changed, nil
}

// notify makes the waiters look again. It is called with mu held.
func (g *group) notify() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// update changes the status and retryAt, and makes the waiters look again.
func (g *group) update(retryAt int64, change func(s *status)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.retryAt = retryAt
	if change != nil {
		change(&g.status)
	}
	g.notify()
}

// wake makes refresh tick now.
func (g *group) wake() {
	select {
	case g.woken <- struct{}{}:
	default:
	}
}

// sequence returns the number to pass to install.
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

// drop removes the snapshot, unless it was loaded under gen, and makes refresh look for a newer one.
func (g *group) drop(gen string) {
	g.mu.Lock()
	if s := g.snap.Load(); s == nil || gen == "" || s.gen != gen {
		g.drops++
		g.snap.Store(nil)
		g.notify()
	}
	g.mu.Unlock()
	g.wake()
}

// stop ends the group. Waiters look again, and find another group or a closed cache.
func (g *group) stop() {
	g.c.remove(g)
	g.cancel()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.snap.Store(nil)
	g.notify()
}
