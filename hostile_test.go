package exceptional_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"math"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

// A hook that fails by c.Error must not start the whole flow again, which would end in a stack overflow.
func TestHooksThatCallError(t *testing.T) {
	boom := func(c echo.Context) { c.Error(fmt.Errorf("again: %w", errors.New(canary))) }
	tests := []struct {
		name string
		cfg  exceptional.Config
		use  echo.MiddlewareFunc
		err  error
	}{
		{name: "Before", use: func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				c.Response().Before(func() { boom(c) })
				return next(c)
			}
		}},
		{name: "User", cfg: exceptional.Config{Viewers: members, User: func(c echo.Context) (exceptional.User, error) {
			boom(c)
			return exceptional.User{}, nil
		}}},
		{name: "Renderer", cfg: exceptional.Config{Renderer: renderFunc(func(_ io.Writer, _ string, _ any, c echo.Context) error {
			boom(c)
			return errors.New("no page")
		})}},
		{name: "Translate", cfg: exceptional.Config{Translate: func(c echo.Context, _ error) error { boom(c); return nil }}},
		{name: "Skipper", cfg: exceptional.Config{Skipper: func(_ error, c echo.Context) bool { boom(c); return false }}},
		{name: "Next", cfg: exceptional.Config{
			Skipper: func(error, echo.Context) bool { return true },
			Next:    func(_ error, c echo.Context) { boom(c) },
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, tt.cfg)
			if tt.use != nil {
				a.Use(tt.use)
			}
			a.fails("/", errors.New("first"))
			res := a.get("/", "Accept", browser)
			if res.StatusCode != 500 {
				t.Errorf("status %d", res.StatusCode)
			}
			b := body(t, res)
			lacks(t, b, canary)
			if strings.Count(b, "<html") != 1 {
				t.Errorf("not one page:\n%s", short(b))
			}
			if contains(t, a.logs.text(), "again: "+canary); tt.name != "Next" { // which has taken the first
				contains(t, a.logs.text(), "first")
			}
		})
	}
}

// Next is the application's code as well.
func TestNextThatPanics(t *testing.T) {
	a := newApp(t, exceptional.Config{
		Skipper: func(error, echo.Context) bool { return true },
		Next:    func(error, echo.Context) { panic(canary) },
	})
	a.fails("/", errors.New("first"))
	res := a.get("/")
	if res.StatusCode != 500 {
		t.Errorf("status %d", res.StatusCode)
	}
	lacks(t, body(t, res), canary)
	contains(t, a.logs.text(), "first", canary)
}

// No panic escapes from a response that is broken.
func TestBrokenWriters(t *testing.T) {
	tests := []struct {
		name string
		w    http.ResponseWriter
	}{
		{"no header map", headers{func() http.Header { return nil }}},
		{"Header panics", headers{func() http.Header { panic(canary) }}},
		{"no writer", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, exceptional.Config{})
			a.GET("/", func(c echo.Context) error {
				c.Response().Writer = tt.w
				return errors.New("first")
			})
			a.get("/")
			contains(t, a.logs.text(), "first")
		})
	}
}

type headers struct{ header func() http.Header }

func (w headers) Header() http.Header         { return w.header() }
func (w headers) Write(b []byte) (int, error) { return len(b), nil }
func (w headers) WriteHeader(int)             {}

// A serializer that writes nothing has not made a document.
func TestSerializers(t *testing.T) {
	tests := []struct {
		name string
		s    echo.JSONSerializer
	}{
		{"writes nothing", serializerFunc(func(echo.Context) error { return nil })},
		{"panics", serializerFunc(func(echo.Context) error { panic(canary) })},
		{"fails half-way", serializerFunc(func(c echo.Context) error {
			_, _ = c.Response().Write([]byte(`{"mess`))
			return errors.New(canary)
		})},
		{"calls Error", serializerFunc(func(c echo.Context) error { c.Error(errors.New(canary)); return nil })},
		{"there is none", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, exceptional.Config{EchoJSON: true})
			a.JSONSerializer = tt.s
			a.fails("/", echo.NewHTTPError(409, "No."))
			res := a.get("/", "Accept", api)
			b := body(t, res)
			if res.StatusCode != 409 || strings.TrimSpace(b) != `{"message":"Conflict"}` {
				t.Errorf("%d %q", res.StatusCode, b)
			}
		})
	}
}

