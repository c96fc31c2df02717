package httperrors_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/exceptional-go/exceptional/httperrors"
)

// at calls f from a stack as deep as a handler's behind a few middlewares.
func at(n int, f func()) {
	if n == 0 {
		f()
		return
	}
	at(n-1, f)
}

// BenchmarkNotFound is a constructor with its stack, beside what runtime.Callers alone takes and an error without one.
func BenchmarkNotFound(b *testing.B) {
	b.Run("runtime.Callers", func(b *testing.B) {
		b.ReportAllocs()
		at(25, func() {
			var pcs [32]uintptr
			for b.Loop() {
				runtime.Callers(0, pcs[:])
			}
		})
	})
	b.Run("httperrors", func(b *testing.B) {
		b.ReportAllocs()
		at(25, func() {
			for b.Loop() {
				sink = httperrors.NotFound("No such order.")
			}
		})
	})
	b.Run("with a cause and a header", func(b *testing.B) {
		b.ReportAllocs()
		at(25, func() {
			for b.Loop() {
				sink = httperrors.NotFound("No such order.").WithCause(io.EOF).WithHeader("X-A", "b")
			}
		})
	})
	b.Run("fmt.Errorf", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink = fmt.Errorf("order: %w", io.EOF)
		}
	})
}

func BenchmarkResolve(b *testing.B) {
	for name, err := range map[string]error{
		"sentinel":         httperrors.ErrNotFound,
		"plain":            errors.New("x"),
		"wrapped plain":    fmt.Errorf("a: %w", fmt.Errorf("b: %w", io.EOF)),
		"framework":        &fw{code: 404, message: "Not Found", public: true},
		"framework around": &fw{code: 500, internal: fmt.Errorf("w: %w", httperrors.ErrNotFound)},
		"mapped":           fmt.Errorf("w: %w", sql.ErrNoRows),
		"join":             errors.Join(io.EOF, httperrors.ErrNotFound, httperrors.ErrConflict),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sinkError, _ = httperrors.Resolve(err)
			}
		})
	}
}

func BenchmarkMarshalJSON(b *testing.B) {
	e := httperrors.NotFound("No such order.")
	b.ReportAllocs()
	for b.Loop() {
		_, _ = e.MarshalJSON()
	}
}
