package httperrors_test

import (
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"math"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/hook"
	"github.com/exceptional-go/exceptional/internal/stack"
)

// fw stands for a framework's error. Echo's own errors are tested in the root package.
type fw struct {
	code     int
	message  any
	public   bool
	field    string
	internal error
}

func (f *fw) Error() string {
	return fmt.Sprintf("code=%d, message=%v, internal=%v", f.code, f.message, f.internal)
}
func (f *fw) Unwrap() error { return f.internal }

func init() {
	hook.Inspect = func(err error) (hook.Framework, bool) {
		f, ok := err.(*fw)
		if !ok || f == nil {
			return hook.Framework{}, false
		}
		return hook.Framework{Status: f.code, Message: f.message, Public: f.public, Field: f.field, Internal: f.internal}, true
	}
	hook.Assign = func(err error, status int, message string, target any) bool {
		t, ok := target.(**fw)
		if ok {
			*t = &fw{code: status, message: message, internal: err}
		}
		return ok
	}
}

// sdk is an SDK's error: its 404 is not ours.
type sdk struct{}

func (sdk) Error() string   { return "sdk" }
func (sdk) StatusCode() int { return 404 }

// speaking speaks HTTP by its methods alone.
type speaking struct {
	code   int
	header http.Header
}

func (s speaking) Error() string         { return "speaking" }
func (s speaking) StatusCode() int       { return s.code }
func (s speaking) PublicMessage() string { return "Hello." }
func (s speaking) Header() http.Header   { return s.header }
func (s speaking) AugmentResponse(w http.ResponseWriter) {
	w.Header().Set("X-Augmented", "yes")
}

// base is the name under which an Error is embedded: a field named Error would hide the method.
type base = httperrors.Error

// embedding embeds an Error and adds to it.
type embedding struct {
	*base
	order int
}

// overriding embeds an Error and answers for itself.
type overriding struct{ *base }

func (overriding) StatusCode() int       { return 402 }
func (overriding) PublicMessage() string { return "Pay." }

func panicking(v any) (err error) {
	defer func() { err = stack.Recovered(recover()) }()
	panic(v)
}

func cycle() error {
	a := &looping{}
	a.next = fmt.Errorf("a: %w", io.EOF)
	b := &looping{next: a}
	a.next = b
	return b
}

