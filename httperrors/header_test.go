package httperrors_test

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
)

// RFC 9110, section 5: names are tokens, and values have no control characters.
func TestError_WithHeader(t *testing.T) {
	tests := []struct {
		name   string
		key    string
		values []string
		want   []string // nil: refused
		fault  string
	}{
		{"one value", "X-A", []string{"b"}, []string{"b"}, ""},
		{"several values", "x-a", []string{"b", "c"}, []string{"b", "c"}, ""},
		{"an empty value", "X-A", []string{""}, []string{""}, ""},
		{"space around a value", "X-A", []string{" \tb "}, []string{"b"}, ""},
		{"a tab inside a value", "X-A", []string{"a\tb"}, []string{"a\tb"}, ""},
		{"cookies", "Set-Cookie", []string{"a=1", "b=2; Path=/"}, []string{"a=1", "b=2; Path=/"}, ""},
		{"Vary: *", "Vary", []string{"*"}, []string{"*"}, ""},
		{"a second header", "X-A", []string{"b\r\nSet-Cookie: c=d"}, nil, "header X-A: control character in the value"},
		{"a body", "X-A", []string{"b\r\n\r\n<script>"}, nil, "control character"},
		{"a lone CR", "X-A", []string{"b\rc"}, nil, "control character"},
		{"a lone LF", "X-A", []string{"b\nc"}, nil, "control character"},
		{"a trailing LF", "X-A", []string{"b\n"}, nil, "control character"},
		{"NUL", "X-A", []string{"b\x00c"}, nil, "control character"},
		{"DEL", "X-A", []string{"b\x7f"}, nil, "control character"},
		{"ESC", "X-A", []string{"\x1b[31m"}, nil, "control character"},
		{"Latin-1", "X-A", []string{"caf\xe9"}, nil, "header X-A: value is not ASCII"},
		{"emoji", "X-A", []string{"😀"}, nil, "not ASCII"},
		{"one bad value among good ones", "X-A", []string{"a", "b\n", "c"}, []string{"a", "c"}, "control character"},
		{"1 MB", "X-A", []string{strings.Repeat("a", 1<<20)}, nil, "longer than 8 KiB"},
		{"8 KiB", "X-A", []string{strings.Repeat("a", 8<<10)}, []string{strings.Repeat("a", 8<<10)}, ""},
		{"no name", "", []string{"b"}, nil, `header "": not a field name`},
		{"a name with a space", "X A", []string{"b"}, nil, "not a field name"},
		{"a name with a colon", "X-A:", []string{"b"}, nil, "not a field name"},
		{"a name with a line end", "X-A\r\nX-B", []string{"b"}, nil, "not a field name"},
		{"a name beyond ASCII", "X-Ä", []string{"b"}, nil, "not a field name"},
		{"net/http's trailer prefix", "Trailer:X", []string{"b"}, nil, "not a field name"},
		{"Content-Length", "content-length", []string{"5"}, nil, "header Content-Length: belongs to the writer of the answer"},
		{"Transfer-Encoding", "Transfer-Encoding", []string{"chunked"}, nil, "belongs to the writer"},
		{"Connection", "Connection", []string{"close"}, nil, "belongs to the writer"},
		{"Keep-Alive", "Keep-Alive", []string{"timeout=5"}, nil, "belongs to the writer"},
		{"Upgrade on another status", "Upgrade", []string{"h2c"}, nil, "belongs to the writer"},
		{"Trailer", "Trailer", []string{"X"}, nil, "belongs to the writer"},
		{"Content-Encoding", "Content-Encoding", []string{"gzip"}, nil, "belongs to the writer"},
		{"Content-Type", "CONTENT-TYPE", []string{"text/html"}, nil, "belongs to the writer"},
		{"Content-Range on another status", "Content-Range", []string{"bytes */5"}, nil, "belongs to the writer"},
		{"Date", "Date", []string{"yesterday"}, nil, "belongs to the writer"},
		{"two Locations", "Location", []string{"/a", "/b"}, []string{"/a"}, "header Location: more than one"},
		{"an invalid Location", "Location", []string{"javascript:alert(1)"}, nil, "header Location: a URI that a browser would run"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := slices.Clone(tt.values)
			e := httperrors.ErrConflict.WithHeader(tt.key, tt.values...)
			want := http.Header{}
			if tt.want != nil {
				want[http.CanonicalHeaderKey(tt.key)] = tt.want
			}
			if got := e.Header(); !reflect.DeepEqual(got, want) {
				t.Errorf("Header = %.200v, want %.200v", got, want)
			}
			if got := e.Error(); !strings.Contains(got, tt.fault) || (tt.fault == "") != !strings.Contains(got, "[") {
				t.Errorf("Error = %q, want the fault %q", got, tt.fault)
			}
			if e.StatusCode() != 409 {
				t.Errorf("StatusCode = %d", e.StatusCode())
			}
			if !slices.Equal(before, tt.values) {
				t.Error("the values that were given have changed")
			}
		})
	}
}

