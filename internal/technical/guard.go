package technical

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/technical/value"
)

// maxStuck is how many goroutines of this process may be left behind in methods that do not return. Beyond it no method of
// a foreign value is called until one of them ends: a Report then shows types instead of texts.
const maxStuck = 32

var stuck atomic.Int32

// An allowance is the time that one Report may spend in code that is not ours.
type allowance struct {
	end time.Time
	now func() time.Time
}

func (a *allowance) left() time.Duration { return a.end.Sub(a.now()) }

// answer is what came of a guarded call.
type answer[T any] struct {
	value T
	fault string // "" if value is good
}

// within calls f on a goroutine of its own and waits at most d, and not longer than the allowance lasts. fault says in a
// few words why there is no value. f must not touch anything that its caller reads before it returned: if it is late, it
// goes on alone, and nobody looks at what it finds.
func within[T any](a *allowance, d time.Duration, f func() T) (T, string) {
	var zero T
	if d = min(d, a.left()); d <= 0 {
		return zero, "no time left"
	}
	if stuck.Load() >= maxStuck {
		return zero, fmt.Sprintf("not asked: %d earlier calls have not returned", maxStuck)
	}
	stuck.Add(1)
	done := make(chan answer[T], 1)
	go func() {
		ended := false
		var got answer[T]
		defer func() {
			if !ended { // runtime.Goexit and panic(nil) of old look alike from here
				got.fault = "ended its goroutine"
				if r := recover(); r != nil {
					got.fault = "panicked: " + value.PanicText(r)
				}
			}
			stuck.Add(-1)
			done <- got
		}()
		got.value = f()
		ended = true
	}()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case got := <-done:
		return got.value, got.fault
	case <-t.C:
		return zero, "no answer within " + d.Round(time.Millisecond).String()
	}
}

// Limits of the Report, most of them those of one value.
const (
	maxName  = value.MaxName
	maxValue = value.MaxText
	slack    = value.Slack
)

// clean makes s fit for a Report: masked, at most n bytes, valid UTF-8. trimmed is the number of bytes left out.
func (c *capture) clean(s string, n int) (text string, trimmed int, masked bool) {
	size := len(s)
	part := value.Head(s, n+slack)
	text = c.mask.Text(part)
	masked = text != part && len(part) > 0
	if len(part) < size || len(text) > n {
		short := value.Head(text, n)
		if trimmed = size - len(short); trimmed < 0 { // masks made it longer
			trimmed = 0
		}
		if len(short) < len(text) || len(part) < size {
			text = short
		}
	}
	return strings.ToValidUTF8(text, "\uFFFD"), trimmed, masked
}

// text is clean for texts whose trimming shows as an ellipsis.
func (c *capture) text(s string, n int) string {
	t, trimmed, _ := c.clean(s, n)
	if trimmed > 0 {
		t += "…"
	}
	return t
}

// field makes a Field of a plain text.
func (c *capture) field(name, value string) report.Field {
	f := report.Field{Name: c.text(name, maxName)}
	if c.mask.Name(name) {
		f.Value = c.mask.Hide(value)
		f.Masked = value != ""
		return f
	}
	f.Value, f.Trimmed, f.Masked = c.clean(value, maxValue)
	return f
}

// plain is text for names that come from the binary, not from a request: nothing that a request sent is looked for in them.
func (c *capture) plain(s string, n int) string {
	return strings.ToValidUTF8(value.Head(c.view.mask.Text(value.Head(s, n+slack)), n), "\uFFFD")
}
