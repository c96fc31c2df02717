package request_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/internal/request"
)

// flow is a Flow on plain net/http types. It answers with the text of the error and notes what State.Handle asked for.
type flow struct {
	state *request.State
	w     http.ResponseWriter
	begun func() bool // nil: whether answers is not empty

	skip      func(err error) bool // nil: no error is left to Next
	next      func(err error)
	during    func(err error) // runs while err is answered
	status499 bool            // the answer is a status without a body

	answers []string // texts of the errors that were answered
	lost    []request.Answer
	crashes []error
	nexts   int // calls of Next
	status  int // of the last SetStatus

	uncommitted int // calls of Uncommit
}

func newFlow() *flow { return &flow{state: new(request.State), w: httptest.NewRecorder()} }

func (f *flow) handle(err error) (abort bool) { return f.state.Handle(err, f) }

func (f *flow) ResponseWriter() http.ResponseWriter { return f.w }
func (f *flow) SetStatus(status int)                { f.status = status }
func (f *flow) Uncommit()                           { f.uncommitted++ }
func (f *flow) Skip(err error) bool                 { return f.skip != nil && f.skip(err) }

func (f *flow) Begun() bool {
	if f.begun != nil {
		return f.begun()
	}
	return len(f.answers) > 0
}

func (f *flow) Next(err error) {
	f.nexts++
	f.next(err)
}

func (f *flow) Answer(err error, lost *request.Answer, crash error) (request.Answer, bool) {
	f.answers = append(f.answers, err.Error())
	if lost != nil {
		f.lost = append(f.lost, *lost)
	}
	if crash != nil {
		f.crashes = append(f.crashes, crash)
	}
	if f.during != nil {
		f.during(err)
	}
	if f.status499 {
		f.w.WriteHeader(499)
		return request.Answer{Status: 499, By: f}, false
	}
	f.w.WriteHeader(500)
	_, _ = f.w.Write([]byte(err.Error()))
	return request.Answer{Status: 500, Reference: fmt.Sprint("reference ", len(f.answers)), By: f}, err.Error() == "abort"
}

// list is an error type that cannot be compared.
type list []string

func (l list) Error() string { return strings.Join(l, ", ") }

// labelled cannot be compared either, and is not a pointer of any kind.
type labelled struct{ labels []string }

func (l labelled) Error() string { return "labelled " + strings.Join(l.labels, ", ") }

// TestHandle hands two errors of one request to State.Handle: is the second one news?
func TestHandle(t *testing.T) {
	first, news, kind := errors.New("first"), errors.New("news"), errors.New("kind")
	labels := list{"a", "b"}
	for _, tt := range []struct {
		name          string
		first, second error
		news          bool
	}{
		{"the same", first, first, false},
		{"the same, wrapped", first, fmt.Errorf("orders: %w", first), false},
		{"unwrapped", fmt.Errorf("orders: %w", first), first, false},
		{"two wrappers of one cause", fmt.Errorf("adapted: %w", first), fmt.Errorf("adapted: %w", first), false},
		{"classified", first, fmt.Errorf("%w: %w", kind, first), false},
		{"classified, then alone", fmt.Errorf("%w: %w", kind, first), first, false},
		{"joined with nothing", first, errors.Join(nil, first), false},
		{"joined with itself", first, errors.Join(first, fmt.Errorf("again: %w", first)), false},
		{"one of two", errors.Join(first, news), news, false},
		{"joined with news", first, errors.Join(first, news), true},
		{"joined with news, wrapped", first, fmt.Errorf("orders: %w", errors.Join(news, fmt.Errorf("w: %w", first))), true},
		{"another", first, news, true},
		{"another of the same text", errors.New("x"), errors.New("x"), true},
		{"the same slice", labels, labels, false},
		{"the same slice, wrapped", labels, fmt.Errorf("orders: %w", labels), false},
		{"another slice of the same text", list{"a"}, list{"a"}, true},
		{"uncomparable structs of one text", labelled{[]string{"a"}}, labelled{[]string{"a"}}, false},
		{"uncomparable structs of two texts", labelled{[]string{"a"}}, labelled{[]string{"b"}}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFlow()
			f.handle(tt.first)
			f.handle(tt.second)
			f.handle(tt.second)
			want := []string{tt.first.Error()}
			if tt.news {
				want = append(want, tt.second.Error())
			}
			if !slices.Equal(f.answers, want) || f.lost != nil {
				t.Errorf("answered %q, want %q; %d lost", f.answers, want, len(f.lost))
			}
		})
	}
}

