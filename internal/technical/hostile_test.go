package technical_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/internal/technical"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

// unruly does in each of its methods what do says.
type unruly struct {
	do   func()
	text string
}

func (h *unruly) Error() string                { h.do(); return h.text }
func (h *unruly) String() string               { h.do(); return h.text }
func (h *unruly) Format(fmt.State, rune)       { h.do() }
func (h *unruly) LogValue() slog.Value         { h.do(); return slog.StringValue(h.text) }
func (h *unruly) MarshalJSON() ([]byte, error) { h.do(); return nil, nil }
func (h *unruly) Unwrap() error                { h.do(); return nil }
func (h *unruly) StackTrace() []uintptr        { h.do(); return nil }
func (h *unruly) Is(error) bool                { h.do(); return false }
func (h *unruly) As(any) bool                  { h.do(); return false }
func (h *unruly) StatusCode() int              { h.do(); return 500 }
func (h *unruly) PublicMessage() string        { h.do(); return "" }

func TestHostileMethods(t *testing.T) {
	release := make(chan struct{})
	tests := map[string]*unruly{
		"panics":        {do: func() { panic("no") }},
		"panics nil":    {do: func() { panic(nil) }},
		"panics itself": {do: func() { panic(&unruly{do: func() { panic("deeper") }}) }},
		"exits":         {do: runtime.Goexit},
		"blocks":        {do: func() { <-release }},
		"huge":          {do: func() {}, text: strings.Repeat("x", 64<<20)},
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			v, err := technical.New(debugview.Options{Panels: []debugview.Panel{{Title: "p", Load: func(context.Context, string) (any, error) { return h, h }}}})
			if err != nil {
				t.Fatal(err)
			}
			v.SetBudget(400*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond)
			req := trail.Attach(httptest.NewRequest("GET", "/", nil))
			log := slog.New(debugview.LogHandler(slog.DiscardHandler))
			log.With("bound", h).DebugContext(req.Context(), "m", "value", h, "group", slog.GroupValue(slog.Any("h", h)))
			debugview.Note(req.Context(), "n", slog.Any("h", h))
			debugview.Watch(req.Context(), "w", h)
			done := make(chan *report.Report, 1)
			go func() {
				done <- v.Report(req.Context(), &technical.Input{Err: fmt.Errorf("around %w", error(wrapper{h})), Request: req})
			}()
			select {
			case r := <-done:
				b, err := json.Marshal(r)
				if err != nil || len(b) > 512<<10 {
					t.Errorf("%d bytes, %v", len(b), err)
				}
				if len(r.Errors) == 0 || r.Runtime.OS == "" {
					t.Errorf("the rest of the report is missing: %s", b)
				}
			case <-time.After(20 * time.Second): // the point is that it ends at all
				t.Fatal("Report does not return")
			}
		})
	}
	close(release)
}

// wrapper keeps fmt.Errorf from calling Error of what it wraps while the test is set up.
type wrapper struct{ err error }

func (wrapper) Error() string   { return "wrapper" }
func (w wrapper) Unwrap() error { return w.err }

