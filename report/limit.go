package report

import (
	"log/slog"
	"sync"
	"time"
)

// maxKinds is how many kinds of failure get one record each in a second that is over the limit.
const maxKinds = 32

// A limiter keeps a flood of failures from becoming a flood of records. It counts by the second and for each class of
// level on its own, so that a scan for 404s cannot hide an error; and the first failure of each kind in a second
// passes whatever the count, so that in an outage of one thing the failure of another is still seen.
type limiter struct {
	perSecond int // no limit if negative

	mu      sync.Mutex // protects classes
	classes [4]window
}

type window struct {
	second int64
	count  int
	kinds  [maxKinds]uint64
	known  int
}

// allow reports whether a failure of this kind may be logged now. It does not allocate.
func (l *limiter) allow(level slog.Level, kind uint64, now time.Time) bool {
	if l.perSecond < 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &l.classes[class(level)]
	if s := now.Unix(); s != w.second {
		w.second, w.count, w.known = s, 0, 0
	}
	fresh := w.learn(kind)
	if w.count >= l.perSecond && !fresh {
		return false
	}
	w.count++
	return true
}

// learn reports whether this kind is new in this second.
func (w *window) learn(kind uint64) bool {
	for _, k := range w.kinds[:w.known] {
		if k == kind {
			return false
		}
	}
	if w.known == maxKinds {
		return false
	}
	w.kinds[w.known] = kind
	w.known++
	return true
}

func class(level slog.Level) int {
	switch {
	case level < slog.LevelInfo:
		return 0
	case level < slog.LevelWarn:
		return 1
	case level < slog.LevelError:
		return 2
	}
	return 3
}

// kind says which failures are alike: the same status from the same route by the same line or type of error. Nothing of
// it is the client's to choose, for a scan must not look like many kinds.
func kind(f *Failure) uint64 {
	const prime = 1099511628211 // FNV-1a
	h := uint64(14695981039346656037)
	mix := func(s string) {
		for i := range min(len(s), maxValue) {
			h = (h ^ uint64(s[i])) * prime
		}
		h = (h ^ 0xff) * prime
	}
	h = (h ^ uint64(f.Status)) * prime
	h = (h ^ uint64(f.Origin)) * prime
	if len(f.Stack) > 0 {
		h = (h ^ uint64(f.Stack[0])) * prime
	}
	if f.PageErr != nil {
		h = (h ^ 1) * prime
	}
	mix(f.Route)
	mix(typeName(f.Err))
	return h
}