func TestResolve(t *testing.T) {
	own := httperrors.NotFound("No such order.")
	conflict := httperrors.Conflict("Taken.")
	down := httperrors.ServiceUnavailable("Back soon.")
	moved := httperrors.Found("/a")
	plain := errors.New("plain")
	public := func(code int, message any) *fw { return &fw{code: code, message: message, public: true} }
	tests := []struct {
		name    string
		err     error
		code    int
		message string
		origin  httperrors.Origin
	}{
		{"an Error is itself", own, 404, "No such order.", httperrors.OriginOwn},
		{"a sentinel", httperrors.ErrGone, 410, "", httperrors.OriginOwn},
		{"wrapped", fmt.Errorf("a: %w", fmt.Errorf("b: %w", own)), 404, "No such order.", httperrors.OriginOwn},
		{"the outer of two", conflict.WithCause(own), 409, "Taken.", httperrors.OriginOwn},
		{"a plain error", plain, 500, "", httperrors.OriginUnknown},
		{"a cause does not decide", down.WithCause(sql.ErrNoRows), 503, "Back soon.", httperrors.OriginOwn},
		{"a status that was set stays, with a deadline inside", down.WithCause(context.DeadlineExceeded), 503, "Back soon.", httperrors.OriginOwn},
		{"and with the framework's inside", down.WithCause(public(404, "x")), 503, "Back soon.", httperrors.OriginOwn},

		{"speaks HTTP by its methods", speaking{code: 451}, 451, "Hello.", httperrors.OriginOwn},
		{"speaks HTTP nonsense", speaking{code: 200}, 500, "", httperrors.OriginOwn},
		{"StatusCode alone is not ours", sdk{}, 500, "", httperrors.OriginUnknown},
		{"StatusCode alone around ours", errors.Join(sdk{}, own), 404, "No such order.", httperrors.OriginOwn},
		{"an Error embedded", &embedding{own, 7}, 404, "No such order.", httperrors.OriginOwn},
		{"an Error embedded by value, wrapped", fmt.Errorf("w: %w", embedding{own, 7}), 404, "No such order.", httperrors.OriginOwn},
		{"an Error embedded and overridden", overriding{own}, 402, "Pay.", httperrors.OriginOwn},
		{"a nil Error embedded", embedding{}, 500, "", httperrors.OriginOwn},
		{"all methods panic", &panicker{}, 500, "", httperrors.OriginUnknown},

		{"joined: 5xx before 4xx", errors.Join(own, down), 503, "Back soon.", httperrors.OriginOwn},
		{"joined: 4xx before 3xx", errors.Join(moved, own), 404, "No such order.", httperrors.OriginOwn},
		{"joined: the first of one class", errors.Join(own, conflict), 404, "No such order.", httperrors.OriginOwn},
		{"joined, and one has its own", errors.Join(own.WithCause(down), conflict), 404, "No such order.", httperrors.OriginOwn},
		{"joined with one that is only known", errors.Join(context.DeadlineExceeded, own), 404, "No such order.", httperrors.OriginOwn},
		{"joined with a plain one", errors.Join(plain, own), 404, "No such order.", httperrors.OriginOwn},
		{"joined 404, 500 and canceled", errors.Join(own, httperrors.InternalServerError("Sorry."), context.Canceled), 500, "Sorry.", httperrors.OriginOwn},
		{"joined: known ones, the most serious", errors.Join(sql.ErrNoRows, context.DeadlineExceeded), 504, "", httperrors.OriginMapped},
		{"two in one format", fmt.Errorf("%w: %w", plain, sql.ErrNoRows), 404, "", httperrors.OriginMapped},

		{"the framework's", public(404, "No such thing"), 404, "No such thing", httperrors.OriginFramework},
		{"the framework's standard text", public(404, "Not Found"), 404, "", httperrors.OriginFramework},
		{"net/http's phrase, where IANA has another", public(413, "Request Entity Too Large"), 413, "", httperrors.OriginFramework},
		{"the framework composed it", &fw{code: 400, message: "strconv.ParseInt"}, 400, "", httperrors.OriginFramework},
		{"a 5xx text is not public", public(502, "remote http://10.0.0.1 unreachable"), 502, "", httperrors.OriginFramework},
		{"status 0", public(0, "x"), 500, "", httperrors.OriginFramework},
		{"status 200", public(200, "x"), 500, "", httperrors.OriginFramework},
		{"status 103", public(103, "x"), 500, "", httperrors.OriginFramework},
		{"status 1000", public(1000, "x"), 500, "", httperrors.OriginFramework},
		{"a redirect to nowhere", public(302, "x"), 500, "", httperrors.OriginFramework},
		{"not modified", public(304, nil), 304, "", httperrors.OriginFramework},
		{"status 499", public(499, "gone"), 499, "gone", httperrors.OriginFramework},
		{"Internal carries a status and wins", &fw{code: 400, message: "x", public: true, internal: public(413, nil)}, 413, "", httperrors.OriginFramework},
		{"Internal that is ours", &fw{code: 500, internal: own}, 404, "No such order.", httperrors.OriginOwn},
		{"Internal that wraps ours", &fw{code: 500, internal: fmt.Errorf("w: %w", own)}, 404, "No such order.", httperrors.OriginOwn},
		{"three deep, the innermost", &fw{code: 500, internal: &fw{code: 400, internal: public(413, "big")}}, 413, "big", httperrors.OriginFramework},
		{"behind wrappers at each step", fmt.Errorf("a: %w", &fw{code: 500, internal: fmt.Errorf("b: %w", &fw{code: 400, internal: fmt.Errorf("c: %w", public(413, "big"))})}), 413, "big", httperrors.OriginFramework},
		{"Internal that is only known", &fw{code: 503, message: "Service Unavailable", internal: context.DeadlineExceeded}, 503, "", httperrors.OriginFramework},
		{"Internal that is plain", &fw{code: 409, message: "Taken", public: true, internal: plain}, 409, "Taken", httperrors.OriginFramework},
		{"Internal that is a join with ours", &fw{code: 400, internal: errors.Join(plain, own)}, 404, "No such order.", httperrors.OriginOwn},
		{"ours within the framework's within ours", conflict.WithCause(&fw{code: 400, internal: own}), 409, "Taken.", httperrors.OriginOwn},
		{"a body too large inside a 400", &fw{code: 400, message: "http: request body too large", internal: &http.MaxBytesError{Limit: 5}}, 413, "", httperrors.OriginMapped},
		{"a body too large inside our 400", httperrors.BadRequest("Bad.").WithCause(fmt.Errorf("w: %w", &http.MaxBytesError{Limit: 5})), 413, "", httperrors.OriginMapped},
		{"a body too large inside our 400, wrapped", fmt.Errorf("w: %w", httperrors.BadRequest("Bad.").WithCause(&http.MaxBytesError{Limit: 5})), 413, "", httperrors.OriginMapped},
		{"a body too large inside another status", conflict.WithCause(&http.MaxBytesError{Limit: 5}), 409, "Taken.", httperrors.OriginOwn},
		{"a 400 with another cause", httperrors.BadRequest("Bad.").WithCause(plain), 400, "Bad.", httperrors.OriginOwn},
		{"a text that repeats its cause", &fw{code: 400, message: "code: json: cannot unmarshal", public: true, internal: errors.New("json: cannot unmarshal")}, 400, "", httperrors.OriginFramework},
		{"a text that has a short cause in it by chance", &fw{code: 400, message: "A plain text.", public: true, internal: plain}, 400, "A plain text.", httperrors.OriginFramework},
		{"a text that is its cause", &fw{code: 400, message: "plain", public: true, internal: plain}, 400, "", httperrors.OriginFramework},
		{"what Bind says of a type", &fw{code: 400, message: "Unmarshal type error: expected=int, got=string", public: true, internal: &json.UnmarshalTypeError{Value: "string"}}, 400, "", httperrors.OriginFramework},
		{"what the application says of a type", &fw{code: 400, message: "Send a number.", public: true, internal: &json.UnmarshalTypeError{Value: "string"}}, 400, "Send a number.", httperrors.OriginFramework},
		{"a binding error", &fw{code: 400, message: "failed to bind", field: "id", internal: errors.New("strconv")}, 400, "", httperrors.OriginFramework},

		{"a panic", panicking("boom"), 500, "", httperrors.OriginUnknown},
		{"a panic with an error of a known kind", panicking(sql.ErrNoRows), 500, "", httperrors.OriginUnknown},
		{"a panic with ours", panicking(own), 404, "No such order.", httperrors.OriginOwn},
		{"a panic with the framework's", panicking(public(418, "short")), 418, "short", httperrors.OriginFramework},
		{"a panic behind the framework's", &fw{code: 400, internal: panicking("boom")}, 500, "", httperrors.OriginUnknown},
		{"a panic joined with a 404", errors.Join(own, panicking("boom")), 500, "", httperrors.OriginUnknown},
		{"a panic that ours explains", down.WithCause(panicking("boom")), 503, "Back soon.", httperrors.OriginOwn},

		{"a nil Error", (*httperrors.Error)(nil), 500, "", httperrors.OriginUnknown},
		{"a nil Error, wrapped", fmt.Errorf("w: %w", (*httperrors.Error)(nil)), 500, "", httperrors.OriginUnknown},
		{"a nil framework's", (*fw)(nil), 500, "", httperrors.OriginUnknown},
		{"a nil framework's, joined", errors.Join((*fw)(nil), own), 404, "No such order.", httperrors.OriginOwn},
		{"a cycle", cycle(), 500, "", httperrors.OriginUnknown},
		{"a cycle beside ours", errors.Join(cycle(), own), 404, "No such order.", httperrors.OriginOwn},
		{"uncomparable", uncomparable{"x"}, 500, "", httperrors.OriginUnknown},
		{"canceled", context.Canceled, 500, "", httperrors.OriginUnknown},
		{"an aborted handler", http.ErrAbortHandler, 500, "", httperrors.OriginMapped},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, origin := httperrors.Resolve(tt.err)
			if e.StatusCode() != tt.code || e.PublicMessage() != tt.message || origin != tt.origin {
				t.Errorf("Resolve = %d %q, %v; want %d %q, %v", e.StatusCode(), e.PublicMessage(), origin, tt.code, tt.message, tt.origin)
			}
			if o, ok := tt.err.(*httperrors.Error); ok && o != nil && tt.code == o.StatusCode() {
				if e != o {
					t.Error("the result is another Error")
				}
			} else if reflect.ValueOf(tt.err).Comparable() && e.Unwrap() != tt.err {
				t.Errorf("the result wraps %v", e.Unwrap())
			}
			if tt.origin == httperrors.OriginUnknown && e.Error() == "" {
				t.Error("the result has no text")
			}
		})
	}
	if e, _ := httperrors.Resolve(nil); e != nil {
		t.Errorf("Resolve(nil) = %v", e)
	}
}

