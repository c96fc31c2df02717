package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/engine"
	"github.com/exceptional-go/exceptional/internal/ids"
	"github.com/exceptional-go/exceptional/internal/reporting"
	"github.com/exceptional-go/exceptional/internal/request"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/renderer"
	"github.com/exceptional-go/exceptional/report"
)

// This file is an adapter for plain net/http, as small as one can be: handlers return errors, and app.handle answers them.

// handler is an http.HandlerFunc that may fail.
type handler func(w http.ResponseWriter, r *http.Request) error

func fails(err error) handler {
	return func(http.ResponseWriter, *http.Request) error { return err }
}

// app is an application without a web framework.
type app struct {
	engine  *engine.Engine
	forgets bool // the request as it came in, as an adapter whose Middleware is not installed does

	translate func(error) error
	external  func(w io.Writer, name string, p *renderer.Page) error
	allowed   []string

	t        *testing.T
	logs     bytes.Buffer
	pipeline *reporting.Pipeline
	witness  witness
}

// handle makes an http.Handler of h. It is the whole adapter: one State for each request, and State.Handle for its error.
func (a *app) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := a.conn(w, r)
		err := protect(h)(c.state.Writer, r)
		if !a.forgets {
			c.state.MiddlewareReturned()
		}
		if err != nil && c.state.Handle(err, c) {
			panic(http.ErrAbortHandler)
		}
	})
}

// protect makes an error of a panic in h.
func protect(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) (err error) {
		defer func() {
			if v := recover(); v != nil {
				err = request.Recovered(v)
			}
		}()
		return h(w, r)
	}
}

// conn is the connection of one request: the engine's side of it and, because it also is a request.Flow, that of its State.
type conn struct {
	app     *app
	request *http.Request
	state   *request.State
}

var (
	_ engine.Conn  = (*conn)(nil)
	_ request.Flow = (*conn)(nil)
)

func (a *app) conn(w http.ResponseWriter, r *http.Request) *conn {
	s := &request.State{Original: r, Start: time.Now(), Writer: request.Track(w, nil, false)}
	if a.forgets {
		s.Original = nil
	}
	return &conn{app: a, request: r, state: s}
}

// The side of the request. The tracking writer knows all that there is to know of the response.

func (c *conn) ResponseWriter() http.ResponseWriter { return c.state.Writer }
func (c *conn) Begun() bool                         { return c.state.Writer.Begun() }
func (c *conn) Skip(error) bool                     { return false }
func (c *conn) Next(error)                          {}
func (c *conn) Uncommit()                           {}
func (c *conn) SetStatus(int)                       {}

func (c *conn) Answer(err error, lost *request.Answer, crash error) (request.Answer, bool) {
	out := c.app.engine.Handle(c, err, engine.Options{Lost: lost, SkipperPanic: crash})
	out.Answer.By = c.app
	return out.Answer, out.Abort
}

// The side of the engine.

func (c *conn) Request() *http.Request        { return c.request }
func (c *conn) State() *request.State         { return c.state }
func (c *conn) Writer() http.ResponseWriter   { return c.state.Writer }
func (c *conn) Uncompressed() bool            { return request.Uncompressed(c.state.Writer) }
func (c *conn) Raw() http.ResponseWriter      { return c.state.Writer }
func (c *conn) Settle() request.Sent          { return c.state.Settle(request.Sent{}, c.state.Writer) }
func (c *conn) Panic(error) *stack.Panic      { return nil } // protect keeps the stack
func (c *conn) Handler() string               { return "" }
func (c *conn) Routes() []technical.Route     { return nil }
func (c *conn) Allowed() []string             { return c.app.allowed }
func (c *conn) AllowedInstead(error) []string { return nil }
func (c *conn) RequestID() string             { return ids.RequestID(c.request.Header) }

func (c *conn) Warnings(error, int) []string { return nil }

func (c *conn) Translate(err error) error {
	if c.app.translate == nil {
		return nil
	}
	return c.app.translate(err)
}

// Route is the pattern without its method.
func (c *conn) Route() string {
	if _, route, ok := strings.Cut(c.request.Pattern, " "); ok {
		return route
	}
	return c.request.Pattern
}

// User is who the header X-User names: "alice", "alice+super".
func (c *conn) User() (engine.User, error) {
	id, super := strings.CutSuffix(c.request.Header.Get("X-User"), "+super")
	switch id {
	case "error":
		return engine.User{}, errors.New("session store is down")
	case "panic":
		panic("no session")
	}
	return engine.User{ID: id, Superuser: super}, nil
}

// Params are the wildcards of the pattern, such as {id}.
func (c *conn) Params() (params []technical.Param) {
	for segment := range strings.SplitSeq(c.request.Pattern, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			name = strings.TrimRight(name, ".}")
			params = append(params, technical.Param{Name: name, Value: c.request.PathValue(name)})
		}
	}
	return params
}

func (c *conn) External() func(w io.Writer, name string, p *renderer.Page) error {
	return c.app.external
}

// Document is for frameworks that have error documents of their own.
func (c *conn) Document(error, *httperrors.Error, httperrors.Origin) ([]byte, string, error) {
	return nil, "", errors.New("net/http has no documents for errors")
}

// What follows is for the tests.

// serve sends r to h, behind the routes /orders/{id} and /reset/{token}.
func (a *app) serve(r *http.Request, h handler) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	mux.Handle("GET /orders/{id}", a.handle(h))
	mux.Handle("GET /reset/{token}", a.handle(h))
	rec := httptest.NewRecorder()
	mux.ServeHTTP(rec, r)
	return rec
}

// get is serve for a GET request; headers are name, value, name, value …
func (a *app) get(path string, h handler, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return a.serve(r, h)
}

// wantLog holds that one record of this level was logged, or none if level is "".
func (a *app) wantLog(level string) {
	a.t.Helper()
	var levels []string
	for line := range bytes.Lines(a.logs.Bytes()) {
		var record struct{ Level string }
		if err := json.Unmarshal(line, &record); err != nil {
			a.t.Fatal(err)
		}
		levels = append(levels, record.Level)
	}
	if got := strings.Join(levels, " "); got != level {
		a.t.Errorf("logged at %q, want %q:\n%s", got, level, &a.logs)
	}
}

// witness is a reporter that remembers its failures.
type witness struct {
	mu       sync.Mutex // protects failures
	failures []*report.Failure
}

func (w *witness) Report(_ context.Context, f *report.Failure) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failures = append(w.failures, f)
	return nil
}

// reports waits until all failures have arrived and returns them.
func (a *app) reports() []*report.Failure {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), 10*time.Second)
	defer cancel()
	if err := a.pipeline.Close(ctx); err != nil {
		a.t.Fatal(err)
	}
	a.witness.mu.Lock()
	defer a.witness.mu.Unlock()
	return a.witness.failures
}
