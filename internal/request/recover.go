package request

import (
	"net/http"

	"github.com/exceptional-go/exceptional/internal/errtree"
	"github.com/exceptional-go/exceptional/internal/stack"
)

// Recovered makes an error of a panic's value. It must be called by the deferred function that recovered it. It panics again
// with http.ErrAbortHandler, which a handler raises to make net/http cut the connection, also if it was wrapped.
func Recovered(value any) error {
	if err, ok := value.(error); ok {
		if Aborts(err) {
			panic(http.ErrAbortHandler) // the bare value: Echo's Recover and net/http compare with ==
		}
		// A panic that was raised again, and was an error of ours, keeps the stack that it has.
		if stack.Find(err) != nil {
			return err
		}
	}
	return stack.Recovered(value)
}

// Aborts reports whether http.ErrAbortHandler itself is in the tree of err. It does not ask Is methods: an error that says yes to
// everything must not cut the connection.
func Aborts(err error) (found bool) {
	errtree.Walk(err, func(n errtree.Node) bool {
		found = n.Err == http.ErrAbortHandler // a pointer, so that comparing it with any other type cannot panic
		return !found
	})
	return found
}
