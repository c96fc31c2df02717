package httperrors

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/problem"
)

// RateLimit is the state of one quota, as draft-ietf-httpapi-ratelimit-headers-10 describes it. It is plain data and
// public. The zero RateLimit has no name and is refused.
type RateLimit struct {
	Name      string        // the name of the policy, printable ASCII: "per-user"
	Quota     int64         // how many requests the policy allows
	Window    time.Duration // in which time; 0 if it has no window
	Remaining int64         // how many are left; less than nothing is nothing
	Reset     time.Duration // until when they must do; 0 if that is not known
}

// quotaExceeded is the problem type that the draft registers for a client that has used up a quota.
const quotaExceeded = "https://iana.org/assignments/http-problem-types#quota-exceeded"

// WithRateLimit returns a copy of e that tells the client its quotas, in the fields RateLimit-Policy and RateLimit, in
// place of those that e had. If one is used up, Retry-After is made not to be earlier than its reset, and a 429 without a
// type of its own becomes a problem of the registered type quota-exceeded, which lists the quotas that are.
func (e *Error) WithRateLimit(limits ...RateLimit) *Error {
	c := e.derive()
	var policies, states, violated []string
	var wait time.Duration
	for _, l := range limits {
		name, ok := sfString(l.Name)
		if !ok {
			c.refuse("rate limit: %.100q is not a name", l.Name)
			continue
		}
		policy := name + ";q=" + sfInteger(l.Quota)
		if l.Window > 0 {
			policy += ";w=" + retryAfter(l.Window)
		}
		state := name + ";r=" + sfInteger(l.Remaining)
		if l.Reset > 0 {
			state += ";t=" + retryAfter(l.Reset)
		}
		policies, states = append(policies, policy), append(states, state)
		if l.Remaining <= 0 {
			violated = append(violated, l.Name)
			wait = max(wait, l.Reset)
		}
	}
	if len(states) == 0 || len(states) > maxValues {
		c.refuse("rate limit: %d quotas", len(states))
		return c
	}
	c.putHeader("Ratelimit-Policy", strings.Join(policies, ", "))
	c.putHeader("Ratelimit", strings.Join(states, ", "))
	if wait > 0 {
		c.delay(wait)
	}
	if c.status == 429 && c.extra().typeURI == "" && len(violated) > 0 {
		const member = "violated-policies" // the hyphen is the draft's
		x := c.grow()
		x.typeURI, x.title = quotaExceeded, "Request cannot be satisfied as assigned quota has been exceeded"
		x.extensions = slices.DeleteFunc(slices.Clone(x.extensions), func(m problem.Member) bool { return m.Name == member })
		x.extensions = append(x.extensions, problem.Member{Name: member, Value: violated})
	}
	return c
}

// delay sets Retry-After to d unless it is later already. A date stays as it is: to compare it would take a clock, and
// who gave it knew what it was for.
func (e *Error) delay(d time.Duration) {
	want := retryAfter(d)
	if have := e.header["Retry-After"]; len(have) > 0 {
		n, err := strconv.ParseInt(have[0], 10, 64)
		if w, _ := strconv.ParseInt(want, 10, 64); err != nil || n >= w {
			return
		}
	}
	e.putHeader("Retry-After", want)
}

// sfString returns s as a string of RFC 9651, section 3.3.3.
func sfString(s string) (string, bool) {
	if s == "" || len(s) > 256 {
		return "", false
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c > '~':
			return "", false
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			fallthrough
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String(), true
}

// sfInteger returns n, which is not negative, as an integer of RFC 9651, section 3.3.1: 15 digits at most.
func sfInteger(n int64) string {
	return strconv.FormatInt(min(max(n, 0), 999_999_999_999_999), 10)
}
