package value

import (
	"fmt"
	"unicode/utf8"
)

// PanicText prints a panic's value without calling its methods, which are not to be trusted any more.
func PanicText(r any) string {
	switch v := r.(type) {
	case string:
		return Head(v, 200)
	case interface {
		error
		RuntimeError()
	}:
		return Head(v.Error(), 200)
	}
	return fmt.Sprintf("a %T", r)
}

// Head returns the first n bytes of s or fewer, ending at a rune.
func Head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Slack is how much more than it will show a text is masked, so that a secret is not cut into a shape that no rule knows.
const Slack = 1024
