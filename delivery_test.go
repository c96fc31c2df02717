package exceptional_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/report"
)

// F33 for clients that know less than HTTP/1.1, and for those that have been sent something before the answer.
func TestDeliveryOverOldAndNewHTTP(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.Use(a.responder.Middleware())
	a.fails("/broken", errors.New(canary))
	a.GET("/hints", func(c echo.Context) error {
		c.Response().Header().Set("Link", "</s.css>; rel=preload")
		c.Response().Writer.WriteHeader(http.StatusEarlyHints)
		return errors.New(canary)
	})
	s := real(t, a)

	t.Run("HTTP/1.0", func(t *testing.T) {
		for _, user := range []string{"alice+super", "bob"} {
			res := wire(t, s, "GET /broken HTTP/1.0\r\nX-User: "+user+"\r\nAccept: text/html\r\n\r\n")
			b := body(t, res)
			if res.StatusCode != 500 || !res.Close || isTechnical(b) != (user != "bob") || !strings.Contains(b, "</html>") {
				t.Errorf("%s: %d, closes %v, technical %v", user, res.StatusCode, res.Close, isTechnical(b))
			}
		}
	})
	t.Run("after 103 Early Hints", func(t *testing.T) {
		for _, user := range []string{"alice+super", "bob"} {
			hints := 0
			req := earlyHints(t, s, "/hints", user, &hints)
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			b := body(t, res)
			if hints != 1 || res.StatusCode != 500 || isTechnical(b) != (user != "bob") {
				t.Errorf("%s: %d hints, %d, technical %v", user, hints, res.StatusCode, isTechnical(b))
			}
		}
	})
}

func earlyHints(t *testing.T, s *httptest.Server, path, user string, hints *int) *http.Request {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", browser)
	req.Header.Set("X-User", user)
	return req.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
			if code == http.StatusEarlyHints {
				*hints++
			}
			return nil
		},
	}))
}

// A page that fails is the application's fault, and known to nobody but us. A logger in production lets no 404 through, and
// must let this one.
func TestPageFails_loggedInProduction(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  exceptional.Config
	}{
		{"no reporters", exceptional.Config{}},
		{"a reporter", exceptional.Config{Reporters: []report.Reporter{new(witness)}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var l logs
			tt.cfg.Logger = slog.New(slog.NewJSONHandler(&l, &slog.HandlerOptions{Level: slog.LevelWarn}))
			tt.cfg.Renderer = rendererFunc(func(echo.Context) error { return errors.New("no such field") })
			a := newApp(t, tt.cfg)
			if res := a.get("/nowhere", "Accept", browser); res.StatusCode != 404 {
				t.Errorf("status %d", res.StatusCode)
			}
			records := l.records(t)
			if len(records) != 1 || records[0]["level"] != "ERROR" || !strings.Contains(l.text(), "no such field") {
				t.Errorf("log: %s", l.text())
			}
			for _, r := range tt.cfg.Reporters {
				if n := len(r.(*witness).told(t, a.responder)); n != 1 {
					t.Errorf("%d reports, want 1", n)
				}
			}
		})
	}
}

// What one client is told may be kept for the next only if nothing of the request is in it. A request in absolute form without
// a path must not decide what everybody's page says of theirs.
func TestKeptAnswerHasNothingOfTheRequest(t *testing.T) {
	a := newApp(t, exceptional.Config{
		Logger:    slog.New(slog.DiscardHandler),
		Templates: fstest.MapFS{"http_responses/4xx.html": {Data: []byte("<p>path=[{{.Path}}] {{.Message}}")}},
	})
	a.fails("/conflict", echo.NewHTTPError(409, "Changed meanwhile."))
	a.Pre(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := c.QueryParam("error"); err != "" {
				return echo.NewHTTPError(409, "Changed meanwhile.")
			}
			return next(c)
		}
	})
	s := real(t, a)
	for _, query := range []string{"", "?error=409"} {
		for range 4 {
			if res := wire(t, s, "GET http://x"+query+" HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n"); !strings.Contains(body(t, res), "path=[]") {
				t.Fatal("the path was not empty")
			}
		}
		if b := body(t, a.get("/after"+query, "Accept", browser)); !strings.Contains(b, "path=[/after]") {
			t.Errorf("%q: %s", query, b)
		}
	}
}
