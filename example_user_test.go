package exceptional_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
)

// support is a group with one member. In an application this is a *groupcache.Cache.
type support struct{}

func (support) IsMember(_ context.Context, _, user string) (bool, error) { return user == "alice", nil }

// While somebody from support is signed in as a customer, the one who really acts decides: User returns that one. The session
// middleware leaves what it knows in the context. It leaves nothing where it has not run, for paths that match no route and
// for errors of Pre middleware: that is nobody, not a failure.
func ExampleConfig_impersonation() {
	type session struct {
		UserID, ActingAs string
		Superuser        bool // UserID's, from the server; a string "true" would be somebody's input
	}
	cfg := exceptional.Config{
		User: func(c echo.Context) (exceptional.User, error) {
			s, ok := c.Get("session").(*session)
			if !ok || s == nil {
				return exceptional.User{}, nil
			}
			return exceptional.User{ID: s.UserID, Superuser: s.Superuser}, nil // not s.ActingAs
		},
		Viewers: support{},
		Logger:  slog.New(slog.DiscardHandler),
	}
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(cfg)
	e.GET("/", func(c echo.Context) error {
		switch c.QueryParam("who") {
		case "alice as bob":
			c.Set("session", &session{UserID: "alice", Superuser: true, ActingAs: "bob"})
		case "bob as alice":
			c.Set("session", &session{UserID: "bob", ActingAs: "alice"})
		}
		return errors.New("the cause")
	})
	for _, who := range []string{"alice as bob", "bob as alice", "nobody"} {
		req := httptest.NewRequest("GET", "/?who="+strings.ReplaceAll(who, " ", "+"), nil)
		req.Header.Set("Accept", "text/html")
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, req)
		fmt.Println(who, strings.Contains(rec.Body.String(), "the cause"))
	}
	// Output:
	// alice as bob true
	// bob as alice false
	// nobody false
}
