package exceptional_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"net/http/httptest"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

// shop is an application with three ways to fail.
func shop() *echo.Echo {
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{
		Logger: slog.New(slog.DiscardHandler), // the example shows what clients see
	})
	e.Use(exceptional.Recover())
	e.GET("/orders/:id", func(c echo.Context) error {
		// The message is for the client, the cause for the log.
		return httperrors.NotFound("There is no such order.").WithCause(sql.ErrNoRows)
	})
	e.GET("/stock", func(c echo.Context) error {
		// A foreign error: its meaning reaches the client, its text does not.
		return fmt.Errorf("stock: dial tcp 10.0.0.7:5432: %w", sql.ErrConnDone)
	})
	e.GET("/basket", func(c echo.Context) error {
		prices()["moby-dick"] = 1290 // panics
		return nil
	})
	return e
}

// prices returns a nil map.
func prices() map[string]int { return nil }

// An application fails, and its clients get an answer in the form they asked for.
func Example() {
	e := shop()
	for _, ask := range []struct{ path, accept string }{
		{"/orders/7", "application/json"},
		{"/orders/7", "text/plain"},
		{"/orders/7", "text/html"},
		{"/nowhere", "application/json"},
		{"/stock", "text/html"},
		{"/basket", "text/html"},
	} {
		req := httptest.NewRequest("GET", ask.path, nil)
		req.Header.Set("Accept", ask.accept)
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, req)
		fmt.Println(ask.path, rec.Code, rec.Header().Get("Content-Type"))
		if ask.accept == "application/json" {
			fmt.Println(rec.Body)
		}
	}
	// Output:
	// /orders/7 404 application/problem+json
	// {"title":"Not Found","status":404,"detail":"There is no such order."}
	//
	// /orders/7 404 text/plain; charset=utf-8
	// /orders/7 404 text/html; charset=utf-8
	// /nowhere 404 application/problem+json
	// {"title":"Not Found","status":404}
	//
	// /stock 503 text/html; charset=utf-8
	// /basket 500 text/html; charset=utf-8
}
