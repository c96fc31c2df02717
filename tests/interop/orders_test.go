package interop_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

// failuresByRoute are what the handlers do; each has a route of its own.
var failuresByRoute = []struct {
	name     string
	handler  echo.HandlerFunc
	status   int
	body     string // a piece of it
	reported bool
	panics   bool
}{
	{"own-404", func(echo.Context) error { return httperrors.NotFound("No such order.") }, 404, "No such order.", false, false},
	{"own-409", func(echo.Context) error { return httperrors.Conflict("Changed.") }, 409, "Changed.", false, false},
	{"own-500", func(echo.Context) error { return httperrors.InternalServerError("Broken.") }, 500, "Broken.", true, false},
	{"silent-500", func(echo.Context) error { return httperrors.New(500, "Known.").WithReport(false) }, 500, "Known.", false, false},
	{"foreign", func(echo.Context) error { return errors.New("connection refused") }, 500, `"status":500`, true, false},
	{"echo-502", func(echo.Context) error { return echo.NewHTTPError(502, "upstream") }, 502, `"status":502`, true, false},
	{"panic", func(echo.Context) error { panic("boom") }, 500, `"status":500`, true, true},
	{"panic-error", func(echo.Context) error { panic(errors.New("boom")) }, 500, `"status":500`, true, true},
	{"committed", func(c echo.Context) error {
		if err := c.String(200, "half"); err != nil {
			return err
		}
		return errors.New("too late")
	}, 200, "half", true, false},
}

// tells answers an error and returns it as well.
var tells = named{"tells", func(*exceptional.Responder) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			err := next(c)
			if err != nil {
				c.Error(err)
			}
			return err
		}
	}
}}

// everyOrder calls test with theirs, a Recover, Responder.Middleware and tells in every order. through says that a panic goes
// through theirs.
func everyOrder(t *testing.T, theirs named, test func(t *testing.T, order []named, through bool)) {
	middleware := named{"Middleware", func(r *exceptional.Responder) echo.MiddlewareFunc { return r.Middleware() }}
	for _, recovers := range []named{
		{"Recover", func(*exceptional.Responder) echo.MiddlewareFunc { return exceptional.Recover() }},
		{"Recover of Echo", func(*exceptional.Responder) echo.MiddlewareFunc { return quietRecover() }},
	} {
		for _, order := range orders([]named{theirs, recovers, middleware, tells}) {
			var names []string
			for _, m := range order {
				names = append(names, m.name)
			}
			through := slices.Index(names, theirs.name) > slices.Index(names, recovers.name)
			t.Run(strings.Join(names, " > "), func(t *testing.T) { test(t, order, through) })
		}
	}
}

func orders(ms []named) (all [][]named) {
	if len(ms) == 0 {
		return [][]named{nil}
	}
	for i, m := range ms {
		for _, rest := range orders(slices.Delete(slices.Clone(ms), i, i+1)) {
			all = append(all, append([]named{m}, rest...))
		}
	}
	return all
}
