package exceptional_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
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

// The gallery and its pages are not stored by a cache, for technical viewers and for others.
func TestGalleryIsNotStored(t *testing.T) {
	a := newApp(t, exceptional.Config{User: byHeader, Viewers: members})
	a.responder.Gallery(a.Group("/errors"))
	for _, target := range []string{"/errors", "/errors/404", "/errors/409?frame=1", "/errors/777"} {
		for _, user := range []string{"", "alice+super"} {
			res := a.get(target, "X-User", user)
			if cc := res.Header.Get("Cache-Control"); !strings.Contains(cc, "no-store") {
				t.Errorf("%s for %q: %d, Cache-Control %q", target, user, res.StatusCode, cc)
			}
		}
	}
}

// A page has nothing of another request in it, not even after a request in absolute form without a path.
func TestPageHasNothingOfAnotherRequest(t *testing.T) {
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

// Each error goes through the real handler, as the public sees it, for technical viewers and in Debug.
func TestGallery(t *testing.T) {
	for _, debug := range []bool{false, true} {
		a := newApp(t, exceptional.Config{Debug: debug, User: byHeader, Viewers: members})
		a.Use(middleware.Gzip())
		a.responder.Gallery(a.Group("/errors"))
		res := a.get("/errors", "X-User", "alice+super")
		page := body(t, res)
		if res.StatusCode != 200 || res.Header.Get("Content-Security-Policy") == "" || res.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("gallery: %d %v", res.StatusCode, res.Header)
		}
		for status := 300; status < 600; status++ {
			if httperrors.Phrase(status) == "" || status == 305 || status == 306 {
				continue
			}
			if status != 304 { // it has no body to look at
				contains(t, page, fmt.Sprintf("/errors/%d", status))
			}
			for format, contentType := range map[string]string{
				"": "text/html", "html": "text/html", "json": "application/problem+json", "xml": "application/problem+xml",
				"text": "text/plain", "markdown": "text/markdown",
			} {
				res := a.get(fmt.Sprintf("/errors/%d?format=%s&lang=en", status, format), "X-User", "alice+super")
				if res.StatusCode != status {
					t.Errorf("%d as %q: status %d", status, format, res.StatusCode)
				}
				if ct := res.Header.Get("Content-Type"); status != 304 && !strings.HasPrefix(ct, contentType) {
					t.Errorf("%d as %q: %q", status, format, ct)
				}
				lacks(t, body(t, res), "goroutine", "gallery.go", `"debug"`)
			}
			if res := a.get(fmt.Sprintf("/errors/%d?frame=1", status), "X-User", "alice+super"); status != 304 && res.StatusCode != 200 {
				t.Errorf("%d in a frame: %d", status, res.StatusCode)
			}
		}
		if n := len(a.logs.records(t)); n != 0 {
			t.Errorf("%d previews were logged", n)
		}
	}
}

func TestGalleryIsHidden(t *testing.T) {
	for name, cfg := range map[string]exceptional.Config{
		"no viewers":          {},
		"not a viewer":        {User: byHeader, Viewers: members},
		"superuser, no group": {User: byHeader, Viewers: members, Group: "Editors"},
	} {
		a := newApp(t, cfg)
		a.responder.Gallery(a.Group("/errors"))
		a.GET("/other", func(echo.Context) error { return httperrors.ErrNotFound })
		for _, path := range []string{"/errors", "/errors/500", "/errors/500?frame=1"} {
			res := a.get(path, "X-User", "carol+super", "Accept", api)
			if want := body(t, a.get("/other", "Accept", api)); res.StatusCode != http.StatusNotFound || body(t, res) != want {
				t.Errorf("%s: %s answers %d", name, path, res.StatusCode)
			}
		}
	}
}

func TestGalleryOfNonsense(t *testing.T) {
	a := newApp(t, exceptional.Config{Debug: true})
	a.responder.Gallery(a.Group("/errors"))
	for _, code := range []string{"200", "0", "-1", "99999999999999999999", "x", "600", "404.html", "%00"} {
		if res := a.get("/errors/" + code); res.StatusCode != 404 {
			t.Errorf("%s: %d", code, res.StatusCode)
		}
	}
}

// The links of an error are in every form of its answer. One that must not be a link is in none, and the log says why.
func TestLinks(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	plain := httperrors.NotAcceptable("")
	a.fails("/plain", plain)
	a.fails("/linked", plain.WithLinks(httperrors.Link{URL: "/the-other"}))
	a.fails("/bad", plain.WithLinks(httperrors.Link{URL: "javascript:alert('the-bad')"}, httperrors.Link{URL: "/x\r\nSet-Cookie: the-bad=1"}, httperrors.Link{URL: "/the-good"}))
	for range 3 { // nothing of one answer is in another
		for _, accept := range anyForm {
			for target, want := range map[string]string{"/plain": "", "/linked": "/the-other", "/bad": "/the-good"} {
				res := a.get(target, "Accept", accept)
				text := body(t, res)
				if res.StatusCode != 406 || strings.Contains(text, "the-other") != (target == "/linked") || strings.Contains(text, "the-good") != (target == "/bad") {
					t.Errorf("%s as %q: %d %s", target, accept, res.StatusCode, short(text))
				}
				lacks(t, text, "the-bad", "javascript:")
				if got := res.Header.Get("Link"); want == "" && got != "" || want != "" && got != "<"+want+`>; rel="alternate"` || res.Header.Get("Set-Cookie") != "" {
					t.Errorf("%s: Link %q, %v", target, got, res.Header)
				}
			}
		}
	}
	contains(t, a.logs.text(), "link 0: a URI that a browser would run", "link 1: control character")

	german := a.get("/linked", "Accept", browser, "Accept-Language", "de")
	contains(t, body(t, german), "<h2>Verfügbare Versionen</h2>")
}

