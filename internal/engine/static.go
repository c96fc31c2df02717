package engine

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/exceptional-go/exceptional/renderer"
)

// staticAnswers are the answers that depend on nothing but these four, which is most of what a public server sends: pages that
// do not exist. They are found without a lock.
type staticAnswers struct {
	answers atomic.Pointer[map[staticKey]*renderer.Answer]

	mu sync.Mutex // held by keep, which replaces the map
}

type staticKey struct {
	status   int
	format   renderer.Format
	fragment bool
	language string
}

// maxStatic bounds the answers that are kept. The keys are few, statuses by formats by languages on offer; the bound is for a
// server that is asked for all of them.
const maxStatic = 2048

func (s *staticAnswers) find(key staticKey) *renderer.Answer {
	m := s.answers.Load()
	if m == nil {
		return nil
	}
	return (*m)[key]
}

func (s *staticAnswers) keep(key staticKey, a *renderer.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.answers.Load()
	m := map[staticKey]*renderer.Answer{}
	if old != nil {
		if len(*old) >= maxStatic {
			return
		}
		m = maps.Clone(*old)
	}
	kept := *a
	m[key] = &kept
	s.answers.Store(&m)
}
