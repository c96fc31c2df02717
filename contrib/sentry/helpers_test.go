package sentry_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/getsentry/sentry-go"

	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional"
	exceptionalsentry "github.com/exceptional-go/exceptional/contrib/sentry"
	"github.com/exceptional-go/exceptional/report"
)

// event is what arrives at Sentry, as far as the tests look at it.
type event struct {
	EventID     string `json:"event_id"`
	Level       string
	Transaction string
	Timestamp   time.Time
	Fingerprint []string
	Tags        map[string]string
	User        struct{ ID, Email string }
	Request     struct {
		URL, Method, Data, Cookies string
		QueryString                string `json:"query_string"`
		Headers                    map[string]string
	}
	Contexts  map[string]map[string]any
	Exception []struct {
		Type, Value string
		Stacktrace  *struct {
			Frames []struct {
				Function, Module string
				Filename         string
				AbsPath          string `json:"abs_path"`
				Lineno           int
			}
		}
		Mechanism *struct {
			Type             string
			Source           string
			Handled          *bool
			ParentID         *int `json:"parent_id"`
			ExceptionID      int  `json:"exception_id"`
			IsExceptionGroup bool `json:"is_exception_group"`
		}
	}
	Breadcrumbs []struct{ Message string }
}

// tracker is a Sentry on the loopback interface.
type tracker struct {
	*httptest.Server
	answer func(w http.ResponseWriter)

	mu     sync.Mutex
	events []event
	raw    []string
	posts  int
}

func newTracker(t *testing.T, answer func(w http.ResponseWriter)) *tracker {
	tr := &tracker{answer: answer}
	tr.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		tr.take(t, r, body)
		if tr.answer != nil {
			tr.answer(w)
		}
	}))
	t.Cleanup(tr.Close)
	return tr
}

// take reads an envelope: a line of header, then pairs of item header and payload.
func (tr *tracker) take(t *testing.T, r *http.Request, body []byte) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.posts++
	if r.URL.Path != "/api/42/envelope/" || !strings.Contains(r.Header.Get("X-Sentry-Auth"), "sentry_key=public") {
		t.Errorf("not an envelope for us: %s %v", r.URL, r.Header)
	}
	in := bufio.NewReader(bytes.NewReader(body))
	if _, err := in.ReadString('\n'); err != nil {
		t.Errorf("envelope: %v", err)
		return
	}
	for {
		head, _ := in.ReadString('\n')
		if strings.TrimSpace(head) == "" {
			return // the end
		}
		var err error
		var item struct {
			Type   string
			Length int
		}
		if err := json.Unmarshal([]byte(head), &item); err != nil {
			t.Errorf("item header %q: %v", head, err)
			return
		}
		var payload []byte
		if item.Length > 0 {
			payload = make([]byte, item.Length)
			_, err = io.ReadFull(in, payload)
			in.ReadString('\n')
		} else {
			payload, err = in.ReadBytes('\n')
		}
		if item.Type == "event" {
			var e event
			if err := json.Unmarshal(payload, &e); err != nil {
				t.Errorf("event: %v", err)
			}
			tr.events = append(tr.events, e)
			tr.raw = append(tr.raw, string(payload))
		}
		if err != nil {
			return
		}
	}
}

func (tr *tracker) dsn() string {
	return strings.Replace(tr.URL, "http://", "http://public@", 1) + "/42"
}

func (tr *tracker) all() []event {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return append([]event(nil), tr.events...)
}

// only returns the one event there must be.
func (tr *tracker) only(t *testing.T) event {
	t.Helper()
	all := tr.all()
	if len(all) != 1 {
		t.Fatalf("%d events, want 1", len(all))
	}
	return all[0]
}

// hub returns a hub with a client of its own; the tests leave the SDK's global hub alone.
func hub(t *testing.T, o sdk.ClientOptions) *sdk.Hub {
	t.Helper()
	client, err := sdk.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return sdk.NewHub(client, sdk.NewScope())
}

// A pipeline calls a reporter as package report describes it.
type pipeline struct {
	reporter *exceptionalsentry.Reporter
	queue    chan func()
	done     chan struct{}
	sent     atomic.Int64 // calls of Report that returned nil
	dropped  atomic.Int64
}

func newPipeline(o exceptionalsentry.Options) *pipeline {
	p := &pipeline{reporter: exceptionalsentry.New(o), queue: make(chan func(), 128), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		for call := range p.queue {
			call()
		}
	}()
	return p
}

// Handle queues f, with a copy of its request that has no body and Failure.Path for its path.
func (p *pipeline) Handle(ctx context.Context, f *report.Failure) {
	if f.Request != nil {
		r := f.Request.Clone(context.Background())
		r.Body = http.NoBody
		if f.Path != "" {
			r.URL.Path, r.URL.RawPath = f.Path, ""
		}
		f.Request = r
	}
	call := func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if p.reporter.Report(ctx, f) == nil {
			p.sent.Add(1)
		}
	}
	select {
	case p.queue <- call:
	default:
		p.dropped.Add(1)
	}
}

// Close waits for what is queued, then flushes.
func (p *pipeline) Close(ctx context.Context) error {
	close(p.queue)
	select {
	case <-p.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	return p.reporter.Flush(ctx)
}

// send reports f and waits until it is sent.
func send(t *testing.T, h *sdk.Hub, ctx context.Context, f *report.Failure) {
	t.Helper()
	p := newPipeline(exceptionalsentry.Options{Hub: func(context.Context) *sdk.Hub { return h }})
	p.Handle(ctx, f)
	if err := p.Close(context.Background()); err != nil {
		t.Fatalf("Close() = %v", err)
	}
	if p.sent.Load() != 1 {
		t.Fatal("Report failed")
	}
}

// recovered returns the panic of f as the error that reporters get.
func recovered(f func()) error {
	return exceptional.Recover()(func(echo.Context) error { f(); return nil })(nil)
}
