package exceptional_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

type named string

type shape struct {
	Name string `json:"name"`
	HTML string `json:"html"`
}

// upper is a JSONSerializer of the application.
type upper struct{ echo.DefaultJSONSerializer }

func (upper) Serialize(c echo.Context, i any, indent string) error {
	b, err := json.Marshal(i)
	if err != nil {
		return err
	}
	c.Response().Header().Set("X-Serializer", "upper")
	_, err = c.Response().Write([]byte(strings.ToUpper(string(b))))
	return err
}

// TestEchoJSON holds the answers for API clients against those of Echo's own handler, byte for byte, wherever Echo answers
// with the right status.
func TestEchoJSON(t *testing.T) {
	cases := map[string]error{
		"string":            echo.NewHTTPError(400, "hello <b> & \xff"),
		"no message":        echo.NewHTTPError(404),
		"unknown code":      echo.NewHTTPError(450),
		"sentinel":          echo.ErrForbidden,
		"map":               echo.NewHTTPError(400, echo.Map{"b": 1, "a": []int{2}}),
		"struct":            echo.NewHTTPError(400, shape{"n", "<i>"}),
		"pointer":           echo.NewHTTPError(400, &shape{"n", "<i>"}),
		"slice":             echo.NewHTTPError(400, []string{"a", "b"}),
		"int":               echo.NewHTTPError(400, 42),
		"named string":      echo.NewHTTPError(400, named("x")),
		"bytes":             echo.NewHTTPError(400, []byte("x")),
		"duration":          echo.NewHTTPError(400, time.Second),
		"nil message":       &echo.HTTPError{Code: 400},
		"raw JSON":          echo.NewHTTPError(400, json.RawMessage(`{"a":1}`)),
		"marshaler":         echo.NewHTTPError(400, marshaler{}),
		"error":             echo.NewHTTPError(400, errors.New("e")),
		"HTTPError":         echo.NewHTTPError(400, echo.NewHTTPError(401, "inner")),
		"internal":          echo.NewHTTPError(400, "outer").SetInternal(errors.New("in")),
		"internal HTTP":     echo.NewHTTPError(400, "outer").SetInternal(echo.NewHTTPError(413, "inner")),
		"the same code":     echo.NewHTTPError(400, "outer").SetInternal(echo.NewHTTPError(400, "inner")),
		"three of one code": echo.NewHTTPError(400, "a").SetInternal(echo.NewHTTPError(400, "b").SetInternal(echo.NewHTTPError(400, "c"))),
		"plain":             errors.New("plain"),
		"wrapped plain":     fmt.Errorf("w: %w", errors.New("plain")),
		"5xx with a text":   echo.NewHTTPError(502, "remote is down"),
		"composed by Bind":  echo.NewHTTPError(400, "bad x").SetInternal(errors.New("bad x")),
		"very long message": echo.NewHTTPError(400, strings.Repeat("long ", 4000)),
	}
	for name, err := range cases {
		for _, debug := range []bool{false, true} {
			for _, target := range []string{"/", "/?pretty"} {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					for _, serializer := range []echo.JSONSerializer{&echo.DefaultJSONSerializer{}, upper{}} {
						t.Run(fmt.Sprintf("%s/debug=%v%s/%s/%T", name, debug, target, method, serializer), func(t *testing.T) {
							serve := func(e *echo.Echo) *http.Response {
								e.Debug, e.JSONSerializer = debug, serializer
								e.Any("/", func(echo.Context) error { return err })
								req := httptest.NewRequest(method, target, nil)
								req.Header.Set("Accept", api)
								rec := httptest.NewRecorder()
								e.ServeHTTP(rec, req)
								return rec.Result()
							}
							theirs := serve(echo.New())
							ours := serve(newApp(t, exceptional.Config{EchoJSON: true}).Echo)
							if ours.StatusCode != theirs.StatusCode {
								t.Errorf("status %d, Echo %d", ours.StatusCode, theirs.StatusCode)
							}
							if a, b := body(t, ours), body(t, theirs); a != b {
								t.Errorf("body %q\nEcho %q", short(a), short(b))
							}
							if a, b := ours.Header.Get("Content-Type"), theirs.Header.Get("Content-Type"); method == http.MethodGet && a != b {
								t.Errorf("Content-Type %q, Echo %q", a, b)
							}
						})
					}
				}
			}
		}
	}
}

