package interop_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/exceptional-go/exceptional"
	exceptionalotel "github.com/exceptional-go/exceptional/contrib/otel"
	"github.com/exceptional-go/exceptional/report"
)

// TestOtelEcho puts OpenTelemetry's middleware for Echo among the others in every order. The span of a failure has the status
// that the client got, and the server's own failures are an error with the reference on the page and one exception.
func TestOtelEcho(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	theirs := named{"otelecho", func(*exceptional.Responder) echo.MiddlewareFunc {
		return otelecho.Middleware("test", otelecho.WithTracerProvider(provider))
	}}
	everyOrder(t, theirs, func(t *testing.T, order []named, through bool) { testOtelOrder(t, spans, order, through) })
}

// testOtelOrder runs every failure. through says that a panic goes through OpenTelemetry's middleware.
func testOtelOrder(t *testing.T, spans *tracetest.SpanRecorder, order []named, through bool) {
	reporter, err := exceptionalotel.New(exceptionalotel.Options{Exceptions: exceptionalotel.SpanEvents})
	if err != nil {
		t.Fatal(err)
	}
	r, err := exceptional.New(exceptional.Config{Logger: discard(), Reporters: []report.Reporter{reporter}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(t.Context())
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	e.HTTPErrorHandler = r.HandleError
	for _, m := range order {
		e.Use(m.make(r))
	}
	for _, f := range failuresByRoute {
		spans.Reset()
		e.GET("/"+f.name+"/:id", f.handler)
		req := httptest.NewRequest(http.MethodGet, "/"+f.name+"/7", nil)
		req.Header.Set("Accept", "application/json")
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, req)
		if rec.Code != f.status {
			t.Errorf("%s: status %d, want %d", f.name, rec.Code, f.status)
		}
		var doc struct{ Reference string }
		json.Unmarshal(rec.Body.Bytes(), &doc)

		ended := spans.Ended()
		if len(ended) != 1 {
			t.Fatalf("%s: %d spans", f.name, len(ended))
		}
		span := ended[0]
		exceptions := 0
		for _, event := range span.Events() {
			if event.Name == "exception" {
				exceptions++
			}
		}
		attrs := map[string]string{}
		for _, a := range span.Attributes() {
			attrs[string(a.Key)] = a.Value.String()
		}
		if f.panics && through {
			// The span has ended before the failure is reported. Its status is set by the SDK.
			if exceptions != 1 || attrs["exceptional.reference"] != "" {
				t.Errorf("%s: %d exceptions, attributes %v", f.name, exceptions, attrs)
			}
			continue
		}
		status, code, errorType := strconv.Itoa(f.status), codes.Unset, ""
		if f.status >= 500 || f.name == "committed" {
			code, errorType = codes.Error, strconv.Itoa(max(f.status, 500))
		}
		if span.Status().Code != code || attrs["error.type"] != errorType || attrs["http.status_code"] != status {
			t.Errorf("%s: status %v, error.type %q, http.status_code %s", f.name, span.Status(), attrs["error.type"], attrs["http.status_code"])
		}
		if want := map[bool]int{true: 1}[f.reported]; exceptions != want {
			t.Errorf("%s: %d exceptions, want %d", f.name, exceptions, want)
		}
		if ref := attrs["exceptional.reference"]; (ref != "") != f.reported || f.name != "committed" && ref != doc.Reference {
			t.Errorf("%s: the span says %q, the client %q", f.name, ref, doc.Reference)
		}
	}
}

// The counter of technical pages tells those who were refused from those who were admitted and got none, because htmx asked for
// a piece of a page or a client for Echo's own document.
func TestOtelTechnicalPages(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	reporter, err := exceptionalotel.New(exceptionalotel.Options{MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))})
	if err != nil {
		t.Fatal(err)
	}
	gated := exceptional.Config{
		EchoJSON: true,
		User: func(c echo.Context) (exceptional.User, error) {
			return exceptional.User{ID: c.Request().Header.Get("X-User"), Superuser: true}, nil
		},
		Viewers: only("alice"),
	}
	html := []string{"Accept", "text/html"}
	htmx := []string{"Accept", "*/*", "HX-Request", "true"}
	echojson := []string{"Accept", "application/json"}
	for _, ask := range []struct {
		cfg    exceptional.Config
		header []string
	}{
		{gated, append(html, "X-User", "alice")},
		{gated, append(htmx, "X-User", "alice")},
		{gated, append(echojson, "X-User", "alice")},
		{gated, append(html, "X-User", "bob")},
		{gated, append(htmx, "X-User", "bob")},
		{exceptional.Config{Debug: true}, html},
		{exceptional.Config{Debug: true}, htmx},
		{exceptional.Config{}, html},
	} {
		ask.cfg.Logger, ask.cfg.Reporters = discard(), []report.Reporter{reporter}
		r, err := exceptional.New(ask.cfg)
		if err != nil {
			t.Fatal(err)
		}
		e := echo.New()
		e.HTTPErrorHandler = r.HandleError
		e.GET("/", func(echo.Context) error { return errors.New("boom") })
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		for i := 0; i < len(ask.header); i += 2 {
			req.Header.Set(ask.header[i], ask.header[i+1])
		}
		e.ServeHTTP(httptest.NewRecorder(), req)
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	var rm metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &rm); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, m := range rm.ScopeMetrics[0].Metrics {
		if sum, ok := m.Data.(metricdata.Sum[int64]); ok && m.Name == "exceptional.technical_pages" {
			for _, p := range sum.DataPoints {
				outcome, _ := p.Attributes.Value("outcome")
				got[outcome.AsString()] = p.Value
			}
		}
	}
	if want := map[string]int64{"shown": 2, "omitted": 3, "refused": 2}; !maps.Equal(got, want) {
		t.Errorf("pages = %v, want %v", got, want)
	}
}

// only is a group of one.
type only string

func (o only) IsMember(_ context.Context, _, user string) (bool, error) {
	return user == string(o), nil
}
