package redis_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/groupcache"
	"github.com/redis/go-redis/v9"
)

// Redis is not there when the application starts. Nothing blocks, the source answers meanwhile, and when Redis
// comes it is shared.
func TestBoot(t *testing.T) {
	for _, tt := range []struct {
		name     string
		fallback bool
		hung     bool
	}{
		{"refused", true, false}, {"refused, no fallback", false, false}, {"hung", true, true}, {"hung, no fallback", false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			addr := s.addr()
			var p *proxy
			if tt.hung {
				s.start()
				p = newProxy(t, s.addr())
				p.freeze()
				addr = p.addr()
			}
			src := newSource("alice")
			o := fast
			o.NoFallback = !tt.fallback
			start := time.Now()
			c := newCache(t, clientTo(t, addr), src.load, o)
			if d := time.Since(start); d > 50*time.Millisecond {
				t.Errorf("New took %v", d)
			}
			start = time.Now()
			want(t, "the first 50 ms", askWithin(c, "alice", 50*time.Millisecond), unknown)
			if d := time.Since(start); d > 50*time.Millisecond+slack/2 {
				t.Errorf("took %v", d)
			}
			if tt.fallback {
				eventually(t, 4*time.Second+slack, "answered from the source", func() bool { return granted(c, "alice") })
			} else {
				during(3*time.Second, func() {
					if granted(c, "alice") {
						t.Fatal("granted without Redis")
					}
				})
			}
			if tt.hung {
				p.thaw()
			} else {
				s.start()
			}
			eventually(t, 3*time.Second+slack, "healed", func() bool { return c.Explain(group, "alice") == "member" })
		})
	}
}

// Redis goes away under a running replica, and something is revoked meanwhile where it matters.
func TestOutage(t *testing.T) {
	for _, tt := range []struct {
		name   string
		client func(o *redis.Options)
	}{
		{"default client", func(*redis.Options) {}}, {"tuned client", tuned},
	} {
		t.Run(tt.name+", network frozen", func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			p := newProxy(t, s.addr())
			src := newSource("alice", "bob")
			o := fast
			o.NoFallback = true
			c := newCache(t, clientTo(t, p.addr(), tt.client), src.load, o)
			admin := newCache(t, s.client(), src.load, o)
			want(t, "before", ask(c, "bob"), isMember)
			src.set("alice")
			p.freeze()
			invalidate(t, admin)
			acked := time.Now()
			var worst time.Duration
			during(o.Lease+3*time.Second, func() {
				start := time.Now()
				yes := granted(c, "bob")
				worst = max(worst, time.Since(start))
				if d := time.Since(acked); yes && d > o.Lease+50*time.Millisecond {
					t.Fatalf("granted %v after the revocation", d)
				}
			})
			t.Log("worst question:", worst)
			p.thaw()
			eventually(t, 3*time.Second+slack, "healed", func() bool { return ask(c, "alice") == isMember && ask(c, "bob") == noMember })
		})
		t.Run(tt.name+", server stopped", func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			src := newSource("alice")
			o := fast
			o.NoFallback = true
			c := newCache(t, s.client(tt.client), src.load, o)
			want(t, "before", ask(c, "alice"), isMember)
			s.signal(syscall.SIGSTOP)
			eventually(t, o.Lease+slack, "lease ended", func() bool { return !granted(c, "alice") })
			time.Sleep(3 * time.Second)
			s.signal(syscall.SIGCONT)
			eventually(t, 2*time.Second+slack, "healed", func() bool { return granted(c, "alice") })
		})
		t.Run(tt.name+", server killed, back empty", func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			src := newSource("alice", "bob")
			o := fast
			o.NoFallback = true
			c := newCache(t, s.client(tt.client), src.load, o)
			want(t, "before", ask(c, "bob"), isMember)
			s.kill()
			eventually(t, o.Lease+slack, "lease ended", func() bool { return !granted(c, "alice") })
			src.set("alice")
			s.start()
			eventually(t, 2*time.Second+slack, "healed", func() bool { return ask(c, "alice") == isMember })
			want(t, "bob", ask(c, "bob"), noMember)
			if n := src.calls.Load(); n != 2 {
				t.Errorf("%d loads, want 2", n)
			}
		})
	}
}