func TestGoroutinesLeftBehindAreBounded(t *testing.T) {
	release := make(chan struct{})
	var blocked atomic.Int32
	err := wrapper{&unruly{do: func() {
		blocked.Add(1)
		<-release
		blocked.Add(-1)
	}}}
	v := newView(t, debugview.Options{})
	v.SetBudget(50*time.Millisecond, time.Millisecond, time.Millisecond)
	var last *report.Report
	for range 2 * technical.MaxAbandoned {
		last = v.Report(t.Context(), &technical.Input{Err: err})
	}
	if n := int(blocked.Load()); n > technical.MaxAbandoned {
		t.Errorf("%d goroutines are blocked, at most %d are allowed", n, technical.MaxAbandoned)
	}
	if all := encode(t, last); !strings.Contains(all, "not called: too many earlier calls have not returned") {
		t.Errorf("the report does not say why: %s", all)
	}
	close(release)
	for blocked.Load() > 0 {
		runtime.Gosched()
	}
	v.SetBudget(time.Minute, time.Minute, time.Minute)
	for range 1000 { // the goroutines are counted as returned a moment after their methods have
		if last = v.Report(t.Context(), &technical.Input{Err: err}); !strings.Contains(encode(t, last), "not called") {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("methods are not called after all have returned: %s", encode(t, last))
}

type selfUnwrap struct{ next error }

func (*selfUnwrap) Error() string   { return "self" }
func (s *selfUnwrap) Unwrap() error { return s.next }

type selfJoin struct{ all []error }

func (*selfJoin) Error() string     { return "join" }
func (j *selfJoin) Unwrap() []error { return j.all }

type cyclicFields struct {
	Name string
	Next *cyclicFields
	Map  map[string]any
}

func (*cyclicFields) Error() string { return "cyclic" }

func TestCyclesAndSizes(t *testing.T) {
	self := &selfUnwrap{}
	self.next = self
	a, b := &selfUnwrap{}, &selfUnwrap{}
	a.next, b.next = b, a
	join := &selfJoin{}
	join.all = []error{nil, join, io.EOF, nil}
	cyc := &cyclicFields{Name: "n"}
	cyc.Next, cyc.Map = cyc, map[string]any{}
	cyc.Map["self"] = cyc.Map
	var deep error = io.EOF
	for range 100_000 {
		deep = &wrapper{deep}
	}
	wide := make([]error, 1_000_000)
	for i := range wide {
		wide[i] = io.EOF
	}
	for name, err := range map[string]error{
		"self": self, "pair": a, "join": join, "fields": cyc, "deep": deep, "wide": &selfJoin{wide}, "typed nil": (*selfUnwrap)(nil),
		"nil in a join": &selfJoin{[]error{nil, nil}}, "10 MB": errors.New(strings.Repeat("password=abc123xyz ", 500_000)),
	} {
		t.Run(name, func(t *testing.T) {
			r := reportOf(t, debugview.Options{}, &technical.Input{Err: err})
			text := encode(t, r)
			if len(text) > 300<<10 || len(r.Errors) > 200 || strings.Contains(text, "abc123xyz") {
				t.Errorf("%d bytes, %d nodes", len(text), len(r.Errors))
			}
			if len(r.Problems) > 0 {
				t.Errorf("problems: %q", r.Problems)
			}
		})
	}
}

func TestHugeRequest(t *testing.T) {
	req := httptest.NewRequest("GET", "/"+strings.Repeat("p", 1<<20)+"?"+strings.Repeat("a=b&", 200_000), nil)
	for i := range 10_000 {
		req.Header.Add(fmt.Sprintf("X-%d", i), strings.Repeat("v", 100))
		if i < 200 {
			req.AddCookie(&http.Cookie{Name: fmt.Sprint("c", i), Value: "value"})
		}
	}
	req.Header.Set("X-Big", strings.Repeat("w", 1<<20))
	req = trail.Attach(req)
	for i := range 10_000 {
		debugview.Note(req.Context(), strings.Repeat("n", 5000), slog.Int("i", i))
	}
	var params []technical.Param
	var routes []report.Route
	for range 10_000 {
		params = append(params, technical.Param{Name: "n", Value: strings.Repeat("v", 1000)})
		routes = append(routes, report.Route{Path: "/x"})
	}
	r := reportOf(t, debugview.Options{}, &technical.Input{Err: io.EOF, Request: req, Params: params, Routes: routes, PublicType: "text/html", PublicBody: bytes.Repeat([]byte("x"), 10<<20)})
	if n := len(encode(t, r)); n > 512<<10 {
		t.Errorf("the report has %d bytes", n)
	}
	if r.Request.Omitted == 0 || r.Trail.Dropped == 0 || len(r.Trail.Entries) > 100 {
		t.Errorf("omitted %d, dropped %d, entries %d", r.Request.Omitted, r.Trail.Dropped, len(r.Trail.Entries))
	}
}

func TestPanels(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	o := debugview.Options{Panels: []debugview.Panel{
		{Title: "cart", Load: func(_ context.Context, user string) (any, error) {
			return map[string]any{"user": user, "apiKey": "k3y-value"}, nil
		}},
		{Title: "panics", Load: func(context.Context, string) (any, error) { panic("no cart") }},
		{Title: "fails", Load: func(context.Context, string) (any, error) { return nil, errors.New("password=hunter22") }},
		{Title: "blocks", Load: func(context.Context, string) (any, error) { <-release; return nil, nil }},
		{Title: "given", Load: func(ctx context.Context, _ string) (any, error) {
			return []debugview.Field{{Name: "token", Value: "t0k3n-value"}, {Name: "alive", Value: fmt.Sprint(ctx.Err() == nil)}}, nil
		}},
	}}
	v, err := technical.New(o)
	if err != nil {
		t.Fatal(err)
	}
	v.SetBudget(5*time.Second, 5*time.Second, 100*time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := v.Report(ctx, &technical.Input{Err: io.EOF, User: "jo"})
	all := encode(t, r)
	for _, secret := range []string{"k3y-value", "hunter22", "t0k3n-value"} {
		if strings.Contains(all, secret) {
			t.Errorf("panels show %q", secret)
		}
	}
	for i, want := range []string{"", "panicked: no cart", "password=", "no answer within", ""} {
		if got := r.Panels[i].Error; !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("panel %s: error %q, want %q", r.Panels[i].Title, got, want)
		}
	}
	if f := r.Panels[4].Fields; len(f) != 2 || f[1].Value != "true" {
		t.Errorf("a panel's context is cancelled with the request: %+v", f)
	}
}

type ownSecret string

func (ownSecret) ExceptionalSecret() {}

func TestOwnSecrets(t *testing.T) {
	type account struct {
		Plain  ownSecret
		Tagged string `exceptional:"secret"`
		Nested map[string]*ownSecret
		Pin    int
		Raw    []byte `json:"raw" exceptional:"secret"`
	}
	s := ownSecret("canary-1")
	req := trail.Attach(httptest.NewRequest("GET", "/", nil))
	debugview.Watch(req.Context(), "account", &account{"canary-2", "canary-3", map[string]*ownSecret{"a": &s}, 987654, []byte("canary-4")})
	debugview.Watch(req.Context(), "password", "canary-5")
	debugview.Watch(req.Context(), "odd keys", map[any]any{ownSecret("canary-6"): 1, "token": []byte("canary-7"), struct{ A int }{1}: nil})
	log := slog.New(debugview.LogHandler(slog.DiscardHandler)).WithGroup("credentials").With("user", "canary-8")
	log.InfoContext(req.Context(), "x", "a", ownSecret("canary-9"), "b", account{Tagged: "canary-10"})
	r := reportOf(t, debugview.Options{}, &technical.Input{Err: io.EOF, Request: req})
	all := encode(t, r)
	if strings.Contains(all, "canary") || strings.Contains(all, "987654") {
		t.Errorf("the report shows a canary: %s", all)
	}
}
