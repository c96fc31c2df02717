package templates

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/renderer"
)

var (
	// ErrTooLarge is the error of output that does not fit into a Buffer.
	ErrTooLarge = errors.New("the output is larger than Options.MaxBytes")
	// ErrNothing is the error of a page that is empty.
	ErrNothing = errors.New("wrote nothing")
	// errOverrun is in the error of an execution that overran its time.
	errOverrun = errors.New("it will not be executed again")
)

// maxOverruns bounds the executions that have overrun their time and still run, each on a goroutine that cannot be stopped.
const maxOverruns = 64

// Usable reports whether the page can be executed, as a fragment or as a whole.
func (p *Page) Usable(fragment bool) bool {
	return !p.disabled.Load() && (!fragment || p.fragment != nil)
}

// Execute returns the output of the page. An execution that overruns its time is left behind on its goroutine, and the page is
// not executed again.
func (p *Page) Execute(data *renderer.Page) ([]byte, error) {
	t := p.whole
	if data.Fragment {
		t = p.fragment
	}
	b := NewBuffer(p.limits.MaxBytes)
	body, err := guard.Within(p.limits.overruns, p.limits.Timeout, func() ([]byte, error) {
		if err := t.Execute(b, data); err != nil {
			return nil, err
		}
		// An error without an explanation is not what RFC 9110, section 15.5, asks for.
		if len(bytes.TrimSpace(b.Bytes)) == 0 {
			return nil, ErrNothing
		}
		return b.Bytes, nil
	})
	if errtree.Is(err, guard.ErrTimeout) {
		b.closed.Store(true)   // ends the execution at its next write
		p.disabled.Store(true) // it would overrun its time at every error, and each execution keeps a goroutine
		err = fmt.Errorf("%w, so that %w", err, errOverrun)
	}
	return body, err
}

// A Buffer receives the output of a template. It refuses a write beyond its limit, and all later ones, even if they would fit: the
// application's code may ignore the error of Write, and a page with a hole in it must not be shown.
type Buffer struct {
	Bytes  []byte
	limit  int
	Full   bool        // it has refused a write; Bytes must not be used
	closed atomic.Bool // the execution overran its time: every write is refused
}

var _ io.Writer = (*Buffer)(nil)

// NewBuffer returns an empty buffer for limit bytes.
func NewBuffer(limit int) *Buffer { return &Buffer{Bytes: make([]byte, 0, 2<<10), limit: limit} }

// Write implements io.Writer.
func (b *Buffer) Write(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, guard.ErrTimeout
	}
	if b.Full = b.Full || len(p) > b.limit-len(b.Bytes); b.Full {
		return 0, ErrTooLarge
	}
	b.Bytes = append(b.Bytes, p...)
	return len(p), nil
}
