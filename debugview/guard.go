package debugview

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"
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
					got.fault = "panicked: " + panicText(r)
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

// panicText prints a panic's value without calling its methods, which are not to be trusted any more.
func panicText(r any) string {
	switch v := r.(type) {
	case string:
		return head(v, 200)
	case interface {
		error
		RuntimeError()
	}:
		return head(v.Error(), 200)
	}
	return fmt.Sprintf("a %T", r)
}

// head returns the first n bytes of s or fewer, ending at a rune.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// slack is how much more than it will show a text is masked, so that a secret is not cut into a shape that no rule knows.
const slack = 1024

// clean makes s fit for a Report: masked, at most n bytes, valid UTF-8. trimmed is the number of bytes left out.
func (c *capture) clean(s string, n int) (text string, trimmed int, masked bool) {
	size := len(s)
	part := head(s, n+slack)
	text = c.mask.Text(part)
	masked = text != part && len(part) > 0
	if len(part) < size || len(text) > n {
		short := head(text, n)
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
func (c *capture) field(name, value string) Field {
	f := Field{Name: c.text(name, maxName)}
	if c.mask.Name(name) {
		f.Value = c.mask.Hide(value)
		f.Masked = value != ""
		return f
	}
	f.Value, f.Trimmed, f.Masked = c.clean(value, maxValue)
	return f
}
