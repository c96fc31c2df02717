package exceptional_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

type order struct {
	Name  string `json:"name" xml:"name" form:"name" query:"name"`
	Count int    `json:"count" xml:"count" form:"count" query:"count" header:"X-Count"`
}

func binds(c echo.Context) error {
	o := new(order)
	if err := c.Bind(o); err != nil {
		return err
	}
	return c.String(http.StatusOK, "fine")
}

// reads takes the whole body.
func reads(c echo.Context) error {
	_, err := io.Copy(io.Discard, c.Request().Body)
	return err
}

// TestProducers has the errors that Echo itself and its middlewares make. No answer shows a Go type, a path, an address or a cause.
func TestProducers(t *testing.T) {
	quiet := log.New(io.Discard, "", 0)
	closed, err := url.Parse("http://127.0.0.1:1/secret")
	if err != nil {
		t.Fatal(err)
	}
	const (
		form = "application/x-www-form-urlencoded"
	)
	long := `{"name":"` + strings.Repeat("o", 4<<10) + `"}`
	tests := []struct {
		name     string
		mw       []echo.MiddlewareFunc
		handler  echo.HandlerFunc // binds if nil
		request  *http.Request
		mime     string // of the request
		status   int
		detail   string // "" for none
		contains map[string]string
	}{
		{name: "BodyLimit, announced length", mw: []echo.MiddlewareFunc{middleware.BodyLimit("4B")}, request: post(long), mime: api, status: 413},
		{name: "BodyLimit, JSON of unknown length", mw: []echo.MiddlewareFunc{middleware.BodyLimit("4B")}, request: chunked(long), mime: api, status: 413},
		{name: "BodyLimit, XML of unknown length", mw: []echo.MiddlewareFunc{middleware.BodyLimit("4B")}, request: chunked("<o><name>" + strings.Repeat("o", 8<<10) + "</name></o>"), mime: "application/xml", status: 413},
		{name: "BodyLimit, form of unknown length", mw: []echo.MiddlewareFunc{middleware.BodyLimit("4B")}, request: chunked("name=long"), mime: form, status: 413},
		{name: "BodyLimit, read by the handler", mw: []echo.MiddlewareFunc{middleware.BodyLimit("4B")}, handler: reads, request: chunked("long body"), status: 413},
		{name: "MaxBytesReader in Bind", mw: []echo.MiddlewareFunc{maxBytes}, request: chunked(long), mime: api, status: 413},
		{name: "MaxBytesReader in a form", mw: []echo.MiddlewareFunc{maxBytes}, request: chunked("name=long"), mime: form, status: 413},
		{name: "MaxBytesReader, read by the handler", mw: []echo.MiddlewareFunc{maxBytes}, handler: reads, request: chunked("long body"), status: 413},

		{name: "Proxy to a closed port", mw: []echo.MiddlewareFunc{middleware.Proxy(middleware.NewRoundRobinBalancer(
			[]*middleware.ProxyTarget{{Name: "secret", URL: closed}}))}, status: 502},

		{name: "Decompress of plain text", mw: []echo.MiddlewareFunc{middleware.Decompress()},
			request: with(post("this is not gzip, however long it may be"), "Content-Encoding", "gzip"), mime: api, status: 400},
		{name: "Decompress of a body cut off", mw: []echo.MiddlewareFunc{middleware.Decompress()}, handler: reads,
			request: with(post("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xca"), "Content-Encoding", "gzip"), mime: api, status: 400},

		{name: "Static, no such file", mw: []echo.MiddlewareFunc{middleware.StaticWithConfig(middleware.StaticConfig{
			Root: ".", Filesystem: http.FS(fstest.MapFS{"a": {}})})}, handler: notFound, status: 404},
		{name: "Static, a name too long", handler: echo.StaticDirectoryHandler(echo.MustSubFS(echo.New().Filesystem, "."), false), request: get("/" + strings.Repeat("secret", 200)), status: 404},
		{name: "File, no such file", handler: func(c echo.Context) error { return c.File("testdata/secret-file") }, status: 404},

		{name: "ContextTimeout", mw: []echo.MiddlewareFunc{middleware.ContextTimeout(1)}, handler: func(c echo.Context) error {
			<-c.Request().Context().Done()
			return c.Request().Context().Err()
		}, status: 503},

		{name: "KeyAuth, no key", mw: []echo.MiddlewareFunc{keyAuth(nil)}, status: 400, detail: "missing key in request header"},
		{name: "KeyAuth, wrong key", mw: []echo.MiddlewareFunc{keyAuth(nil)}, request: with(get("/"), "Authorization", "Bearer secret"), status: 401},
		{name: "KeyAuth, the validator fails", mw: []echo.MiddlewareFunc{keyAuth(errors.New("secret database"))}, request: with(get("/"), "Authorization", "Bearer secret"), status: 401},
		{name: "BasicAuth, no password", mw: []echo.MiddlewareFunc{basicAuth(nil)}, status: 401, contains: map[string]string{"Www-Authenticate": `basic realm="Restricted"`}},
		{name: "BasicAuth, wrong password", mw: []echo.MiddlewareFunc{basicAuth(nil)}, request: with(get("/"), "Authorization", "Basic c2VjcmV0OnNlY3JldA=="),
			status: 401, contains: map[string]string{"Www-Authenticate": `basic realm="Restricted"`}},
		{name: "BasicAuth, not base64", mw: []echo.MiddlewareFunc{basicAuth(nil)}, request: with(get("/"), "Authorization", "Basic %%%"), status: 400},
		{name: "BasicAuth, the validator fails", mw: []echo.MiddlewareFunc{basicAuth(errors.New("secret database"))}, request: with(get("/"), "Authorization", "Basic c2VjcmV0OnNlY3JldA=="), status: 500},
		{name: "CSRF, no token", mw: []echo.MiddlewareFunc{middleware.CSRF()}, request: post(""), mime: form, status: 400, detail: "missing csrf token in request header"},
		{name: "CSRF, wrong token", mw: []echo.MiddlewareFunc{middleware.CSRF()}, request: with(post(""), "X-Csrf-Token", "secret"), mime: form, status: 403, detail: "invalid csrf token"},
		{name: "RateLimiter, denied", mw: []echo.MiddlewareFunc{limiter(nil, nil)}, status: 429, detail: "rate limit exceeded", contains: map[string]string{"Cache-Control": "no-store"}},
		{name: "RateLimiter, no identifier", mw: []echo.MiddlewareFunc{limiter(errors.New("secret"), nil)}, status: 403, detail: "error while extracting identifier"},
		{name: "RateLimiter, the store fails", mw: []echo.MiddlewareFunc{limiter(nil, errors.New("secret store"))}, status: 429, detail: "rate limit exceeded"},

		{name: "Bind, JSON that is none", request: post(`{"name":`), mime: api, status: 400},
		{name: "Bind, JSON with a syntax error", request: post(`{"name":}`), mime: api, status: 400},
		{name: "Bind, JSON of another type", request: post(`{"count":"secret"}`), mime: api, status: 400},
		{name: "Bind, XML that is none", request: post(`<o><name>`), mime: "application/xml", status: 400},
		{name: "Bind, XML of another type", request: post(`<o><count>secret</count></o>`), mime: "application/xml", status: 400},
		{name: "Bind, form of another type", request: post(`count=secret`), mime: form, status: 400},
		{name: "Bind, form that is none", request: post(`%zz=%`), mime: form, status: 400},
		{name: "Bind, query of another type", request: get("/?count=secret"), status: 400},
		{name: "Bind, an unknown media type", request: post(`secret`), mime: "application/secret", status: 415},
		{name: "Bind, multipart without a boundary", request: post(`secret`), mime: "multipart/form-data", status: 400},
		{name: "Bind, header of another type", request: with(get("/"), "X-Count", "secret"), handler: func(c echo.Context) error {
			return (&echo.DefaultBinder{}).BindHeaders(c, new(order))
		}, status: 400},
		{name: "QueryParamsBinder", request: get("/?count=secret"), handler: func(c echo.Context) error {
			var n int
			return echo.QueryParamsBinder(c).MustInt("count", &n).BindError()
		}, status: 400},
		{name: "QueryParamsBinder, nothing there", handler: func(c echo.Context) error {
			var n int
			return echo.QueryParamsBinder(c).MustInt("count", &n).BindError()
		}, status: 400},
		{name: "generic parameter", request: get("/?count=secret"), handler: func(c echo.Context) error {
			_, err := echo.QueryParam[int](c, "count")
			return err
		}, status: 400},
		{name: "FormFile, not multipart", request: post("secret"), mime: form, handler: func(c echo.Context) error { _, err := c.FormFile("secret"); return err }, status: 415},
		{name: "FormFile, no such file", request: parts(), handler: func(c echo.Context) error { _, err := c.FormFile("secret"); return err }, status: 400},
		{name: "Cookie, no such cookie", handler: func(c echo.Context) error { _, err := c.Cookie("secret"); return err }, status: 400},

		{name: "JSONP, a bad callback", handler: func(c echo.Context) error { return c.JSONP(200, "alert(1)//", echo.Map{}) }, status: 400},
		{name: "JSON of a function", handler: func(c echo.Context) error { return c.JSON(200, func() {}) }, status: 500},
		{name: "Validate without a validator", handler: func(c echo.Context) error { return c.Validate("secret") }, status: 500},
		{name: "Render without a renderer", handler: func(c echo.Context) error { return c.Render(200, "secret", nil) }, status: 500},
		{name: "Redirect with a code that is none", handler: func(c echo.Context) error { return c.Redirect(200, "/secret") }, status: 500},
		{name: "Context store, no such key", handler: func(c echo.Context) error { _, err := echo.ContextGet[int](c, "secret"); return err }, status: 500},
		{name: "Pre middleware", handler: notFound, request: with(get("/"), "X-Pre", "1"), status: 409, detail: "Not before the router."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, exceptional.Config{})
			a.StdLogger = quiet
			a.Pre(func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					if c.Request().Header.Get("X-Pre") != "" {
						return httperrors.Conflict("Not before the router.")
					}
					return next(c)
				}
			})
			a.Use(tt.mw...)
			handler := tt.handler
			if handler == nil {
				handler = binds
			}
			a.Any("/*", handler)
			req := tt.request
			if req == nil {
				req = get("/")
			}
			if tt.mime != "" {
				req.Header.Set("Content-Type", tt.mime)
			}
			req.Header.Set("Accept", api)
			rec := httptest.NewRecorder()
			a.ServeHTTP(rec, req)
			res := rec.Result()
			if res.StatusCode != tt.status {
				t.Errorf("status %d, want %d: %s", res.StatusCode, tt.status, a.logs.text())
			}
			doc := problem(t, res)
			if detail, _ := doc["detail"].(string); detail != tt.detail {
				t.Errorf("detail %q, want %q", detail, tt.detail)
			}
			lacks(t, rec.Body.String(), "secret", "expected=", "Unmarshal", "struct", "127.0.0.1", "gzip", "EOF", "multipart", "callback")
			for name, want := range tt.contains {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if res.Header.Get("Content-Encoding") != "" {
				t.Errorf("Content-Encoding %q", res.Header.Get("Content-Encoding"))
			}
		})
	}
}

