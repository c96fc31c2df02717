package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/labstack/echo/v4"
)

// breakThings adds the routes of the start page's list. None of them fakes anything: the map is
// nil, the query is wrong, the service is slow. Each ends as handlers end: it returns the error.
func (s *shop) breakThings(e *echo.Echo) {
	e.GET("/books/recommended", s.recommended)
	e.GET("/orders", s.history)
	e.GET("/orders.csv", s.historyCSV)
	e.GET("/checkout", s.checkout)
	e.GET("/gift-card", s.giftCard)
	e.GET("/books/:slug/warehouse", s.inWarehouse)
	e.GET("/delivery", s.delivery)
	e.GET("/stocktaking", s.stocktaking)
	e.GET("/catalogue", s.catalogue)

	api := e.Group("/api")
	api.GET("/failures", s.listFailures)
	api.GET("/books", s.listBooks)
	api.GET("/books/:slug", s.oneBook)
	api.GET("/books/recommended", s.recommended)
	api.GET("/books/:slug/warehouse", s.inWarehouse)
	api.GET("/orders", s.history)
	api.GET("/orders/:id", s.orderPage)
	api.GET("/checkout", s.checkout)
	api.GET("/delivery", s.delivery)
	api.POST("/delivery", s.delivery)
	api.GET("/vouchers/:code", s.voucher)
}

// taste is what the shop has learnt about a customer.
type taste struct {
	genres map[string]int // nil for a new customer, which is the bug
}

func (s *shop) recommended(c echo.Context) error {
	books, err := s.store.Books(c.Request().Context())
	if err != nil {
		return err
	}
	s.log.DebugContext(c.Request().Context(), "recommending", "candidates", len(books))
	return c.JSON(http.StatusOK, rank(books, &taste{}))
}

// rank puts the likeliest books first.
func rank(books []book, t *taste) []book {
	for _, b := range books {
		t.learn(b)
	}
	return books
}

func (t *taste) learn(b book) {
	t.add(b.Genre, 1+b.Stock/5)
}

func (t *taste) add(genre string, weight int) {
	t.genres[genre] += weight
}

// history fails in the store; each level adds what it knows, and only the log and alice read it.
func (s *shop) history(c echo.Context) error {
	who, err := s.visitor(c)
	if err != nil {
		return err
	}
	ids, err := s.store.History(c.Request().Context(), who.Name)
	if err != nil {
		return fmt.Errorf("orders page: %w", err)
	}
	return c.JSON(http.StatusOK, ids)
}

// historyCSV sets the headers of a download before it knows that there is nothing to download.
func (s *shop) historyCSV(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Content-Type", "text/csv")
	h.Set("Content-Disposition", `attachment; filename="orders.csv"`)
	h.Set("Cache-Control", "private, max-age=3600")
	return s.history(c)
}

// declined is the payment provider's error.
type declined struct {
	Provider string
	Reason   string
	Attempt  int
}

func (d *declined) Error() string {
	return fmt.Sprintf("%s: declined (%s), attempt %d", d.Provider, d.Reason, d.Attempt)
}

// checkout takes the copy off the shelf, is refused the money, and cannot put things right. The
// book has no copies left, so the table's constraint speaks.
func (s *shop) checkout(c echo.Context) error {
	ctx := c.Request().Context()
	s.log.InfoContext(ctx, "charging the card", "provider", "paymill", "amount_cents", 950)
	payment := &declined{Provider: "paymill", Reason: "insufficient_funds", Attempt: 2}
	if err := s.store.Reserve(ctx, "the-scarlet-letter", 1); err != nil {
		return errors.Join(
			fmt.Errorf("charge the card: %w", payment),
			fmt.Errorf("keep the copy for later: %w", err),
		)
	}
	return payment
}

// card is what the gift card's template prints. A plain card has no design, and the template does
// not ask.
type card struct {
	Cents  int
	Design *design
}

type design struct{ Name string }

func (s *shop) giftCard(c echo.Context) error {
	return s.show(c, "gift-card.html", "Gift cards", card{Cents: 2500})
}

func (s *shop) inWarehouse(c echo.Context) error {
	ctx := c.Request().Context()
	begin := time.Now()
	s.log.DebugContext(ctx, "asking the warehouse", "slug", c.Param("slug"), "patience", patience)
	copies, err := s.warehouse.Stock(ctx, c.Param("slug"))
	if err != nil {
		s.log.WarnContext(ctx, "the warehouse does not answer", "after", time.Since(begin).Round(time.Millisecond))
		return err
	}
	return c.JSON(http.StatusOK, map[string]int{"copies": copies})
}

// orderForm is what customers type, as they typed it.
type orderForm struct {
	Copies   json.Number `json:"copies" form:"copies" query:"copies"`
	Postcode string      `json:"postcode" form:"postcode" query:"postcode"`
}

var postcodes = regexp.MustCompile(`^[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}$`)

// check reports every wrong field at once: one error, one answer, all the news.
func (f orderForm) check() (copies int, err error) {
	var wrong []httperrors.FieldError
	copies, err = strconv.Atoi(f.Copies.String())
	if err != nil || copies < 1 || copies > 20 {
		wrong = append(wrong, httperrors.FieldError{Pointer: "/copies", Code: "out_of_range", Detail: "Order between 1 and 20 copies."})
	}
	if !postcodes.MatchString(strings.ToUpper(f.Postcode)) {
		wrong = append(wrong, httperrors.FieldError{Pointer: "/postcode", Code: "not_a_postcode", Detail: "A postcode looks like EH1 1AA."})
	}
	if len(wrong) > 0 {
		return 0, httperrors.UnprocessableContent("Please correct the order.").WithErrors(wrong...)
	}
	return copies, nil
}

func (s *shop) delivery(c echo.Context) error {
	var f orderForm
	if err := c.Bind(&f); err != nil {
		return err
	}
	copies, err := f.check()
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]int{"cents": 290 + 50*copies})
}

// errStocktaking is a package-level value that every request returns: immutable, so safe.
var errStocktaking = httperrors.ServiceUnavailable("We are counting books and open again in two minutes.").WithRetryAfter(2 * time.Minute)

func (s *shop) stocktaking(echo.Context) error { return errStocktaking }

func (s *shop) catalogue(c echo.Context) error {
	if err := s.moved(c.Request().Context(), "catalogue"); err != nil {
		return err
	}
	return c.NoContent(http.StatusOK)
}

// moved is deep enough below the handler that returning an error is the simple way to redirect.
func (s *shop) moved(_ context.Context, page string) error {
	if to, ok := map[string]string{"catalogue": "/books"}[page]; ok {
		return httperrors.Redirect(http.StatusFound, to)
	}
	return nil
}

// voucher is a handler as it stood before exceptional came.
func (s *shop) voucher(c echo.Context) error {
	return echo.NewHTTPError(http.StatusGone, "This voucher has expired.")
}

func (s *shop) listBooks(c echo.Context) error {
	limit := 100
	if err := echo.QueryParamsBinder(c).Int("limit", &limit).BindError(); err != nil {
		return err
	}
	books, err := s.store.Books(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, books[:max(0, min(limit, len(books)))])
}

func (s *shop) oneBook(c echo.Context) error {
	b, err := s.book(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, b)
}

// listFailures is the start page for scripts.
func (s *shop) listFailures(c echo.Context) error {
	who, err := s.visitor(c)
	if err != nil {
		return err
	}
	groups := listed(s.replica.url, who.Name)
	return c.JSON(http.StatusOK, append(groups["Pages"], groups["API"]...))
}
