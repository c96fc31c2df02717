package groupcache_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exceptional-go/exceptional/groupcache"
)

func TestAnswers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := newSource("alice", "bob")
		r := newReplica(t, m, src.load, groupcache.Options{})
		want(t, "a member", r.ask("alice"), isMember)
		want(t, "another user", r.ask("carol"), noMember)
		want(t, "empty user", r.ask(""), noMember)
		other := newReplica(t, m, src.load, groupcache.Options{})
		want(t, "on another replica", other.ask("bob"), isMember)
		if n := src.loads(); n != 1 {
			t.Errorf("%d loads, want 1", n)
		}
	})
}

// Promise 1.
func TestWarmQuestionAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, tt := range []struct {
		name string
		load groupcache.Loader
		user string
	}{
		{"member", groupcache.Static(map[string][]string{group: {"alice"}}), "alice"},
		{"not a member", groupcache.Static(map[string][]string{group: {"alice"}}), "bob"},
		{"no group", groupcache.Static(nil), "alice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := groupcache.New(nil, tt.load, groupcache.Options{Logger: quiet})
			defer c.Close()
			ctx := context.Background()
			_, _ = c.IsMember(ctx, group, tt.user)
			if n := testing.AllocsPerRun(1000, func() { _, _ = c.IsMember(ctx, group, tt.user) }); n != 0 {
				t.Errorf("%v allocations, want 0", n)
			}
		})
	}
}

// Promise 1: whatever Redis and the loader do, a question ends when its caller's context does.
func TestColdQuestionWaitsNoLongerThanItsContext(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault func(r *replica, src *source)
	}{
		{"Redis hangs", func(r *replica, _ *source) { r.link.freeze() }},
		{"Redis refuses", func(r *replica, _ *source) { r.link.sever() }},
		{"the loader hangs", func(_ *replica, src *source) { src.delay, src.deaf = 10*time.Minute, true }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				src := newSource("alice")
				r := newReplica(t, newMini(t), src.load, groupcache.Options{})
				tt.fault(r, src)
				ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
				defer cancel()
				start := time.Now()
				ok, err := r.IsMember(ctx, group, "alice")
				if d := time.Since(start); d > 50*time.Millisecond {
					t.Errorf("took %v, want at most 50ms", d)
				}
				if ok || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, groupcache.ErrNoGroup) {
					t.Errorf("IsMember = %v, %v; want an unknown that says the time is up", ok, err)
				}
				src.set(func(s *source) { s.delay = 0 })
			})
		})
	}
}

// Promise 1: without a deadline of the caller's, LoadTimeout is one; during the back-off the answer comes at once.
func TestColdQuestionWaitsNoLongerThanLoadTimeout(t *testing.T) {
	bubble(t, func(t *testing.T) {
		src := newSource("alice")
		src.delay, src.deaf = time.Minute, true
		r := newReplica(t, newMini(t), src.load, groupcache.Options{LoadTimeout: 3 * time.Second})
		start := time.Now()
		want(t, "loader hangs", r.ask("alice"), unknown)
		if d := time.Since(start); d > 3*time.Second {
			t.Errorf("took %v, want at most 3s", d)
		}
		synctest.Wait()
		start = time.Now()
		want(t, "back-off", r.ask("alice"), unknown)
		if d := time.Since(start); d != 0 {
			t.Errorf("in the back-off it took %v, want an answer at once", d)
		}
		src.set(func(s *source) { s.delay = 0 })
		eventually(t, 3*time.Second, "after the back-off", func() bool { return r.ask("alice") == isMember })
	})
}

// Promise 2, pub/sub up: at once.
func TestInvalidateReachesAllReplicas(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := newSource("alice", "bob")
		var replicas []*replica
		for range 5 {
			r := newReplica(t, m, src.load, groupcache.Options{})
			want(t, "before", r.ask("bob"), isMember)
			replicas = append(replicas, r)
		}
		time.Sleep(100 * time.Millisecond) // subscribed
		src.set(func(s *source) { s.members, s.delay = []string{"alice"}, time.Second })
		replicas[0].invalidate(t)
		time.Sleep(5 * time.Millisecond) // less than any renewal, and than the load whose end sends a message as well
		for i, r := range replicas {
			if a := r.peek("bob"); a == isMember {
				t.Errorf("replica %d still grants", i)
			}
			want(t, "alice", r.ask("alice"), isMember)
			want(t, "bob", r.ask("bob"), noMember)
		}
		if n := src.loads(); n != 2 {
			t.Errorf("%d loads, want 2", n)
		}
	})
}

