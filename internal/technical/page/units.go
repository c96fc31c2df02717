package page

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The functions of this file write times, sizes and counts for people, the same way in every form of the page.

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000 UTC")
}

// durationText keeps three digits: the nanoseconds of a request that took seconds tell a reader nothing.
func durationText(d time.Duration) string {
	unit := time.Duration(1)
	for a := d.Abs(); a >= 1000*unit && unit < time.Second; {
		unit *= 10
	}
	return d.Round(unit).String()
}

// leftText writes how much time was left until a deadline.
func leftText(d time.Duration) string {
	if d < 0 {
		return durationText(-d) + " overdue"
	}
	return durationText(d) + " left"
}

// trimmedMark stands where n bytes were left out; it is empty if none were.
func trimmedMark[N int | int64](n N) string {
	if n <= 0 {
		return ""
	}
	return "… trimmed " + bytesText(int64(n))
}

func bytesText(n int64) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 10_000_000:
		return fmt.Sprintf("%d kB", n/1000)
	}
	return fmt.Sprintf("%d MB", n/1_000_000)
}

// count writes a number with its noun: "1 frame", "3 frames".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// numberText writes a number; 0 stands for an unknown one and gives "".
func numberText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// location writes a line or column after a place, "order.go:42", unless the number is unknown, which 0 says.
func location(place string, number int) string {
	if number == 0 {
		return place
	}
	return place + ":" + strconv.Itoa(number)
}

func joinNonEmpty(separator string, parts ...string) string {
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return strings.Join(parts, separator)
}
