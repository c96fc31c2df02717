package exceptional_test

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// In a link that resets a password, the path is the secret: neither the log nor a reporter gets it.
func TestSecretInThePath(t *testing.T) {
	for _, target := range []string{
		"/reset/" + canary, "/reset/" + canary + "%2Fx%20y", "/reset/%53" + canary, "/reset/" + canary + "?next=%2Freset%2F" + canary,
	} {
		t.Run(target, func(t *testing.T) {
			w := new(witness)
			var l logs
			a := newApp(t, exceptional.Config{Logger: slog.New(slog.NewJSONHandler(&l, nil)), Reporters: []report.Reporter{w}})
			a.fails("/reset/:token", errors.New("boom"))
			srv := httptest.NewServer(a)
			defer srv.Close()
			req, err := http.NewRequest("GET", srv.URL+target, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Referer", srv.URL+target)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			reports := w.reports(t, a.responder)
			if len(reports) != 1 {
				t.Fatalf("reported %d times", len(reports))
			}
			var got bytes.Buffer
			f := reports[0]
			fmt.Fprintf(&got, "%s %+v %s %s %v\n%s", f.Path, f.Request.URL, f.Request.URL, f.Request.RequestURI, f.Request.Header, l.text())
			if strings.Contains(got.String(), canary) || f.Request.URL.Path != f.Path || !strings.HasPrefix(f.Path, "/reset/•") {
				t.Errorf("reported %s", got.String())
			}
		})
	}
}

// Nothing in a request switches the technical page on.
func TestNoRequestInputSwitchesItOn(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.Echo.Debug = true // Echo's own flag does not either
	a.fails("/", errors.New(canary))
	for _, target := range []string{"/?debug=1", "/?_debug=true&technical=1", "/?format=html&_format=debug", "/?pretty"} {
		for _, headers := range [][]string{
			nil, {"X-Debug", "1"}, {"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-For", "0000::1"}, {"X-Real-Ip", "127.0.0.1"},
			{"X-Original-Url", "/?debug"}, {"X-Http-Method-Override", "DEBUG"}, {"Host", "localhost"}, {"Cookie", "debug=1; superuser=true"},
			{"X-User", "true"}, {"X-User", "alice"}, {"X-User", "Alice+super"}, {"X-User", "alice +super"}, {"X-User", "alice\x00+super"},
		} {
			for _, accept := range []string{browser, api, "text/plain"} {
				res := a.get(target, append([]string{"Accept", accept}, headers...)...)
				b := body(t, res)
				for name, values := range res.Header {
					b += name + ": " + strings.Join(values, ",") + "\n"
				}
				if isTechnical(b) {
					t.Errorf("%s with %q shows it", target, headers)
				}
			}
		}
	}
}

// No byte of the technical page reaches a client who is not a technical viewer.
func TestOthersGetNothing(t *testing.T) {
	secrets := []string{"canary-text", "canary-cause", "canary-panic", "canary-note", "canary-header", "canary-field", "secrets_test.go", "TestOthersGet", "nil map"}
	for _, install := range []bool{false, true} {
		a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
		if install {
			a.Use(a.responder.Middleware())
		}
		a.Use(exceptional.Recover())
		a.fails("/error", fmt.Errorf("canary-text: %w", &detailed{"canary-field", errors.New("canary-cause")}))
		a.fails("/own", httperrors.InternalServerError("").WithCause(errors.New("canary-cause")))
		a.fails("/framework", echo.NewHTTPError(500, "canary-text").SetInternal(errors.New("canary-cause")))
		a.Any("/panic", func(c echo.Context) error {
			debugview.Note(c.Request().Context(), "canary-note")
			panic("canary-panic")
		})
		a.Any("/nilmap", func(echo.Context) error { prices()["canary-text"] = 1; return nil })
		for _, path := range []string{"/error", "/own", "/framework", "/panic", "/nilmap"} {
			for _, method := range []string{"GET", "POST", "HEAD"} {
				for _, user := range []string{"", "bob", "carol+super", "dave", "error", "panic"} {
					for _, extra := range [][]string{nil, {"Hx-Request", "true"}, {"Turbo-Frame", "main"}, {"X-Requested-With", "XMLHttpRequest"}, {"Sec-Fetch-Dest", "iframe"}} {
						for _, f := range everyForm {
							res := a.do(method, path, append([]string{"Accept", f.accept, "X-User", user, "X-Trace", "canary-header"}, extra...)...)
							got := header(res) + body(t, res)
							for _, s := range secrets {
								if strings.Contains(got, s) {
									t.Fatalf("%s %s as %q, %s %q: %q is in %s", method, path, user, f.name, extra, s, short(got))
								}
							}
							if res.StatusCode != 500 {
								t.Fatalf("%s %s as %q: %d", method, path, user, res.StatusCode)
							}
						}
					}
				}
			}
		}
	}
}

type detailed struct {
	Field string
	Cause error
}

func (d *detailed) Error() string { return "detailed: " + d.Cause.Error() }
func (d *detailed) Unwrap() error { return d.Cause }

// A value that is secret by its name or its shape is in no form of the technical page, not in the member of a problem document,
// not in the headers, and not in the log.
func TestSecretsAreMasked(t *testing.T) {
	const (
		named = "hunter2-canary"
		jwt   = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ"
	)
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members, TechnicalClientErrors: true})
	a.Logger.SetOutput(io.Discard)
	a.Use(a.responder.Middleware())
	log := slog.New(debugview.LogHandler(slog.DiscardHandler))
	a.POST("/orders/:token", func(c echo.Context) error {
		ctx := c.Request().Context()
		if _, err := io.ReadAll(c.Request().Body); err != nil {
			return err
		}
		log.DebugContext(ctx, "signing in", "password", named, "dsn", "postgres://shop:"+named+"@db/shop")
		debugview.Note(ctx, "token="+jwt)
		debugview.Watch(ctx, "login", map[string]string{"password": named, "user": "jo"})
		c.Response().Header().Set("X-Left-Behind", named)
		return &login{Password: named, err: fmt.Errorf("dial postgres://shop:%s@db/shop?password=%s: Bearer %s", named, named, jwt)}
	})
	for _, f := range everyForm {
		req := httptest.NewRequest("POST", "/orders/"+named+"?api_key="+named+"&user%5Bpassword%5D="+named, strings.NewReader(`{"user":"jo","password":"`+named+`","deep":[{"secret_key":"`+named+`"}]}`))
		for name, value := range map[string]string{
			"Accept": f.accept, "X-User": viewer, "Content-Type": "application/json", "Authorization": "Bearer " + jwt, "Proxy-Authorization": "Basic " + named, "X-Api-Key": named,
			"X-My-Token": named, "Referer": "https://shop.example/?session=" + named, "Cookie": "session=" + named + "; theme=dark",
		} {
			req.Header.Set(name, value)
		}
		rec := httptest.NewRecorder()
		a.ServeHTTP(rec, req)
		got := rec.Body.String()
		contains(t, got, "jo", "theme") // it is the report
		for _, secret := range []string{named, jwt, "c2lnbmF0dXJlLWNhbmFyeQ"} {
			if i := strings.Index(got, secret); i >= 0 {
				t.Errorf("%s shows %q: …%s…", f.name, secret, got[max(0, i-120):min(len(got), i+60)])
			}
		}
	}
	if got := a.logs.text(); strings.Contains(got, jwt) || strings.Contains(got, named) {
		t.Errorf("the log has a secret: %s", short(got))
	}
}

