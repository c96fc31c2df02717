package reporting_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// TestPolicy is the whole policy. Every row is tried before and after the commit and with and without Debug, none of which
// may change the answer.
func TestPolicy(t *testing.T) {
	const (
		own       = httperrors.OriginOwn
		framework = httperrors.OriginFramework
		mapped    = httperrors.OriginMapped
		unknown   = httperrors.OriginUnknown
	)
	tests := []struct {
		name   string
		origin httperrors.Origin
		status int
		change func(f *report.Failure)
		want   bool
	}{
		{"own redirect", own, 302, nil, false},
		{"own bad request", own, 400, nil, false},
		{"own unauthorized", own, 401, nil, false},
		{"own forbidden", own, 403, nil, false},
		{"own not found", own, 404, nil, false},
		{"own conflict", own, 409, nil, false},
		{"own unprocessable", own, 422, nil, false},
		{"own too many requests", own, 429, nil, false},
		{"own client closed request", own, 499, nil, false},
		{"own internal error", own, 500, nil, true},
		{"own unavailable", own, 503, nil, true},
		{"own private status", own, 599, nil, true},

		{"framework bad request", framework, 400, nil, false},
		{"framework not found", framework, 404, nil, false},
		{"framework method not allowed", framework, 405, nil, false},
		{"framework too large", framework, 413, nil, false},
		{"framework internal error", framework, 500, nil, true},
		{"framework bad gateway", framework, 502, nil, true},

		{"foreign and unknown", unknown, 500, nil, true},
		{"foreign, not found", mapped, 404, nil, false},
		{"foreign, method not allowed", mapped, 405, nil, false},
		{"foreign, gone", mapped, 410, nil, false},
		{"foreign, permission denied", mapped, 403, nil, true},
		{"foreign, not authenticated", mapped, 401, nil, true},
		{"foreign, conflict", mapped, 409, nil, true},
		{"foreign, quota", mapped, 429, nil, true},
		{"foreign, malformed body", mapped, 400, nil, false},
		{"foreign, body too large", mapped, 413, nil, false},
		{"foreign, wrong media type", mapped, 415, nil, false},
		{"foreign, wrong fields", mapped, 422, nil, false},
		{"foreign, unavailable", mapped, 503, nil, true},
		{"foreign, deadline", mapped, 504, nil, true},

		{"client disconnected, own", own, 500, disconnected, false},
		{"client disconnected, framework", framework, 500, disconnected, false},
		{"client disconnected, foreign", unknown, 500, disconnected, false},
		{"client disconnected, mapped", mapped, 504, disconnected, false},

		{"panic", unknown, 500, panicked, true},
		{"panic with an own 404", own, 404, panicked, true},
		{"panic with a foreign 404", mapped, 404, panicked, true},
		{"panic with an error that is not to be reported", own, 500, both(panicked, decided(false)), true},
		{"panic, and the client disconnected", unknown, 500, both(panicked, disconnected), true},

		{"own 404 to be reported", own, 404, decided(true), true},
		{"own 500 not to be reported", own, 500, decided(false), false},
		{"foreign error wrapped not to be reported", unknown, 500, decided(false), false},
		{"client disconnected, to be reported", own, 500, both(disconnected, decided(true)), true},

		{"own 404 whose page failed", own, 404, pageFailed, true},
		{"own 500 not to be reported whose page failed", own, 500, both(decided(false), pageFailed), true},

		{"nothing known", unknown, 500, func(f *report.Failure) { f.Resolved = nil }, true},
	}
	for _, tt := range tests {
		for _, committed := range []bool{false, true} {
			for _, debug := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/committed=%t/debug=%t", tt.name, committed, debug), func(t *testing.T) {
					e := httperrors.New(tt.status, "No.")
					if tt.status < 400 {
						e = httperrors.Redirect(302, "/elsewhere")
					}
					f := &report.Failure{
						Err: e, Resolved: e, Origin: tt.origin, Status: tt.status,
						AfterCommit: committed, Debug: debug,
					}
					if committed {
						f.Status = 200 // what the handler had sent when it failed
					}
					if tt.change != nil {
						tt.change(f)
					}
					if f.ClientGone {
						f.Status = 499
					}

					var r collector
					p := newPipeline(t, report.Options{Logger: logTo(&recorder{}).Logger, Reporters: []report.Reporter{&r}})
					handle(p, context.Background(), f)
					closed(t, p)
					if got := len(r.all()) == 1; got != tt.want {
						t.Errorf("reported = %t, want %t", got, tt.want)
					}
					if f.Reported != tt.want {
						t.Errorf("Reported = %t, want %t", f.Reported, tt.want)
					}
				})
			}
		}
	}
}