func post(body string) *http.Request {
	return httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
}

// chunked is a POST that does not say how long it is.
func chunked(body string) *http.Request {
	return httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(body)))
}

// parts is a multipart form without the file that is asked for.
func parts() *http.Request {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	_ = w.WriteField("name", "x")
	_ = w.Close()
	return with(httptest.NewRequest(http.MethodPost, "/", &b), "Content-Type", w.FormDataContentType())
}

func maxBytes(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, 4)
		return next(c)
	}
}

func keyAuth(err error) echo.MiddlewareFunc {
	return middleware.KeyAuth(func(string, echo.Context) (bool, error) { return false, err })
}

func basicAuth(err error) echo.MiddlewareFunc {
	return middleware.BasicAuth(func(string, string, echo.Context) (bool, error) { return false, err })
}

type denying struct{ err error }

func (d denying) Allow(string) (bool, error) { return false, d.err }

func limiter(extracting, storing error) echo.MiddlewareFunc {
	cfg := middleware.DefaultRateLimiterConfig
	cfg.Store = denying{storing}
	cfg.IdentifierExtractor = func(echo.Context) (string, error) { return "x", extracting }
	return middleware.RateLimiterWithConfig(cfg)
}

// RateLimiter calls c.Error(nil) when its DenyHandler has answered.
func TestRateLimiterThatAnswersItself(t *testing.T) {
	cfg := middleware.DefaultRateLimiterConfig
	cfg.Store = denying{}
	cfg.DenyHandler = func(c echo.Context, _ string, _ error) error { return c.String(429, "mine") }
	a := newApp(t, exceptional.Config{})
	a.Use(middleware.RateLimiterWithConfig(cfg))
	a.GET("/", notFound)
	res := a.get("/")
	if got := body(t, res); res.StatusCode != 429 || got != "mine" {
		t.Errorf("%d %q", res.StatusCode, got)
	}
	if n := len(a.logs.records(t)); n != 0 {
		t.Errorf("%d log records", n)
	}
}

