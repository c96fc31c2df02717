package exceptional

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
)

// Routes adds the gallery to g: a page that shows every error as the public sees it, in each format and language, and below
// it each error by its status. They are for Debug and for technical viewers; everybody else gets a 404, as if they did not
// exist. Each page is made by raising the real error through this Responder's handler. Nothing of it is logged or reported.
func (r *Responder) Routes(g *echo.Group) {
	g.GET("", r.gallery)
	g.GET("/:code", r.preview)
}

// errHidden is what everybody else gets. The header is the error's: what a handler has set goes with its answer.
var errHidden = httperrors.ErrNotFound.WithHeader("Cache-Control", "private, no-store")

// admitted reports whether the gallery may be shown. Whatever the answer is, no cache may keep it.
func (r *Responder) admitted(c echo.Context) bool {
	if r.cfg.Debug {
		return true
	}
	if r.gate == nil {
		return false
	}
	h := c.Response().Header()
	h.Add("Vary", "Cookie, Authorization")
	x := &request{responder: r, echo: c}
	ok, _, _ := r.gate.Admit(c.Request().Context(), x.User)
	return ok
}

func (r *Responder) gallery(c echo.Context) error {
	if !r.admitted(c) {
		return errHidden
	}
	q := c.QueryParams()
	page := r.renderer.Gallery(renderer.GalleryOptions{
		Base:     c.Request().URL.Path,
		Language: q.Get("lang"), Format: q.Get("format"), Scheme: q.Get("scheme"), Width: q.Get("width"),
	})
	h := c.Response().Header()
	h.Set("Content-Security-Policy", renderer.GalleryCSP())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "private, no-store")
	return c.HTMLBlob(http.StatusOK, page)
}

// preview raises the error with this status, for a copy of the request that asks for the format and the language in the query.
func (r *Responder) preview(c echo.Context) error {
	if !r.admitted(c) {
		return errHidden
	}
	status, err := strconv.Atoi(c.Param("code"))
	if err != nil || status < 300 || status > 599 {
		return errHidden
	}
	s := requestOf(c)
	if s == nil {
		s = hang(c, nil)
	}
	known := s.own()
	known.preview, known.framed = true, c.QueryParam("frame") == "1"
	req := c.Request().Clone(c.Request().Context())
	for name := range req.Header {
		switch name {
		case "Accept", "Accept-Language", "Hx-Request", "Turbo-Frame", "X-Requested-With":
			delete(req.Header, name)
		}
	}
	req.Header.Set("Accept", accepts(c.QueryParam("format")))
	if lang := c.QueryParam("lang"); lang != "" {
		req.Header.Set("Accept-Language", lang)
	}
	c.SetRequest(req)
	return sample(status).WithHeader("Cache-Control", "private, no-store")
}

// framedWriter sends 200 instead of an error's status: browsers refuse to show some of them (407, 421) in a frame. Only the
// gallery's own frames ask for it.
type framedWriter struct{ *echo.Response }

func (w framedWriter) WriteHeader(int) { w.Response.WriteHeader(http.StatusOK) }

// accepts is what a client sends that wants this format.
func accepts(format string) string {
	switch format {
	case "json":
		return "application/problem+json"
	case "xml":
		return "application/problem+xml"
	case "text":
		return "text/plain"
	case "markdown":
		return "text/markdown"
	}
	return "text/html"
}

// sample is the error with this status as an application would make it, with what its status requires. The challenge has a
// scheme that no browser knows, so that none asks for a password.
func sample(status int) *httperrors.Error {
	challenge := httperrors.Challenge{Scheme: "Gallery"}
	switch status {
	case http.StatusUnauthorized:
		return httperrors.Unauthorized("", challenge)
	case http.StatusProxyAuthRequired:
		return httperrors.ProxyAuthenticationRequired("", challenge)
	case http.StatusMethodNotAllowed:
		return httperrors.MethodNotAllowed(http.MethodPut)
	case http.StatusUpgradeRequired:
		return httperrors.UpgradeRequired("", "HTTP/3.0")
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return httperrors.Redirect(status, "#")
	}
	return httperrors.New(status, "")
}
