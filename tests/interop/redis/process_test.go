package redis_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The replica that loads is killed. Another one loads when the lock ends, and nothing of the first one remains.
func TestLoaderKilled(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for i := range 4 {
		s.cli("flushall")
		src := newSourceFile(t, "alice", "+200000")
		victim, other := startReplica(t, s.addr(), src), startReplica(t, s.addr(), src)
		victim.tell("ask alice")
		eventually(t, 20*time.Second, "a set is being written", func() bool {
			return strings.Contains(s.cli("keys", "*"), "}:s:")
		})
		time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
		victim.kill()
		src.set(t, "alice")
		eventually(t, 4*time.Second+2*slack, "another one answers", func() bool { return other.say("ask alice") == string(isMember) })
		eventually(t, fast.MaxAge+30*time.Second, fmt.Sprint("round ", i, ": only one set remains"), func() bool {
			return strings.Count(s.cli("keys", "*"), "}:s:") <= 1
		})
	}
}

// The replica that loads is stopped for longer than its lock lasts, and then continues.
func TestLoaderStopped(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	src := newSourceFile(t, "alice", "bob", "+200000")
	sleeper, other := startReplica(t, s.addr(), src), startReplica(t, s.addr(), src)
	sleeper.tell("ask bob")
	eventually(t, 20*time.Second, "a set is being written", func() bool { return strings.Contains(s.cli("keys", "*"), "}:s:") })
	sleeper.signal(syscall.SIGSTOP)
	src.set(t, "alice")
	eventually(t, 10*time.Second+slack, "another one loads", func() bool { return other.say("ask alice") == string(isMember) })
	if got := other.say("invalidate"); got != "<nil>" {
		t.Fatal(got)
	}
	want(t, "bob, on the other one", answer(other.say("ask bob")), noMember)
	sleeper.signal(syscall.SIGCONT)
	<-sleeper.lines // the answer of before
	eventually(t, fast.Lease+slack, "the sleeper has the newer list", func() bool { return sleeper.say("ask bob") == string(noMember) })
	for range 20 {
		if got := other.say("ask bob"); got != string(noMember) {
			t.Fatalf("bob is back: %s", got)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Replicas and the server are killed and stopped at random, and people come and go.
func TestRandomKills(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	src := newSourceFile(t, "alice")
	replicas := []*process{startReplica(t, s.addr(), src), startReplica(t, s.addr(), src)}
	admin := startReplica(t, s.addr(), src)
	for i := range 12 {
		user := fmt.Sprint("user", i)
		src.set(t, "alice", user)
		eventually(t, 15*time.Second, "acknowledged", func() bool { return admin.say("invalidate") == "<nil>" })
		for _, r := range replicas {
			eventually(t, 15*time.Second, "granted", func() bool { return r.say("ask "+user) == string(isMember) })
		}
		victim := rand.IntN(2)
		switch i % 4 {
		case 0:
			replicas[victim].kill()
			replicas[victim] = startReplica(t, s.addr(), src)
		case 1:
			replicas[victim].signal(syscall.SIGSTOP)
			time.AfterFunc(500*time.Millisecond, func() { replicas[victim].signal(syscall.SIGCONT) })
		case 2:
			s.signal(syscall.SIGSTOP)
			time.AfterFunc(1500*time.Millisecond, func() { s.signal(syscall.SIGCONT) })
		case 3:
			s.kill()
			s.start()
		}
		src.set(t, "alice")
		eventually(t, 15*time.Second, "acknowledged", func() bool { return admin.say("invalidate") == "<nil>" })
		acked := time.Now()
		for _, r := range replicas {
			for {
				got := r.say("peek " + user)
				if got == "false" {
					break
				}
				if d := time.Since(acked); d > fast.Lease+slack {
					t.Fatalf("round %d: %q %v after the revocation", i, got, d)
				}
			}
		}
	}
	if n := src.loads(); n > 80 {
		t.Errorf("%d loads", n)
	}
}
