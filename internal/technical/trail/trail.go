// Package trail collects what one request leaves behind for its Report: log lines, notes, watched values, and the beginning of its
// body. trail.go has the ring of lines, loghandler.go the slog.Handler that fills it, body.go the reader that keeps the body.
package trail

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/exceptional-go/exceptional/internal/technical/value"
)

// Bounds of what one request may leave behind.
const (
	MaxText       = 1 << 10 // bytes of one entry's message and attributes, as far as they are strings
	maxEntries    = 100
	maxTrailBytes = 64 << 10 // of all entries
	maxWatches    = 20
)

// A Trail collects what one request leaves behind for a Report: its log lines, notes and watched values, when it began, and
// the first kilobytes of its body. It knows nothing of the *http.Request, and it lives no longer than the request's
// context.
type Trail struct {
	Start time.Time
	body  tee

	mu      sync.Mutex
	entries []Entry // a ring of maxEntries once it is full
	next    int     // where the ring goes on
	dropped int
	bytes   int
	watches []Watched
	ended   bool
}

// An Entry keeps attribute values as they are: formatting waits until somebody looks.
type Entry struct {
	At       time.Duration
	Left     time.Duration
	Deadline bool
	Level    slog.Level
	Note     bool
	Hidden   bool
	Message  string
	Trimmed  int
	groups   []string // in which attrs stand
	attrs    []slog.Attr
	bound    []boundAttrs // from WithAttrs
	size     int
}

type boundAttrs struct {
	groups []string
	attrs  []slog.Attr
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
	if r == nil || Of(r.Context()) != nil {
		return r
	}
	t := &Trail{Start: time.Now()}
	r2 := r.WithContext(context.WithValue(r.Context(), trailKey{}, t))
	if r.Body != nil && r.Body != http.NoBody {
		t.body.src, t.body.keep, t.body.present = r.Body, Textual(r.Header.Get("Content-Type")), true
		r2.Body = &t.body
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
	t.entries, t.watches, t.ended, t.dropped, t.bytes = nil, nil, true, 0, 0
	t.mu.Unlock()
	t.body.release()
}

// Note adds a line to the trail of ctx; see debugview.Note.
func Note(ctx context.Context, msg string, attrs ...slog.Attr) {
	t := Of(ctx)
	if t == nil {
		return
	}
	e := Entry{Note: true, Message: msg}
	if len(attrs) > 0 {
		e.attrs = make([]slog.Attr, 0, len(attrs))
		for _, a := range attrs {
			e.attrs = append(e.attrs, frozen(a))
		}
	}
	t.add(ctx, e)
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

func (t *Trail) add(ctx context.Context, e Entry) {
	e.At = time.Since(t.Start)
	if d, ok := ctx.Deadline(); ok {
		e.Left, e.Deadline = time.Until(d), true
	}
	if len(e.Message) > MaxText {
		short := value.Head(e.Message, MaxText)
		e.Trimmed = len(e.Message) - len(short)
		e.Message = string([]byte(short)) // not a part of somebody's megabyte
	}
	e.size = len(e.Message) + 64
	for _, a := range e.attrs {
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
	for t.bytes+e.size > maxTrailBytes && t.bytes > 0 {
		t.dropOldest()
	}
	t.bytes += e.size
	if len(t.entries) < maxEntries {
		t.entries = append(t.entries, e)
		return
	}
	if t.entries[t.next].size > 0 {
		t.dropped++
	}
	t.bytes -= t.entries[t.next].size
	t.entries[t.next] = e
	t.next = (t.next + 1) % maxEntries
}

// dropOldest empties the oldest entry that is not empty yet. t.mu is held.
func (t *Trail) dropOldest() {
	for i := range t.entries {
		e := &t.entries[(t.next+i)%len(t.entries)]
		if e.size > 0 {
			t.bytes -= e.size
			*e = Entry{}
			t.dropped++
			return
		}
	}
	t.bytes = 0
}

// Snapshot returns the entries, oldest first, and the watches.
func (t *Trail) Snapshot() (entries []Entry, dropped int, watches []Watched) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.entries {
		if e := t.entries[(t.next+i)%len(t.entries)]; e.size > 0 {
			entries = append(entries, e)
		}
	}
	return entries, t.dropped, append([]Watched(nil), t.watches...)
}
