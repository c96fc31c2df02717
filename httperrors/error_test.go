package httperrors_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
)

// constructed has one error from every constructor, with the status that IANA registers for it and its sentinel.
var constructed = []struct {
	code     int
	phrase   string
	err      *httperrors.Error
	sentinel *httperrors.Error
}{
	{300, "Multiple Choices", httperrors.MultipleChoices("m", "/a"), nil},
	{301, "Moved Permanently", httperrors.MovedPermanently("/a"), nil},
	{302, "Found", httperrors.Found("/a"), nil},
	{303, "See Other", httperrors.SeeOther("/a"), nil},
	{304, "Not Modified", httperrors.NotModified(), nil},
	{307, "Temporary Redirect", httperrors.TemporaryRedirect("/a"), nil},
	{308, "Permanent Redirect", httperrors.PermanentRedirect("/a"), nil},
	{400, "Bad Request", httperrors.BadRequest("m"), httperrors.ErrBadRequest},
	{401, "Unauthorized", httperrors.Unauthorized("m", httperrors.Basic("r")), httperrors.ErrUnauthorized},
	{402, "Payment Required", httperrors.PaymentRequired("m"), httperrors.ErrPaymentRequired},
	{403, "Forbidden", httperrors.Forbidden("m"), httperrors.ErrForbidden},
	{404, "Not Found", httperrors.NotFound("m"), httperrors.ErrNotFound},
	{405, "Method Not Allowed", httperrors.MethodNotAllowed("GET"), httperrors.ErrMethodNotAllowed},
	{406, "Not Acceptable", httperrors.NotAcceptable("m"), httperrors.ErrNotAcceptable},
	{407, "Proxy Authentication Required", httperrors.ProxyAuthenticationRequired("m", httperrors.Basic("r")), httperrors.ErrProxyAuthenticationRequired},
	{408, "Request Timeout", httperrors.RequestTimeout("m"), httperrors.ErrRequestTimeout},
	{409, "Conflict", httperrors.Conflict("m"), httperrors.ErrConflict},
	{410, "Gone", httperrors.Gone("m"), httperrors.ErrGone},
	{411, "Length Required", httperrors.LengthRequired("m"), httperrors.ErrLengthRequired},
	{412, "Precondition Failed", httperrors.PreconditionFailed("m"), httperrors.ErrPreconditionFailed},
	{413, "Content Too Large", httperrors.ContentTooLarge("m"), httperrors.ErrContentTooLarge},
	{414, "URI Too Long", httperrors.URITooLong("m"), httperrors.ErrURITooLong},
	{415, "Unsupported Media Type", httperrors.UnsupportedMediaType("m", "application/json"), httperrors.ErrUnsupportedMediaType},
	{416, "Range Not Satisfiable", httperrors.RangeNotSatisfiable("m", 5), httperrors.ErrRangeNotSatisfiable},
	{417, "Expectation Failed", httperrors.ExpectationFailed("m"), httperrors.ErrExpectationFailed},
	{418, "I'm a teapot", httperrors.Teapot("m"), httperrors.ErrTeapot},
	{421, "Misdirected Request", httperrors.MisdirectedRequest("m"), httperrors.ErrMisdirectedRequest},
	{422, "Unprocessable Content", httperrors.UnprocessableContent("m"), httperrors.ErrUnprocessableContent},
	{423, "Locked", httperrors.Locked("m"), httperrors.ErrLocked},
	{424, "Failed Dependency", httperrors.FailedDependency("m"), httperrors.ErrFailedDependency},
	{425, "Too Early", httperrors.TooEarly("m"), httperrors.ErrTooEarly},
	{426, "Upgrade Required", httperrors.UpgradeRequired("m", "TLS/1.3"), httperrors.ErrUpgradeRequired},
	{428, "Precondition Required", httperrors.PreconditionRequired("m"), httperrors.ErrPreconditionRequired},
	{429, "Too Many Requests", httperrors.TooManyRequests("m"), httperrors.ErrTooManyRequests},
	{431, "Request Header Fields Too Large", httperrors.RequestHeaderFieldsTooLarge("m"), httperrors.ErrRequestHeaderFieldsTooLarge},
	{451, "Unavailable For Legal Reasons", httperrors.UnavailableForLegalReasons("m", "https://example.com/"), httperrors.ErrUnavailableForLegalReasons},
	{500, "Internal Server Error", httperrors.InternalServerError("m"), httperrors.ErrInternalServerError},
	{501, "Not Implemented", httperrors.NotImplemented("m"), httperrors.ErrNotImplemented},
	{502, "Bad Gateway", httperrors.BadGateway("m"), httperrors.ErrBadGateway},
	{503, "Service Unavailable", httperrors.ServiceUnavailable("m"), httperrors.ErrServiceUnavailable},
	{504, "Gateway Timeout", httperrors.GatewayTimeout("m"), httperrors.ErrGatewayTimeout},
	{505, "HTTP Version Not Supported", httperrors.HTTPVersionNotSupported("m"), httperrors.ErrHTTPVersionNotSupported},
	{506, "Variant Also Negotiates", httperrors.VariantAlsoNegotiates("m"), httperrors.ErrVariantAlsoNegotiates},
	{507, "Insufficient Storage", httperrors.InsufficientStorage("m"), httperrors.ErrInsufficientStorage},
	{508, "Loop Detected", httperrors.LoopDetected("m"), httperrors.ErrLoopDetected},
	{510, "Not Extended", httperrors.NotExtended("m"), httperrors.ErrNotExtended},
	{511, "Network Authentication Required", httperrors.NetworkAuthenticationRequired("m"), httperrors.ErrNetworkAuthenticationRequired},
}

