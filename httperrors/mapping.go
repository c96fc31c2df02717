package httperrors

import (
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"reflect"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// mapping is what an error that is not ours means to a client.
type mapping struct {
	status     int
	errors     []FieldError
	retryAfter string
}

// lookup returns what err, looked at alone, means. Its answer is the weakest: it never overrides a status that somebody
// set. What could as well be a fault of the server's own data, such as a number that does not parse, is not here.
func lookup(err error) (mapping, bool) {
	if status := byValue(err); status != 0 {
		if err == http.ErrHandlerTimeout {
			return mapping{status: status, retryAfter: "1"}, true
		}
		return mapping{status: status}, true
	}
	if m, ok := byType(err); ok {
		return m, true
	}
	if status := byIs(err); status != 0 {
		return mapping{status: status}, true
	}
	return byShape(err)
}

// values are the errors that are known by their value.
var values = func() map[error]int {
	m := make(map[error]int)
	for status, list := range map[int][]error{
		http.StatusNotFound:  {sql.ErrNoRows, fs.ErrNotExist},
		http.StatusForbidden: {fs.ErrPermission},
		http.StatusConflict:  {fs.ErrExist},
		http.StatusBadRequest: {
			http.ErrMissingFile, http.ErrNoCookie, http.ErrLineTooLong, io.ErrUnexpectedEOF,
			gzip.ErrHeader, gzip.ErrChecksum, zlib.ErrHeader, zlib.ErrChecksum, zlib.ErrDictionary,
		},
		http.StatusRequestEntityTooLarge: {multipart.ErrMessageTooLarge},
		http.StatusUnsupportedMediaType:  {http.ErrNotMultipart, http.ErrMissingBoundary, mime.ErrInvalidMediaParameter},
		http.StatusGatewayTimeout:        {context.DeadlineExceeded, os.ErrDeadlineExceeded},
		http.StatusServiceUnavailable:    {http.ErrHandlerTimeout, driver.ErrBadConn, sql.ErrConnDone},
		http.StatusNotImplemented:        {errors.ErrUnsupported},
		http.StatusInternalServerError:   {http.ErrAbortHandler}, // normally raised; who returns it means the same
	} {
		for _, err := range list {
			m[err] = status
		}
	}
	return m
}()

// errorString is the type of what errors.New makes, which nothing but its value can tell from others.
var errorString = reflect.TypeOf(errors.New(""))

// byValue looks err up among the values.
func byValue(err error) int {
	if reflect.TypeOf(err) != errorString && !errtree.Comparable(err) {
		return 0 // as the key of a map it would panic
	}
	return values[err]
}

func byType(err error) (mapping, bool) {
	switch x := err.(type) {
	case *http.MaxBytesError:
		return mapping{status: http.StatusRequestEntityTooLarge}, true
	case *json.SyntaxError, *xml.SyntaxError, *csv.ParseError, flate.CorruptInputError, url.EscapeError, url.InvalidHostError:
		return mapping{status: http.StatusBadRequest}, true
	case *json.UnmarshalTypeError:
		return mapping{status: http.StatusUnprocessableEntity, errors: []FieldError{wrongType(x)}}, true
	case xml.UnmarshalError:
		return mapping{status: http.StatusUnprocessableEntity}, true
	case *net.OpError:
		if x.Op == "dial" && !timedOut(x) {
			return mapping{status: http.StatusServiceUnavailable}, true
		}
	}
	if x, ok := err.(interface{ Timeout() bool }); ok && timedOut(x) {
		return mapping{status: http.StatusGatewayTimeout}, true
	}
	return mapping{}, false
}

// timedOut asks x, and takes a panic for a no.
func timedOut(x interface{ Timeout() bool }) (yes bool) {
	defer func() {
		if recover() != nil {
			yes = false
		}
	}()
	return x.Timeout()
}

// byIs asks errors that know themselves what they are, such as syscall.Errno.
func byIs(err error) (status int) {
	x, ok := err.(interface{ Is(error) bool })
	if !ok {
		return 0
	}
	defer func() {
		if recover() != nil {
			status = 0
		}
	}()
	switch {
	case x.Is(sql.ErrNoRows), x.Is(fs.ErrNotExist):
		return http.StatusNotFound
	case x.Is(fs.ErrPermission):
		return http.StatusForbidden
	case x.Is(fs.ErrExist):
		return http.StatusConflict
	case x.Is(context.DeadlineExceeded), x.Is(os.ErrDeadlineExceeded):
		return http.StatusGatewayTimeout
	case x.Is(errors.ErrUnsupported):
		return http.StatusNotImplemented
	}
	return 0
}
