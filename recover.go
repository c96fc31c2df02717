package exceptional

import (
	"github.com/labstack/echo/v4"

	"github.com/exceptional-go/exceptional/internal/request"
)

// Recover returns a middleware that turns a panic of a handler into an error that carries the panic's value and its whole
// stack. The error goes on through the middlewares outside, as a returned one does, and reaches the error handler at the
// end. A request that does not panic pays for a defer.
//
// A panic with [http.ErrAbortHandler], also wrapped, goes on as a panic: it is how a handler makes net/http cut the
// connection. [runtime.Goexit] is not a panic and is left alone.
//
// Recover belongs innermost of the middlewares that want to see the error, and outside those that may panic themselves;
// used twice, the inner one wins. Echo's own middleware.Recover works as well: it throws the stack away, but the handler
// finds the frames while they still stand. Both together work in either order.
func Recover() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				if r := recover(); r != nil {
					err = request.Recovered(r)
				}
			}()
			return next(c)
		}
	}
}
