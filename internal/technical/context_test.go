package technical_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/technical"
)

// A cancelled context does not mean that the client has disconnected: Echo's Timeout and ContextTimeout cancel it on the way
// out, and the client reads the page.
func TestContext(t *testing.T) {
	cancelled, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("the cart was replaced"))
	late, cancelLate := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer cancelLate()
	for _, tt := range []struct {
		name         string
		ctx          context.Context
		err          error
		disconnected bool
		state, cause string
		verdict      []string
	}{
		{"alive", context.Background(), io.EOF, false, "alive", "", []string{"was alive", "The client was still connected."}},
		{"cancelled by a middleware", cancelled, io.EOF, false, "canceled", "the cart was replaced", []string{"has been cancelled", "The client was still connected."}},
		{"the client has disconnected", cancelled, io.EOF, true, "canceled", "the cart was replaced", []string{"has been cancelled", "The client had disconnected."}},
		{"late", late, io.EOF, false, "deadline exceeded", "", []string{"has passed", "The client was still connected."}},
		{"late in a call", context.Background(), context.DeadlineExceeded, false, "alive", "", []string{"another one, of a call"}},
	} {
		req := httptest.NewRequest("GET", "/", nil).WithContext(tt.ctx)
		r := reportOf(t, debugview.Options{}, &technical.Input{Err: tt.err, Request: req, ClientDisconnected: tt.disconnected})
		got := r.Context
		if got.State != tt.state || got.Cause != tt.cause || got.ClientDisconnected != tt.disconnected {
			t.Errorf("%s: context = %+v", tt.name, got)
		}
		for _, want := range tt.verdict {
			if !strings.Contains(got.Verdict, want) {
				t.Errorf("%s: verdict %q has no %q", tt.name, got.Verdict, want)
			}
		}
	}
}
