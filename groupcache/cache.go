// Package groupcache answers "is user U in group G?" on the error path of many replicas: from this process, then from
// Redis, then from the application's own source of truth.
//
//	viewers := groupcache.New(rdb, load, groupcache.Options{})
//	ok, err := viewers.IsMember(ctx, "Technical Errors", user.ID)
//
// The answer is yes only if it is proven: ok is true and err is nil. There are three other answers, and all of them deny:
// not a member (false, nil), no such group ([ErrNoGroup]), and unknown (any other error, which says why).
//
// # Promises
//
// With the default [Options]; the names in brackets are the options that change a figure.
//
//  1. A warm question does no I/O, takes no lock, allocates nothing and cannot panic. A cold one waits for the answer
//     within the caller's context and never longer than 5 s (LoadTimeout); while the last load has failed and its back-off
//     runs, it is answered at once. No question ever calls Redis or the loader itself: background goroutines do, because
//     one call of a Redis client with default options can block for 100 s, whatever the context says.
//  2. After [Cache.Invalidate] has returned nil, no replica grants on older data later than 5 s (Lease), whether messages
//     get lost, the network freezes or clocks are wrong. Normally it is a few milliseconds.
//  3. Without Invalidate, a removal in the source holds everywhere within 60 s (MaxAge) of the moment the loader started
//     to read.
//  4. What is in Redis half-loaded, older than what this replica has seen, evicted, damaged, of a wrong type or of another
//     release's layout is not used; it is replaced. An id that is empty or longer than 1 KiB is nobody's: in a loader's
//     list it is dropped and counted, the rest of the list holds.
//  5. That a group does not exist is remembered by an entry of its own, for 1 h (MissingTTL) or until Invalidate, and never
//     because of an error. A group without members is a group: it is not loaded again before it ages.
//  6. At most one replica loads a group at a time, and after a failure nobody does for a while (1 s, doubling up to 30 s).
//     A thousand cold questions cost one load. A loader that panics, hangs or calls runtime.Goexit harms nobody: it is
//     left behind, and at most four such calls per group are.
//  7. When Redis is down and the source is not, a replica loads for itself after two failed renewals, at most once per
//     Lease, unless NoFallback is set.
//  8. It heals by itself: within a second or so of Redis' return or of a cluster's promotion.
//  9. [New] starts nothing. Goroutines (two per group) start with the first question; a group that nobody asks about for
//     MaxAge stops its own. The number of groups is bounded (MaxGroups), and [Cache.Close] leaves nothing behind. Names of
//     groups and users are compared byte for byte; a group's name appears in Redis only as a hash.
//  10. It works with standalone Redis, TLS, Cluster, Sentinel, Ring and any other [redis.UniversalClient], whatever its
//     options.
//
// # Limits
//
// If Redis itself loses an acknowledged write in a failover (its replication is asynchronous), promise 2 falls back to
// promise 3; the servers' min-replicas-to-write narrows that. The same holds when a Ring returns to a shard it had given
// up. A machine that is suspended as a whole may stop the clock by which leases run. A call that hangs inside a Redis
// client, or a loader that ignores its context, ends when the client or the loader says so: nothing can end it from
// outside.
//
// # In Redis
//
// All keys and the channel begin with Options.Prefix; what else is found under it belongs to the cache and may be deleted
// by it. Redis 5 or newer. A user with an ACL needs, for prefix P:
//
//	~P* &P* +@connection +eval +evalsha +hmget +hget +hset +hdel +hincrby +get +set +del +unlink
//	+pexpire +pttl +sadd +scard +sscan +publish +subscribe     (with a cluster also +cluster|slots +command)
//
// Without +publish or +subscribe it still works; a revocation then takes a second or so.
//
// # Without Redis
//
// A nil client makes a cache for a single process: the loader is asked directly, at most once per MaxAge. For one replica,
// tests and demonstrations.
package groupcache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Loader reads the members of group from where they are kept. It must return [ErrNoGroup] if there is no such group, an
// empty list if there is one without members, and any other error if it could not find out: such an error is never taken
// for an answer. Duplicates do no harm.
//
// It runs on a goroutine of the cache, for several groups at once, with a context that ends after Options.LoadTimeout. The
// list is not kept, its strings are.
type Loader func(ctx context.Context, group string) (members []string, err error)

