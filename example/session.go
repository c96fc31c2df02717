package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/labstack/echo/v4"
)

// cookieName holds the visitor's name in plain text, which is fit for a demo and for nothing else:
// a real shop signs its sessions.
const cookieName = "demo_user"

// identify tells exceptional who asks. It reads the request itself and does not rely on a
// middleware that may not have run: a request that no route matches fails too, and alice wants to
// see why.
func (s *shop) identify(c echo.Context) (exceptional.User, error) {
	u, err := s.visitor(c)
	return exceptional.User{ID: u.Name, Superuser: u.Superuser}, err
}

// visitor is the user of the request's cookie, the zero user for a stranger.
func (s *shop) visitor(c echo.Context) (user, error) {
	cookie, err := c.Cookie(cookieName)
	if err != nil || cookie.Value == "" {
		return user{}, nil
	}
	// The request's own context may be over: that is one of the ways to fail.
	ctx, cancel := background(c)
	defer cancel()
	return s.userOrStranger(ctx, cookie.Value)
}

func (s *shop) userOrStranger(ctx context.Context, name string) (user, error) {
	u, err := s.store.User(ctx, name)
	if errors.Is(err, sql.ErrNoRows) {
		return user{}, nil
	}
	return u, err
}

// signIn is the click. An empty name signs out.
func (s *shop) signIn(c echo.Context) error {
	u, err := s.userOrStranger(c.Request().Context(), c.FormValue("name"))
	if err != nil {
		return err
	}
	cookie := &http.Cookie{Name: cookieName, Value: u.Name, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if u.Name == "" {
		cookie.MaxAge = -1
	}
	c.SetCookie(cookie)
	return c.Redirect(http.StatusSeeOther, here(c.FormValue("next")))
}

// here keeps a redirect on this site: //elsewhere and /\elsewhere are other hosts to a browser.
func here(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

// superusersOnly guards the members page.
func (s *shop) superusersOnly(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u, err := s.visitor(c)
		if err != nil {
			return err
		}
		if !u.Superuser {
			return httperrors.Forbidden("Only alice and carol may change who belongs to a group. Sign in as one of them on the start page.")
		}
		return next(c)
	}
}
