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
	"strings"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// mapping is the meaning for a client of an error of another package.
type mapping struct {
	status     int
	errors     []FieldError
	retryAfter string
}

// lookup returns the meaning of err, looked at alone. It is the weakest claim: it never overrides a status that was set. Errors
// that may as well be caused by the server's own data, such as a number that does not parse, are not known here.
func lookup(err error) (mapping, bool) {
	if m, ok := mapByValue(err); ok {
		return m, true
	}
	if m, ok := mapByType(err); ok {
		return m, true
	}
	if status := statusByIs(err); status != 0 {
		return mapping{status: status}, true
	}
	return mapByMethods(err)
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
		http.StatusInternalServerError:   {http.ErrAbortHandler}, // meant for panic; a handler that returns it means the same
	} {
		for _, err := range list {
			m[err] = status
		}
	}
	return m
}()

func mapByValue(err error) (mapping, bool) {
	if !errtree.Comparable(err) {
		return mapping{}, false // as the key of a map it would panic
	}
	m := mapping{status: values[err]}
	if m.status != 0 && err == http.ErrHandlerTimeout {
		m.retryAfter = "1"
	}
	return m, m.status != 0
}

func mapByType(err error) (mapping, bool) {
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

// timedOut calls the Timeout method of x. A panic counts as false.
func timedOut(x interface{ Timeout() bool }) (yes bool) {
	defer func() {
		if recover() != nil {
			yes = false
		}
	}()
	return x.Timeout()
}

// statusByIs asks errors that have an Is method, such as syscall.Errno.
func statusByIs(err error) (status int) {
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

// mapByMethods knows the errors of gRPC and of validators, packages too heavy to import, by methods that hardly any other type
// has. Those methods are called by reflection or may panic, hence the recover.
func mapByMethods(err error) (m mapping, ok bool) {
	defer func() {
		if recover() != nil {
			m, ok = mapping{}, false
		}
	}()
	if v, ok := err.(violation); ok {
		return mapping{status: http.StatusUnprocessableEntity, errors: []FieldError{violationError(v)}}, true
	}
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Slice && t.Elem().Implements(reflect.TypeFor[violation]()) {
		return mapping{status: http.StatusUnprocessableEntity, errors: violations(reflect.ValueOf(err))}, true
	}
	if _, ok := t.MethodByName("GRPCStatus"); ok {
		status := grpcStatus(err)
		return mapping{status: status}, status != 0
	}
	return mapping{}, false
}

// grpcCodes has the status of every gRPC code, as grpc-gateway, kratos and connect agree on.
var grpcCodes = [17]int{
	0:  0, // OK is not an error
	1:  499,
	2:  500,
	3:  400,
	4:  504,
	5:  404,
	6:  409,
	7:  403,
	8:  429,
	9:  400,
	10: 409,
	11: 400,
	12: 501,
	13: 500,
	14: 503,
	15: 500,
	16: 401,
}

// grpcStatus calls GRPCStatus() and, on its result, Code(), and panics if they are not what those of gRPC are.
func grpcStatus(err error) int {
	s := reflect.ValueOf(err).MethodByName("GRPCStatus").Call(nil)[0]
	code := s.MethodByName("Code").Call(nil)[0].Uint()
	if code >= uint64(len(grpcCodes)) {
		return http.StatusInternalServerError
	}
	return grpcCodes[code]
}

// violation has the methods of validator.FieldError that are safe to publish. Its Error method names Go types, and Value may
// return a password.
type violation interface {
	Tag() string
	Field() string
	Namespace() string
}

// violations returns those in a slice of a validator, such as validator.ValidationErrors.
func violations(list reflect.Value) []FieldError {
	n := min(list.Len(), maxErrors)
	errs := make([]FieldError, 0, n)
	for i := range n {
		if v, ok := list.Index(i).Interface().(violation); ok {
			errs = append(errs, violationError(v))
		}
	}
	return errs
}

func violationError(v violation) FieldError {
	name := v.Namespace()
	if _, rest, ok := strings.Cut(name, "."); ok {
		name = rest // the first element is the Go type
	} else {
		name = v.Field()
	}
	e := FieldError{Pointer: pointer(name), Code: v.Tag()}
	if e.Code == "required" {
		e.Detail = "is required"
	}
	return e
}

// pointer makes a JSON pointer of a path such as "items[0].price" or "labels[a.b]".
func pointer(path string) string {
	var p strings.Builder
	for path != "" {
		var step string
		switch i := strings.IndexAny(path, ".["); {
		case i < 0:
			step, path = path, ""
		case i > 0 || path[0] == '.':
			step = path[:i]
			path = strings.TrimPrefix(path[i:], ".")
		default: // an index or a key
			step, path, _ = strings.Cut(path[1:], "]")
		}
		if step != "" {
			p.WriteByte('/')
			_, _ = pointerEscapes.WriteString(&p, step)
		}
	}
	return p.String()
}

// pointerEscapes are those of RFC 6901, section 3.
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// wrongType describes a member of a JSON document that has the wrong type, in the terms of JSON.
func wrongType(x *json.UnmarshalTypeError) FieldError {
	e := FieldError{Code: "type", Pointer: pointer(x.Field)}
	if x.Type == nil {
		return e
	}
	switch k := x.Type.Kind(); {
	case k == reflect.Bool:
		e.Detail = "must be a boolean"
	case k >= reflect.Int && k <= reflect.Uint64:
		e.Detail = "must be a whole number in range"
	case k == reflect.Float32 || k == reflect.Float64:
		e.Detail = "must be a number"
	case k == reflect.String:
		e.Detail = "must be a string"
	case k == reflect.Slice || k == reflect.Array:
		e.Detail = "must be an array"
	case k == reflect.Map || k == reflect.Struct:
		e.Detail = "must be an object"
	}
	return e
}

// fieldErrors returns the errors in parts of the request of the first decoder's or validator's error below err. It is for a
// framework's 4xx, which wraps such an error.
func fieldErrors(err error) (errs []FieldError) {
	errtree.Walk(err, func(n errtree.Node) bool {
		if errtree.IsNil(n.Err) {
			return true
		}
		if x, ok := n.Err.(*json.UnmarshalTypeError); ok {
			errs = []FieldError{wrongType(x)}
		} else if m, ok := mapByMethods(n.Err); ok {
			errs = m.errors
		}
		return len(errs) == 0
	})
	return errs
}