// Promise 2, frozen network and no fallback: the lease ends it; and never later.
func TestLeaseEndsGrantsOfCutOffReplica(t *testing.T) {
	for _, noFallback := range []bool{true, false} {
		t.Run(fmt.Sprint("NoFallback ", noFallback), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				m := newMini(t)
				src := newSource("alice", "bob")
				o := groupcache.Options{NoFallback: noFallback}
				r, admin := newReplica(t, m, src.load, o), newReplica(t, m, src.load, o)
				want(t, "before", r.ask("bob"), isMember)
				r.link.freeze()
				src.set(func(s *source) { s.members = []string{"alice"} })
				admin.invalidate(t)
				acked := time.Now()
				for time.Since(acked) < 20*time.Second {
					a := r.peek("bob")
					if a == isMember && time.Since(acked) > 5*time.Second {
						t.Fatalf("granted %v after the revocation", time.Since(acked))
					}
					time.Sleep(10 * time.Millisecond)
				}
				if !noFallback {
					want(t, "promise 7: alice, while cut off", r.ask("alice"), isMember)
					want(t, "bob, while cut off", r.ask("bob"), noMember)
				} else {
					want(t, "alice, while cut off", r.ask("alice"), unknown)
				}
				r.link.thaw()
				eventually(t, 6*time.Second, "healed", func() bool { return r.ask("alice") == isMember })
				want(t, "bob, healed", r.ask("bob"), noMember)
			})
		})
	}
}

// Promise 2: without any message, a renewal notices.
func TestInvalidateWithoutPubSub(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		m.Server().SetPreHook(deny("PUBLISH", "SUBSCRIBE"))
		src := newSource("alice", "bob")
		r, admin := newReplica(t, m, src.load, groupcache.Options{}), newReplica(t, m, src.load, groupcache.Options{})
		want(t, "before", r.ask("bob"), isMember)
		src.set(func(s *source) { s.members = []string{"alice"} })
		admin.invalidate(t)
		d := eventually(t, 2*time.Second, "revoked", func() bool { return r.peek("bob") == noMember })
		t.Log("revoked after", d)
	})
}

func TestInvalidateWithoutRedis(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := newSource("alice", "bob")
		o := groupcache.Options{NoFallback: true} // or admin would load, and publish, by itself
		r, admin := newReplica(t, m, src.load, o), newReplica(t, m, src.load, o)
		want(t, "before", r.ask("bob"), isMember)
		want(t, "before", admin.ask("bob"), isMember)
		admin.link.freeze()
		src.set(func(s *source) { s.members = []string{"alice"} })
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := admin.Invalidate(ctx, group)
		if err == nil || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Invalidate = %v, want that it is not acknowledged", err)
		}
		if d := time.Since(start); d > 100*time.Millisecond {
			t.Errorf("took %v, want at most 100ms", d)
		}
		if admin.peek("bob") == isMember {
			t.Error("the replica that invalidated still grants")
		}
		start = time.Now()
		if err := admin.Invalidate(context.Background(), group); err == nil || time.Since(start) > 5*time.Second {
			t.Errorf("Invalidate without a deadline = %v after %v", err, time.Since(start))
		}
		admin.link.sever() // what was on its way is lost
		time.Sleep(3 * time.Second)
		want(t, "no message was sent", r.ask("bob"), isMember)
		admin.link.thaw()
		eventually(t, 7*time.Second, "retried in the background", func() bool { return r.ask("bob") == noMember })
	})
}

// Promise 3, with a slow loader: the time counts from the start of the reading.
func TestRemovalHoldsAfterMaxAge(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := newSource("alice", "bob")
		src.delay = 3 * time.Second // after reading
		var replicas []*replica
		for range 3 {
			replicas = append(replicas, newReplica(t, m, src.load, groupcache.Options{LoadTimeout: 10 * time.Second}))
		}
		for _, r := range replicas {
			want(t, "before", r.ask("bob"), isMember)
		}
		for range rounds(8) { // removals at many phases of the cycle; the source fails after each, the worst case
			src.set(func(s *source) { s.members, s.err = []string{"alice"}, errors.New("down") })
			removed := time.Now()
			for time.Since(removed) < 75*time.Second {
				for _, r := range replicas {
					if r.peek("bob") == isMember && time.Since(removed) > time.Minute {
						t.Fatalf("granted %v after the removal", time.Since(removed))
					}
				}
				time.Sleep(100 * time.Millisecond)
			}
			src.set(func(s *source) { s.members, s.err = []string{"alice", "bob"}, nil })
			for _, r := range replicas {
				eventually(t, 2*time.Minute, "granted again", func() bool { return r.ask("bob") == isMember })
			}
			time.Sleep(time.Duration(jitterless()) * time.Millisecond)
		}
	})
}