// Hostile trees: the answer is found soon.
func TestResolve_hostile(t *testing.T) {
	own := httperrors.NotFound("No such order.")
	self := &fw{code: 400, message: "m", public: true}
	self.internal = self
	first, second := &fw{code: 400}, &fw{code: 413}
	first.internal, second.internal = second, first
	var long, wide, diamond, fan error = own, nil, errors.New("bottom"), nil
	for range 1_000_000 {
		long = &looping{next: long}
	}
	many := make([]error, 1_000_000)
	for i := range many {
		many[i] = io.EOF
	}
	wide = errors.Join(append(many, own)...)
	fan = errors.Join(append([]error{own}, many...)...)
	for range 40 {
		diamond = &both{diamond, diamond}
	}
	tests := []struct {
		name string
		err  error
		code int
	}{
		{"the framework's error is its own Internal", self, 400},
		{"two of the framework's carry each other", first, 413},
		{"a million levels above ours", long, 500},
		{"a million errors before ours, which is out of bounds", wide, 500},
		{"a million errors after ours", fan, 404},
		{"2^40 paths", diamond, 500},
		{"2^40 paths beside ours", errors.Join(diamond, own), 404},
		{"wrapped twice by one format", fmt.Errorf("%w %w", own, own), 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, _ := httperrors.Resolve(tt.err)
			if e.StatusCode() != tt.code {
				t.Errorf("StatusCode = %d, want %d", e.StatusCode(), tt.code)
			}
			_, _ = httperrors.As(tt.err)
			_, _ = e.MarshalJSON()
			if tt.err != wide && tt.err != fan && len(e.Error()) > 10_000 {
				t.Errorf("the text has %d bytes", len(e.Error()))
			}
		})
	}
}

// both is a join whose text is computed late.
type both struct{ a, b error }

func (b *both) Error() string   { return b.a.Error() + b.b.Error() }
func (b *both) Unwrap() []error { return []error{b.a, b.b} }

// An Error that middleware has wrapped keeps all it carries.
func TestResolve_keeps(t *testing.T) {
	own := httperrors.Conflict("Taken.").WithHeader("X-A", "1").WithExtension("abc", 1).WithCode("taken").WithDetail("By you.").WithAugment(func(w http.ResponseWriter) {
		w.Header().Set("X-Augmented", "yes")
	})
	err := &fw{code: 500, internal: fmt.Errorf("w: %w", &embedding{own, 1})}
	e, _ := httperrors.Resolve(err)
	w := httptest.NewRecorder()
	e.AugmentResponse(w)
	if e.Header().Get("X-A") != "1" || e.Code() != "taken" || e.Detail() != "By you." || w.Header().Get("X-Augmented") != "yes" || !errors.Is(e, own) || !errors.Is(e, err) || len(e.StackTrace()) == 0 {
		t.Errorf("Resolve = %+v", e)
	}
	if got, want := e.Error(), err.Error(); got != want {
		t.Errorf("Error = %q, want %q", got, want)
	}
	if again, _ := httperrors.Resolve(e); again != e {
		t.Error("resolving the result gives another")
	}
}

