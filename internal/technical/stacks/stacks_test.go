package stacks_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/exceptional-go/exceptional/internal/technical/stacks"
)

// printed is an error that prints itself as its stack.
type printed string

func (printed) Error() string                { return "printed" }
func (p printed) Format(f fmt.State, _ rune) { io.WriteString(f, string(p)) }

func TestDisplayName(t *testing.T) {
	for _, tt := range []struct{ function, name, pkg string }{
		{"example.test/shop/internal/orders.(*Store).Load", "(*Store).Load", "example.test/shop/internal/orders"},
		{"example.test/shop/internal/orders.(*Store).Load.func1", "(*Store).Load · func1", "example.test/shop/internal/orders"},
		{"example.test/shop/internal/orders.(*Store).Load-fm", "(*Store).Load", "example.test/shop/internal/orders"},
		{"main.T[...].M", "T[…].M", "main"},
		{"main.(*T[...]).M.func2.1", "(*T[…]).M · func2.1", "main"},
		{"main.main-range1", "main-range1", "main"},
		{"main.F.G-range2", "F · G-range2", "main"},
		{"main.main.RequestID.RequestIDWithConfig.func3.1", "RequestIDWithConfig · func3.1", "main"},
		{"main.init.func1", "package variable · func1", "main"},
		{"main.main.gowrap1", "main · gowrap1", "main"},
		{"gopkg.in/yaml%2ev3.Unmarshal", "Unmarshal", "gopkg.in/yaml.v3"},
		{"runtime.gopanic", "gopanic", "runtime"},
		{"TestX.func13", "TestX · func13", ""},
		{"", "", ""},
		{"x", "x", ""},
	} {
		if name, pkg := stacks.DisplayName(tt.function); name != tt.name || pkg != tt.pkg {
			t.Errorf("%s: %q of %q, want %q of %q", tt.function, name, pkg, tt.name, tt.pkg)
		}
	}
}

func FuzzTextFrames(f *testing.F) {
	f.Add("x\n at main.f()\n\t/x/y.go:12\n at a.b\n    /c.go:1")
	f.Add("/x/y.go:12: text\nmain.f:/a.go:99999999999")
	f.Add("example.test/a.(*T[go.shape.int]).M.func1")
	f.Fuzz(func(t *testing.T, s string) {
		if st := stacks.Printed(printed(s)); len(st.Frames) > 100 {
			t.Errorf("%d frames", len(st.Frames))
		}
		stacks.DisplayName(s)
	})
}