// rounds is how many rounds the race detector, which is ten times as slow, has time for.
func rounds(n int) int {
	if raceEnabled {
		return (n + 3) / 4
	}
	return n
}

var phase int

func jitterless() int { phase += 7919; return phase % 60000 }

// Promise 3: without faults there is no moment without an answer, and few loads.
func TestRefreshAhead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := newSource("alice")
		src.delay = 2 * time.Second
		var replicas []*replica
		for range 3 {
			replicas = append(replicas, newReplica(t, m, src.load, groupcache.Options{}))
		}
		for _, r := range replicas {
			want(t, "cold", r.ask("alice"), isMember)
		}
		length := time.Duration(rounds(20)) * time.Minute
		for start := time.Now(); time.Since(start) < length; time.Sleep(50 * time.Millisecond) {
			for _, r := range replicas {
				if a := r.peek("alice"); a != isMember {
					t.Fatalf("after %v: %s", time.Since(start), a)
				}
			}
		}
		if n, most := src.loads(), int(length/(40*time.Second))+1; n > most {
			t.Errorf("%d loads in %v, want at most %d", n, length, most)
		}
		if src.most != 1 {
			t.Errorf("%d loads at a time, want 1", src.most)
		}
	})
}

// Promise 4: what is damaged is replaced.
func TestDamagedRedisHeals(t *testing.T) {
	keyOf := func(keys []string, suffix string) string {
		for _, k := range keys {
			if strings.Contains(k, suffix) {
				return k
			}
		}
		return ""
	}
	type damageFunc func(t *testing.T, r *replica, keys []string)
	ctx := context.Background()
	hset := func(field, value string) damageFunc {
		return func(_ *testing.T, r *replica, keys []string) { r.rdb.HSet(ctx, keyOf(keys, "}:h"), field, value) }
	}
	wrong := func(suffix string) damageFunc {
		return func(_ *testing.T, r *replica, keys []string) {
			k := keyOf(keys, suffix)
			r.rdb.Del(ctx, k)
			r.rdb.RPush(ctx, k, "x")
		}
	}
	cases := map[string]damageFunc{
		"header gone":          func(_ *testing.T, r *replica, keys []string) { r.rdb.Del(ctx, keyOf(keys, "}:h")) },
		"header of wrong type": wrong("}:h"),
		"newer layout":         hset("v", "2"),
		"garbage generation":   hset("e", "x"),
		"garbage count":        hset("n", "-1"),
		"larger count":         hset("n", "3"),
		"garbage limit":        hset("a", "x"),
		"huge limit":           hset("a", "999999999999"),
		"garbage state":        hset("st", "x"),
		"state says missing":   hset("st", "missing"),
		"id of no set":         hset("s", "nowhere"),
		"set gone":             func(_ *testing.T, r *replica, keys []string) { r.rdb.Del(ctx, keyOf(keys, "}:s:")) },
		"set of wrong type":    wrong("}:s:"),
		"set lacks a member":   func(_ *testing.T, r *replica, keys []string) { r.rdb.SRem(ctx, keyOf(keys, "}:s:"), "alice") },
		"set lacks sentinel":   func(_ *testing.T, r *replica, keys []string) { r.rdb.SRem(ctx, keyOf(keys, "}:s:"), "") },
		"set has one too many": func(_ *testing.T, r *replica, keys []string) { r.rdb.SAdd(ctx, keyOf(keys, "}:s:"), "mallory") },
		"set does not expire":  func(_ *testing.T, r *replica, keys []string) { r.rdb.Persist(ctx, keyOf(keys, "}:s:")) },
		"everything gone":      func(_ *testing.T, r *replica, keys []string) { r.rdb.FlushAll(ctx) },
		"lock of wrong type": func(_ *testing.T, r *replica, keys []string) {
			k := strings.TrimSuffix(keyOf(keys, "}:h"), "h")
			r.rdb.RPush(ctx, k+"lock", "x")
			r.rdb.Del(ctx, k+"h")
		},
		"lock that never ends": func(_ *testing.T, r *replica, keys []string) {
			k := strings.TrimSuffix(keyOf(keys, "}:h"), "h")
			r.rdb.Set(ctx, k+"lock", "x", 0)
			r.rdb.Del(ctx, k+"h")
		},
		"lock that lasts a day": func(_ *testing.T, r *replica, keys []string) {
			k := strings.TrimSuffix(keyOf(keys, "}:h"), "h")
			r.rdb.Set(ctx, k+"lock", "x", 24*time.Hour)
			r.rdb.Del(ctx, k+"h")
		},
	}
	for name, damage := range cases {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				m := newMini(t)
				src := newSource("alice", "bob")
				r := newReplica(t, m, src.load, groupcache.Options{NoFallback: true})
				want(t, "before", r.ask("alice"), isMember)
				damage(t, r, m.Keys())
				// The replica that knows may go on until it must not; a new one must find the truth, now.
				fresh := newReplica(t, m, src.load, groupcache.Options{NoFallback: true})
				for _, r := range []*replica{fresh, r} {
					want(t, "alice", r.ask("alice"), isMember)
					want(t, "mallory", r.ask("mallory"), noMember)
				}
				if n := src.loads(); n > 2 {
					t.Errorf("%d loads, want at most 2", n)
				}
				src.set(func(s *source) { s.members = []string{"bob"} })
				r.invalidate(t)
				for _, r := range []*replica{fresh, r} {
					eventually(t, 2*time.Second, "revoked", func() bool { return r.ask("alice") == noMember })
				}
			})
		})
	}
}

