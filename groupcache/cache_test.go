package groupcache_test

import (
	"context"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/groupcache"
)

func TestAnswers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		m := newMini(t)
		src := newSource("alice", "bob")
		r := newReplica(t, m, src.load, groupcache.Options{})
		want(t, "a member", r.ask("alice"), isMember)
		want(t, "somebody else", r.ask("carol"), noMember)
		want(t, "nobody", r.ask(""), noMember)
		other := newReplica(t, m, src.load, groupcache.Options{})
		want(t, "on another replica", other.ask("bob"), isMember)
		if n := src.loads(); n != 1 {
			t.Errorf("%d loads, want 1", n)
		}
		src.set(func(s *source) { s.members = []string{"alice"} })
		other.invalidate(t)
		eventually(t, 500*time.Millisecond, "revoked", func() bool { return r.peek("bob") == noMember })
		want(t, "still a member", r.ask("alice"), isMember)
	})
	_ = context.Background
}
