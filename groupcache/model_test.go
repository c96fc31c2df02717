package groupcache_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/exceptional-go/exceptional/groupcache"
)

var (
	histories = flag.Int("histories", 0, "how many random histories TestModel runs; 0 is a number that fits the build")
	firstSeed = flag.Uint64("seed", 0, "seed of TestModel's first history; 0 starts at one")
)

// TestModel runs random histories of changes, revocations and faults on three replicas, and holds every answer against
// what the source had been.
//
// The source's state is numbered, and every list of members contains its own number: an answer tells exactly which state
// it comes from.
//
//	(1) promise 2: after an acknowledged Invalidate + Lease, no answer is from a state older than the Invalidate
//	(2) promise 3: no answer is from a state that was superseded longer ago than MaxAge (for an absence: MissingTTL)
//	(3) promise 4: no replica's answers ever go back to an older state
//	(4) promise 5: "no such group" only from a state in which there is none; an error is not an absence
//	(5) promise 8: when the faults are over, every replica tells the truth, soon
func TestModel(t *testing.T) {
	n := *histories
	if n == 0 {
		n = 30
		if raceEnabled || testing.Short() {
			n = 5
		}
	}
	first := max(*firstSeed, 1)
	for seed := first; seed < first+uint64(n); seed++ {
		ok := t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { bubble(t, func(t *testing.T) { history(t, seed) }) })
		if !ok {
			return // the next ones would say the same
		}
	}
}

const (
	modelLease      = 2 * time.Second
	modelMaxAge     = 12 * time.Second
	modelMissingTTL = 30 * time.Second
	modelSlack      = 25 * time.Millisecond // between two looks, and then some
)

// world is the source of truth and its history.
type world struct {
	source
	start  time.Time
	states []state
	floor  int // no answer may be from a state before this one: acknowledged, and a Lease ago
	acks   []ack
}

type state struct {
	missing bool
	at      time.Duration // when it began
}

type ack struct {
	at    time.Duration
	state int
}

func (w *world) now() time.Duration { return time.Since(w.start) }

func marker(n int) string { return fmt.Sprint("state ", n) }

// change makes the next state.
func (w *world) change(missing bool, members ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.states = append(w.states, state{missing, w.now()})
	w.members = nil
	if !missing {
		w.members = append([]string{marker(len(w.states) - 1)}, members...)
	}
}

func (w *world) current() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.states) - 1
}

// look finds the states that the replica's answer can be from, newest first, or nil if it is unknown.
func (w *world) look(r *replica) (from []int, missing bool) {
	w.mu.Lock()
	n := len(w.states)
	w.mu.Unlock()
	if a := r.peek("mallory"); a == unknown {
		return nil, false
	} else if a == noGroup {
		for i := n - 1; i >= 0; i-- {
			if w.states[i].missing {
				from = append(from, i)
			}
		}
		return from, true
	}
	for i := n - 1; i >= 0; i-- {
		switch r.peek(marker(i)) {
		case isMember:
			return []int{i}, false
		case unknown, noGroup: // changed between two questions
			return nil, false
		}
	}
	return nil, false
}

// check holds what the replica answers now against (1) to (4). back is the oldest state that (3) allows it.
func (w *world) check(t *testing.T, name string, r *replica, back *int) {
	now := w.now()
	from, missing := w.look(r)
	if from == nil {
		return
	}
	limit := modelMaxAge
	if missing {
		limit = modelMissingTTL
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.acks) > 0 && now > w.acks[0].at+modelLease+modelSlack {
		w.floor = max(w.floor, w.acks[0].state)
		w.acks = w.acks[1:]
	}
	oldest := max(w.floor, *back)
	fits := -1
	for _, i := range from {
		superseded := i+1 < len(w.states) && now > w.states[i+1].at+limit+modelSlack
		if i >= oldest && !superseded {
			fits = i
		}
	}
	if fits < 0 {
		t.Fatalf("at %v %s answers from state %v (missing: %v); the source is at %d, nothing before %d was allowed (revoked: %d, seen: %d), changes: %v",
			now, name, from, missing, len(w.states)-1, oldest, w.floor, *back, w.states)
	}
	if !missing {
		*back = fits
	}
}

