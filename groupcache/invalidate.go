package groupcache

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// invalidateTimeout bounds Invalidate for callers whose context does not.
const invalidateTimeout = 5 * time.Second

// Invalidate makes all replicas forget what they know of group: its members, or that there is none. Call it after every
// change in the source that must not wait for MaxAge; for one user or for many, it is the same.
//
// When it returns nil, promise 2 of the package documentation holds. It returns within ctx and 5 s. When it returns an
// error, this replica has forgotten, but the others may not have; it is tried again in the background until Redis
// acknowledges or MaxAge has passed, which is when the others know anyway.
func (c *Cache) Invalidate(ctx context.Context, group string) error {
	if c.fault != nil {
		return c.fault
	}
	c.count.invalidations.Add(1)
	// Before, to deny at once; and after, because what was installed in between may have been loaded before the change.
	c.drop(group)
	if c.rdb == nil {
		return nil
	}
	err := c.revoke(ctx, group)
	c.drop(group)
	switch {
	case err == nil, errors.Is(err, ErrClosed):
		return err
	}
	c.keepRevoking(group)
	return fmt.Errorf("groupcache: group %s is invalidated here only: %w", printable(group), err)
}

func (c *Cache) drop(group string) {
	if g := (*c.groups.Load())[group]; g != nil {
		g.drop("")
	}
}

// revoke puts a new generation in force. The call of the Redis client may outlive it, and be acknowledged later: that is
// one reload too many.
func (c *Cache) revoke(ctx context.Context, group string) error {
	ctx, cancel := context.WithTimeout(ctx, invalidateTimeout)
	stop := context.AfterFunc(c.ctx, cancel)
	done := make(chan error, 1)
	select {
	case c.invalidates <- struct{}{}:
	case <-ctx.Done():
		stop()
		cancel()
		return c.closedOr(fmt.Errorf("earlier calls hang: %w", context.Cause(ctx)))
	}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		<-c.invalidates
		stop()
		cancel()
		return ErrClosed
	}
	c.background.Go(func() {
		err := errors.New("the Redis client panicked")
		defer func() {
			_ = recover()
			<-c.invalidates
			done <- err
			stop()
			cancel() // after done: see below
		}()
		err = c.newGeneration(ctx, keysFor(c.opts.Prefix, group))
	})
	c.mu.Unlock()
	select {
	case err := <-done:
		if err != nil {
			c.reloadState()
		}
		return c.closedOr(err)
	case <-ctx.Done():
		select {
		case err := <-done: // the call's end is what ended ctx
			return c.closedOr(err)
		default:
			return c.closedOr(fmt.Errorf("no answer from Redis: %w", context.Cause(ctx)))
		}
	}
}

// closedOr returns err, or that the cache was closed if that is why.
func (c *Cache) closedOr(err error) error {
	if err != nil && c.ctx.Err() != nil {
		return ErrClosed
	}
	return err
}

// keepRevoking tries again in the background, once for any number of failed calls.
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

// maxRevoking bounds the goroutines of keepRevoking; more groups at once than that is not what it is for.
const maxRevoking = 64