var (
	// ErrNoGroup says that there is no such group. Loaders return it, and so does [Cache.IsMember].
	ErrNoGroup = errors.New("groupcache: no such group")
	// ErrClosed says that the cache was closed.
	ErrClosed = errors.New("groupcache: closed")
)

// Options are the options of [New], with useful zero values.
//
// A negative duration or number, and a Prefix with braces or control characters, are mistakes: every question and
// Invalidate then return an error that names them all. Values that are merely too small or too large are brought into
// the range given.
type Options struct {
	// Prefix begins all keys and the channel; "exceptional:groups:" if empty. Replicas of one application share it;
	// applications that share a database must not: they would share their groups.
	Prefix string
	// MaxAge is how long members may be used after the loader started to read them; 60 s if zero, at least 1 s. The cache
	// loads again before that, in the last quarter.
	MaxAge time.Duration
	// MissingTTL is how long "no such group" is believed; 1 h if zero, at least 1 s.
	MissingTTL time.Duration
	// Lease is how long a replica may go on without hearing from Redis that nothing was revoked; 5 s if zero, from 500 ms
	// to MaxAge. It asks five times as often.
	Lease time.Duration
	// LoadTimeout bounds a loader's run and the wait for it; 5 s if zero, at least 10 ms, at most a minute.
	LoadTimeout time.Duration
	// NoFallback denies while Redis is unreachable, where otherwise the loader would be asked directly.
	NoFallback bool
	// MaxGroups bounds how many groups are kept at a time; 64 if zero. Each has two goroutines and a connection.
	MaxGroups int
	// Logger is told when loading fails, and when Redis goes and returns; slog.Default() if nil.
	Logger *slog.Logger
}

func (o Options) check() error {
	var errs []error
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"MaxAge", int64(o.MaxAge)}, {"MissingTTL", int64(o.MissingTTL)}, {"Lease", int64(o.Lease)},
		{"LoadTimeout", int64(o.LoadTimeout)}, {"MaxGroups", int64(o.MaxGroups)},
	} {
		if f.value < 0 {
			errs = append(errs, fmt.Errorf("groupcache: Options.%s is negative", f.name))
		}
	}
	// Braces would move the hash tag, and with it the keys of a group into different slots of a cluster.
	if strings.ContainsFunc(o.Prefix, func(r rune) bool { return r == '{' || r == '}' || r < ' ' || r == 0x7f }) {
		errs = append(errs, errors.New("groupcache: Options.Prefix contains braces or control characters"))
	}
	return errors.Join(errs...)
}