type serializerFunc func(c echo.Context) error

func (f serializerFunc) Serialize(c echo.Context, _ any, _ string) error { return f(c) }
func (f serializerFunc) Deserialize(echo.Context, any) error             { return nil }

// shell is an error type by value: nested deeply, a comparison or a text of it overflows the stack.
type shell struct{ error }

func (s shell) Unwrap() error { return s.error }

type recursive struct{ next *recursive }

//lint:ignore SA5007 that is the attack
func (r *recursive) Error() string { return "r: " + r.next.Error() }
func (r *recursive) Unwrap() error { return r.next }

func TestHostileErrors(t *testing.T) {
	deep := error(errors.New(canary))
	for range 100_000 {
		deep = shell{deep}
	}
	cyclic := new(recursive)
	cyclic.next = cyclic
	tests := []struct {
		name string
		err  error
	}{
		{"a hundred thousand values", deep},
		{"wrapped by one of ours", httperrors.BadGateway("").WithCause(deep)},
		{"a cycle whose text recurses", cyclic},
		{"a wrapper of that", shell{errors.Join(deep, shell{cyclic})}},
		{"in a panic", shell{errors.Join(cyclic, deep)}},
		{"a framework's message that is one", &echo.HTTPError{Code: 400, Message: cyclic, Internal: deep}},
	}
	for _, tt := range tests {
		for _, mode := range []exceptional.Config{{}, {EchoJSON: true}, {Debug: true}, {Translate: func(_ echo.Context, err error) error { return shell{err} }}} {
			for _, accept := range []string{browser, api, "text/plain"} {
				t.Run(tt.name, func(t *testing.T) {
					a := newApp(t, mode)
					a.Use(exceptional.Recover())
					a.GET("/", func(c echo.Context) error {
						if tt.name == "in a panic" {
							panic(tt.err)
						}
						c.Error(tt.err)
						return shell{tt.err}
					})
					res := a.get("/", "Accept", accept)
					if res.StatusCode < 400 || body(t, res) == "" {
						t.Errorf("status %d", res.StatusCode)
					}
					if n := len(a.logs.records(t)); n != 1 {
						t.Errorf("%d records", n)
					}
				})
			}
		}
	}
}

// TestHostilePanicValues has values that contain themselves: to print one would end the process by a stack overflow.
func TestHostilePanicValues(t *testing.T) {
	self := map[string]any{"token": canary}
	self["self"] = self
	list := []any{self, nil}
	list[1] = list
	for name, value := range map[string]any{"a map": self, "a list": list, "a pointer": &list, "in an error's message": echo.NewHTTPError(400, self)} {
		for _, cfg := range []exceptional.Config{{}, {EchoJSON: true}, {Debug: true}, {Translate: func(echo.Context, error) error { panic(value) }}} {
			for _, accept := range []string{browser, api, "text/plain"} {
				t.Run(name, func(t *testing.T) {
					a := newApp(t, cfg)
					a.Use(exceptional.Recover())
					a.GET("/", func(echo.Context) error { panic(value) })
					if res := a.get("/", "Accept", accept); res.StatusCode < 400 || body(t, res) == "" {
						t.Errorf("status %d", res.StatusCode)
					}
					if n := len(a.logs.records(t)); n != 1 {
						t.Errorf("%d records", n)
					}
				})
			}
		}
	}
}

type hostileHandler struct{ slog.Handler }

func (hostileHandler) Enabled(context.Context, slog.Level) bool  { panic(canary) }
func (hostileHandler) Handle(context.Context, slog.Record) error { panic(canary) }

func TestLoggerThatPanics(t *testing.T) {
	a := newApp(t, exceptional.Config{Logger: slog.New(hostileHandler{})})
	a.fails("/", errors.New("x"))
	if res := a.get("/"); res.StatusCode != 500 || strings.Contains(body(t, res), canary) {
		t.Errorf("status %d", res.StatusCode)
	}
}