// Promise 4. What a replica publishes after its lock has ended does not replace what others have loaded since.
func TestLatePublication(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := &source{}                                                         // an absence has no set that would be gone by then
		late := newReplica(t, m, src.load, groupcache.Options{NoFallback: true}) // or it would know, and mend it
		want(t, "before", late.ask("alice"), noGroup)                            // Redis knows the scripts from here on
		src.set(func(s *source) { s.hook = func(context.Context) { late.link.freeze() } })
		late.invalidate(t)
		time.Sleep(500 * time.Millisecond)
		src.set(func(s *source) { s.hook, s.members = nil, []string{"alice"} })
		other := newReplica(t, m, src.load, groupcache.Options{})
		eventually(t, 11*time.Second, "another one has loaded", func() bool { return other.ask("alice") == isMember })
		_ = other.Close() // it would mend it as well
		late.link.thaw()
		time.Sleep(10 * time.Millisecond)
		fresh := newReplica(t, m, src.load, groupcache.Options{})
		want(t, "a third one", fresh.ask("alice"), isMember)
	})
}

// Promise 4: what another release has written is not read, even if it looks right.
func TestNewerLayout(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := newSource("alice")
		a := newReplica(t, m, src.load, groupcache.Options{})
		want(t, "before", a.ask("alice"), isMember)
		for _, k := range m.Keys() {
			if strings.HasSuffix(k, "}:h") {
				m.HSet(k, "v", "2")
			}
		}
		src.set(func(s *source) { s.members = []string{"bob"} })
		b := newReplica(t, m, src.load, groupcache.Options{})
		want(t, "loaded anew", b.ask("alice"), noMember)
		eventually(t, 2*time.Second, "and shared", func() bool { return a.ask("bob") == isMember })
	})
}

// Promise 4: what this replica has loaded by itself during an outage is newer than what Redis still has.
func TestOlderEntryIsNotUsed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := newSource("alice", "bob")
		r, other := newReplica(t, m, src.load, groupcache.Options{}), newReplica(t, m, src.load, groupcache.Options{})
		want(t, "before", other.ask("bob"), isMember)
		want(t, "before", r.ask("bob"), isMember)
		r.link.sever()
		time.Sleep(time.Second)
		src.set(func(s *source) { s.members = []string{"alice"} })
		eventually(t, 15*time.Second, "loaded alone", func() bool { return r.ask("bob") == noMember })
		r.link.thaw()
		for range 500 {
			if r.peek("bob") == isMember {
				t.Fatal("went back to an older list")
			}
			time.Sleep(20 * time.Millisecond)
		}
		want(t, "the other one has the newer list as well", other.ask("bob"), noMember)
	})
}

// Promise 4: odd ids.
func TestIDs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		long, odd := strings.Repeat("x", 1024), "a\x00\r\n{}\xff\xfe'\"\u202e"
		m := newMini(t)
		src := newSource("", long, long+"x", odd, odd, " ", "Alice", "alice ")
		r := newReplica(t, m, src.load, groupcache.Options{})
		other := newReplica(t, m, src.load, groupcache.Options{})
		for _, r := range []*replica{r, other} {
			for user, w := range map[string]answer{"": noMember, long: isMember, long + "x": noMember, odd: isMember, " ": isMember, "alice": noMember, "Alice": isMember, "alice ": isMember} {
				want(t, fmt.Sprintf("%.20q", user), r.ask(user), w)
			}
		}
		if s := r.Stats(); s.DroppedIDs != 2 || s.Groups[0].Members != 5 {
			t.Errorf("dropped %d ids and kept %d, want 2 and 5", s.DroppedIDs, s.Groups[0].Members)
		}
		for _, k := range m.Keys() {
			if strings.Contains(k, "Technical") {
				t.Errorf("the group's name is part of the key %q", k)
			}
		}
	})
}

