package technical

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"
	"syscall"

	"github.com/exceptional-go/exceptional/internal/technical/value"
)

// wellKnown are values that a reader recognises by their names.
var wellKnown = []struct {
	err  error
	name string
}{
	{io.EOF, "io.EOF"}, {io.ErrUnexpectedEOF, "io.ErrUnexpectedEOF"}, {io.ErrClosedPipe, "io.ErrClosedPipe"},
	{io.ErrShortWrite, "io.ErrShortWrite"}, {io.ErrShortBuffer, "io.ErrShortBuffer"}, {io.ErrNoProgress, "io.ErrNoProgress"},
	{context.Canceled, "context.Canceled"}, {context.DeadlineExceeded, "context.DeadlineExceeded"},
	{fs.ErrNotExist, "fs.ErrNotExist"}, {fs.ErrExist, "fs.ErrExist"}, {fs.ErrPermission, "fs.ErrPermission"},
	{fs.ErrInvalid, "fs.ErrInvalid"}, {fs.ErrClosed, "fs.ErrClosed"}, {os.ErrDeadlineExceeded, "os.ErrDeadlineExceeded"},
	{net.ErrClosed, "net.ErrClosed"}, {http.ErrAbortHandler, "http.ErrAbortHandler"}, {http.ErrHandlerTimeout, "http.ErrHandlerTimeout"},
	{http.ErrNoCookie, "http.ErrNoCookie"}, {http.ErrMissingFile, "http.ErrMissingFile"}, {http.ErrBodyReadAfterClose, "http.ErrBodyReadAfterClose"},
	{http.ErrBodyNotAllowed, "http.ErrBodyNotAllowed"}, {http.ErrContentLength, "http.ErrContentLength"}, {http.ErrNotSupported, "http.ErrNotSupported"},
	{http.ErrServerClosed, "http.ErrServerClosed"}, {strconv.ErrSyntax, "strconv.ErrSyntax"}, {strconv.ErrRange, "strconv.ErrRange"},
	{bufio.ErrTooLong, "bufio.ErrTooLong"}, {errors.ErrUnsupported, "errors.ErrUnsupported"},
}

// sentinels returns the names of the well-known values that err itself is, without those that it wraps.
func sentinels(err error) (names []string) {
	is, _ := err.(interface{ Is(error) bool })
	t := reflect.TypeOf(err)
	for _, k := range wellKnown {
		// Types first: comparing values of a foreign type may recurse as deep as they are nested.
		if t == reflect.TypeOf(k.err) && err == k.err || is != nil && is.Is(k.err) {
			names = append(names, k.name)
		}
	}
	switch x := err.(type) {
	case syscall.Errno:
		names = append(names, "errno "+strconv.Itoa(int(x)))
	case interface{ SQLState() string }:
		if state, _, _ := value.Show(x.SQLState(), 12, strings.Clone); state != "" {
			names = append(names, "SQLSTATE "+state)
		}
	}
	if t.String() == "*errors.errorString" { // database/sql is not imported only for two names
		switch err.Error() {
		case "sql: no rows in result set":
			names = append(names, "sql.ErrNoRows")
		case "sql: transaction has already been committed or rolled back":
			names = append(names, "sql.ErrTxDone")
		}
	}
	if x, ok := err.(interface{ Timeout() bool }); ok && x.Timeout() {
		names = append(names, "timeout")
	}
	return names[:min(len(names), 8)]
}
