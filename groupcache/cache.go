// Package groupcache answers "is user U in group G?" on the error path of many replicas: from memory, then from Redis, then
// from the application's own source of truth.
//
//	viewers := groupcache.New(rdb, load, groupcache.Options{})
//	ok, err := viewers.IsMember(ctx, "Technical Errors", user.ID)
//
// Only (true, nil) means yes. There are three other answers, and all of them deny: not a member (false, nil), no such group
// ([ErrNoGroup]), and unknown (any other error, which says why).
//
// Read the package in this order: cache.go and options.go are the public face, group.go is the state of one group, refresh.go
// the goroutine that keeps it current. load.go runs the loader, scripts.go is all that Redis does, pull.go reads an entry from
// Redis, fallback.go does without Redis. invalidate.go and subscribe.go send and receive revocations; explain.go and stats.go
// describe the state.
//
// # Promises
//
// With the default [Options]; the names in brackets are the options that change a figure.
//
//  1. A warm question does no I/O, takes no lock, allocates nothing and cannot panic. A cold one waits for the answer
//     within the caller's context and never longer than 5 s (LoadTimeout); during the back-off after a failed load it is
//     answered at once. Questions never call Redis or the loader themselves, background goroutines do: one call of a Redis
//     client with default options can block for 100 s, whatever the context says.
//  2. After [Cache.Invalidate] has returned nil, no replica grants on older data later than 5 s (Lease), whether messages
//     get lost, the network freezes or clocks are wrong. Normally it is a few milliseconds.
//  3. Without Invalidate, a removal in the source holds everywhere within 60 s (MaxAge) of the moment the loader started
//     to read.
//  4. Data in Redis that is half-loaded, older than the data this replica has used, evicted, damaged, of a wrong type or of
//     another release's layout is not used; it is replaced. An id that is empty or longer than 1 KiB is invalid: in a
//     loader's list it is ignored and counted, and the rest of the list is used.
//  5. That a group does not exist is cached separately, for 1 h (MissingTTL) or until Invalidate, and never because of an
//     error. A group without members is a group: it is not loaded again before MaxAge.
//  6. At most one replica loads a group at a time, and after a failure none does for a while (1 s, doubling up to 30 s).
//     A thousand cold questions cost one load. A loader that panics, hangs or calls runtime.Goexit does no harm: a call
//     that hangs is abandoned, and at most four abandoned calls per group exist at a time.
//  7. When Redis is down and the source is not, a replica loads directly after two failed renewals, at most once per
//     Lease, unless NoFallback is set.
//  8. It recovers by itself within a second or so of Redis' return or of a cluster's promotion.
//  9. [New] starts nothing. Goroutines (two per group) start with the first question, and end after MaxAge without
//     questions. The number of groups is bounded (MaxGroups), and [Cache.Close] ends everything. Names of groups and users
//     are compared byte for byte; a group's name appears in Redis only as a hash.
//  10. It works with standalone Redis, TLS, Cluster, Sentinel, Ring and any other [redis.UniversalClient], whatever its
//     options.
//
// # Limits
//
// If Redis itself loses an acknowledged write in a failover (its replication is asynchronous), promise 2 falls back to
// promise 3; the servers' min-replicas-to-write narrows that. The same holds when a Ring returns to a shard it had given
// up. A machine that is suspended as a whole may stop the clock by which leases run. A call that hangs inside a Redis
// client, or a loader that ignores its context, cannot be ended from outside.
//
// # In Redis
//
// All keys and the channel begin with Options.Prefix; the cache may delete any key that does. It needs Redis 5 or newer. A user
// with an ACL needs, for prefix P:
//
//	~P* &P* +@connection +eval +evalsha +hmget +hget +hset +hdel +hincrby +get +set +del +unlink
//	+pexpire +pttl +sadd +scard +sscan +publish +subscribe     (with a cluster also +cluster|slots +command)
//
// Without +publish or +subscribe it still works; a revocation then takes a second or so.
//
// # Without Redis
//
// A nil client makes a cache for a single process, which calls the loader at most once per MaxAge. It is for one replica, tests
// and demonstrations.
package groupcache

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/exceptional-go/exceptional/internal/guard"
)

// Loader reads the members of group from the application's source of truth. It must return [ErrNoGroup] if there is no such
// group, an empty list if the group has no members, and any other error if it could not find out: such an error is never an
// answer. Duplicates do no harm.
//
// It runs on a goroutine of the cache, for several groups at once, with a context that ends after Options.LoadTimeout. The cache
// keeps the strings of the list, but not the list.
type Loader func(ctx context.Context, group string) (members []string, err error)

var (
	// ErrNoGroup says that there is no such group. Loaders return it, and so does [Cache.IsMember].
	ErrNoGroup = errors.New("groupcache: no such group")
	// ErrClosed says that the cache was closed.
	ErrClosed = errors.New("groupcache: closed")
)

