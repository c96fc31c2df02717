package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/exceptional-go/exceptional/groupcache"
	"github.com/redis/go-redis/v9"
)

// groupTechnical is exceptional's default group, written out for the pages.
const groupTechnical = "Technical Errors"

// demo is everything the replicas share, and the replicas.
type demo struct {
	store     *store
	warehouse *warehouse
	redisURL  string
	redisName string // for people
	log       *slog.Logger
	replicas  []*replica
	change    atomic.Pointer[change] // the last one made on the members page
	failed    chan error             // a server that stopped by itself
	closers   []func() error         // in the order of opening
}

// replica is one copy of the application as a cluster would run it: an Echo, a Redis client and a
// groupcache of its own.
type replica struct {
	name     string
	url      string
	viewers  *groupcache.Cache
	listener net.Listener
}

// start opens everything or nothing.
func start(ctx context.Context, addr string, replicas int, redisURL string, log *slog.Logger) (_ *demo, err error) {
	d := &demo{log: log, failed: make(chan error, replicas)}
	defer func() {
		if err != nil {
			d.Close() // what matters is why it did not start
		}
	}()

	// Ports first: a busy one is the likeliest fault, and nothing has been started yet.
	for i := range replicas {
		if err := d.listen(ctx, addr, i); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "paper-harbour-")
	if err != nil {
		return nil, err
	}
	d.onClose(func() error { return os.RemoveAll(dir) })
	if d.store, err = openStore(ctx, filepath.Join(dir, "shop.db")); err != nil {
		return nil, err
	}
	d.onClose(d.store.Close)
	if d.warehouse, err = startWarehouse(); err != nil {
		return nil, err
	}
	d.onClose(d.warehouse.Close)
	if err := d.chooseRedis(ctx, redisURL); err != nil {
		return nil, err
	}
	for _, r := range d.replicas {
		if err := d.serve(ctx, r); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *demo) onClose(f func() error) { d.closers = append(d.closers, f) }

// Close ends the replicas first and what they stand on last.
func (d *demo) Close() error {
	var errs []error
	for len(d.closers) > 0 {
		last := len(d.closers) - 1
		errs = append(errs, d.closers[last]())
		d.closers = d.closers[:last]
	}
	return errors.Join(errs...)
}

func (d *demo) listen(ctx context.Context, addr string, i int) error {
	at, err := nextPort(addr, i)
	if err != nil {
		return fmt.Errorf("-addr %s: %w; it should look like 127.0.0.1:8080", addr, err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", at)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("another program is using %s; choose another address, for example: go run -C example . -addr 127.0.0.1:%d", at, 8090)
	}
	if err != nil {
		return fmt.Errorf("-addr %s: %w", addr, err)
	}
	d.onClose(func() error {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) { // the server closes it too
			return err
		}
		return nil
	})
	d.replicas = append(d.replicas, &replica{
		name:     fmt.Sprintf("Replica %d", i+1),
		url:      "http://" + browsable(l.Addr()),
		listener: l,
	})
	return nil
}

// browsable turns the address of a listener on all interfaces into one that a browser can open.
func browsable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err == nil && ip.IsUnspecified() {
		return net.JoinHostPort("localhost", port)
	}
	return a.String()
}

// chooseRedis takes the Redis of redisURL, which must answer, or starts one inside the process.
func (d *demo) chooseRedis(ctx context.Context, redisURL string) error {
	redis.SetLogger(quietRedis{d.log})
	if redisURL == "" {
		mini := miniredis.NewMiniRedis()
		if err := mini.Start(); err != nil {
			return fmt.Errorf("start the built-in Redis: %w", err)
		}
		d.onClose(func() error { mini.Close(); return nil })
		d.redisURL, d.redisName = "redis://"+mini.Addr(), "built in (set REDIS_URL to use a real one)"
		return nil
	}
	name := withoutPassword(redisURL)
	rdb, err := newRedis(redisURL)
	if err != nil {
		return fmt.Errorf("REDIS_URL: %w", oneLine(err))
	}
	defer rdb.Close()
	if err := ping(ctx, rdb, 3*time.Second); err != nil {
		return fmt.Errorf("cannot use Redis at %s: %w (unset REDIS_URL to use the built-in one)", name, oneLine(err))
	}
	d.redisURL, d.redisName = redisURL, name
	return nil
}

// oneLine keeps a message on the one line that was promised, and without the password that a
// parser's complaint may quote.
func oneLine(err error) error {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if _, after, ok := strings.Cut(text, `parse "`); ok {
		if _, reason, ok := strings.Cut(after, `": `); ok {
			text = reason
		}
	}
	return errors.New(text)
}

// quietRedis sends go-redis' own lines to the log at debug level: the cache reports what matters.
type quietRedis struct{ log *slog.Logger }

func (q quietRedis) Printf(ctx context.Context, format string, v ...any) {
	q.log.DebugContext(ctx, fmt.Sprintf(format, v...), "from", "go-redis")
}

// serve gives a replica its own client, cache and Echo, and starts to answer.
func (d *demo) serve(ctx context.Context, r *replica) error {
	rdb, err := newRedis(d.redisURL)
	if err != nil {
		return fmt.Errorf("REDIS_URL: %w", oneLine(err))
	}
	d.onClose(rdb.Close)
	r.viewers = groupcache.New(rdb, d.store.Members(), groupcache.Options{Logger: d.log.With("replica", r.name)})
	d.onClose(r.viewers.Close)
	// The first question loads the group. Asked here, it does not have to be answered within the
	// 50 ms that a failing request waits.
	if _, err := r.member(ctx, "nobody"); err != nil {
		d.log.WarnContext(ctx, "the group's members are not known yet", "error", err)
	}

	e, responder, err := newShop(d, r)
	if err != nil {
		return err
	}
	d.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		return responder.Close(ctx)
	})
	server := &http.Server{
		Handler:           e,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		ErrorLog:          slog.NewLogLogger(d.log.Handler(), slog.LevelWarn),
	}
	d.onClose(func() error {
		// Requests under way may end; one that does not is cut off.
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			return server.Close()
		}
		return nil
	})
	go func() {
		if err := server.Serve(r.listener); !errors.Is(err, http.ErrServerClosed) {
			d.failed <- fmt.Errorf("%s: %w", r.name, err)
		}
	}()
	return nil
}
