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

// Error returns the text for the log: the status, the message, the cause, and in brackets the arguments that were refused. It
// is not public.
func (e *Error) Error() string {
	if e == nil {
		return "<nil>"
	}
	var parts []string
	if !e.adapted || e.cause == nil {
		code := e.StatusCode()
		parts = append(parts, strings.TrimSpace(strconv.Itoa(code)+" "+Phrase(code)))
		if message := e.message; e.cause != nil && message != "" {
			parts = append(parts, strings.TrimSuffix(message, "."))
		} else if message != "" {
			parts = append(parts, message)
		}
	}
	if e.cause != nil {
		parts = append(parts, errtree.Text(e.cause))
	}
	text := strings.Join(parts, ": ")
	if faults := e.faults(); len(faults) > 0 {
		text += " [" + strings.Join(faults, "; ") + "]"
	}
	return text
}

// faults returns the arguments that were refused, and why e answers 500 if its status cannot be sent.
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

// Format writes the text of e as fmt writes a string. For %+v it adds the detail, the code, the extension members, the header
// and the stack, a line each.
func (e *Error) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('+') && e != nil {
		e.formatAll(f)
		return
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), e.Error())
}

func (e *Error) formatAll(f fmt.State) {
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

// LogValue returns the status, the message, the other fields that are set and the text of the cause as a group, so that slog
// shows the parts of e and not only its text.
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

var (
	_ fmt.Formatter  = (*Error)(nil)
	_ slog.LogValuer = (*Error)(nil)
)
