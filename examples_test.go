package exceptional_test

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/redis/go-redis/v9"

	"github.com/exceptional-go/exceptional"
	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/groupcache"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// These stand for what an application has.
var (
	db       *sql.DB
	sessions interface {
		Account(ctx context.Context, session string) (Account, error)
	}
	whoAsks func(echo.Context) (exceptional.User, error) // see the examples of Config
)

// In an application, //go:embed http_responses stands above it.
var pages embed.FS

// membersOfGroup has no row for a group that does not exist, and one with NULL for one without members.
const membersOfGroup = `SELECT m.user_id FROM groups g LEFT JOIN group_members m ON m.group_id = g.id WHERE g.name = $1`

type Account struct {
	ID        string
	Superuser bool
}

// The whole of it, for an application without technical viewers.
func ExampleHandler() {
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{})
	e.Use(exceptional.Recover())
	e.GET("/orders/:id", func(c echo.Context) error {
		return httperrors.NotFound("There is no such order.")
	})
	e.Logger.Fatal(e.Start("127.0.0.1:8080"))
}

// With technical viewers: a superuser who is a member of "Technical Errors" sees what broke.
func ExampleNew() {
	rdb := redis.NewClient(&redis.Options{Addr: "redis:6379"}) // or a cluster's client, or Sentinel's
	viewers := groupcache.New(rdb, groupcache.SQL(db, membersOfGroup), groupcache.Options{})
	defer viewers.Close()

	// debugview.LogHandler keeps a request's log lines at all levels for the technical page.
	logger := slog.New(debugview.LogHandler(slog.NewJSONHandler(os.Stderr, nil)))

	responder, err := exceptional.New(exceptional.Config{
		User:      whoAsks,
		Viewers:   viewers,
		Templates: pages, // http_responses/404.html, 4xx.html, default.html
		Logger:    logger,
	})
	if err != nil {
		logger.Error("configuration", "error", err) // names every field at fault
		os.Exit(1)
	}
	defer responder.Close(context.Background())

	e := echo.New()
	e.HTTPErrorHandler = responder.HandleError
	e.Use(responder.Middleware(), exceptional.Recover())
	responder.Gallery(e.Group("/errors")) // every error, in every format, for technical viewers
	e.Logger.Fatal(e.Start(":8080"))
}

// Membership is kept in any Redis that go-redis knows: one server, a cluster, or what Sentinel says
// is the master. A nil client is fine for a single replica.
func ExampleNew_redis() {
	var rdb redis.UniversalClient

	rdb = redis.NewClient(&redis.Options{Addr: "redis:6379"})
	rdb = redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"redis-1:6379", "redis-2:6379"}})
	rdb = redis.NewFailoverClient(&redis.FailoverOptions{MasterName: "main", SentinelAddrs: []string{"sentinel-1:26379", "sentinel-2:26379"}})

	viewers := groupcache.New(rdb, groupcache.SQL(db, membersOfGroup), groupcache.Options{})
	defer viewers.Close()
}

// Identity from a session's cookie. An error means the public page, and is logged.
func ExampleConfig_session() {
	_ = exceptional.Config{
		User: func(c echo.Context) (exceptional.User, error) {
			cookie, err := c.Cookie("session")
			if err != nil {
				return exceptional.User{}, nil // not signed in
			}
			account, err := sessions.Account(c.Request().Context(), cookie.Value)
			return exceptional.User{ID: account.ID, Superuser: account.Superuser}, err
		},
	}
}

// Identity from a token that a JWT middleware has checked. Where that middleware did not run,
// the client is not signed in.
func ExampleConfig_jwt() {
	type token interface { // *jwt.Token's Claims, of golang-jwt
		GetSubject() (string, error)
	}
	_ = exceptional.Config{
		User: func(c echo.Context) (exceptional.User, error) {
			claims, ok := c.Get("claims").(token)
			if !ok {
				return exceptional.User{}, nil // not signed in
			}
			id, err := claims.GetSubject()
			if err != nil {
				return exceptional.User{}, err
			}
			// The database says who is a superuser: a token would remember it for too long.
			user := exceptional.User{ID: id}
			err = db.QueryRow(`SELECT superuser FROM users WHERE id = $1`, id).Scan(&user.Superuser)
			return user, err
		},
	}
}

// An error carries two texts from birth: a sentence for the client, and a cause for the log.
func ExampleConfig_errors() {
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{})
	e.GET("/orders/:id", func(c echo.Context) error {
		var total int
		err := db.QueryRow(`SELECT total FROM orders WHERE id = $1`, c.Param("id")).Scan(&total)
		if errors.Is(err, sql.ErrNoRows) {
			return httperrors.NotFound("There is no such order.").WithCause(err)
		}
		if err != nil {
			return fmt.Errorf("order: %w", err) // a 500; the text is for the log alone
		}
		return c.JSON(http.StatusOK, total)
	})
	e.POST("/orders", func(c echo.Context) error {
		if c.FormValue("copies") == "" {
			return httperrors.UnprocessableContent("Please correct the order.").
				WithErrors(httperrors.FieldError{Pointer: "/copies", Detail: "How many copies?"})
		}
		return ErrSoldOut
	})
}

// ErrSoldOut is made once and may be returned by any number of requests: errors are immutable.
var ErrSoldOut = httperrors.Conflict("The last copy has just been sold.").WithCode("sold-out")