// Handle reports that the connection is to be cut if one of the answers says so.
func TestAbort(t *testing.T) {
	f := newFlow()
	if abort := f.handle(errors.New("abort")); !abort {
		t.Error("Handle = false, want true")
	}
	if abort := f.handle(errors.New("another")); abort {
		t.Error("the second error: Handle = true, want false")
	}
	g := newFlow()
	g.during = func(err error) { g.handle(errors.New("abort")) }
	if abort := g.handle(errors.New("first")); !abort {
		t.Error("a hook's error that aborts: Handle = false, want true")
	}
}

// A middleware may lend the framework's Context another response for a while; the one in front then learns the status.
func TestStatusIsTold(t *testing.T) {
	f := newFlow()
	failed := errors.New("failed")
	f.handle(failed)
	f.begun = func() bool { return false }
	f.handle(failed)
	if f.status != 500 || len(f.answers) != 1 {
		t.Errorf("SetStatus(%d), %d answers", f.status, len(f.answers))
	}
}

// An error that a hook raises while another is answered is answered afterwards, once.
func TestRaisedWhileAnswering(t *testing.T) {
	f := newFlow()
	first, hooks := errors.New("first"), errors.New("the hook's")
	f.during = func(err error) {
		f.handle(first)
		f.handle(fmt.Errorf("again: %w", first))
		if err == first {
			f.handle(hooks)
			f.handle(hooks)
			if len(f.answers) != 1 {
				t.Errorf("answered %q while the first error was answered", f.answers)
			}
		}
	}
	f.handle(first)
	f.handle(hooks)
	if want := []string{"first", "the hook's"}; !slices.Equal(f.answers, want) {
		t.Errorf("answered %q, want %q", f.answers, want)
	}
}

// A hook that raises a new error for every error that it sees does not keep the request for ever.
func TestRaisedWithoutEnd(t *testing.T) {
	for _, each := range []int{1, 100} {
		f := newFlow()
		f.during = func(error) {
			for range each {
				if len(f.answers) < 1000 {
					f.handle(fmt.Errorf("error %d", len(f.answers)))
				}
			}
		}
		f.handle(errors.New("first"))
		if n := len(f.answers); n > 20 {
			t.Errorf("a hook that raises %d errors each time: %d answers", each, n)
		}
		later := errors.New("later")
		f.during = func(err error) {
			if err == later {
				f.handle(errors.New("the hook's"))
			}
		}
		f.handle(later)
		if !slices.Contains(f.answers, "the hook's") {
			t.Error("what a hook raises for a later error is not answered")
		}
	}
}

// What one request remembers is bounded; an error beyond the bound may be answered twice, and no more memory is used.
func TestManyErrors(t *testing.T) {
	f := newFlow()
	early, late := errors.New("early"), errors.New("late")
	f.handle(early)
	for i := range 1000 {
		f.handle(fmt.Errorf("error %d", i))
	}
	n := len(f.answers)
	f.handle(early)
	if len(f.answers) != n {
		t.Error("an early error was answered again")
	}
	f.handle(late)
	f.handle(late)
	if len(f.answers) != n+2 {
		t.Errorf("%d answers to an error beyond the bound", len(f.answers)-n)
	}
}