// RFC 9457, section 4.2.1: the phrase is the one that IANA registers.
func TestConstructors(t *testing.T) {
	for _, tt := range constructed {
		t.Run(tt.phrase, func(t *testing.T) {
			if got := tt.err.StatusCode(); got != tt.code {
				t.Fatalf("StatusCode = %d, want %d: %v", got, tt.code, tt.err)
			}
			if got := httperrors.Phrase(tt.code); got != tt.phrase {
				t.Errorf("Phrase(%d) = %q, want %q", tt.code, got, tt.phrase)
			}
			if m := tt.err.PublicMessage(); m != "m" && m != "" {
				t.Errorf("PublicMessage = %q", m)
			}
			for _, other := range constructed {
				if other.sentinel != nil && errors.Is(tt.err, other.sentinel) != (other.code == tt.code) {
					t.Errorf("errors.Is(%v, %v) is wrong", tt.err, other.sentinel)
				}
			}
			if len(tt.err.StackTrace()) != 0 {
				t.Errorf("made at initialisation, and has a stack")
			}
			if tt.sentinel != nil && (tt.sentinel.StatusCode() != tt.code || tt.sentinel.PublicMessage() != "" || tt.sentinel.StackTrace() != nil) {
				t.Errorf("the sentinel is %v", tt.sentinel)
			}
		})
	}
	registered := 0
	for code := range 700 {
		if httperrors.Phrase(code) != "" {
			registered++
		}
	}
	if registered != len(constructed) {
		t.Errorf("%d statuses have a phrase, %d a constructor", registered, len(constructed))
	}
}

// The header fields that RFC 9110 and RFC 7725 require are parameters, so they cannot be left out.
func TestConstructors_required(t *testing.T) {
	for name, tt := range map[string]struct {
		f    any
		want string
	}{
		"401": {httperrors.Unauthorized, "func(string, httperrors.Challenge, ...httperrors.Challenge) *httperrors.Error"},
		"407": {httperrors.ProxyAuthenticationRequired, "func(string, httperrors.Challenge, ...httperrors.Challenge) *httperrors.Error"},
		"405": {httperrors.MethodNotAllowed, "func(...string) *httperrors.Error"},
		"416": {httperrors.RangeNotSatisfiable, "func(string, int64) *httperrors.Error"},
		"426": {httperrors.UpgradeRequired, "func(string, string, ...string) *httperrors.Error"},
		"451": {httperrors.UnavailableForLegalReasons, "func(string, string) *httperrors.Error"},
		"301": {httperrors.MovedPermanently, "func(string) *httperrors.Error"},
		"3xx": {httperrors.Redirect, "func(int, string) *httperrors.Error"},
	} {
		if got := reflect.TypeOf(tt.f).String(); got != tt.want {
			t.Errorf("%s is made by %s, want %s", name, got, tt.want)
		}
	}
}