// Promise 5.
func TestMissingAndEmpty(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := &source{}
		a, b := newReplica(t, m, src.load, groupcache.Options{}), newReplica(t, m, src.load, groupcache.Options{})
		want(t, "no group", a.ask("alice"), noGroup)
		want(t, "no group", b.ask("alice"), noGroup)
		src.set(func(s *source) { s.members = []string{"alice"} })
		for start := time.Now(); time.Since(start) < 59*time.Minute; time.Sleep(10 * time.Second) {
			want(t, "for an hour", a.peek("alice"), noGroup)
			if t.Failed() {
				t.Fatalf("after %v", time.Since(start))
			}
		}
		if n := src.loads(); n != 1 {
			t.Errorf("%d loads within the hour, want 1", n)
		}
		if got := a.Explain(group, "alice"); got != "group missing for another 60 s" {
			t.Errorf("Explain = %q", got)
		}
		time.Sleep(62 * time.Second)
		want(t, "after an hour", a.ask("alice"), isMember)

		src.set(func(s *source) { s.members = nil })
		b.invalidate(t)
		eventually(t, time.Second, "gone", func() bool { return a.ask("alice") == noGroup })
		src.set(func(s *source) { s.members = []string{} })
		b.invalidate(t)
		eventually(t, time.Second, "empty", func() bool { return a.ask("alice") == noMember })
		before := src.loads()
		for range 300 {
			want(t, "empty", a.peek("alice"), noMember)
			time.Sleep(100 * time.Millisecond)
		}
		if n := src.loads() - before; n != 0 {
			t.Errorf("an empty group was loaded %d more times in 30 s, want 0", n)
		}
	})
}

// Promise 5: an error is not an absence.
func TestErrorIsNotAnAbsence(t *testing.T) {
	bubble(t, func(t *testing.T) {
		src := newSource("alice")
		src.err = errors.New("the source is down")
		r := newReplica(t, newMini(t), src.load, groupcache.Options{})
		want(t, "source down", r.ask("alice"), unknown)
		src.set(func(s *source) { s.err = nil })
		eventually(t, 3*time.Second, "source back", func() bool { return r.ask("alice") == isMember })
	})
}

// Promise 6: replicas that start together.
func TestColdHerdIsOneLoad(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := newSource("alice")
		src.delay = 100 * time.Millisecond
		var wg sync.WaitGroup
		start := time.Now()
		for range 20 {
			r := newReplica(t, m, src.load, groupcache.Options{})
			for range 200 {
				wg.Go(func() { want(t, "herd", r.ask("alice"), isMember) })
			}
		}
		wg.Wait()
		if n := src.loads(); n != 1 {
			t.Errorf("%d loads, want 1", n)
		}
		if d := time.Since(start); d > 300*time.Millisecond {
			t.Errorf("took %v", d)
		}
	})
}

// Promise 6: a group that ages, and a storm of revocations.
func TestHerdAtMaxAgeAndStormOfRevocations(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := newSource("alice")
		src.delay = 5 * time.Millisecond
		var replicas []*replica
		for range 10 {
			r := newReplica(t, m, src.load, groupcache.Options{})
			want(t, "cold", r.ask("alice"), isMember)
			replicas = append(replicas, r)
		}
		before := src.loads()
		const storm = 100
		for range storm {
			replicas[3].invalidate(t)
			time.Sleep(time.Millisecond)
		}
		if n := src.loads() - before; n > 8 {
			t.Errorf("%d loads in 100 ms of as many revocations, want at most 8", n)
		}
		src.set(func(s *source) { s.members = []string{"bob"} })
		replicas[3].invalidate(t)
		for _, r := range replicas {
			eventually(t, time.Second, "the last state", func() bool { return r.ask("alice") == noMember && r.ask("bob") == isMember })
		}
		src.set(func(s *source) {
			if s.most != 1 {
				t.Errorf("%d loads at a time, want 1", s.most)
			}
		})
	})
}

// Promise 6: one attempt per back-off in the whole cluster.
func TestFailingLoaderIsAskedRarely(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := newSource("alice")
		src.err = errors.New("the source is down")
		var replicas []*replica
		for range 5 {
			replicas = append(replicas, newReplica(t, m, src.load, groupcache.Options{}))
		}
		for start := time.Now(); time.Since(start) < 2*time.Minute; time.Sleep(100 * time.Millisecond) {
			for _, r := range replicas {
				want(t, "source down", r.peek("alice"), unknown)
			}
		}
		if n := src.loads(); n < 4 || n > 9 { // 1+2+4+8+16+30+30+30 s
			t.Errorf("%d loads in two minutes, want 4 to 9", n)
		}
		if src.most != 1 {
			t.Errorf("%d loads at a time, want 1", src.most)
		}
	})
}