func TestResolve_speaking(t *testing.T) {
	own := http.Header{"x-lower": {"1"}, "X-Two": {"a", "b"}, "Content-Length": {"5"}, "X-Bad": {"a\r\nSet-Cookie: b"}, "Bad Name": {"x"}, "X-Empty": nil}
	e, ok := httperrors.As(fmt.Errorf("w: %w", speaking{code: 409, header: own}))
	if !ok {
		t.Fatal("does not speak HTTP")
	}
	if got, want := e.Header(), (http.Header{"X-Lower": {"1"}, "X-Two": {"a", "b"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("Header = %v, want %v", got, want)
	}
	for _, want := range []string{"header Content-Length", "header X-Bad", `header "Bad Name"`} {
		if !strings.Contains(e.Error(), want) {
			t.Errorf("the text does not mention %s: %v", want, e)
		}
	}
	own["X-Two"][0] = "changed"
	if e.Header()["X-Two"][0] != "a" {
		t.Error("shares the values of the foreign header")
	}
	w := httptest.NewRecorder()
	e.AugmentResponse(w)
	if w.Header().Get("X-Augmented") != "yes" {
		t.Error("is not augmented")
	}
	many := http.Header{}
	for i := range 10_000 {
		many.Set(fmt.Sprintf("X-%d", i), "v")
	}
	if e, _ = httperrors.As(speaking{code: 409, header: many}); len(e.Header()) > 64 || len(e.Error()) > 4000 {
		t.Errorf("%d fields, %d bytes of text", len(e.Header()), len(e.Error()))
	}
}

// replacing embeds an Error and has two of its methods itself.
type replacing struct{ *base }

func (replacing) Header() http.Header { return http.Header{"X-Replaced": {"yes"}} }
func (replacing) AugmentResponse(w http.ResponseWriter) {
	w.Header().Set("X-Augmented", "by replacing")
}

func TestResolve_embedding(t *testing.T) {
	own := httperrors.Conflict("Taken.").WithHeader("X-A", "1").WithCode("taken").WithAugment(func(w http.ResponseWriter) { w.Header().Add("X-Augmented", "by own") })
	for name, tt := range map[string]struct {
		err       error
		code      int
		header    http.Header
		augmented []string
	}{
		"as it is":                {embedding{own, 1}, 409, http.Header{"X-A": {"1"}}, []string{"by own"}},
		"with methods of its own": {replacing{own}, 409, http.Header{"X-Replaced": {"yes"}}, []string{"by replacing"}},
		"with a status":           {overriding{own}, 402, http.Header{"X-A": {"1"}}, []string{"by own"}},
		"spoilt":                  {embedding{httperrors.Found(""), 1}, 500, http.Header{}, nil},
		"spoilt, with a status":   {overriding{httperrors.Found("")}, 402, http.Header{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e, origin := httperrors.Resolve(tt.err)
			w := httptest.NewRecorder()
			e.AugmentResponse(w)
			if e.StatusCode() != tt.code || origin != httperrors.OriginOwn || !reflect.DeepEqual(e.Header(), tt.header) || !slices.Equal(w.Header()["X-Augmented"], tt.augmented) {
				t.Errorf("%d, %v, %v, augmented %v", e.StatusCode(), origin, e.Header(), w.Header())
			}
			if !errors.Is(e, tt.err) {
				t.Error("does not wrap the error")
			}
		})
	}
}

// RFC 9457, section 3: problems of one kind are one document.
func TestResolve_merge(t *testing.T) {
	field := func(p string) *httperrors.Error {
		return httperrors.UnprocessableContent("Wrong: " + p).WithErrors(httperrors.FieldError{Pointer: p})
	}
	tests := []struct {
		name    string
		err     error
		message string
		want    []string
	}{
		{"one kind", errors.Join(field("/a"), fmt.Errorf("w: %w", field("/b")), errors.Join(field("/c"))), "Wrong: /a", []string{"/a", "/b", "/c"}},
		{"another code", errors.Join(field("/a"), field("/b").WithCode("x"), field("/c")), "Wrong: /a", []string{"/a", "/c"}},
		{"another type", errors.Join(field("/a"), field("/b").WithType("/p/x", "X")), "Wrong: /a", []string{"/a"}},
		{"another status", errors.Join(field("/a"), httperrors.BadRequest("x").WithErrors(httperrors.FieldError{Pointer: "/b"})), "Wrong: /a", []string{"/a"}},
		{"a cause is not beside", field("/a").WithCause(field("/b")), "Wrong: /a", []string{"/a"}},
		{"nothing to add", errors.Join(field("/a"), httperrors.ErrUnprocessableContent), "Wrong: /a", []string{"/a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, _ := httperrors.Resolve(tt.err)
			var got []string
			for _, fe := range e.Errors() {
				got = append(got, fe.Pointer)
			}
			if e.PublicMessage() != tt.message || !slices.Equal(got, tt.want) {
				t.Errorf("Resolve = %q, %v; want %q, %v", e.PublicMessage(), got, tt.message, tt.want)
			}
		})
	}
	a := field("/a")
	_, _ = httperrors.Resolve(errors.Join(a, field("/b")))
	if len(a.Errors()) != 1 {
		t.Error("the error has been written to")
	}
}

type headerPanics struct{ speaking }

func (headerPanics) Header() http.Header { panic("x") }

func TestAs(t *testing.T) {
	own := httperrors.NotFound("x")
	tests := []struct {
		name string
		err  error
		code int // 0 for none
	}{
		{"itself", own, 404},
		{"wrapped", fmt.Errorf("w: %w", own), 404},
		{"the first", httperrors.ErrConflict.WithCause(own), 409},
		{"joined, the most serious", errors.Join(own, httperrors.ErrBadGateway), 502},
		{"within the framework's", &fw{code: 500, internal: own}, 404},
		{"within a panic", panicking(own), 404},
		{"its header panics", headerPanics{speaking{code: 410}}, 410},
		{"the framework's own does not speak", &fw{code: 404}, 0},
		{"what is only known does not speak", sql.ErrNoRows, 0},
		{"StatusCode alone does not speak", sdk{}, 0},
		{"methods that panic do not speak", &panicker{}, 0},
		{"nil", nil, 0},
		{"a nil Error", (*httperrors.Error)(nil), 0},
		{"a nil Error before ours", errors.Join((*httperrors.Error)(nil), own), 404},
		{"a cycle", cycle(), 0},
		{"uncomparable", uncomparable{}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, ok := httperrors.As(tt.err)
			if ok != (tt.code != 0) || ok && e.StatusCode() != tt.code {
				t.Errorf("As = %v, %v; want %d", e, ok, tt.code)
			}
		})
	}
	if e, _ := httperrors.As(fmt.Errorf("w: %w", own)); e != own {
		t.Error("As returns another Error")
	}
	if e, _ := httperrors.As(fmt.Errorf("w: %w", embedding{own, 1})); !errors.Is(e, own) || !slices.Equal(e.StackTrace(), own.StackTrace()) {
		t.Error("As returns another Error than the embedded one")
	}
}

func TestError_As(t *testing.T) {
	var f *fw
	if !errors.As(fmt.Errorf("w: %w", httperrors.NotFound("No such order.")), &f) || f.code != 404 || f.message != "No such order." {
		t.Errorf("errors.As = %v", f)
	}
	if !errors.As(httperrors.ErrContentTooLarge, &f) || f.code != 413 || f.message != "Content Too Large" {
		t.Errorf("errors.As = %v", f)
	}
	if !errors.As(httperrors.Found("\n"), &f) || f.code != 500 {
		t.Errorf("errors.As of a spoilt one = %v", f)
	}
	var p *fs.PathError
	if errors.As(httperrors.ErrNotFound, &p) || httperrors.ErrNotFound.As(nil) {
		t.Error("errors.As finds what is not there")
	}
}

type stringer struct{}

func (stringer) String() string { return "secret" }

type named string

// raw is a json.Marshaler that writes b, and panics if that is nil.
type raw struct{ b []byte }

func (r raw) MarshalJSON() ([]byte, error) {
	if r.b == nil {
		panic("MarshalJSON")
	}
	return r.b, nil
}

// The kinds of Message that an echo.HTTPError can have.
func TestResolve_messages(t *testing.T) {
	cyclic := map[string]any{}
	cyclic["self"] = cyclic
	tests := []struct {
		name    string
		message any
		text    string
		member  string // JSON
	}{
		{"nil", nil, "", ""},
		{"a string", "Bad input", "Bad input", ""},
		{"an empty string", "", "", ""},
		{"a named string", named("Bad input"), "Bad input", ""},
		{"an error is for programmers", errors.New("sql: secret"), "", ""},
		{"a map", map[string]any{"field": "id"}, "", `{"field":"id"}`},
		{"a struct", struct {
			A int `json:"a"`
		}{1}, "", `{"a":1}`},
		{"a slice", []string{"a"}, "", `["a"]`},
		{"a number", 42, "", `42`},
		{"raw JSON", json.RawMessage(`{"a":1}`), "", `{"a":1}`},
		{"a Stringer is data", stringer{}, "", `{}`},
		{"bytes", []byte("ab"), "", `"YWI="`},
		{"a function", func() {}, "", ""},
		{"a channel", make(chan int), "", ""},
		{"a cyclic map", cyclic, "", ""},
		{"a Marshaler that panics", struct{ json.Marshaler }{raw{nil}}, "", ""},
		{"a Marshaler that fails", raw{[]byte("{")}, "", ""},
		{"an error that panics", &panicker{}, "", ""},
		{"not a number", math.NaN(), "", ""},
		{"infinity", math.Inf(-1), "", ""},
		{"HTML is a text like any other", template.HTML("<b>x</b>"), "<b>x</b>", ""},
		{"a map with the key status", map[string]any{"status": 200}, "", `{"status":200}`},
		{"a long map", map[string]string{"a": strings.Repeat("a", 10<<20)}, "", ""},
		{"10 MB", strings.Repeat("a", 10<<20), strings.Repeat("a", 10<<20), ""},
		{"markup and control characters", "</script>\x00\u202e\x1b[31m", "</script>\x00\u202e\x1b[31m", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, _ := httperrors.Resolve(&fw{code: 400, message: tt.message, public: true})
			if got := e.PublicMessage(); got != tt.text {
				t.Errorf("PublicMessage = %.100q, want %.100q", got, tt.text)
			}
			b, _ := e.MarshalJSON()
			var doc map[string]json.RawMessage
			if err := json.Unmarshal(b, &doc); err != nil || string(doc["message"]) != tt.member {
				t.Errorf("the document is %.200s, want the member %s", b, tt.member)
			}
			private, _ := httperrors.Resolve(&fw{code: 400, message: tt.message})
			if b, _ := private.MarshalJSON(); string(b) != `{"title":"Bad Request","status":400}` {
				t.Errorf("not public, and shown: %s", b)
			}
		})
	}
}

