package exceptional_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
)

// page asks a server for a page, as a browser does.
func page(t *testing.T, server *httptest.Server, path string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", browser)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// TestRendererForEachRequest: a Renderer that cannot serve one request serves the next.
func TestRendererForEachRequest(t *testing.T) {
	for name, refuse := range map[string]func(name string) error{
		"fails":                  func(string) error { return errors.New("no layout in this request") },
		"panics":                 func(string) error { panic("no layout in this request") },
		"finds no file":          func(string) error { return fs.ErrNotExist },
		"finds no file, by name": func(n string) error { return &fs.PathError{Op: "open", Path: n, Err: fs.ErrNotExist} },
	} {
		t.Run(name, func(t *testing.T) {
			e := echo.New()
			e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{
				Logger: silent(),
				Renderer: renderFunc(func(w io.Writer, name string, _ any, c echo.Context) error {
					if c.Get("layout") == nil {
						return refuse(name)
					}
					_, err := io.WriteString(w, "<h1>mine</h1>")
					return err
				}),
			})
			e.GET("/in", func(c echo.Context) error { c.Set("layout", 1); return echo.ErrNotFound })
			server := httptest.NewServer(e)
			defer server.Close()
			for range 3 {
				if status, text := page(t, server, "/out"); status != 404 || !strings.Contains(text, "Page not found") {
					t.Errorf("/out: %d, %.60q", status, text)
				}
				if status, text := page(t, server, "/in"); status != 404 || text != "<h1>mine</h1>" {
					t.Errorf("/in: %d, %.60q", status, text)
				}
			}
		})
	}
}

// TestRendererThatFails: one attempt is made for an answer, and each failure is logged.
func TestRendererThatFails(t *testing.T) {
	attempts, log := 0, new(logs)
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{
		Logger:   log.logger(),
		Renderer: renderFunc(func(io.Writer, string, any, echo.Context) error { attempts++; return errors.New("boom") }),
	})
	server := httptest.NewServer(e)
	defer server.Close()
	for i := range 3 {
		if status, text := page(t, server, "/"); status != 404 || !strings.Contains(text, "Page not found") || attempts != i+1 {
			t.Errorf("%d, %.60q after %d attempts", status, text, attempts)
		}
	}
	if n := strings.Count(log.text(), "boom"); n < 3 {
		t.Errorf("it is logged %d times, want 3: %s", n, log.text())
	}
}

// TestRendererThatWritesToTheContext: what it wrote is the whole response, once, and the log says what is wrong.
func TestRendererThatWritesToTheContext(t *testing.T) {
	for name, write := range map[string]func(c echo.Context) error{
		"by the context":  func(c echo.Context) error { return c.HTML(http.StatusNotFound, "<h1>mine</h1>") },
		"by the response": func(c echo.Context) error { _, err := fmt.Fprint(c.Response(), "<h1>mine</h1>"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			log := new(logs)
			e := echo.New()
			e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{
				Logger:   log.logger(),
				Renderer: renderFunc(func(_ io.Writer, _ string, _ any, c echo.Context) error { return write(c) }),
			})
			server := httptest.NewServer(e)
			_, text := page(t, server, "/")
			server.Close()
			if text != "<h1>mine</h1>" {
				t.Errorf("%.200q", text)
			}
			if !strings.Contains(log.text(), "the Renderer wrote to the context's response instead of w") {
				t.Errorf("the log: %s", log.text())
			}
		})
	}
}
