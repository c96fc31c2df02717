package interop_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"
	"go.opentelemetry.io/otel/codes"
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
			// The span has ended by the time we hear of it. What it says is the SDK's doing.
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
