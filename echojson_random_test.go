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
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

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
		"Echo says that it went well", "a code below 400 is not one for errors, and one beyond 599 is nobody's",
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
