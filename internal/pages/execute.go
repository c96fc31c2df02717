package pages

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/renderer"
)

var (
	errTooLarge = errors.New("the output is larger than Options.MaxBytes")
	errNothing  = errors.New("wrote nothing")
	errOverrun  = errors.New("it will not be executed again")
)

// maxOverruns bounds how many executions that overran their time may be under way at once, each on a goroutine.
const maxOverruns = 64

// execute returns the output of the page. An execution that overruns the timeout is left behind on its goroutine, and the page
// is not executed again.
func (p *customPage) execute(data *renderer.Page, maxBytes int, timeout time.Duration, limit *guard.Limit) ([]byte, error) {
	t := p.whole
	if data.Fragment {
		t = p.fragment
	}
	b := newBuffer(maxBytes)
	body, err := guard.Within(limit, timeout, func() ([]byte, error) {
		if err := t.Execute(b, data); err != nil {
			return nil, err
		}
		// An error without an explanation is not what RFC 9110, section 15.5, asks for.
		if len(bytes.TrimSpace(b.bytes)) == 0 {
			return nil, errNothing
		}
		return b.bytes, nil
	})
	if errtree.Is(err, guard.ErrTimeout) {
		b.closed.Store(true)
		p.disabled.Store(true)
		err = fmt.Errorf("%w, so that %w", err, errOverrun)
	}
	return body, err
}

// A buffer receives the output of a template. It refuses output that is too much, and all that follows: foreign code may
// ignore what Write returns, and a page with a hole in it is not to be shown.
type buffer struct {
	bytes  []byte
	limit  int
	full   bool        // it has refused something; the bytes are not to be used
	closed atomic.Bool // the caller no longer waits for it
}

var _ io.Writer = (*buffer)(nil)

func newBuffer(limit int) *buffer { return &buffer{bytes: make([]byte, 0, 2<<10), limit: limit} }

// Write implements io.Writer.
func (b *buffer) Write(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, guard.ErrTimeout
	}
	if b.full = b.full || len(p) > b.limit-len(b.bytes); b.full {
		return 0, errTooLarge
	}
	b.bytes = append(b.bytes, p...)
	return len(p), nil
}
