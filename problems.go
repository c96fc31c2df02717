package exceptional

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
)

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
// Unlike Routes it is for everybody, and shows nothing but those texts and what the errors answer to everybody. It is HTML
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
func explain(c echo.Context, a renderer.Answer, ok bool, vary string) error {
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
		h.Set("Content-Length", a.Length)
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
