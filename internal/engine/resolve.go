package engine

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"syscall"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/reporting"
	"github.com/exceptional-go/exceptional/internal/stack"
)

// StatusClientGone is what the log says of a client that did not wait; nginx made it known. It is never sent.
const StatusClientGone = 499

// resolution is what an error means in HTTP.
type resolution struct {
	original   error // as it arrived: what the log and the technical page show
	err        *httperrors.Error
	origin     httperrors.Origin
	status     int
	panic      *stack.Panic
	gone       bool  // nobody reads the answer any more
	abort      bool  // the application wants the connection cut, and nobody told
	translated error // what the application's Translate made of it
}

// resolve says what HTTP error err is. The application's own Translate is asked first; a panic is a fault of the server
// whatever value it carries, unless that value speaks HTTP itself.
func (e *Engine) resolve(x *exchange, err error) {
	r := &x.resolution
	r.original = err
	asked := err
	if e.cfg.Translate != nil {
		var translated error
		if failure := guard("Translate", func() { translated = e.cfg.Translate(err) }); failure != "" {
			x.crash(failure)
		} else if !errtree.IsNil(translated) {
			asked, r.translated = translated, translated
		}
	}
	if e.cfg.OwnPages {
		r.err, r.origin = httperrors.Resolve(asked) // a template may ask Page.Err for its cause
	} else {
		r.err, r.origin = httperrors.ResolveShared(asked)
	}
	if r.origin == httperrors.OriginMapped && errtree.Is(err, http.ErrAbortHandler) && !joined(err) {
		r.abort = true // returned instead of raised, or wrapped and caught by a middleware
		return
	}
	if r.origin == httperrors.OriginMapped || r.origin == httperrors.OriginUnknown || r.err.StatusCode() >= 500 {
		// A panic with an error that says 404 of itself is a way to return it, not a crash.
		if r.panic = stack.Find(err); r.panic == nil && e.panicMatters(x) {
			r.panic = x.conn.Panic(err)
		}
	}
	if r.panic != nil && r.origin == httperrors.OriginMapped {
		// sql.ErrNoRows returned is an answer; the same value in a panic is a bug.
		r.err, r.origin = httperrors.InternalServerError("").WithCause(err), httperrors.OriginUnknown
	}
	if r.origin == httperrors.OriginFramework && r.err.StatusCode() == http.StatusNotFound && r.err.Plain() { // else somebody wrote it
		if methods := x.conn.Allowed(http.StatusNotFound); methods != nil {
			r.err = httperrors.MethodNotAllowed(methods...).WithCause(err)
		}
	}
	r.status = r.err.StatusCode()
	if r.status < 300 || r.status > 599 {
		r.status = http.StatusInternalServerError
	}
	r.gone = x.clientGone()
	if r.status == StatusClientGone && !r.gone {
		// Somebody down the line took the client for gone; it is not, and reads what we write. The message is not for it.
		r.err, r.status = httperrors.New(http.StatusInternalServerError, "").WithCause(err), http.StatusInternalServerError
	}
}

// joined reports whether several failures stand side by side in err.
func joined(err error) (several bool) {
	errtree.Walk(err, func(n errtree.Node) bool {
		several = errtree.IsJoin(n.Err)
		return !several
	})
	return several
}

// panicMatters reports whether it would change anything that a panic is in flight, which is dear to find out: to the status,
// to a technical page, to whether the client counts as gone, or to what anybody is told.
func (e *Engine) panicMatters(x *exchange) bool {
	r := &x.resolution
	if r.origin == httperrors.OriginMapped || e.cfg.Debug || e.cfg.Gate != nil || x.request.Context().Err() != nil {
		return true
	}
	return !e.ignored(x, reporting.Severity(r.err.StatusCode(), r.err, true))
}

// clientGone reports whether the failure is that the client went away. The context of the request alone does not tell:
// a middleware may have replaced it by one that it has cancelled itself on the way out, as Echo's ContextTimeout does. To
// take a client that is still there for gone means to send it an empty 200, so in doubt the answer is no.
func (x *exchange) clientGone() bool {
	ctx := x.request.Context()
	if ctx.Err() == nil || !errors.Is(ctx.Err(), context.Canceled) {
		return false
	}
	if gone, known := x.conn.Gone(); !gone || !known {
		return false
	}
	err := x.resolution.original
	if x.resolution.panic != nil {
		return false // a bug is a bug, whoever is listening
	}
	return x.resolution.status == StatusClientGone ||
		errtree.Is(err, context.Canceled) || errtree.Is(err, syscall.EPIPE) || errtree.Is(err, syscall.ECONNRESET) ||
		disconnected(err)
}

// disconnected knows HTTP/2's errors for a stream that the client closed, which net/http does not export.
func disconnected(err error) bool {
	text := errtree.Text(err)
	return strings.Contains(text, "http2: stream closed") || strings.Contains(text, "client disconnected")
}