// Promise 6: loaders that misbehave.
func TestHostileLoaders(t *testing.T) {
	for _, tt := range []struct {
		name string
		hook func(ctx context.Context)
	}{
		{"panics", func(context.Context) { panic("at the disco") }},
		{"panics with a value without an end", func(context.Context) { self := []any{nil}; self[0] = self; panic(self) }},
		{"panics with nil error", func(context.Context) { panic(error(nil)) }},
		{"Goexit", func(context.Context) { runtime.Goexit() }},
		{"waits for the context", func(ctx context.Context) { <-ctx.Done() }},
		{"hangs", func(context.Context) { time.Sleep(20 * time.Second) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				m := newMini(t)
				src := newSource("alice")
				src.hook = tt.hook
				r, other := newReplica(t, m, src.load, groupcache.Options{}), newReplica(t, m, src.load, groupcache.Options{})
				want(t, "hostile", r.ask("alice"), unknown)
				want(t, "on the other replica", other.ask("alice"), unknown)
				src.set(func(s *source) { s.hook = nil })
				eventually(t, 20*time.Second, "healed", func() bool { return r.ask("alice") == isMember && other.ask("alice") == isMember })
			})
		})
	}
}

// An error whose text and whose tree have no end: to log it ends the process, and to look for ErrNoGroup in it hangs.
func TestEndlessErrorOfALoader(t *testing.T) {
	bubble(t, func(t *testing.T) {
		src := newSource("alice")
		self := new(endless)
		self.error = self
		src.err = self
		r := newReplica(t, newMini(t), src.load, groupcache.Options{})
		want(t, "endless", r.ask("alice"), unknown)
		if got := r.Explain(group, "alice"); !strings.Contains(got, "not printed") {
			t.Errorf("Explain = %q", got)
		}
	})
}

type endless struct{ error }

func (e *endless) Unwrap() error { return e.error }

// A loader that hangs for good is left behind, but only so often.
func TestHangingLoadersAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		src := newSource("alice")
		src.delay, src.deaf = 10*time.Minute, true
		r := newReplica(t, newMini(t), src.load, groupcache.Options{})
		for range 300 {
			want(t, "hanging", r.peek("alice"), unknown)
			time.Sleep(time.Second)
		}
		src.set(func(s *source) {
			if s.calls > 4 {
				t.Errorf("%d calls hang, want at most 4", s.calls)
			}
			s.delay = 0
		})
		eventually(t, 7*time.Minute, "healed", func() bool { return r.ask("alice") == isMember })
	})
}

// Promise 7: at most one load per Lease, and hardly a moment without an answer.
func TestFallback(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault func(r *replica)
	}{
		{"refused", func(r *replica) { r.link.sever() }},
		{"frozen", func(r *replica) { r.link.freeze() }},
		{"slow", func(r *replica) { r.link.set(1500 * time.Millisecond) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				src := newSource("alice")
				src.delay = 10 * time.Millisecond
				r := newReplica(t, newMini(t), src.load, groupcache.Options{})
				want(t, "before", r.ask("alice"), isMember)
				before := src.loads()
				tt.fault(r)
				asked, known := 0, 0
				const length = time.Minute
				for start := time.Now(); time.Since(start) < length; time.Sleep(20 * time.Millisecond) {
					asked++
					if r.peek("alice") == isMember {
						known++
					}
				}
				if n := src.loads() - before; n < 10 || n > 13 {
					t.Errorf("%d loads in a minute, want one per Lease", n)
				}
				if known*100 < asked*97 {
					t.Errorf("%d of %d questions answered", known, asked)
				}
				if got := r.Explain(group, "alice"); !strings.HasPrefix(got, "member; Redis unreachable since ") {
					t.Errorf("Explain = %q", got)
				}
				r.link.thaw()
				r.link.set(0)
				eventually(t, 8*time.Second, "back", func() bool { return r.Explain(group, "alice") == "member" })
			})
		})
	}
}

func TestFallbackFromTheStart(t *testing.T) {
	for _, frozen := range []bool{false, true} {
		t.Run(fmt.Sprint("frozen ", frozen), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				src := newSource("alice")
				r := newReplica(t, newMini(t), src.load, groupcache.Options{})
				if frozen {
					r.link.freeze()
				} else {
					r.link.sever()
				}
				start := time.Now()
				want(t, "cold without Redis", r.ask("alice"), isMember)
				if d := time.Since(start); d > 3*time.Second {
					t.Errorf("took %v", d)
				}
			})
		})
	}
}

func TestNoFallbackDeniesAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		src := newSource("alice")
		r := newReplica(t, newMini(t), src.load, groupcache.Options{NoFallback: true})
		r.link.sever()
		want(t, "cold", r.ask("alice"), unknown)
		time.Sleep(12 * time.Second)
		start := time.Now()
		want(t, "later", r.ask("alice"), unknown)
		if d := time.Since(start); d != 0 {
			t.Errorf("took %v, want an answer at once", d)
		}
		if n := src.loads(); n != 0 {
			t.Errorf("%d loads, want 0", n)
		}
		if got := r.Explain(group, "alice"); !strings.HasPrefix(got, "unknown: Redis unreachable since 1") {
			t.Errorf("Explain = %q", got)
		}
		r.link.thaw()
		eventually(t, 3*time.Second, "healed", func() bool { return r.ask("alice") == isMember })
	})
}

// Promise 9.
func TestIdleGroupsStop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		src := newSource("alice")
		r := newReplica(t, newMini(t), src.load, groupcache.Options{})
		before := runtime.NumGoroutine()
		want(t, "asked", r.ask("alice"), isMember)
		for range 300 { // asked: goes on
			time.Sleep(time.Second)
			want(t, "asked", r.peek("alice"), isMember)
		}
		time.Sleep(63 * time.Second)
		if got := r.Explain(group, "alice"); got != "unknown: not asked lately" {
			t.Errorf("Explain = %q", got)
		}
		r.link.sever() // the client's own connections are none of ours
		time.Sleep(5 * time.Second)
		if n := runtime.NumGoroutine(); n > before+2 {
			buf := make([]byte, 1<<16)
			t.Errorf("%d goroutines, want about %d\n%s", n, before, buf[:runtime.Stack(buf, true)])
		}
		r.link.thaw()
		eventually(t, 5*time.Second, "asked again", func() bool { return r.ask("alice") == isMember })
	})
}

func TestGroupsAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		src := newSource("alice")
		r := newReplica(t, newMini(t), src.load, groupcache.Options{MaxGroups: 3})
		ctx := context.Background()
		for i := range 3 {
			if ok, err := r.IsMember(ctx, fmt.Sprint(i), "alice"); !ok || err != nil {
				t.Errorf("IsMember = %v, %v", ok, err)
			}
		}
		if ok, err := r.IsMember(ctx, "one too many", "alice"); ok || err == nil {
			t.Errorf("IsMember = %v, %v; want an error", ok, err)
		}
		time.Sleep(63 * time.Second)
		if ok, err := r.IsMember(ctx, "one too many", "alice"); !ok || err != nil {
			t.Errorf("after the others were forgotten: IsMember = %v, %v", ok, err)
		}
	})
}

// Promise 9: Close.
func TestClose(t *testing.T) {
	for _, tt := range []struct {
		name string
		prep func(r *replica, src *source)
	}{
		{"never asked", nil},
		{"warm", func(r *replica, _ *source) { r.ask("alice") }},
		{"while loading", func(r *replica, src *source) { src.delay = time.Second; r.peek("alice") }},
		{"while Redis hangs", func(r *replica, _ *source) { r.link.freeze(); r.peek("alice") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				src := newSource("alice")
				r := newReplica(t, newMini(t), src.load, groupcache.Options{})
				if tt.prep != nil {
					tt.prep(r, src)
				}
				var wg sync.WaitGroup
				for range 20 {
					wg.Go(func() {
						for range 50 {
							_, err := r.IsMember(context.Background(), group, "alice")
							if errors.Is(err, groupcache.ErrClosed) {
								return
							}
							time.Sleep(10 * time.Millisecond)
						}
						t.Error("never heard that the cache is closed")
					})
				}
				time.Sleep(100 * time.Millisecond)
				start := time.Now()
				_ = r.Close()
				if err := r.Close(); err != nil {
					t.Errorf("second Close: %v", err)
				}
				if d := time.Since(start); d > time.Second {
					t.Errorf("took %v", d)
				}
				wg.Wait()
				if err := r.Invalidate(context.Background(), group); !errors.Is(err, groupcache.ErrClosed) {
					t.Errorf("Invalidate = %v, want ErrClosed", err)
				}
				if got := r.Explain(group, "alice"); got != "unknown: the cache is closed" {
					t.Errorf("Explain = %q", got)
				}
			})
		})
	}
}