func history(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 5))
	m := newMini(t)
	w := &world{start: time.Now()}
	w.change(false, "alice", "bob")
	opts := groupcache.Options{Lease: modelLease, MaxAge: modelMaxAge, MissingTTL: modelMissingTTL, NoFallback: rnd.IntN(3) == 0}
	var replicas []*replica
	for range 3 {
		r := newReplica(t, m, w.load, opts)
		replicas = append(replicas, r)
	}
	admin := newReplica(t, m, w.load, opts)

	stop := make(chan struct{})
	var checkers sync.WaitGroup
	for i, r := range replicas {
		checkers.Go(func() {
			back := 0
			for {
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
				}
				w.check(t, fmt.Sprint("replica ", i), r, &back)
				if t.Failed() {
					return
				}
			}
		})
	}

	var late sync.WaitGroup // Invalidates under way
	for range 30 {
		if t.Failed() {
			break
		}
		step(t, rnd, w, m, replicas, admin, &late)
	}

	// (5)
	for _, r := range append(replicas, admin) {
		r.link.thaw()
		r.link.set(0)
	}
	m.SetError("")
	w.set(func(s *source) { s.err, s.delay, s.deaf, s.hook = nil, 0, false, nil })
	late.Wait()
	time.Sleep(modelMaxAge + modelSlack)
	final := w.current()
	if w.states[final].missing {
		w.change(false, "alice")
		final = w.current()
	}
	admin.invalidate(t)
	eventually(t, groupcacheHeals, "the truth after all faults", func() bool {
		return !slices.ContainsFunc(replicas, func(r *replica) bool { return r.ask(marker(final)) != isMember })
	})
	close(stop)
	checkers.Wait()
}

// groupcacheHeals is a back-off of a failed load (the longest is 30 s, plus a quarter) and a lock without an owner.
const groupcacheHeals = 40*time.Second + 10*time.Second

func step(t *testing.T, rnd *rand.Rand, w *world, m *miniredis.Miniredis, replicas []*replica, admin *replica, late *sync.WaitGroup) {
	one := replicas[rnd.IntN(len(replicas))]
	revoke := func(by *replica) {
		state := w.current()
		late.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
			defer cancel()
			if err := by.Invalidate(ctx, group); err == nil {
				w.mu.Lock()
				w.acks = append(w.acks, ack{w.now(), state})
				w.mu.Unlock()
			}
		})
	}
	switch rnd.IntN(18) {
	case 0, 1: // a removal and its revocation
		w.change(false, "alice")
		revoke(admin)
	case 2: // by a replica
		w.change(false, "alice")
		revoke(one)
	case 3: // a silent change
		w.change(false, "alice", "bob", fmt.Sprint(rnd.IntN(10)))
	case 4: // the group goes, or has gone
		w.change(true)
		if rnd.IntN(2) == 0 {
			revoke(admin)
		}
	case 5:
		one.link.freeze()
	case 6:
		one.link.sever()
	case 7, 8:
		for _, r := range replicas {
			r.link.thaw()
		}
	case 9:
		one.link.set([]time.Duration{0, 50 * time.Millisecond, 300 * time.Millisecond, 1500 * time.Millisecond}[rnd.IntN(4)])
	case 10:
		m.FlushAll()
	case 11: // everything or something is evicted
		for _, key := range m.Keys() {
			if rnd.IntN(2) == 0 {
				m.Del(key)
			}
		}
	case 12: // damage
		for _, key := range m.Keys() {
			if rnd.IntN(3) == 0 {
				damage(rnd, m, key)
			}
		}
	case 13:
		m.SetError([]string{"READONLY You can't write", "LOADING", "NOAUTH", "OOM command not allowed"}[rnd.IntN(4)])
	case 14:
		m.SetError("")
	case 15:
		w.set(func(s *source) { s.err = errors.New("the source is down") })
	case 16:
		w.set(func(s *source) {
			s.delay, s.deaf = time.Duration(rnd.IntN(8000))*time.Millisecond, rnd.IntN(2) == 0
		})
	case 17:
		w.set(func(s *source) { s.err, s.delay, s.deaf = nil, 0, false })
	}
	time.Sleep(time.Duration(rnd.IntN(4000)) * time.Millisecond)
}

func damage(rnd *rand.Rand, m *miniredis.Miniredis, key string) {
	switch m.Type(key) {
	case "hash":
		f := []string{"e", "v", "l", "st", "s", "n", "a", "d", "f"}[rnd.IntN(9)]
		m.HSet(key, f, []string{"", "x", "-1", "99999999999999999999"}[rnd.IntN(4)])
	case "set":
		members, _ := m.Members(key)
		_, _ = m.SRem(key, members[rnd.IntN(len(members))])
	default:
		m.Del(key)
		if rnd.IntN(2) == 0 {
			_, _ = m.Push(key, "wrong type")
		} else {
			_ = m.Set(key, "garbage")
		}
	}
}

func (l *link) set(latency time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.latency = latency
}