// mine is an error each of whose methods can misbehave: those that have its name.
type mine struct {
	method string
	how    func()
	text   string
}

func (m *mine) do(method string) {
	if m.method == method || m.method == "every method" {
		m.how()
	}
}

func (m *mine) Error() string                       { m.do("Error"); return m.text }
func (m *mine) Unwrap() error                       { m.do("Unwrap"); return nil }
func (m *mine) Is(error) bool                       { m.do("Is"); return false }
func (m *mine) As(any) bool                         { m.do("As"); return false }
func (m *mine) StatusCode() int                     { m.do("StatusCode"); return 409 }
func (m *mine) PublicMessage() string               { m.do("PublicMessage"); return "Public." }
func (m *mine) Header() http.Header                 { m.do("Header"); return http.Header{"X-Mine": {"1"}} }
func (m *mine) AugmentResponse(http.ResponseWriter) { m.do("AugmentResponse") }
func (m *mine) MarshalJSON() ([]byte, error)        { m.do("MarshalJSON"); return []byte(`"x"`), nil }
func (m *mine) LogValue() slog.Value                { m.do("LogValue"); return slog.StringValue("x") }
func (m *mine) Format(s fmt.State, _ rune)          { m.do("Format"); _, _ = s.Write([]byte("x")) }
func (m *mine) StackTrace() []uintptr               { m.do("StackTrace"); return nil }
func (m *mine) Timeout() bool                       { m.do("Timeout"); return false }
func (m *mine) GRPCStatus() any                     { m.do("GRPCStatus"); return nil }
func (m *mine) ErrorType() string                   { m.do("ErrorType"); return "mine" }

// noSpeaker hides that a mine speaks HTTP.
type noSpeaker struct{ m *mine }

func (n noSpeaker) Error() string   { return n.m.Error() }
func (n noSpeaker) Unwrap() error   { n.m.do("Unwrap"); return nil }
func (n noSpeaker) Is(e error) bool { return n.m.Is(e) }
func (n noSpeaker) As(e any) bool   { return n.m.As(e) }
func (n noSpeaker) Timeout() bool   { return n.m.Timeout() }

type wide []error

func (w wide) Error() string   { return "secret" }
func (w wide) Unwrap() []error { return w }

type two struct{ other error }

func (t *two) Error() string { return "secret" }
func (t *two) Unwrap() error { return t.other }

func deep(n int) error {
	err := error(httperrors.NotFound("deep"))
	for range n {
		err = &two{err}
	}
	return err
}

// diamond has 2^n paths to one error.
func diamond(n int) error {
	err := errors.New("secret")
	for range n {
		err = wide{err, err}
	}
	return err
}

func millionWide() error {
	w := make(wide, 1_000_000)
	for i := range w {
		w[i] = context.Canceled
	}
	return w
}

func cycleOfTwo() error {
	a := &two{}
	a.other = &two{a}
	return a
}

func ownMessage() error {
	he := echo.NewHTTPError(409, "x")
	he.Message = he
	return he
}

type embedded struct{ *echo.HTTPError }