func TestResolve_fieldErrors(t *testing.T) {
	var typeErr *json.UnmarshalTypeError
	errors.As(json.Unmarshal([]byte(`{"items":{"price/unit":"x"}}`), &struct {
		Items struct {
			Price int `json:"price/unit"`
		} `json:"items"`
	}{}), &typeErr)
	list := violations{
		{"required", "Email", "User.Email"},
		{"gt", "Price", "Order.Items[3].Price"},
		{"oneof", "a/b", "Map.Labels[x~y].a/b"},
		{"min", "Name", "Name"},
		{"odd", "A", "T.A[unclosed"},
		{"odd", "B", "T..B."},
	}
	listWant := []httperrors.FieldError{
		{Detail: "is required", Pointer: "/Email", Code: "required"},
		{Pointer: "/Items/3/Price", Code: "gt"},
		{Pointer: "/Labels/x~0y/a~1b", Code: "oneof"},
		{Pointer: "/Name", Code: "min"},
		{Pointer: "/A/unclosed", Code: "odd"},
		{Pointer: "/B", Code: "odd"},
	}
	number := []httperrors.FieldError{{Detail: "must be a whole number in range", Pointer: "/items/price~1unit", Code: "type"}}
	tests := []struct {
		name string
		err  error
		code int
		want []httperrors.FieldError
	}{
		{"a JSON type error", typeErr, 422, number},
		{"a JSON type error that the framework answers with 400", &fw{code: 400, message: "Unmarshal type error: expected=int", internal: typeErr}, 400, number},
		{"validation errors", list, 422, listWant},
		{"validation errors, wrapped", fmt.Errorf("w: %w", list), 422, listWant},
		{"validation errors within the framework's 400", &fw{code: 400, message: "x", public: true, internal: list}, 400, listWant},
		{"validation errors within the framework's 500", &fw{code: 500, internal: list}, 500, nil},
		{"a single violation", list[0], 422, listWant[:1]},
		{"a binding error names the parameter", &fw{code: 400, field: "id"}, 400, []httperrors.FieldError{{Parameter: "id", Code: "invalid"}}},
		{"ours says what it wants to say", httperrors.BadRequest("x").WithCause(list), 400, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, _ := httperrors.Resolve(tt.err)
			if got := e.Errors(); e.StatusCode() != tt.code || !slices.Equal(got, tt.want) {
				t.Errorf("Resolve = %d, %+v; want %d, %+v", e.StatusCode(), got, tt.code, tt.want)
			}
			b, _ := e.MarshalJSON()
			for _, secret := range []string{"User", "Order.", "expected", "int,", "secret-value"} {
				if strings.Contains(string(b), secret) {
					t.Errorf("the document names %s: %s", secret, b)
				}
			}
		})
	}
	if httperrors.ErrBadRequest.Errors() != nil {
		t.Error("a sentinel has been written to")
	}
}

