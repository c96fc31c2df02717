package guard_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/stack"
)

func TestCall(t *testing.T) {
	if err := guard.Call(func() {}); err != nil {
		t.Errorf("Call = %v, want nil", err)
	}
	err := guard.Call(func() { panic("boom") })
	if stack.Find(err) == nil || err.Error() != "panic: boom" {
		t.Errorf("Call = %v, want a panic", err)
	}
}

func TestWithin(t *testing.T) {
	failed := errors.New("failed")
	for _, tt := range []struct {
		name string
		f    func() (int, error)
		want int
		err  string
	}{
		{"value", func() (int, error) { return 7, nil }, 7, ""},
		{"error", func() (int, error) { return 0, failed }, 0, "failed"},
		{"panic", func() (int, error) { panic("boom") }, 0, "panic: boom"},
		{"Goexit", func() (int, error) { runtime.Goexit(); return 1, nil }, 0, "no answer: it ended its goroutine"},
		{"too slow", func() (int, error) { time.Sleep(2 * time.Second); return 1, nil }, 0, "no answer within 1s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := guard.Within(guard.NewLimit(1), time.Second, tt.f)
				time.Sleep(time.Minute) // until the call that was left behind has returned
				text := ""
				if err != nil {
					text = err.Error()
				}
				if got != tt.want || text != tt.err {
					t.Errorf("Within = %d, %q, want %d, %q", got, text, tt.want, tt.err)
				}
			})
		})
	}
}

// TestLimit holds that the limit counts the calls that were left behind, and not those that are waited for.
func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := guard.NewLimit(2)
		slow := func() (int, error) { time.Sleep(time.Second); return 1, nil }
		results := make(chan error, 100)
		for range cap(results) {
			go func() {
				_, err := guard.Within(limit, 2*time.Second, slow)
				results <- err
			}()
		}
		for range cap(results) {
			if err := <-results; err != nil {
				t.Fatalf("Within = %v for a call that is waited for", err)
			}
		}

		for range 2 {
			if _, err := guard.Within(limit, time.Millisecond, slow); !errors.Is(err, guard.ErrTimeout) {
				t.Fatalf("Within = %v, want ErrTimeout", err)
			}
		}
		if _, err := guard.Within(limit, time.Minute, slow); err != guard.ErrBusy {
			t.Fatalf("Within = %v with two calls left behind, want ErrBusy", err)
		}
		time.Sleep(time.Second) // they return
		synctest.Wait()
		if _, err := guard.Within(limit, time.Minute, slow); err != nil {
			t.Fatalf("Within = %v after they returned, want nil", err)
		}
	})
}

type hostile struct{}

func (hostile) Error() string { panic("no text") }

func TestGo(t *testing.T) {
	r := <-guard.Go(func() (int, error) { return 0, hostile{} })
	if r.Err == nil || !strings.Contains(r.Err.Error(), "hostile") {
		t.Errorf("Go's error = %v, want one whose text is safe", r.Err)
	}
}
