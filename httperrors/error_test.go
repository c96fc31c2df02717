package httperrors_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
)

func TestSmoke(t *testing.T) {
	e := httperrors.NotFound("No such order.").WithCause(errors.New("sql"))
	fmt.Printf("%+v\n", e)
	fmt.Println(errors.Is(e, httperrors.ErrNotFound), e.Header(), httperrors.Found("/ä b?x[]=1"), httperrors.Found("/ä b?x[]=1").Header(), httperrors.Found("\tx"))
	fmt.Println(httperrors.Unauthorized("", httperrors.Basic(`a"b`), httperrors.Challenge{}), httperrors.Unauthorized("", httperrors.Basic(`a"b`)).Header())
	r, o := httperrors.Resolve(fmt.Errorf("x: %w", e))
	fmt.Println(r, o, r.StatusCode())
	r, o = httperrors.Resolve(fmt.Errorf("x: %w", &http.MaxBytesError{}))
	fmt.Println(r, o, r.StatusCode())
	r, o = httperrors.Resolve(errors.New("x"))
	fmt.Println(r, o, r.StatusCode())
}