// A wrong type is described in the terms of JSON, not of Go.
func TestResolve_typeErrors(t *testing.T) {
	type secretType struct{ A int }
	for _, tt := range []struct {
		in     string
		target any
		want   httperrors.FieldError
	}{
		{`"x"`, new(bool), httperrors.FieldError{Code: "type", Detail: "must be a boolean"}},
		{`"x"`, new(uint8), httperrors.FieldError{Code: "type", Detail: "must be a whole number in range"}},
		{`300`, new(uint8), httperrors.FieldError{Code: "type", Detail: "must be a whole number in range"}},
		{`"x"`, new(float64), httperrors.FieldError{Code: "type", Detail: "must be a number"}},
		{`1`, new(string), httperrors.FieldError{Code: "type", Detail: "must be a string"}},
		{`1`, new([]int), httperrors.FieldError{Code: "type", Detail: "must be an array"}},
		{`1`, new(secretType), httperrors.FieldError{Code: "type", Detail: "must be an object"}},
		{`{"a":{"b":1}}`, &struct {
			A struct {
				B map[string]int `json:"b"`
			} `json:"a"`
		}{}, httperrors.FieldError{Code: "type", Detail: "must be an object", Pointer: "/a/b"}},
		{`1`, new(chan int), httperrors.FieldError{Code: "type"}},
	} {
		e, _ := httperrors.Resolve(json.Unmarshal([]byte(tt.in), tt.target))
		if got := e.Errors(); e.StatusCode() != 422 || len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s into %T: %d, %+v; want %+v", tt.in, tt.target, e.StatusCode(), got, tt.want)
		}
	}
	e, _ := httperrors.Resolve(&json.UnmarshalTypeError{})
	if got := e.Errors(); len(got) != 1 || got[0].Detail != "" {
		t.Errorf("of no type: %+v", got)
	}
}

// violation looks like validator.FieldError, violations like validator.ValidationErrors.
type violation struct{ tag, field, namespace string }

func (v violation) Error() string     { return "Key: '" + v.namespace + "' secret-value" }
func (v violation) Tag() string       { return v.tag }
func (v violation) Field() string     { return v.field }
func (v violation) Namespace() string { return v.namespace }

type violations []violation

func (v violations) Error() string { return "Key: 'User.Email' secret-value" }

// grpcError looks like what google.golang.org/grpc/status.Error returns.
type grpcError struct{ s *grpcStatus }

func (g grpcError) Error() string           { return "rpc error" }
func (g grpcError) GRPCStatus() *grpcStatus { return g.s }

type grpcStatus struct{ code grpcCode }

func (s *grpcStatus) Code() grpcCode { return s.code }

type grpcCode uint32

type timeout struct{}

func (timeout) Error() string { return "timeout" }
func (timeout) Timeout() bool { return true }

type notTimeout struct{ timeout }

func (notTimeout) Timeout() bool { return false }

