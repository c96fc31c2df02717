package groupcache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// loaded is a run of the loader, from the permission to start it to its result.
type loaded struct {
	id, gen, old string        // of the entry it makes; empty when loading alone
	seq          uint64        // the group's drops when it started
	start, end   int64         // around the loader's run
	maxAge       time.Duration // until it must not be used any more, from start

	members map[string]struct{}
	ids     []any // the same, as Redis' client wants them
	missing bool
	dropped int // ids that are nobody's
	err     error
}

var errLoadersHang = errors.New("earlier calls of the loader have not returned")

// run calls the loader and sends the result to out, at the latest when LoadTimeout has passed: a loader that does not heed
// its context is left behind. Those that were left behind are bounded, so that a hanging source costs a few goroutines
// (and connections), not one more with every attempt; it is more than one, because one stuck connection should not keep a
// replica from asking for as long as TCP takes to give up.
func (g *group) run(l *loaded, out chan<- *loaded) {
	g.c.count.loads.Add(1)
	l.maxAge = g.c.opts.MaxAge - time.Duration(jitter(int(g.c.opts.MaxAge/10)))
	l.seq = g.sequence()
	l.start = g.c.now()
	select {
	case g.loads <- struct{}{}:
	default:
		l.err = errLoadersHang
		out <- l
		return
	}
	ctx, cancel := context.WithTimeout(g.ctx, g.c.opts.LoadTimeout)
	result := make(chan loaderResult, 1)
	g.c.background.Go(func() {
		defer func() { <-g.loads }()
		g.c.guarded(ctx, g.name, result)
	})
	g.c.background.Go(func() {
		defer cancel()
		select {
		case r := <-result:
			l.take(r, g.c.opts.MissingTTL)
		case <-ctx.Done():
			l.err = fmt.Errorf("the loader did not return within %v: %w", g.c.opts.LoadTimeout, ctx.Err())
		}
		l.end = g.c.now()
		out <- l
	})
}

// take turns what the loader returned into what is kept.
func (l *loaded) take(r loaderResult, missingTTL time.Duration) {
	switch {
	case errors.Is(r.err, ErrNoGroup):
		l.missing = true
		l.maxAge = missingTTL
		return
	case r.err != nil:
		l.err = r.err
		return
	}
	l.members = make(map[string]struct{}, len(r.members))
	l.ids = make([]any, 0, len(r.members))
	for _, id := range r.members {
		if id == "" || len(id) > maxID {
			l.dropped++
			continue
		}
		l.members[id] = struct{}{}
		if len(l.members) > len(l.ids) {
			l.ids = append(l.ids, id)
		}
	}
}

type loaderResult struct {
	members []string
	err     error
}

// guarded calls the loader and survives what it does. A panic and a Goexit are errors: neither tells who is a member.
// Goexit ends the goroutine whatever is deferred, so the result is sent from the deferred function.
func (c *Cache) guarded(ctx context.Context, group string, result chan<- loaderResult) {
	r := loaderResult{err: errors.New("the loader called runtime.Goexit")}
	defer func() {
		if p := recover(); p != nil {
			r = loaderResult{err: fmt.Errorf("the loader panicked: %s", errtree.Print(p))}
		}
		result <- r
	}()
	members, err := c.load(ctx, group)
	r = loaderResult{members, errtree.Contain(err)} // it is logged, and asked whether it is ErrNoGroup
}
