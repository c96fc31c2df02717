package main

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/renderer"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// The shop's own error pages stand where exceptional looks for them: http_responses/404.html and
// 422.html here, everything else is the built-in page in the shop's name.
//
//go:embed http_responses
var errorPages embed.FS

//go:embed static
var static embed.FS

// The binary carries its own source, so that the technical page can show the line at fault wherever
// the binary runs.
//
//go:embed *.go templates
var source embed.FS

// shop is what a handler can reach: the demo, and the replica that the request came to.
type shop struct {
	*demo
	replica *replica
	pages   *pages
}

// newShop wires one replica. Everything about errors is in the Config below and in the one line
// after it.
func newShop(d *demo, r *replica) (*echo.Echo, *exceptional.Responder, error) {
	s := &shop{demo: d, replica: r, pages: newPages()}
	responder, err := exceptional.New(exceptional.Config{
		User:      s.identify,
		Viewers:   r.viewers,
		Group:     groupTechnical,
		Templates: errorPages,
		Pages:     renderer.Options{Brand: brand},
		// In a shop that is not a demo, an error such as "no such book" explains itself, and alice
		// would rather see what her customers see.
		TechnicalClientErrors: true,
		Technical: debugview.Options{
			Sources: []debugview.Sources{debugview.SourceFS("embedded", "github.com/exceptional-go/exceptional/example", source)},
			Panels:  []debugview.Panel{{Title: "Shop", Load: s.panel}},
		},
		Logger: d.log.With("replica", r.name),
	})
	if err != nil {
		return nil, nil, err
	}

	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Renderer = s.pages
	e.HTTPErrorHandler = responder.HandleError
	e.Use(responder.Middleware(), middleware.RequestID(), exceptional.Recover(), s.protect)

	files, err := fs.Sub(static, "static")
	if err != nil {
		return nil, nil, err
	}
	e.StaticFS("/static", files)
	e.FileFS("/favicon.ico", "harbour.svg", files) // browsers ask for it on pages that name no icon
	e.GET("/", s.startPage)
	e.GET("/books", s.shelf)
	e.GET("/books/:slug", s.bookPage)
	e.POST("/orders", s.order)
	e.GET("/orders/:id", s.orderPage)
	e.POST("/sign-in", s.signIn)
	e.GET("/admin/members", s.members, s.superusersOnly)
	e.POST("/admin/members", s.changeMember, s.superusersOnly)
	s.breakThings(e)
	// The gallery shows every error of the registry through the pages above. It is for technical
	// viewers only; the library sees to that.
	responder.Gallery(e.Group("/errors"))
	// What the type of a problem document leads to is for everybody.
	responder.Problems(e.Group("/problems"), errSoldOut)
	return e, responder, nil
}

// panel is the shop's own section of the technical page.
func (s *shop) panel(ctx context.Context, name string) (any, error) {
	u, err := s.store.User(ctx, name)
	return map[string]any{"replica": s.replica.name, "redis": s.redisName, "viewer": u.Name + ", who " + u.About}, err
}

// brand makes the built-in error pages the shop's.
var brand = renderer.Brand{
	Name:    "Paper Harbour",
	Color:   "#17506b",
	Support: "mailto:help@paper-harbour.example",
	Links:   []renderer.Link{{Text: "Books", URL: "/books"}},
}

// protect sets what browsers enforce and keeps other sites from posting forms in a visitor's name.
func (s *shop) protect(next echo.HandlerFunc) echo.HandlerFunc {
	crossOrigin := http.NewCrossOriginProtection()
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		if err := crossOrigin.Check(c.Request()); err != nil {
			return httperrors.Forbidden("This form was sent from another site.").WithCause(err)
		}
		return next(c)
	}
}

// startPage explains the demo and lists its failures.
func (s *shop) startPage(c echo.Context) error {
	who, err := s.visitor(c)
	if err != nil {
		return err
	}
	people, err := s.store.Users(c.Request().Context())
	if err != nil {
		return err
	}
	return s.show(c, "start.html", "", map[string]any{
		"People":   people,
		"Failures": listed(s.replica.url, who.Name),
	})
}

func (s *shop) shelf(c echo.Context) error {
	books, err := s.store.Books(c.Request().Context())
	if err != nil {
		return err
	}
	return s.show(c, "shelf.html", "Books", books)
}

func (s *shop) bookPage(c echo.Context) error {
	b, err := s.book(c)
	if err != nil {
		return err
	}
	return s.show(c, "book.html", b.Title, b)
}

// book finds the book of the address. The error carries both texts from birth: a sentence for the
// customer, and the cause for the log.
func (s *shop) book(c echo.Context) (book, error) {
	slug := c.Param("slug")
	s.log.DebugContext(c.Request().Context(), "looking for a book", "slug", slug)
	b, err := s.store.Book(c.Request().Context(), slug)
	if errors.Is(err, sql.ErrNoRows) {
		return book{}, httperrors.NotFound("We do not have this book, and never had.").WithCause(err)
	}
	return b, err
}

// order takes the form of a book's page.
func (s *shop) order(c echo.Context) error {
	ctx := c.Request().Context()
	who, err := s.visitor(c)
	if err != nil {
		return err
	}
	if who.Name == "" {
		return httperrors.Forbidden("Please sign in on the start page before you order.")
	}
	f := orderForm{Copies: json.Number(c.FormValue("copies")), Postcode: c.FormValue("postcode")}
	copies, err := f.check()
	if err != nil {
		return err
	}
	s.log.InfoContext(ctx, "placing an order", "slug", c.FormValue("slug"), "copies", copies)
	id, err := s.store.PlaceOrder(ctx, who.Name, c.FormValue("slug"), copies, f.Postcode)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, fmt.Sprintf("/orders/%d", id))
}

// errSoldOut is made once and returned to everybody: an httperrors.Error is immutable.
// Programs know it by its type, which leads people to an explanation.
var errSoldOut = httperrors.Conflict("We do not have that many copies any more.").
	WithCode("sold-out").
	WithType("/problems/sold-out", "Sold out").
	WithDetail("Fewer copies may still be ordered.")

// orderPage is for the customer alone.
func (s *shop) orderPage(c echo.Context) error {
	var id int
	if err := echo.PathParamsBinder(c).MustInt("id", &id).BindError(); err != nil {
		return err
	}
	customer, err := s.store.Customer(c.Request().Context(), id)
	if errors.Is(err, sql.ErrNoRows) {
		return httperrors.NotFound("There is no such order.").WithCause(err)
	}
	if err != nil {
		return err
	}
	if who, err := s.visitor(c); err != nil || who.Name != customer {
		return httperrors.Forbidden("An order is shown to the customer who placed it.").WithCause(err)
	}
	return s.show(c, "order.html", "Thank you", id)
}

// background is the context of questions that must be answered although the visitor may have left:
// bounded, but not cancelled with the request.
func background(c echo.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(c.Request().Context()), 2*time.Second)
}