func TestResolve_mapping(t *testing.T) {
	_, numErr := url.QueryUnescape("%zz")
	_, csvErr := csv.NewReader(strings.NewReader("a\"b\n")).Read()
	_, gzipErr := gzip.NewReader(strings.NewReader("not gzip at all"))
	_, zlibErr := zlib.NewReader(strings.NewReader("no" + strings.Repeat("x", 20)))
	_, flateErr := io.ReadAll(flate.NewReader(strings.NewReader("\xff\xff\xff")))
	_, openErr := os.Open("/nonexistent")
	_, dialErr := (&net.Dialer{Resolver: &net.Resolver{PreferGo: true}}).DialContext(context.Background(), "tcp", "127.0.0.1:1")
	body := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", 100)))
	body.Body = http.MaxBytesReader(nil, body.Body, 5)
	_, tooLarge := io.ReadAll(body.Body)
	_, notMultipart := httptest.NewRequest("POST", "/", nil).MultipartReader()
	noBoundary := httptest.NewRequest("POST", "/", nil)
	noBoundary.Header.Set("Content-Type", "multipart/form-data")
	_, boundaryErr := noBoundary.MultipartReader()
	_, cookieErr := httptest.NewRequest("GET", "/", nil).Cookie("x")
	_, _, mimeErr := mime.ParseMediaType("text/plain; x")
	var v struct {
		A int `json:"a" xml:"a"`
	}
	tests := []struct {
		name string
		err  error
		code int
	}{
		{"sql.ErrNoRows", sql.ErrNoRows, 404},
		{"fs.ErrNotExist", fs.ErrNotExist, 404},
		{"a file that is not there", openErr, 404},
		{"fs.ErrPermission", fs.ErrPermission, 403},
		{"a file that may not be read", &fs.PathError{Op: "open", Path: "/etc/shadow", Err: syscall.EACCES}, 403},
		{"fs.ErrExist", fs.ErrExist, 409},
		{"a file that is there already", &os.LinkError{Op: "link", Err: syscall.EEXIST}, 409},
		{"a body beyond MaxBytesReader's limit", tooLarge, 413},
		{"multipart.ErrMessageTooLarge", multipart.ErrMessageTooLarge, 413},
		{"http.ErrNotMultipart", notMultipart, 415},
		{"http.ErrMissingBoundary", boundaryErr, 415},
		{"a media type that does not parse", mimeErr, 415},
		{"http.ErrMissingFile", http.ErrMissingFile, 400},
		{"http.ErrNoCookie", cookieErr, 400},
		{"http.ErrLineTooLong", http.ErrLineTooLong, 400},
		{"JSON with a syntax error", json.Unmarshal([]byte(`{"a":}`), &v), 400},
		{"JSON that is cut off", json.NewDecoder(strings.NewReader(`{"a":`)).Decode(&v), 400},
		{"JSON of another type", json.Unmarshal([]byte(`{"a":"x"}`), &v), 422},
		{"XML with a syntax error", xml.Unmarshal([]byte(`<a></b>`), &v), 400},
		{"XML of another kind", xml.UnmarshalError("x"), 422},
		{"CSV with a bare quote", csvErr, 400},
		{"not gzip", gzipErr, 400},
		{"gzip.ErrChecksum", gzip.ErrChecksum, 400},
		{"not zlib", zlibErr, 400},
		{"zlib.ErrChecksum", zlib.ErrChecksum, 400},
		{"not deflate", flateErr, 400},
		{"a percent sign too many", numErr, 400},
		{"an invalid host", url.InvalidHostError("x"), 400},
		{"context.DeadlineExceeded", context.DeadlineExceeded, 504},
		{"a deadline, by a cause", fmt.Errorf("query: %w", context.DeadlineExceeded), 504},
		{"os.ErrDeadlineExceeded", &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, 504},
		{"an error with Timeout", timeout{}, 504},
		{"a client's timeout", &url.Error{Op: "Get", URL: "http://x", Err: timeout{}}, 504},
		{"an error whose Timeout says no", notTimeout{}, 500},
		{"http.ErrHandlerTimeout", http.ErrHandlerTimeout, 503},
		{"driver.ErrBadConn", driver.ErrBadConn, 503},
		{"sql.ErrConnDone", sql.ErrConnDone, 503},
		{"a refused connection", dialErr, 503},
		{"a connection that times out", &net.OpError{Op: "dial", Err: timeout{}}, 504},
		{"a connection that breaks", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, 500},
		{"errors.ErrUnsupported", errors.ErrUnsupported, 501},
		{"http.ErrNotSupported", http.ErrNotSupported, 501},
		{"ENOSYS", &fs.PathError{Err: syscall.ENOSYS}, 501},
		{"gRPC OK is no error", grpcError{&grpcStatus{0}}, 500},
		{"gRPC Canceled", grpcError{&grpcStatus{1}}, 499},
		{"gRPC Unknown", grpcError{&grpcStatus{2}}, 500},
		{"gRPC InvalidArgument", grpcError{&grpcStatus{3}}, 400},
		{"gRPC DeadlineExceeded", grpcError{&grpcStatus{4}}, 504},
		{"gRPC NotFound", grpcError{&grpcStatus{5}}, 404},
		{"gRPC AlreadyExists", grpcError{&grpcStatus{6}}, 409},
		{"gRPC PermissionDenied", grpcError{&grpcStatus{7}}, 403},
		{"gRPC ResourceExhausted", grpcError{&grpcStatus{8}}, 429},
		{"gRPC FailedPrecondition", grpcError{&grpcStatus{9}}, 400},
		{"gRPC Aborted", grpcError{&grpcStatus{10}}, 409},
		{"gRPC OutOfRange", grpcError{&grpcStatus{11}}, 400},
		{"gRPC Unimplemented", grpcError{&grpcStatus{12}}, 501},
		{"gRPC Internal", grpcError{&grpcStatus{13}}, 500},
		{"gRPC Unavailable", grpcError{&grpcStatus{14}}, 503},
		{"gRPC DataLoss", grpcError{&grpcStatus{15}}, 500},
		{"gRPC Unauthenticated", grpcError{&grpcStatus{16}}, 401},
		{"gRPC with a code from the future", grpcError{&grpcStatus{99}}, 500},
		{"gRPC with a nil status", grpcError{}, 500},
		{"a validator's list", violations{{"required", "A", "T.A"}}, 422},
		{"an empty list", violations{}, 422},
		{"a number that does not parse could be the server's", func() error { _, err := fmt.Sscan("x", new(int)); return err }(), 500},
		{"io.EOF could be anything", io.EOF, 500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.err == nil {
				t.Fatal("the error is nil")
			}
			for _, err := range []error{tt.err, fmt.Errorf("w: %w", tt.err), errors.Join(errors.New("x"), tt.err)} {
				e, origin := httperrors.Resolve(err)
				if e.StatusCode() != tt.code || e.PublicMessage() != "" {
					t.Errorf("Resolve(%v) = %d %q, want %d", err, e.StatusCode(), e.PublicMessage(), tt.code)
				}
				if tt.code != 500 && origin != httperrors.OriginMapped {
					t.Errorf("origin = %v", origin)
				}
				if reflect.ValueOf(err).Comparable() && !errors.Is(e, err) {
					t.Error("the result does not wrap the error")
				}
				// A mapped error never overrides a status that was set.
				if tt.code != 413 {
					set, _ := httperrors.Resolve(&fw{code: 409, internal: err})
					if set.StatusCode() != 409 {
						t.Errorf("overrides the framework's 409 with %d", set.StatusCode())
					}
				}
			}
		})
	}
	if e, _ := httperrors.Resolve(http.ErrHandlerTimeout); e.Header().Get("Retry-After") != "1" {
		t.Errorf("http.ErrHandlerTimeout has the header %v", e.Header())
	}
	if httperrors.ErrServiceUnavailable.Header().Get("Retry-After") != "" {
		t.Error("a sentinel has been written to")
	}
}

