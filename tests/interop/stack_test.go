// Package interop_test combines the middlewares that Echo applications really use, in every order, and expects one response, one
// log record, one report, and the same status in all of them. otel_test.go and sentry_test.go do the same with the SDKs.
//
// The packages below test with other people's code as well: redis on real servers, bench beside other caches, stacks with
// libraries of errors, paths in real binaries. mutants changes groupcache, and is run on request.
package interop_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo-contrib/echoprometheus"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus"
	slogecho "github.com/samber/slog-echo"
	"github.com/ziflex/lecho/v3"
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

type named struct {
	name string
	make func(r *exceptional.Responder) echo.MiddlewareFunc
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func quietRecover() echo.MiddlewareFunc {
	return middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true})
}

// middlewares are those that look at errors, answer them, rewrite them, or stand between us and the connection.
var middlewares = []named{
	{"RequestLogger", func(*exceptional.Responder) echo.MiddlewareFunc {
		return middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
			HandleError: true, LogStatus: true, LogError: true,
			LogValuesFunc: func(echo.Context, middleware.RequestLoggerValues) error { return nil },
		})
	}},
	{"Logger", func(*exceptional.Responder) echo.MiddlewareFunc {
		//lint:ignore SA1019 applications use it still
		return middleware.LoggerWithConfig(middleware.LoggerConfig{Output: io.Discard})
	}},
	{"BodyDump", func(*exceptional.Responder) echo.MiddlewareFunc {
		return middleware.BodyDump(func(echo.Context, []byte, []byte) {})
	}},
	{"Gzip", func(*exceptional.Responder) echo.MiddlewareFunc { return middleware.Gzip() }},
	{"ContextTimeout", func(*exceptional.Responder) echo.MiddlewareFunc { return middleware.ContextTimeout(time.Minute) }},
	{"RequestID", func(*exceptional.Responder) echo.MiddlewareFunc { return middleware.RequestID() }},
	{"Recover of Echo", func(*exceptional.Responder) echo.MiddlewareFunc { return quietRecover() }},
	{"Recover", func(*exceptional.Responder) echo.MiddlewareFunc { return exceptional.Recover() }},
	{"Middleware", func(r *exceptional.Responder) echo.MiddlewareFunc { return r.Middleware() }},
	{"slog-echo", func(*exceptional.Responder) echo.MiddlewareFunc { return slogecho.New(discard()) }},
	{"lecho", func(*exceptional.Responder) echo.MiddlewareFunc {
		return lecho.Middleware(lecho.Config{Logger: lecho.New(io.Discard), HandleError: true})
	}},
	{"echoprometheus", func(*exceptional.Responder) echo.MiddlewareFunc {
		return echoprometheus.NewMiddlewareWithConfig(echoprometheus.MiddlewareConfig{Registerer: prometheus.NewRegistry()})
	}},
	{"otelecho", func(*exceptional.Responder) echo.MiddlewareFunc { return otelecho.Middleware("test") }},
}

// witness counts the reports.
type witness struct {
	mu sync.Mutex
	n  int
}

func (w *witness) Report(context.Context, *report.Failure) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n++
	return nil
}

// counter counts the log records.
type counter struct{ n int }

func (c *counter) Write(b []byte) (int, error) {
	c.n += strings.Count(string(b), "\n")
	return len(b), nil
}

type uncomparable struct{ s []string }

func (uncomparable) Error() string { return "uncomparable" }

var failures = []struct {
	name     string
	handler  func(echo.Context) error
	status   int
	reported bool
	panics   bool
}{
	{"own 404", func(echo.Context) error { return httperrors.NotFound("No such order.") }, 404, false, false},
	{"own 503, wrapped", func(echo.Context) error { return fmt.Errorf("x: %w", httperrors.New(503, "Later.")) }, 503, true, false},
	{"Echo's 409", func(echo.Context) error { return echo.NewHTTPError(409, "Changed.") }, 409, false, false},
	{"plain", func(echo.Context) error { return errors.New("plain") }, 500, true, false},
	{"uncomparable", func(echo.Context) error { return uncomparable{[]string{"a"}} }, 500, true, false},
	{"panic", func(echo.Context) error { panic("boom") }, 500, true, true},
}

func run(t *testing.T, stack []named) {
	t.Helper()
	for _, f := range failures {
		var log counter
		w := new(witness)
		r, err := exceptional.New(exceptional.Config{
			Logger:    slog.New(slog.NewTextHandler(&log, nil)),
			Reporters: []report.Reporter{w},
		})
		if err != nil {
			t.Fatal(err)
		}
		e := echo.New()
		e.HTTPErrorHandler = r.HandleError
		e.Logger.SetOutput(io.Discard)
		if f.panics {
			e.Use(exceptional.Recover()) // one middleware has to
		}
		names := make([]string, len(stack))
		for i, m := range stack {
			names[i] = m.name
			e.Use(m.make(r))
		}
		e.GET("/", f.handler)
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.Header.Set("Accept", "application/json")
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, req)

		where := strings.Join(names, " > ") + ": " + f.name
		if rec.Code != f.status {
			t.Errorf("%s: status %d, want %d", where, rec.Code, f.status)
		}
		var doc map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
			t.Errorf("%s: body %q: %v", where, rec.Body, err)
		}
		if log.n != 1 {
			t.Errorf("%s: %d log records", where, log.n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if err := r.Close(ctx); err != nil {
			t.Errorf("%s: %v", where, err)
		}
		cancel()
		if want := map[bool]int{true: 1}[f.reported]; w.n != want {
			t.Errorf("%s: %d reports, want %d", where, w.n, want)
		}
		if t.Failed() {
			return // one wrong order is enough to look at
		}
	}
}

func TestEveryPair(t *testing.T) {
	for i, a := range middlewares {
		t.Run(a.name, func(t *testing.T) {
			run(t, []named{a})
			for j, b := range middlewares {
				if i != j {
					run(t, []named{a, b})
				}
			}
		})
	}
}

func TestEveryTriple(t *testing.T) {
	for i, a := range middlewares {
		t.Run(a.name, func(t *testing.T) {
			for j, b := range middlewares {
				for k, c := range middlewares {
					if i != j && i != k && j != k && (i*169+j*13+k)%every == 0 {
						run(t, []named{a, b, c})
					}
				}
			}
		})
	}
}

// All of them at once, in orders that a seed picks: thirteen middlewares have six thousand million.
func TestAllShuffled(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 / every {
		stack := append([]named(nil), middlewares...)
		rng.Shuffle(len(stack), func(i, j int) { stack[i], stack[j] = stack[j], stack[i] })
		run(t, stack)
		if t.Failed() {
			return
		}
	}
}
