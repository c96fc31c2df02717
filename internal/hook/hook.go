// Package hook is where an adapter tells the Echo-free packages what its framework's own errors mean.
//
// The variables are set once, by the adapter's init, before any error can exist; they are read without a lock.
package hook

// Framework is what one framework error says of itself. It describes a single node of an error tree, never what
// that node wraps.
type Framework struct {
	Status int
	// Message is the framework's message as it stands: a string, or any structured value.
	Message any
	// Public says that the application wrote Message for its clients. Texts that the framework or net/http
	// composed are not public, whatever their status.
	Public bool
	// Field names the input field at fault, for a binding error.
	Field string
	// Internal is the error that the framework's error carries beside its message.
	Internal error
}

// Inspect reports what err is to the framework, looking at err alone. It is nil without an adapter.
var Inspect func(err error) (Framework, bool)

// Bare returns the status of a framework's error that says nothing else, as the router's own 404 and 405 do, and 0 for any other
// error. What it knows Inspect knows as well: it is only quicker. It is nil without an adapter.
var Bare func(err error) int

// Assign lets an *httperrors.Error stand for the framework's own error type: it reports whether target is a pointer
// to that type and, if so, sets it to an equivalent of an error with this status and public message whose cause is
// err. It is nil without an adapter.
var Assign func(err error, status int, message string, target any) bool

// Entry is the program counter, as runtime.Callers returns it, at which the framework calls a handler with the middleware
// around it. What is below it on a stack is the server's. It is 0 without an adapter.
var Entry uintptr
