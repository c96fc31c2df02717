package highlight_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/exceptional-go/exceptional/internal/technical/highlight"
	"github.com/exceptional-go/exceptional/internal/technical/report"
)

const storeGo = "package orders\n\nimport \"fmt\"\n\ntype Store struct{}\n\n// Load loads.\nfunc (s *Store) Load(id int) error {\n\tfmt.Println(`a\nb`)\n\treturn fmt.Errorf(\"order %d\", id) // here\n}\n\nfunc other() {}\n\nvar v = func() int { return 1 }\n"

// lines returns the lines from first to last, and the functions.
func lines(src []byte, first, last int, goSource bool) ([]report.Line, []highlight.Func) {
	name := "a.html"
	if goSource {
		name = "a.go"
	}
	f := highlight.Scan(name, src)
	return f.Lines(first, last, nil), f.Funcs
}

func TestFuncs(t *testing.T) {
	src := "package a\n\ntype F func()\n\nvar v = func() {\n}\n\nfunc (s *shop[T, U]) Load(a func() error) error {\n\treturn nil\n}\n\n//line x.go:99\nfunc (cart) one() {}; func two()\n\nfunc open() {\n\tx {\n"
	_, got := lines([]byte(src), 1, 1, true)
	want := "[{Load shop 8 10} {one cart 13 13} {two  13 13} {open  15 16}]"
	if fmt.Sprint(got) != want {
		t.Errorf("functions = %v, want %s", got, want)
	}
}

func TestHighlight(t *testing.T) {
	src := []byte("package a\n\n// F is `x`\nfunc F(n int) string {\n\tif n > 10 {\n\t\treturn `raw\nstring` + g(\"q\")\n\t}\n\treturn nil\n}\n")
	got, funcs := lines(src, 5, 9, true)
	want := "[{5 [{ \t} {k if} {  n > } {n 10} {  {}] 0} {6 [{ \t\t} {k return} {  } {s `raw}] 0} {7 [{s string`} {  + } {f g} { (} {s \"q\"} { )}] 0} {8 [{ \t}}] 0} {9 [{ \t} {k return} {  } {b nil}] 0}]"
	if fmt.Sprint(got) != want {
		t.Errorf("lines = %v, want %s", got, want)
	}
	if fmt.Sprint(funcs) != "[{F  4 10}]" {
		t.Errorf("functions = %v", funcs)
	}
}

func FuzzHighlight(f *testing.F) {
	f.Add([]byte(storeGo), true)
	f.Add([]byte("package a\r\nvar x = \"\xff0\"\n/* \r\n */ func ("), true)
	f.Add([]byte("<a {{.X}} {{/* */}} <!-- {{ "), false)
	f.Fuzz(func(t *testing.T, src []byte, goSource bool) {
		n := 1 + bytes.Count(src, []byte("\n"))
		all, _ := lines(src, 1, n, goSource)
		for _, l := range all {
			if l.Trimmed > 0 {
				continue
			}
			var text strings.Builder
			for _, s := range l.Spans {
				text.WriteString(s.Text)
			}
			parts := bytes.SplitAfter(src, []byte("\n"))
			if l.Number == 1 {
				parts[0] = bytes.TrimPrefix(parts[0], []byte("\uFEFF"))
			}
			want := bytes.TrimSuffix(bytes.TrimSuffix(parts[l.Number-1], []byte("\n")), []byte("\r"))
			if text.String() != string([]rune(string(want))) {
				t.Errorf("line %d of %q is %q", l.Number, src, text.String())
			}
		}
	})
}
