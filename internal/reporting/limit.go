package reporting

import (
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/report"
)

// maxKinds is how many kinds of failure get one record each in a second that is over the limit.
const maxKinds = 32

// A limiter keeps a flood of failures from becoming a flood of records. It counts by the second and separately for each class
// of level, so that a scan for 404s cannot hide an error. The first failure of each kind in a second always passes, so that
// an outage of one thing does not hide the failure of another.
type limiter struct {
	perSecond int // no limit if negative

	mu      sync.Mutex // protects classes
	classes [4]window
}

// A window counts the records of one second.
type window struct {
	second int64
	count  int
	kinds  [maxKinds]limiterKey
	known  int // how many of kinds are in use
}

// A limiterKey says which failures are alike: the same status from the same route by the same line or type of error. The
// client chooses nothing in it, because a scan must not look like many kinds.
type limiterKey struct {
	status     int
	origin     httperrors.Origin
	pageFailed bool
	pc         uintptr // where the error was made; 0 if unknown
	route      string
	errorType  reflect.Type
}

func keyOf(f *report.Failure) limiterKey {
	k := limiterKey{
		status: f.Status, origin: f.Origin, pageFailed: f.PageErr != nil, route: f.Route, errorType: reflect.TypeOf(f.Err),
	}
	if len(f.Stack) > 0 {
		k.pc = f.Stack[0]
	}
	return k
}

// allow reports whether a failure of this kind may be logged now. It does not allocate.
func (l *limiter) allow(level slog.Level, key limiterKey, now time.Time) bool {
	if l.perSecond < 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &l.classes[class(level)]
	if s := now.Unix(); s != w.second {
		w.second, w.count, w.known = s, 0, 0
	}
	if !w.firstThisSecond(key) && w.count >= l.perSecond {
		return false
	}
	w.count++
	return true
}

// firstThisSecond reports whether this kind of failure is new in this second, and remembers it.
func (w *window) firstThisSecond(key limiterKey) bool {
	for _, k := range w.kinds[:w.known] {
		if k == key {
			return false
		}
	}
	if w.known == maxKinds {
		return false
	}
	w.kinds[w.known] = key
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
