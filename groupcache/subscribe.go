package groupcache

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

const (
	pingEvery     = time.Second
	subscribeMin  = 100 * time.Millisecond
	subscribeMax  = 10 * time.Second
	pingsUnheeded = 2
)

// subscribe listens to what other replicas do, to be quick. Nothing depends on it: it can be deaf without knowing, as
// after a failover of Sentinel, when it sits on the old master with a healthy connection (centrifugal/centrifuge#594).
//
// PubSub.Channel is not used, because its health check sends pings and never misses the answers (redis/go-redis#3811).
func (g *group) subscribe() {
	pause := subscribeMin
	for g.ctx.Err() == nil {
		heard, _ := g.listen()
		if pause = min(2*pause, subscribeMax); heard {
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

var errDeaf = errors.New("no answer to pings")

// listen subscribes and returns when that ends. heard tells whether anything came.
func (g *group) listen() (heard bool, err error) {
	defer func() { // Ring.Subscribe panics when no shard is up
		if p := recover(); p != nil {
			err = fmt.Errorf("the Redis client panicked: %s", errtree.Print(p))
		}
	}()
	ps := g.c.rdb.Subscribe(g.ctx, g.keys.channel)
	defer ps.Close()
	defer context.AfterFunc(g.ctx, func() { ps.Close() })()
	for unheeded := 0; ; {
		msg, err := ps.ReceiveTimeout(g.ctx, pingEvery)
		var timeout net.Error
		switch {
		case g.ctx.Err() != nil:
			return heard, g.ctx.Err()
		case errors.As(err, &timeout) && timeout.Timeout():
			if unheeded++; unheeded > pingsUnheeded {
				return heard, errDeaf
			}
			if err := ps.Ping(g.ctx); err != nil {
				return heard, err
			}
			continue
		case err != nil:
			return heard, err
		}
		heard, unheeded = true, 0
		switch msg := msg.(type) {
		case *redis.Subscription:
			g.hurry() // messages were missed before
		case *redis.Message:
			g.hear(msg.Payload)
		}
	}
}

// hear takes a message for no more than a hint: anybody may have sent it.
func (g *group) hear(message string) {
	kind, what, _ := strings.Cut(message, " ")
	switch kind {
	case "I":
		g.drop(what)
	case "L":
		if s := g.snap.Load(); s == nil || s.id != what {
			g.hurry()
		}
	default:
		g.hurry()
	}
}
