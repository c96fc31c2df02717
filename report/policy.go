package report

import (
	"net/http"

	"github.com/exceptional-go/exceptional/httperrors"
)

// DefaultPolicy reports whether reporters are told of f.
//
// They are told of every panic, one of a hook included, and of every page that failed, which is the application's fault
// whatever the error was. Otherwise the error itself decides if it was made with WithReport. Otherwise nobody is told of a
// client that has gone; the application's own errors, and its framework's, are reported from 500 up; and somebody else's
// error, which nobody has thought about, is reported always, with two exceptions. One is the not-found family. The other is
// what the table of foreign errors recognises as a fault in the client's message, such as malformed JSON or a body that is
// too large: else anybody could fill the error tracker by sending rubbish. The example is a policy without the second
// exception.
//
// Whether a response was committed already and whether the application runs in development make no difference.
func DefaultPolicy(f *Failure) bool {
	if f.Panic || f.HookPanic || f.PageErr != nil {
		return true
	}
	if f.Resolved != nil {
		if report, decided := f.Resolved.Reportable(); decided {
			return report
		}
	}
	status := f.IntendedStatus()
	if status == statusClientGone {
		return false
	}
	switch f.Origin {
	case httperrors.OriginOwn, httperrors.OriginFramework:
		return status >= 500
	case httperrors.OriginMapped:
		return !notFound(status) && !clientFault(status)
	}
	return true
}

// notFound is the family of "it is not here", which any crawler can cause at will.
func notFound(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone
}

// clientFault is what the client alone can put right. 401, 403, 409 and 429 are not in it: raised by somebody else's
// code they say as often that the server's own credentials, permissions or quota are wrong.
func clientFault(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusNotAcceptable, http.StatusRequestTimeout, http.StatusLengthRequired,
		http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong,
		http.StatusUnsupportedMediaType, http.StatusRequestedRangeNotSatisfiable, http.StatusExpectationFailed,
		http.StatusUnprocessableEntity, http.StatusPreconditionRequired, http.StatusRequestHeaderFieldsTooLarge:
		return true
	}
	return false
}
