package httperrors_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
)

// N52.
func TestError_WithRateLimit(t *testing.T) {
	user := httperrors.RateLimit{Name: "per-user", Quota: 100, Window: time.Minute, Remaining: 0, Reset: 29500 * time.Millisecond}
	day := httperrors.RateLimit{Name: "day", Quota: 5000, Window: 24 * time.Hour, Remaining: 12, Reset: time.Hour}
	tests := []struct {
		name                       string
		err                        *httperrors.Error
		policy, state, after, fail string
	}{
		{"two quotas", httperrors.TooManyRequests("").WithRateLimit(user, day), `"per-user";q=100;w=60, "day";q=5000;w=86400`, `"per-user";r=0;t=30, "day";r=12;t=3600`, "30", ""},
		{"a later Retry-After stays", httperrors.TooManyRequests("").WithRetryAfter(time.Hour).WithRateLimit(user), `"per-user";q=100;w=60`, `"per-user";r=0;t=30`, "3600", ""},
		{"an earlier one does not", httperrors.TooManyRequests("").WithRetryAfter(time.Second).WithRateLimit(user), `"per-user";q=100;w=60`, `"per-user";r=0;t=30`, "30", ""},
		{"a date stays", httperrors.TooManyRequests("").WithRetryAt(time.Unix(0, 0)).WithRateLimit(user), `"per-user";q=100;w=60`, `"per-user";r=0;t=30`, "Thu, 01 Jan 1970 00:00:00 GMT", ""},
		{"no window, no reset", httperrors.ErrConflict.WithRateLimit(httperrors.RateLimit{Name: "a", Quota: 1, Remaining: 1}), `"a";q=1`, `"a";r=1`, "", ""},
		{"negative and huge", httperrors.ErrConflict.WithRateLimit(httperrors.RateLimit{Name: "a", Quota: math.MaxInt64, Remaining: -5, Reset: -1}), `"a";q=999999999999999`, `"a";r=0`, "", ""},
		{"a name with a quote", httperrors.ErrConflict.WithRateLimit(httperrors.RateLimit{Name: `a"\`, Quota: 1, Remaining: 1}), `"a\"\\";q=1`, `"a\"\\";r=1`, "", ""},
		{"no name", httperrors.ErrConflict.WithRateLimit(httperrors.RateLimit{}), "", "", "", `rate limit: "" is not a name`},
		{"a name beyond ASCII", httperrors.ErrConflict.WithRateLimit(httperrors.RateLimit{Name: "ä"}, day), `"day";q=5000;w=86400`, `"day";r=12;t=3600`, "", `rate limit: "ä" is not a name`},
		{"a name with a line end", httperrors.ErrConflict.WithRateLimit(httperrors.RateLimit{Name: "a\r\nX-B: c"}), "", "", "", "is not a name"},
		{"none", httperrors.ErrConflict.WithRateLimit(), "", "", "", "rate limit: 0 quotas"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := tt.err.Header()
			if h.Get("RateLimit-Policy") != tt.policy || h.Get("RateLimit") != tt.state || h.Get("Retry-After") != tt.after {
				t.Errorf("%q, %q, Retry-After %q; want %q, %q, %q", h.Get("RateLimit-Policy"), h.Get("RateLimit"), h.Get("Retry-After"), tt.policy, tt.state, tt.after)
			}
			if !strings.Contains(tt.err.Error(), tt.fail) {
				t.Errorf("Error = %q, want %q in it", tt.err, tt.fail)
			}
		})
	}
	b, _ := json.Marshal(httperrors.TooManyRequests("Slow down.").WithRateLimit(day).WithRateLimit(user))
	const want = `{"type":"https://iana.org/assignments/http-problem-types#quota-exceeded","title":"Request cannot be satisfied as assigned quota has been exceeded",` +
		`"status":429,"detail":"Slow down.","retryable":true,"violated-policies":["per-user"]}`
	if string(b) != want {
		t.Errorf("the document is %s, want %s", b, want)
	}
}