// RFC 9110, section 15: a status that cannot be sent answers 500.
func TestNew_status(t *testing.T) {
	tests := []struct{ status, want int }{
		{0, 500}, {-1, 500}, {42, 500}, {99, 500}, {100, 500}, {101, 500}, {103, 500}, {150, 500}, {199, 500}, {200, 500}, {201, 500},
		{204, 500}, {205, 500}, {206, 500}, {299, 500}, {300, 300}, {304, 304}, {305, 500}, {306, 500}, {309, 309}, {399, 399},
		{400, 400}, {418, 418}, {419, 419}, {499, 499}, {509, 509}, {520, 520}, {599, 599}, {600, 500}, {999, 500}, {1000, 500},
		{math.MaxInt, 500}, {math.MinInt, 500},
	}
	for _, tt := range tests {
		e := httperrors.New(tt.status, "message")
		if got := e.StatusCode(); got != tt.want {
			t.Errorf("New(%d) answers %d, want %d", tt.status, got, tt.want)
		}
		if wrong := tt.status != tt.want; wrong != strings.Contains(e.Error(), fmt.Sprintf("status %d cannot be sent", tt.status)) {
			t.Errorf("New(%d).Error() = %q", tt.status, e)
		} else if wrong && e.PublicMessage() != "" {
			t.Errorf("New(%d) shows %q with a 500", tt.status, e.PublicMessage())
		} else if wrong && !errors.Is(e, httperrors.ErrInternalServerError) {
			t.Errorf("New(%d) is not ErrInternalServerError", tt.status)
		}
	}
}

func TestNew_redirect(t *testing.T) {
	e := httperrors.New(302, "m")
	if e.StatusCode() != 500 || !strings.Contains(e.Error(), "302 without a Location") {
		t.Errorf("without a Location: %v", e)
	}
	if e = e.WithHeader("location", "/a"); e.StatusCode() != 302 || e.PublicMessage() != "m" {
		t.Errorf("with a Location: %v", e)
	}
	if e = e.WithHeader("Location"); e.StatusCode() != 500 {
		t.Errorf("with the Location taken away: %v", e)
	}
	if e := httperrors.New(302, "m").WithHeader("Location", "a b\n"); e.StatusCode() != 500 || !strings.Contains(e.Error(), "header Location: control character") {
		t.Errorf("with a bad Location: %v", e)
	}
}

func TestNewf(t *testing.T) {
	e := httperrors.Newf(404, "No order %d.", 7)
	if e.PublicMessage() != "No order 7." || e.StatusCode() != 404 {
		t.Errorf("Newf = %v", e)
	}
	if !strings.HasSuffix(frame(e), "TestNewf") {
		t.Errorf("made in %s", frame(e))
	}
}

// frame returns the function on top of e's stack.
func frame(e *httperrors.Error) string {
	pcs := e.StackTrace()
	if len(pcs) == 0 {
		return ""
	}
	f, _ := runtime.CallersFrames(pcs).Next()
	return f.Function
}

func TestError_nilAndZero(t *testing.T) {
	for name, e := range map[string]*httperrors.Error{"nil": nil, "zero": {}} {
		t.Run(name, func(t *testing.T) {
			if e.StatusCode() != 500 || e.PublicMessage() != "" || e.Detail() != "" || e.Unwrap() != nil || e.StackTrace() != nil || e.Code() != "" ||
				e.Type() != "" || e.Title() != "" || e.Instance() != "" || e.Template() != "" || e.Errors() != nil || len(e.Header()) != 0 {
				t.Errorf("%#v is not a plain 500", e)
			}
			if e.Retryable() {
				t.Error("is retryable")
			}
			if _, ok := e.Level(); ok {
				t.Error("has a level")
			}
			if _, ok := e.Reportable(); ok {
				t.Error("has decided about reports")
			}
			for range e.Extensions() {
				t.Error("has extensions")
			}
			e.AugmentResponse(httptest.NewRecorder())
			for _, verb := range []string{"%v", "%+v", "%s", "%q", "%d", "%x", "%10v"} {
				if s := fmt.Sprintf(verb, e); s == "" || strings.Contains(s, "PANIC") {
					t.Errorf("Sprintf(%s) = %q", verb, s)
				}
			}
			if b, err := e.MarshalJSON(); err != nil || string(b) != `{"title":"Internal Server Error","status":500}` {
				t.Errorf("MarshalJSON = %s, %v", b, err)
			}
			_ = e.LogValue()
			if c := e.WithMessage("m").WithHeader("X-A", "b").WithExtension("abc", 1); c.StatusCode() != 500 || c.Header().Get("X-A") != "b" {
				t.Errorf("derived: %v", c)
			}
			if errors.Is(e, io.EOF) {
				t.Error("is anything")
			}
			if errors.As(error(e), new(*panicker)) {
				t.Error("is of another type")
			}
		})
	}
}