func TestError_WithHeader_limits(t *testing.T) {
	e := httperrors.ErrConflict
	for i := range 10_000 {
		e = e.WithHeader(fmt.Sprintf("X-%d", i), "v")
	}
	if n := len(e.Header()); n != 64 {
		t.Errorf("%d fields, want 64", n)
	}
	if n := len(e.Error()); n > 4000 {
		t.Errorf("the text has %d bytes", n)
	}
	if e = e.WithHeader("X-0", "w").WithHeader("X-1"); e.Header().Get("X-0") != "w" || e.Header().Get("X-1") != "" {
		t.Error("a field cannot be replaced or taken away when there are 64")
	}
}

// The fields that RFC 9110, RFC 6585 and RFC 7725 require for a status.
func TestError_Header(t *testing.T) {
	tests := []struct {
		name string
		err  *httperrors.Error
		want http.Header
	}{
		{"401, each challenge on a line", httperrors.Unauthorized("", httperrors.Basic("r"), httperrors.Bearer("r")),
			http.Header{"Www-Authenticate": {`Basic realm="r", charset="UTF-8"`, `Bearer realm="r"`}}},
		{"407", httperrors.ProxyAuthenticationRequired("", httperrors.Basic("r")), http.Header{"Proxy-Authenticate": {`Basic realm="r", charset="UTF-8"`}}},
		{"405", httperrors.MethodNotAllowed("GET", "HEAD"), http.Header{"Allow": {"GET, HEAD"}}},
		{"405 of nothing", httperrors.MethodNotAllowed(), http.Header{"Allow": {""}}},
		{"405, the sentinel", httperrors.ErrMethodNotAllowed, http.Header{"Allow": {""}}},
		{"413, for a while", httperrors.ContentTooLarge("").WithRetryAfter(time.Minute), http.Header{"Retry-After": {"60"}}},
		{"415", httperrors.UnsupportedMediaType("", "application/json", "text/*;q=0.5"), http.Header{"Accept": {"application/json, text/*;q=0.5"}}},
		{"415 without types", httperrors.UnsupportedMediaType(""), http.Header{}},
		{"416", httperrors.RangeNotSatisfiable("", 47022), http.Header{"Content-Range": {"bytes */47022"}}},
		{"416 of an empty one", httperrors.RangeNotSatisfiable("", 0), http.Header{"Content-Range": {"bytes */0"}}},
		{"416 of unknown size", httperrors.RangeNotSatisfiable("", -1), http.Header{}},
		{"416 in another unit", httperrors.RangeNotSatisfiable("", -1).WithHeader("Content-Range", "items */7"), http.Header{"Content-Range": {"items */7"}}},
		{"426", httperrors.UpgradeRequired("", "TLS/1.3", "websocket"), http.Header{"Upgrade": {"TLS/1.3, websocket"}}},
		{"428", httperrors.PreconditionRequired(""), http.Header{"Cache-Control": {"no-store"}}},
		{"429", httperrors.TooManyRequests("").WithRetryAfter(0), http.Header{"Cache-Control": {"no-store"}, "Retry-After": {"0"}}},
		{"429 that wants to be stored", httperrors.TooManyRequests("").WithHeader("Cache-Control", "public, max-age=60"), http.Header{"Cache-Control": {"no-store"}}},
		{"429 that says more", httperrors.TooManyRequests("").WithHeader("Cache-Control", "private, no-store"), http.Header{"Cache-Control": {"private, no-store"}}},
		{"431", httperrors.RequestHeaderFieldsTooLarge(""), http.Header{"Cache-Control": {"no-store"}}},
		{"511", httperrors.NetworkAuthenticationRequired(""), http.Header{"Cache-Control": {"no-store"}}},
		{"New's 429", httperrors.New(429, ""), http.Header{"Cache-Control": {"no-store"}}},
		{"451", httperrors.UnavailableForLegalReasons("", "https://spqr.example.org/legislatione"),
			http.Header{"Link": {`<https://spqr.example.org/legislatione>; rel="blocked-by"`}}},
		{"451 without a URI", httperrors.UnavailableForLegalReasons("", ""), http.Header{}},
		{"300 with a preference", httperrors.MultipleChoices("", "/a.html"), http.Header{"Location": {"/a.html"}}},
		{"300 without", httperrors.MultipleChoices("", ""), http.Header{}},
		{"303", httperrors.SeeOther("/a").WithRetryAfter(time.Second), http.Header{"Location": {"/a"}, "Retry-After": {"1"}}},
		{"a redirect of another kind", httperrors.Redirect(300, "/a"), http.Header{"Location": {"/a"}}},
		{"503", httperrors.ServiceUnavailable("").WithRetryAfter(time.Hour), http.Header{"Retry-After": {"3600"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Header(); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Header = %v, want %v", got, tt.want)
			}
		})
	}
}

