package debugview

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Bounds of what one request may leave behind.
const (
	maxEntries    = 100
	maxEntryText  = 1 << 10  // bytes of one entry's message and attributes, as far as they are strings
	maxTrailBytes = 64 << 10 // of all entries
	maxWatches    = 20
	maxBody       = 16 << 10
)

// A trail collects what one request leaves behind for a Report: its log lines, notes and watched values, when it began, and
// the first kilobytes of its body. It knows nothing of the *http.Request, and it lives no longer than the request's
// context.
type trail struct {
	start time.Time
	body  tee

	mu      sync.Mutex
	entries []entry // a ring of maxEntries once it is full
	next    int     // where the ring goes on
	dropped int
	bytes   int
	watches []watch
	ended   bool
}

// An entry keeps attribute values as they are: formatting waits until somebody looks.
type entry struct {
	at       time.Duration
	left     time.Duration
	deadline bool
	level    slog.Level
	note     bool
	hidden   bool
	message  string
	trimmed  int
	groups   []string // in which attrs stand
	attrs    []slog.Attr
	bound    []boundAttrs // from WithAttrs
	size     int
}

type boundAttrs struct {
	groups []string
	attrs  []slog.Attr
}

type watch struct {
	name  string
	value any
}

type trailKey struct{}

func trailOf(ctx context.Context) *trail {
	if ctx == nil {
		return nil
	}
	t, _ := ctx.Value(trailKey{}).(*trail)
	return t
}

// Attach returns r with a trail, which a Report of this request will show: the request's start, its log lines through
// [LogHandler], what [Note] and [Watch] add, and up to 16 KiB of the body as the handler reads it. It is to be called once
// for each request, before anything reads the body; called again it changes nothing. It reads nothing itself.
//
// The trail is held by the request's context alone. [Detach] empties it early, for handlers that leave goroutines behind.
func Attach(r *http.Request) *http.Request {
	if r == nil || trailOf(r.Context()) != nil {
		return r
	}
	t := &trail{start: time.Now()}
	r2 := r.WithContext(context.WithValue(r.Context(), trailKey{}, t))
	if r.Body != nil && r.Body != http.NoBody {
		t.body.src, t.body.keep, t.body.present = r.Body, textual(r.Header.Get("Content-Type")), true
		r2.Body = &t.body
	}
	return r2
}

// Detach empties the trail of ctx and keeps it empty. It is for the end of a request; a Report made later shows no trail.
func Detach(ctx context.Context) {
	t := trailOf(ctx)
	if t == nil {
		return
	}
	t.mu.Lock()
	t.entries, t.watches, t.ended, t.dropped, t.bytes = nil, nil, true, 0, 0
	t.mu.Unlock()
	t.body.release()
}

// Note adds a line to the trail of ctx: a breadcrumb that no logger prints. Without a trail it does nothing.
func Note(ctx context.Context, msg string, attrs ...slog.Attr) {
	t := trailOf(ctx)
	if t == nil {
		return
	}
	e := entry{note: true, message: msg}
	if len(attrs) > 0 {
		e.attrs = make([]slog.Attr, 0, len(attrs))
		for _, a := range attrs {
			e.attrs = append(e.attrs, frozen(a))
		}
	}
	t.add(ctx, e)
}

// Watch shows v under name in a Report of this request, as it is when the Report is made: for what the variables of a failed
// function would show, which Go does not keep. Without a trail it does nothing; the same name again replaces the value. v is
// read on the request's goroutine's behalf while that waits, so nobody else may write to it by then.
func Watch(ctx context.Context, name string, v any) {
	t := trailOf(ctx)
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	for i := range t.watches {
		if t.watches[i].name == name {
			t.watches[i].value = v
			return
		}
	}
	if len(t.watches) < maxWatches {
		t.watches = append(t.watches, watch{name, v})
	}
}

func (t *trail) add(ctx context.Context, e entry) {
	e.at = time.Since(t.start)
	if d, ok := ctx.Deadline(); ok {
		e.left, e.deadline = time.Until(d), true
	}
	if len(e.message) > maxEntryText {
		short := head(e.message, maxEntryText)
		e.trimmed = len(e.message) - len(short)
		e.message = string([]byte(short)) // not a part of somebody's megabyte
	}
	e.size = len(e.message) + 64
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
func (t *trail) dropOldest() {
	for i := range t.entries {
		e := &t.entries[(t.next+i)%len(t.entries)]
		if e.size > 0 {
			t.bytes -= e.size
			*e = entry{}
			t.dropped++
			return
		}
	}
	t.bytes = 0
}

// snapshot returns the entries, oldest first, and the watches.
func (t *trail) snapshot() (entries []entry, dropped int, watches []watch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.entries {
		if e := t.entries[(t.next+i)%len(t.entries)]; e.size > 0 {
			entries = append(entries, e)
		}
	}
	return entries, t.dropped, append([]watch(nil), t.watches...)
}

// A tee passes a body on unchanged and keeps its beginning.
type tee struct {
	src     io.ReadCloser
	keep    bool // the type is one that a Report shows
	present bool

	mu   sync.Mutex
	text []byte
	read int64
	eof  bool
	fail string
}

func (b *tee) Read(p []byte) (int, error) {
	n, err := b.src.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	if n > 0 {
		b.read += int64(min(n, len(p)))
		if room := maxBody + slack - len(b.text); b.keep && room > 0 {
			b.text = append(b.text, p[:min(n, room, len(p))]...)
		}
	}
	switch {
	case err == io.EOF:
		b.eof = true
	case err != nil && b.fail == "":
		b.fail = "reading it failed"
	}
	return n, err
}

func (b *tee) Close() error { return b.src.Close() }

func (b *tee) release() {
	b.mu.Lock()
	b.text, b.keep = nil, false
	b.mu.Unlock()
}

// state returns a copy of what was kept.
func (b *tee) state() (text string, read int64, eof bool, fail string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text), b.read, b.eof, b.fail
}