func TestError_Is(t *testing.T) {
	base := httperrors.Conflict("Taken.").WithCode("taken")
	derived := base.WithMessage("Taken by you.").WithCause(io.EOF).WithHeader("X-A", "1")
	plain := httperrors.NotFound("a")
	tests := []struct {
		name        string
		err, target error
		want        bool
	}{
		{"a constructor's error is the sentinel", plain, httperrors.ErrNotFound, true},
		{"New's is, too", httperrors.New(404, "x"), httperrors.ErrNotFound, true},
		{"not another sentinel", plain, httperrors.ErrGone, false},
		{"derived from a sentinel", httperrors.ErrNotFound.WithMessage("x"), httperrors.ErrNotFound, true},
		{"derived from a variable", derived, base, true},
		{"and from its sentinel", derived, httperrors.ErrConflict, true},
		{"not the other way round", base, derived.WithMessage("y").WithCode(""), false},
		{"two of one status are two", plain, httperrors.NotFound("a"), false},
		{"one status and one code are one", httperrors.Conflict("elsewhere").WithCode("taken"), base, true},
		{"one code with another status", httperrors.Gone("").WithCode("taken"), base, false},
		{"the cause is found", derived, io.EOF, true},
		{"through wrappers", fmt.Errorf("a: %w", errors.Join(io.EOF, fmt.Errorf("b: %w", derived))), base, true},
		{"a sentinel is not what was derived from it", httperrors.ErrConflict, base, false},
		{"spoilt, it is a 500", httperrors.Unauthorized("", httperrors.Challenge{}), httperrors.ErrUnauthorized, false},
		{"a 500, indeed", httperrors.Unauthorized("", httperrors.Challenge{}), httperrors.ErrInternalServerError, true},
		{"a nil target", plain, (*httperrors.Error)(nil), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := errors.Is(tt.err, tt.target); got != tt.want {
				t.Errorf("errors.Is(%v, %v) = %v, want %v", tt.err, tt.target, got, tt.want)
			}
		})
	}
}

// uncomparable is an error that cannot be compared.
type uncomparable []string

func (u uncomparable) Error() string { return "uncomparable" }

func TestError_uncomparableCause(t *testing.T) {
	e := httperrors.BadRequest("m").WithCause(uncomparable{"x"})
	if errors.Is(e, io.EOF) || !errors.Is(e, httperrors.ErrBadRequest) {
		t.Error("errors.Is is wrong")
	}
	if r, o := httperrors.Resolve(e); r != e || o != httperrors.OriginOwn {
		t.Errorf("Resolve = %v, %v", r, o)
	}
	if r, o := httperrors.Resolve(uncomparable{"x"}); r.StatusCode() != 500 || o != httperrors.OriginUnknown {
		t.Errorf("Resolve = %v, %v", r, o)
	}
}

func TestError_With(t *testing.T) {
	base := httperrors.Conflict("m")
	full := base.WithMessage("Message.").WithDetail("Detail.").WithCause(io.EOF).WithHeader("x-a", "1", "2").WithExtension("abc", 1).
		WithErrors(httperrors.FieldError{Pointer: "/a"}).WithCode("taken").WithType("https://example.com/taken", "Taken").WithInstance("/x/1").
		WithTemplate("taken").WithRetryable(true).WithLevel(slog.LevelDebug).WithReport(true)
	if full.StatusCode() != 409 || full.PublicMessage() != "Message." || full.Detail() != "Detail." || full.Unwrap() != io.EOF || full.Code() != "taken" ||
		full.Type() != "https://example.com/taken" || full.Title() != "Taken" || full.Instance() != "/x/1" || full.Template() != "taken" || !full.Retryable() {
		t.Errorf("full = %+v", full)
	}
	if got := full.Header()["X-A"]; !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("X-A = %q", got)
	}
	if l, ok := full.Level(); !ok || l != slog.LevelDebug {
		t.Errorf("Level = %v, %v", l, ok)
	}
	if r, ok := full.Reportable(); !ok || !r {
		t.Errorf("Reportable = %v, %v", r, ok)
	}
	if got := full.Errors(); len(got) != 1 || got[0].Pointer != "/a" {
		t.Errorf("Errors = %v", got)
	}
	// Nothing of it went back.
	if base.PublicMessage() != "m" || base.Detail() != "" || base.Unwrap() != nil || len(base.Header()) != 0 || base.Code() != "" || base.Errors() != nil || base.Retryable() {
		t.Errorf("base has changed: %+v", base)
	}
	// Two derivations of one error do not see each other.
	a, b := full.WithHeader("X-B", "a").WithExtension("def", "a").WithErrors(httperrors.FieldError{Pointer: "/b"}),
		full.WithHeader("X-B", "b").WithExtension("def", "b").WithErrors(httperrors.FieldError{Pointer: "/c"})
	if a.Header().Get("X-B") != "a" || b.Header().Get("X-B") != "b" || a.Errors()[1].Pointer != "/b" || b.Errors()[1].Pointer != "/c" {
		t.Errorf("a = %+v\nb = %+v", a, b)
	}
	for name, v := range a.Extensions() {
		if name == "def" && v != "a" {
			t.Errorf("a has the extension of b")
		}
	}
}