func TestOrigin_String(t *testing.T) {
	for o, want := range map[httperrors.Origin]string{httperrors.OriginUnknown: "unknown", httperrors.OriginMapped: "mapped", httperrors.OriginFramework: "framework", httperrors.OriginOwn: "own", 99: "unknown"} {
		if got := o.String(); got != want {
			t.Errorf("%d.String() = %q, want %q", o, got, want)
		}
	}
}

func TestResolve_allocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, tt := range []struct {
		name string
		err  error
		most float64
	}{
		{"a sentinel", httperrors.ErrNotFound, 0},
		{"a plain error", errors.New("x"), 1},
		{"the framework's 404", &fw{code: 404, message: "Not Found", public: true}, 1},
		{"the framework's, with a text", &fw{code: 404, message: "No such order", public: true}, 1},
		{"a sentinel, wrapped", fmt.Errorf("w: %w", httperrors.ErrNotFound), 2},
		{"sql.ErrNoRows", sql.ErrNoRows, 2},
	} {
		if n := testing.AllocsPerRun(100, func() { sinkError, _ = httperrors.Resolve(tt.err) }); n > tt.most {
			t.Errorf("Resolve of %s allocates %v times, want %v at most", tt.name, n, tt.most)
		}
	}
}

var sinkError *httperrors.Error

// FuzzResolve makes a tree of errors of all kinds from its input, and holds Resolve to what it promises for every one.
func FuzzResolve(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 404)
	f.Add([]byte{9, 9, 9, 0}, 302)
	f.Add([]byte{3, 3, 11, 1}, 0)
	f.Fuzz(func(t *testing.T, kinds []byte, status int) {
		if len(kinds) > 500 {
			return
		}
		var err error = errors.New("leaf")
		ring, doubled := &looping{}, 0
		for _, k := range kinds {
			switch k % 13 {
			case 0:
				err = &looping{next: err} // fmt.Errorf would ask err, which may be a cycle by now, for its text
			case 1:
				err = httperrors.New(status+int(k), "own").WithCause(err)
			case 2:
				err = errors.Join(err, sql.ErrNoRows)
			case 3:
				err = &fw{code: status - int(k), message: "fw", public: k > 128, internal: err}
			case 4:
				err = errors.Join(httperrors.ErrBadGateway, err, nil)
			case 5:
				err = &stack.Panic{Value: err}
			case 6:
				err = errors.Join(uncomparable{"x"}, err)
			case 7:
				err = errors.Join((*httperrors.Error)(nil), err)
			case 8:
				err = errors.Join(&panicker{}, err)
			case 9:
				if doubled++; doubled < 8 { // the text that fmt.Errorf makes doubles as well
					err = errors.Join(err, err)
				}
			case 10:
				err = speakingAround{speaking{code: status}, err}
			case 11:
				ring.next = err
				err = ring
			case 12:
				err = errors.Join(&http.MaxBytesError{}, err)
			}
		}
		e, origin := httperrors.Resolve(err)
		if c := e.StatusCode(); c < 300 || c > 599 || c == 305 || c == 306 || (c == 302 && e.Header().Get("Location") == "") {
			t.Fatalf("StatusCode = %d", c)
		}
		if again, _ := httperrors.Resolve(err); again.StatusCode() != e.StatusCode() {
			t.Fatal("Resolve gives two answers")
		}
		if as, ok := httperrors.As(err); origin == httperrors.OriginOwn && (!ok || as.StatusCode() != e.StatusCode()) {
			t.Fatalf("As = %v, %v; Resolve = %v", as, ok, e)
		}
		_ = e.Error()
		_, _ = e.MarshalJSON()
		_ = httperrors.Hide(err)
	})
}

// speakingAround speaks HTTP and wraps an error.
type speakingAround struct {
	speaking
	err error
}

func (s speakingAround) Unwrap() error { return s.err }
