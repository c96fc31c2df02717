package interop_test

import (
	"bufio"
	"context"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getsentry/sentry-go"
	sentryecho "github.com/getsentry/sentry-go/echo"
	sentryhttp "github.com/getsentry/sentry-go/http"
	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	exceptionalsentry "github.com/exceptional-go/exceptional/contrib/sentry"
	"github.com/exceptional-go/exceptional/report"
)

// sent is an event or a transaction as it arrives at Sentry.
type sent struct {
	EventID     string `json:"event_id"`
	Type        string
	Transaction string
	Tags        map[string]string
	User        struct{ ID string }
	Request     struct{ URL string }
	Exception   []struct{ Type string }
	Contexts    struct {
		Trace struct {
			TraceID string `json:"trace_id"`
			Status  string
		}
	}
}

// tracker is a Sentry on the loopback interface.
type tracker struct {
	*httptest.Server
	mu  sync.Mutex
	got []sent
}

func (tr *tracker) take(t *testing.T, r *http.Request) {
	in := bufio.NewReader(r.Body)
	in.ReadString('\n')
	for {
		var item struct {
			Type   string
			Length int
		}
		head, _ := in.ReadBytes('\n')
		if json.Unmarshal(head, &item) != nil {
			return // the end
		}
		payload := make([]byte, item.Length)
		if _, err := io.ReadFull(in, payload); err != nil {
			t.Errorf("envelope: %v", err)
		}
		in.ReadString('\n')
		if item.Type != "event" && item.Type != "transaction" {
			continue
		}
		var s sent
		if err := json.Unmarshal(payload, &s); err != nil {
			t.Errorf("%s: %v", item.Type, err)
		}
		tr.mu.Lock()
		tr.got = append(tr.got, s)
		tr.mu.Unlock()
	}
}

// sentryApp is an application behind sentry-go's middleware for Echo, with a real server on either side.
type sentryApp struct {
	*echo.Echo
	responder *exceptional.Responder
	client    *sentry.Client
	tracker   *tracker
	server    *httptest.Server
}

func newSentryApp(t *testing.T) *sentryApp {
	t.Helper()
	tr := new(tracker)
	tr.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { tr.take(t, r) }))
	t.Cleanup(tr.Close)
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn: strings.Replace(tr.URL, "http://", "http://public@", 1) + "/42", EnableTracing: true, TracesSampleRate: 1,
		TraceIgnoreStatusCodes: [][]int{}, // it would drop the 404s
	})
	if err != nil {
		t.Fatal(err)
	}
	old := sentry.CurrentHub().Client()
	sentry.CurrentHub().BindClient(client)
	t.Cleanup(func() { sentry.CurrentHub().BindClient(old); client.Close() })
	r, err := exceptional.New(exceptional.Config{
		Logger: discard(), Reporters: []report.Reporter{exceptionalsentry.New(exceptionalsentry.Options{})},
	})
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	e.HTTPErrorHandler = r.HandleError
	a := &sentryApp{Echo: e, responder: r, client: client, tracker: tr, server: httptest.NewUnstartedServer(e)}
	a.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	a.server.Start()
	t.Cleanup(a.server.Close)
	return a
}

// get returns 0 for a connection that was cut before there was a status.
func (a *sentryApp) get(t *testing.T, path string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, a.server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return res.StatusCode, string(b)
}

// all ends the application and returns what Sentry got.
func (a *sentryApp) all(t *testing.T) (events, transactions []sent) {
	t.Helper()
	a.server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := a.responder.Close(ctx); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if !a.client.FlushWithContext(ctx) {
		t.Error("not everything was sent")
	}
	a.tracker.mu.Lock()
	defer a.tracker.mu.Unlock()
	for _, s := range a.tracker.got {
		if s.Type == "transaction" {
			transactions = append(transactions, s)
		} else {
			events = append(events, s)
		}
	}
	return events, transactions
}

// hubForReporters is what the documentation of contrib/sentry tells applications to put inside sentry-go's middleware.
func hubForReporters(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if hub := sentryecho.GetHubFromContext(c); hub != nil {
			r := c.Request()
			c.SetRequest(r.WithContext(sentry.SetHubOnContext(r.Context(), hub)))
		}
		return next(c)
	}
}