func (o Options) withDefaults() Options {
	fill := func(d *time.Duration, zero, low, high time.Duration) {
		if *d <= 0 {
			*d = zero
		}
		*d = min(max(*d, low), high)
	}
	const forever = 100 * 365 * 24 * time.Hour
	fill(&o.MaxAge, time.Minute, time.Second, forever)
	fill(&o.MissingTTL, time.Hour, time.Second, forever)
	fill(&o.Lease, 5*time.Second, 500*time.Millisecond, o.MaxAge)
	fill(&o.LoadTimeout, 5*time.Second, 10*time.Millisecond, time.Minute)
	if o.Prefix == "" {
		o.Prefix = "exceptional:groups:"
	}
	if o.MaxGroups <= 0 {
		o.MaxGroups = 64
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// Nobody else may load while the loader may still run and its result be published.
func (o *Options) lockTTL() time.Duration { return max(2*o.LoadTimeout, 2*time.Second) }

// The header must outlive every entry, or absences would be forgotten early.
func (o *Options) headerTTL() time.Duration {
	return max(24*time.Hour, o.MissingTTL+time.Hour, o.MaxAge+time.Hour)
}

// Cache answers whether a user is a member of a group.
//
// Get one from [New]. The zero Cache is not usable, and a Cache must not be copied. Its methods may be called
// concurrently.
type Cache struct {
	rdb   redis.UniversalClient // nil: a single process
	load  Loader
	opts  Options
	fault error // what is wrong with the arguments of New
	epoch time.Time
	count counters

	ctx    context.Context
	cancel context.CancelFunc

	groups atomic.Pointer[map[string]*group] // replaced under mu, never changed: read without it

	mu          sync.Mutex // guards what follows
	closed      bool
	revoking    map[string]bool // groups whose revocation Redis has yet to acknowledge
	background  sync.WaitGroup  // Add under mu and unless closed, or from a goroutine it counts
	invalidates chan struct{}   // holds as many as there are calls for Invalidate under way
}

// New returns a cache of what load returns, shared through rdb. It neither blocks nor fails nor starts anything. A nil rdb
// is a single process's cache. The cache does not close rdb.
//
// Later changes to opts have no effect.
func New(rdb redis.UniversalClient, load Loader, opts Options) *Cache {
	c := &Cache{
		rdb:         rdb,
		load:        load,
		fault:       opts.check(),
		opts:        opts.withDefaults(),
		epoch:       time.Now().Add(-time.Second), // no time that matters is zero, which means "none"
		revoking:    map[string]bool{},
		invalidates: make(chan struct{}, 16),
	}
	if load == nil {
		c.fault = errors.Join(c.fault, errors.New("groupcache: the loader is nil"))
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.groups.Store(&map[string]*group{})
	return c
}

// now is the time by which everything is measured: monotonic, and this process's only.
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
			return c.count.verdict(v)
		}
	}
	return c.wait(ctx, group, user)
}

// wait is IsMember for a group about which nothing is known at the moment.
func (c *Cache) wait(ctx context.Context, name, user string) (bool, error) {
	if user == "" || len(user) > maxID {
		return c.count.verdict(no)
	}
	var timeout <-chan time.Time
	for {
		g, err := c.group(name)
		if err != nil {
			c.count.unknown.Add(1)
			return false, err
		}
		changed, blocked := g.waiter()
		if v := g.answer(user); v != unknown {
			return c.count.verdict(v)
		}
		if blocked == nil {
			if timeout == nil {
				t := time.NewTimer(c.opts.LoadTimeout)
				defer t.Stop()
				timeout = t.C
			}
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				blocked = g.unknown(context.Cause(ctx))
			case <-timeout:
				blocked = g.unknown(context.DeadlineExceeded)
			}
		}
		c.count.unknown.Add(1)
		return false, blocked
	}
}

// group returns the group of that name, and starts it if need be.
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

// forget takes g out of the groups; the next question starts a new one.
func (c *Cache) forget(g *group) {
	c.mu.Lock()
	defer c.mu.Unlock()
	groups := maps.Clone(*c.groups.Load())
	delete(groups, g.name)
	c.groups.Store(&groups)
}

// Close stops all goroutines of the cache and denies from then on. It returns an error if a call that hangs inside the
// Redis client or the loader is left behind after a second; that goroutine ends with the call. Closing twice is harmless.
func (c *Cache) Close() error {
	c.mu.Lock()
	first := !c.closed
	c.closed = true
	groups := *c.groups.Load()
	c.groups.Store(&map[string]*group{})
	c.mu.Unlock()
	if !first {
		return nil
	}
	c.cancel()
	for _, g := range groups {
		g.drop("")
	}
	done := make(chan struct{})
	go func() {
		c.background.Wait()
		close(done)
	}()
	t := time.NewTimer(callTimeout)
	defer t.Stop()
	select {
	case <-done:
		return nil
	case <-t.C:
		return errors.New("groupcache: closed, but a call of the Redis client or of the loader has not returned yet")
	}
}

// jitter returns a random number below n: replicas that were started together shall not act together.
func jitter(n int) int { return rand.IntN(n) }
