package renderer

import (
	"bytes"
	"errors"
	"time"
)

// execute writes a page of the application into b. A page whose time can be bounded by its source is executed here; for
// any other it takes a goroutine, which costs about a microsecond, and what overruns its time is left behind. If
// overrun is true, b belongs to that goroutine for ever, and so does data.
func (p *customPage) execute(b *buffer, data *Page, timeout time.Duration) (err error, overrun bool) {
	t := p.whole
	if data.Fragment {
		t = p.fragment
	}
	if !p.wild {
		err = guard(func() error { return t.Execute(b, data) })
	} else {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		select {
		case p.slots <- struct{}{}:
		case <-timer.C:
			return errBusy, false
		}
		failed, lost := within(timeout, func() error {
			defer func() { <-p.slots }()
			return t.Execute(b, data)
		})
		if lost == errTooSlow {
			b.closed.Store(true)
			p.disabled.Store(true)
			return lost, true
		}
		err = errors.Join(failed, lost)
	}
	if err == nil && len(bytes.TrimSpace(b.bytes)) == 0 {
		err = errNothing // an error without an explanation is what RFC 9110, section 15.5, does not want
	}
	return err, false
}