// An invalid argument of a constructor is the program's fault: 500, and the log knows why.
func TestConstructors_invalid(t *testing.T) {
	basic := httperrors.Basic("r")
	tests := []struct {
		name string
		err  *httperrors.Error
		want string
	}{
		{"no challenge", httperrors.Unauthorized("m", httperrors.Challenge{}), "header Www-Authenticate: challenge: the scheme is not a token"},
		{"a bad second challenge", httperrors.Unauthorized("m", basic, httperrors.Challenge{Scheme: "a b"}), "the scheme is not a token"},
		{"a bad parameter", httperrors.Unauthorized("m", httperrors.Challenge{Scheme: "X", Params: map[string]string{"a b": "c"}}), "a parameter's name is not a token"},
		{"a bad token68", httperrors.ProxyAuthenticationRequired("m", httperrors.Challenge{Scheme: "Negotiate", Token: "a b"}), "header Proxy-Authenticate: challenge: not a token68"},
		{"a long challenge", httperrors.Unauthorized("m", httperrors.Basic(strings.Repeat("a", 10_000))), "longer than 8 KiB"},
		{"no scheme but a token", httperrors.Unauthorized("m", httperrors.Challenge{Token: "YQ=="}), "the scheme is not a token"},
		{"a token of padding", httperrors.Unauthorized("m", httperrors.Challenge{Scheme: "X", Token: "=="}), "not a token68"},
		{"many parameters", httperrors.Unauthorized("m", httperrors.Challenge{Scheme: "X", Params: map[string]string{"a": strings.Repeat("a", 5000), "b": strings.Repeat("b", 5000), "c": ""}}), "longer than 8 KiB"},
		{"ten thousand protocols", httperrors.UpgradeRequired("m", "a", slices.Repeat([]string{"b"}, 10_000)...), "header Upgrade: value is longer than 8 KiB"},
		{"not a method", httperrors.MethodNotAllowed("GET", "a b"), `header Allow: "a b" is not valid`},
		{"an empty method", httperrors.MethodNotAllowed(""), `header Allow: "" is not valid`},
		{"a method that is a header", httperrors.MethodNotAllowed("GET\r\nX-A: b"), "is not valid"},
		{"not a media type", httperrors.UnsupportedMediaType("m", "json"), `header Accept: "json" is not valid`},
		{"a media type that is a header", httperrors.UnsupportedMediaType("m", "a/b;c=d\r\nX-A: b"), "is not valid"},
		{"not a protocol", httperrors.UpgradeRequired("m", ""), `header Upgrade: "" is not valid`},
		{"half a protocol", httperrors.UpgradeRequired("m", "TLS/"), `header Upgrade: "TLS/" is not valid`},
		{"blocked by nonsense", httperrors.UnavailableForLegalReasons("m", "a\nb"), "header Link: control character"},
		{"blocked by an injection", httperrors.UnavailableForLegalReasons("m", `\>; rel="stylesheet"`), "header Link: not a URI reference"},
		{"no Location", httperrors.Found(""), "header Location: empty URI reference"},
		{"a script", httperrors.MovedPermanently("javascript:alert(1)"), "header Location: a URI that a browser would run"},
		{"a line end", httperrors.SeeOther("/a\r\nX-A: b"), "header Location: control character"},
		{"half an escape", httperrors.TemporaryRedirect("/100%"), "header Location: not a URI reference"},
		{"a backslash", httperrors.PermanentRedirect(`/\evil.example`), "header Location: not a URI reference"},
		{"a 300 with a bad preference", httperrors.MultipleChoices("m", "\x00"), "header Location: control character"},
		{"not a redirect", httperrors.Redirect(404, "/a"), "redirect: 404 is not a 3xx status"},
		{"a withdrawn redirect", httperrors.Redirect(305, "/a"), "status 305 cannot be sent"},
		{"a redirect with status 0", httperrors.Redirect(0, "/a"), "redirect: 0 is not a 3xx status"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.StatusCode(); got != 500 {
				t.Errorf("StatusCode = %d, want 500", got)
			}
			if !strings.Contains(tt.err.Error(), tt.want) {
				t.Errorf("Error = %q, want %q in it", tt.err.Error(), tt.want)
			}
			if tt.err.PublicMessage() != "" {
				t.Errorf("the 500 shows the message %q", tt.err.PublicMessage())
			}
			for name := range tt.err.Header() {
				if name == "Location" || name == "Www-Authenticate" || name == "Allow" {
					t.Errorf("the 500 has the field %s", name)
				}
			}
			if c := tt.err.WithHeader("X-A", "b"); c.StatusCode() != 500 || c.Header().Get("X-A") != "b" {
				t.Errorf("derived: %v", c)
			}
		})
	}
}