func TestPolicyIsAskedOnce(t *testing.T) {
	asked := 0
	p := newPipeline(t, report.Options{
		Logger: logTo(&recorder{}).Logger,
		Policy: func(*report.Failure) bool { asked++; return asked%2 == 1 },
	})
	f := failure()
	handle(p, context.Background(), f)
	if !f.Reported {
		t.Error("Reported = false")
	}
	if asked != 1 {
		t.Errorf("asked %d times, want 1", asked)
	}
}

// The page is rendered after the policy was asked for the reference on it.
func TestPolicyPageFailsLater(t *testing.T) {
	var r collector
	p := newPipeline(t, report.Options{Logger: logTo(&recorder{}).Logger, Reporters: []report.Reporter{&r}})
	f := own(404)
	if p.Listening(context.Background(), f) && f.Reported {
		t.Fatal("a 404 is reported")
	}
	pageFailed(f)
	p.Handle(context.Background(), f)
	closed(t, p)
	if len(r.all()) != 1 {
		t.Error("the failed page was not reported")
	}
	if f.Reference == "" || f.ID == [16]byte{} {
		t.Error("the failed page has no reference")
	}
}

// After a no, the policy is asked again if the page or a hook failed, and only then.
func TestPolicyIsAskedAgainIfThePageFails(t *testing.T) {
	asked := 0
	p := newPipeline(t, report.Options{
		Logger:    logTo(&recorder{}).Logger,
		Reporters: []report.Reporter{&collector{}},
		Policy:    func(*report.Failure) bool { asked++; return false },
	})
	for _, tt := range []struct {
		name string
		news func(*report.Failure)
		want int
	}{
		{"nothing", func(*report.Failure) {}, 1},
		{"a warning", func(f *report.Failure) { f.Warnings = []string{"a header was left out"} }, 1},
		{"page", pageFailed, 2},
		{"hook", func(f *report.Failure) { f.HookPanic = true }, 2},
		{"both", both(pageFailed, func(f *report.Failure) { f.HookPanic = true }), 2},
	} {
		asked = 0
		f := own(404)
		p.Listening(context.Background(), f)
		tt.news(f)
		p.Handle(context.Background(), f)
		if asked != tt.want {
			t.Errorf("%s: asked %d times, want %d", tt.name, asked, tt.want)
		}
	}
	closed(t, p)
}

func TestPolicyPanics(t *testing.T) {
	var r collector
	p := newPipeline(t, report.Options{
		Logger:    logTo(&recorder{}).Logger,
		Reporters: []report.Reporter{&r},
		Policy:    func(*report.Failure) bool { panic("policy") },
	})
	handle(p, context.Background(), failure())
	handle(p, context.Background(), own(404))
	closed(t, p)
	if got := len(r.all()); got != 1 {
		t.Errorf("%d failures reported, want what DefaultPolicy reports: 1", got)
	}
}

func disconnected(f *report.Failure) { f.ClientGone = true }
func panicked(f *report.Failure)     { f.Panic = true }
func pageFailed(f *report.Failure)   { f.PageErr = errors.New("template: 404.html: no such field") }

func decided(yes bool) func(*report.Failure) {
	return func(f *report.Failure) { f.Resolved = f.Resolved.WithReport(yes) }
}

func both(a, b func(*report.Failure)) func(*report.Failure) {
	return func(f *report.Failure) { a(f); b(f) }
}
