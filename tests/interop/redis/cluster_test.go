package redis_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/groupcache"
	"github.com/redis/go-redis/v9"
)

// cluster is three masters with a replica each.
type cluster struct {
	t     *testing.T
	nodes []*server
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t}
	var addrs []string
	for range 6 {
		s := startServer(t, "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "1500",
			"--cluster-require-full-coverage", "no", "--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0")
		c.nodes = append(c.nodes, s)
		addrs = append(addrs, s.addr())
	}
	cli(t, append(append([]string{"--cluster", "create"}, addrs...), "--cluster-replicas", "1", "--cluster-yes")...)
	eventually(t, 30*time.Second, "cluster is up", func() bool {
		for _, s := range c.nodes {
			info := s.cli("cluster", "nodes")
			if !strings.Contains(s.cli("cluster", "info"), "cluster_state:ok") || strings.Count(info, "slave") != 3 ||
				strings.Contains(s.cli("info", "replication"), "master_link_status:down") {
				return false
			}
		}
		return true
	})
	return c
}

func (c *cluster) client(change func(o *redis.ClusterOptions)) *redis.ClusterClient {
	o := new(redis.ClusterOptions)
	for _, s := range c.nodes {
		o.Addrs = append(o.Addrs, s.addr())
	}
	if change != nil {
		change(o)
	}
	rdb := redis.NewClusterClient(o)
	c.t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// owner finds who has the group's keys, and one of its replicas.
func (c *cluster) owner(rdb *redis.ClusterClient) (master, slave *server) {
	c.t.Helper()
	var key string
	for _, s := range c.nodes {
		select {
		case <-s.dead:
			continue
		default:
		}
		for k := range strings.Lines(s.cli("keys", "*}:h")) {
			key = strings.TrimSpace(k)
		}
		if key != "" {
			break
		}
	}
	ctx := context.Background()
	slot, err := rdb.ClusterKeySlot(ctx, key).Result()
	if err != nil {
		c.t.Fatal(err)
	}
	eventually(c.t, 15*time.Second, "a master with a replica", func() bool { // listed once it has replicated something
		//lint:ignore SA1019 it lists a shard's master first, and every server has it
		shards, err := rdb.ClusterSlots(ctx).Result()
		if err != nil {
			return false
		}
		for _, shard := range shards {
			if int64(shard.Start) > slot || int64(shard.End) < slot || len(shard.Nodes) < 2 {
				continue
			}
			for _, s := range c.nodes {
				switch s.addr() {
				case shard.Nodes[0].Addr:
					master = s
				case shard.Nodes[1].Addr:
					slave = s
				}
			}
		}
		return master != nil && slave != nil && promoted(master) && !promoted(slave)
	})
	return master, slave
}

func promoted(s *server) bool { return strings.Contains(s.cli("info", "replication"), "role:master") }

// Failures of a cluster, on one: it takes longer to start than to fail.
func TestCluster(t *testing.T) {
	t.Parallel()
	cl := startCluster(t)
	src := newSource("alice", "bob")
	o := fast
	o.NoFallback = true // so that every answer is from the cluster
	plain := cl.client(nil)
	c := newCache(t, plain, src.load, o)
	reader := newCache(t, cl.client(func(o *redis.ClusterOptions) { o.ReadOnly, o.RouteByLatency = true, routeByLatency }), src.load, o)
	random := newCache(t, cl.client(func(o *redis.ClusterOptions) { o.ReadOnly, o.RouteRandomly = true, true }), src.load, o)
	all := []*groupcache.Cache{c, reader, random}
	revoked := func(t *testing.T, user string) {
		t.Helper()
		for _, c := range all {
			eventually(t, o.Lease+slack, "revoked", func() bool { return ask(c, user) == noMember })
		}
	}

	t.Run("revocation, with clients that read from replicas", func(t *testing.T) {
		for i := range 10 {
			user := fmt.Sprint("user", i)
			src.set("alice", user)
			invalidate(t, c)
			for _, c := range all {
				eventually(t, o.Lease+slack, "granted", func() bool { return ask(c, user) == isMember })
			}
			src.set("alice")
			invalidate(t, reader)
			revoked(t, user)
		}
	})
	t.Run("slot migration", func(t *testing.T) {
		from, _ := cl.owner(plain)
		var to *server
		for _, s := range cl.nodes {
			if s != from && promoted(s) {
				to = s
			}
		}
		id := func(s *server) string { return strings.TrimSpace(s.cli("cluster", "myid")) }
		key := strings.TrimSpace(strings.Split(from.cli("keys", "*}:h"), "\n")[0])
		slot := strings.TrimSpace(from.cli("cluster", "keyslot", key))
		to.cli("cluster", "setslot", slot, "importing", id(from))
		from.cli("cluster", "setslot", slot, "migrating", id(to))
		wrong := 0
		for range 20 { // keys of the group are on both sides: TRYAGAIN
			for _, k := range strings.Fields(from.cli("cluster", "getkeysinslot", slot, "1")) {
				from.cli("migrate", "127.0.0.1", fmt.Sprint(to.port), k, "0", "2000")
			}
			if !granted(c, "alice") {
				wrong++
			}
			time.Sleep(20 * time.Millisecond)
		}
		for range 100 {
			left := strings.Fields(from.cli("cluster", "getkeysinslot", slot, "10"))
			if len(left) == 0 {
				break
			}
			for _, k := range left {
				from.cli("migrate", "127.0.0.1", fmt.Sprint(to.port), k, "0", "2000")
			}
		}
		for _, s := range cl.nodes {
			if promoted(s) {
				s.cli("cluster", "setslot", slot, "node", id(to))
			}
		}
		t.Logf("%d of 20 questions unanswered meanwhile", wrong)
		src.set("alice", "carol")
		invalidate(t, c)
		for _, c := range all {
			eventually(t, o.Lease+2*slack, "moved along", func() bool { return ask(c, "carol") == isMember })
		}
	})
	t.Run("failover by hand", func(t *testing.T) {
		_, slave := cl.owner(plain)
		slave.cli("cluster", "failover")
		eventually(t, 10*time.Second, "promoted", func() bool { return promoted(slave) })
		src.set("alice", "dave")
		invalidate(t, c)
		revoked(t, "carol")
		want(t, "dave", ask(c, "dave"), isMember)
	})
	healed := func(t *testing.T, slave *server) {
		t.Helper()
		eventually(t, 30*time.Second, "promoted", func() bool { return promoted(slave) })
		// go-redis alone would find the new master after up to 60 s.
		d := eventually(t, 2*time.Second+slack, "healed", func() bool { return c.Stats().Groups[0].LastError == nil && granted(c, "alice") })
		t.Log("right again after the promotion by", d)
		src.set("alice", "erin")
		eventually(t, 3*time.Second, "revoked", func() bool { return c.Invalidate(context.Background(), group) == nil })
		eventually(t, o.Lease+2*slack, "and shared", func() bool { return ask(reader, "erin") == isMember && ask(c, "erin") == isMember })
	}
	t.Run("master stopped", func(t *testing.T) {
		master, slave := cl.owner(plain)
		master.signal(syscall.SIGSTOP)
		defer func() {
			master.signal(syscall.SIGCONT)
			eventually(t, 20*time.Second, "the old master follows", func() bool {
				return strings.Contains(master.cli("info", "replication"), "master_link_status:up")
			})
		}()
		healed(t, slave)
	})
	t.Run("master killed", func(t *testing.T) {
		master, slave := cl.owner(plain)
		master.kill()
		healed(t, slave)
	})
}

// A master fails, with revocations all along: the subscriber still listens to the old master and does not know.
func TestSentinel(t *testing.T) {
	t.Parallel()
	master := startServer(t, "--repl-diskless-sync-delay", "0")
	slave := startServer(t, "--replicaof", fmt.Sprint("127.0.0.1 ", master.port), "--repl-diskless-sync-delay", "0")
	var addrs []string
	var sentinels []*server
	for range 3 {
		s := newServer(t)
		conf := filepath.Join(s.dir, "sentinel.conf")
		text := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor exc 127.0.0.1 %d 2\n"+
			"sentinel down-after-milliseconds exc 1000\nsentinel failover-timeout exc 3000\n", s.port, s.dir, master.port)
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.args = []string{conf, "--sentinel"}
		s.start()
		sentinels = append(sentinels, s)
		addrs = append(addrs, s.addr())
	}
	eventually(t, 30*time.Second, "sentinels know each other", func() bool {
		for _, s := range sentinels {
			out := s.cli("sentinel", "master", "exc")
			if !strings.Contains(out, "num-other-sentinels\n2") || !strings.Contains(out, "num-slaves\n1") {
				return false
			}
		}
		return strings.Contains(slave.cli("info", "replication"), "master_link_status:up")
	})
	client := func() *redis.Client {
		rdb := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: "exc", SentinelAddrs: addrs})
		t.Cleanup(func() { _ = rdb.Close() })
		return rdb
	}
	src := newSource("alice")
	o := fast
	o.NoFallback = true
	c, admin := newCache(t, client(), src.load, o), newCache(t, client(), src.load, o)
	want(t, "before", ask(c, "alice"), isMember)
	want(t, "before", ask(admin, "alice"), isMember)

	failover := func(t *testing.T, to *server, how func()) {
		t.Helper()
		how()
		eventually(t, 30*time.Second, "promoted", func() bool { return promoted(to) })
		for i := range 5 { // the first ones come while the subscribers are deaf
			user := fmt.Sprint("user", i)
			src.set("alice", user)
			eventually(t, 15*time.Second, "acknowledged", func() bool { return admin.Invalidate(context.Background(), group) == nil })
			eventually(t, o.Lease+2*slack, "granted", func() bool { return granted(c, user) || ask(c, user) == isMember })
			src.set("alice")
			eventually(t, 15*time.Second, "acknowledged", func() bool { return admin.Invalidate(context.Background(), group) == nil })
			acked := time.Now()
			eventually(t, o.Lease+50*time.Millisecond, "revoked", func() bool { return !granted(c, user) })
			t.Log("revoked after", time.Since(acked))
		}
		eventually(t, 3*time.Second+slack, "healed", func() bool { return ask(c, "alice") == isMember })
	}
	t.Run("by hand", func(t *testing.T) {
		failover(t, slave, func() { sentinels[0].cli("sentinel", "failover", "exc") })
		eventually(t, 20*time.Second, "the old master follows", func() bool {
			return strings.Contains(master.cli("info", "replication"), "master_link_status:up")
		})
	})
	t.Run("master stopped", func(t *testing.T) {
		failover(t, master, func() { slave.signal(syscall.SIGSTOP) })
		slave.signal(syscall.SIGCONT)
	})
}

