package technical

import (
	"errors"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/stack"
	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/value"
)

// maxAbandoned is how many goroutines of one View may be left behind in methods that do not return. Beyond it no method of a
// foreign value is called until one of them ends: a Report then shows types instead of texts.
const maxAbandoned = 32

// within calls f on a goroutine of its own and waits at most d, and not beyond the deadline of the Report. fault says in a few
// words why there is no value. f must not touch anything that its caller reads: if it is late, it continues alone, and its
// result is dropped.
func within[T any](c *capture, d time.Duration, f func() T) (result T, fault string) {
	if d = min(d, time.Until(c.deadline)); d <= 0 {
		return result, "no time left"
	}
	result, err := guard.Within(c.view.abandoned, d, func() (T, error) { return f(), nil })
	return result, faultOf(err)
}

// try is within for code whose failure costs one piece of the Report, and is listed among its problems under the name of that piece.
func try[T any](c *capture, name string, f func() T) T {
	result, fault := within(c, c.view.perValue, f)
	if fault != "" {
		c.problem("%s: %s", name, fault)
	}
	return result
}

// faultOf says in a few words why a guarded call failed; it is empty if it did not.
func faultOf(err error) string {
	var panicked *stack.Panic
	switch {
	case err == nil:
		return ""
	case errors.As(err, &panicked):
		return "panicked: " + value.PanicText(panicked.Value)
	}
	return err.Error()
}

// Limits of the Report, most of them those of one value.
const (
	maxName  = value.MaxName
	maxValue = value.MaxText
)

// masked makes s fit for a Report: masked, at most n bytes, valid UTF-8. trimmed is the number of bytes left out, and changed says
// that something was masked.
func (c *capture) masked(s string, n int) (shown string, trimmed int, changed bool) {
	return value.Show(s, n, c.mask.Text)
}

// text is masked for texts without a mark for trimming of their own: an ellipsis ends them if they are cut.
func (c *capture) text(s string, n int) string {
	t, trimmed, _ := c.masked(s, n)
	if trimmed > 0 {
		t += "…"
	}
	return t
}

// binaryText is text for names that come from the binary, such as functions and modules. Only the general rules mask them: a word
// that this request sent as a password may well be a part of a function's name.
func (c *capture) binaryText(s string, n int) string {
	shown, _, _ := value.Show(s, n, c.view.mask.Text)
	return shown
}

// field makes a Field of a name and its value, either of which may make the value a secret.
func (c *capture) field(name, value string) report.Field {
	f := report.Field{Name: c.text(name, maxName)}
	if c.mask.Name(name) {
		f.Value, f.Masked = c.mask.Hide(value), value != ""
		return f
	}
	f.Value, f.Trimmed, f.Masked = c.masked(value, maxValue)
	return f
}
