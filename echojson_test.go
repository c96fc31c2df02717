package exceptional_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

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

// If Echo answers 200 with nothing, panics, or says 500 for a client's mistake, the answer is a proper one in Echo's form.
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

// If nothing can be encoded, the client reads the phrase of the status, and the log says why.
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
		"ours": exceptional.Recover(), "Echo's": stockRecover(),
	} {
		a := newApp(t, exceptional.Config{EchoJSON: true})
		a.Use(recovers)
		a.GET("/", func(echo.Context) error { panic(echo.NewHTTPError(503, "Until noon.")) })
		if res := a.get("/", "Accept", api); res.StatusCode != 503 || body(t, res) != `{"message":"Until noon."}`+"\n" {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
}

// The message of an own error is public, and nothing of its cause is, also if that is an error of Echo's.
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

// speaking is a foreign error for a redirect; its cause is private.
type speaking struct{ cause error }

func (e *speaking) Error() string         { return "speaking" }
func (e *speaking) Unwrap() error         { return e.cause }
func (e *speaking) StatusCode() int       { return 304 }
func (e *speaking) PublicMessage() string { return "" }

// Translate's error takes the place of the original: nothing of that is left in the body, in Debug neither.
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

// TestEchoJSONAsEchoItself asks Echo's own handler and ours about the same random errors. What EchoJSON promises is that the
// answers are the same; what unlike lists is the rest.
func TestEchoJSONAsEchoItself(t *testing.T) {
	var err error
	answered := func(e *echo.Echo, debug bool) func(method, target string) echoAnswer {
		e.Debug = debug
		e.Logger.SetOutput(io.Discard)
		e.Any("/", func(echo.Context) error { return err })
		return func(method, target string) (a echoAnswer) {
			defer func() { a.panicked = recover() != nil }()
			req := httptest.NewRequest(method, target, nil)
			req.Header.Set("Accept", api)
			rec := httptest.NewRecorder()
			e.ServeHTTP(rec, req)
			return echoAnswer{status: rec.Code, body: rec.Body.String(), contentType: rec.Header().Get("Content-Type")}
		}
	}
	type asked = func(method, target string) echoAnswer
	ours, theirs := map[bool]asked{}, map[bool]asked{}
	for _, debug := range []bool{false, true} {
		ours[debug] = answered(newApp(t, exceptional.Config{EchoJSON: true}).Echo, debug)
		theirs[debug] = answered(echo.New(), debug)
	}

	r := rand.New(rand.NewPCG(7, 3))
	met := map[string]int{}
	for range 3000 {
		original := randomError(r, 0)
		err = original
		debug := r.IntN(2) == 0
		method, target := pick(r, "GET", "GET", "GET", "HEAD"), pick(r, "/", "/?pretty")
		got, want := ours[debug](method, target), theirs[debug](method, target)
		alone := func(part error) echoAnswer {
			err = part
			return theirs[false](method, target)
		}

		name := "the same"
		for _, u := range unlike {
			if u.applies(method, got, want) {
				name = u.name
				break
			}
		}
		met[name]++
		if got.panicked || got.status < 300 || got.status > 599 || method == "GET" && got.status != 304 && (!json.Valid([]byte(got.body)) || got.contentType != "application/json") {
			t.Fatalf("%#v: %+v", original, got)
		}
		switch {
		case name == "the same":
			if got.status != want.status || got.body != want.body {
				t.Errorf("%v, debug %v, %s %s:\nours %d %q\nEcho %d %q", original, debug, method, target, got.status, got.body, want.status, want.body)
			}
		case method == "GET" && got.status != 304 && !oneOf(got, debug, original, alone):
			t.Errorf("%v, debug %v, %s %s, %s:\nours %d %q, which Echo says of none of its errors\nEcho %d %q",
				original, debug, method, target, name, got.status, got.body, want.status, want.body)
		}
	}
	for _, u := range unlike {
		if met[u.name] < 20 {
			t.Errorf("%s: %d times", u.name, met[u.name])
		}
	}
	if met["the same"] < 1000 {
		t.Errorf("compared %d times", met["the same"])
	}
}

type echoAnswer struct {
	panicked          bool
	status            int
	body, contentType string
}

// unlike is where our answer is not Echo's for the same error, and why. The body is Echo's form all the same: of one of the
// errors within, or with the status's phrase.
var unlike = []struct {
	name, because string
	applies       func(method string, ours, echos echoAnswer) bool
}{
	{
		"Echo panics", "a typed nil, a code that net/http refuses, or in Debug an Error method that cannot bear a nil",
		func(_ string, _, echos echoAnswer) bool { return echos.panicked },
	}, {
		"Echo sends nothing", "the message cannot be encoded: 200 without a body, to be taken for success",
		func(method string, _, echos echoAnswer) bool { return method == "GET" && echos.body == "" },
	}, {
		"Echo says that it went well", "a code below 400 is not one for errors, and one beyond 599 is none at all",
		func(_ string, _, echos echoAnswer) bool { return echos.status < 400 || echos.status > 599 },
	}, {
		"the status is another", "Echo looks at the error itself and at an HTTPError directly within, and makes all else a 500; " +
			"ours is by the rules of httperrors.Resolve, and the body belongs to the status",
		func(_ string, ours, echos echoAnswer) bool { return ours.status != echos.status },
	},
}

// oneOf reports whether an answer is the phrase of its status, or else Echo's for one of the errors in err's tree that has that
// status. A text that Echo would not have sent for err is public only if it is a client's.
func oneOf(got echoAnswer, debug bool, err error, alone func(error) echoAnswer) bool {
	phrase := http.StatusText(got.status)
	if phrase == "" {
		phrase = httperrors.Phrase(got.status)
	}
	candidates := []error{echo.NewHTTPError(got.status, phrase)}
	if all := partsOf(err); got.status < 500 {
		candidates = append(candidates, all...)
	} else {
		candidates = append(candidates, all[:min(len(all), 1)]...)
	}
	for _, part := range candidates {
		switch x := part.(type) {
		case *echo.HTTPError:
			part = x.WithInternal(nil)
			if text, ok := x.Message.(named); ok && sameDocument(got.body, `{"message":"`+string(text)+`"}`+"\n", true) {
				return true // of several, one has a text and another a text with a type
			}
		case *echo.BindingError: // for which Echo v4 has a form, and does not use it
			doc, _ := json.Marshal(x)
			part = echo.NewHTTPError(x.Code, json.RawMessage(doc))
		}
		if want := alone(part); want.status == got.status && sameDocument(got.body, want.body, debug) {
			return true
		}
	}
	return false
}

// sameDocument compares a body with one that was made without Debug, in which there is the error's text as well, and the white
// space is another.
func sameDocument(got, want string, debug bool) bool {
	if !debug {
		return got == want
	}
	var a, b any
	if json.Unmarshal([]byte(got), &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		return false
	}
	if m, ok := a.(map[string]any); ok {
		delete(m, "error")
	}
	return reflect.DeepEqual(a, b)
}

// partsOf returns the errors of a random tree.
func partsOf(err error) []error {
	all := []error{err}
	var within []error
	switch x := err.(type) {
	case *echo.HTTPError:
		if x == nil {
			return nil
		}
		within = []error{x.Internal}
	case *echo.BindingError:
		within = []error{x.Internal}
	case interface{ Unwrap() []error }:
		within = x.Unwrap()
	default:
		within = []error{errors.Unwrap(err)}
	}
	for _, e := range within {
		if e != nil {
			all = append(all, partsOf(e)...)
		}
	}
	return all
}

func pick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

// randomError is one of Echo's errors most often, and has up to four levels.
func randomError(r *rand.Rand, depth int) error {
	switch n := r.IntN(40); {
	case n == 0:
		return (*echo.HTTPError)(nil)
	case n < 4 || depth == 4:
		return errors.New("plain")
	case n < 7:
		return fmt.Errorf("wrapped: %w", randomError(r, depth+1))
	case n < 9:
		return errors.Join(randomError(r, depth+1), randomError(r, depth+1))
	case n < 11:
		var internal error
		if r.IntN(2) == 0 {
			internal = randomError(r, depth+1)
		}
		return echo.NewBindingError("field", []string{"value"}, pick[any](r, "text", 7, nil, errors.New("e")), internal)
	}
	he := echo.NewHTTPError(pick(r, 400, 400, 400, 400, 401, 403, 404, 405, 409, 413, 422, 426, 429, 450, 499, 500, 500, 502, 503, 555))
	if r.IntN(20) == 0 {
		he.Code = pick(r, 0, 99, 103, 200, 204, 302, 304, 600, 1000)
	}
	if r.IntN(4) > 0 {
		he.Message = randomMessage(r)
	}
	if r.IntN(2) == 0 {
		he.Internal = randomError(r, depth+1)
	}
	return he
}

func randomMessage(r *rand.Rand) any {
	if r.IntN(20) == 0 {
		return pick[any](r, func() {}, make(chan int), math.NaN(), json.RawMessage("{"), marshaler{errors.New("x")}, map[bool]int{true: 1})
	}
	return pick[any](r, "a text", "another <b> & \xff", "", nil, 7, 1.5, true, named("name"), []byte("bytes"), time.Second,
		time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), echo.Map{"k": "v"}, []string{"a", "b"}, shape{"n", "<i>"}, &shape{"n", "<i>"},
		(*shape)(nil), json.RawMessage(`{"raw":[1]}`), marshaler{}, &marshaler{}, errors.New("an error"), echo.NewHTTPError(401, "as a message"))
}
