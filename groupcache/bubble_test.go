package groupcache_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
	"github.com/exceptional-go/exceptional/groupcache"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const group = "Technical Errors"

// The client logs every failed dial, which here is the point of most tests.
func TestMain(m *testing.M) {
	redis.SetLogger(silence{})
	m.Run()
}

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

var quiet = slog.New(slog.DiscardHandler)

// source is an application's source of truth.
type source struct {
	mu      sync.Mutex
	members []string // nil: no such group
	err     error
	delay   time.Duration // after reading
	deaf    bool          // to the context
	hook    func(ctx context.Context)
	calls   int
	running int
	most    int // ran at a time
}

func newSource(members ...string) *source { return &source{members: append([]string{}, members...)} }

func (s *source) load(ctx context.Context, _ string) ([]string, error) {
	s.mu.Lock()
	s.calls++
	s.running++
	s.most = max(s.most, s.running)
	members, err, delay, hook, deaf := slices.Clone(s.members), s.err, s.delay, s.hook, s.deaf
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.running--
		s.mu.Unlock()
	}()
	if hook != nil {
		hook(ctx)
	}
	if delay > 0 {
		done := ctx.Done()
		if deaf {
			done = nil
		}
		select {
		case <-time.After(delay):
		case <-done:
			return nil, ctx.Err()
		}
	}
	if err == nil && members == nil {
		err = groupcache.ErrNoGroup
	}
	return members, err
}

func (s *source) set(f func(s *source)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

func (s *source) loads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// link is a network between one client and miniredis, in memory. Frozen, it keeps what it was given and delivers it when
// thawed; cut, it breaks connections and refuses new ones.
type link struct {
	m       *miniredis.Miniredis
	mu      sync.Mutex
	thawed  chan struct{} // closed unless frozen
	cut     bool
	latency time.Duration
	conns   map[net.Conn]bool
}

func newLink(m *miniredis.Miniredis) *link {
	l := &link{m: m, thawed: make(chan struct{}), conns: map[net.Conn]bool{}}
	close(l.thawed)
	return l
}

var errCut = errors.New("link is cut")

func (l *link) dial(_ context.Context, _, _ string) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return nil, errCut
	}
	server, err := l.m.Dial()
	if err != nil {
		return nil, err
	}
	client, inner := net.Pipe()
	l.conns[client], l.conns[inner], l.conns[server] = true, true, true
	// miniredis writes to subscribers with its lock held, so both directions are always drained: a peer that stops reading
	// would stop everybody, and the bubble's clock.
	go l.pump(inner, server)
	go l.pump(server, inner)
	return client, nil
}

func (l *link) pump(dst, src net.Conn) {
	queue := make(chan []byte, 1<<14)
	go func() {
		defer close(queue)
		buf := make([]byte, 64<<10)
		for {
			n, err := src.Read(buf)
			if n > 0 {
				queue <- slices.Clone(buf[:n])
			}
			if err != nil {
				return
			}
		}
	}()
	for b := range queue {
		l.mu.Lock()
		thawed, latency := l.thawed, l.latency
		l.mu.Unlock()
		<-thawed
		if latency > 0 {
			time.Sleep(latency)
		}
		if _, err := dst.Write(b); err != nil {
			break
		}
	}
	_ = dst.Close()
	_ = src.Close()
	for range queue {
	}
}

func (l *link) freeze() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.thawed:
		l.thawed = make(chan struct{})
	default:
	}
}

func (l *link) thaw() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = false
	select {
	case <-l.thawed:
	default:
		close(l.thawed)
	}
}

func (l *link) sever() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	for c := range l.conns {
		_ = c.Close()
	}
	clear(l.conns)
}

// close ends what is left of the connections, so that the bubble can end.
func (l *link) close() {
	l.thaw()
	l.sever()
}

func newMini(t testing.TB) *miniredis.Miniredis {
	m := miniredis.NewMiniRedis()
	m.ClockTTL(true)
	if conn, err := m.Dial(); err == nil { // starts the server
		_ = conn.Close()
	}
	t.Cleanup(m.Close)
	return m
}

// client has the default options, but for what a bubble cannot have: a name would be resolved outside of it, and the
// handshake for maintenance notifications waits for the network with a mutex held, which stops a bubble's clock.
func (l *link) client(t testing.TB, change func(o *redis.Options)) *redis.Client {
	o := &redis.Options{
		Addr:   "127.0.0.1:1",
		Dialer: l.dial,
		MaintNotificationsConfig: &maintnotifications.Config{
			Mode: maintnotifications.ModeDisabled,
		},
	}
	if change != nil {
		change(o)
	}
	rdb := redis.NewClient(o)
	t.Cleanup(func() {
		l.close()
		_ = rdb.Close()
		time.Sleep(15 * time.Minute) // what the client and loaders have left behind comes to its end
	})
	return rdb
}

type replica struct {
	*groupcache.Cache
	link *link
	rdb  *redis.Client
}

func newReplica(t testing.TB, m *miniredis.Miniredis, load groupcache.Loader, o groupcache.Options) *replica {
	if o.Logger == nil {
		o.Logger = quiet
	}
	l := newLink(m)
	rdb := l.client(t, nil)
	r := &replica{groupcache.New(rdb, load, o), l, rdb}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// ask is a question with as much time as there is.
func (r *replica) ask(user string) answer { return ask(r.Cache, user) }

func ask(c *groupcache.Cache, user string) answer {
	ok, err := c.IsMember(context.Background(), group, user)
	return classify(ok, err)
}

var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// peek is a question without any time: only what is known counts.
func (r *replica) peek(user string) answer { return peek(r.Cache, user) }

func peek(c *groupcache.Cache, user string) answer {
	ok, err := c.IsMember(ended, group, user)
	return classify(ok, err)
}

type answer string

const (
	isMember answer = "member"
	noMember answer = "no member"
	noGroup  answer = "no group"
	unknown  answer = "unknown"
)

func classify(ok bool, err error) answer {
	switch {
	case ok && err != nil:
		panic("yes and an error")
	case ok:
		return isMember
	case err == nil:
		return noMember
	case errors.Is(err, groupcache.ErrNoGroup):
		return noGroup
	default:
		return unknown
	}
}

func (r *replica) invalidate(t testing.TB) {
	t.Helper()
	if err := r.Invalidate(context.Background(), group); err != nil {
		t.Fatalf("Invalidate: %v", err)
	}
}

func want(t testing.TB, what string, got, want answer) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// eventually returns how long it took.
func eventually(t testing.TB, within time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for !ok() {
		if time.Since(start) > within {
			t.Fatalf("%s: not within %v", what, within)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(start)
}

// deny makes miniredis refuse commands, also inside scripts.
func deny(commands ...string) server.Hook {
	return func(p *server.Peer, cmd string, _ ...string) bool {
		if slices.Contains(commands, strings.ToUpper(cmd)) {
			p.WriteError("NOPERM this user has no permissions to run the '" + cmd + "' command")
			return true
		}
		return false
	}
}

func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

var _ io.Closer = (*groupcache.Cache)(nil)
