package groupcache

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/text"
)

// unknownError says why a question could not be answered.
type unknownError struct {
	reason string
	cause  error
}

func (e *unknownError) Error() string { return "groupcache: unknown: " + e.reason }
func (e *unknownError) Unwrap() error { return e.cause }

// unknown returns the error for a question that could not be answered. waiting is why the wait for an answer ended; nil if
// there was no wait.
func (g *group) unknown(waiting error) error {
	reason, cause := g.reason()
	if waiting != nil {
		reason += " (" + waiting.Error() + ")"
		cause = errors.Join(waiting, cause)
	}
	return &unknownError{reason, cause}
}

// reason says why there is no answer at the moment.
func (g *group) reason() (string, error) {
	g.mu.Lock()
	s, retryAt := g.status, g.retryAt
	g.mu.Unlock()
	now := g.c.now()
	why := ""
	switch {
	case g.c.ctx.Err() != nil:
		return "the cache is closed", ErrClosed
	case s.loading != 0:
		why = "loading since " + since(now-s.loading)
	case s.loadErr != nil && now < retryAt:
		why = fmt.Sprintf("loading failed %s ago, next attempt in %s: %s", since(now-s.failedAt), since(retryAt-now), errText(s.loadErr))
	case s.elsewhere:
		why = "another replica is loading"
	case s.downSince == 0:
		why = "no data yet"
	}
	if s.downSince != 0 {
		why = strings.TrimSuffix(down(s, now)+"; "+why, "; ")
	}
	return why, errors.Join(s.downErr, s.loadErr)
}

func down(s status, now int64) string {
	what := "unreachable"
	if errors.As(s.downErr, new(redis.Error)) {
		what = "refusing"
	}
	return fmt.Sprintf("Redis %s since %s (%s)", what, since(now-s.downSince), errText(s.downErr))
}

// Explain describes IsMember's answer at this moment and its reason in a few words, for a log: "member", "not a member",
// "group missing for another 41 min", "unknown: Redis unreachable since 12 s (…)". It does no I/O, does not wait and starts
// nothing. The answer for a group without recent questions is unknown.
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
	s, now := g.current(), c.now()
	if s == nil {
		reason, _ := g.reason()
		return "unknown: " + reason
	}
	says := "not a member"
	if s.missing {
		says = "group missing for another " + since(s.expiresAt-now)
	} else if _, ok := s.members[user]; ok {
		says = "member"
	}
	g.mu.Lock()
	st := g.status
	g.mu.Unlock()
	if st.downSince != 0 {
		says += "; " + down(st, now)
	}
	return says
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

// maxText bounds names and errors in a log line, in bytes.
const maxText = 300

// errText is an error for a line of a log.
func errText(err error) string { return text.Line(errtree.Text(err), maxText) }