// TestSkip is for errors that the application leaves to another handler.
func TestSkip(t *testing.T) {
	failed := errors.New("failed")
	always := func(error) bool { return true }
	for _, tt := range []struct {
		name  string
		build func(f *flow)
		want  []string // answered here, after failed was handled twice
		nexts int
		crash string
	}{
		{"Skip says no", func(f *flow) { f.skip = func(error) bool { return false } }, []string{"failed"}, 0, ""},
		{"Skip panics", func(f *flow) { f.skip = func(error) bool { panic("in Skip") } }, []string{"failed"}, 0, "panic: in Skip"},
		{"Skip calls Handle", func(f *flow) {
			f.skip = func(err error) bool { f.handle(err); return false }
		}, []string{"failed"}, 0, ""},
		{"Skip calls Handle with a wrapper, and says yes", func(f *flow) {
			f.skip = func(err error) bool {
				if err == failed {
					f.handle(fmt.Errorf("skipped: %w", err))
					return true
				}
				return false
			}
			f.next = func(error) {}
		}, []string{"skipped: failed"}, 1, ""},
		{"Next answers", func(f *flow) {
			f.skip = always
			f.next = func(error) { f.begun = func() bool { return true } }
		}, nil, 1, ""},
		{"Next does nothing", func(f *flow) { f.skip, f.next = always, func(error) {} }, nil, 2, ""},
		{"Next panics", func(f *flow) { f.skip, f.next = always, func(error) { panic("in Next") } }, []string{"failed\npanic: in Next"}, 1, ""},
		{"Next calls Handle again", func(f *flow) { f.skip, f.next = always, func(err error) { f.handle(err) } }, []string{"failed"}, 4, ""},
		{"Next calls Handle with another each time", func(f *flow) {
			f.skip, f.next = always, func(err error) { f.handle(fmt.Errorf("next: %w", err)) }
		}, []string{"next: next: next: next: failed"}, 4, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFlow()
			tt.build(f)
			f.handle(failed)
			f.handle(failed)
			if !slices.Equal(f.answers, tt.want) || f.nexts != tt.nexts {
				t.Errorf("answered %q, want %q; Next was called %d times, want %d", f.answers, tt.want, f.nexts, tt.nexts)
			}
			if crash := fmt.Sprint(f.crashes); tt.crash == "" && f.crashes != nil || !strings.Contains(crash, tt.crash) {
				t.Errorf("crash %s, want %q", crash, tt.crash)
			}
		})
	}
}

// A Next that cuts the connection means it.
func TestNextThatAborts(t *testing.T) {
	f := newFlow()
	f.skip, f.next = func(error) bool { return true }, func(error) { panic(http.ErrAbortHandler) }
	defer func() {
		if v := recover(); v != http.ErrAbortHandler || f.answers != nil {
			t.Errorf("recovered %v, answered %q", v, f.answers)
		}
	}()
	f.handle(errors.New("failed"))
	t.Error("Handle returned")
}

// inner stands for the buffered writer that a middleware puts in front of the tracking one, and throws away.
type inner struct{ http.ResponseWriter }

// An answer that a middleware threw away is given again, and is known to be the second one.
func TestDiscardedAnswer(t *testing.T) {
	failed := errors.New("failed")
	t.Run("the tracking writer saw nothing", func(t *testing.T) {
		f := newFlow()
		outer := httptest.NewRecorder()
		f.state.Writer = request.Track(outer, nil, false)
		f.w = inner{httptest.NewRecorder()}
		f.handle(failed)
		f.w = f.state.Writer
		f.handle(fmt.Errorf("on the way out: %w", failed))
		f.handle(failed)
		f.handle(fmt.Errorf("%w: %w", errors.New("kind"), failed))
		if len(f.answers) != 2 || f.uncommitted != 1 || len(f.lost) != 1 || f.lost[0].Reference != "reference 1" || f.lost[0].By != f || outer.Body.Len() == 0 {
			t.Errorf("answered %q, lost %+v, sent %q", f.answers, f.lost, outer.Body)
		}
	})
	t.Run("http.TimeoutHandler", func(t *testing.T) {
		// Without a tracking writer the buffer of the TimeoutHandler is known by its type. It may have been sent, so that
		// only an adapter that sees another writer in its place can tell.
		f := newFlow()
		h := http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			f.w = w
			f.handle(failed)
			f.handle(failed)
		}), time.Minute, "")
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		if len(f.answers) != 1 {
			t.Errorf("inside, answered %q", f.answers)
		}
		f.w = httptest.NewRecorder()
		f.handle(failed)
		if len(f.answers) != 2 || len(f.lost) != 1 {
			t.Errorf("answered %q, lost %+v", f.answers, f.lost)
		}
	})
}

