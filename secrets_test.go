package exceptional_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/report"
)

// In a link that resets a password, the path is all it takes: neither the log nor a reporter gets to see it.
func TestSecretInThePathIsToldToNobody(t *testing.T) {
	for _, target := range []string{
		"/reset/" + canary, "/reset/" + canary + "%2Fx%20y", "/reset/%53" + canary, "/reset/" + canary + "?next=%2Freset%2F" + canary,
	} {
		t.Run(target, func(t *testing.T) {
			w := new(witness)
			var l logs
			a := newApp(t, exceptional.Config{Logger: slog.New(slog.NewJSONHandler(&l, nil)), Reporters: []report.Reporter{w}})
			a.fails("/reset/:token", errors.New("boom"))
			srv := httptest.NewServer(a)
			defer srv.Close()
			req, err := http.NewRequest("GET", srv.URL+target, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Referer", srv.URL+target)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			told := w.told(t, a.responder)
			if len(told) != 1 {
				t.Fatalf("told %d times", len(told))
			}
			var got bytes.Buffer
			f := told[0]
			fmt.Fprintf(&got, "%s %+v %s %s %v\n%s", f.Path, f.Request.URL, f.Request.URL, f.Request.RequestURI, f.Request.Header, l.text())
			if strings.Contains(got.String(), canary) || f.Request.URL.Path != f.Path || !strings.HasPrefix(f.Path, "/reset/•") {
				t.Errorf("told %s", got.String())
			}
		})
	}
}
