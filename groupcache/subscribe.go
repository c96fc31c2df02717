package groupcache

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/exceptional-go/exceptional/internal/guard"
)

const (
	pingEvery     = time.Second
	subscribeMin  = 100 * time.Millisecond
	subscribeMax  = 10 * time.Second
	maxUnanswered = 2 // pings
)

// subscribe receives the messages of other replicas, so that changes are seen sooner. Nothing depends on it: it may receive
// nothing without an error, as after a failover of Sentinel, when it has a healthy connection to the old master
// (centrifugal/centrifuge#594).
//
// PubSub.Channel is not used, because its health check sends pings and never misses the answers (redis/go-redis#3811).
func (g *group) subscribe() {
	pause := subscribeMin
	for g.ctx.Err() == nil {
		received := false
		_ = guard.Call(func() { received = g.listen() }) // Ring.Subscribe panics when no shard is up
		if pause = min(2*pause, subscribeMax); received {
			pause = subscribeMin
		}
		t := time.NewTimer(pause + time.Duration(jitter(int(pause/4))))
		select {
		case <-g.ctx.Done():
		case <-t.C:
		}
		t.Stop()
	}
}

// listen subscribes, and returns when the subscription ends. It reports whether anything was received.
func (g *group) listen() (received bool) {
	ps := g.c.rdb.Subscribe(g.ctx, g.keys.channel)
	defer ps.Close()
	defer context.AfterFunc(g.ctx, func() { ps.Close() })()
	for unanswered := 0; ; {
		msg, err := ps.ReceiveTimeout(g.ctx, pingEvery)
		var timeout net.Error
		switch {
		case g.ctx.Err() != nil:
			return received
		case errors.As(err, &timeout) && timeout.Timeout():
			if unanswered++; unanswered > maxUnanswered || ps.Ping(g.ctx) != nil {
				return received
			}
			continue
		case err != nil:
			return received
		}
		received, unanswered = true, 0
		switch msg := msg.(type) {
		case *redis.Subscription:
			g.wake() // earlier messages were missed
		case *redis.Message:
			g.onMessage(msg.Payload)
		}
	}
}

// onMessage treats a message as a hint only, because anyone who can reach Redis may have sent it.
func (g *group) onMessage(message string) {
	kind, what, _ := strings.Cut(message, " ")
	switch kind {
	case "I":
		g.drop(what)
	case "L":
		if s := g.snap.Load(); s == nil || s.id != what {
			g.wake()
		}
	default:
		g.wake()
	}
}