// The documentation has the lines that are tested here.
func TestSentryDocumentation(t *testing.T) {
	doc, err := os.ReadFile("../../contrib/sentry/sentry.go")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.ReadFile("sentry_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, f, _ := strings.Cut(string(self), "\nfunc hubForReporters")
	f, _, _ = strings.Cut("func hubForReporters"+f, "\n}\n")
	for line := range strings.Lines(f) {
		if !strings.Contains(string(doc), "\n//\t"+strings.TrimSuffix(line, "\n")+"\n") {
			t.Errorf("package sentry does not have the line %q", line)
		}
	}
}

// TestSentryEcho puts sentry-go's middleware, a Recover, Responder.Middleware and one that answers an error and returns it
// as well into every order. A failure is one event of ours, in which the reference on the page is found again, with what the
// handler told sentry-go. Only where a panic passes sentry-go's middleware, Sentry gets its event as well; with
// Repanic: false, Sentry gets nothing else, and the client gets no answer.
func TestSentryEcho(t *testing.T) {
	for _, repanic := range []bool{true, false} {
		theirs := named{fmt.Sprintf("sentryecho(%t)", repanic), func(*exceptional.Responder) echo.MiddlewareFunc {
			m := sentryecho.New(sentryecho.Options{Repanic: repanic})
			return func(next echo.HandlerFunc) echo.HandlerFunc { return m(hubForReporters(next)) }
		}}
		everyOrder(t, theirs, func(t *testing.T, order []named, through bool) { testSentryOrder(t, order, through, repanic) })
	}
}

// testSentryOrder runs every failure. through says that a panic goes through sentry-go's middleware.
func testSentryOrder(t *testing.T, order []named, through, repanic bool) {
	a := newSentryApp(t)
	for _, m := range order {
		a.Use(m.make(a.responder))
	}
	references := map[string]string{}
	for _, f := range failuresByRoute {
		a.GET("/"+f.name+"/:id", func(c echo.Context) error {
			scope := sentryecho.GetHubFromContext(c).Scope()
			scope.SetTag("tenant", "acme")
			scope.SetUser(sentry.User{ID: "u-1"})
			return f.handler(c)
		})
		status, body := a.get(t, "/"+f.name+"/7")
		if f.panics && through && !repanic {
			if status != 200 || body != "" {
				t.Errorf("%s: %d %q, and sentry-go is known to answer an empty 200", f.name, status, body)
			}
			continue
		}
		if status != f.status || !strings.Contains(body, f.body) {
			t.Errorf("%s: %d %s", f.name, status, body)
		}
		var doc struct{ Instance, Reference string }
		json.Unmarshal([]byte(body), &doc)
		references[f.name] = doc.Reference
	}

	ours, theirs := map[string]int{}, map[string]int{}
	events, _ := a.all(t)
	for _, e := range events {
		name := path.Base(path.Dir(e.Request.URL))
		if e.Tags["tenant"] != "acme" || e.User.ID != "u-1" {
			t.Errorf("%s: the hub's scope is lost: tags %v, user %q", name, e.Tags, e.User.ID)
		}
		if e.Tags["reference"] == "" {
			theirs[name]++
			continue
		}
		ours[name]++
		if route := "/" + name + "/:id"; e.Transaction != "GET "+route || e.Tags["route"] != route {
			t.Errorf("%s: transaction %q, route %q", name, e.Transaction, e.Tags["route"])
		}
		if len(e.Exception) == 0 {
			t.Errorf("%s: no exception", name)
		}
		if ref := e.Tags["reference"]; ref != reference(t, e.EventID) || references[name] != "" && ref != references[name] {
			t.Errorf("%s: event %s says %s, the client %s", name, e.EventID, ref, references[name])
		}
	}
	for _, f := range failuresByRoute {
		wantOurs, wantTheirs := 0, 0
		if f.panics && through {
			wantTheirs = 1
		}
		if f.reported && (wantTheirs == 0 || repanic) {
			wantOurs = 1
		}
		if ours[f.name] != wantOurs || theirs[f.name] != wantTheirs {
			t.Errorf("%s: %d events of ours, want %d; %d of theirs, want %d", f.name, ours[f.name], wantOurs, theirs[f.name], wantTheirs)
		}
		if wantOurs == 1 && f.body != "half" && references[f.name] == "" {
			t.Errorf("%s: the client has no reference", f.name)
		}
	}
}

// reference returns the part of an event's id that a person reads.
func reference(t *testing.T, eventID string) string {
	t.Helper()
	id, err := hex.DecodeString(eventID)
	if err != nil {
		t.Fatal(err)
	}
	s := base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").EncodeToString(id)
	return s[:4] + "-" + s[4:8] + "-" + s[8:12]
}

// sentry-go reads the status of a request when the handler returns. Responder.Here must have answered by then.
// The event belongs to the same trace.
func TestSentryTransaction(t *testing.T) {
	a := newSentryApp(t)
	a.Use(sentryecho.New(sentryecho.Options{Repanic: true}), hubForReporters, a.responder.AnswerHere(), exceptional.Recover())
	for _, f := range failuresByRoute {
		a.GET("/"+f.name+"/:id", f.handler)
		a.get(t, "/"+f.name+"/7")
	}
	events, transactions := a.all(t)
	if len(transactions) != len(failuresByRoute) {
		t.Fatalf("%d transactions, want %d", len(transactions), len(failuresByRoute))
	}
	traces := map[string]string{}
	for i, f := range failuresByRoute {
		tx := transactions[i]
		traces[tx.Transaction] = tx.Contexts.Trace.TraceID
		if tx.Transaction != "GET /"+f.name+"/:id" || tx.Contexts.Trace.Status != sentry.HTTPtoSpanStatus(f.status).String() {
			t.Errorf("%s: transaction %+v", f.name, tx)
		}
	}
	for _, e := range events {
		if e.Contexts.Trace.TraceID == "" || e.Contexts.Trace.TraceID != traces[e.Transaction] {
			t.Errorf("%s: trace %q, want %q", e.Transaction, e.Contexts.Trace.TraceID, traces[e.Transaction])
		}
	}
}

// The middleware for net/http hands its hub on by itself.
func TestSentryHTTP(t *testing.T) {
	a := newSentryApp(t)
	a.Use(echo.WrapMiddleware(sentryhttp.New(sentryhttp.Options{Repanic: true}).Handle), exceptional.Recover())
	a.GET("/orders/:id", func(c echo.Context) error {
		sentry.GetHubFromContext(c.Request().Context()).Scope().SetTag("tenant", "acme")
		panic("boom")
	})
	if status, _ := a.get(t, "/orders/7"); status != 500 {
		t.Errorf("status %d", status)
	}
	events, _ := a.all(t)
	if len(events) != 1 || events[0].Tags["tenant"] != "acme" || events[0].Tags["reference"] == "" {
		t.Errorf("events = %+v", events)
	}
}

// A connection that a handler cuts is cut.
func TestSentryAbort(t *testing.T) {
	a := newSentryApp(t)
	a.Use(sentryecho.New(sentryecho.Options{Repanic: true}), hubForReporters, exceptional.Recover())
	a.GET("/", func(echo.Context) error { panic(http.ErrAbortHandler) })
	if status, _ := a.get(t, "/"); status != 0 {
		t.Errorf("status %d", status)
	}
	events, _ := a.all(t)
	for _, e := range events {
		if e.Tags["reference"] != "" {
			t.Errorf("reported: %+v", e)
		}
	}
}

// As Pre middleware, sentry-go's knows no route. Our event does.
func TestSentryPre(t *testing.T) {
	a := newSentryApp(t)
	a.Pre(sentryecho.New(sentryecho.Options{Repanic: true}), hubForReporters, exceptional.Recover())
	a.GET("/orders/:id", func(c echo.Context) error { return errors.New("connection refused") })
	a.get(t, "/orders/7")
	events, _ := a.all(t)
	if len(events) != 1 || events[0].Transaction != "GET /orders/:id" {
		t.Errorf("events = %+v", events)
	}
}
