package interop_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"
	"github.com/labstack/echo-contrib/echoprometheus"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

// The middlewares that read the status from the error see ours before anybody has answered it.
func TestTheStatusIsTold(t *testing.T) {
	registry := prometheus.NewRegistry()
	logged := 0
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{Logger: discard()})
	e.Use(
		middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
			LogStatus:     true, // HandleError is false: the error is not answered yet when it logs
			LogValuesFunc: func(_ echo.Context, v middleware.RequestLoggerValues) error { logged = v.Status; return nil },
		}),
		echoprometheus.NewMiddlewareWithConfig(echoprometheus.MiddlewareConfig{Registerer: registry, Subsystem: "app"}),
	)
	e.GET("/", func(echo.Context) error { return fmt.Errorf("x: %w", httperrors.NotFound("No such order.")) })
	e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))

	if logged != 404 {
		t.Errorf("RequestLogger logged %d", logged)
	}
	var text strings.Builder
	if err := echoprometheus.WriteGatheredMetrics(&text, registry); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), `code="404"`) {
		t.Errorf("echoprometheus counted:\n%s", text.String())
	}
}

// Static's HTML5 mode serves the application's page for a 404 of ours as for one of Echo's.
func TestHTML5Fallback(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("the application"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{Logger: discard()})
	e.Use(middleware.StaticWithConfig(middleware.StaticConfig{Root: dir, HTML5: true}))
	e.GET("/order", func(echo.Context) error { return httperrors.NotFound("No such order.") })
	for _, path := range []string{"/order", "/nowhere"} {
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		if rec.Code != 200 || rec.Body.String() != "the application" {
			t.Errorf("%s: %d %q", path, rec.Code, rec.Body)
		}
	}
}

// The real validator and the real gRPC, which the library knows by their shape alone.
func TestRealForeignErrors(t *testing.T) {
	type order struct {
		Email string `json:"email" validate:"required,email"`
		Count int    `json:"count" validate:"gte=1"`
	}
	invalid := validator.New().Struct(order{Email: "nobody"})
	for _, tt := range []struct {
		name string
		err  error
		want int
	}{
		{"validator", invalid, 422},
		{"validator, wrapped", fmt.Errorf("order: %w", invalid), 422},
		{"gRPC not found", status.Error(codes.NotFound, "secret"), 404},
		{"gRPC unauthenticated", status.Error(codes.Unauthenticated, "secret"), 401},
		{"gRPC exhausted", status.Error(codes.ResourceExhausted, "secret"), 429},
		{"gRPC unavailable, wrapped", fmt.Errorf("x: %w", status.Error(codes.Unavailable, "secret")), 503},
		{"gRPC unknown", status.Error(codes.Unknown, "secret"), 500},
	} {
		e := echo.New()
		e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{Logger: discard()})
		e.GET("/", func(echo.Context) error { return tt.err })
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
		if rec.Code != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, rec.Code, tt.want)
		}
		if strings.Contains(rec.Body.String(), "secret") {
			t.Errorf("%s leaks: %s", tt.name, rec.Body)
		}
		if tt.want == 422 && !strings.Contains(rec.Body.String(), `"errors":[`) {
			t.Errorf("%s: no list of errors: %s", tt.name, rec.Body)
		}
	}
}
