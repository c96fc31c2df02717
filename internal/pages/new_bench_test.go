package pages_test

import (
	"testing"

	"github.com/exceptional-go/exceptional/internal/pages"
	"github.com/exceptional-go/exceptional/renderer"
)

// BenchmarkNew is what the start of a program pays.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pages.New(renderer.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
