package pages_test

import (
	"io"
	"testing"
	"time"

	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

func TestWaitFor(t *testing.T) {
	l := labelsOf(t)
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{-time.Second, ""}, {0, ""}, {time.Nanosecond, "1 s"}, {time.Second, "1 s"}, {90 * time.Second, "90 s"},
		{119*time.Second + 1, "120 s"}, {2 * time.Minute, "2 min"}, {121 * time.Second, "3 min"}, {time.Hour, "60 min"},
		{2 * time.Hour, "2 h"}, {47 * time.Hour, "47 h"}, {48 * time.Hour, "2 d"}, {1 << 62, "53376 d"},
	} {
		if got := l.WaitFor(tt.d); got != tt.want {
			t.Errorf("WaitFor(%v) = %q, want %q", tt.d, got, tt.want)
		}
	}
	if got := (renderer.Labels{}).WaitFor(time.Second); got != "" {
		t.Errorf("the zero Labels: %q", got)
	}
}

// labelsOf returns the English labels, as a template is given them.
func labelsOf(t *testing.T) (l renderer.Labels) {
	t.Helper()
	r := newRenderer(t, renderer.Options{External: func(_ io.Writer, _ string, p *renderer.Page) error { l = p.Labels; return renderer.ErrNoTemplate }})
	r.Render(pages.Choice{Format: html}, &pages.Input{Status: 404})
	return l
}