// Promise 7, on a stopped server.
func TestFallback(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	src := newSource("alice")
	c := newCache(t, s.client(), src.load, fast)
	want(t, "before", ask(c, "alice"), isMember)
	s.signal(syscall.SIGSTOP)
	time.Sleep(4 * time.Second)
	before, asked, known := src.calls.Load(), 0, 0
	during(8*time.Second, func() {
		asked++
		if askWithin(c, "alice", 50*time.Millisecond) == isMember {
			known++
		}
	})
	if n := src.calls.Load() - before; n > 5 {
		t.Errorf("%d loads in 8 s, want at most one per Lease of %v", n, fast.Lease)
	}
	if known*10 < asked*9 {
		t.Errorf("%d of %d questions answered", known, asked)
	}
	if got := c.Explain(group, "alice"); !strings.HasPrefix(got, "member; Redis unreachable since ") {
		t.Errorf("Explain = %q", got)
	}
	s.signal(syscall.SIGCONT)
	eventually(t, 3*time.Second+slack, "back", func() bool { return c.Explain(group, "alice") == "member" })
}

// Redis answers slowly.
func TestLatency(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	p := newProxy(t, s.addr())
	src := newSource("alice", "bob")
	c := newCache(t, clientTo(t, p.addr()), src.load, fast)
	admin := newCache(t, s.client(), src.load, fast)
	want(t, "before", ask(c, "bob"), isMember)
	p.slow(200 * time.Millisecond)
	time.Sleep(2 * time.Second)
	during(2*time.Second, func() {
		if !granted(c, "bob") {
			t.Fatal("not known at 200 ms latency")
		}
	})
	src.set("alice")
	invalidate(t, admin)
	eventually(t, fast.Lease+50*time.Millisecond, "revoked", func() bool { return !granted(c, "bob") })
	p.slow(2 * time.Second)
	time.Sleep(5 * time.Second)
	eventually(t, 3*time.Second+slack, "at 2 s latency the source answers", func() bool { return granted(c, "alice") })
	p.slow(0)
	eventually(t, 6*time.Second+slack, "healed", func() bool { return c.Explain(group, "alice") == "member" })
}

// A server that answers, but not what one wants.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		on, off   []string
		explained string // by the replica
	}{
		{"READONLY", []string{"replicaof", "127.0.0.1", "1"}, []string{"replicaof", "no", "one"}, "Redis refusing since"},
		{"NOREPLICAS", []string{"config", "set", "min-replicas-to-write", "1"}, []string{"config", "set", "min-replicas-to-write", "0"}, "Redis refusing since"},
		{"OOM", []string{"config", "set", "maxmemory", "1"}, []string{"config", "set", "maxmemory", "0"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			src := newSource("alice", "bob")
			c := newCache(t, s.client(), src.load, fast)
			want(t, "before", ask(c, "bob"), isMember)
			s.cli(tt.on...)
			time.Sleep(3 * time.Second)
			src.set("alice")
			eventually(t, fast.MaxAge+slack, "the removal holds", func() bool { return !granted(c, "bob") })
			eventually(t, 4*time.Second+slack, "the source answers", func() bool { return granted(c, "alice") })
			if got := c.Explain(group, "alice"); !strings.Contains(got, tt.explained) {
				t.Errorf("Explain = %q", got)
			}
			s.cli(tt.off...)
			eventually(t, 3*time.Second+slack, "healed", func() bool { return c.Explain(group, "alice") == "member" })
			want(t, "bob", ask(c, "bob"), noMember)
		})
	}
	t.Run("revocation without memory", func(t *testing.T) {
		t.Parallel()
		s := startServer(t)
		src := newSource("alice", "bob")
		c := newCache(t, s.client(), src.load, fast)
		want(t, "before", ask(c, "bob"), isMember)
		s.cli("config", "set", "maxmemory", "1")
		src.set("alice")
		invalidate(t, newCache(t, s.client(), src.load, fast))
		eventually(t, fast.Lease+50*time.Millisecond, "revoked", func() bool { return !granted(c, "bob") })
	})
	t.Run("keys are evicted", func(t *testing.T) {
		t.Parallel()
		s := startServer(t, "--maxmemory", "3mb", "--maxmemory-policy", "allkeys-random")
		src := newSource("alice")
		c := newCache(t, s.client(), src.load, fast)
		rdb := s.client()
		want(t, "before", ask(c, "alice"), isMember)
		during(4*time.Second, func() {
			for i := range 20 {
				rdb.Set(context.Background(), fmt.Sprint("filler", i, time.Now().UnixNano()), strings.Repeat("x", 2000), 0)
			}
			if a := ask(c, "alice"); a != isMember {
				t.Fatalf("%s: %s", a, c.Explain(group, "alice"))
			}
			want(t, "mallory", ask(c, "mallory"), noMember)
		})
	})
}

