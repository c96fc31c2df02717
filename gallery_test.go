package exceptional_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/httperrors"
)

// P16: each error through the real handler, as the public sees it, for technical viewers and in Debug.
func TestGallery(t *testing.T) {
	for _, debug := range []bool{false, true} {
		a := newApp(t, exceptional.Config{Debug: debug, User: byHeader, Viewers: members})
		a.Use(middleware.Gzip())
		a.responder.Gallery(a.Group("/errors"))
		res := a.get("/errors", "X-User", "alice+super")
		page := body(t, res)
		if res.StatusCode != 200 || res.Header.Get("Content-Security-Policy") == "" || res.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("gallery: %d %v", res.StatusCode, res.Header)
		}
		for status := 300; status < 600; status++ {
			if httperrors.Phrase(status) == "" || status == 305 || status == 306 {
				continue
			}
			if status != 304 { // it has no body to look at
				contains(t, page, fmt.Sprintf("/errors/%d", status))
			}
			for format, contentType := range map[string]string{
				"": "text/html", "html": "text/html", "json": "application/problem+json", "xml": "application/problem+xml",
				"text": "text/plain", "markdown": "text/markdown",
			} {
				res := a.get(fmt.Sprintf("/errors/%d?format=%s&lang=en", status, format), "X-User", "alice+super")
				if res.StatusCode != status {
					t.Errorf("%d as %q: status %d", status, format, res.StatusCode)
				}
				if ct := res.Header.Get("Content-Type"); status != 304 && !strings.HasPrefix(ct, contentType) {
					t.Errorf("%d as %q: %q", status, format, ct)
				}
				lacks(t, body(t, res), "goroutine", "gallery.go", `"debug"`)
			}
			if res := a.get(fmt.Sprintf("/errors/%d?frame=1", status), "X-User", "alice+super"); status != 304 && res.StatusCode != 200 {
				t.Errorf("%d in a frame: %d", status, res.StatusCode)
			}
		}
		if n := len(a.logs.records(t)); n != 0 {
			t.Errorf("%d previews were logged", n)
		}
	}
}

func TestGalleryIsHidden(t *testing.T) {
	for name, cfg := range map[string]exceptional.Config{
		"nobody may":          {},
		"not a viewer":        {User: byHeader, Viewers: members},
		"superuser, no group": {User: byHeader, Viewers: members, Group: "Editors"},
	} {
		a := newApp(t, cfg)
		a.responder.Gallery(a.Group("/errors"))
		a.GET("/other", func(echo.Context) error { return httperrors.ErrNotFound })
		for _, path := range []string{"/errors", "/errors/500", "/errors/500?frame=1"} {
			res := a.get(path, "X-User", "carol+super", "Accept", api)
			if want := body(t, a.get("/other", "Accept", api)); res.StatusCode != http.StatusNotFound || body(t, res) != want {
				t.Errorf("%s: %s answers %d", name, path, res.StatusCode)
			}
		}
	}
}

func TestGalleryOfNonsense(t *testing.T) {
	a := newApp(t, exceptional.Config{Debug: true})
	a.responder.Gallery(a.Group("/errors"))
	for _, code := range []string{"200", "0", "-1", "99999999999999999999", "x", "600", "404.html", "%00"} {
		if res := a.get("/errors/" + code); res.StatusCode != 404 {
			t.Errorf("%s: %d", code, res.StatusCode)
		}
	}
}
