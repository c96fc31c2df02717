package report

import (
	"net/http"

	"github.com/exceptional-go/exceptional/httperrors"
)

// DefaultPolicy reports whether reporters receive f. The first rule that applies decides:
//
//  1. A panic, also one of a hook, is reported, and so is a page that failed: they are the application's fault whatever the
//     error was.
//  2. An error made with WithReport decides for itself.
//  3. A client that has disconnected is not reported.
//  4. An error of the application or of its framework is reported from status 500 up.
//  5. An error of another package is reported, because the application did not choose its status. There are two exceptions:
//     404, 405 and 410, and faults in the client's message, such as malformed JSON or a body that is too large. Otherwise any
//     client could fill the error tracker. The example is a policy without the second exception.
//
// Whether the response was committed already and whether the application runs in development mode make no difference.
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

// notFound has the statuses that any crawler can cause at will.
func notFound(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone
}

// clientFault has the statuses that only the client can correct. 401, 403, 409 and 429 are not among them: in an error of
// another package they often mean that the server's own credentials, permissions or quota are wrong.
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