type login struct {
	Password string
	err      error
}

func (l *login) Error() string { return "login: " + l.err.Error() }
func (l *login) Unwrap() error { return l.err }

// Nothing of an error goes into a response header, for a viewer neither. Symfony's X-Debug-Exception does that.
func TestHeadersHaveNothingOfTheError(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.Use(a.responder.Middleware(), exceptional.Recover())
	hostile := canary + "\r\nX-Injected: 1\r\n\r\n<script>"
	a.fails("/error", errors.New(hostile))
	a.fails("/wrapped", fmt.Errorf("%s: %w", hostile, errors.New(hostile)))
	a.fails("/own", httperrors.InternalServerError(hostile).WithCause(errors.New(hostile)))
	a.fails("/framework", echo.NewHTTPError(502, hostile).SetInternal(errors.New(hostile)))
	a.GET("/panic", func(echo.Context) error { panic(hostile) })
	a.GET("/template", func(echo.Context) error {
		return template.Must(template.New(canary).Parse("{{.Nope}}")).Execute(io.Discard, 1)
	})
	for _, path := range []string{"/error", "/wrapped", "/own", "/framework", "/panic", "/template"} {
		for _, user := range []string{"", viewer} {
			for _, f := range everyForm {
				res := a.get(path, "Accept", f.accept, "X-User", user)
				if got := header(res); strings.Contains(got, canary) || strings.Contains(got, "Injected") || strings.Contains(got, "secrets_test") {
					t.Errorf("%s as %q, %s: %s", path, user, f.name, got)
				}
			}
		}
	}
}

// A name that the application masks is masked in the log, too.
func TestMaskOfTheApplication(t *testing.T) {
	a := newApp(t, exceptional.Config{Technical: debugview.Options{Mask: debugview.Masking{Names: []string{"membership"}}}})
	a.fails("/cards/:membership", errors.New("no card: membership=4711081500 is unknown"))
	a.get("/cards/4711081500")
	lacks(t, a.logs.text(), "4711081500")
	contains(t, a.logs.text(), "no card", "/cards/")
}