// RFC 9110, section 10.2.3: seconds, or a date.
func TestError_WithRetryAfter(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0", -time.Second: "0", 400 * time.Millisecond: "1", time.Second: "1", 1500 * time.Millisecond: "2",
		time.Hour: "3600", 1<<63 - 1: "9223372037", -1 << 63: "0"} {
		if got := httperrors.ErrServiceUnavailable.WithRetryAfter(d).Header().Get("Retry-After"); got != want {
			t.Errorf("WithRetryAfter(%v) = %q, want %q", d, got, want)
		}
	}
	cet := time.FixedZone("CET", 3600)
	for _, tt := range []struct {
		t    time.Time
		want string
	}{
		{time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC), "Sat, 21 Nov 2026 01:00:00 GMT"},
		{time.Date(2026, 11, 21, 1, 0, 0, 999, cet), "Sat, 21 Nov 2026 00:00:00 GMT"},
		{time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), "Fri, 01 Jan 1999 00:00:00 GMT"},
		{time.Time{}, ""},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		{time.Date(10000, 1, 1, 0, 30, 0, 0, cet), "Fri, 31 Dec 9999 23:30:00 GMT"},
		{time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), ""},
	} {
		e := httperrors.ErrServiceUnavailable.WithRetryAt(tt.t)
		if got := e.Header().Get("Retry-After"); got != tt.want {
			t.Errorf("WithRetryAt(%v) = %q, want %q", tt.t, got, tt.want)
		}
		if tt.want == "" && !strings.Contains(e.Error(), "Retry-After: no HTTP date") {
			t.Errorf("WithRetryAt(%v) is refused without a word", tt.t)
		}
	}
}

