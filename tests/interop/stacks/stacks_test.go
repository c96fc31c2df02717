// Package stacks_test tests how the technical page finds the stacks in the errors of other libraries.
package stacks_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	cockroach "github.com/cockroachdb/errors"
	"github.com/exceptional-go/exceptional/debugview"
	"github.com/exceptional-go/exceptional/httperrors"
	"github.com/exceptional-go/exceptional/internal/technical"
	goerrors "github.com/go-errors/errors"
	"github.com/joomcode/errorx"
	pingcap "github.com/pingcap/errors"
	pkgerrors "github.com/pkg/errors"
	"github.com/samber/oops"
	tozd "gitlab.com/tozd/go/errors"
	"go.uber.org/multierr"
	"golang.org/x/xerrors"
)

var errCause = errors.New("the cause")

// origin is the function that each stack has to begin in.
//
//go:noinline
func origin(make func() error) error { return make() }

//go:noinline
func handler(make func() error) error {
	err := origin(make)
	return fmt.Errorf("handler: %w", err)
}

var failures = errorx.CommonErrors.NewType("test")

func TestLibraries(t *testing.T) {
	tests := []struct {
		name  string
		make  func() error
		short bool // the library keeps one frame
	}{
		{"httperrors", func() error { return httperrors.NotFound("x") }, false},
		{"pkg/errors New", func() error { return pkgerrors.New("x") }, false},
		{"pkg/errors Wrap", func() error { return pkgerrors.Wrap(errCause, "x") }, false},
		{"pkg/errors WithMessage over New", func() error { return pkgerrors.WithMessage(pkgerrors.New("x"), "y") }, false},
		{"cockroachdb New", func() error { return cockroach.New("x") }, false},
		{"cockroachdb Wrap", func() error { return cockroach.Wrap(errCause, "x") }, false},
		{"pingcap New", func() error { return pingcap.New("x") }, false},
		{"pingcap Trace", func() error { return pingcap.Trace(errCause) }, false},
		{"go-errors New", func() error { return goerrors.New("x") }, false},
		{"go-errors Wrap", func() error { return goerrors.Wrap(errCause, 0) }, false},
		{"oops Errorf", func() error { return oops.Errorf("x") }, false},
		{"oops Wrap", func() error { return oops.With("order", 17).Wrap(errCause) }, false},
		{"tozd New", func() error { return tozd.New("x") }, false},
		{"tozd WithStack", func() error { return tozd.WithStack(errCause) }, false},
		{"xerrors New", func() error { return xerrors.New("x") }, true},
		{"xerrors Errorf", func() error { return xerrors.Errorf("x: %w", errCause) }, true},
		{"errorx New", func() error { return failures.New("x") }, false},
		{"errorx Decorate", func() error { return errorx.Decorate(failures.New("x"), "y") }, false},
		{"in a join", func() error { return errors.Join(errCause, pkgerrors.New("x")) }, false},
		{"in a multierr", func() error { return multierr.Append(errCause, pkgerrors.New("x")) }, false},
	}
	v, err := technical.New(debugview.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := v.Report(context.Background(), &technical.Input{Err: handler(tt.make)})
			if len(r.Stacks) == 0 || r.Stacks[0].Kind != "error" {
				t.Fatalf("no stack: %+v, problems %q", r.Stacks, r.Problems)
			}
			frames := r.Stacks[0].Frames
			first := frames[0]
			if !strings.Contains(first.File, "stacks_test.go") || first.Line == 0 {
				t.Errorf("the first frame is %s at %s:%d", first.Function, first.File, first.Line)
			}
			if tt.short {
				return
			}
			found := false
			for _, f := range frames {
				found = found || strings.HasSuffix("."+f.Function, ".origin")
			}
			if !found {
				t.Errorf("no frame of origin in %+v", frames)
			}
		})
	}
}

func TestFieldsOfLibraries(t *testing.T) {
	v, err := technical.New(debugview.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"oops": oops.With("order", 17).With("password", "hunter22").Wrap(errCause),
		"tozd": tozd.WithDetails(errCause, "order", 17, "password", "hunter22"),
	} {
		r := v.Report(context.Background(), &technical.Input{Err: err})
		all := fmt.Sprint(r.Errors)
		if !strings.Contains(all, "order") || !strings.Contains(all, "17") || strings.Contains(all, "hunter22") {
			t.Errorf("%s: %s", name, all)
		}
	}
}
