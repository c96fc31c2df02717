package exceptional_test

import (
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
	"github.com/exceptional-go/exceptional/report"
)

type renderFunc func(w io.Writer, name string, data any, c echo.Context) error

func (f renderFunc) Render(w io.Writer, name string, data any, c echo.Context) error {
	return f(w, name, data, c)
}

// TestParity: what django_exceptional_middleware can do, by the numbers of our notes. P1 is N1 of TestChecklist, P7 is
// TestRedirectRaisedAsAnError, P13 to P15 are TestAugment and TestHeadersAreNotShared, P16 is TestGallery.
func TestParity(t *testing.T) {
	templates := fstest.MapFS{
		"http_responses/404.html":     {Data: []byte(`own 404: {{.Code}} {{.Message}}`)},
		"http_responses/default.html": {Data: []byte(`own default: {{.Code}} {{.Message}}{{with .Err}} err{{end}}`)},
	}
	t.Run("P2, P3 a template for the status, then the default, with the three names", func(t *testing.T) {
		a := newApp(t, exceptional.Config{Templates: templates})
		a.fails("/gone", httperrors.Gone("Sold."))
		if got := body(t, a.get("/nowhere", "Accept", browser)); got != "own 404: 404 Not Found" {
			t.Errorf("%q", got)
		}
		if got := body(t, a.get("/gone", "Accept", browser)); got != "own default: 410 Sold. err" {
			t.Errorf("%q", got)
		}
	})
	t.Run("P4 a renderer of the application's own", func(t *testing.T) {
		var names []string
		a := newApp(t, exceptional.Config{Renderer: renderFunc(func(w io.Writer, name string, data any, c echo.Context) error {
			names = append(names, name)
			if !strings.Contains(name, "default") {
				return renderer.ErrNoTemplate
			}
			_, err := io.WriteString(w, data.(*renderer.Page).Message+" at "+c.Request().URL.Path)
			return err
		})})
		if got := body(t, a.get("/nowhere", "Accept", browser)); got != "Not Found at /nowhere" {
			t.Errorf("%q", got)
		}
		if len(names) < 2 || !strings.Contains(names[0], "404") {
			t.Errorf("asked for %q", names)
		}
	})
	t.Run("P5 foreign errors mean what they mean, and stay reachable", func(t *testing.T) {
		for _, tt := range []struct {
			err    error
			status int
		}{{sql.ErrNoRows, 404}, {fs.ErrPermission, 403}, {io.ErrClosedPipe, 500}} {
			w := new(witness)
			a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}, Reporting: report.Options{Policy: func(*report.Failure) bool { return true }}})
			a.fails("/", tt.err)
			if res := a.get("/"); res.StatusCode != tt.status {
				t.Errorf("%v: %d, want %d", tt.err, res.StatusCode, tt.status)
			}
			if seen := w.told(t, a.responder); len(seen) != 1 || !errors.Is(seen[0].Err, tt.err) {
				t.Errorf("%v is lost", tt.err)
			}
		}
	})
	t.Run("P6 the router's own failures keep their error", func(t *testing.T) {
		w := new(witness)
		a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}, Reporting: report.Options{Policy: func(*report.Failure) bool { return true }}})
		a.GET("/", notFound)
		a.get("/nowhere")
		a.do(http.MethodPost, "/")
		seen := w.told(t, a.responder)
		if len(seen) != 2 || !errors.Is(seen[0].Err, echo.ErrNotFound) || !errors.Is(seen[1].Err, echo.ErrMethodNotAllowed) {
			t.Errorf("%d reports", len(seen))
		}
	})
	t.Run("P8, P9 Debug shows all but redirects, and reports all the same", func(t *testing.T) {
		w := new(witness)
		a := newApp(t, exceptional.Config{Debug: true, Reporters: []report.Reporter{w}})
		a.fails("/", errors.New("the cause"))
		contains(t, body(t, a.get("/", "Accept", browser)), "the cause")
		if n := len(w.told(t, a.responder)); n != 1 {
			t.Errorf("%d reports", n)
		}
	})
	t.Run("P10, P11, P12 who is told", func(t *testing.T) {
		for _, tt := range []struct {
			name string
			err  error
			want int
		}{
			{"own 5xx", httperrors.ServiceUnavailable(""), 1}, {"own 4xx", httperrors.Conflict(""), 0}, {"foreign not found", sql.ErrNoRows, 0},
			{"route not found", echo.ErrNotFound, 0}, {"unexpected", errors.New("x"), 1}, {"own 5xx that says no", httperrors.ServiceUnavailable("").WithReport(false), 0},
			{"own 4xx that says yes", httperrors.Conflict("").WithReport(true), 1},
		} {
			w := new(witness)
			a := newApp(t, exceptional.Config{Reporters: []report.Reporter{w}})
			a.fails("/", tt.err)
			a.get("/")
			if n := len(w.told(t, a.responder)); n != tt.want {
				t.Errorf("%s: %d reports, want %d", tt.name, n, tt.want)
			}
		}
	})
	t.Run("P17 a status that nobody has named", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.fails("/", httperrors.New(555, ""))
		for _, accept := range anyForm {
			if res := a.get("/", "Accept", accept); res.StatusCode != 555 || body(t, res) == "" {
				t.Errorf("Accept %q: %d", accept, res.StatusCode)
			}
		}
	})
	t.Run("P18 a 403 that looks like a 404, to the byte", func(t *testing.T) {
		a := newApp(t, exceptional.Config{})
		a.fails("/hidden", httperrors.Hide(httperrors.Forbidden("secret")))
		a.fails("/absent", httperrors.ErrNotFound)
		for _, accept := range anyForm {
			x, y := a.get("/hidden", "Accept", accept), a.get("/absent", "Accept", accept)
			if a, b := body(t, x), body(t, y); x.StatusCode != 404 || a != b || len(x.Header) != len(y.Header) {
				t.Errorf("%d %q, %q", x.StatusCode, short(a), short(b))
			}
		}
	})
}

// A client, or a test, reads an answer back into the error that it was.
func TestAnswersCanBeReadBack(t *testing.T) {
	taken := httperrors.Conflict("Taken.").WithCode("taken")
	a := newApp(t, exceptional.Config{})
	a.fails("/", taken.WithExtension("owner", "ann").WithErrors(httperrors.FieldError{Detail: "in use", Pointer: "/name"}).WithRetryAfter(0))
	for _, accept := range []string{api, browser} {
		e, err := httperrors.FromResponse(a.get("/", "Accept", accept))
		if e == nil || e.StatusCode() != 409 {
			t.Fatalf("Accept %s: %v, %v", accept, e, err)
		}
		if accept == browser {
			continue // a page says no more than its status
		}
		if err != nil || !errors.Is(e, taken) || e.Detail() != "" && e.Detail() != "Taken." || e.PublicMessage() != "Taken." || len(e.Errors()) != 1 || e.Header().Get("Retry-After") != "0" {
			t.Errorf("Accept %s: %v, %v, %v", accept, e, err, e.Header())
		}
	}
}