// Where Echo answers 200 with nothing, panics, or says 500 for a client's mistake, the answer is a proper one in Echo's form.
func TestEchoJSONWhereEchoIsWrong(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		status int
		body   string
	}{
		{"wrapped", fmt.Errorf("w: %w", echo.ErrNotFound), 404, `{"message":"Not Found"}`},
		{"wrapped, with a text", fmt.Errorf("w: %w", echo.NewHTTPError(404, "No such order.")), 404, `{"message":"No such order."}`},
		{"wrapped, with data", fmt.Errorf("w: %w", echo.NewHTTPError(409, echo.Map{"holder": "ann"})), 409, `{"holder":"ann"}`},
		{"wrapped, the server's own", fmt.Errorf("w: %w", echo.NewHTTPError(503, "10.0.0.1 is down")), 503, `{"message":"Service Unavailable"}`},
		{"wrapped, an error's text", fmt.Errorf("w: %w", echo.NewHTTPError(404, errors.New("no row 17"))), 404, `{"message":"Not Found"}`},
		{"wrapped, composed by Bind", fmt.Errorf("w: %w", echo.NewHTTPError(400, "bad x in T").SetInternal(errors.New("bad x in T"))), 400, `{"message":"Bad Request"}`},
		{"wrapped binding error", fmt.Errorf("w: %w", echo.NewBindingError("id", nil, "not a number", nil)), 400, `{"field":"id","message":"not a number"}`},
		{"binding error", echo.NewBindingError("id", nil, "not a number", nil), 400, `{"field":"id","message":"not a number"}`},
		{"function in the message", echo.NewHTTPError(400, func() {}), 400, `{"message":"Bad Request"}`},
		{"NaN in the message", echo.NewHTTPError(400, math.NaN()), 400, `{"message":"Bad Request"}`},
		{"code 0", &echo.HTTPError{Code: 0}, 500, `{"message":"Internal Server Error"}`},
		{"code 99", &echo.HTTPError{Code: 99}, 500, `{"message":"Internal Server Error"}`},
		{"typed nil", (*echo.HTTPError)(nil), 500, `{"message":"Internal Server Error"}`},
		{"own error", httperrors.Conflict("Changed meanwhile."), 409, `{"message":"Changed meanwhile."}`},
		{"own error without a text", httperrors.ErrNotFound, 404, `{"message":"Not Found"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp(t, exceptional.Config{EchoJSON: true})
			a.fails("/", tt.err)
			for _, accept := range []string{api, "*/*", ""} {
				res := a.get("/", "Accept", accept)
				if got := body(t, res); res.StatusCode != tt.status || got != tt.body+"\n" {
					t.Errorf("Accept %q: %d %q", accept, res.StatusCode, got)
				}
			}
			if ct := a.get("/", "Accept", browser).Header.Get("Content-Type"); !strings.HasPrefix(ct, "text/html") {
				t.Errorf("a browser gets %q", ct)
			}
		})
	}
}

// brokenSerializer is an application's that fails, after a part of the body, or panics.
type brokenSerializer struct {
	echo.DefaultJSONSerializer
	panics bool
}

func (s brokenSerializer) Serialize(c echo.Context, _ any, _ string) error {
	_, _ = c.Response().Write([]byte("half a "))
	if s.panics {
		panic("the serializer's own")
	}
	return errors.New("the serializer's own")
}

// Where nothing can be encoded the client reads what the status says, and the log tells why.
func TestEchoJSONWithoutEncoding(t *testing.T) {
	for name, tt := range map[string]struct {
		serializer echo.JSONSerializer
		err        error
		want, log  string
	}{
		"a serializer that fails":      {brokenSerializer{}, httperrors.Conflict("Changed meanwhile."), "Conflict", "the serializer's own"},
		"a serializer that panics":     {brokenSerializer{panics: true}, echo.NewHTTPError(409, "Changed meanwhile."), "Conflict", "the serializer's own"},
		"a message that panics":        {&echo.DefaultJSONSerializer{}, echo.NewHTTPError(413, bomb{}), "Request Entity Too Large", "the marshaler's own"},
		"a message that is a function": {&echo.DefaultJSONSerializer{}, echo.NewHTTPError(413, func() {}), "Request Entity Too Large", "unsupported type"},
	} {
		a := newApp(t, exceptional.Config{EchoJSON: true})
		a.JSONSerializer = tt.serializer
		a.fails("/", tt.err)
		if got := body(t, a.get("/", "Accept", api)); got != `{"message":"`+tt.want+`"}`+"\n" {
			t.Errorf("%s: %q", name, got)
		}
		contains(t, a.logs.text(), tt.log)
	}
}

type bomb struct{}

func (bomb) MarshalJSON() ([]byte, error) { panic("the marshaler's own") }

// A panic with one of Echo's errors is a way to return it, by whichever Recover.
func TestEchoJSONOfPanics(t *testing.T) {
	for name, recovers := range map[string]echo.MiddlewareFunc{
		"ours": exceptional.Recover(), "Echo's": middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true}),
	} {
		a := newApp(t, exceptional.Config{EchoJSON: true})
		a.Use(recovers)
		a.GET("/", func(echo.Context) error { panic(echo.NewHTTPError(503, "Until noon.")) })
		if res := a.get("/", "Accept", api); res.StatusCode != 503 || body(t, res) != `{"message":"Until noon."}`+"\n" {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
}

// What an own error says is said, and nothing of what it wraps, whatever framework's error that is.
func TestEchoJSONKeepsCausesPrivate(t *testing.T) {
	secret := echo.NewBindingError("secret_field", nil, "the secret of the cause", nil)
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"a binding error":              {httperrors.BadRequest("Please enter a number.").WithCause(secret), `{"message":"Please enter a number."}`},
		"wrapped":                      {fmt.Errorf("w: %w", httperrors.BadRequest("Please enter a number.").WithCause(secret)), `{"message":"Please enter a number."}`},
		"beside one that decides":      {errors.Join(httperrors.Redirect(302, "/x").WithCause(secret), echo.NewHTTPError(400, "Not that.")), `{"message":"Not that."}`},
		"a type that speaks HTTP":      {errors.Join(&speaking{secret}, echo.NewHTTPError(400, "Not that.")), `{"message":"Not that."}`},
		"an HTTPError goes before it":  {echo.NewHTTPError(400, "Not that.").SetInternal(secret), `{"message":"Not that."}`},
		"no text of a binding error":   {&echo.BindingError{Field: "id"}, `{"message":"Bad Request"}`},
		"a binding error in a binding": {&echo.BindingError{Field: "a", HTTPError: echo.NewHTTPError(400, "a").SetInternal(echo.ErrStatusRequestEntityTooLarge)}, `{"message":"Request Entity Too Large"}`},
	} {
		a := newApp(t, exceptional.Config{EchoJSON: true})
		a.fails("/", tt.err)
		if got := body(t, a.get("/", "Accept", api)); got != tt.want+"\n" {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// speaking is somebody else's error for a redirect, and what it wraps is its own affair.
type speaking struct{ cause error }

func (e *speaking) Error() string         { return "speaking" }
func (e *speaking) Unwrap() error         { return e.cause }
func (e *speaking) StatusCode() int       { return 304 }
func (e *speaking) PublicMessage() string { return "" }

// What Translate made of an error takes its place: nothing of the original is left in the body, in Debug neither.
func TestEchoJSONOfTranslatedErrors(t *testing.T) {
	for name, tt := range map[string]struct{ err, translated error }{
		"to Echo's, the status is the same": {echo.NewHTTPError(404, "secret row 17"), echo.NewHTTPError(404, "There is no such order.")},
		"to Echo's, the status is not":      {echo.NewHTTPError(500, "secret row 17"), echo.NewHTTPError(404, "There is no such order.")},
		"a binding error to an own":         {echo.NewBindingError("id", nil, "secret text", nil), httperrors.NotFound("There is no such order.")},
		"a plain one":                       {errors.New("secret text"), echo.NewHTTPError(404, "There is no such order.")},
	} {
		for _, debug := range []bool{false, true} {
			a := newApp(t, exceptional.Config{EchoJSON: true, Translate: func(echo.Context, error) error { return tt.translated }})
			a.Debug = debug
			a.fails("/", tt.err)
			res := a.get("/", "Accept", api)
			got := body(t, res)
			if res.StatusCode != 404 {
				t.Errorf("%s: %d", name, res.StatusCode)
			}
			contains(t, got, `"There is no such order."`)
			lacks(t, got, "secret")
		}
	}
}
