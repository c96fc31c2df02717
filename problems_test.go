package exceptional_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
)

var (
	shopTexts = fstest.MapFS{"en.json": {Data: []byte(`{"pages": {"out-of-stock": {"title": "Out of stock", "text": "We are waiting for a delivery."}}}`)}}

	errLastCopy = httperrors.Conflict("The last copy has just been sold.").WithCode("sold-out").
			WithType("/problems/sold-out", "Sold out").WithCause(fmt.Errorf("secret cause"))

	problemLink = regexp.MustCompile(`<li><a href="(\./[^"]+)">`)
)

// newShop is an application with pages for its problems, and a route that fails with one.
func newShop(t testing.TB, cfg exceptional.Config) *app {
	cfg.Pages.Catalogue = shopTexts
	a := newApp(t, cfg)
	a.responder.Problems(a.Group("/problems"), errLastCopy)
	a.fails("/orders", errLastCopy)
	return a
}

// N51: whoever follows the type of a problem document, by the links of the pages themselves, finds what it means.
func checkProblems(t *testing.T, a *app) {
	t.Helper()
	typ, _ := problem(t, a.get("/orders", "Accept", api))["type"].(string)
	if res := a.get(typ); res.StatusCode != 200 || !strings.Contains(body(t, res), "<h1>Sold out</h1>") {
		t.Errorf("%s: %d", typ, res.StatusCode)
	}
	for _, lang := range []string{"en", "de", "ar", "he", "ja"} {
		for _, accept := range anyForm {
			index := a.get("/problems", "Accept-Language", lang, "Accept", accept)
			if index.StatusCode != 200 {
				t.Fatalf("the index in %s for %q: %d", lang, accept, index.StatusCode)
			}
			links := problemLink.FindAllStringSubmatch(body(t, index), -1)
			if len(links) < 50 {
				t.Fatalf("the index in %s has %d links", lang, len(links))
			}
			for _, l := range links {
				res := a.get("/"+strings.TrimPrefix(l[1], "./"), "Accept-Language", lang, "Accept", accept)
				want := lang
				if strings.HasSuffix(l[1], "/out-of-stock") {
					want = "en" // the only one that there are texts in
				}
				if res.StatusCode != 200 || res.Header.Get("Content-Language") != want || res.Header.Get("Content-Type") != "text/html; charset=utf-8" {
					t.Errorf("%s in %s for %q: %d %v", l[1], lang, accept, res.StatusCode, res.Header)
				}
				contains(t, body(t, res), "<!doctype html>", `<html lang="`+want+`"`, `href="../problems"`)
			}
		}
	}
}

func TestProblems(t *testing.T) {
	for _, debug := range []bool{false, true} {
		a := newShop(t, exceptional.Config{Debug: debug})
		res := a.get("/problems/sold-out", "Accept-Language", "de")
		page := body(t, res)
		h := res.Header
		if res.StatusCode != 200 || h.Get("Cache-Control") != "max-age=3600" || h.Get("Vary") != "Accept-Language" || h.Get("Content-Language") != "de" ||
			!strings.Contains(h.Get("Content-Security-Policy"), "style-src 'sha256-") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%d %v", res.StatusCode, h)
		}
		contains(t, page, "The last copy has just been sold.", "/problems/sold-out", "409")
		lacks(t, page, "secret", ".go:", "goroutine")

		for _, path := range []string{"/problems", "/problems/sold-out", "/problems/404"} {
			get := a.get(path)
			head := a.do(http.MethodHead, path)
			if length := fmt.Sprint(len(body(t, get))); head.StatusCode != 200 || body(t, head) != "" || head.Header.Get("Content-Length") != length ||
				head.Header.Get("Content-Type") != get.Header.Get("Content-Type") || head.Header.Get("Etag") != get.Header.Get("Etag") {
				t.Errorf("HEAD %s: %d %v, want the length %s", path, head.StatusCode, head.Header, length)
			}
			for value, want := range map[string]int{get.Header.Get("Etag"): 304, `"x", ` + get.Header.Get("Etag")[2:]: 304, "*": 304, `"x"`: 200, "": 200} {
				res := a.get(path, "If-None-Match", value)
				if res.StatusCode != want || want == 304 && (body(t, res) != "" || res.Header.Get("Vary") == "" || res.Header.Get("Cache-Control") == "") {
					t.Errorf("%s, If-None-Match %s: %d %v, want %d", path, value, res.StatusCode, res.Header, want)
				}
			}
			if res := a.do(http.MethodPost, path); res.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("POST %s: %d", path, res.StatusCode)
			}
		}
	}
}

