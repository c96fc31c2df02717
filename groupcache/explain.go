package groupcache

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/redis/go-redis/v9"
)

// unknownError says why it is not known whether somebody is a member.
type unknownError struct {
	reason string
	cause  error
}

func (e *unknownError) Error() string { return "groupcache: unknown: " + e.reason }
func (e *unknownError) Unwrap() error { return e.cause }

// unknown makes the error for a question that was not answered; ended is why it is not waited for any longer, if it was.
func (g *group) unknown(ended error) error {
	reason, cause := g.reason()
	if ended != nil {
		reason += " (" + ended.Error() + ")"
		cause = errors.Join(ended, cause)
	}
	return &unknownError{reason, cause}
}

// reason tells why there is no answer at the moment.
func (g *group) reason() (string, error) {
	g.mu.Lock()
	s, retryAt := g.status, g.retryAt
	g.mu.Unlock()
	now := g.c.now()
	var parts []string
	if s.downSince != 0 {
		parts = append(parts, down(s, now))
	}
	switch {
	case g.c.ctx.Err() != nil:
		return "the cache is closed", ErrClosed
	case s.loading != 0:
		parts = append(parts, "loading since "+since(now-s.loading))
	case s.loadErr != nil && now < retryAt:
		parts = append(parts, fmt.Sprintf("loading failed %s ago, next attempt in %s: %s",
			since(now-s.failedAt), since(retryAt-now), errText(s.loadErr)))
	case s.elsewhere:
		parts = append(parts, "another replica is loading")
	case s.downSince == 0:
		parts = append(parts, "nothing heard yet")
	}
	return strings.Join(parts, "; "), errors.Join(s.downErr, s.loadErr)
}

func down(s status, now int64) string {
	what := "unreachable"
	if errors.As(s.downErr, new(redis.Error)) {
		what = "refusing"
	}
	return fmt.Sprintf("Redis %s since %s (%s)", what, since(now-s.downSince), errText(s.downErr))
}

// Explain says in a few words, for a log, what IsMember would answer at this moment, and why: "member", "not a member",
// "group missing for another 41 min", "unknown: Redis unreachable since 12 s (…)". It asks nobody, waits for nothing and
// starts nothing; about a group that was not asked for lately it knows nothing.
func (c *Cache) Explain(group, user string) string {
	if c.fault != nil {
		return "unknown: " + errText(c.fault)
	}
	if c.ctx.Err() != nil {
		return "unknown: the cache is closed"
	}
	g := (*c.groups.Load())[group]
	if g == nil {
		return "unknown: not asked lately"
	}
	s, now := g.snap.Load(), c.now()
	if s == nil || now >= s.lease.Load() {
		reason, _ := g.reason()
		return "unknown: " + reason
	}
	text := "not a member"
	if s.missing {
		text = "group missing for another " + since(s.hard-now)
	} else if _, ok := s.members[user]; ok {
		text = "member"
	}
	g.mu.Lock()
	st := g.status
	g.mu.Unlock()
	if st.downSince != 0 {
		text += "; " + down(st, now)
	}
	return text
}

// since writes a duration as people say it.
func since(ns int64) string {
	switch d := time.Duration(max(ns, 0)); {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int64(d.Round(time.Second).Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int64(d.Round(time.Minute).Minutes()))
	default:
		return fmt.Sprintf("%d h", int64(d.Round(time.Hour).Hours()))
	}
}

const maxText = 300

// errText is an error for a line of a log: bounded, and without control characters, since it may quote names.
func errText(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = "an error whose Error method panics"
		}
	}()
	return printable(err.Error())
}

func printable(s string) string {
	if len(s) > maxText {
		s = s[:maxText] + "…"
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		return strconv.Quote(s)
	}
	return s
}