// TestBadErrors has hostile error values. Each is answered, in every form, in time, with nothing of it on the page, and logged
// once.
func TestBadErrors(t *testing.T) {
	tests := map[string]struct {
		err    error
		status int
	}{
		"no text":                     {errors.New(""), 500},
		"invalid UTF-8":               {errors.New("secret \xff\xfe"), 500},
		"right-to-left override":      {errors.New("secret \u202egpj.exe"), 500},
		"escape sequences":            {errors.New("secret \x1b[2J\x1b]0;title\x07"), 500},
		"HTML":                        {errors.New("secret </title><script>alert(1)</script>"), 500},
		"forged log lines":            {errors.New("secret\n{\"level\":\"INFO\",\"msg\":\"forged\"}\n"), 500},
		"no members":                  {wide(nil), 500},
		"an empty list":               {wide{}, 500},
		"members that are nil":        {wide{nil, nil}, 500},
		"members, one of them nil":    {wide{nil, httperrors.Conflict("x"), nil}, 409},
		"a million members":           {millionWide(), 500},
		"a million deep":              {deep(1_000_000), 500},
		"sixty deep":                  {deep(60), 404},
		"two that wrap each other":    {cycleOfTwo(), 500},
		"2^40 paths":                  {diamond(40), 500},
		"joined 404, 500, cancelled":  {errors.Join(echo.ErrNotFound, echo.ErrInternalServerError, context.Canceled), 500},
		"joined 404, cancelled":       {errors.Join(context.Canceled, echo.ErrNotFound), 404},
		"two that Echo wraps":         {fmt.Errorf("%w and %w", echo.ErrNotFound, echo.ErrForbidden), 404},
		"is its own message":          {ownMessage(), 409},
		"typed nil, wrapped":          {fmt.Errorf("x: %w", (*echo.HTTPError)(nil)), 500},
		"typed nil inside Internal":   {echo.NewHTTPError(409, "x").SetInternal((*echo.HTTPError)(nil)), 409},
		"typed nil of ours, Internal": {echo.NewHTTPError(409, "x").SetInternal((*httperrors.Error)(nil)), 409},
		"typed nil of BindingError":   {(*echo.BindingError)(nil), 500},
		"BindingError of nothing":     {&echo.BindingError{}, 400},
		"embeds a nil *HTTPError":     {embedded{}, 500},
		"zero Error of ours":          {&httperrors.Error{}, 500},
	}
	for _, method := range []string{"Error", "Unwrap", "Is", "As", "StatusCode", "PublicMessage", "Header", "AugmentResponse", "MarshalJSON", "LogValue",
		"Format", "StackTrace", "Timeout", "GRPCStatus", "ErrorType", "every method"} {
		m := &mine{method, func() { panic("secret panic") }, "secret"}
		status := 409
		if method == "StatusCode" || method == "PublicMessage" || method == "every method" {
			status = 500
		}
		tests[method+" panics"] = struct {
			err    error
			status int
		}{m, status}
		tests[method+" panics, in Echo's"] = struct {
			err    error
			status int
		}{echo.NewHTTPError(500, "Text.").SetInternal(m), status}
		tests[method+" panics, not HTTP"] = struct {
			err    error
			status int
		}{noSpeaker{m}, 500}
	}
	for name, tt := range tests {
		for _, echoJSON := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/EchoJSON=%v", name, echoJSON), func(t *testing.T) {
				a := newApp(t, exceptional.Config{EchoJSON: echoJSON})
				a.Use(twice)
				a.fails("/", tt.err)
				start := time.Now()
				for _, accept := range anyForm {
					a.logs.buf.Reset()
					res := a.get("/", "Accept", accept)
					b := body(t, res)
					if res.StatusCode != tt.status || b == "" {
						t.Errorf("Accept %q: status %d, want %d, %d bytes", accept, res.StatusCode, tt.status, len(b))
					}
					lacks(t, b, "secret", "alert", "forged")
					want := 0
					if tt.status >= 500 {
						want = 1
					}
					if n := len(a.logs.records(t)); n < want || n > 1 {
						t.Errorf("Accept %q: %d log records: %s", accept, n, short(a.logs.text()))
					}
				}
				if took := time.Since(start); took > 20*time.Second {
					t.Errorf("took %v", took)
				}
			})
		}
	}
}

// An error whose method ends the goroutine cannot be answered. It must not be taken for an answer either, or hold a lock.
func TestGoexitInAnError(t *testing.T) {
	a := newApp(t, exceptional.Config{})
	a.fails("/", &mine{"Error", runtime.Goexit, ""})
	done := make(chan struct{})
	go func() { defer close(done); a.get("/") }()
	<-done
	if res := a.get("/nowhere"); res.StatusCode != 404 {
		t.Errorf("afterwards: %d", res.StatusCode)
	}
}

type failing struct{ how string }

