package page

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// shown returns a copy of r for people: characters that a reader cannot see, but a terminal, a browser or a language model
// acts on, are replaced by visible ones, and a Link that [safeLink] refuses is empty. It works on every string there is, so no
// template and no text form can forget one.
func shown(r *report.Report) *report.Report {
	out := *r
	show(reflect.ValueOf(&out).Elem())
	return &out
}

// show replaces the strings in v, which can be set. Whatever v shares with the original is copied first.
func show(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text.ShowInvisible(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			clone := reflect.New(v.Type().Elem())
			clone.Elem().Set(v.Elem())
			show(clone.Elem())
			v.Set(clone)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			return
		}
		clone := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(clone, v)
		for i := range clone.Len() {
			show(clone.Index(i))
		}
		v.Set(clone)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "Link" {
				v.Field(i).SetString(safeLink(v.Field(i).String()))
			} else {
				show(v.Field(i))
			}
		}
	}
}

// safeLink returns s if it is an https address that may become a link, or "".
func safeLink(s string) string {
	if len(s) > 2048 || text.HasInvisible(s) {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000 UTC")
}

// durationText keeps three digits: the nanoseconds of a request that took seconds say nothing.
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
func trimmedMark(n int64) string {
	if n <= 0 {
		return ""
	}
	return "… trimmed " + bytesText(n)
}

// bytesText writes a number of bytes for people.
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

func joinNonEmpty(separator string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, separator)
}
