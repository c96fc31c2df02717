package httperrors

import (
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strconv"
	"strings"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// Error returns the text for the log: the status, the message, the cause, and in brackets what was refused of e. It is
// not for the public.
func (e *Error) Error() string {
	if e == nil {
		return "<nil>"
	}
	var b strings.Builder
	x := e.extra()
	if x.resolved && e.cause != nil {
		b.WriteString(errtree.Text(e.cause))
	} else {
		code := e.StatusCode()
		b.WriteString(strconv.Itoa(code))
		if p := Phrase(code); p != "" {
			b.WriteByte(' ')
			b.WriteString(p)
		}
		if e.message != "" {
			b.WriteString(": ")
			if e.cause != nil {
				b.WriteString(strings.TrimSuffix(e.message, "."))
			} else {
				b.WriteString(e.message)
			}
		}
		if e.cause != nil {
			b.WriteString(": ")
			b.WriteString(errtree.Text(e.cause))
		}
	}
	if faults := e.faults(); len(faults) > 0 {
		b.WriteString(" [")
		b.WriteString(strings.Join(faults, "; "))
		b.WriteByte(']')
	}
	return b.String()
}

// faults returns what is wrong with e itself.
func (e *Error) faults() []string {
	faults := e.extra().faults
	switch {
	case !sendable(e.status):
		return append([]string{"status " + strconv.Itoa(e.status) + " cannot be sent"}, faults...)
	case redirects(e.status) && e.StatusCode() != e.status && len(faults) == 0:
		return []string{strconv.Itoa(e.status) + " without a Location"}
	}
	return faults
}

// Format writes the text of e for %s, %v and %q. For %+v it adds the detail, the code, the extension members, the
// header and the stack, a line each.
func (e *Error) Format(f fmt.State, verb rune) {
	switch verb {
	case 'v', 's', 'q':
	default:
		fmt.Fprintf(f, "%%!%c(*httperrors.Error=%s)", verb, e.Error())
		return
	}
	if verb == 'q' {
		fmt.Fprintf(f, fmt.FormatString(f, 'q'), e.Error())
		return
	}
	if verb == 's' || !f.Flag('+') || e == nil {
		fmt.Fprintf(f, fmt.FormatString(plain{f}, 's'), e.Error())
		return
	}
	_, _ = io.WriteString(f, e.Error())
	line := func(name, value string) {
		if value != "" {
			_, _ = fmt.Fprintf(f, "\n%s: %s", name, value)
		}
	}
	x := e.extra()
	line("detail", e.detail)
	line("code", x.code)
	line("type", x.typeURI)
	for _, m := range x.extensions {
		line(m.Name, errtree.Print(m.Value))
	}
	for _, fe := range x.errors {
		line("error", strings.Join(strings.Fields(fe.Pointer+" "+fe.Parameter+" "+fe.Header+" "+fe.Code+" "+fe.Detail), " "))
	}
	var h strings.Builder
	_ = e.Header().Write(&h)
	for l := range strings.SplitSeq(strings.TrimSpace(h.String()), "\r\n") {
		if l != "" {
			_, _ = fmt.Fprintf(f, "\n%s", l)
		}
	}
	if len(e.stack) == 0 {
		return
	}
	frames := runtime.CallersFrames(e.stack)
	for {
		frame, more := frames.Next()
		if frame.Function != "" {
			_, _ = fmt.Fprintf(f, "\n%s\n\t%s:%d", frame.Function, frame.File, frame.Line)
		}
		if !more {
			return
		}
	}
}

// plain is a fmt.State without the flags that mean something else for a string than for an error.
type plain struct{ fmt.State }

func (p plain) Flag(c int) bool { return c != '+' && c != '#' && p.State.Flag(c) }

// LogValue returns the status, the public message, what else was given, and the text of the cause as a group, so that
// slog shows the parts of e and not only its text.
func (e *Error) LogValue() slog.Value {
	if e == nil {
		return slog.StringValue("<nil>")
	}
	x := e.extra()
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs, slog.Int("status", e.StatusCode()))
	text := func(name, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(name, value))
		}
	}
	text("message", e.PublicMessage())
	text("detail", e.detail)
	text("code", x.code)
	text("type", x.typeURI)
	text("instance", x.instance)
	if e.cause != nil {
		text("cause", errtree.Text(e.cause))
	}
	if e.Retryable() {
		attrs = append(attrs, slog.Bool("retryable", true))
	}
	text("faults", strings.Join(e.faults(), "; "))
	return slog.GroupValue(attrs...)
}

// ErrorType returns the class of e for metrics, as OpenTelemetry's error.type: the code if e has one, otherwise the
// status.
func (e *Error) ErrorType() string {
	if c := e.Code(); c != "" {
		return c
	}
	return strconv.Itoa(e.StatusCode())
}

var (
	_ fmt.Formatter  = (*Error)(nil)
	_ slog.LogValuer = (*Error)(nil)
)