func (f failing) MarshalJSON() ([]byte, error) {
	switch f.how {
	case "fails":
		return nil, errors.New("secret")
	case "panics":
		panic("secret")
	}
	return []byte(`{"secret":`), nil
}

type stringer struct{}

func (stringer) String() string { return "secret" }

// TestMessages has everything that the interface{} of Echo's message can hold.
func TestMessages(t *testing.T) {
	cyclic := map[string]any{}
	cyclic["self"] = cyclic
	tests := map[string]struct {
		message any
		want    string // in the problem document; "" for nothing but the phrase
		echo    string // with EchoJSON; "" for the phrase
	}{
		"nil":                   {nil, "", "null"},
		"empty string":          {"", "", `{"message":""}`},
		"string":                {"Text.", "Text.", `{"message":"Text."}`},
		"string with control":   {"Te\x00xt.\r\n", "", `{"message":"Te\u0000xt.\r\n"}`},
		"error":                 {errors.New("hidden"), "", `{"message":"hidden"}`},
		"Stringer":              {stringer{}, `"message":{}`, `{}`},
		"Marshaler":             {marshaler{}, `"own":"json"`, `{"own":"json"}`},
		"Marshaler that fails":  {failing{"fails"}, "", ""},
		"Marshaler that panics": {failing{"panics"}, "", ""},
		"Marshaler of bad JSON": {failing{"nonsense"}, "", ""},
		"map":                   {echo.Map{"a": 1}, `"message":{"a":1}`, `{"a":1}`},
		"map with a key status": {echo.Map{"status": 200}, `"message":{"status":200}`, `{"status":200}`},
		"map that holds itself": {cyclic, "", ""},
		"struct":                {shape{"n", ""}, `"message":{"name":"n"`, `{"name":"n","html":""}`},
		"nil pointer":           {(*shape)(nil), "", "null"},
		"function":              {func() {}, "", ""},
		"channel":               {make(chan int), "", ""},
		"NaN":                   {math.NaN(), "", ""},
		"infinity":              {math.Inf(1), "", ""},
		"bytes":                 {[]byte("x"), `"message":"eA=="`, `"eA=="`},
		"template.HTML":         {template.HTML("<b>x</b>"), "", `"\u003cb\u003ex\u003c/b\u003e"`},
		"raw JSON that is none": {json.RawMessage(`{"a"`), "", ""},
		"int":                   {42, `"message":42`, "42"},
		"2 MB":                  {strings.Repeat("long ", 400<<10), "long long", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := echo.NewHTTPError(400, "x")
			err.Message = tt.message
			a := newApp(t, exceptional.Config{})
			a.fails("/", err)
			for _, accept := range anyForm {
				res := a.get("/", "Accept", accept)
				b := body(t, res)
				if res.StatusCode != 400 || b == "" || len(b) > 1<<20 {
					t.Errorf("Accept %q: %d, %d bytes", accept, res.StatusCode, len(b))
				}
				lacks(t, b, "secret", "hidden", "\x00", "0x", "%!")
				if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
					lacks(t, b, "<b>")
				}
			}
			res := a.get("/", "Accept", api)
			contains(t, body(t, res), tt.want)

			d := newApp(t, exceptional.Config{Debug: true})
			d.Echo.Debug = true
			d.fails("/", err)
			for _, accept := range anyForm {
				if res := d.get("/", "Accept", accept); res.StatusCode != 400 || body(t, res) == "" {
					t.Errorf("Debug, Accept %q: %d", accept, res.StatusCode)
				}
			}

			e := newApp(t, exceptional.Config{EchoJSON: true})
			e.fails("/", err)
			res = e.get("/", "Accept", api)
			b := body(t, res)
			if res.StatusCode != 400 || !json.Valid([]byte(b)) {
				t.Errorf("EchoJSON: %d %q", res.StatusCode, short(b))
			}
			want := tt.echo
			if want == "" {
				want = `{"message":"Bad Request"}`
			}
			if name != "2 MB" && b != want+"\n" {
				t.Errorf("EchoJSON: %q, want %q", short(b), want)
			}
		})
	}
}