// On a real server: miniredis proves nothing about types and scripts.
func TestDamage(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	rdb := s.client()
	ctx := context.Background()
	find := func(t *testing.T, prefix, kind string) string {
		keys, err := rdb.Keys(ctx, prefix+"*"+kind+"*").Result()
		if err != nil || len(keys) == 0 {
			t.Fatalf("no key %s: %v", kind, err)
		}
		return keys[0]
	}
	for i, tt := range []struct {
		name   string
		damage func(t *testing.T, prefix string)
	}{
		{"header gone", func(t *testing.T, p string) { rdb.Del(ctx, find(t, p, "}:h")) }},
		{"header of wrong type", func(t *testing.T, p string) { k := find(t, p, "}:h"); rdb.Del(ctx, k); rdb.Set(ctx, k, "x", 0) }},
		{"set gone", func(t *testing.T, p string) { rdb.Del(ctx, find(t, p, "}:s:")) }},
		{"set of wrong type", func(t *testing.T, p string) { k := find(t, p, "}:s:"); rdb.Del(ctx, k); rdb.Set(ctx, k, "x", 0) }},
		{"set larger", func(t *testing.T, p string) { rdb.SAdd(ctx, find(t, p, "}:s:"), "mallory") }},
		{"lock of wrong type", func(t *testing.T, p string) {
			k := find(t, p, "}:h")
			rdb.RPush(ctx, strings.TrimSuffix(k, "h")+"lock", "x")
			rdb.Del(ctx, k)
		}},
		{"newer layout", func(t *testing.T, p string) { rdb.HSet(ctx, find(t, p, "}:h"), "v", "2") }},
		{"garbage count of failures", func(t *testing.T, p string) { rdb.HSet(ctx, find(t, p, "}:h"), "f", "x", "n", "x") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			prefix := fmt.Sprint("damage", i, ":")
			o := fast
			o.Prefix = prefix
			src := newSource("alice", "bob")
			a := newCache(t, s.client(), src.load, o)
			want(t, "before", ask(a, "alice"), isMember)
			tt.damage(t, prefix)
			b := newCache(t, s.client(), src.load, o)
			want(t, "alice", ask(b, "alice"), isMember)
			want(t, "mallory", ask(b, "mallory"), noMember)
			src.set("alice")
			invalidate(t, b)
			eventually(t, time.Second+slack, "revoked", func() bool { return ask(a, "bob") == noMember && ask(b, "bob") == noMember })
		})
	}
}