func TestMethodNotAllowed(t *testing.T) {
	for _, tt := range []struct {
		name  string
		allow []string
		want  string
	}{
		{"in the order given", []string{"POST", "GET"}, "POST, GET"},
		{"each once", []string{"GET", "GET", "HEAD", "GET"}, "GET, HEAD"},
		{"a list in one", []string{"GET, HEAD", "POST"}, "GET, HEAD, POST"},
		{"lower case is another method", []string{"get", "GET"}, "get, GET"},
		{"an extension method", []string{"X-QUERY!"}, "X-QUERY!"},
	} {
		if e := httperrors.MethodNotAllowed(tt.allow...); e.StatusCode() != 405 || e.Header().Get("Allow") != tt.want {
			t.Errorf("%s: %v, Allow %q, want %q", tt.name, e, e.Header().Get("Allow"), tt.want)
		}
	}
}

// RFC 9110, section 11: a scheme, and a token68 or quoted parameters.
func TestChallenge(t *testing.T) {
	tests := []struct {
		name string
		c    httperrors.Challenge
		want string
	}{
		{"Basic", httperrors.Basic("orders"), `Basic realm="orders", charset="UTF-8"`},
		{"Basic has a realm", httperrors.Challenge{Scheme: "basic"}, `basic realm=""`},
		{"Bearer", httperrors.Bearer("api"), `Bearer realm="api"`},
		{"a scheme alone", httperrors.Challenge{Scheme: "Negotiate"}, `Negotiate`},
		{"a token", httperrors.Challenge{Scheme: "Negotiate", Realm: "ignored", Token: "YWJj+/=="}, `Negotiate YWJj+/==`},
		{"parameters by name", httperrors.Challenge{Scheme: "Bearer", Realm: "api", Params: map[string]string{"scope": "a b", "error": "invalid_token"}},
			`Bearer realm="api", error="invalid_token", scope="a b"`},
		{"parameters alone", httperrors.Challenge{Scheme: "X", Params: map[string]string{"a": "b"}}, `X a="b"`},
		{"a quote in the realm", httperrors.Bearer(`a"b`), `Bearer realm="a\"b"`},
		{"a backslash at the end", httperrors.Bearer(`a\`), `Bearer realm="a\\"`},
		{"an injected parameter", httperrors.Bearer(`a", error="x`), `Bearer realm="a\", error=\"x"`},
		{"a comma", httperrors.Bearer(`a, Basic realm=b`), `Bearer realm="a, Basic realm=b"`},
		{"a line end", httperrors.Bearer("a\r\nSet-Cookie: b"), `Bearer realm="a  Set-Cookie: b"`},
		{"letters beyond ASCII", httperrors.Bearer("Bücher\xff"), `Bearer realm="B?cher?"`},
		{"the realm twice", httperrors.Challenge{Scheme: "X", Realm: "a", Params: map[string]string{"Realm": "b", "realm": "c"}}, `X realm="a"`},
		{"the realm among the parameters", httperrors.Challenge{Scheme: "X", Params: map[string]string{"realm": "c"}}, `X realm="c"`},
		{"a parameter in two cases", httperrors.Challenge{Scheme: "X", Params: map[string]string{"A": "1", "a": "2"}}, `X A="1"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := httperrors.Unauthorized("", tt.c)
			if got := e.Header()["Www-Authenticate"]; e.StatusCode() != 401 || !slices.Equal(got, []string{tt.want}) {
				t.Errorf("%v has %q, want %q", e, got, tt.want)
			}
		})
	}
}

