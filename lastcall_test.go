package exceptional

import (
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
)

// TestLastCall holds that engineFrames is right. Were it not, nothing but the time of every 500 would show it, hence a test
// from inside.
func TestLastCall(t *testing.T) {
	e := echo.New()
	e.HTTPErrorHandler = Handler(Config{Debug: true})
	e.GET("/", func(echo.Context) error { return errors.New("broken") })
	serveHTTP.Store(0)
	e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if serveHTTP.Load() == 0 {
		t.Error("Echo.ServeHTTP was not found engineFrames above conn.Panic")
	}
}