// Echo's Proxy says 499 when the client disconnected. If that is so, 499 is sent, and no body if Middleware is sure.
func TestProxyOfADisconnectedClient(t *testing.T) {
	reached, ended := make(chan struct{}), make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(reached); <-ended }))
	defer upstream.Close()
	defer close(ended)
	u, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	a := newApp(t, exceptional.Config{})
	a.Use(a.responder.Middleware(), middleware.Proxy(middleware.NewRoundRobinBalancer([]*middleware.ProxyTarget{{URL: u}})))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	rec := httptest.NewRecorder()
	a.ServeHTTP(rec, get("/").WithContext(ctx))
	if rec.Code != 499 || rec.Body.Len() != 0 {
		t.Errorf("written: %d %q", rec.Code, rec.Body)
	}
	if r := a.logs.records(t); len(r) != 1 || r[0]["status"] != 499.0 || r[0]["level"] != "DEBUG" {
		t.Errorf("%v", r)
	}
}

// TestTraps covers peculiarities of Echo that have no test of their own.
func TestTraps(t *testing.T) {
	t.Run("every hook gets the application's context, or is contained", func(t *testing.T) {
		for _, with := range []bool{true, false} {
			seen := map[string]string{}
			a := newApp(t, exceptional.Config{
				Skipper: func(_ error, c echo.Context) bool {
					seen["Skipper"] = c.(*myContext).tenant
					return c.Path() == "/next"
				},
				Renderer: renderFunc(func(w io.Writer, _ string, _ any, c echo.Context) error {
					seen["Renderer"] = c.(*myContext).tenant
					_, err := io.WriteString(w, "page")
					return err
				}),
			})
			a.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error { return next(&myContext{c, "acme"}) }
			})
			if with {
				a.Use(a.responder.Middleware())
			}
			a.fails("/", errors.New("x"))
			if res := a.get("/", "Accept", browser); res.StatusCode != 500 || body(t, res) == "" {
				t.Errorf("Middleware %v: %d", with, res.StatusCode)
			}
			if with && (seen["Skipper"] != "acme" || seen["Renderer"] != "acme") {
				t.Errorf("%v", seen)
			}
		}
	})
	t.Run("headers of middleware stay", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.Use(middleware.CORS(), middleware.Secure(), middleware.RequestID(), middleware.Gzip())
		a.fails("/", errors.New("x"))
		res := a.get("/", "Origin", "https://example.com", "Accept-Encoding", "gzip", "Accept", api)
		for _, name := range []string{"Access-Control-Allow-Origin", "X-Frame-Options", "X-Request-Id"} {
			if res.Header.Get(name) == "" {
				t.Errorf("%s is missing", name)
			}
		}
		contains(t, strings.Join(res.Header.Values("Vary"), ", "), "Origin", "Accept-Encoding", "Accept")
	})
	t.Run("before the router there is no path", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.Pre(func(echo.HandlerFunc) echo.HandlerFunc { return func(echo.Context) error { return errors.New("x") } })
		if res := a.get("/"); res.StatusCode != 500 {
			t.Errorf("%d", res.StatusCode)
		}
		if r := a.logs.records(t); len(r) != 1 || r[0]["route"] != nil {
			t.Errorf("%v", r)
		}
	})
	t.Run("the router's 404 goes through the middlewares", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.Use(a.responder.Middleware(), twice)
		if res := a.get("/nowhere", "Accept", api); res.StatusCode != 404 || strings.Count(body(t, res), "status") != 1 {
			t.Errorf("%d", res.StatusCode)
		}
	})
	t.Run("no error is no answer", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.GET("/", func(c echo.Context) error { c.Error(nil); c.Error(nil); return httperrors.Conflict("x") })
		if res := a.get("/"); res.StatusCode != 409 {
			t.Errorf("%d", res.StatusCode)
		}
	})
	t.Run("a rewritten error keeps its status", func(t *testing.T) {
		w := new(witness)
		a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}})
		a.Use(rewraps)
		a.fails("/", httperrors.NotFound("No such order."))
		if res := a.get("/", "Accept", api); res.StatusCode != 404 {
			t.Errorf("%d", res.StatusCode)
		}
		if n := len(w.reports(t, a.responder)); n != 0 {
			t.Errorf("%d reports of a 404", n)
		}
	})
}