// The application's own errors, translated in one place.
func ExampleConfig_translate() {
	errNoCredit := errors.New("no credit")
	_ = exceptional.Config{
		Translate: func(_ echo.Context, err error) error {
			if errors.Is(err, errNoCredit) {
				return httperrors.PaymentRequired("Your credit does not suffice.").WithCause(err)
			}
			return nil // no opinion
		},
	}
}

// counter counts the failures that are worth a look.
type counter struct{ n int }

func (c *counter) Report(_ context.Context, f *report.Failure) error {
	c.n++
	return nil
}

// A reporter of the application's own.
func ExampleConfig_reporters() {
	responder, err := exceptional.New(exceptional.Config{Reporters: []report.Reporter{&counter{}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(responder.Close(context.Background())) // when all have been delivered
	// Output: <nil>
}

// The application's own pages come from any fs.FS. New executes each of them once, so that a mistake is
// found at the start.
func ExampleConfig_templates() {
	_ = exceptional.Config{Templates: pages} // http_responses/404.html, 4xx.html, default.html
}

// A group of routes with an answer of its own: its clients still get Echo's JSON.
func ExampleResponder_AnswerHere() {
	old, err := exceptional.New(exceptional.Config{EchoJSON: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{})
	v1 := e.Group("/v1", old.AnswerHere())
	v1.GET("/books/:id", func(c echo.Context) error { return httperrors.ErrNotFound })
}

// The type of an error is the address of the page that explains it: the code is the last segment. In an application the type
// begins with the scheme and the host, because a document is read elsewhere too.
func ExampleResponder_Problems() {
	errSoldOut := httperrors.Conflict("The last copy has just been sold.").
		WithCode("sold-out").
		WithType("https://shop.example/problems/sold-out", "Sold out")

	responder, err := exceptional.New(exceptional.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	e := echo.New()
	e.HTTPErrorHandler = responder.HandleError
	e.POST("/orders", func(echo.Context) error { return errSoldOut })
	responder.Problems(e.Group("/problems"), errSoldOut)

	for _, req := range []*http.Request{
		httptest.NewRequest("POST", "/orders", nil),
		httptest.NewRequest("GET", "https://shop.example/problems/sold-out", nil),
	} {
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, req)
		fmt.Println(rec.Code, rec.Header().Get("Content-Type"))
		for line := range strings.Lines(rec.Body.String()) {
			if strings.HasPrefix(line, "{\"") || strings.HasPrefix(line, "<h1>") || strings.HasPrefix(line, "<p class=\"what\"") {
				fmt.Print(line)
			}
		}
	}
	// Output:
	// 409 application/problem+json
	// {"type":"https://shop.example/problems/sold-out","title":"Sold out","status":409,"detail":"The last copy has just been sold.","code":"sold-out"}
	// 200 text/html; charset=utf-8
	// <h1>Sold out</h1>
	// <p class="what" dir="auto">The last copy has just been sold.</p>
}

// Do not do this. Debug shows the technical page, with source and request, to every client that makes the
// application fail, and a variable of the environment that was meant for one machine reaches
// another. In production, set User and Viewers instead: then you see it, and no one else does.
func ExampleConfig_incorrect() {
	cfg := exceptional.Config{
		Debug: os.Getenv("APP_ENV") != "production", // wrong: a forgotten variable is a leak
	}
	_ = cfg
}

// A redirect, raised from where it is known.
func ExampleHandler_redirect() {
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(exceptional.Config{})
	e.GET("/catalogue", func(c echo.Context) error {
		return httperrors.MovedPermanently("/books")
	})
}

// support is a group with one member. In an application this is a *groupcache.Cache.
type support struct{}

func (support) IsMember(_ context.Context, _, user string) (bool, error) { return user == "alice", nil }

// While a member of the support team is signed in as a customer, User returns the member: the one who really acts decides. The session
// middleware leaves what it knows in the context. It leaves nothing where it has not run, for paths that match no route and
// for errors of Pre middleware: that is an empty User, not a failure.
func ExampleConfig_impersonation() {
	type session struct {
		UserID, ActingAs string
		Superuser        bool // UserID's, from the server; a string "true" could be a client's input
	}
	cfg := exceptional.Config{
		User: func(c echo.Context) (exceptional.User, error) {
			s, ok := c.Get("session").(*session)
			if !ok || s == nil {
				return exceptional.User{}, nil
			}
			return exceptional.User{ID: s.UserID, Superuser: s.Superuser}, nil // not s.ActingAs
		},
		Viewers: support{},
		Logger:  slog.New(slog.DiscardHandler),
	}
	e := echo.New()
	e.HTTPErrorHandler = exceptional.Handler(cfg)
	e.GET("/", func(c echo.Context) error {
		switch c.QueryParam("who") {
		case "alice as bob":
			c.Set("session", &session{UserID: "alice", Superuser: true, ActingAs: "bob"})
		case "bob as alice":
			c.Set("session", &session{UserID: "bob", ActingAs: "alice"})
		}
		return errors.New("the cause")
	})
	for _, who := range []string{"alice as bob", "bob as alice", "not signed in"} {
		req := httptest.NewRequest("GET", "/?who="+strings.ReplaceAll(who, " ", "+"), nil)
		req.Header.Set("Accept", "text/html")
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, req)
		fmt.Println(who, strings.Contains(rec.Body.String(), "the cause"))
	}
	// Output:
	// alice as bob true
	// bob as alice false
	// not signed in false
}