func TestError_copies(t *testing.T) {
	values := []string{"1"}
	errs := []httperrors.FieldError{{Pointer: "/a"}}
	e := httperrors.NotFound("").WithHeader("X-A", values...).WithErrors(errs...)
	values[0], errs[0].Pointer = "changed", "changed"
	e.Header()["X-A"][0] = "changed"
	e.Header().Set("X-B", "added")
	e.Errors()[0].Pointer = "changed"
	e.StackTrace()[0] = 0
	if got := e.Header(); got.Get("X-A") != "1" || got.Get("X-B") != "" {
		t.Errorf("Header = %v", got)
	}
	if got := e.Errors()[0].Pointer; got != "/a" {
		t.Errorf("Errors[0].Pointer = %q", got)
	}
	if e.StackTrace()[0] == 0 {
		t.Error("the stack has changed")
	}
}

// TestShared has meaning under the race detector.
func TestShared(t *testing.T) {
	shared := httperrors.TooManyRequests("Slow down.").WithHeader("X-A", "1").WithExtension("abc", 1).WithErrors(httperrors.FieldError{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 100 {
				for _, e := range []*httperrors.Error{shared, httperrors.ErrNotFound} {
					e.Header().Set("X-A", fmt.Sprint(i))
					c := e.WithMessage("m").WithHeader("X-B", "c", "d").WithCause(io.EOF).WithExtension("def", i).WithErrors(httperrors.FieldError{Code: "x"})
					_, _ = c.Error(), e.Error()
					_, _ = httperrors.Resolve(e)
					_, _ = httperrors.Resolve(fmt.Errorf("%w", e))
					_, _ = e.MarshalJSON()
					_ = errors.Is(c, e)
				}
				_, _ = httperrors.Resolve(io.EOF)
				_, _ = httperrors.Resolve(&fw{code: 404, message: "Not Found", public: true})
			}
		})
	}
	wg.Wait()
}

func TestError_stack(t *testing.T) {
	for name, e := range map[string]*httperrors.Error{
		"a constructor":            httperrors.NotFound("x"),
		"New":                      httperrors.New(404, "x"),
		"a required header":        httperrors.Unauthorized("x", httperrors.Basic("r")),
		"Redirect":                 httperrors.Redirect(302, "/a"),
		"a redirect":               httperrors.Found("/a"),
		"an invalid argument":      httperrors.Found("\n"),
		"derived from a sentinel":  httperrors.ErrNotFound.WithCause(io.EOF),
		"derived from a variable":  errPackage.WithMessage("m"),
		"derived and derived more": httperrors.ErrNotFound.WithCause(io.EOF).WithMessage("x").WithHeader("X-A", "b"),
		"a derived constructor's":  httperrors.NotFound("x").WithMessage("y"),
	} {
		t.Run(name, func(t *testing.T) {
			if f := frame(e); !strings.HasSuffix(f, "httperrors_test.TestError_stack") {
				t.Errorf("made in %q", f)
			}
			if n := len(e.StackTrace()); n > 32 {
				t.Errorf("%d frames", n)
			}
		})
	}
	if e := deep(100); len(e.StackTrace()) != 32 {
		t.Errorf("%d frames of a deep stack, want 32", len(e.StackTrace()))
	}
	if errPackage.StackTrace() != nil || errDerived.StackTrace() != nil {
		t.Error("a package-level variable has a stack")
	}
	if h := httperrors.Hide(httperrors.ErrForbidden).(*httperrors.Error); !strings.HasSuffix(frame(h), "TestError_stack") {
		t.Errorf("hidden in %q", frame(h))
	}
}

var (
	errPackage = httperrors.TooManyRequests("Slow down.")
	errDerived = errPackage.WithCode("slow").WithHeader("X-A", "b")
)

func deep(n int) *httperrors.Error {
	if n == 0 {
		return httperrors.NotFound("x")
	}
	e := deep(n - 1)
	return e
}

