package httperrors_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
)

func ofEverything() *httperrors.Error {
	return httperrors.UnprocessableContent("Some of it is wrong.").WithDetail("Two fields.").WithCode("invalid-order").
		WithType("https://example.com/p/invalid-order", "Invalid order").WithInstance("/orders/7#1").WithCause(errors.New("secret cause")).
		WithExtension("limit", 5).WithExtension("choices", []string{"a", "b"}).WithHeader("X-Not-Public", "n").WithRetryable(true).
		WithErrors(httperrors.FieldError{Detail: "must be positive", Pointer: "/items/0/price", Code: "gt"}, httperrors.FieldError{Parameter: "page", Header: "X-Page"})
}

// N41 to N48.
func TestError_MarshalJSON(t *testing.T) {
	tests := []struct {
		name string
		err  *httperrors.Error
		want string
	}{
		{"a sentinel", httperrors.ErrNotFound, `{"title":"Not Found","status":404}`},
		{"a message", httperrors.NotFound("No such order."), `{"title":"Not Found","status":404,"detail":"No such order."}`},
		{"the status is the one that is sent", httperrors.New(200, "m"), `{"title":"Internal Server Error","status":500}`},
		{"a status without a phrase", httperrors.New(499, ""), `{"status":499}`},
		{"the cause is not in it", httperrors.Conflict("Taken.").WithCause(errors.New("secret")), `{"title":"Conflict","status":409,"detail":"Taken."}`},
		{"what may be tried again", httperrors.ErrServiceUnavailable, `{"title":"Service Unavailable","status":503,"retryable":true}`},
		{"what may not, although its status says so", httperrors.ServiceUnavailable("Gone for good.").WithRetryable(false), `{"title":"Service Unavailable","status":503,"detail":"Gone for good.","retryable":false}`},
		{"what may not, as its status says", httperrors.ErrConflict.WithRetryable(false), `{"title":"Conflict","status":409}`},
		{"everything", ofEverything(), `{"type":"https://example.com/p/invalid-order","title":"Invalid order","status":422,"detail":"Two fields.",` +
			`"instance":"/orders/7#1","message":"Some of it is wrong.","code":"invalid-order","retryable":true,"limit":5,"choices":["a","b"],` +
			`"errors":[{"detail":"must be positive","pointer":"/items/0/price","code":"gt"},{"parameter":"page","header":"X-Page"}]}`},
		{"an extension that cannot be encoded", httperrors.ErrConflict.WithExtension("bad", math.NaN()).WithExtension("good", 1), `{"title":"Conflict","status":409,"good":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := json.Marshal(tt.err)
			if err != nil || string(b) != tt.want {
				t.Errorf("json.Marshal = %s, %v; want %s", b, err, tt.want)
			}
		})
	}
}

func TestError_MarshalXML(t *testing.T) {
	b, err := xml.Marshal(httperrors.NotFound("No <such> order.").WithExtension("list", []int{1, 2}))
	const want = `<problem xmlns="urn:ietf:rfc:7807"><title>Not Found</title><status>404</status><detail>No &lt;such&gt; order.</detail><list><i>1</i><i>2</i></list></problem>`
	if err != nil || string(b) != want {
		t.Errorf("xml.Marshal = %s, %v; want %s", b, err, want)
	}
	if err := xml.NewEncoder(failing{}).Encode(ofEverything()); err == nil {
		t.Error("a writer that fails is not noticed")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// What a server of this package writes, a client of this package reads.
func TestRoundTrip(t *testing.T) {
	e := ofEverything()
	asJSON, _ := json.Marshal(e)
	asXML, _ := xml.Marshal(e)
	for mediaType, body := range map[string][]byte{"application/problem+json": asJSON, "application/problem+xml; charset=utf-8": asXML} {
		t.Run(mediaType, func(t *testing.T) {
			got, err := httperrors.Decode(mediaType, body)
			if err != nil {
				t.Fatal(err)
			}
			if got.StatusCode() != 422 || got.PublicMessage() != e.PublicMessage() || got.Detail() != e.Detail() || got.Code() != e.Code() || got.Type() != e.Type() ||
				got.Title() != e.Title() || got.Instance() != e.Instance() || !slices.Equal(got.Errors(), e.Errors()) || !got.Retryable() || got.Unwrap() != nil {
				t.Errorf("Decode = %+v, want %+v", got, e)
			}
			ext := maps(got)
			if fmt.Sprint(ext["limit"]) != "5" || !reflect.DeepEqual(ext["choices"], []any{"a", "b"}) || len(ext) != 2 {
				t.Errorf("extensions %v", ext)
			}
			if !errors.Is(got, httperrors.ErrUnprocessableContent) || !errors.Is(got, e) {
				t.Error("the error that was read is not the error that was written")
			}
			again, _ := json.Marshal(got)
			if mediaType == "application/problem+json" && !bytes.Equal(again, asJSON) {
				t.Errorf("written again it is %s, was %s", again, asJSON)
			}
		})
	}
}

// Retryability as it was decided arrives, for every status and in both formats.
func TestRoundTrip_retryable(t *testing.T) {
	for code := 400; code < 600; code++ {
		e := httperrors.New(code, "")
		for _, e := range []*httperrors.Error{e, e.WithRetryable(true), e.WithRetryable(false), e.WithRetryAfter(0), e.WithRetryAfter(0).WithRetryable(false)} {
			asJSON, _ := json.Marshal(e)
			asXML, _ := xml.Marshal(e)
			for mediaType, body := range map[string][]byte{"application/json": asJSON, "text/xml": asXML} {
				got, err := httperrors.Decode(mediaType, body)
				if err != nil || got.Retryable() != e.Retryable() {
					t.Errorf("%s is read as retryable %v, was written as %v; %v", body, got.Retryable(), e.Retryable(), err)
				}
				r := &http.Response{StatusCode: code, Header: e.Header(), Body: io.NopCloser(bytes.NewReader(body))}
				r.Header.Set("Content-Type", mediaType)
				if got, err := httperrors.FromResponse(r); err != nil || got.Retryable() != e.Retryable() || len(maps(got)) != 0 {
					t.Errorf("%s is read as retryable %v, was sent as %v; %v", body, got.Retryable(), e.Retryable(), err)
				}
			}
		}
	}
}

func maps(e *httperrors.Error) map[string]any {
	m := map[string]any{}
	for name, v := range e.Extensions() {
		m[name] = v
	}
	return m
}

// N49: what a client may meet.
func TestDecode(t *testing.T) {
	tests := []struct {
		name, mediaType, in string
		code                int // 0: an error
		message             string
	}{
		{"a problem", "application/problem+json", `{"status":404,"detail":"No."}`, 404, "No."},
		{"with a parameter", "Application/Problem+JSON; charset=utf-8", `{"status":404}`, 404, ""},
		{"plain JSON", "application/json", `{"status":404}`, 404, ""},
		{"plain XML", "text/xml", `<problem xmlns="urn:ietf:rfc:7807"><status>404</status></problem>`, 404, ""},
		{"without a status", "application/problem+json", `{}`, 500, ""},
		{"wrong types", "application/problem+json", `{"status":"404","detail":7,"title":{}}`, 500, ""},
		{"a redirect, whose Location is in no document", "application/problem+json", `{"status":302,"detail":"Over there."}`, 302, "Over there."},
		{"a redirect in XML", "application/problem+xml", `<problem xmlns="urn:ietf:rfc:7807"><status>308</status></problem>`, 308, ""},
		{"a status that is withdrawn", "application/problem+json", `{"status":305}`, 500, ""},
		{"a status that is no error's", "application/problem+json", `{"status":200}`, 500, ""},
		{"cut off", "application/problem+json", `{"status":404`, 0, ""},
		{"an array", "application/problem+json", `[]`, 0, ""},
		{"a page", "text/html", `<html>`, 0, ""},
		{"no media type", "", `{}`, 0, ""},
		{"nonsense for a media type", "/;=", `{}`, 0, ""},
		{"2 MB", "application/problem+json", `{"a":"` + strings.Repeat("a", 2<<20) + `"}`, 0, ""},
		{"deep", "application/problem+json", strings.Repeat(`{"a":`, 100_000), 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := httperrors.Decode(tt.mediaType, []byte(tt.in))
			if (err != nil) != (tt.code == 0) || err != nil && e != nil {
				t.Fatalf("Decode = %v, %v", e, err)
			}
			if err == nil && (e.StatusCode() != tt.code || e.PublicMessage() != tt.message) {
				t.Errorf("Decode = %v, want %d %q", e, tt.code, tt.message)
			}
		})
	}
	if _, err := httperrors.Decode("text/html", nil); !errors.Is(err, httperrors.ErrNotAProblem) {
		t.Errorf("err = %v", err)
	}
}

// What a Go client does without a second thought. An Error is immutable, so only a zero one is filled.
func TestError_Unmarshal(t *testing.T) {
	written := []*httperrors.Error{httperrors.NotFound("No such order."), httperrors.Redirect(302, "/x"), ofEverything(), httperrors.ErrServiceUnavailable.WithRetryable(false), new(httperrors.Error)}
	for _, w := range written {
		asJSON, _ := json.Marshal(w)
		asXML, _ := xml.Marshal(w)
		for name, read := range map[string]func(e *httperrors.Error) error{
			"JSON":        func(e *httperrors.Error) error { return json.Unmarshal(asJSON, e) },
			"XML":         func(e *httperrors.Error) error { return xml.Unmarshal(asXML, e) },
			"JSON stream": func(e *httperrors.Error) error { return json.NewDecoder(bytes.NewReader(asJSON)).Decode(e) },
		} {
			var got httperrors.Error
			if err := read(&got); err != nil {
				t.Errorf("%s: %v: %s", name, err, asJSON)
			}
			mediaType, body := "application/json", asJSON
			if name == "XML" {
				mediaType, body = "text/xml", asXML
			}
			want, _ := httperrors.Decode(mediaType, body)
			if g, w := fmt.Sprintf("%v %v %v", &got, got.Retryable(), maps(&got)), fmt.Sprintf("%v %v %v", want, want.Retryable(), maps(want)); g != w || got.Detail() != want.Detail() ||
				got.Code() != want.Code() || !slices.Equal(got.Errors(), want.Errors()) || got.StatusCode() != want.StatusCode() {
				t.Errorf("%s: read as %+v, Decode reads %+v", name, &got, want)
			}
			if err := read(&got); err == nil || !strings.Contains(err.Error(), "immutable") {
				t.Errorf("%s: an Error is filled a second time: %v", name, err)
			}
			if err := read(nil); err == nil {
				t.Errorf("%s: nothing was filled, and no error", name)
			}
		}
	}
	sentinel := httperrors.ErrNotFound
	if err := json.Unmarshal([]byte(`{"status":500}`), sentinel); err == nil || sentinel.StatusCode() != 404 {
		t.Errorf("a sentinel was written to: %v, %v", sentinel, err)
	}
}

func TestError_Unmarshal_within(t *testing.T) {
	type answer struct {
		XMLName xml.Name            `json:"-" xml:"answer"`
		Order   int                 `json:"order" xml:"order"`
		Problem *httperrors.Error   `json:"problem" xml:"problem"`
		More    []*httperrors.Error `json:"more" xml:"more>problem"`
		After   string              `json:"after" xml:"after"`
	}
	for name, read := range map[string]func(a *answer) error{
		"JSON": func(a *answer) error {
			return json.Unmarshal([]byte(`{"order":7,"problem":{"status":409,"detail":"Taken."},"more":[{"status":404},null,{"status":410}],"after":"x"}`), a)
		},
		"XML": func(a *answer) error {
			return xml.Unmarshal([]byte(`<answer><order>7</order><problem xmlns="urn:ietf:rfc:7807"><status>409</status><detail>Taken.</detail></problem>`+
				`<more><problem><status>404</status></problem><problem><status>410</status></problem></more><after>x</after></answer>`), a)
		},
	} {
		var a answer
		if err := read(&a); err != nil || a.Order != 7 || a.After != "x" || a.Problem.StatusCode() != 409 || a.Problem.PublicMessage() != "Taken." ||
			a.More[0].StatusCode() != 404 || a.More[len(a.More)-1].StatusCode() != 410 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	var none struct{ Problem *httperrors.Error }
	if err := json.Unmarshal([]byte(`{"Problem":null}`), &none); err != nil || none.Problem != nil {
		t.Errorf("null is read as %v, %v", none.Problem, err)
	}
	var zero httperrors.Error
	if err := json.Unmarshal([]byte("null"), &zero); err != nil || zero.PublicMessage() != "" {
		t.Errorf("null is read as %v, %v", &zero, err)
	}
	for _, bad := range []string{`[]`, `"x"`, `7`, `{"a":"` + strings.Repeat("a", 2<<20) + `"}`} {
		if err := json.Unmarshal([]byte(bad), &zero); err == nil || zero.PublicMessage() != "" {
			t.Errorf("%.20s is read as %v", bad, &zero)
		}
	}
	for _, bad := range []string{`<order/>`, `<problem xmlns="urn:other"/>`, `<problem><a>`, `<problem>` + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + `</problem>`,
		`<problem><a>` + strings.Repeat("a", 2<<20) + `</a></problem>`, `<problem>` + strings.Repeat("<a></a>", 200_000) + `</problem>`} {
		if err := xml.Unmarshal([]byte(bad), &zero); err == nil || zero.PublicMessage() != "" {
			t.Errorf("%.20s is read as %v", bad, &zero)
		}
	}
	var base struct{ *asBase }
	if err := json.Unmarshal([]byte(`{"status":404}`), &base); err == nil {
		t.Error("a type that embeds no Error yet was filled")
	}
}

type asBase = httperrors.Error

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestFromResponse(t *testing.T) {
	e := httperrors.Unauthorized("Log in.", httperrors.Basic("orders")).WithCode("login").WithRetryAfter(5 * time.Second)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.CopyHeader(w.Header())
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Set-Cookie", "a=b")
		w.WriteHeader(e.StatusCode())
		b, _ := json.Marshal(e)
		_, _ = w.Write(b)
	}))
	defer srv.Close()
	r, err := http.Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	got, err := httperrors.FromResponse(r)
	if err != nil || got.StatusCode() != 401 || got.PublicMessage() != "Log in." || !errors.Is(got, e) || !errors.Is(got, httperrors.ErrUnauthorized) {
		t.Fatalf("FromResponse = %v, %v", got, err)
	}
	if want := (http.Header{"Www-Authenticate": {`Basic realm="orders", charset="UTF-8"`}, "Retry-After": {"5"}}); !reflect.DeepEqual(got.Header(), want) {
		t.Errorf("Header = %v, want %v", got.Header(), want)
	}
}

// The fields that say something about the error are in the Error, each one that a constructor sets among them; what is the
// business of whoever asked, and would be passed on by a handler that returns the error, is not.
func TestFromResponse_header(t *testing.T) {
	read := func(status int, h http.Header) http.Header {
		e, err := httperrors.FromResponse(&http.Response{StatusCode: status, Header: h})
		if !errors.Is(err, httperrors.ErrNotAProblem) || e.StatusCode() != status {
			t.Errorf("%d: FromResponse = %v, %v", status, e, err)
		}
		return e.Header()
	}
	for _, tt := range constructed {
		if want := tt.err.Header(); !reflect.DeepEqual(read(tt.code, want.Clone()), want) {
			t.Errorf("%d: Header = %v, want %v", tt.code, read(tt.code, want.Clone()), want)
		}
	}
	limited := httperrors.TooManyRequests("").WithRateLimit(httperrors.RateLimit{Name: "p", Quota: 5, Reset: time.Second}).Header()
	if got := read(429, limited.Clone()); !reflect.DeepEqual(got, limited) {
		t.Errorf("Header = %v, want %v", got, limited)
	}
	got := read(415, http.Header{"Accept-Patch": {"text/a"}, "Accept-Post": {"text/b"}, "Set-Cookie": {"a=b"}, "Server": {"internal/1.0"}, "Vary": {"Cookie"},
		"Cache-Control": {"max-age=60"}, "X-Upstream": {"10.0.0.1"}, "Etag": {`"x"`}, "Content-Type": {"text/html"}, "Access-Control-Allow-Origin": {"*"}})
	if want := (http.Header{"Accept-Patch": {"text/a"}, "Accept-Post": {"text/b"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("Header = %v, want %v", got, want)
	}
}

func TestFromResponse_bad(t *testing.T) {
	response := func(code int, contentType string, body io.Reader) *http.Response {
		return &http.Response{StatusCode: code, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(body)}
	}
	tests := []struct {
		name string
		r    *http.Response
		code int // of the Error; 0 for none
		fine bool
	}{
		{"success", response(204, "", strings.NewReader("")), 0, true},
		{"the status is the response's", response(404, "application/problem+json", strings.NewReader(`{"status":503}`)), 404, true},
		{"a redirect", &http.Response{StatusCode: 302, Header: http.Header{"Location": {"/a"}, "Content-Type": {"application/problem+json"}}, Body: io.NopCloser(strings.NewReader("{}"))}, 302, true},
		{"a redirect to nowhere", response(303, "application/problem+json", strings.NewReader(`{"detail":"Over there."}`)), 303, true},
		{"a redirect to nowhere, with a page", response(301, "text/html", strings.NewReader("<html>")), 301, false},
		{"a page", response(502, "text/html", strings.NewReader("<html>")), 502, false},
		{"no type", response(404, "", strings.NewReader("404 page not found")), 404, false},
		{"no body", &http.Response{StatusCode: 404}, 404, false},
		{"no end", response(404, "application/problem+json", io.MultiReader(strings.NewReader("{"), endless{})), 404, false},
		{"cut off", response(404, "application/problem+json", io.MultiReader(strings.NewReader(`{"status":404`), broken{})), 404, false},
		{"a status that net/http lets through", response(999, "application/problem+json", strings.NewReader("{}")), 500, true},
		{"no response", nil, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := httperrors.FromResponse(tt.r)
			if (err == nil) != tt.fine || (e == nil) != (tt.code == 0) {
				t.Fatalf("FromResponse = %v, %v", e, err)
			}
			if e != nil && e.StatusCode() != tt.code {
				t.Errorf("StatusCode = %d, want %d", e.StatusCode(), tt.code)
			}
		})
	}
}

// H4: a thousand secrets, and none of them in a document.
func TestLeak(t *testing.T) {
	for i := range 1000 {
		secret := fmt.Sprintf("s3cr3t-%d-%x", i, i*7919)
		cause := fmt.Errorf("dial %s: %w", secret, &http.MaxBytesError{})
		for _, err := range []error{
			errors.New(secret), fmt.Errorf("w: %w", errors.New(secret)), httperrors.Conflict("Taken.").WithCause(cause),
			&fw{code: 502, message: secret, public: true}, &fw{code: 400, message: secret}, &fw{code: 400, message: "x", public: true, internal: cause},
			&fw{code: 400, message: errors.New(secret), public: true}, panicking(secret), panicking(errors.New(secret)), violations{{"tag", "F", secret + ".F"}},
			sdkWith(secret), httperrors.Found(secret + "\n"), httperrors.ErrConflict.WithHeader(secret+" ", "x"),
		} {
			e, _ := httperrors.Resolve(err)
			asJSON, _ := json.Marshal(e)
			asXML, _ := xml.Marshal(e)
			if public := string(asJSON) + string(asXML) + e.PublicMessage() + fmt.Sprint(e.Header()); strings.Contains(public, secret) {
				t.Fatalf("%v shows its secret: %s", err, public)
			}
		}
	}
}

type sdkWith string

func (s sdkWith) Error() string   { return string(s) }
func (s sdkWith) StatusCode() int { return 404 }

func FuzzDecode(f *testing.F) {
	j, _ := json.Marshal(ofEverything())
	x, _ := xml.Marshal(ofEverything())
	f.Add("application/problem+json", j)
	f.Add("application/problem+xml", x)
	f.Add("application/json", []byte(`{"code":"../x","message":7,"retryable":"yes","errors":{}}`))
	f.Fuzz(func(t *testing.T, mediaType string, body []byte) {
		e, err := httperrors.Decode(mediaType, body)
		if err != nil {
			return
		}
		if c := e.StatusCode(); c < 300 || c > 599 {
			t.Fatalf("StatusCode = %d", c)
		}
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		again, err := httperrors.Decode("application/problem+json", b)
		if err != nil || again.StatusCode() != e.StatusCode() || again.Code() != e.Code() || len(again.Errors()) != len(e.Errors()) {
			t.Fatalf("%s: %v, %v", b, again, err)
		}
	})
}
