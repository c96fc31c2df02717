package httperrors_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
)

// ErrSoldOut is a package-level error: it costs nothing to return and can be compared with.
var ErrSoldOut = httperrors.Conflict("The book is sold out.").WithCode("sold-out")

func Example() {
	find := func(id int) error {
		err := fmt.Errorf("select order %d: %w", id, sql.ErrNoRows)
		return httperrors.NotFound("There is no such order.").WithCause(err)
	}
	err := find(7)

	e, _ := httperrors.As(err)
	fmt.Println(e.StatusCode(), e.PublicMessage()) // for the client
	fmt.Println(err)                               // for the log
	fmt.Println(errors.Is(err, httperrors.ErrNotFound), errors.Is(err, sql.ErrNoRows))
	// Output:
	// 404 There is no such order.
	// 404 Not Found: There is no such order: select order 7: sql: no rows in result set
	// true true
}

func ExampleError_Is() {
	err := fmt.Errorf("checkout: %w", ErrSoldOut.WithDetail("The last copy went a minute ago."))
	fmt.Println(errors.Is(err, ErrSoldOut))
	fmt.Println(errors.Is(err, httperrors.ErrConflict))
	fmt.Println(errors.Is(err, httperrors.Conflict("The book is sold out.")))
	// Output:
	// true
	// true
	// false
}

func ExampleUnauthorized() {
	err := httperrors.Unauthorized("Please log in.", httperrors.Bearer("orders"), httperrors.Basic("orders"))
	for _, challenge := range err.Header()["Www-Authenticate"] {
		fmt.Println(challenge)
	}
	// Output:
	// Bearer realm="orders"
	// Basic realm="orders", charset="UTF-8"
}

func ExampleRedirect() {
	fmt.Println(httperrors.Redirect(http.StatusSeeOther, "/bücher?page=2").Header().Get("Location"))

	// The location came from somewhere it should not have. The client gets a 500, the log gets the reason.
	fmt.Println(httperrors.Redirect(http.StatusSeeOther, "javascript:alert(1)"))
	// Output:
	// /b%C3%BCcher?page=2
	// 500 Internal Server Error [header Location: a URI that a browser would run, not fetch]
}

func ExampleServiceUnavailable() {
	err := httperrors.ServiceUnavailable("We are back at nine.").WithRetryAt(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
	fmt.Println(err.Header().Get("Retry-After"), err.Retryable())
	// Output: Sat, 21 Nov 2026 09:00:00 GMT true
}

func ExampleError_WithErrors() {
	err := httperrors.UnprocessableContent("The order cannot be placed as it is.").WithErrors(
		httperrors.FieldError{Detail: "must be positive", Pointer: "/items/0/quantity"},
		httperrors.FieldError{Detail: "is required", Parameter: "currency", Code: "required"},
	)
	b, _ := json.MarshalIndent(err, "", "  ")
	fmt.Println(string(b))
	// Output:
	// {
	//   "title": "Unprocessable Content",
	//   "status": 422,
	//   "detail": "The order cannot be placed as it is.",
	//   "errors": [
	//     {
	//       "detail": "must be positive",
	//       "pointer": "/items/0/quantity"
	//     },
	//     {
	//       "detail": "is required",
	//       "parameter": "currency",
	//       "code": "required"
	//     }
	//   ]
	// }
}

// outOfCredit is an application's own error. It speaks HTTP without importing anything but net/http.
type outOfCredit struct{ balance, cost int }

func (e outOfCredit) Error() string         { return fmt.Sprintf("balance %d, cost %d", e.balance, e.cost) }
func (e outOfCredit) StatusCode() int       { return http.StatusPaymentRequired }
func (e outOfCredit) PublicMessage() string { return "You do not have enough credit." }

func ExampleAs_foreignType() {
	err := fmt.Errorf("buy: %w", outOfCredit{30, 50})
	e, ok := httperrors.As(err)
	fmt.Println(ok, e.StatusCode(), e.PublicMessage())
	// Output: true 402 You do not have enough credit.
}

func ExampleResolve() {
	for _, err := range []error{
		ErrSoldOut,
		fmt.Errorf("load: %w", sql.ErrNoRows),
		errors.New("dial tcp 10.0.0.7:5432: connection refused"),
	} {
		e, origin := httperrors.Resolve(err)
		fmt.Printf("%d %q %v\n", e.StatusCode(), e.PublicMessage(), origin)
	}
	// Output:
	// 409 "The book is sold out." own
	// 404 "" mapped
	// 500 "" unknown
}

func ExampleHide() {
	err := httperrors.Hide(httperrors.Forbidden("Only the board may read the minutes."))
	e, _ := httperrors.As(err)
	fmt.Printf("%d %q\n", e.StatusCode(), e.PublicMessage())
	fmt.Println(err)
	// Output:
	// 404 ""
	// 404 Not Found: 403 Forbidden: Only the board may read the minutes.
}

// A client, or a test of an application, reads the error that the server wrote.
func ExampleFromResponse() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		fmt.Fprint(w, `{"title":"Conflict","status":409,"detail":"The book is sold out.","code":"sold-out"}`)
	}))
	defer srv.Close()

	res, err := http.Get(srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	e, err := httperrors.FromResponse(res)
	fmt.Println(e.PublicMessage(), errors.Is(e, ErrSoldOut), err)
	// Output: The book is sold out. true <nil>
}

func ExampleError_LogValue() {
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	log.Warn("request failed", "err", ErrSoldOut.WithCause(errors.New("stock is 0")))
	// Output: level=WARN msg="request failed" err.status=409 err.message="The book is sold out." err.code=sold-out err.cause="stock is 0"
}

// Do not do this: a formatted error becomes public with the message, and errors.Is does not find it.
func ExampleNewf_incorrect() {
	err := httperrors.Newf(http.StatusBadGateway, "Payment failed: %v", errors.New("dial tcp 10.0.0.7:443: connection refused"))
	fmt.Println(err.PublicMessage())

	// Rather:
	better := httperrors.BadGateway("The payment service does not answer.").WithCause(errors.New("dial tcp 10.0.0.7:443: connection refused"))
	fmt.Println(better.PublicMessage())
	// Output:
	// Payment failed: dial tcp 10.0.0.7:443: connection refused
	// The payment service does not answer.
}
