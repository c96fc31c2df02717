package renderer

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"
)

// loadAll reads, compiles and validates the templates. A file system that blocks or panics is a fault like any other.
func (r *Renderer) loadAll(fsys fs.FS) (*state, []error) {
	type read struct {
		library *library
		faults  []error
	}
	got, err := within(5*r.timeout, func() read {
		l, faults := readLibrary(fsys, r.funcs)
		l.pages() // reads what they call
		return read{l, faults}
	})
	if err != nil {
		return nil, []error{faultf("Templates", "reading them: %w", err)}
	}
	set, faults := loadTemplates(got.library)
	faults = append(got.faults, faults...)
	s := r.newState(set)
	s.digest = got.library.digest()
	return s, append(faults, r.validate(s)...)
}

// digest tells one snapshot from another by what the files say, because their times say nothing: those of an embed.FS
// are all zero, and an editor may write twice within what a file system resolves.
func (l *library) digest() [sha256.Size]byte {
	h := sha256.New()
	for _, p := range slices.Sorted(slices.Values(l.order)) {
		fmt.Fprintf(h, "%q%q", p, l.files[p].text)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// A reloader looks for changed templates.
type reloader struct {
	fsys  fs.FS
	every time.Duration

	mu      sync.Mutex // held while looking; whoever comes meanwhile takes what there is
	checked time.Time
	faulty  [sha256.Size]byte // the digest of the last change that had a fault
}

// reloadEvery bounds how often the files are read under load; a person who reloads a page does not notice it.
const reloadEvery = 200 * time.Millisecond

// refresh replaces the state if the templates have changed for the better. It returns the faults of a change, once.
func (r *Renderer) refresh() error {
	w := r.reload
	if w == nil || !w.mu.TryLock() {
		return nil
	}
	defer w.mu.Unlock()
	now := r.now()
	if !w.checked.IsZero() && now.Sub(w.checked) < w.every {
		return nil
	}
	defer func() { w.checked = r.now() }() // when it ended: reading may have taken longer than the interval
	s, faults := r.loadAll(w.fsys)
	if s == nil {
		return errors.Join(faults...)
	}
	switch s.digest {
	case r.state.Load().digest:
		return nil
	case w.faulty:
		return nil
	}
	if len(faults) > 0 {
		w.faulty = s.digest
		return errors.Join(faults...)
	}
	r.state.Store(s)
	return nil
}