// Without messages a renewal notices.
func TestPubSubLost(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	src := newSource("alice", "bob")
	o := fast
	o.Lease, o.MaxAge = 5*time.Second, time.Minute
	c, admin := newCache(t, s.client(), src.load, o), newCache(t, s.client(), src.load, o)
	want(t, "before", ask(c, "bob"), isMember)
	eventually(t, 2*time.Second, "subscribed", func() bool { return s.cli("pubsub", "channels") != "\n" })
	s.cli("client", "kill", "type", "pubsub")
	eventually(t, 2*time.Second, "subscribed again", func() bool { return strings.Contains(s.cli("pubsub", "channels"), "inv") })

	s.cli("acl", "setuser", "default", "resetchannels") // cuts subscribers and refuses PUBLISH
	src.set("alice")
	invalidate(t, admin)
	d := eventually(t, o.Lease/5*5/4+slack, "revoked by a renewal", func() bool { return !granted(c, "bob") })
	t.Log("revoked after", d)
}

// A herd of replicas that start at once, and how fast a revocation is.
func TestHerdAndRevocation(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	src := newSource("alice", "bob")
	src.delay.Store(int64(100 * time.Millisecond))
	o := fast
	o.LoadTimeout = 5 * time.Second
	var caches []*groupcache.Cache
	for range 20 {
		caches = append(caches, newCache(t, s.client(), src.load, o))
	}
	var wg sync.WaitGroup
	start := time.Now()
	for _, c := range caches {
		for range 200 {
			wg.Go(func() { want(t, "herd", ask(c, "bob"), isMember) })
		}
	}
	wg.Wait()
	t.Log("20 replicas, 200 questions each, 100 ms to load:", time.Since(start))
	if n := src.calls.Load(); n != 1 {
		t.Errorf("%d loads, want 1", n)
	}
}

// A failover that loses the revocation. Then promise 3 holds.
func TestLostRevocation(t *testing.T) {
	t.Parallel()
	master := startServer(t)
	slave := startServer(t, "--replicaof", "127.0.0.1 "+fmt.Sprint(master.port))
	eventually(t, 10*time.Second, "replicating", func() bool { return strings.Contains(slave.cli("info", "replication"), "master_link_status:up") })
	p := newProxy(t, master.addr())
	src := newSource("alice", "bob")
	c := newCache(t, clientTo(t, p.addr()), src.load, fast)
	admin := newCache(t, master.client(), src.load, fast)
	want(t, "before", ask(c, "bob"), isMember)
	eventually(t, 5*time.Second, "replicated", func() bool { return strings.Contains(slave.cli("keys", "*"), "}:h") })
	slave.signal(syscall.SIGSTOP)
	src.set("alice")
	removed := time.Now()
	invalidate(t, admin)
	master.kill()
	slave.signal(syscall.SIGCONT)
	slave.cli("replicaof", "no", "one")
	p.mu.Lock()
	p.to = slave.addr()
	p.mu.Unlock()
	during(fast.MaxAge+2*time.Second, func() {
		if d := time.Since(removed); granted(c, "bob") && d > fast.MaxAge+50*time.Millisecond {
			t.Fatalf("granted %v after the removal", d)
		}
	})
	want(t, "alice", ask(c, "alice"), isMember)
	want(t, "bob", ask(c, "bob"), noMember)
}

