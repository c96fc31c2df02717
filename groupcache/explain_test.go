package groupcache_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exceptional-go/exceptional/groupcache"
)

func TestExplain(t *testing.T) {
	for _, tt := range []struct {
		name string
		prep func(r *replica, src *source)
		want string // a beginning
	}{
		{"never asked", func(*replica, *source) {}, "unknown: not asked lately"},
		{"member", func(r *replica, _ *source) { r.ask("alice") }, "member"},
		{"not a member", func(r *replica, s *source) { s.members = []string{}; r.ask("alice") }, "not a member"},
		{"missing", func(r *replica, s *source) {
			s.members = nil
			for range 19 * 60 { // a group without questions is removed
				r.ask("alice")
				time.Sleep(time.Second)
			}
		}, "group missing for another 41 min"},
		{"loading", func(r *replica, s *source) { s.delay = 4 * time.Second; r.peek("alice"); time.Sleep(3 * time.Second) }, "unknown: loading since 3 s"},
		{"loading failed", func(r *replica, s *source) {
			s.err = errors.New("no route\nto the database")
			r.ask("alice")
		}, `unknown: loading failed 0 ms ago, next attempt in 1 s: no route\nto the database`},
		{"Redis gone", func(r *replica, _ *source) { r.link.sever(); r.ask("alice"); time.Sleep(12 * time.Second) }, "unknown: Redis unreachable since 1"},
		{"closed", func(r *replica, _ *source) { r.ask("alice"); _ = r.Close() }, "unknown: the cache is closed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				src := newSource("alice")
				r := newReplica(t, newMini(t), src.load, groupcache.Options{NoFallback: true})
				tt.prep(r, src)
				synctest.Wait()
				if got := r.Explain(group, "alice"); !strings.HasPrefix(got, tt.want) {
					t.Errorf("Explain = %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestExplainSaysWhyAnErrorDid(t *testing.T) {
	bubble(t, func(t *testing.T) {
		src := newSource("alice")
		failed := errors.New("the source is down")
		src.err = failed
		r := newReplica(t, newMini(t), src.load, groupcache.Options{})
		_, err := r.IsMember(context.Background(), group, "alice")
		if !errors.Is(err, failed) || !strings.HasPrefix(err.Error(), "groupcache: unknown: loading failed") {
			t.Errorf("IsMember: %v, want why", err)
		}
	})
}

// Promise 9: names and other people's texts do not get into a log line as they are.
func TestLogIsOneLineEach(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log bytes.Buffer
		plain := slog.New(lines{&log})
		src := newSource("", "alice")
		src.err = errors.New("bad\r\nforged=1")
		r := newReplica(t, newMini(t), src.load, groupcache.Options{Logger: plain})
		_, _ = r.IsMember(context.Background(), "a\nforged", "b\nforged")
		src.set(func(s *source) { s.err = nil })
		time.Sleep(2 * time.Second)
		r.link.sever()
		time.Sleep(5 * time.Second)
		r.link.thaw()
		time.Sleep(5 * time.Second)
		_ = r.Close()
		text := log.String()
		for _, w := range []string{"loading a group failed", "empty or longer", "Redis is unreachable", "Redis is back"} {
			if !strings.Contains(text, w) {
				t.Errorf("the log does not say %q:\n%s", w, text)
			}
		}
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "groupcache: ") {
				t.Errorf("a forged line: %q", line)
			}
		}
	})
}

// lines is a handler that escapes nothing.
type lines struct{ w *bytes.Buffer }

func (lines) Enabled(context.Context, slog.Level) bool { return true }
func (l lines) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l lines) WithGroup(string) slog.Handler          { return l }
func (l lines) Handle(_ context.Context, r slog.Record) error {
	l.w.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool { l.w.WriteString(" " + a.String()); return true })
	l.w.WriteByte('\n')
	return nil
}

// An application's log handler that panics costs nothing but the line.
func TestPanickingLogger(t *testing.T) {
	bubble(t, func(t *testing.T) {
		src := newSource("alice", "")
		r := newReplica(t, newMini(t), src.load, groupcache.Options{Logger: slog.New(panics{})})
		want(t, "member", r.ask("alice"), isMember)
	})
}

type panics struct{ slog.Handler }

func (panics) Enabled(context.Context, slog.Level) bool  { return true }
func (panics) Handle(context.Context, slog.Record) error { panic("log") }

func TestStats(t *testing.T) {
	bubble(t, func(t *testing.T) {
		src := newSource("alice", "", "bob")
		r := newReplica(t, newMini(t), src.load, groupcache.Options{})
		r.peek("alice")
		r.ask("alice")
		r.ask("alice")
		r.ask("carol")
		time.Sleep(10 * time.Second)
		s := r.Stats()
		if s.Members != 2 || s.NotMembers != 1 || s.Unknown != 1 || s.NoGroup != 0 || s.Loads != 1 || s.LoadErrors != 0 || s.DroppedIDs != 1 || s.Renewals < 7 {
			t.Errorf("Stats = %+v", s)
		}
		if len(s.Groups) != 1 || !s.Groups[0].Known || s.Groups[0].Members != 2 || s.Groups[0].Age != 10*time.Second || s.Groups[0].LastError != nil {
			t.Errorf("Groups = %+v", s.Groups)
		}
		r.link.sever()
		src.set(func(s *source) { s.err = errors.New("down") })
		time.Sleep(20 * time.Second)
		r.peek("alice")
		s = r.Stats()
		if s.DirectLoads < 2 || s.LoadErrors < 2 || s.RedisErrors < 5 || s.Unknown != 2 {
			t.Errorf("Stats = %+v", s)
		}
		if s.Groups[0].Known || s.Groups[0].LastError == nil {
			t.Errorf("Groups = %+v", s.Groups)
		}
	})
}
