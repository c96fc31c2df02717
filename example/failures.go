package main

import (
	"fmt"
	"net/http"
	"strings"
)

// failure is one link of the start page.
type failure struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Title  string `json:"title"`
	What   string `json:"what"`   // what goes wrong, for the reader of the start page
	Status int    `json:"status"` // what everybody gets
	API    bool   `json:"api"`
	Curl   string `json:"curl"`
}

// failures is the list in the order of the start page.
var failures = []failure{
	{Name: "panic", Path: "/books/recommended", Title: "Recommended for you", Status: 500,
		What: "Writes to a map that was never made, three calls below the handler."},
	{Name: "sql", Path: "/orders", Title: "Your orders", Status: 500,
		What: "Asks SQLite for a column that a forgotten migration would have added; the error is wrapped twice."},
	{Name: "join", Path: "/checkout?card=4111111111111111&cvc=123", Title: "Pay for your basket", Status: 500,
		What: "The card is declined and the undoing fails too: errors.Join of both. The card number is masked even for alice."},
	{Name: "template", Path: "/gift-card", Title: "Gift cards", Status: 500,
		What: "A template follows a nil pointer when half the page has been written."},
	{Name: "timeout", Path: "/books/moby-dick/warehouse", Title: "Copies in the warehouse", Status: 504,
		What: "Another service takes longer than the shop waits. Its address stays out of the answer."},
	{Name: "csv", Path: "/orders.csv", Title: "Download your orders", Status: 500,
		What: "Fails after the headers of a download were set; they do not stick to the error page."},
	{Name: "validation", Path: "/delivery?copies=0&postcode=nowhere", Title: "Cost of delivery", Status: 422,
		What: "Two fields are wrong, and the page says which. The shop's own template, http_responses/422.html."},
	{Name: "forbidden", Path: "/orders/1007", Title: "Another customer's order", Status: 403,
		What: "An error of the application's own, made where it is known: httperrors.Forbidden."},
	{Name: "product", Path: "/books/the-unwritten-book", Title: "A book we never had", Status: 404,
		What: "sql.ErrNoRows as the cause of a 404. The shop's own template, http_responses/404.html."},
	{Name: "not-found", Path: "/book/moby-dick", Title: "A link with a typing error", Status: 404,
		What: "No route matches. Alice is told which ones nearly do."},
	{Name: "method", Path: "/sign-in", Title: "The wrong method", Status: 405,
		What: "The address takes POST only; the answer's Allow header says so."},
	{Name: "unavailable", Path: "/stocktaking", Title: "Closed for stocktaking", Status: 503,
		What: "503 with Retry-After, an error value made once and returned to everybody."},
	{Name: "redirect", Path: "/catalogue", Title: "The old catalogue", Status: http.StatusFound,
		What: "A redirect, raised as an error from the middle of a function."},

	{Name: "api-panic", Path: "/api/books/recommended", Title: "The panic", Status: 500, API: true,
		What: "The same nil map behind the API."},
	{Name: "api-sql", Path: "/api/orders", Title: "The SQL error", Status: 500, API: true,
		What: "The same query."},
	{Name: "api-join", Path: "/api/checkout", Title: "The joined error", Status: 500, API: true,
		What: "Declined, and not undone."},
	{Name: "api-timeout", Path: "/api/books/moby-dick/warehouse", Title: "The slow service", Status: 504, API: true,
		What: "A deadline is a 504, unless the application said otherwise."},
	{Name: "api-validation", Path: "/api/delivery?copies=0&postcode=nowhere", Title: "The validation error", Status: 422, API: true,
		What: "The same check; the document's member errors lists each field."},
	{Name: "api-json", Path: "/api/books?limit=many", Title: "A parameter of the wrong type", Status: 400, API: true,
		What: "Echo's own *BindingError, which Echo's default handler answers with 500."},
	{Name: "api-forbidden", Path: "/api/orders/1007", Title: "Forbidden", Status: 403, API: true,
		What: "Another customer's order."},
	{Name: "api-product", Path: "/api/books/the-unwritten-book", Title: "No such book", Status: 404, API: true,
		What: "Raised by a handler."},
	{Name: "api-not-found", Path: "/api/book/moby-dick", Title: "No such route", Status: 404, API: true,
		What: "Raised by Echo's router."},
	{Name: "api-echo", Path: "/api/vouchers/SPRING", Title: "An error of Echo's", Status: 410, API: true,
		What: "echo.NewHTTPError(410, …): code that exists keeps working."},
}

// listed gives every failure its curl line for one visitor: typed into a terminal it shows what the
// link shows in the browser.
func listed(base, visitor string) map[string][]failure {
	list := map[string][]failure{}
	for _, f := range failures {
		words := []string{"curl", "-i", shell(base + f.Path)}
		group := "API"
		if !f.API {
			group = "Pages"
			words = append(words, "-H", "'Accept: text/html'")
		}
		if visitor != "" {
			words = append(words, "-b", fmt.Sprintf("%s=%s", cookieName, visitor))
		}
		f.Curl = strings.Join(words, " ")
		list[group] = append(list[group], f)
	}
	return list
}
