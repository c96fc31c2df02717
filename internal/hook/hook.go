// Package hook lets an adapter explain the errors of its web framework to packages that do not import one.
//
// The variables are set once, by the adapter's init, before any error can exist; they are read without a lock. Without an
// adapter they know no error.
package hook

// Framework describes one error of a framework, without the errors that it wraps.
type Framework struct {
	Status int
	// Message is the framework's message: a string, or any structured value.
	Message any
	// Public says that the application wrote Message for its clients. Texts that the framework or net/http composed are
	// not public, with any status.
	Public bool
	// Field names the input field at fault, for a binding error.
	Field string
	// Internal is the error that the framework's error carries beside its message.
	Internal error
}

// Inspect describes err if it is, itself, an error of the framework. It must not panic.
var Inspect = func(err error) (Framework, bool) { return Framework{}, false }

// Assign lets an *httperrors.Error stand for the framework's own error type: it reports whether target is a pointer to that
// type and, if so, sets it to an equivalent of an error with this status and public message whose cause is err.
var Assign = func(err error, status int, message string, target any) bool { return false }
