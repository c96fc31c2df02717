// Package trail collects the log lines, notes, watched values and the beginning of the body of one request, for its Report.
//
// Read trail.go first, the [Trail] in a request's context; then loghandler.go, the slog.Handler that adds log lines, and body.go,
// the reader that keeps the body.
package trail

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/report"
	"github.com/exceptional-go/exceptional/internal/text"
)

// Bounds of one Trail.
const (
	MaxText       = 1 << 10 // bytes of one entry's message and attributes, as far as they are strings
	maxEntries    = 100
	maxTrailBytes = 64 << 10 // of all entries
	maxWatches    = 20
)

// A Trail collects the log lines, notes and watched values of one request for its Report, the time when it began, and the first
// kilobytes of its body. It holds no reference to the *http.Request, and it lives no longer than the request's context.
type Trail struct {
	Start time.Time
	src   io.ReadCloser // the request's body, nil if it has none

	mu      sync.Mutex // guards what follows
	body    Body       // without the Text
	text    []byte     // the beginning of the body
	keep    bool       // the body is of a type that a Report shows
	entries []Entry    // oldest first
	dropped int
	bytes   int
	watches []Watched
	ended   bool
}

// An Entry is one log line or note. It is not masked yet, and its attributes are not printed: few requests fail, so both are done
// only when a page is made.
type Entry struct {
	report.Entry
	Attrs []slog.Attr // those of WithAttrs first; the names of their groups are in their keys
	size  int
}

// A Watched is a value given to [Watch].
type Watched struct {
	Name  string
	Value any
}

type trailKey struct{}

// Of returns the trail of ctx, nil if the request did not pass [Attach].
func Of(ctx context.Context) *Trail {
	if ctx == nil {
		return nil
	}
	t, _ := ctx.Value(trailKey{}).(*Trail)
	return t
}

// Attach returns r with a trail, which a Report of this request will show: the request's start, its log lines through
// [LogHandler], what [Note] and [Watch] add, and up to 16 KiB of the body as the handler reads it. It is to be called once
// for each request, before anything reads the body; called again it changes nothing. It reads nothing itself.
//
// The trail is held by the request's context alone. [Detach] empties it early, for handlers that leave goroutines behind.
func Attach(r *http.Request) *http.Request {
	if Of(r.Context()) != nil {
		return r
	}
	t := &Trail{Start: time.Now()}
	r2 := r.WithContext(context.WithValue(r.Context(), trailKey{}, t))
	if r.Body != nil && r.Body != http.NoBody {
		t.src, t.keep, t.body.Present = r.Body, Textual(r.Header.Get("Content-Type")), true
		r2.Body = (*tee)(t)
	}
	return r2
}

// Detach empties the trail of ctx and keeps it empty. It is for the end of a request; a Report made later shows no trail.
func Detach(ctx context.Context) {
	t := Of(ctx)
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries, t.watches, t.text, t.keep, t.ended, t.dropped, t.bytes = nil, nil, nil, false, true, 0, 0
}

// Note adds a line to the trail of ctx; see debugview.Note.
func Note(ctx context.Context, msg string, attrs ...slog.Attr) {
	t := Of(ctx)
	if t == nil {
		return
	}
	t.add(ctx, Entry{Entry: report.Entry{Kind: "note", Text: msg}, Attrs: snapshotAttrs(nil, "", attrs)})
}

// Watch keeps v for the Report; see debugview.Watch.
func Watch(ctx context.Context, name string, v any) {
	t := Of(ctx)
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	for i := range t.watches {
		if t.watches[i].Name == name {
			t.watches[i].Value = v
			return
		}
	}
	if len(t.watches) < maxWatches {
		t.watches = append(t.watches, Watched{name, v})
	}
}

// add appends e. The oldest entries are dropped when there are too many: the last ones before the failure matter most.
func (t *Trail) add(ctx context.Context, e Entry) {
	e.At = time.Since(t.Start)
	if d, ok := ctx.Deadline(); ok {
		if e.Left = time.Until(d); e.Left == 0 {
			e.Left = -1 // 0 means that there is no deadline
		}
	}
	if short := text.Cut(e.Text, MaxText); len(short) < len(e.Text) {
		e.Trimmed = len(e.Text) - len(short)
		e.Text = strings.Clone(short) // without the clone the whole message would be kept
	}
	e.size = len(e.Text) + 64
	for _, a := range e.Attrs {
		e.size += len(a.Key) + 32
		if a.Value.Kind() == slog.KindString {
			e.size += len(a.Value.String())
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	t.entries = append(t.entries, e)
	t.bytes += e.size
	for len(t.entries) > maxEntries || t.bytes > maxTrailBytes && len(t.entries) > 1 {
		t.bytes -= t.entries[0].size
		t.entries = slices.Delete(t.entries, 0, 1)
		t.dropped++
	}
}

// Snapshot returns the entries, oldest first, and the watches.
func (t *Trail) Snapshot() (entries []Entry, dropped int, watches []Watched) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.entries), t.dropped, slices.Clone(t.watches)
}
