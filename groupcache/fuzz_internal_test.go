package groupcache

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
)

// The parsers are fuzzed from inside: from outside each attempt would cost a server.

func FuzzEntry(f *testing.F) {
	f.Add("gen", "id", "ok", "3", "60000", "12", int64(0), uint8(7))
	f.Add("gen", "id", "missing", "0", "3600000", "0", int64(1000), uint8(7))
	f.Add("", "", "", "-1", "99999999999999999999", "x", int64(-2), uint8(2))
	f.Fuzz(func(t *testing.T, gen, id, state, n, a, d string, ttl int64, fields uint8) {
		reply := []any{gen, id, state, n, a, d, ttl}
		e, err := parseEntry(reply[:min(int(fields), len(reply))])
		if err != nil {
			if e.current {
				t.Errorf("current in spite of %v", err)
			}
			return
		}
		if e.gen != gen || e.id != id {
			t.Errorf("gen, id = %q, %q", e.gen, e.id)
		}
		if e.current && (e.members < 0 || e.limit < 0 || e.spent < 0 || fields < 7) {
			t.Errorf("current: %+v", e)
		}
		for i := range reply { // a field of another type is an error, not a panic
			reply[i] = nil
			_, _ = parseEntry(reply)
		}
	})
}

func FuzzPrintable(f *testing.F) {
	f.Add("a\nb")
	f.Add(strings.Repeat("ä", 200))
	f.Fuzz(func(t *testing.T, s string) {
		out := errText(errors.New(s))
		if len(out) > 5*maxText+10 || strings.ContainsFunc(out, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("errText(%q) = %q", s, out)
		}
	})
}

func TestSince(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{-time.Second, "0 ms"}, {0, "0 ms"}, {999 * time.Millisecond, "999 ms"}, {12 * time.Second, "12 s"},
		{119 * time.Second, "119 s"}, {41 * time.Minute, "41 min"}, {3 * time.Hour, "3 h"},
	} {
		if got := since(int64(tt.d)); got != tt.want {
			t.Errorf("since(%v) = %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestErrorThatPanics(t *testing.T) {
	if got := errText(panicky{}); !strings.Contains(got, "panicked") {
		t.Errorf("errText = %q", got)
	}
	if got := errText((*panicky)(nil)); got == "" {
		t.Error("errText of a nil pointer is empty")
	}
}

type panicky struct{}

func (panicky) Error() string { panic("Error") }
