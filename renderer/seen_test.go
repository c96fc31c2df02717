package renderer_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/exceptional-go/exceptional/renderer"
)

// TestSeen_flood: keys that come once are not stored, and drive nothing out.
func TestSeen_flood(t *testing.T) {
	s := renderer.NewSeen(64)
	for range 2 {
		s.Visit("common", 1)
	}
	if !s.Has("common") {
		t.Fatal("a key that came twice is not stored")
	}
	stored := 0
	for i := range 100000 {
		key := "rare" + strconv.Itoa(i)
		s.Visit(key, i)
		if s.Has(key) {
			stored++
		}
	}
	if stored > 0 || !s.Has("common") {
		t.Errorf("%d keys that came once are stored; the common one is there: %v", stored, s.Has("common"))
	}
}

// TestSeen_shared: whoever finds a key finds its own value, whatever the others do.
func TestSeen_shared(t *testing.T) {
	s := renderer.NewSeen(4)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 5000 {
				if got := s.Visit(strconv.Itoa(i%13), i%13); got != i%13 {
					t.Errorf("%d found for %d", got, i%13)
				}
			}
		})
	}
	wg.Wait()
}
