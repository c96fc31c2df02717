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
		{"temporary", httperrors.ErrServiceUnavailable, `{"title":"Service Unavailable","status":503,"retryable":true}`},
		{"final, although its status suggests otherwise", httperrors.ServiceUnavailable("For good.").WithRetryable(false), `{"title":"Service Unavailable","status":503,"detail":"For good.","retryable":false}`},
		{"final, as its status says", httperrors.ErrConflict.WithRetryable(false), `{"title":"Conflict","status":409}`},
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

// fromResponse reads a body as a client would.
func fromResponse(status int, mediaType string, body []byte) (*httperrors.Error, error) {
	return httperrors.FromResponse(&http.Response{StatusCode: status, Header: http.Header{"Content-Type": {mediaType}}, Body: io.NopCloser(bytes.NewReader(body))})
}

// A client of this package reads what a server of it writes.
func TestRoundTrip(t *testing.T) {
	e := ofEverything()
	written, _ := json.Marshal(e)
	got, err := fromResponse(422, "application/problem+json; charset=utf-8", written)
	if err != nil {
		t.Fatal(err)
	}
	if got.StatusCode() != 422 || got.PublicMessage() != e.PublicMessage() || got.Detail() != e.Detail() || got.Code() != e.Code() || got.Type() != e.Type() ||
		got.Title() != e.Title() || got.Instance() != e.Instance() || !slices.Equal(got.Errors(), e.Errors()) || !got.Retryable() || got.Unwrap() != nil {
		t.Errorf("FromResponse = %+v, want %+v", got, e)
	}
	ext := maps(got)
	if fmt.Sprint(ext["limit"]) != "5" || !reflect.DeepEqual(ext["choices"], []any{"a", "b"}) || len(ext) != 2 {
		t.Errorf("extensions %v", ext)
	}
	if !errors.Is(got, httperrors.ErrUnprocessableContent) || !errors.Is(got, e) {
		t.Error("the error that was read is not the error that was written")
	}
	if again, _ := json.Marshal(got); !bytes.Equal(again, written) {
		t.Errorf("written again it is %s, was %s", again, written)
	}
}

// Retryability as it was decided arrives, for every status.
func TestRoundTrip_retryable(t *testing.T) {
	for code := 400; code < 600; code++ {
		e := httperrors.New(code, "")
		for _, e := range []*httperrors.Error{e, e.WithRetryable(true), e.WithRetryable(false), e.WithRetryAfter(0), e.WithRetryAfter(0).WithRetryable(false)} {
			body, _ := json.Marshal(e)
			if got, err := fromResponse(code, "application/json", body); err != nil || got.Retryable() != e.Retryable() {
				t.Errorf("%s is read as retryable %v, was written as %v; %v", body, got.Retryable(), e.Retryable(), err)
			}
			r := &http.Response{StatusCode: code, Header: e.Header(), Body: io.NopCloser(bytes.NewReader(body))}
			r.Header.Set("Content-Type", "application/json")
			if got, err := httperrors.FromResponse(r); err != nil || got.Retryable() != e.Retryable() || len(maps(got)) != 0 {
				t.Errorf("%s is read as retryable %v, was sent as %v; %v", body, got.Retryable(), e.Retryable(), err)
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

// RFC 9457, section 3.1: a client ignores what it does not understand.
func TestFromResponse_documents(t *testing.T) {
	tests := []struct {
		name, mediaType, in string
		fine                bool
		message             string
	}{
		{"a problem", "application/problem+json", `{"status":404,"detail":"No."}`, true, "No."},
		{"with a parameter", "Application/Problem+JSON; charset=utf-8", `{"status":404}`, true, ""},
		{"plain JSON", "application/json", `{"status":404}`, true, ""},
		{"without a status", "application/problem+json", `{}`, true, ""},
		{"wrong types", "application/problem+json", `{"status":"404","detail":7,"title":{}}`, true, ""},
		{"another status, which does not count", "application/problem+json", `{"status":200}`, true, ""},
		{"truncated", "application/problem+json", `{"status":404`, false, ""},
		{"an array", "application/problem+json", `[]`, false, ""},
		{"XML", "application/problem+xml", `<problem xmlns="urn:ietf:rfc:7807"/>`, false, ""},
		{"a page", "text/html", `<html>`, false, ""},
		{"no media type", "", `{}`, false, ""},
		{"nonsense for a media type", "/;=", `{}`, false, ""},
		{"2 MB", "application/problem+json", `{"a":"` + strings.Repeat("a", 2<<20) + `"}`, false, ""},
		{"deep", "application/problem+json", strings.Repeat(`{"a":`, 100_000), false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := fromResponse(404, tt.mediaType, []byte(tt.in))
			if (err == nil) != tt.fine || e.StatusCode() != 404 || e.PublicMessage() != tt.message {
				t.Errorf("FromResponse = %v, %v; want 404 %q", e, err, tt.message)
			}
		})
	}
	if _, err := fromResponse(404, "text/html", nil); !errors.Is(err, httperrors.ErrNotAProblem) {
		t.Errorf("err = %v", err)
	}
}

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
		for name, values := range e.Header() {
			w.Header()[name] = values
		}
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

// The fields that say something about the error are in the Error, each one that a constructor sets among them; those between
// the other server and its client, which a handler that returns the error would pass on, are not.
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

// A thousand secrets, and none of them in a document.
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

func FuzzFromResponse(f *testing.F) {
	j, _ := json.Marshal(ofEverything())
	f.Add(422, "application/problem+json", j)
	f.Add(404, "application/json", []byte(`{"code":"../x","message":7,"retryable":"yes","errors":{},"links":[{"href":"/a"}]}`))
	f.Fuzz(func(t *testing.T, status int, mediaType string, body []byte) {
		e, err := fromResponse(status, mediaType, body)
		if err != nil || e == nil {
			return
		}
		if c := e.StatusCode(); c < 300 || c > 599 {
			t.Fatalf("StatusCode = %d", c)
		}
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		again, err := fromResponse(status, "application/problem+json", b)
		if err != nil || again.StatusCode() != e.StatusCode() || again.Code() != e.Code() || len(again.Errors()) != len(e.Errors()) {
			t.Fatalf("%s: %v, %v", b, again, err)
		}
	})
}