func TestError_Error(t *testing.T) {
	self := &looping{}
	self.next = self
	tests := []struct {
		name string
		err  *httperrors.Error
		want string
	}{
		{"a message", httperrors.NotFound("No such order."), "404 Not Found: No such order."},
		{"a message and a cause", httperrors.NotFound("No such order.").WithCause(io.EOF), "404 Not Found: No such order: EOF"},
		{"a cause", httperrors.ErrBadGateway.WithCause(io.EOF), "502 Bad Gateway: EOF"},
		{"nothing", httperrors.ErrBadGateway, "502 Bad Gateway"},
		{"an unregistered status", httperrors.New(499, ""), "499"},
		{"a cause that panics", httperrors.ErrConflict.WithCause(&panicker{}), "409 Conflict: *httperrors_test.panicker (Error panicked: Error)"},
		{"a nil pointer as cause", httperrors.ErrConflict.WithCause((*panicker)(nil)), "409 Conflict: <nil>"},
		{"a cause that wraps itself", httperrors.ErrConflict.WithCause(self), "409 Conflict: *httperrors_test.looping (not printed: its error tree is endless or too large)"},
		{"a refused header", httperrors.ErrConflict.WithHeader("a b", "x"), `409 Conflict [header "a b": not a field name]`},
		{"two", httperrors.ErrConflict.WithHeader("X-A", "\n").WithCode("ä"), `409 Conflict [header X-A: control character in the value; code "ä": not letters, digits, '-', '_' and '.']`},
		{"an invalid argument", httperrors.Found(""), `500 Internal Server Error [header Location: empty URI reference]`},
		{"an invalid argument, with a message", httperrors.Unauthorized("Log in.", httperrors.Challenge{}), `500 Internal Server Error: Log in. [header Www-Authenticate: challenge: the scheme is not a token]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("Error = %q, want %q", got, tt.want)
			}
		})
	}
}

// looping is an error whose text contains that of what it wraps, which may be itself.
type looping struct{ next error }

func (l *looping) Error() string { return "looping: " + l.next.Error() }
func (l *looping) Unwrap() error { return l.next }

// panicker panics in every method.
type panicker struct{}

func (*panicker) Error() string                       { panic("Error") }
func (*panicker) Unwrap() error                       { panic("Unwrap") }
func (*panicker) Is(error) bool                       { panic("Is") }
func (*panicker) As(any) bool                         { panic("As") }
func (*panicker) StatusCode() int                     { panic("StatusCode") }
func (*panicker) PublicMessage() string               { panic("PublicMessage") }
func (*panicker) Header() http.Header                 { panic("Header") }
func (*panicker) AugmentResponse(http.ResponseWriter) { panic("AugmentResponse") }
func (*panicker) Timeout() bool                       { panic("Timeout") }
func (*panicker) GRPCStatus() *grpcStatus             { panic("GRPCStatus") }
func (*panicker) LogValue() slog.Value                { panic("LogValue") }
func (*panicker) MarshalJSON() ([]byte, error)        { panic("MarshalJSON") }
func (*panicker) Format(fmt.State, rune)              { panic("Format") }

func TestError_Format(t *testing.T) {
	e := httperrors.Conflict("Taken.").WithCause(io.EOF).WithDetail("By you.").WithCode("taken").WithType("/p/taken", "Taken").
		WithExtension("owner", 7).WithErrors(httperrors.FieldError{Pointer: "/a", Code: "taken"}).WithHeader("X-A", "b")
	const text = "409 Conflict: Taken: EOF"
	for _, tt := range []struct{ format, want string }{
		{"%v", text}, {"%s", text}, {"%q", `"` + text + `"`}, {"%30v|", "      " + text + "|"}, {"%-30v|", text + "      |"}, {"%.3s", "409"},
		{"%d", "%!d(string=" + text + ")"}, {"%#v", `"` + text + `"`},
	} {
		if got := fmt.Sprintf(tt.format, e); got != tt.want {
			t.Errorf("Sprintf(%s) = %q, want %q", tt.format, got, tt.want)
		}
	}
	got := fmt.Sprintf("%+v", e)
	for _, want := range []string{text + "\n", "\ndetail: By you.", "\ncode: taken", "\ntype: /p/taken", "\nowner: 7", "\nerror: /a taken", "\nX-A: b",
		"httperrors_test.TestError_Format\n\t", "error_test.go:"} {
		if !strings.Contains(got, want) {
			t.Errorf("%%+v lacks %q:\n%s", want, got)
		}
	}
}

// A value that holds itself, printed or encoded by reflection, takes the process with it.
func TestError_WithExtension_endless(t *testing.T) {
	self := map[string]any{"secret": 1}
	self["self"] = self
	cause := &looping{}
	cause.next = cause
	e := httperrors.BadRequest("").WithExtension("loop", self).WithExtension("error", error(cause)).WithExtension("after", 7).WithCause(cause)
	for _, format := range []string{"%+v", "%v", "%#v", "%d", "%q"} {
		if got := fmt.Sprintf(format, e); strings.Contains(got, "secret") || format == "%+v" && !strings.Contains(got, "\nafter: 7") {
			t.Errorf("Sprintf(%s) = %.300q", format, got)
		}
	}
	var b strings.Builder
	slog.New(slog.NewJSONHandler(&b, nil)).Error("x", "err", e)
	slog.New(slog.NewTextHandler(&b, nil)).Error("x", "err", e)
	if got := b.String(); strings.Count(got, "400") < 2 || strings.Contains(got, "secret") {
		t.Errorf("logged %q", got)
	}
	if got, err := json.Marshal(e); err != nil || !strings.Contains(string(got), `"after":7`) || strings.Contains(string(got), "loop") {
		t.Errorf("json.Marshal = %s, %v", got, err)
	}
	// An error holds itself by way of a map, or of a type that embeds it.
	byMap, byType := map[string]any{}, &embedding{}
	e = httperrors.BadRequest("").WithExtension("loop", byMap).WithExtension("loops", []any{byType}).WithExtension("after", 7).
		WithExtension("other", httperrors.NotFound("").WithExtension("inner", map[string]int{"a": 1}))
	byMap["self"], byType.base = e, e
	_, _ = fmt.Sprintf("%+v", e), fmt.Sprintf("%#v", e)
	if got, err := json.Marshal(e); err != nil || !strings.Contains(string(got), `"after":7,"other":{"title":"Not Found","status":404,"inner":{"a":1}}}`) || strings.Contains(string(got), "loop") {
		t.Errorf("json.Marshal = %s, %v", got, err)
	}
	if got, err := xml.Marshal(e); err != nil || !strings.Contains(string(got), "<after>7</after>") || strings.Contains(string(got), "loop") {
		t.Errorf("xml.Marshal = %s, %v", got, err)
	}
}

func TestError_LogValue(t *testing.T) {
	var b strings.Builder
	log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	log.ErrorContext(context.Background(), "failed", "err", httperrors.ServiceUnavailable("Back soon.").WithCause(errors.New("db\nforged=1")).WithCode("down"))
	const want = `level=ERROR msg=failed err.status=503 err.message="Back soon." err.code=down err.cause="db\nforged=1" err.retryable=true` + "\n"
	if b.String() != want {
		t.Errorf("logged %q, want %q", b.String(), want)
	}
}

func TestError_Retryable(t *testing.T) {
	tests := []struct {
		err  *httperrors.Error
		want bool
	}{
		{httperrors.ErrServiceUnavailable, true}, {httperrors.ErrTooManyRequests, true}, {httperrors.ErrNotFound, false}, {httperrors.ErrInternalServerError, false},
		{httperrors.ErrContentTooLarge.WithRetryAfter(0), true}, {httperrors.ErrTooManyRequests.WithRetryable(false), false}, {httperrors.ErrConflict.WithRetryable(true), true},
	}
	for _, tt := range tests {
		if got := tt.err.Retryable(); got != tt.want {
			t.Errorf("Retryable(%v) = %v, want %v", tt.err, got, tt.want)
		}
	}
}

func TestError_AugmentResponse(t *testing.T) {
	var calls []string
	add := func(s string) func(http.ResponseWriter) {
		return func(http.ResponseWriter) { calls = append(calls, s) }
	}
	base := httperrors.ErrForbidden.WithAugment(add("a")).WithAugment(nil)
	one, two := base.WithAugment(add("b")), base.WithAugment(add("c"))
	w := httptest.NewRecorder()
	one.AugmentResponse(w)
	two.AugmentResponse(w)
	if got := strings.Join(calls, ""); got != "abac" {
		t.Errorf("called %q, want abac", got)
	}
}

// RFC 9457, section 4: the names of extension members.
func TestError_WithExtension(t *testing.T) {
	e := httperrors.ErrConflict
	for _, name := range []string{"", "ab", "type", "status", "Title", "DETAIL", "instance", "errors", "code", "a-b", "xml", "__proto__", "1abc", "a b", "ä123", strings.Repeat("a", 65)} {
		c := e.WithExtension(name, 1)
		for n := range c.Extensions() {
			t.Errorf("extension %q is taken as %q", name, n)
		}
		if !strings.Contains(c.Error(), "extension member") {
			t.Errorf("WithExtension(%q) is refused without a word: %v", name, c)
		}
	}
	c := e.WithExtension("abc", 1).WithExtension("def", 2).WithExtension("abc", 3)
	var got []string
	for n, v := range c.Extensions() {
		got = append(got, fmt.Sprint(n, v))
	}
	if want := []string{"abc3", "def2"}; !slices.Equal(got, want) {
		t.Errorf("Extensions = %v, want %v", got, want)
	}
	for i := range 100 {
		c = c.WithExtension(fmt.Sprintf("ext%d", i), i)
	}
	n := 0
	for range c.Extensions() {
		n++
	}
	for range c.Extensions() {
		break
	}
	if n != 64 || len(c.Error()) > 4000 {
		t.Errorf("%d extensions, want 64; the text has %d bytes", n, len(c.Error()))
	}
}

func TestError_WithErrors(t *testing.T) {
	e := httperrors.ErrUnprocessableContent.WithErrors(make([]httperrors.FieldError, 1001)...)
	if len(e.Errors()) != 1000 || !strings.Contains(e.Error(), "more than 1000") {
		t.Errorf("%d errors, %v", len(e.Errors()), e)
	}
}

// RFC 9457, sections 3.1.1 and 3.1.5: type and instance are URI references.
func TestError_WithType(t *testing.T) {
	e := httperrors.ErrConflict.WithType("https://example.com/p/t", "Taken")
	if e.Type() != "https://example.com/p/t" || e.Title() != "Taken" {
		t.Errorf("Type, Title = %q, %q", e.Type(), e.Title())
	}
	if bad := e.WithType("a\nb", "x"); bad.Type() != e.Type() || !strings.Contains(bad.Error(), "problem type: control character") {
		t.Errorf("a bad type: %v, %q", bad, bad.Type())
	}
	if bad := e.WithInstance("javascript:alert(1)"); bad.Instance() != "" || !strings.Contains(bad.Error(), "instance: ") {
		t.Errorf("a bad instance: %v, %q", bad, bad.Instance())
	}
	if none := e.WithType("", "").WithInstance("/a").WithInstance(""); none.Type() != "" || none.Title() != "" || none.Instance() != "" {
		t.Errorf("taken away: %q %q %q", none.Type(), none.Title(), none.Instance())
	}
}

func TestError_WithCode(t *testing.T) {
	for code, ok := range map[string]bool{"taken": true, "Out.of_stock-2": true, "": true, "a b": false, "../etc": false, ".a": false, "ä": false, strings.Repeat("a", 65): false} {
		e := httperrors.ErrConflict.WithCode("old").WithCode(code)
		if ok != (e.Code() == code) || ok == strings.Contains(e.Error(), "code ") {
			t.Errorf("WithCode(%q) = %v, code %q", code, e, e.Code())
		}
	}
}

func TestHide(t *testing.T) {
	secret := httperrors.Forbidden("Project Manhattan is secret.").WithHeader("X-Secret", "1").WithExtension("abc", 1)
	for name, err := range map[string]error{"own": secret, "wrapped": fmt.Errorf("w: %w", secret), "the framework's": &fw{code: 403, message: "no", public: true}} {
		t.Run(name, func(t *testing.T) {
			h, ok := httperrors.As(httperrors.Hide(err))
			if !ok || h.StatusCode() != 404 || h.PublicMessage() != "" || len(h.Header()) != 0 {
				t.Fatalf("Hide = %+v", h)
			}
			if !errors.Is(h, httperrors.ErrNotFound) || !errors.Is(h, err) {
				t.Error("is not a 404 caused by the 403")
			}
			if r, _ := httperrors.Resolve(h); r.StatusCode() != 404 {
				t.Errorf("resolves to %d", r.StatusCode())
			}
			if b, _ := h.MarshalJSON(); string(b) != `{"title":"Not Found","status":404}` {
				t.Errorf("the document says too much: %s", b)
			}
		})
	}
	for _, err := range []error{nil, io.EOF, httperrors.ErrConflict, httperrors.ErrUnauthorized} {
		if got := httperrors.Hide(err); got != err {
			t.Errorf("Hide(%v) = %v", err, got)
		}
	}
}

func TestError_allocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for name, tt := range map[string]struct {
		most float64
		f    func()
	}{
		"a constructor":           {1, func() { sink = httperrors.NotFound("x") }},
		"a derivation":            {1, func() { sink = errPackage.WithMessage("x") }},
		"StatusCode":              {0, func() { _ = errPackage.StatusCode() }},
		"As of an Error":          {0, func() { _, _ = httperrors.As(errPackage) }},
		"a constructor and cause": {2, func() { sink = httperrors.NotFound("x").WithCause(io.EOF) }},
	} {
		if n := testing.AllocsPerRun(100, tt.f); n > tt.most {
			t.Errorf("%s allocates %v times, want %v at most", name, n, tt.most)
		}
	}
}

var sink error