// With EmbedProblem, the page has the problem document in it that an API client would get.
func TestEmbedProblem(t *testing.T) {
	err := httperrors.Conflict("</script><script>alert(1)</script>").WithCode("stale").WithExtension("evil", "<!--</script>")
	for _, on := range []bool{false, true} {
		a := newApp(t, exceptional.Config{Pages: renderer.Options{EmbedProblem: on}})
		a.fails("/", err)
		a.fails("/broken", http.ErrBodyNotAllowed)
		references := map[string]bool{}
		for range 5 {
			res := a.get("/", "Accept", browser)
			page, doc := body(t, res), strings.TrimSpace(body(t, a.get("/", "Accept", api)))
			if got := strings.Contains(page, `<script type="application/problem+json">`+doc+`</script>`); got != on || strings.Count(page, "<script") != strings.Count(page, "</script") || strings.Contains(page, "<script>") {
				t.Errorf("on %v:\n%s\n%s", on, page, doc)
			}
			if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "script-src") {
				t.Errorf("policy %q", csp)
			}
			page = body(t, a.get("/broken", "Accept", browser))
			lacks(t, page, "moldRe")
			if _, rest, ok := strings.Cut(page, `"reference":"`); ok {
				reference, _, _ := strings.Cut(rest, `"`)
				if references[reference] || strings.Count(page, reference) != 3 { // the page, the document and its instance
					t.Errorf("the reference %q in\n%s", reference, page)
				}
				references[reference] = true
			}
		}
		if on != (len(references) == 5) {
			t.Errorf("on %v: %d references", on, len(references))
		}
	}
}

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

// RFC 9457, section 4: the type of a problem document, and the links of its page, lead to the documentation.
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

// A path that is not a code is a 404 like any other.
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
	req.URL.Path, req.URL.RawPath = "/problems/"+strings.Repeat("x", 2<<20), ""
	if a.ServeHTTP(big, req); big.Code != 404 || big.Body.Len() > 14<<10 {
		t.Errorf("2 MB: %d, %d bytes", big.Code, big.Body.Len())
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

// page asks a server for a page, as a browser does.
func page(t *testing.T, server *httptest.Server, path string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", browser)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// TestRendererForEachRequest: a Renderer that cannot serve one request serves the next.
func TestRendererForEachRequest(t *testing.T) {
	for name, refuse := range map[string]func(name string) error{
		"fails":                  func(string) error { return errors.New("no layout in this request") },
		"panics":                 func(string) error { panic("no layout in this request") },
		"finds no file":          func(string) error { return fs.ErrNotExist },
		"finds no file, by name": func(n string) error { return &fs.PathError{Op: "open", Path: n, Err: fs.ErrNotExist} },
	} {
		t.Run(name, func(t *testing.T) {
			e := echo.New()
			e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{
				Logger: silent(),
				Renderer: renderFunc(func(w io.Writer, name string, _ any, c echo.Context) error {
					if c.Get("layout") == nil {
						return refuse(name)
					}
					_, err := io.WriteString(w, "<h1>mine</h1>")
					return err
				}),
			})
			e.GET("/in", func(c echo.Context) error { c.Set("layout", 1); return echo.ErrNotFound })
			server := httptest.NewServer(e)
			defer server.Close()
			for range 3 {
				if status, text := page(t, server, "/out"); status != 404 || !strings.Contains(text, "Page not found") {
					t.Errorf("/out: %d, %.60q", status, text)
				}
				if status, text := page(t, server, "/in"); status != 404 || text != "<h1>mine</h1>" {
					t.Errorf("/in: %d, %.60q", status, text)
				}
			}
		})
	}
}

// TestRendererThatFails: one attempt is made for an answer, and each failure is logged.
func TestRendererThatFails(t *testing.T) {
	attempts, log := 0, new(logs)
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{
		Logger:   log.logger(),
		Renderer: renderFunc(func(io.Writer, string, any, echo.Context) error { attempts++; return errors.New("boom") }),
	})
	server := httptest.NewServer(e)
	defer server.Close()
	for i := range 3 {
		if status, text := page(t, server, "/"); status != 404 || !strings.Contains(text, "Page not found") || attempts != i+1 {
			t.Errorf("%d, %.60q after %d attempts", status, text, attempts)
		}
	}
	if n := strings.Count(log.text(), "boom"); n < 3 {
		t.Errorf("it is logged %d times, want 3: %s", n, log.text())
	}
}

// TestRendererThatWritesToTheContext: what it wrote is the whole response, once, and the log says what is wrong.
func TestRendererThatWritesToTheContext(t *testing.T) {
	for name, write := range map[string]func(c echo.Context) error{
		"by the context":  func(c echo.Context) error { return c.HTML(http.StatusNotFound, "<h1>mine</h1>") },
		"by the response": func(c echo.Context) error { _, err := fmt.Fprint(c.Response(), "<h1>mine</h1>"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			log := new(logs)
			e := echo.New()
			e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{
				Logger:   log.logger(),
				Renderer: renderFunc(func(_ io.Writer, _ string, _ any, c echo.Context) error { return write(c) }),
			})
			server := httptest.NewServer(e)
			_, text := page(t, server, "/")
			server.Close()
			if text != "<h1>mine</h1>" {
				t.Errorf("%.200q", text)
			}
			if !strings.Contains(log.text(), "the Renderer wrote to the context's response instead of w") {
				t.Errorf("the log: %s", log.text())
			}
		})
	}
}