// Promise 10: a user who may do what the package documentation lists, and nothing else.
func TestACL(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	s.cli("acl", "setuser", "viewer", "on", ">secret", "~exceptional:groups:*", "&exceptional:groups:*", "+@connection",
		"+eval", "+evalsha", "+hmget", "+hget", "+hset", "+hdel", "+hincrby", "+get", "+set", "+del", "+unlink",
		"+pexpire", "+pttl", "+sadd", "+scard", "+sscan", "+publish", "+subscribe")
	login := func(o *redis.Options) { o.Username, o.Password = "viewer", "secret" }
	src := newSource("alice", "bob")
	var errs []string
	o := groupcache.Options{Lease: time.Second, MaxAge: 2 * time.Second, MissingTTL: time.Second, Logger: quiet}
	c, other := newCache(t, s.client(login), src.load, o), newCache(t, s.client(login), src.load, o)
	ctx := context.Background()
	for range 20 {
		for _, c := range []*groupcache.Cache{c, other} {
			if ok, err := c.IsMember(ctx, group, "alice"); !ok || err != nil {
				errs = append(errs, fmt.Sprint(err))
			}
		}
		invalidate(t, c)
		failed := errors.New("down")
		if src.calls.Load()%3 == 0 {
			src.err.Store(&failed)
			invalidate(t, c)
			_ = askWithin(c, "alice", 100*time.Millisecond)
			src.err.Store(nil)
			eventually(t, 5*time.Second, "back", func() bool { return ask(c, "alice") == isMember })
		}
		time.Sleep(50 * time.Millisecond)
	}
	if len(errs) > 0 {
		t.Errorf("%d errors, the first: %s", len(errs), errs[0])
	}
	if n := c.Stats().RedisErrors + other.Stats().RedisErrors; n > 0 {
		t.Errorf("%d errors of Redis: %s", n, s.cli("acl", "log"))
	}
	if log := s.cli("acl", "log"); strings.Contains(log, "reason") {
		t.Errorf("denied: %s", log)
	}

	// And one who may do too little.
	s.cli("acl", "setuser", "nobody", "on", ">secret", "~*", "&*", "+@connection")
	poor := newCache(t, s.client(func(o *redis.Options) { o.Username, o.Password = "nobody", "secret" }), src.load, fast)
	want(t, "the source answers", ask(poor, "alice"), isMember)
	if got := poor.Explain(group, "alice"); !strings.Contains(got, "Redis refusing since") || !strings.Contains(got, "NOPERM") {
		t.Errorf("Explain = %q", got)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, b []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	crt, k := write("crt", "CERTIFICATE", der), write("key", "PRIVATE KEY", keyDER)
	port := freePort(t)
	startServer(t, "--tls-port", fmt.Sprint(port), "--tls-cert-file", crt, "--tls-key-file", k, "--tls-ca-cert-file", crt, "--tls-auth-clients", "no")
	roots := x509.NewCertPool()
	roots.AddCert(template)
	pool, _ := x509.ParseCertificate(der)
	roots.AddCert(pool)
	rdb := clientTo(t, fmt.Sprint("127.0.0.1:", port), func(o *redis.Options) { o.TLSConfig = &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"} })
	src := newSource("alice")
	c := newCache(t, rdb, src.load, fast)
	want(t, "over TLS", ask(c, "alice"), isMember)
	src.set("bob")
	invalidate(t, c)
	want(t, "revoked", ask(c, "alice"), noMember)
	if got := c.Explain(group, "bob"); got != "member" {
		t.Errorf("Explain = %q", got)
	}
}

// A set that another program maintains, on the same server.
func TestRedisSet(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	rdb := s.client()
	ctx := context.Background()
	rdb.SAdd(ctx, "staff:"+group, "alice", "bob")
	rdb.Set(ctx, "staff:odd", "not a set", 0)
	load := groupcache.RedisSet(rdb, func(group string) string { return "staff:" + group })
	c := newCache(t, rdb, load, fast)
	want(t, "member", ask(c, "alice"), isMember)
	want(t, "not a member", ask(c, "carol"), noMember)
	if _, err := c.IsMember(ctx, "none", "alice"); !errors.Is(err, groupcache.ErrNoGroup) {
		t.Errorf("no set: %v, want ErrNoGroup", err)
	}
	if ok, err := c.IsMember(ctx, "odd", "alice"); ok || err == nil || errors.Is(err, groupcache.ErrNoGroup) {
		t.Errorf("not a set: %v, %v", ok, err)
	}
	members, err := load(ctx, group)
	slices.Sort(members)
	if err != nil || !slices.Equal(members, []string{"alice", "bob"}) {
		t.Errorf("load = %v, %v", members, err)
	}
}
