package groupcache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exceptional-go/exceptional/internal/text"
)

// invalidateTimeout bounds Invalidate for callers whose context does not.
const invalidateTimeout = 5 * time.Second

// Invalidate makes all replicas drop what they have cached of group: its members, or that it does not exist. Call it after
// every change in the source that must not wait for MaxAge, whether it changes one user or many.
//
// When it returns nil, promise 2 of the package documentation holds. It returns within ctx and 5 s. When it returns an
// error, this replica has dropped its data, but the others may not have. It is then retried in the background until Redis
// acknowledges or MaxAge has passed, when the others load again anyway.
func (c *Cache) Invalidate(ctx context.Context, group string) error {
	if c.fault != nil {
		return c.fault
	}
	c.count.invalidations.Add(1)
	// Before, to deny at once; and after, because a snapshot that was installed in between may be older than the change.
	c.drop(group)
	if c.rdb == nil {
		return nil
	}
	err := c.revoke(ctx, group)
	c.drop(group)
	if err == nil || errors.Is(err, ErrClosed) {
		return err
	}
	c.keepRevoking(group)
	return fmt.Errorf("groupcache: group %s is invalidated here only: %w", text.Line(group, maxText), err)
}

func (c *Cache) drop(group string) {
	if g := (*c.groups.Load())[group]; g != nil {
		g.drop("")
	}
}

// revoke puts a new generation in force. The call of the Redis client may outlive it and be acknowledged later, which costs
// one reload.
func (c *Cache) revoke(ctx context.Context, group string) error {
	ctx, cancel := context.WithTimeout(ctx, invalidateTimeout)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	select {
	case c.invalidateSlots <- struct{}{}:
	case <-ctx.Done():
		return c.closedOr(fmt.Errorf("earlier calls hang: %w", context.Cause(ctx)))
	}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		<-c.invalidateSlots
		return ErrClosed
	}
	results := start(c, func() (struct{}, error) {
		defer func() { <-c.invalidateSlots }()
		return struct{}{}, c.newGeneration(ctx, keysFor(c.opts.Prefix, group))
	})
	c.mu.Unlock()
	select {
	case r := <-results:
		if r.Err != nil {
			c.reloadState()
		}
		return c.closedOr(r.Err)
	case <-ctx.Done():
		return c.closedOr(fmt.Errorf("no answer from Redis: %w", context.Cause(ctx)))
	}
}

// closedOr returns err, or ErrClosed if the cache was closed meanwhile.
func (c *Cache) closedOr(err error) error {
	if err != nil && c.ctx.Err() != nil {
		return ErrClosed
	}
	return err
}

// maxRevoking bounds the goroutines of keepRevoking: while Redis is away, an application may revoke groups of any name.
const maxRevoking = 64

// keepRevoking retries in the background, with one goroutine for each group.
func (c *Cache) keepRevoking(group string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.revoking[group] || len(c.revoking) >= maxRevoking {
		return
	}
	c.revoking[group] = true
	c.background.Go(func() {
		defer func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			delete(c.revoking, group)
		}()
		until := c.now() + int64(c.opts.MaxAge)
		t := time.NewTicker(time.Second)
		defer t.Stop()
		for c.now() < until {
			select {
			case <-c.ctx.Done():
				return
			case <-t.C:
			}
			if c.revoke(c.ctx, group) == nil {
				c.drop(group)
				return
			}
		}
	})
}
