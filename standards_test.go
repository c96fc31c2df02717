package exceptional_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// TestStandards holds answers of a real server against the standards. The sections are RFC 9110's where no other RFC is named.
func TestStandards(t *testing.T) {
	// serve sends one request for err and hands over the answer, in each form.
	serve := func(t *testing.T, err error, check func(t *testing.T, res *http.Response, body string)) {
		t.Helper()
		a := newApp(t, exceptional.Config{})
		a.fails("/", err)
		s := real(t, a)
		for _, accept := range anyForm {
			res := fetch(t, s, http.MethodGet, accept)
			check(t, res, body(t, res))
		}
	}
	status := func(want int) func(*testing.T, *http.Response, string) {
		return func(t *testing.T, res *http.Response, _ string) {
			t.Helper()
			if res.StatusCode != want {
				t.Errorf("status %d, want %d", res.StatusCode, want)
			}
		}
	}
	lines := func(want int, name string, values ...string) func(*testing.T, *http.Response, string) {
		return func(t *testing.T, res *http.Response, _ string) {
			t.Helper()
			if got := res.Header.Values(name); res.StatusCode != want || !slices.Equal(got, values) {
				t.Errorf("%d, %s: %q, want %d, %q", res.StatusCode, name, got, want, values)
			}
		}
	}

	t.Run("statuses of every kind (15)", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.Any("/:by/:status", func(c echo.Context) error {
			code, _ := strconv.Atoi(c.Param("status"))
			if c.Param("by") == "echo" {
				return &echo.HTTPError{Code: code, Message: "x"}
			}
			return httperrors.New(code, "x")
		})
		a.Any("/foreign/:status", func(c echo.Context) error {
			code, _ := strconv.Atoi(c.Param("status"))
			return foreign{code, "x"}
		})
		for want, codes := range map[int][]int{
			500: {0, -1, 42, 99, 100, 101, 103, 150, 199, 200, 201, 204, 205, 206, 305, 306, 499, 600, 999, 1000, 1<<63 - 1, -1 << 63},
			418: {418}, 419: {419}, 509: {509}, 520: {520}, 599: {599},
		} {
			for _, code := range codes {
				for _, by := range []string{"echo", "own", "foreign"} {
					for _, method := range []string{http.MethodGet, http.MethodHead} {
						if res := a.do(method, fmt.Sprintf("/%s/%d", by, code)); res.StatusCode != want {
							t.Errorf("%s says %d: status %d, want %d", by, code, res.StatusCode, want)
						}
					}
				}
			}
		}
	})
	t.Run("a redirect that must not be sent (15.4.6, 15.4.7)", func(t *testing.T) {
		serve(t, httperrors.New(305, "").WithHeader("Location", "/a"), status(500))
		serve(t, httperrors.New(306, ""), status(500))
	})
	t.Run("a teapot that asks for it", func(t *testing.T) { serve(t, httperrors.Teapot("Short."), status(418)) })
	t.Run("phrases are IANA's (RFC 9457, 4.2.1)", func(t *testing.T) {
		for status, want := range map[int]string{413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"} {
			a := newApp(t, exceptional.Config{})
			a.fails("/", echo.NewHTTPError(status))
			if doc := problem(t, a.get("/", "Accept", api)); doc["title"] != want {
				t.Errorf("%d: %v, want %q", status, doc["title"], want)
			}
		}
	})
	t.Run("401, each challenge on its own line (11.6.1)", func(t *testing.T) {
		serve(t, httperrors.Unauthorized("", httperrors.Basic("a"), httperrors.Bearer("b")),
			lines(401, "Www-Authenticate", `Basic realm="a", charset="UTF-8"`, `Bearer realm="b"`))
	})
	t.Run("407 (15.5.8)", func(t *testing.T) {
		serve(t, httperrors.ProxyAuthenticationRequired("", httperrors.Basic("a")),
			lines(407, "Proxy-Authenticate", `Basic realm="a", charset="UTF-8"`))
	})
	t.Run("405 (15.5.6)", func(t *testing.T) {
		serve(t, httperrors.MethodNotAllowed("PUT", "DELETE"), lines(405, "Allow", "PUT, DELETE"))
		serve(t, httperrors.MethodNotAllowed(), lines(405, "Allow", ""))
		serve(t, httperrors.ErrMethodNotAllowed, lines(405, "Allow", ""))
		serve(t, echo.ErrMethodNotAllowed, lines(405, "Allow", "")) // as a middleware returns it
		serve(t, httperrors.New(405, ""), lines(405, "Allow", ""))
	})
	t.Run("426 on HTTP/1.1 (15.5.22, 7.8)", func(t *testing.T) {
		serve(t, httperrors.UpgradeRequired("", "TLS/1.0"), func(t *testing.T, res *http.Response, _ string) {
			if res.StatusCode != 426 || res.Header.Get("Upgrade") != "TLS/1.0" || res.Header.Get("Connection") != "Upgrade" {
				t.Errorf("%d %v", res.StatusCode, res.Header)
			}
		})
	})
	t.Run("426 on HTTP/2 has neither", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.fails("/", httperrors.UpgradeRequired("", "TLS/1.0"))
		res := fetchH2(t, a, http.MethodGet, "/")
		if res.ProtoMajor != 2 || res.StatusCode != 426 || res.Header.Get("Upgrade") != "" || res.Header.Get("Connection") != "" {
			t.Errorf("%s %d %v", res.Proto, res.StatusCode, res.Header)
		}
	})
	t.Run("one Location (10.2.2)", func(t *testing.T) {
		for code, err := range map[int]error{
			301: httperrors.MovedPermanently("/a b"), 302: httperrors.Found("/a b"), 303: httperrors.SeeOther("/a b"),
			307: httperrors.TemporaryRedirect("/a b"), 308: httperrors.PermanentRedirect("/a b"),
		} {
			serve(t, err, lines(code, "Location", "/a%20b"))
		}
		for _, bad := range []string{"", "javascript:alert(1)", "//evil\r\nX: y", "\t//evil", strings.Repeat("/a", 32<<10)} {
			serve(t, httperrors.SeeOther(bad), lines(500, "Location"))
		}
	})
	t.Run("300 with a preference (15.4.1)", func(t *testing.T) {
		serve(t, httperrors.MultipleChoices("Choose.", "/a"), func(t *testing.T, res *http.Response, body string) {
			if res.StatusCode != 300 || res.Header.Get("Location") != "/a" || !strings.Contains(body, "Choose.") {
				t.Errorf("%d %v %q", res.StatusCode, res.Header, short(body))
			}
		})
	})
	t.Run("300 and 406 list what there is (15.4.1, 15.5.7)", func(t *testing.T) {
		versions := []httperrors.Link{{URL: "/a.pdf", Title: "As a PDF", Type: "application/pdf", Language: "de"}, {URL: "/a.txt?x&y", Language: "en"}}
		for code, err := range map[int]*httperrors.Error{300: httperrors.MultipleChoices("", "/a.pdf"), 406: httperrors.NotAcceptable("")} {
			serve(t, err.WithLinks(versions...), func(t *testing.T, res *http.Response, body string) {
				if got := res.Header.Values("Link"); res.StatusCode != code || !slices.Equal(got, []string{
					`</a.pdf>; rel="alternate"; type="application/pdf"; hreflang="de"; title="As a PDF"`, `</a.txt?x&y>; rel="alternate"; hreflang="en"`}) {
					t.Errorf("%d, Link %q", res.StatusCode, got)
				}
				contains(t, body, "/a.pdf", "As a PDF", "application/pdf", "de", "/a.txt?x")
				if mediaType, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); mediaType == "application/problem+json" {
					res.Body = io.NopCloser(strings.NewReader(body))
					if e, err := httperrors.FromResponse(res); err != nil || len(e.Links()) != 2 || e.Links()[1].URL != "/a.txt?x&y" {
						t.Errorf("read back: %+v, %v", e, err)
					}
				} else if mediaType == "application/problem+xml" {
					contains(t, body, "<href>/a.txt?x&amp;y</href>")
				} else {
					contains(t, body, "Available versions")
				}
			})
		}
	})
	t.Run("304 keeps what a 200 would have said (15.4.5)", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		kept := []string{"Etag", "Cache-Control", "Vary", "Content-Location", "Expires"}
		a.GET("/", func(c echo.Context) error {
			for _, name := range append(kept, "Content-Type", "Content-Length", "Content-Encoding") {
				c.Response().Header().Set(name, "5")
			}
			return httperrors.NotModified()
		})
		res := fetch(t, real(t, a), http.MethodGet, browser)
		for _, name := range kept {
			if !strings.HasPrefix(res.Header.Get(name), "5") {
				t.Errorf("%s: %q", name, res.Header.Values(name))
			}
		}
		if b := body(t, res); res.StatusCode != 304 || b != "" || res.Header.Get("Content-Type") != "" || res.Header.Get("Content-Encoding") != "" || res.Header.Get("Date") == "" {
			t.Errorf("%d %v %q", res.StatusCode, res.Header, b)
		}
	})
	t.Run("416 (14.4)", func(t *testing.T) {
		serve(t, httperrors.RangeNotSatisfiable("", 1234), lines(416, "Content-Range", "bytes */1234"))
	})
	t.Run("413 for the moment (15.5.14)", func(t *testing.T) {
		serve(t, httperrors.ContentTooLarge("").WithRetryAfter(time.Minute), lines(413, "Retry-After", "60"))
	})
	t.Run("415 says what it takes (15.5.16)", func(t *testing.T) {
		serve(t, httperrors.UnsupportedMediaType("", "application/json", "application/xml"), lines(415, "Accept", "application/json, application/xml"))
	})
	t.Run("Retry-After (10.2.3)", func(t *testing.T) {
		serve(t, httperrors.ServiceUnavailable("").WithRetryAfter(0), lines(503, "Retry-After", "0"))
		serve(t, httperrors.ServiceUnavailable("").WithRetryAfter(-time.Hour), lines(503, "Retry-After", "0"))
		serve(t, httperrors.TooManyRequests("").WithRetryAt(time.Date(2030, 1, 1, 1, 0, 0, 0, time.FixedZone("", 3600))),
			lines(429, "Retry-After", "Tue, 01 Jan 2030 00:00:00 GMT"))
		serve(t, httperrors.SeeOther("/").WithRetryAfter(time.Second), lines(303, "Retry-After", "1"))
	})
	t.Run("451 (RFC 7725, 4)", func(t *testing.T) {
		serve(t, httperrors.UnavailableForLegalReasons("", "https://example.com/court"), lines(451, "Link", `<https://example.com/court>; rel="blocked-by"`))
		serve(t, httperrors.UnavailableForLegalReasons("", ""), lines(451, "Link"))
		serve(t, httperrors.UnavailableForLegalReasons("", "https://example.com/court"), func(t *testing.T, _ *http.Response, body string) {
			contains(t, body, "https://example.com/court") // also for people
		})
	})
	t.Run("never stored (RFC 6585)", func(t *testing.T) {
		for _, code := range []int{428, 429, 431, 511} {
			serve(t, echo.NewHTTPError(code), lines(code, "Cache-Control", "no-store"))
		}
	})
	t.Run("431 names the field (RFC 6585, 5)", func(t *testing.T) {
		serve(t, httperrors.RequestHeaderFieldsTooLarge("Cookie is too large."), func(t *testing.T, res *http.Response, body string) {
			contains(t, body, "Cookie is too large.")
		})
	})
	t.Run("511 has no form (RFC 6585, 6)", func(t *testing.T) {
		serve(t, httperrors.NetworkAuthenticationRequired("Log in first."), func(t *testing.T, res *http.Response, body string) {
			contains(t, body, "Log in first.")
			lacks(t, body, "<form", "<input")
		})
		login := httperrors.NetworkAuthenticationRequired("").WithLinks(httperrors.Link{URL: "https://login.example.net/", Title: "Log in to the network"})
		serve(t, login, func(t *testing.T, res *http.Response, body string) {
			contains(t, body, "https://login.example.net/", "Log in to the network")
			lacks(t, body, "<form", "<input")
			lines(511, "Link")(t, res, body)
			lines(511, "Cache-Control", "no-store")(t, res, body)
		})
	})
	t.Run("HEAD of every status has GET's fields (9.3.2)", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.Any("/:status", func(c echo.Context) error {
			code, _ := strconv.Atoi(c.Param("status"))
			return httperrors.New(code, "").WithReport(false)
		})
		for code := 300; code < 600; code++ {
			if httperrors.Phrase(code) == "" {
				continue
			}
			target := "/" + strconv.Itoa(code)
			get, head := a.do(http.MethodGet, target, "Accept", api), a.do(http.MethodHead, target, "Accept", api)
			if b := body(t, head); b != "" || head.StatusCode != get.StatusCode {
				t.Errorf("HEAD of %d: %d %q", code, head.StatusCode, b)
			}
			length := len(body(t, get))
			if n := head.Header.Get("Content-Length"); n != "" && n != strconv.Itoa(length) {
				t.Errorf("HEAD of %d announces %s bytes, GET has %d", code, n, length)
			}
		}
	})
	t.Run("every status has a body of the type and length it says", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.GET("/:status", func(c echo.Context) error {
			code, _ := strconv.Atoi(c.Param("status"))
			return httperrors.New(code, "")
		})
		s := real(t, a)
		for code := 400; code < 600; code++ {
			if httperrors.Phrase(code) == "" {
				continue
			}
			for _, accept := range anyForm {
				req, _ := http.NewRequest(http.MethodGet, s.URL+"/"+strconv.Itoa(code), nil)
				req.Header.Set("Accept", accept)
				res, err := http.DefaultTransport.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				b := body(t, res)
				if res.StatusCode != code || b == "" || res.Header.Get("Content-Length") != strconv.Itoa(len(b)) || res.Header.Get("Date") == "" {
					t.Errorf("%d: status %d, %d bytes, %v", code, res.StatusCode, len(b), res.Header)
				}
				checkType(t, res.Header.Get("Content-Type"), b)
			}
		}
	})
	t.Run("nothing of the failed answer is left", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.GET("/", func(c echo.Context) error {
			c.Response().Header().Set("Content-Length", "5")
			c.Response().Header().Set("Content-Encoding", "gzip")
			c.Response().Header().Set("Cache-Control", "public, max-age=99")
			return httperrors.NotFound("x").WithHeader("Cache-Control", "max-age=3")
		})
		res := fetch(t, real(t, a), http.MethodGet, api)
		if b := body(t, res); !strings.HasPrefix(b, "{") || res.Header.Get("Content-Encoding") != "" || res.Header.Get("Cache-Control") != "max-age=3" {
			t.Errorf("%v %q", res.Header, b)
		}
	})
	t.Run("what reaches a header is clean (5.5)", func(t *testing.T) {
		for _, value := range []string{"a\r\nX-Evil: 1", "a\r\n\r\n<b>", "a\rb", "a\nb", "a\x00b", "a\x7fb", "caf\xe9", "😀", strings.Repeat("a", 1<<20)} {
			serve(t, httperrors.Conflict("x").WithHeader("X-A", value), lines(409, "X-A"))
			serve(t, speaker{http.Header{"X-A": {value}, "X-Good": {"yes"}}}, func(t *testing.T, res *http.Response, _ string) {
				if res.StatusCode != 409 || res.Header.Get("X-A") != "" || res.Header.Get("X-Evil") != "" || res.Header.Get("X-Good") != "yes" {
					t.Errorf("%d %v", res.StatusCode, res.Header)
				}
			})
		}
		serve(t, speaker{http.Header{"Content-Length": {"5"}, "Transfer-Encoding": {"chunked"}, "Content-Type": {"text/x"}, "Connection": {"close"},
			"Bad Name": {"x"}, "": {"x"}, "Trailer": {"x"}, "Content-Encoding": {"gzip"}, "Date": {"garbage"}, "Location": {"/a", "javascript:x"}, "Set-Cookie": {"a=b", "c=d"}}},
			func(t *testing.T, res *http.Response, body string) {
				if res.StatusCode != 409 || res.Header.Get("Content-Type") == "text/x" || res.Header.Get("Date") == "garbage" || len(res.Header.Values("Set-Cookie")) != 2 || res.Close {
					t.Errorf("%d %v", res.StatusCode, res.Header)
				}
			})
	})
	t.Run("nothing acceptable is no 406 (12.4.1)", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.fails("/", echo.ErrForbidden)
		for _, accept := range []string{"image/png", "*/*;q=0", "text/html;q=0", "nonsense", ";q=1", strings.Repeat(",", 1<<16)} {
			if res := a.get("/", "Accept", accept); res.StatusCode != 403 || body(t, res) == "" {
				t.Errorf("Accept %s: %d", short(accept), res.StatusCode)
			}
		}
	})
	t.Run("the language asked for is the one that is said (8.5)", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		for _, tt := range []struct{ ask, want string }{
			{"de-CH, en;q=0.5", "de"}, {"DE", "de"}, {"*", "en"}, {"de;q=0", "en"}, {"../../etc/passwd", "en"}, {"404.html\x00", "en"}, {"", "en"}, {strings.Repeat("a", 400<<10), "en"},
		} {
			res := a.get("/nowhere", "Accept", browser, "Accept-Language", tt.ask)
			if got := res.Header.Get("Content-Language"); got != tt.want {
				t.Errorf("%q: Content-Language %q, want %q", short(tt.ask), got, tt.want)
			}
			contains(t, body(t, res), `lang="`+tt.want+`"`)
		}
	})
	t.Run("Vary has all that was looked at, also for the default (12.5.5)", func(t *testing.T) {
		for _, err := range []error{echo.ErrNotFound, httperrors.Gone("x"), errors.New("x")} {
			a := newApp(t, exceptional.Config{})
			a.fails("/", err)
			for _, headers := range [][]string{nil, {"Accept", browser}, {"Accept", api}, {"Accept", "image/png"}} {
				contains(t, strings.Join(a.get("/", headers...).Header.Values("Vary"), ", "), "Accept", "Accept-Language")
			}
		}
	})
	t.Run("the members of a problem (RFC 9457, 3.1)", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.fails("/", httperrors.Conflict("Taken.").WithCause(errors.New("secret")).WithType("https://example.com/p", "Taken already").WithExtension("other", 3))
		doc := problem(t, a.get("/", "Accept", api))
		for name, want := range map[string]any{"type": "https://example.com/p", "title": "Taken already", "status": 409.0, "detail": "Taken.", "other": 3.0} {
			if doc[name] != want {
				t.Errorf("%s: %v, want %v", name, doc[name], want)
			}
		}
		a.fails("/5xx", errors.New("secret"))
		doc = problem(t, a.get("/5xx", "Accept", api))
		if instance, _ := doc["instance"].(string); instance == "" {
			t.Errorf("a reported failure has no instance: %v", doc)
		}
	})
	t.Run("extensions shadow nothing", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.fails("/", httperrors.Conflict("x").WithExtension("status", 200).WithExtension("type", "x").WithExtension("a-b", 1).WithExtension("", 1).WithExtension("__proto__", 1))
		doc := problem(t, a.get("/", "Accept", api))
		if doc["status"] != 409.0 || doc["type"] != nil || len(doc) != 3 {
			t.Errorf("%v", doc)
		}
	})
	t.Run("XML is well-formed for any input (RFC 9457, app. B)", func(t *testing.T) {
		for _, text := range []string{"\x0b\ufffe", "]]></detail>", "<script>&\xff", "\x00"} {
			a := newApp(t, exceptional.Config{})
			a.fails("/", httperrors.Conflict(text).WithExtension("list", []any{1, text, map[string]any{"xml": 1, "a b": text}}))
			res := a.get("/", "Accept", "application/problem+xml")
			checkType(t, res.Header.Get("Content-Type"), body(t, res))
		}
	})
	t.Run("problems of one kind are a list (RFC 9457, 3)", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.fails("/", httperrors.UnprocessableContent("Two mistakes.").WithErrors(
			httperrors.FieldError{Detail: "too short", Pointer: "/name"}, httperrors.FieldError{Detail: "missing", Parameter: "page"}))
		if list, _ := problem(t, a.get("/", "Accept", api))["errors"].([]any); len(list) != 2 {
			t.Errorf("%v", list)
		}
	})
	t.Run("the documentation of every kind of problem (RFC 9457, 4)", func(t *testing.T) {
		checkProblems(t, newShop(t, exceptional.Config{}))
	})
	t.Run("one report for each failure of the server, none for a client's", func(t *testing.T) {
		w := new(witness)
		a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}})
		a.Use(twice)
		for i, err := range []error{echo.ErrNotFound, httperrors.Conflict(""), errors.New("x"), httperrors.ErrServiceUnavailable} {
			a.fails("/"+strconv.Itoa(i), err)
			a.get("/" + strconv.Itoa(i))
		}
		if n := len(w.reports(t, a.responder)); n != 2 {
			t.Errorf("%d reports, want 2", n)
		}
	})
}

