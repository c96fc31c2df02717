package httperrors

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/exceptional-go/exceptional/internal/errtree"
)

// Errors of packages that are too heavy to import are known by their shape: methods and kinds that hardly anything else
// has. All of it is reflection on types that may do as they like, and so each look is guarded.

// byShape knows the errors of gRPC and those of validators.
func byShape(err error) (m mapping, ok bool) {
	defer func() {
		if recover() != nil {
			m, ok = mapping{}, false
		}
	}()
	switch shapeOf(reflect.TypeOf(err)) {
	case grpcShape:
		status := grpcStatus(err)
		return mapping{status: status}, status != 0
	case listShape:
		return mapping{status: http.StatusUnprocessableEntity, errors: violations(err)}, true
	case singleShape:
		return mapping{status: http.StatusUnprocessableEntity, errors: []FieldError{fieldError(err.(violation))}}, true
	}
	return mapping{}, false
}

type shape uint8

const (
	noShape     shape = iota
	grpcShape         // GRPCStatus() *status.Status
	listShape         // validator.ValidationErrors: a slice of violations
	singleShape       // validator.FieldError
)

// shapes remembers the shape of every type that was seen. There are as many as the program has error types.
var shapes sync.Map // reflect.Type → shape

func shapeOf(t reflect.Type) shape {
	if t.NumMethod() == 1 && t.Kind() != reflect.Slice { // Error alone, as most have
		return noShape
	}
	if s, ok := shapes.Load(t); ok {
		return s.(shape)
	}
	s := noShape
	switch {
	case t.Implements(violationType):
		s = singleShape
	case t.Kind() == reflect.Slice && t.Elem().Implements(violationType):
		s = listShape
	default:
		if m, ok := t.MethodByName("GRPCStatus"); ok && m.Type.NumIn() == 1 && m.Type.NumOut() == 1 {
			if c, ok := m.Type.Out(0).MethodByName("Code"); ok && c.Type.NumOut() == 1 && c.Type.Out(0).Kind() == reflect.Uint32 {
				s = grpcShape
			}
		}
	}
	shapes.Store(t, s)
	return s
}

// grpcCodes has the status of every gRPC code, as grpc-gateway, kratos and connect agree on.
var grpcCodes = [17]int{
	0:  0, // OK is no error
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

func grpcStatus(err error) int {
	s := reflect.ValueOf(err).MethodByName("GRPCStatus").Call(nil)[0]
	code := s.MethodByName("Code").Call(nil)[0].Uint()
	if code >= uint64(len(grpcCodes)) {
		return http.StatusInternalServerError
	}
	return grpcCodes[code]
}

// violation is validator.FieldError, as far as it matters here. Its Error and Value methods are not for the public: the
// one names Go types, the other repeats what may be a password.
type violation interface {
	Tag() string
	Field() string
	Namespace() string
}

var violationType = reflect.TypeFor[violation]()

func violations(err error) []FieldError {
	v := reflect.ValueOf(err)
	n := min(v.Len(), maxErrors)
	errs := make([]FieldError, 0, n)
	for i := range n {
		if x, ok := v.Index(i).Interface().(violation); ok && x != nil {
			errs = append(errs, fieldError(x))
		}
	}
	return errs
}

func fieldError(v violation) FieldError {
	name := v.Namespace()
	if _, rest, ok := strings.Cut(name, "."); ok {
		name = rest // what was before it is the Go type
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
	var b strings.Builder
	step := func(s string) {
		if s == "" {
			return
		}
		b.WriteByte('/')
		_, _ = pointerEscapes.WriteString(&b, s)
	}
	for path != "" {
		i := strings.IndexAny(path, ".[")
		if i < 0 {
			step(path)
			break
		}
		step(path[:i])
		if path[i] == '.' {
			path = path[i+1:]
			continue
		}
		path = path[i+1:]
		end := strings.IndexByte(path, ']')
		if end < 0 {
			step(path)
			break
		}
		step(path[:end])
		path = path[end+1:]
	}
	return b.String()
}

// pointerEscapes is RFC 6901, section 3.
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// wrongType says which member of a JSON document has the wrong type, in the terms of JSON.
func wrongType(x *json.UnmarshalTypeError) FieldError {
	e := FieldError{Code: "type"}
	if x.Field != "" {
		e.Pointer = pointer(x.Field)
	}
	if x.Type == nil {
		return e
	}
	switch t := x.Type; t.Kind() {
	case reflect.Bool:
		e.Detail = "must be a boolean"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		e.Detail = "must be a whole number in range"
	case reflect.Float32, reflect.Float64:
		e.Detail = "must be a number"
	case reflect.String:
		e.Detail = "must be a string"
	case reflect.Slice, reflect.Array:
		e.Detail = "must be an array"
	case reflect.Map, reflect.Struct:
		e.Detail = "must be an object"
	}
	return e
}

// fieldErrors returns what the first error below err that knows it says about parts of the request. It is for a
// framework's 4xx, which wraps what a decoder or a validator said.
func fieldErrors(err error) (errs []FieldError) {
	errtree.Walk(err, func(n errtree.Node) bool {
		if errtree.IsNil(n.Err) {
			return true
		}
		if x, ok := n.Err.(*json.UnmarshalTypeError); ok {
			errs = []FieldError{wrongType(x)}
		} else if m, ok := byShape(n.Err); ok {
			errs = m.errors
		}
		return len(errs) == 0
	})
	return errs
}
