package engine

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"syscall"

	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/guard"
	"github.com/exceptional-go/exceptional/internal/request"
	"github.com/exceptional-go/exceptional/internal/stack"
)

// StatusClientClosedRequest is sent, logged and counted for a client that did not wait for the answer; nginx made it known.
const StatusClientClosedRequest = 499

// resolution is what an error means in HTTP.
type resolution struct {
	original     error // as it arrived: what the log and the technical page show
	translated   error // what the application's Translate made of it, or nil
	err          *httperrors.Error
	origin       httperrors.Origin
	status       int // of the answer
	panic        *stack.Panic
	disconnected bool // the client went away, and that is what failed
	abort        bool // the application wants the connection cut, and no record of it
}

// resolve says what HTTP error err is. The application's own Translate is asked first; a panic is a fault of the server
// whatever value it carries, unless that value speaks HTTP itself.
func (e *Engine) resolve(x *exchange, err error) {
	r := &x.resolution
	r.original = err
	asked := err
	var translated error
	if panicked := guard.Call(func() { translated = x.conn.Translate(err) }); panicked != nil {
		x.crash("Translate", panicked)
	} else if !errtree.IsNil(translated) {
		asked, r.translated = translated, translated
	}
	r.err, r.origin = httperrors.Resolve(asked)
	if r.origin == httperrors.OriginMapped && request.Aborts(err) && !joined(err) {
		r.abort = true // returned instead of raised, or wrapped and recovered by a middleware
		return
	}

	if r.origin == httperrors.OriginMapped || r.origin == httperrors.OriginUnknown || r.err.StatusCode() >= 500 {
		// A panic with an error that says 404 of itself is a way to return it, not a crash.
		if r.panic = stack.Find(err); r.panic == nil && e.panicMatters(x) {
			r.panic = x.conn.Panic(err)
		}
	}
	switch {
	case r.panic != nil && r.origin == httperrors.OriginMapped:
		// sql.ErrNoRows returned is an answer; the same value in a panic is a bug.
		r.err, r.origin = httperrors.ErrInternalServerError.WithCause(err), httperrors.OriginUnknown
	case r.origin == httperrors.OriginFramework && r.err.StatusCode() == http.StatusNotFound:
		if methods := x.conn.AllowedInstead(asked); methods != nil {
			r.err = httperrors.ErrMethodNotAllowed.WithHeader("Allow", strings.Join(methods, ", ")).WithCause(err)
		}
	}
	r.status = r.err.StatusCode()
	r.disconnected = r.panic == nil && x.state.ClientDisconnected(x.request) && saysDisconnected(err, r.status)
	if r.disconnected || r.status == StatusClientClosedRequest {
		// A client may be there after all, behind a middleware that has cancelled the context itself. So the body is that of a
		// 500, without a message about clients that disconnect; the status line of a disconnected client says 499 (write.go).
		r.err, r.status = httperrors.ErrInternalServerError.WithCause(err), http.StatusInternalServerError
	}
	if x.sent.Hijacked && closesWebSocket(err) {
		r.disconnected = true
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

// panicMatters reports whether the answer, the log or a reporter depends on a panic in flight. Looking for one costs a walk
// over the stack.
func (e *Engine) panicMatters(x *exchange) bool {
	r := &x.resolution
	return r.origin == httperrors.OriginMapped || e.cfg.Debug || e.cfg.Gate != nil || x.request.Context().Err() != nil ||
		e.cfg.Pipeline.Reports() || e.cfg.Pipeline.Logs(x.request.Context(), slog.LevelError)
}

// saysDisconnected reports whether err, with this status, says that the client went away.
func saysDisconnected(err error, status int) bool {
	if status == StatusClientClosedRequest ||
		errtree.Is(err, context.Canceled) || errtree.Is(err, syscall.EPIPE) || errtree.Is(err, syscall.ECONNRESET) {
		return true
	}
	// HTTP/2's errors for a stream that the client closed, which net/http does not export.
	text := errtree.Text(err)
	return strings.Contains(text, "http2: stream closed") || strings.Contains(text, "client disconnected")
}

// closesWebSocket reports whether err is how a WebSocket library tells that the client has closed the connection in good order: a
// CloseError with the code 1000, 1001 or 1005 (RFC 6455, section 7.4.1), as gorilla/websocket and coder/websocket have it.
func closesWebSocket(err error) (found bool) {
	errtree.Walk(err, func(n errtree.Node) bool {
		v := reflect.Indirect(reflect.ValueOf(n.Err))
		if v.Kind() != reflect.Struct || v.Type().Name() != "CloseError" {
			return true
		}
		if code := v.FieldByName("Code"); code.IsValid() && code.CanInt() {
			found = code.Int() == 1000 || code.Int() == 1001 || code.Int() == 1005
		}
		return !found
	})
	return found
}