// RFC 9110, section 10.2.2: a URI reference.
func TestRedirect_location(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"a path", "/a/b", "/a/b"},
		{"relative", "b/c?d=e#f", "b/c?d=e#f"},
		{"a query alone", "?page=2", "?page=2"},
		{"a fragment alone", "#top", "#top"},
		{"absolute", "https://example.com:8080/a?b=c#d", "https://example.com:8080/a?b=c#d"},
		{"an IPv6 host", "http://[::1]:80/a", "http://[::1]:80/a"},
		{"an application's own scheme", "myapp://callback?code=1", "myapp://callback?code=1"},
		{"a URN", "urn:isbn:0451450523", "urn:isbn:0451450523"},
		{"escapes stay as they are", "/a%2Fb%c3%a9", "/a%2Fb%c3%a9"},
		{"letters with accents", "/café", "/caf%C3%A9"},
		{"spaces", "/a b?c d", "/a%20b?c%20d"},
		{"brackets in the query", "/a?b[]=1", "/a?b%5B%5D=1"},
		{"quotes and angles", `/a"<b>`, "/a%22%3Cb%3E"},
		{"a second fragment", "/a#b#c", "/a#b%23c"},
		{"another host, which is the caller's to check", "//evil.example/a", "//evil.example/a"},
		{"a colon in a later segment", "/a:b", "/a:b"},
		{"a URL in the query", "/login?next=https://example.com/", "/login?next=https://example.com/"},

		{"nothing", "", ""},
		{"a script", "javascript:alert(1)", ""},
		{"a script in capitals", "JaVaScRiPt:alert(1)", ""},
		{"data", "data:text/html,<script>", ""},
		{"a tab before another host", "\t//evil.example", ""},
		{"a header", "/a\r\nSet-Cookie: b=c", ""},
		{"NUL", "/a\x00", ""},
		{"a backslash that browsers take for a slash", `/\evil.example`, ""},
		{"half an escape", "/a%2", ""},
		{"not an escape", "/a%zz", ""},
		{"a space in the host", "https://exa mple.com/", ""},
		{"a host with accents", "https://bücher.example/", ""},
		{"a bad port", "https://example.com:http/", ""},
		{"a colon in the first segment", "1a:b", ""},
		{"invalid UTF-8", "/\xff", ""},
		{"64 KB", "/" + strings.Repeat("a", 64<<10), ""},
		{"too long when escaped", "/" + strings.Repeat("ä", 2000), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := httperrors.Redirect(303, tt.in)
			code, locations := 303, []string{tt.want}
			if tt.want == "" {
				code, locations = 500, nil
			}
			if got := e.Header()["Location"]; e.StatusCode() != code || !slices.Equal(got, locations) {
				t.Errorf("%v has %q, want %d %q", e, got, code, locations)
			}
		})
	}
}

// A location may come from a client, so the work on it must grow with its length and not with the square of that.
func TestRedirect_isLinear(t *testing.T) {
	fastest := func(n int) time.Duration {
		location := strings.Repeat("ä", n) + "?//"
		best := time.Duration(math.MaxInt64)
		for range 50 { // on a busy machine, one of them is undisturbed
			start := time.Now()
			httperrors.Redirect(303, location)
			best = min(best, time.Since(start))
		}
		return best
	}
	const factor = 16
	short, long := fastest(4000/factor), fastest(4000)
	if long > 4*factor*short {
		t.Errorf("a location %d times as long takes %d times as long (%v, %v)", factor, long/short, short, long)
	}
}

func BenchmarkRedirect(b *testing.B) {
	for name, location := range map[string]string{"path": "/orders/7", "escaped": "/" + strings.Repeat("ä", 4000)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sink = httperrors.Redirect(303, location)
			}
		})
	}
}

