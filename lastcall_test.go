package exceptional

import (
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/httperrors"
)

// TestLastCall holds that engineFrames and partFrames are right. Were they not, nothing but the time of every 500, and of every
// failure before the router, would show it, hence a test from inside.
func TestLastCall(t *testing.T) {
	e := echo.New()
	e.HTTPErrorHandler = Handler(Config{Debug: true})
	e.GET("/", func(echo.Context) error { return errors.New("broken") })
	serveHTTP.Store(0)
	e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if serveHTTP.Load() == 0 {
		t.Error("Echo.ServeHTTP was not found engineFrames above conn.Panic")
	}

	e.Pre(func(echo.HandlerFunc) echo.HandlerFunc {
		return func(echo.Context) error { return httperrors.Conflict("") }
	})
	serveHTTP.Store(0)
	e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if serveHTTP.Load() == 0 {
		t.Error("Echo.ServeHTTP was not found partFrames above part")
	}
}
