package exceptional_test

import (
	"errors"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

// Mistakes that Echo makes easy are remarked upon in the log, and the answer is right all the same.
func TestFootguns(t *testing.T) {
	t.Cleanup(func() { echo.ErrBadGateway.Internal = nil })
	a := newApp(t, exceptional.Config{})
	a.GET("/shared", func(echo.Context) error { return echo.ErrBadGateway.SetInternal(errors.New("of another request")) })
	a.fails("/copy", echo.ErrServiceUnavailable.WithInternal(errors.New("x")))
	a.fails("/401", httperrors.New(401, "").WithReport(true))
	a.fails("/401-challenge", httperrors.Unauthorized("", httperrors.Basic("x")).WithReport(true))
	for _, tt := range []struct {
		path   string
		status int
		want   string
	}{{"/copy", 503, ""}, {"/shared", 502, "SetInternal"}, {"/401", 401, "WWW-Authenticate"}, {"/401-challenge", 401, ""}} {
		a.logs.buf.Reset()
		res := a.get(tt.path, "Accept", api)
		if res.StatusCode != tt.status {
			t.Errorf("%s: %d", tt.path, res.StatusCode)
		}
		lacks(t, body(t, res), "of another request")
		if tt.want != "" {
			contains(t, a.logs.text(), `"warnings"`, tt.want)
		} else {
			lacks(t, a.logs.text(), `"warnings"`)
		}
	}
}