// A ring: keys and channel of a group are on one shard; when it goes, another one takes over.
func TestRing(t *testing.T) {
	t.Parallel()
	a, b := startServer(t), startServer(t)
	client := func() *redis.Ring {
		rdb := redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"a": a.addr(), "b": b.addr()}, HeartbeatFrequency: 200 * time.Millisecond})
		t.Cleanup(func() { _ = rdb.Close() })
		return rdb
	}
	src := newSource("alice", "bob")
	c, admin := newCache(t, client(), src.load, fast), newCache(t, client(), src.load, fast)
	want(t, "before", ask(c, "bob"), isMember)
	want(t, "before", ask(admin, "bob"), isMember)
	src.set("alice")
	invalidate(t, admin)
	eventually(t, fast.Lease+50*time.Millisecond, "revoked", func() bool { return ask(c, "bob") == noMember })
	owner := a
	if strings.Contains(b.cli("keys", "*"), "}:h") {
		owner = b
	}
	owner.kill()
	eventually(t, 5*time.Second+slack, "the other shard", func() bool { return c.Explain(group, "alice") == "member" })
	want(t, "bob", ask(c, "bob"), noMember)
	a.kill()
	b.kill()
	eventually(t, 6*time.Second+slack, "no shard at all: the source", func() bool {
		return strings.HasPrefix(c.Explain(group, "alice"), "member; Redis unreachable")
	})
}
