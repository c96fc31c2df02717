package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exceptional-go/exceptional/internal/stack"
)

// Viewers answers whether a user is in a group.
type Viewers interface {
	IsMember(ctx context.Context, group, user string) (bool, error)
}

// explainer is what Viewers may have beside IsMember. It does no I/O and says in a few words what is known.
type explainer interface {
	Explain(group, user string) string
}

// patience is how long an error page waits to learn who reads it. The membership of a running replica is in memory;
// only a replica that has just started, or an outage, makes anybody wait.
const patience = 50 * time.Millisecond

// maxOpen bounds the questions that nobody answers. A Viewers that ignores its context would otherwise leave a goroutine
// behind for every failure.
const maxOpen = 64

// A Gate decides who is a technical viewer: a superuser who is also a member of the group, and nobody else. Everything that
// is not a proven yes is a no.
type Gate struct {
	Viewers Viewers
	Group   string
	open    chan struct{}
}

// NewGate returns the gate for this group.
func NewGate(v Viewers, group string) *Gate {
	return &Gate{Viewers: v, Group: group, open: make(chan struct{}, maxOpen)}
}

// Admit decides for the user that identify names, and says why. The membership question gets a context of its own: the
// request's is often dead by then, because its deadline is what failed.
func (g *Gate) Admit(ctx context.Context, identify func() (User, error)) (ok bool, user User, why string) {
	var err error
	if failure := guard("User", func() { user, err = identify() }); failure != "" {
		return false, User{}, failure
	}
	switch {
	case err != nil:
		return false, User{}, "identity unknown: " + errorText(err)
	case user.ID == "":
		return false, user, "nobody is signed in"
	case !user.Superuser:
		if x, can := g.Viewers.(explainer); can {
			var known string
			if failure := guard("Viewers", func() { known = x.Explain(g.Group, user.ID) }); failure == "" && known != "" {
				return false, user, known + ", but not a superuser"
			}
		}
		return false, user, "not a superuser"
	}

	select {
	case g.open <- struct{}{}:
	default:
		return false, user, fmt.Sprintf("membership unknown: %d questions are unanswered", maxOpen)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	type reply struct {
		member bool
		err    error
	}
	replies := make(chan reply, 1)
	go func() {
		// The zero reply denies, also for a Viewers that calls runtime.Goexit.
		r := reply{err: errors.New("no answer")}
		defer func() {
			if v := recover(); v != nil {
				r = reply{err: stack.Recovered(v)}
			}
			replies <- r
			<-g.open
		}()
		r.member, r.err = g.Viewers.IsMember(ctx, g.Group, user.ID)
	}()

	var r reply
	select {
	case r = <-replies:
	case <-ctx.Done():
		// On a machine that is overloaded, we may wake up later than the answer that we waited for.
		select {
		case r = <-replies:
		default:
			r.err = fmt.Errorf("no answer within %s", patience)
		}
	}
	if r.member && r.err == nil {
		return true, user, "superuser and member"
	}
	return false, user, "superuser, but " + g.denial(user.ID, r.err)
}

// denial says why a superuser is not admitted.
func (g *Gate) denial(user string, err error) string {
	if x, can := g.Viewers.(explainer); can {
		var known string
		if failure := guard("Viewers", func() { known = x.Explain(g.Group, user) }); failure == "" && known != "" {
			return known
		}
	}
	if err != nil {
		return "membership unknown: " + errorText(err)
	}
	return "not a member"
}
