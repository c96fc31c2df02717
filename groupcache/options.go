package groupcache

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Options are the options of [New], with useful zero values.
//
// With a negative duration or number, or a Prefix with braces or control characters, every question and Invalidate return an
// error that lists all mistakes. Values that are too small or too large are brought into the range given.
type Options struct {
	// Prefix begins all keys and the channel; "exceptional:groups:" if empty. Replicas of one application share it;
	// applications that share a database must not: they would share their groups.
	Prefix string
	// MaxAge is how long members may be used after the loader started to read them; 60 s if zero, at least 1 s. The cache
	// loads again before that, in the last quarter.
	MaxAge time.Duration
	// MissingTTL is how long "no such group" is cached; 1 h if zero, at least 1 s.
	MissingTTL time.Duration
	// Lease is how long a replica may use its data without asking Redis whether it was revoked; 5 s if zero, from 500 ms
	// to MaxAge. It asks five times as often.
	Lease time.Duration
	// LoadTimeout bounds a loader's run and the wait for it; 5 s if zero, at least 10 ms, at most a minute.
	LoadTimeout time.Duration
	// NoFallback denies while Redis is unreachable. Otherwise the loader is called directly.
	NoFallback bool
	// MaxGroups bounds how many groups are kept at a time; 64 if zero. Each has two goroutines and a connection.
	MaxGroups int
	// Logger gets a record when loading fails, and when Redis becomes unreachable and when it is back; slog.Default() if
	// nil.
	Logger *slog.Logger
}

// withDefaults returns the options with useful values in place of zero, and an error that lists all mistakes.
func (o Options) withDefaults() (Options, error) {
	var faults []error
	negative := func(field string) {
		faults = append(faults, fmt.Errorf("groupcache: Options.%s is negative", field))
	}
	fill := func(field string, d *time.Duration, zero, low, high time.Duration) {
		switch {
		case *d < 0:
			negative(field)
		case *d == 0:
			*d = zero
		}
		*d = min(max(*d, low), high)
	}
	const forever = 100 * 365 * 24 * time.Hour
	fill("MaxAge", &o.MaxAge, time.Minute, time.Second, forever)
	fill("MissingTTL", &o.MissingTTL, time.Hour, time.Second, forever)
	fill("Lease", &o.Lease, 5*time.Second, 500*time.Millisecond, o.MaxAge)
	fill("LoadTimeout", &o.LoadTimeout, 5*time.Second, 10*time.Millisecond, time.Minute)
	switch {
	case o.MaxGroups < 0:
		negative("MaxGroups")
	case o.MaxGroups == 0:
		o.MaxGroups = 64
	}
	// Braces would move the hash tag, and with it the keys of a group into different slots of a cluster.
	if strings.ContainsFunc(o.Prefix, func(r rune) bool { return r == '{' || r == '}' || r < ' ' || r == 0x7f }) {
		faults = append(faults, errors.New("groupcache: Options.Prefix contains braces or control characters"))
	}
	if o.Prefix == "" {
		o.Prefix = "exceptional:groups:"
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, errors.Join(faults...)
}

// lockTTL is long enough for the loader to run and for its result to be published; no other replica may load meanwhile.
func (o *Options) lockTTL() time.Duration { return max(2*o.LoadTimeout, 2*time.Second) }

// headerTTL outlasts every entry: without the header an absence is not used.
func (o *Options) headerTTL() time.Duration {
	return max(24*time.Hour, o.MissingTTL+time.Hour, o.MaxAge+time.Hour)
}
