package groupcache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
)

// loadRun is one run of the loader, from the permission to start it to its result.
type loadRun struct {
	id, gen, old string        // of the entry it makes; empty for a direct load
	seq          uint64        // the group's sequence when it started
	start, end   int64         // around the loader's run
	maxAge       time.Duration // the age limit of the result, counted from start

	members map[string]struct{}
	missing bool
	dropped int // invalid ids that the loader listed
	err     error
}

var errLoadersHang = errors.New("earlier calls of the loader have not returned")

// run calls the loader and sends the result to out, at the latest when LoadTimeout has passed: a loader that ignores its
// context is abandoned. The number of abandoned calls is bounded, so that a hanging source costs a few goroutines and
// connections, not one more with every attempt. The bound is above one, because one stuck connection should not keep a replica
// from asking for as long as TCP takes to give up.
func (g *group) run(l *loadRun, out chan<- *loadRun) {
	g.c.count.loads.Add(1)
	l.maxAge = g.c.opts.MaxAge - time.Duration(jitter(int(g.c.opts.MaxAge/10)))
	l.seq = g.sequence()
	l.start = g.c.now()
	select {
	case g.loadSlots <- struct{}{}:
	default:
		l.err = errLoadersHang
		out <- l
		return
	}
	ctx, cancel := context.WithTimeout(g.ctx, g.c.opts.LoadTimeout)
	result := start(g.c, func() ([]string, error) {
		defer func() { <-g.loadSlots }()
		return g.c.load(ctx, g.name)
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

// take stores the loader's result. A panic and a runtime.Goexit are errors, and no error is an answer.
func (l *loadRun) take(r guard.Result[[]string], missingTTL time.Duration) {
	switch {
	case errors.Is(r.Err, ErrNoGroup):
		l.missing = true
		l.maxAge = missingTTL
		return
	case r.Err != nil:
		l.err = r.Err
		return
	}
	l.members = make(map[string]struct{}, len(r.Value))
	for _, id := range r.Value {
		if id == "" || len(id) > maxID {
			l.dropped++
			continue
		}
		l.members[id] = struct{}{}
	}
}

// start runs f on a goroutine that Close waits for, and sends its result. A panic or a runtime.Goexit of f is an error. It is
// called with mu held, or from a goroutine that Close waits for.
func start[T any](c *Cache, f func() (T, error)) <-chan guard.Result[T] {
	c.background.Add(1)
	return guard.Go(func() (T, error) {
		defer c.background.Done()
		return f()
	})
}
