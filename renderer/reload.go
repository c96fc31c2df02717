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
	s, errs := r.newState(set)
	faults = append(faults, errs...)
	s.digest = got.library.digest(got.faults)
	return s, append(faults, r.validate(s)...)
}

// digest tells one snapshot from another by what the files say, because their times say nothing: those of an embed.FS
// are all zero, and an editor may write twice within what a file system resolves. What could not be read is a part of
// it: a snapshot without the file is another one.
func (l *library) digest(faults []error) [sha256.Size]byte {
	h := sha256.New()
	for _, p := range slices.Sorted(slices.Values(l.order)) {
		fmt.Fprintf(h, "%q%q%q", p, l.files[p].text, fmt.Sprint(l.files[p].err))
	}
	for _, err := range slices.Concat(faults, l.unread) {
		fmt.Fprintf(h, "%q", err.Error())
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// A reloader looks for changed templates.
type reloader struct {
	fsys  fs.FS // nil if there is Options.External alone
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
	if w.fsys == nil || !w.mu.TryLock() {
		return nil
	}
	defer w.mu.Unlock()
	now := r.now()
	if !w.checked.IsZero() && now.Sub(w.checked) < w.every {
		return nil
	}
	defer func() { w.checked = r.now() }() // when it ended: reading may have taken longer than the interval
	s, faults := r.loadAll(w.fsys)
	var digest [sha256.Size]byte
	if s != nil {
		digest = s.digest
	} else {
		digest = sha256.Sum256([]byte(errors.Join(faults...).Error()))
	}
	switch {
	case digest == w.faulty:
		return nil
	case digest == r.state.Load().digest:
	case len(faults) > 0:
		w.faulty = digest
		return errors.Join(faults...)
	default:
		r.state.Store(s)
	}
	w.faulty = [sha256.Size]byte{} // the same fault is news when it comes back
	return nil
}
