package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/labstack/echo/v4"
)

// change is the last change of membership, and how long it took to hold.
type change struct {
	By, Name string
	Member   bool
	Holds    time.Duration // until every replica answered by the new rule
	Err      error         // Invalidate's: the change holds when the entry ages
}

// person is a row of the members page.
type person struct {
	user
	Opinions []string // one per replica, in the words of its cache
	Sees     bool     // the technical page, on this replica
}

// members shows the group as the database has it, and beside it what each replica would answer if
// a request failed now. The replicas share a process only so that one command can start them; each
// has its own cache, and they talk through Redis alone.
func (s *shop) members(c echo.Context) error {
	ctx := c.Request().Context()
	users, err := s.store.Users(ctx)
	if err != nil {
		return err
	}
	var people []person
	for _, u := range users {
		p := person{user: u}
		for _, r := range s.replicas {
			member, err := r.member(ctx, u.Name)
			p.Opinions = append(p.Opinions, r.viewers.Explain(groupTechnical, u.Name))
			if r == s.replica {
				p.Sees = err == nil && member && u.Superuser
			}
		}
		people = append(people, p)
	}
	return s.show(c, "members.html", "Members", map[string]any{
		"Group":    groupTechnical,
		"People":   people,
		"Replicas": s.replicas,
		"Change":   s.change.Load(),
	})
}

// Name and URL are what the members page prints of a replica.
func (r *replica) Name() string { return r.name }

// URL is the replica's address without a slash at the end.
func (r *replica) URL() string { return r.url }

// member asks a replica's cache as its error handler would.
func (r *replica) member(ctx context.Context, name string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return r.viewers.IsMember(ctx, groupTechnical, name)
}

// changeMember writes to the database and then says so to the cache: with Invalidate the change
// holds on every replica at once, without it within a minute.
func (s *shop) changeMember(c echo.Context) error {
	ctx, cancel := background(c) // a change must not stay half done because the browser left
	defer cancel()
	who, err := s.visitor(c)
	if err != nil {
		return err
	}
	name, member := c.FormValue("name"), c.FormValue("action") == "add"
	if !member && c.FormValue("action") != "remove" {
		return httperrors.BadRequest("The action is either add or remove.")
	}
	if u, err := s.userOrStranger(ctx, name); err != nil {
		return err
	} else if u.Name == "" {
		return httperrors.NotFound("There is no user of that name.")
	}
	if err := s.store.SetMember(ctx, groupTechnical, name, member); err != nil {
		return err
	}
	done := &change{By: who.Name, Name: name, Member: member}
	begin := time.Now()
	if err := s.replica.viewers.Invalidate(ctx, groupTechnical); err != nil {
		// The database has the change, and the caches follow by age; no reason for an error page.
		s.log.WarnContext(ctx, "invalidate the group", "error", err)
		done.Err = err
	} else if err := s.holds(ctx, name, member); err != nil {
		done.Err = err
	}
	done.Holds = time.Since(begin).Round(100 * time.Microsecond)
	s.change.Store(done)
	s.log.InfoContext(ctx, "membership changed", "group", groupTechnical, "name", name, "member", member, "by", who.Name, "holds_after", done.Holds)
	return c.Redirect(http.StatusSeeOther, "/admin/members")
}

// holds waits until every replica answers as the database does, to show how long that takes.
func (s *shop) holds(ctx context.Context, name string, want bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for _, r := range s.replicas {
		for {
			if member, err := r.member(ctx, name); err == nil && member == want {
				break
			} else if ctx.Err() != nil {
				return errors.Join(fmt.Errorf("%s still answers %t", r.name, member), err)
			}
			time.Sleep(200 * time.Microsecond)
		}
	}
	return nil
}
