package sentry

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/getsentry/sentry-go"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

const (
	maxExceptions = 50
	maxText       = 8 << 10
	maxTag        = 200 // Sentry cuts there
)

// exceptions describes the tree of err, the innermost error first as the SDK does. aside says that err is not the
// failure's own, but its page's or a hook's.
//
// The SDK's own conversion is not used: it calls the methods of errors unguarded, and has no bound on the width of a join.
// A panic in one of them would lose the event.
func (r *Reporter) exceptions(err error, f *report.Failure, aside bool) []sentry.Exception {
	if err == nil {
		err = errors.New("no error")
	}
	causes := report.Causes(err)
	causes = causes[:min(len(causes), maxExceptions)]
	list := make([]sentry.Exception, 0, len(causes))
	traced := false
	for id, c := range causes {
		x := sentry.Exception{Type: c.Type, Value: r.text(c.Err), Stacktrace: stacktrace(c.Err)}
		x.Mechanism = &sentry.Mechanism{Type: sentry.MechanismTypeGeneric, ExceptionID: id}
		if c.Parent >= 0 {
			parent := c.Parent
			x.Mechanism.Type = sentry.MechanismTypeChained
			x.Mechanism.ParentID = &parent
			x.Mechanism.Source = c.Via
			if c.Via == "join" {
				x.Mechanism.Source = "errors[" + strconv.Itoa(c.Branch) + "]"
			}
		}
		if _, join := c.Err.(interface{ Unwrap() []error }); join {
			x.Mechanism.IsExceptionGroup = true
		}
		if c.Panic {
			x.Type, x.Value = "panic", strings.TrimPrefix(x.Value, "panic: ")
		}
		if _, ok := c.Err.(hookPanic); ok {
			x.Type = "panic"
		}
		traced = traced || x.Stacktrace != nil
		list = append(list, x)
	}
	if !traced && len(f.Stack) > 0 && !aside {
		list[0].Stacktrace = stacktrace(stackOnly{f.Stack})
	}
	switch {
	case f.Panic && !aside:
		list[0].Mechanism.SetUnhandled()
	case len(list) == 1:
		list[0].Mechanism = nil // as the SDK does for an error that stands alone
	}
	slices.Reverse(list)
	return list
}

// hookPanic is the remark on a hook that panicked, as an error.
type hookPanic string

func (h hookPanic) Error() string { return string(h) }

func (r *Reporter) text(err error) string { return r.masked(report.Text(err)) }

func (r *Reporter) masked(s string) string { return report.Mask(s, maxText, r.o.Mask) }

func bound(s string) string {
	if len(s) <= maxText {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(strings.Clone(s[:maxText]), "") + "…"
}

// stacktrace returns where err was made, if it knows, in whatever way the SDK understands.
func stacktrace(err error) (s *sentry.Stacktrace) {
	defer func() {
		if recover() != nil { // the SDK calls err's methods by reflection
			s = nil
		}
	}()
	s = sentry.ExtractStacktrace(err)
	if s != nil && len(s.Frames) == 0 {
		return nil
	}
	return s
}

// stackOnly is how a stack of ours is given to the SDK.
type stackOnly struct{ pcs []uintptr }

func (stackOnly) Error() string           { return "" }
func (s stackOnly) StackTrace() []uintptr { return s.pcs }

// recovered returns the value that f's handler panicked with.
func recovered(f *report.Failure) any {
	for _, c := range report.Causes(f.Err) {
		if c.Panic {
			return c.PanicValue
		}
	}
	return f.Err
}

// code is a name for f that has few values.
func code(f *report.Failure) string {
	if f.Resolved != nil && f.Resolved.Code() != "" {
		return f.Resolved.Code()
	}
	return strconv.Itoa(f.IntendedStatus())
}

func (r *Reporter) tags(f *report.Failure) map[string]string {
	t := map[string]string{}
	set := func(key, value string) {
		if value = tag(value); value != "" {
			t[key] = value
		}
	}
	set("http.response.status_code", strconv.Itoa(f.Status))
	set("reference", f.Reference)
	set("request_id", f.RequestID)
	set("route", f.Route)
	set("origin", origin(f.Origin))
	if f.Resolved != nil {
		set("code", f.Resolved.Code())
	}
	for key, is := range map[string]bool{
		"panic": f.Panic, "after_commit": f.AfterCommit, "client_gone": f.ClientGone, "page_failed": f.PageErr != nil,
		"hook_panicked": f.HookPanic,
	} {
		if is {
			t[key] = "yes"
		}
	}
	return t
}

// tag makes s fit for a tag, which Sentry refuses if it has a line feed in it.
func tag(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s[:min(len(s), maxTag)], ""))
	return strings.TrimSpace(s)
}

func origin(o httperrors.Origin) string {
	switch o {
	case httperrors.OriginOwn:
		return "own"
	case httperrors.OriginFramework:
		return "framework"
	case httperrors.OriginMapped:
		return "mapped"
	}
	return "unknown"
}

// details are shown beside the error on the event's page. aside says that the event is about the failed page or a hook.
func (r *Reporter) details(f *report.Failure, aside bool) sentry.Context {
	c := sentry.Context{"status": f.Status}
	set := func(key, value string) {
		if value != "" {
			c[key] = bound(value)
		}
	}
	set("reference", f.Reference)
	set("route", f.Route)
	set("handler", f.Handler)
	set("format", f.Format)
	set("language", f.Language)
	set("step", f.Step)
	set("viewer", r.masked(f.Viewer))
	if s := f.IntendedStatus(); s != f.Status {
		c["intended_status"] = s
	}
	switch {
	case aside && f.Err != nil:
		set("error", r.text(f.Err))
	case !aside && f.PageErr != nil:
		set("page_error", r.text(f.PageErr))
	}
	if len(f.Warnings) > 0 {
		var w []string
		for _, s := range f.Warnings[:min(len(f.Warnings), 16)] {
			w = append(w, r.masked(s))
		}
		c["warnings"] = w
	}
	if f.Duration > 0 {
		c["duration_ms"] = float64(f.Duration.Microseconds()) / 1000
	}
	return c
}
