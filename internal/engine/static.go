package engine

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/exceptional-go/exceptional/renderer"
)

// staticAnswers are the answers that depend on nothing but these four, which is most of what a public server sends: pages that
// do not exist. They are found without a lock and without a hash: by status, and then among the few forms and languages in
// which that status has been asked for.
type staticAnswers struct {
	answers [600 - 300]atomic.Pointer[[]staticAnswer]

	mu   sync.Mutex // held by keep, which replaces a list
	kept int
}

type staticAnswer struct {
	format   renderer.Format
	fragment bool
	language string
	answer   *renderer.Answer
}

func (a *staticAnswer) is(c *renderer.Choice) bool {
	return a.format == c.Format && a.fragment == c.Fragment && a.language == c.Language
}

// The bounds of what is kept: altogether, for a server that is asked for everything in every language, and for one status, so
// that looking through its list is not dearer than making the answer.
const (
	maxStatic   = 2048
	maxVariants = 64
)

func (s *staticAnswers) find(status int, c *renderer.Choice) *renderer.Answer {
	list := s.answers[status-300].Load() // resolve sees to it that it is a status of an error
	if list == nil {
		return nil
	}
	for i := range *list {
		if a := &(*list)[i]; a.is(c) {
			return a.answer
		}
	}
	return nil
}

func (s *staticAnswers) keep(status int, c *renderer.Choice, answer *renderer.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []staticAnswer
	if old := s.answers[status-300].Load(); old != nil {
		list = *old
	}
	if s.kept == maxStatic || len(list) == maxVariants || s.find(status, c) != nil {
		return
	}
	s.kept++
	list = append(slices.Clip(list), staticAnswer{c.Format, c.Fragment, c.Language, answer})
	s.answers[status-300].Store(&list)
}
