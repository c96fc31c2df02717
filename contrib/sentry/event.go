package sentry

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/getsentry/sentry-go"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/mask"
	"github.com/exceptional-go/exceptional/internal/stack"
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
	var list []sentry.Exception
	var ids []int // of the nodes by their place in the walk; -1 for one that was left out
	traced := false
	errtree.Walk(err, func(n errtree.Node) bool {
		if len(list) == maxExceptions {
			return false
		}
		if n.Seen {
			ids = append(ids, -1)
			return true
		}
		id := len(list)
		ids = append(ids, id)
		x := sentry.Exception{Type: reflect.TypeOf(n.Err).String(), Value: r.text(n.Err), Stacktrace: stacktrace(n.Err)}
		x.Mechanism = &sentry.Mechanism{Type: sentry.MechanismTypeGeneric, ExceptionID: id}
		if n.Parent >= 0 && ids[n.Parent] >= 0 {
			parent := ids[n.Parent]
			x.Mechanism.Type = sentry.MechanismTypeChained
			x.Mechanism.ParentID = &parent
			x.Mechanism.Source = n.Via.String()
			if n.Via == errtree.Join {
				x.Mechanism.Source = "errors[" + strconv.Itoa(n.Branch) + "]"
			}
		}
		if _, join := n.Err.(interface{ Unwrap() []error }); join {
			x.Mechanism.IsExceptionGroup = true
		}
		if p, ok := n.Err.(*stack.Panic); ok && p != nil {
			x.Type, x.Value = "panic", r.masked(errtree.Value(p.Value))
		}
		if _, ok := n.Err.(hookPanic); ok {
			x.Type = "panic"
		}
		traced = traced || x.Stacktrace != nil
		list = append(list, x)
		return true
	})
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

// hookPanic is what is known of a hook that panicked: a remark on it.
type hookPanic string

func (h hookPanic) Error() string { return string(h) }

func (r *Reporter) text(err error) string { return r.masked(errtree.Text(err)) }

func (r *Reporter) masked(s string) string { return bound(mask.MaskPrefix(s, maxText, r.o.Mask)) }

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

func recovered(err error) any {
	if p := stack.Find(err); p != nil {
		return p.Value
	}
	return err
}

// code is the low-cardinality name of what f is.
func code(f *report.Failure) string {
	if f.Resolved != nil && f.Resolved.Code() != "" {
		return f.Resolved.Code()
	}
	return strconv.Itoa(status(f))
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

// details is what an event page shows beside the error. aside says that the event is about the page
// or a hook.
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
	if s := status(f); s != f.Status {
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
