package exceptional

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/engine"
	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// Gallery adds the gallery to g: a page that shows every error as the public sees it, in each format and language, and below
// it each error by its status. They are for Debug and for technical viewers; everybody else gets a 404, as if they did not
// exist. Each page is made by raising the real error through this Responder's handler. Nothing of it is logged or reported.
func (r *Responder) Gallery(g *echo.Group) {
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
	x := &conn{responder: r, echo: c, state: stateOf(c)}
	ok, _, _ := r.gate.Admit(c.Request().Context(), x.User)
	return ok
}

func (r *Responder) gallery(c echo.Context) error {
	if !r.admitted(c) {
		return errHidden
	}
	q := c.QueryParams()
	page := r.renderer.Gallery(pages.GalleryOptions{
		Base:     c.Request().URL.Path,
		Language: q.Get("lang"), Format: q.Get("format"), Scheme: q.Get("scheme"), Width: q.Get("width"),
	})
	h := c.Response().Header()
	h.Set("Content-Security-Policy", pages.GalleryCSP())
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
	x := &conn{responder: r, echo: c, state: stateOf(c), framed: c.QueryParam("frame") == "1"}
	r.engine.Handle(x, sample(status).WithHeader("Cache-Control", "private, no-store"), engine.Options{Preview: true})
	return nil
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

// Problems adds to g what the type of a problem document should lead to, documentation for people (RFC 9457, section 4): an
// index of the kinds of problems, and below it a page for each that says what it means, what to do, whether to try again,
// and what the document looks like, in the reader's language and in the look of Config.Pages.Brand. There is a page for
// every status, 404, for every code that Config.Pages.Catalogue has texts for, and for each of errs, by its code. An error
// points to its page by its code and its type:
//
//	var ErrSoldOut = httperrors.Conflict("The last copy has just been sold.").
//		WithCode("sold-out").
//		WithType("https://shop.example/problems/sold-out", "Sold out")
//
//	responder.Problems(e.Group("/problems"), ErrSoldOut)
//
// An error that is given here adds what no catalogue knows: its status, its type, and an example. The errors of a status
// alone go without a type, which stands for about:blank; and so do all where Config.EchoJSON is set.
//
// Unlike the Gallery it is for everybody, and shows nothing but those texts and what the errors answer to everybody. It is HTML
// whatever a client accepts: a problem document would say that something went wrong, and a second form would be a second
// copy in every cache. Caches may keep it for an hour, unless a middleware has set another Cache-Control.
//
// It panics if one of errs has no code, or one that is a number, or the code of another, as an http.ServeMux does for two
// patterns that conflict.
func (r *Responder) Problems(g *echo.Group, errs ...*httperrors.Error) {
	p, err := r.renderer.Problems(errs...)
	if err != nil {
		panic(fmt.Errorf("exceptional: Problems: %w", err))
	}
	index := func(c echo.Context) error {
		_, base := lastSegment(c.Request().URL.EscapedPath())
		choice := r.renderer.Choose(c.Request().Header, renderer.FormatText)
		a, ok := p.Index(choice.Language, base)
		return explain(c, a, ok, choice.Vary)
	}
	page := func(c echo.Context) error {
		parent, _ := lastSegment(c.Request().URL.EscapedPath())
		_, base := lastSegment(parent)
		choice := r.renderer.Choose(c.Request().Header, renderer.FormatText)
		a, ok := p.Page(c.Param("code"), choice.Language, base)
		return explain(c, a, ok, choice.Vary)
	}
	g.Match([]string{http.MethodGet, http.MethodHead}, "", index)
	g.Match([]string{http.MethodGet, http.MethodHead}, "/:code", page)
}

// explain sends a page of Problems.
func explain(c echo.Context, a pages.Answer, ok bool, vary string) error {
	if !ok {
		return httperrors.ErrNotFound
	}
	if len(a.Body) == 0 {
		return a.Err // beside a body, it is about a text of the application, whose failure the answers to errors log
	}
	h := c.Response().Header()
	if vary != "" {
		h.Add("Vary", vary)
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "max-age=3600") // not public: a group may have a middleware that asks who is there
	}
	// Weak, because a middleware may compress what follows.
	sum := sha256.Sum256(a.Body)
	etag := `W/"` + hex.EncodeToString(sum[:12]) + `"`
	h.Set("Etag", etag)
	if among(etag, c.Request().Header.Values("If-None-Match")) {
		return c.NoContent(http.StatusNotModified)
	}
	h.Set("Content-Language", a.ContentLanguage)
	h.Set("Content-Security-Policy", a.CSP)
	h.Set("X-Content-Type-Options", "nosniff")
	if c.Request().Method == http.MethodHead {
		h.Set("Content-Type", a.ContentType)
		h.Set("Content-Length", strconv.Itoa(len(a.Body)))
		return c.NoContent(http.StatusOK)
	}
	return c.Blob(http.StatusOK, a.ContentType, a.Body)
}

// among reports whether an If-None-Match has the tag of what is there (RFC 9110, section 13.1.2), in the weak comparison.
func among(etag string, lines []string) bool {
	for _, line := range lines {
		for tag := range strings.SplitSeq(line, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
				return true
			}
		}
	}
	return false
}

// lastSegment cuts a path before its last segment.
func lastSegment(path string) (before, segment string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}
