package exceptional_test

import (
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/groupcache"
	"github.com/exceptional-go/exceptional/renderer"
	"github.com/exceptional-go/exceptional/report"
)

type echoRenderer struct{}

func (*echoRenderer) Render(io.Writer, string, any, echo.Context) error { return nil }

// TestNewNamesEveryFault: all mistakes at once, each with its field.
func TestNewNamesEveryFault(t *testing.T) {
	cfg := exceptional.Config{
		Group:     "Editors",
		Reporters: []report.Reporter{new(witness), nil, (*witness)(nil)},
		Renderer:  (*echoRenderer)(nil),
		Format:    99,
		Next:      func(error, echo.Context) {},
		Templates: fstest.MapFS{
			"http_responses/404.html": {Data: []byte("{{.Code")},
			"http_responses/4xx.html": {Data: []byte("fine {{.Code}}")},
			"http_responses/500.html": {Data: []byte("\n{{.NoSuchField}}")},
		},
		Pages:     renderer.Options{Templates: fstest.MapFS{}},
		Reporting: report.Options{Logger: slog.Default()},
	}
	want := []string{
		"exceptional: Group:", "Reporters[1]", "Reporters[2]", "exceptional: Renderer:", "exceptional: Format:",
		"exceptional: Next:", "http_responses/404.html:1", "http_responses/500.html:2", "NoSuchField", "Pages.Templates", "Reporting.Logger",
	}
	_, err := exceptional.New(cfg)
	if err == nil {
		t.Fatal("no error")
	}
	contains(t, err.Error(), want...)
	lacks(t, err.Error(), "4xx.html")
	for line := range strings.Lines(err.Error()) {
		if !strings.HasPrefix(line, "exceptional: ") {
			t.Errorf("line %q has no prefix", line)
		}
	}

	defer func() {
		r, _ := recover().(error)
		if r == nil || r.Error() != err.Error() {
			t.Errorf("Handler panics with %v", r)
		}
	}()
	exceptional.Handler(cfg)
}

func TestViewersThatAreNil(t *testing.T) {
	_, err := exceptional.New(exceptional.Config{User: byHeader, Viewers: (*groupcache.Cache)(nil)})
	if err == nil || !strings.Contains(err.Error(), "exceptional: Viewers:") {
		t.Errorf("error = %v", err)
	}
}

func TestValidConfigs(t *testing.T) {
	for name, cfg := range map[string]exceptional.Config{
		"zero":                 {},
		"User without Viewers": {User: byHeader},
		"Viewers without User": {Viewers: members},
		"Group with Viewers":   {Viewers: members, Group: "Editors"},
	} {
		if _, err := exceptional.New(cfg); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Changes to a Config after New have no effect.
func TestConfigIsCopied(t *testing.T) {
	w := new(witness)
	cfg := exceptional.Config{Reporters: []report.Reporter{w}}
	r, err := exceptional.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Reporters[0] = nil
	e := echo.New()
	e.HTTPErrorHandler = r.HandleError
	a := &app{Echo: e, logs: new(logs), responder: r}
	a.fails("/", uncomparable{})
	a.get("/")
	if n := len(w.reports(t, r)); n != 1 {
		t.Errorf("%d reports", n)
	}
}