// What is no code is a 404 like any other, and nothing else.
func TestProblemsOfNonsense(t *testing.T) {
	a := newShop(t, exceptional.Config{})
	s := httptest.NewServer(a)
	defer s.Close()
	for _, code := range []string{"200", "0", "600", "99999999999999999999", "404.html", "4xx", "Sold-Out", "%00", "%0d%0aX:%20y", "..%2f..%2fetc", "%2e%2e",
		"%ff%fe", "404%20", "%3Cscript%3E", strings.Repeat("x", 100<<10), strings.Repeat("%41", 10<<10)} {
		res, err := http.Get(s.URL + "/problems/" + code)
		if err != nil {
			t.Fatal(err)
		}
		if page := body(t, res); res.StatusCode != 404 || strings.Contains(page, "script") || len(page) > 14<<10 || res.Header.Get("X") != "" {
			t.Errorf("%.40q: %d, %d bytes", code, res.StatusCode, len(page))
		}
	}
	big := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "/problems/x", nil)
	req.URL.Path, req.URL.RawPath = "/problems/"+strings.Repeat("x", 10<<20), ""
	if a.ServeHTTP(big, req); big.Code != 404 || big.Body.Len() > 14<<10 {
		t.Errorf("10 MB: %d, %d bytes", big.Code, big.Body.Len())
	}
}

// The links work wherever the pages are: below another group, at the root, behind a proxy that takes a prefix away, and where
// a client chooses a part of the path.
func TestProblemsElsewhere(t *testing.T) {
	for _, tt := range []struct{ group, index, link, back string }{
		{"/api/v1/errors", "/api/v1/errors", "./errors/404", "../errors"},
		{"", "/", "./404", "./"},
		{"/shops/:shop", "/shops/a%20b", "./a%20b/404", "../a%20b"},
	} {
		a := newApp(t, exceptional.Config{})
		a.responder.Problems(a.Group(tt.group))
		res := a.get(tt.index)
		contains(t, body(t, res), `<a href="`+tt.link+`">`)
		res = a.get(strings.TrimSuffix(tt.index, "/") + "/404")
		contains(t, body(t, res), `<a href="`+tt.back+`">`)
	}
	a := newApp(t, exceptional.Config{})
	a.responder.Problems(a.Group("/:shop"))
	for _, shop := range []string{"javascript:alert(1)", "%22%3E%3Cscript%3E", "%5cevil", strings.Repeat("x", 10<<10)} {
		res := a.get("/" + shop)
		if page := body(t, res); len(page) > 28<<10 || strings.Contains(page, "<script") || strings.Contains(page, `"javascript:`) {
			t.Errorf("%.40s: %d, %d bytes", shop, res.StatusCode, len(page))
		}
	}
}

func TestProblemsBehindMiddleware(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.Use(a.responder.Middleware(), middleware.Gzip())
	a.responder.Problems(a.Group("/problems", func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set("Cache-Control", "private")
			return next(c)
		}
	}))
	res := a.get("/problems/404", "Accept-Encoding", "gzip")
	if res.StatusCode != 200 || res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("Cache-Control") != "private" || !strings.HasPrefix(res.Header.Get("Etag"), "W/") {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	// The length of what a GET gets, or none (RFC 9110, section 8.6).
	if res := a.do(http.MethodHead, "/problems/404", "Accept-Encoding", "gzip"); res.StatusCode != 200 || res.Header.Get("Content-Length") != "" {
		t.Errorf("HEAD: %d %v", res.StatusCode, res.Header)
	}
}

func TestProblemsPanics(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	for _, tt := range []struct {
		errs []*httperrors.Error
		want string
	}{
		{[]*httperrors.Error{httperrors.NotFound("No such order.")}, `exceptional: Problems: error 0: "No such order." has no code`},
		{[]*httperrors.Error{errLastCopy, errLastCopy.WithMessage("")}, `the code "sold-out" is another error's too`},
	} {
		func() {
			defer func() {
				if err, _ := recover().(error); err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("recovered %v, want %s", err, tt.want)
				}
			}()
			a.responder.Problems(a.Group("/problems"), tt.errs...)
		}()
	}
}

// An application without translations has pages in its own language alone, which depend on no header.
func TestProblemsOneLanguage(t *testing.T) {
	a := newApp(t, exceptional.Config{Pages: renderer.Options{Language: "de", Languages: []string{"de"}}})
	a.responder.Problems(a.Group("/problems"))
	res := a.get("/problems/404", "Accept-Language", "en")
	if vary := res.Header.Values("Vary"); res.Header.Get("Content-Language") != "de" || len(vary) != 0 {
		t.Errorf("%v", res.Header)
	}
}
