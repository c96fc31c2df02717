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

// knownErrors are the errors that are known by their value, or by an Is method, such as that of syscall.Errno.
var knownErrors = []struct {
	err    error
	status int
}{
	{sql.ErrNoRows, http.StatusNotFound},
	{fs.ErrNotExist, http.StatusNotFound},
	{fs.ErrPermission, http.StatusForbidden},
	{fs.ErrExist, http.StatusConflict},
	{context.DeadlineExceeded, http.StatusGatewayTimeout},
	{os.ErrDeadlineExceeded, http.StatusGatewayTimeout},
	{errors.ErrUnsupported, http.StatusNotImplemented},
	{http.ErrMissingFile, http.StatusBadRequest},
	{http.ErrNoCookie, http.StatusBadRequest},
	{http.ErrLineTooLong, http.StatusBadRequest},
	{io.ErrUnexpectedEOF, http.StatusBadRequest},
	{gzip.ErrHeader, http.StatusBadRequest},
	{gzip.ErrChecksum, http.StatusBadRequest},
	{zlib.ErrHeader, http.StatusBadRequest},
	{zlib.ErrChecksum, http.StatusBadRequest},
	{zlib.ErrDictionary, http.StatusBadRequest},
	{multipart.ErrMessageTooLarge, http.StatusRequestEntityTooLarge},
	{http.ErrNotMultipart, http.StatusUnsupportedMediaType},
	{http.ErrMissingBoundary, http.StatusUnsupportedMediaType},
	{mime.ErrInvalidMediaParameter, http.StatusUnsupportedMediaType},
	{driver.ErrBadConn, http.StatusServiceUnavailable},
	{sql.ErrConnDone, http.StatusServiceUnavailable},
	{http.ErrHandlerTimeout, http.StatusServiceUnavailable},
	{http.ErrAbortHandler, http.StatusInternalServerError}, // meant for panic; a handler that returns it means the same
}

// lookup returns the meaning of err, looked at alone. It is the weakest claim: it never overrides a status that was set. Errors
// that may as well be caused by the server's own data, such as a number that does not parse, are not known here.
//
// An error whose methods panic is not known.
func lookup(err error) (m mapping, ok bool) {
	defer func() {
		if recover() != nil {
			m, ok = mapping{}, false
		}
	}()
	m = mapByType(err)
	if m.status == 0 {
		m.status = statusByValue(err)
	}
	if m.status == 0 {
		m = mapByMethods(err)
	}
	if err == http.ErrHandlerTimeout {
		m.retryAfter = "1"
	}
	return m, m.status != 0
}

func mapByType(err error) mapping {
	switch x := err.(type) {
	case *http.MaxBytesError:
		return mapping{status: http.StatusRequestEntityTooLarge}
	case *json.SyntaxError, *xml.SyntaxError, *csv.ParseError, flate.CorruptInputError, url.EscapeError, url.InvalidHostError:
		return mapping{status: http.StatusBadRequest}
	case *json.UnmarshalTypeError:
		return mapping{status: http.StatusUnprocessableEntity, errors: []FieldError{wrongType(x)}}
	case xml.UnmarshalError:
		return mapping{status: http.StatusUnprocessableEntity}
	case *net.OpError:
		if x.Op == "dial" && !x.Timeout() {
			return mapping{status: http.StatusServiceUnavailable}
		}
	}
	if x, ok := err.(interface{ Timeout() bool }); ok && x.Timeout() {
		return mapping{status: http.StatusGatewayTimeout}
	}
	return mapping{}
}

func statusByValue(err error) int {
	x, hasIs := err.(interface{ Is(error) bool })
	for _, known := range knownErrors {
		if err == known.err || hasIs && x.Is(known.err) {
			return known.status
		}
	}
	return 0
}

// mapByMethods knows the errors of gRPC and of validators, packages too heavy to import, by methods that hardly any other type
// has. If these have other parameters or results than expected, it panics.
func mapByMethods(err error) mapping {
	if v, ok := err.(violation); ok {
		return mapping{status: http.StatusUnprocessableEntity, errors: []FieldError{violationError(v)}}
	}
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Slice && t.Elem().Implements(reflect.TypeFor[violation]()) {
		return mapping{status: http.StatusUnprocessableEntity, errors: violations(reflect.ValueOf(err))}
	}
	if _, ok := t.MethodByName("GRPCStatus"); ok {
		return mapping{status: grpcStatus(err)}
	}
	return mapping{}
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

// grpcStatus calls GRPCStatus() and, on its result, Code().
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
func violations(list reflect.Value) (errs []FieldError) {
	for i := range min(list.Len(), maxErrors) {
		errs = append(errs, violationError(list.Index(i).Interface().(violation)))
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
		if !errtree.IsNil(n.Err) {
			m, _ := lookup(n.Err)
			errs = m.errors
		}
		return len(errs) == 0
	})
	return errs
}