// An answer of Next's that a middleware threw away is for Next to give again.
func TestDiscardedAnswerOfNext(t *testing.T) {
	failed := errors.New("failed")
	build := func() *flow {
		f := newFlow()
		begun := false
		f.begun = func() bool { return begun }
		f.skip = func(error) bool { return true }
		f.next = func(error) { begun = true; _, _ = f.w.Write([]byte("Next")) }
		return f
	}
	t.Run("the tracking writer saw nothing", func(t *testing.T) {
		f := build()
		f.state.Writer = request.Track(httptest.NewRecorder(), nil, false)
		f.w = inner{httptest.NewRecorder()}
		f.handle(failed)
		f.w = f.state.Writer
		f.handle(fmt.Errorf("on the way out: %w", failed))
		f.handle(failed)
		if f.nexts != 2 || f.uncommitted != 1 || f.answers != nil || !f.state.Writer.Begun() {
			t.Errorf("Next was called %d times, answered %q", f.nexts, f.answers)
		}
	})
	t.Run("http.TimeoutHandler", func(t *testing.T) {
		f := build()
		h := http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			f.w = w
			f.handle(failed)
		}), time.Minute, "")
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		f.w = httptest.NewRecorder()
		f.handle(failed)
		f.handle(failed)
		if f.nexts != 2 || f.answers != nil {
			t.Errorf("Next was called %d times, answered %q", f.nexts, f.answers)
		}
	})
	t.Run("Skip has changed its mind", func(t *testing.T) {
		f := build()
		f.state.Writer = request.Track(httptest.NewRecorder(), nil, false)
		f.w = inner{httptest.NewRecorder()}
		f.handle(failed)
		f.w, f.skip = f.state.Writer, nil
		f.handle(failed)
		f.handle(failed)
		if f.nexts != 1 || len(f.answers) != 1 || f.lost != nil {
			t.Errorf("Next was called %d times, answered %q, lost %v", f.nexts, f.answers, f.lost)
		}
	})
	t.Run("Next calls Handle, which answers", func(t *testing.T) {
		f := newFlow()
		f.state.Writer = request.Track(httptest.NewRecorder(), nil, false)
		f.w = inner{httptest.NewRecorder()}
		f.skip, f.next = func(error) bool { return f.nexts == 0 }, func(err error) { f.handle(err) }
		f.handle(failed)
		f.w = f.state.Writer
		f.handle(failed)
		if f.nexts != 1 || len(f.lost) != 1 || f.lost[0].Reference != "reference 1" || f.lost[0].By != f {
			t.Errorf("Next was called %d times, lost %+v", f.nexts, f.lost)
		}
	})
}

// A status of our own without a body is not held back, to be replaced by a page.
func TestAnswerIsNotHeldBack(t *testing.T) {
	f := newFlow()
	f.state.Writer = request.Track(httptest.NewRecorder(), nil, true)
	f.w = f.state.Writer
	f.status499 = true
	f.handle(errors.New("canceled"))
	if bare := f.state.Writer.TakeBareStatus(0); bare != 0 || !f.state.Writer.Begun() {
		t.Errorf("BareStatus = %d, Begun = %v", bare, f.state.Writer.Begun())
	}
}

// A handler below http.TimeoutHandler may run on while the request goes on without it. Each side knows what the other answered.
func TestDetachFrom(t *testing.T) {
	f := newFlow()
	f.state.Original, f.state.Start = httptest.NewRequest(http.MethodGet, "/", nil), time.Now()
	detached := newFlow()
	begun := make(chan struct{})
	go func() {
		defer close(begun)
		detached.state.DetachFrom(f.state)
	}()
	f.handle(errors.New("meanwhile"))
	<-begun
	if detached.state.Original != f.state.Original || detached.state.Start != f.state.Start || detached.state.Writer != nil {
		t.Error("the detached State has another request")
	}

	inside, outside, both := errors.New("inside"), errors.New("outside"), errors.New("both")
	var wg sync.WaitGroup
	wg.Go(func() {
		detached.handle(inside)
		detached.handle(both)
		for i := range 100 {
			detached.handle(fmt.Errorf("inside %d", i))
		}
	})
	f.handle(outside)
	f.handle(fmt.Errorf("on the way out: %w", both))
	wg.Wait()

	f.handle(inside)
	detached.handle(outside)
	if slices.Contains(f.answers, "inside") || slices.Contains(detached.answers, "outside") {
		t.Errorf("answered outside %q, inside %q", f.answers, detached.answers)
	}
}