// speaker speaks HTTP without our package, with headers that have not been checked.
type speaker struct{ h http.Header }

func (speaker) Error() string         { return "secret" }
func (speaker) StatusCode() int       { return 409 }
func (speaker) PublicMessage() string { return "x" }
func (s speaker) Header() http.Header { return s.h }

// checkType holds a body against the type that was announced for it.
func checkType(t *testing.T, contentType, body string) {
	t.Helper()
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Errorf("Content-Type %q: %v", contentType, err)
	}
	switch media {
	case "application/problem+json":
		if !json.Valid([]byte(body)) || len(params) > 0 {
			t.Errorf("%s: %q", contentType, short(body))
		}
	case "application/problem+xml":
		var v struct {
			XMLName xml.Name `xml:"urn:ietf:rfc:7807 problem"`
		}
		if err := xml.Unmarshal([]byte(body), &v); err != nil || len(params) > 0 {
			t.Errorf("%s: %v: %q", contentType, err, short(body))
		}
	case "text/html":
		contains(t, body, "<!doctype html>")
	case "text/plain", "text/markdown":
		lacks(t, body, "<!doctype")
	default:
		t.Errorf("Content-Type %q", contentType)
	}
	if strings.HasPrefix(media, "text/") && params["charset"] != "utf-8" {
		t.Errorf("Content-Type %q", contentType)
	}
}
