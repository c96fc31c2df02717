package trail_test

import (
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/exceptional-go/exceptional/internal/technical/trail"
)

// A million requests that leave notes leave nothing else behind. A query recorder of another framework kept 140 MB.
func TestMillionRequestsLeaveNothing(t *testing.T) {
	n := 1_000_000
	if raceEnabled {
		n = 50_000 // the detector takes a hundred times as long, and what leaks shows as well
	}
	r := httptest.NewRequest("GET", "/", nil)
	serve := func(n int) {
		for range n {
			ctx := trail.Attach(r).Context()
			trail.Note(ctx, "something happened")
			trail.Detach(ctx)
		}
	}
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	serve(1000)
	before := heap()
	serve(n)
	if after := heap(); after > before+1<<20 {
		t.Errorf("%d bytes are left of %d requests", after-before, n)
	}
}