// AnswerHere nests: the innermost responder answers, and a panic is answered by the innermost one that it left.
func TestResponder(t *testing.T) {
	yes, no := func() bool { return true }, func() bool { return false }
	s := new(request.State)
	check := func(when string, isPanic func() bool, want any) {
		t.Helper()
		if got := s.Responder(isPanic); got != want {
			t.Errorf("%s: Responder = %v, want %v", when, got, want)
		}
	}
	check("outside of all", yes, nil)
	leaveOuter := s.EnterAnswerHere("outer")
	check("in the outer one", no, "outer")
	leaveInner := s.EnterAnswerHere("inner")
	check("in the inner one", yes, "inner")
	leaveInner(true)
	check("a panic left the inner one", yes, "inner")
	check("an error after that", no, "outer")
	leaveOuter(true)
	check("the panic left both", yes, "inner")
	check("an error outside", no, nil)
	leave := s.EnterAnswerHere("again")
	check("entered again after a panic", yes, "again")
	leave(false)
	check("left in good order", yes, nil)
}

func TestClientDisconnected(t *testing.T) {
	live := httptest.NewRequest(http.MethodGet, "/", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	canceled := live.WithContext(ctx)
	expired, stop := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer stop()

	for _, tt := range []struct {
		name              string
		original, current *http.Request
		left              bool // Middleware has returned
		want              bool
	}{
		{"no Middleware, alive", nil, live, false, false},
		{"no Middleware, canceled", nil, canceled, false, true},
		{"no Middleware, expired", nil, live.WithContext(expired), false, false},
		{"Middleware, alive", live, live, false, false},
		{"Middleware, a middleware inside canceled its own context", live, canceled, false, false},
		{"Middleware, canceled", canceled, canceled, false, true},
		{"Middleware has returned, alive", live, canceled, true, false},
		{"Middleware has returned, canceled before", canceled, canceled, true, true},
	} {
		s := &request.State{Original: tt.original}
		if tt.left {
			s.MiddlewareReturned()
		}
		if got := s.ClientDisconnected(tt.current); got != tt.want {
			t.Errorf("%s: ClientDisconnected = %v, want %v", tt.name, got, tt.want)
		}
	}

	// A middleware outside of Middleware cancels its context when Middleware has returned.
	ctx, cancel = context.WithCancel(t.Context())
	s := &request.State{Original: live.WithContext(ctx)}
	s.MiddlewareReturned()
	cancel()
	if s.ClientDisconnected(live) {
		t.Error("canceled after Leave: ClientDisconnected = true, want false")
	}
}

// everything says that it is every error there is.
type everything struct{ error }

func (everything) Is(error) bool { return true }

func TestAborts(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want bool
	}{
		{"http.ErrAbortHandler", http.ErrAbortHandler, true},
		{"wrapped", fmt.Errorf("upstream: %w", http.ErrAbortHandler), true},
		{"joined", errors.Join(errors.New("x"), http.ErrAbortHandler), true},
		{"another of its text", errors.New(http.ErrAbortHandler.Error()), false},
		{"says that it is every error", everything{errors.New("x")}, false},
		{"cannot be compared", list{"a"}, false},
	} {
		if got := request.Aborts(tt.err); got != tt.want {
			t.Errorf("%s: Aborts = %v, want %v", tt.name, got, tt.want)
		}
	}
}

// recovered is what a deferred call of Recovered makes of a panic with value.
func recovered(value any) (err error) {
	defer func() { err = request.Recovered(recover()) }()
	panic(value)
}

func TestRecovered(t *testing.T) {
	cause := errors.New("cause")
	err := recovered(cause)
	var stack interface{ StackTrace() []uintptr }
	if !errors.Is(err, cause) || !errors.As(err, &stack) || len(stack.StackTrace()) == 0 {
		t.Errorf("Recovered = %v, without its cause or its stack", err)
	}
	if again := recovered(fmt.Errorf("raised again: %w", err)); !errors.Is(again, err) || again.Error() != "raised again: "+err.Error() {
		t.Errorf("raised again: %v, want it with the first stack", again)
	}
	if text := recovered("a text").Error(); text != "panic: a text" {
		t.Errorf("a string: %q", text)
	}
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("http.ErrAbortHandler, wrapped: recovered %v", v)
		}
	}()
	t.Errorf("http.ErrAbortHandler, wrapped: returned %v", recovered(fmt.Errorf("upstream: %w", http.ErrAbortHandler)))
}
