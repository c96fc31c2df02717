package engine

import (
	"context"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
)

// Viewers answers whether a user is in a group.
type Viewers interface {
	IsMember(ctx context.Context, group, user string) (bool, error)
}

// explainer is what Viewers may have beside IsMember. It does no I/O and says in a few words what is known.
type explainer interface {
	Explain(group, user string) string
}

// membershipTimeout is how long an error page waits to learn who reads it. The membership of a running replica is in memory;
// only a replica that has just started, or an outage, makes a client wait.
const membershipTimeout = 50 * time.Millisecond

// maxUnanswered bounds the goroutines that a Viewers leaves behind when it ignores its context.
const maxUnanswered = 64

// A Gate decides who is a technical viewer: a superuser who is also a member of the group. Everything that is not a proven yes
// is a no.
type Gate struct {
	viewers    Viewers
	group      string
	unanswered *guard.Limit
}

// NewGate returns the gate for this group.
func NewGate(v Viewers, group string) *Gate {
	return &Gate{viewers: v, group: group, unanswered: guard.NewLimit(maxUnanswered)}
}

// Admit decides for the user that identify names, and says why. The membership question gets a context of its own: the
// request's has often ended by then, because its deadline is what failed.
func (g *Gate) Admit(ctx context.Context, identify func() (User, error)) (ok bool, user User, why string) {
	var err error
	if panicked := guard.Call(func() { user, err = identify() }); panicked != nil {
		return false, User{}, "User: " + errorText(panicked)
	}
	switch {
	case err != nil:
		return false, User{}, "identity unknown: " + errorText(err)
	case user.ID == "":
		return false, user, "not signed in"
	case !user.Superuser:
		if known := g.explain(user.ID); known != "" {
			return false, user, known + ", but not a superuser"
		}
		return false, user, "not a superuser"
	}

	member, err := guard.Within(g.unanswered, membershipTimeout, func() (bool, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), membershipTimeout)
		defer cancel()
		return g.viewers.IsMember(ctx, g.group, user.ID)
	})
	if member && err == nil {
		return true, user, "superuser and member"
	}
	switch known := g.explain(user.ID); {
	case known != "":
		return false, user, "superuser, but " + known
	case err != nil:
		return false, user, "superuser, but membership unknown: " + errorText(err)
	}
	return false, user, "superuser, but not a member"
}

// explain returns what the Viewers can say of a user, if it can.
func (g *Gate) explain(user string) (known string) {
	x, can := g.viewers.(explainer)
	if !can {
		return ""
	}
	if panicked := guard.Call(func() { known = x.Explain(g.group, user) }); panicked != nil {
		return ""
	}
	return known
}