// Cache answers whether a user is a member of a group.
//
// Get one from [New]. The zero Cache is not usable, and a Cache must not be copied. Its methods may be called
// concurrently.
type Cache struct {
	rdb   redis.UniversalClient // nil: a single process
	load  Loader
	opts  Options
	fault error     // the mistakes in the arguments of New, returned by every method
	epoch time.Time // of now
	count counters

	ctx    context.Context
	cancel context.CancelFunc

	groups atomic.Pointer[map[string]*group] // replaced under mu, never changed: read without it

	mu              sync.Mutex // guards what follows
	closed          bool
	revoking        map[string]bool // groups whose revocation Redis has yet to acknowledge
	background      sync.WaitGroup  // Add under mu and unless closed, or from a goroutine it counts
	invalidateSlots chan struct{}   // one element for each running call for Invalidate
}

// New returns a cache of load's results, shared through rdb. It does not block, does not fail and starts nothing. With a nil
// rdb the cache is for a single process. The cache does not close rdb.
//
// Later changes to opts have no effect.
func New(rdb redis.UniversalClient, load Loader, opts Options) *Cache {
	opts, fault := opts.withDefaults()
	c := &Cache{
		rdb:             rdb,
		load:            load,
		fault:           fault,
		opts:            opts,
		epoch:           time.Now().Add(-time.Second), // no time that matters is zero, which means "none"
		revoking:        map[string]bool{},
		invalidateSlots: make(chan struct{}, 16),
	}
	if load == nil {
		c.fault = errors.Join(c.fault, errors.New("groupcache: the loader is nil"))
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.groups.Store(&map[string]*group{})
	return c
}

// now is the monotonic time since epoch. All times in the package are in it, except for durations from Redis.
func (c *Cache) now() int64 { return int64(time.Since(c.epoch)) }

// maxID is the length of the longest id; see promise 4.
const maxID = 1 << 10

// IsMember reports whether user is a member of group. Only (true, nil) is a yes; see the package documentation for the
// other answers and for how long it can take.
//
// An empty user is a member of nothing.
func (c *Cache) IsMember(ctx context.Context, group, user string) (bool, error) {
	if g := (*c.groups.Load())[group]; g != nil {
		if v := g.answer(user); v != unknown {
			return c.count.answer(v)
		}
	}
	return c.wait(ctx, group, user)
}

// wait is IsMember for a group without valid data.
func (c *Cache) wait(ctx context.Context, name, user string) (bool, error) {
	if user == "" || len(user) > maxID {
		return c.count.answer(no)
	}
	ctx, cancel := context.WithTimeout(ctx, c.opts.LoadTimeout)
	defer cancel()
	for {
		g, err := c.group(name)
		if err != nil {
			c.count.unknown.Add(1)
			return false, err
		}
		changed, blocked := g.waiter()
		if v := g.answer(user); v != unknown {
			return c.count.answer(v)
		}
		if blocked == nil {
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				blocked = g.unknown(context.Cause(ctx))
			}
		}
		c.count.unknown.Add(1)
		return false, blocked
	}
}

// group returns the group of that name, and starts it if there is none.
func (c *Cache) group(name string) (*group, error) {
	if c.fault != nil {
		return nil, c.fault
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	groups := *c.groups.Load()
	if g := groups[name]; g != nil {
		return g, nil
	}
	if len(groups) >= c.opts.MaxGroups {
		return nil, &unknownError{reason: fmt.Sprintf("already %d groups are kept", len(groups))}
	}
	g := newGroup(c, name)
	groups = maps.Clone(groups)
	groups[name] = g
	c.groups.Store(&groups)
	c.background.Go(g.refresh)
	if c.rdb != nil {
		c.background.Go(g.subscribe)
	}
	return g, nil
}

// remove takes g out of the groups; the next question starts a new one.
func (c *Cache) remove(g *group) {
	c.mu.Lock()
	defer c.mu.Unlock()
	groups := maps.Clone(*c.groups.Load())
	delete(groups, g.name)
	c.groups.Store(&groups)
}

// Close stops all goroutines of the cache, which denies from then on. It returns an error if a call of the Redis client or the
// loader has not returned after a second; its goroutine ends with the call. Closing twice is harmless.
func (c *Cache) Close() error {
	c.mu.Lock()
	again := c.closed
	c.closed = true
	c.groups.Store(&map[string]*group{})
	c.mu.Unlock()
	if again {
		return nil
	}
	c.cancel()
	_, err := guard.Within(nil, callTimeout, func() (struct{}, error) {
		c.background.Wait()
		return struct{}{}, nil
	})
	if err != nil {
		return errors.New("groupcache: closed, but a call of the Redis client or of the loader has not returned yet")
	}
	return nil
}

// jitter returns a random number below n, so that replicas that were started together do not act together.
func jitter(n int) int { return rand.IntN(n) }