func TestOptions(t *testing.T) {
	load := groupcache.Static(map[string][]string{group: {"alice"}})
	for _, tt := range []struct {
		name string
		load groupcache.Loader
		o    groupcache.Options
		want []string // in the error; none: no error
	}{
		{"zero", load, groupcache.Options{}, nil},
		{"too small is the smallest", load, groupcache.Options{MaxAge: 1, MissingTTL: 1, Lease: 1, LoadTimeout: 1}, nil},
		{"no loader", nil, groupcache.Options{}, []string{"the loader is nil"}},
		{"all mistakes at once", nil, groupcache.Options{MaxAge: -1, MissingTTL: -1, Lease: -1, LoadTimeout: -1, MaxGroups: -1, Prefix: "{"},
			[]string{"loader", "MaxAge", "MissingTTL", "Lease", "LoadTimeout", "MaxGroups", "Prefix"}},
		{"line break in the prefix", load, groupcache.Options{Prefix: "a\nb"}, []string{"Prefix"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := groupcache.New(nil, tt.load, tt.o)
			defer c.Close()
			ok, err := c.IsMember(context.Background(), group, "alice")
			if ok != (len(tt.want) == 0) || (err == nil) != ok {
				t.Fatalf("IsMember = %v, %v", ok, err)
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not name %s", err, w)
				}
			}
			if len(tt.want) > 0 && c.Invalidate(context.Background(), group) == nil {
				t.Error("Invalidate = nil, want the same error")
			}
		})
	}
}

func TestWithoutRedis(t *testing.T) {
	bubble(t, func(t *testing.T) {
		src := newSource("alice", "bob")
		c := groupcache.New(nil, src.load, groupcache.Options{Logger: quiet})
		defer c.Close()
		want(t, "cold", ask(c, "bob"), isMember)
		src.set(func(s *source) { s.members = []string{"alice"} })
		removed := time.Now()
		for peek(c, "bob") == isMember {
			if time.Sleep(10 * time.Millisecond); time.Since(removed) > time.Minute {
				t.Fatal("granted longer than MaxAge")
			}
		}
		src.set(func(s *source) { s.members = []string{"bob"} })
		if err := c.Invalidate(context.Background(), group); err != nil {
			t.Errorf("Invalidate: %v", err)
		}
		want(t, "invalidated", ask(c, "alice"), noMember)
		// What a loader had read before the revocation is not used after it.
		src.set(func(s *source) { s.delay = time.Second })
		if err := c.Invalidate(context.Background(), group); err != nil {
			t.Errorf("Invalidate: %v", err)
		}
		want(t, "loading", peek(c, "bob"), unknown)
		time.Sleep(500 * time.Millisecond)
		src.set(func(s *source) { s.members = []string{"bob", "carol"} })
		if err := c.Invalidate(context.Background(), group); err != nil {
			t.Errorf("Invalidate: %v", err)
		}
		want(t, "invalidated while loading", ask(c, "carol"), isMember)
		src.set(func(s *source) { s.delay, s.err = 0, errors.New("down") })
		time.Sleep(61 * time.Second)
		want(t, "source down", ask(c, "bob"), unknown)
		n := src.loads()
		for range 60 {
			peek(c, "bob")
			time.Sleep(time.Second)
		}
		if n := src.loads() - n; n > 5 {
			t.Errorf("%d loads in a minute of failures", n)
		}
		src.set(func(s *source) { s.err, s.members = nil, nil })
		eventually(t, 40*time.Second, "back", func() bool { return ask(c, "bob") == noGroup })
		src.set(func(s *source) { s.members = []string{"bob"} })
		time.Sleep(30 * time.Minute)
		want(t, "asked again after a long time", ask(c, "bob"), isMember)
	})
}

// Two applications on one database, and one group beside another.
func TestSideBySide(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		one, two := newSource("alice"), newSource("bob")
		a := newReplica(t, m, one.load, groupcache.Options{Prefix: "one:"})
		b := newReplica(t, m, two.load, groupcache.Options{Prefix: "two:"})
		want(t, "one's", a.ask("alice"), isMember)
		want(t, "two's", b.ask("alice"), noMember)
		want(t, "two's", b.ask("bob"), isMember)
		keys := m.Keys()
		if i := slices.IndexFunc(keys, func(k string) bool { return !strings.HasPrefix(k, "one:") && !strings.HasPrefix(k, "two:") }); i >= 0 {
			t.Errorf("a key without the prefix: %q", keys[i])
		}
	})
}

// Replicas with different age limits each keep their own.
func TestDifferentMaxAges(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := newSource("alice", "bob")
		old := newReplica(t, m, src.load, groupcache.Options{MaxAge: time.Hour})
		young := newReplica(t, m, src.load, groupcache.Options{MaxAge: 10 * time.Second})
		want(t, "old", old.ask("bob"), isMember)
		time.Sleep(5 * time.Second)
		want(t, "young", young.ask("bob"), isMember)
		src.set(func(s *source) { s.members = []string{"alice"} })
		time.Sleep(5001 * time.Millisecond)
		want(t, "young, after its MaxAge", young.ask("bob"), noMember)
	})
}