// The header reaches the client unchanged: net/http replaces nothing in it.
func TestError_Header_wire(t *testing.T) {
	e := httperrors.Unauthorized("", httperrors.Basic("a\"b\\\r\nc")).WithHeader("X-A", "a\tb", "c").WithRetryAfter(time.Second)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range e.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(e.StatusCode())
	}))
	defer srv.Close()
	r, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	for name, want := range e.Header() {
		if got := r.Header[name]; !slices.Equal(got, want) {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add("X-A", "b")
	f.Add("content-length", "5\r\n")
	f.Add("Location", "//a b\\c")
	f.Add("x\x00", "\xff")
	f.Fuzz(func(t *testing.T, name, value string) {
		e := httperrors.ErrServiceUnavailable.WithHeader(name, value, "fixed")
		checkHeader(t, e)
		if v := e.Header()[http.CanonicalHeaderKey(name)]; len(v) == 0 && !strings.Contains(e.Error(), "[") {
			t.Errorf("refused without a word: %q: %q", name, value)
		}
	})
}

// checkHeader holds the header of e to RFC 9110, section 5.
func checkHeader(t *testing.T, e *httperrors.Error) {
	t.Helper()
	for name, values := range e.Header() {
		if name != http.CanonicalHeaderKey(name) || strings.ContainsAny(name, " \r\n\t:\x00\"") || name == "" {
			t.Errorf("the name %q", name)
		}
		switch name {
		case "Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Content-Type", "Content-Encoding":
			t.Errorf("the field %s is reserved", name)
		}
		for _, v := range values {
			for i := range len(v) {
				if c := v[i]; c < ' ' && c != '\t' || c >= 0x7f {
					t.Errorf("%s has the value %q", name, v)
				}
			}
		}
	}
}

func FuzzChallenge(f *testing.F) {
	f.Add("Basic", `a"b\`, "charset", "UTF-8", "")
	f.Add("X", "\r\n", "a b", "\xff", "YQ==")
	f.Add("", "", "realm", `", x="`, "=")
	f.Fuzz(func(t *testing.T, scheme, realm, name, value, token string) {
		e := httperrors.Unauthorized("", httperrors.Challenge{Scheme: scheme, Realm: realm, Token: token, Params: map[string]string{name: value}})
		checkHeader(t, e)
		v := e.Header().Get("Www-Authenticate")
		if e.StatusCode() == 500 {
			if v != "" || !strings.Contains(e.Error(), "Www-Authenticate") {
				t.Fatalf("spoilt: %v, %q", e, v)
			}
			return
		}
		// Outside quotes there are no quotes, and every quote is closed.
		quoted, params := false, 0
		for i := 0; i < len(v); i++ {
			switch {
			case quoted && v[i] == '\\':
				i++
			case v[i] == '"':
				quoted = !quoted
			case !quoted && v[i] == ',':
				params++
			}
		}
		if quoted || params > 1 || !strings.HasPrefix(v, scheme) {
			t.Fatalf("the challenge %q of %q %q %q %q", v, scheme, realm, name, value)
		}
	})
}

func FuzzLocation(f *testing.F) {
	for _, s := range []string{"/a", "https://example.com/ä b?x[]=1#c#d", "javascript:x", `/\a`, "%", "//a@b:1/", "http://[::1]%20/", "a:b", "\t/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := httperrors.Found(s)
		v := e.Header().Get("Location")
		checkHeader(t, e)
		if e.StatusCode() == 500 {
			if v != "" || !strings.Contains(e.Error(), "Location") {
				t.Fatalf("spoilt: %v, %q", e, v)
			}
			return
		}
		u, err := url.Parse(v)
		if err != nil || v == "" || strings.ContainsAny(v, " \\\"<>^`{|}") {
			t.Fatalf("Found(%q) leads to %q: %v", s, v, err)
		}
		if strings.EqualFold(u.Scheme, "javascript") || strings.EqualFold(u.Scheme, "data") {
			t.Fatalf("Found(%q) leads to %q", s, v)
		}
		if before, err := url.Parse(s); err == nil && before.Host != u.Host {
			t.Fatalf("Found(%q) leads to the host %q, not %q", s, u.Host, before.Host)
		}
		if again := httperrors.Found(v).Header().Get("Location"); again != v {
			t.Fatalf("Found(%q) leads to %q, and that to %q", s, v, again)
		}
	})
}
